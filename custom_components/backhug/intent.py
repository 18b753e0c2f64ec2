"""Intents: what a person says to a BackHug, and what they are answered."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
import math
from typing import Any, Final, NamedTuple, override

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import intent as intent_helper
from homeassistant.helpers.intent import (
    Intent,
    IntentHandler,
    IntentResponse,
    IntentResponseErrorCode,
    IntentResponseTarget,
    IntentResponseTargetType,
    IntentResponseType,
)
from homeassistant.util import dt as dt_util

from .coordinator import BackHugCoordinator
from .device.model import Area, Features, Flow, State, Status, TensionScan
from .exposure import ExposedBackHug, spoken_form
from .programmes.model import NO_PROGRAMME
from .service_fields import ATTR_MINUTES
from .services import (
    ATTR_AREA,
    ATTR_FLOW,
    ATTR_PROGRAMME,
    ATTR_STRENGTH,
    ATTR_STRENGTH_STEP,
    ATTR_WHEN_OCCUPIED,
    SERVICE_ADJUST_SESSION,
    SERVICE_PAUSE_SESSION,
    SERVICE_RESUME_SESSION,
    SERVICE_START_SESSION,
)
from .voice.responses import Texts
from .voice.targeting import (
    AddressError,
    async_addressable,
    async_addressed,
    async_nearest,
    async_one,
    is_addressed,
    slot,
)

STOP_PATIENCE: Final = 1.5
"""Seconds after which a stop is answered, also if the device has not answered it: it is told on."""

# A room is an area, too: that of the back has another name here.
SLOT_BACK_AREA: Final = "back_area"
SLOT_FLOW: Final = "flow"
SLOT_MINUTES: Final = "minutes"
SLOT_PROGRAMME: Final = "programme"
SLOT_STEP: Final = "step"
SLOT_STRENGTH: Final = "strength"
SLOT_WHEN_OCCUPIED: Final = "when_occupied"

_SETTINGS: Final = {
    SLOT_STRENGTH: ATTR_STRENGTH,
    SLOT_BACK_AREA: ATTR_AREA,
    SLOT_FLOW: ATTR_FLOW,
    SLOT_MINUTES: ATTR_MINUTES,
    SLOT_WHEN_OCCUPIED: ATTR_WHEN_OCCUPIED,
}
"""The fields of the actions, by the slot that fills them."""


class Refused(Exception):  # noqa: N818, it is told to a person and not a fault
    """What a person wants cannot be done; the message is the sentence that says why."""


class Request(NamedTuple):
    """Something that a person says to one BackHug."""

    intent: Intent
    texts: Texts
    addressed: ExposedBackHug

    @property
    def coordinator(self) -> BackHugCoordinator:
        """What owns the BackHug."""
        return self.addressed.coordinator

    @property
    def status(self) -> Status | None:
        """What the BackHug reports, as far as it is known."""
        return self.coordinator.controller.back_hug.snapshot.status

    def slot(self, name: str) -> str | None:
        """Return what was said of something; None if nothing."""
        return slot(self.intent, name)

    def say(self, key: str, **placeholders: str | float) -> str:
        """Return a sentence about the BackHug."""
        return self.texts.say(key, name=self.addressed.name, **placeholders)

    async def act(self, action: str, **data: Any) -> None:
        """Call one of our own actions; raises Refused for what the device does not offer."""
        try:
            await self.addressed.async_act(
                self.intent.hass, action, data, self.intent.context
            )
        except HomeAssistantError as error:
            if error.translation_key != "invalid_field":
                raise
            placeholders = error.translation_placeholders or {}
            raise Refused(self._not_offered(**placeholders)) from error

    def _not_offered(self, *, field: str, value: str, **_: str) -> str:
        """Return a sentence that says what can be said instead."""
        features: Features = self.coordinator.features
        texts = self.texts
        if field == ATTR_AREA:
            return self.say(
                "area_not_offered",
                area=texts.area(Area(value)),
                areas=texts.all_of(map(texts.area, features.areas)),
            )
        if field == ATTR_FLOW:
            return self.say(
                "flow_not_offered",
                flow=texts.flow(Flow(value)),
                flows=texts.all_of(map(texts.flow, features.flows)),
            )
        if field == ATTR_MINUTES:
            return self.say(
                "minutes_not_offered",
                shortest=features.min_minutes,
                longest=features.max_minutes,
            )
        return self.say("strength_not_offered", strongest=features.strength_levels)


async def async_setup_intents(hass: HomeAssistant) -> None:
    """Register what can be said."""
    intent_helper.async_register(hass, StopHandler())
    for handler in (
        RequestHandler("BackHugStartSession", _async_start, begins=True),
        RequestHandler("BackHugPauseSession", _async_pause),
        RequestHandler("BackHugResumeSession", _async_resume),
        RequestHandler("BackHugSetStrength", _async_set_strength),
        RequestHandler("BackHugStronger", _async_stronger),
        RequestHandler("BackHugSofter", _async_softer),
        RequestHandler("BackHugSetArea", _async_set_area),
        RequestHandler("BackHugSetFlow", _async_set_flow),
        RequestHandler("BackHugTimeLeft", _async_time_left, asks=True),
        RequestHandler("BackHugTension", _async_tension, asks=True),
        RequestHandler("BackHugProgrammes", _async_programmes, asks=True),
    ):
        intent_helper.async_register(hass, handler)


class RequestHandler(IntentHandler):
    """Handles what is said to one BackHug."""

    def __init__(
        self,
        intent_type: str,
        answer: Callable[[Request], Coroutine[Any, Any, str]],
        *,
        begins: bool = False,
        asks: bool = False,
    ) -> None:
        """Take what carries it out and returns the answer."""
        self.intent_type = intent_type
        self._answer = answer
        self._begins = begins
        self._asks = asks

    @override
    async def async_handle(self, intent_obj: Intent) -> IntentResponse:
        """Carry it out, and answer."""
        texts = await Texts.async_load(intent_obj.hass, intent_obj.language)
        response = intent_obj.create_response()
        try:
            addressed = async_one(intent_obj, running_first=not self._begins)
        except AddressError as error:
            return _not_addressed(response, texts, error)
        try:
            speech = await self._answer(Request(intent_obj, texts, addressed))
        except Refused as refused:
            return _refused(response, str(refused))
        except HomeAssistantError as error:
            return _refused(response, texts.refusal(error, addressed.name))
        if self._asks:
            response.response_type = IntentResponseType.QUERY_ANSWER
        response.async_set_speech(speech)
        response.async_set_results([_target(addressed)])
        return response


def _not_addressed(
    response: IntentResponse, texts: Texts, error: AddressError
) -> IntentResponse:
    response.async_set_error(
        IntentResponseErrorCode.NO_VALID_TARGETS,
        texts.say(
            error.key, names=texts.one_of(error.names), wanted=error.wanted or ""
        ),
    )
    return response


def _refused(response: IntentResponse, speech: str) -> IntentResponse:
    response.async_set_error(IntentResponseErrorCode.FAILED_TO_HANDLE, speech)
    return response


def _target(addressed: ExposedBackHug) -> IntentResponseTarget:
    return IntentResponseTarget(
        type=IntentResponseTargetType.ENTITY,
        name=addressed.name,
        id=addressed.state.entity_id,
    )


# Stop


class StopHandler(IntentHandler):
    """Stops: what is said to be stopped, else what runs. It waits for nothing, and rather stops too much."""

    intent_type = "BackHugStopSession"

    @override
    async def async_handle(self, intent_obj: Intent) -> IntentResponse:
        """Tell every device that is meant at the same time, and answer within a moment."""
        response = intent_obj.create_response()
        try:
            meant = _to_stop(intent_obj)
        except AddressError as error:
            texts = await Texts.async_load(intent_obj.hass, intent_obj.language)
            return _not_addressed(response, texts, error)
        armed = [each.armed for each in meant]
        # They go on also if nobody waits for the answer any more.
        telling = [
            intent_obj.hass.async_create_task(
                _async_stop(intent_obj, each), f"Stop {each.name}"
            )
            for each in meant
        ]
        texts = await Texts.async_load(intent_obj.hass, intent_obj.language)
        await asyncio.wait(telling, timeout=STOP_PATIENCE)
        told: dict[str, list[str]] = {}
        failed = []
        for each, was_armed, task in zip(meant, armed, telling, strict=True):
            if not task.done():
                key = "stopping"
            elif isinstance(outcome := task.result(), HomeAssistantError):
                failed.append(texts.refusal(outcome, each.name))
                continue
            elif outcome:
                key = "stopped"
            else:
                key = "disarmed" if was_armed else "no_session"
            told.setdefault(key, []).append(each.name)
        if len(told) > 1 and not is_addressed(intent_obj):
            # They were told in case that a session runs on them; what was stopped says enough.
            told.pop("no_session", None)
        said = [texts.say(key, name=texts.all_of(told[key])) for key in told]
        if failed:
            return _refused(response, " ".join([*said, *failed]))
        response.async_set_speech(" ".join(said))
        response.async_set_results([_target(each) for each in meant])
        return response


def _to_stop(intent: Intent) -> list[ExposedBackHug]:
    """Return what a stop is meant for: rather too much than nothing.

    Raises AddressError if no BackHug is exposed to the assistant.
    """
    exposed = async_addressable(intent)
    if is_addressed(intent):
        # Misheard: whatever it was called, something is to stop.
        with suppress(AddressError):
            return async_addressed(intent)
    busy = async_nearest(
        intent, [each for each in exposed if each.may_be_in_session or each.armed]
    )
    unseen = [each for each in exposed if each.may_run_unseen and each not in busy]
    return busy + unseen if busy else exposed


async def _async_stop(
    intent: Intent, addressed: ExposedBackHug
) -> bool | HomeAssistantError:
    """Return whether it ended a session, or why it did not come through."""
    try:
        return await addressed.async_stop(intent.hass, intent.context)
    except HomeAssistantError as error:
        return error


# Begin, pause, carry on


async def _async_start(request: Request) -> str:
    """Start a session, now or when somebody lies down; carry on with a paused one."""
    data = {
        field: value
        for name, field in _SETTINGS.items()
        if (value := request.slot(name)) is not None
    }
    if (spoken := request.slot(SLOT_PROGRAMME)) is not None:
        data[ATTR_PROGRAMME] = _programme(request, spoken)
    status = request.status
    if not data and status is not None and status.state is State.PAUSED:
        return await _async_resume(request)
    if data.keys() == {ATTR_AREA} and request.addressed.in_session:
        # "Massage my shoulder blades": now, whatever it did before.
        return await _async_set_area(request)
    try:
        await request.act(SERVICE_START_SESSION, **data)
    except HomeAssistantError as error:
        if error.translation_key == "wrong_state":
            raise Refused(_why_not_started(request)) from error
        raise
    coordinator = request.coordinator
    if (until := coordinator.controller.start_on_occupancy.until) is not None:
        return request.say("armed", time=request.texts.time(until))
    minutes = request.texts.minutes(coordinator.controller.known_settings().minutes)
    programme = coordinator.controller.runner.find(
        coordinator.controller.runner.programme or ""
    )
    if programme is None:
        return request.say("started", minutes=minutes)
    return request.say(
        "started_programme",
        programme=request.texts.programme(programme),
        minutes=minutes,
    )


def _why_not_started(request: Request) -> str:
    status = request.status
    if status is not None and status.state is State.FINISHING:
        return request.say("finishing")
    return request.say("already_running")


def _programme(request: Request, spoken: str) -> str:
    """Return the programme of that name as the action takes it; raises Refused if there is none.

    A name that is spelt as it was said comes first, then a person's own ones.
    """
    runner = request.coordinator.controller.runner
    if runner.means_none(spoken):
        return NO_PROGRAMME
    if (found := runner.find(spoken)) is not None:
        return found.option
    wanted = spoken_form(spoken)
    programmes = sorted(
        runner.programmes.values(), key=lambda programme: programme.name is None
    )
    for programme in programmes:
        if wanted in (
            spoken_form(programme.option),
            spoken_form(request.texts.programme(programme)),
        ):
            return programme.option
    raise Refused(request.say("programme_unknown", programme=spoken))


async def _async_pause(request: Request) -> str:
    """Pause the session."""
    await _async_in_session(request, SERVICE_PAUSE_SESSION)
    return request.say("paused")


async def _async_resume(request: Request) -> str:
    """Carry on with the session."""
    await _async_in_session(request, SERVICE_RESUME_SESSION)
    return request.say("resumed")


async def _async_in_session(request: Request, action: str) -> None:
    try:
        await request.act(action)
    except HomeAssistantError as error:
        if error.translation_key == "wrong_state":
            running = request.addressed.in_session
            raise Refused(
                request.say("still_scanning" if running else "no_session")
            ) from error
        raise


# Change


async def _async_set_strength(request: Request) -> str:
    """Set the strength."""
    await _async_adjust(request, **{ATTR_STRENGTH: request.slot(SLOT_STRENGTH)})
    return _strength(request)


async def _async_stronger(request: Request) -> str:
    """Make it stronger, by one level unless said otherwise."""
    return await _async_step(request, 1, "strongest")


async def _async_softer(request: Request) -> str:
    """Make it softer, by one level unless said otherwise."""
    return await _async_step(request, -1, "weakest")


async def _async_step(request: Request, direction: int, at_the_end: str) -> str:
    before = request.coordinator.controller.back_hug.snapshot.settings
    step = direction * int(request.slot(SLOT_STEP) or 1)
    await _async_adjust(request, **{ATTR_STRENGTH_STEP: step})
    strength = request.coordinator.controller.known_settings().strength
    last = 1 if direction < 0 else request.coordinator.features.strength_levels
    if before is not None and before.strength == strength == last:
        return request.say(at_the_end, strength=strength)
    return _strength(request)


def _strength(request: Request) -> str:
    return _what_is_set(
        request,
        "strength",
        strength=request.coordinator.controller.known_settings().strength or "?",
        strongest=request.coordinator.features.strength_levels,
    )


async def _async_set_area(request: Request) -> str:
    """Set the area of the back; ask for it if it was not said."""
    texts = request.texts
    if (area := request.slot(SLOT_BACK_AREA)) is None:
        areas = map(texts.area, request.coordinator.features.areas)
        return request.say("which_area", areas=texts.one_of(areas))
    await _async_adjust(request, **{ATTR_AREA: area})
    return _what_is_set(request, "area", area=texts.area(Area(area)))


async def _async_set_flow(request: Request) -> str:
    """Set how the fingers move; ask for it if it was not said."""
    texts = request.texts
    if (flow := request.slot(SLOT_FLOW)) is None:
        flows = map(texts.flow, request.coordinator.features.flows)
        return request.say("which_flow", flows=texts.one_of(flows))
    await _async_adjust(request, **{ATTR_FLOW: flow})
    return _what_is_set(request, "flow", flow=texts.flow(Flow(flow)))


async def _async_adjust(request: Request, **data: Any) -> None:
    await request.act(SERVICE_ADJUST_SESSION, **data)


def _what_is_set(request: Request, key: str, **placeholders: str | float) -> str:
    """Return what is set now, and that it is for the next session if none runs."""
    if not request.addressed.in_session:
        key = f"{key}_next"
    return request.say(key, **placeholders)


# Ask


async def _async_time_left(request: Request) -> str:
    """Say how long the session goes on."""
    coordinator, texts = request.coordinator, request.texts
    status = request.status
    if not coordinator.available or status is None:
        raise Refused(request.say("error_not_reachable"))
    if status.state is State.FINISHING:
        return request.say("finishing")
    if not status.running:
        if (until := coordinator.controller.start_on_occupancy.until) is not None:
            return request.say("armed", time=texts.time(until))
        return request.say("no_session")
    ends_at = coordinator.controller.back_hug.snapshot.ends_at
    if ends_at is None:
        return request.say(
            "time_left_paused", minutes=_minutes(texts, status.seconds_left)
        )
    seconds = (ends_at - dt_util.utcnow()).total_seconds()
    return request.say(
        "time_left", minutes=_minutes(texts, seconds), time=texts.time(ends_at)
    )


def _minutes(texts: Texts, seconds: float) -> str:
    return texts.minutes(max(math.ceil(seconds / 60), 1))


async def _async_tension(request: Request) -> str:
    """Say the tension of the back as the device measured it last."""
    coordinator = request.coordinator
    if not coordinator.features.measures_tension:
        raise Refused(request.say("tension_never"))
    scan = coordinator.controller.back_hug.snapshot.tension or _last_scan(coordinator)
    if scan is None or scan.back is None:
        return request.say("tension_unknown")
    regions = {
        region: tension
        for region, tension in scan.regions.items()
        if tension is not None
    }
    tensest = max(regions, key=lambda region: regions[region])
    return request.say(
        f"tension_{scan.phase}",
        tension=round(scan.back),
        region=request.texts.region(tensest),
        highest=round(regions[tensest]),
    )


def _last_scan(coordinator: BackHugCoordinator) -> TensionScan | None:
    """Return the last scan of the sessions that are over."""
    for session in coordinator.history.newest(1, with_tension=True):
        return session.after or session.before
    return None


async def _async_programmes(request: Request) -> str:
    """Say which programmes there are."""
    runner = request.coordinator.controller.runner
    names = [
        request.texts.programme(programme)
        for programme in runner.programmes.values()
        if runner.fitted(programme).steps
    ]
    return request.say(
        "programmes", count=len(names), programmes=request.texts.all_of(names)
    )
