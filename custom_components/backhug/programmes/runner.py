"""Runs a programme: tells the device each step as its own clock reaches it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from functools import partial
from inspect import signature
import logging
from typing import TYPE_CHECKING, Any, Final, Self

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_call_later

from ..const import DOMAIN
from ..device.model import (
    Area,
    Flow,
    Snapshot,
    State,
    Status,
    is_weaker,
)
from .catalogue import BUILT_IN
from .model import (
    NO_PROGRAMME,
    Change,
    Fitted,
    FittedStep,
    Programme,
    Skipped,
    begins,
    fit,
)
from .names import ProgrammeNames, compared

if TYPE_CHECKING:
    from ..coordinator import BackHugCoordinator

_LOGGER = logging.getLogger(__name__)

RETRY: Final = 10
"""Seconds after which a setting is sent again that did not get through."""
_EARLY: Final = 0.5
"""Seconds before its beginning from which a step is due: the device rounds its seconds."""

_SETTINGS: Final = ("area", "flow", "strength")
"""What a step sets, by name."""
_UNKNOWN_EFFECT: Final = ("link_lost", "no_answer")
"""Errors after which the device may have done what it was asked for, or not."""


class Run:
    """A programme that runs."""

    def __init__(
        self,
        session: int,
        key: str,
        name: str | None,
        steps: tuple[FittedStep, ...],
        skipped: tuple[Skipped, ...],
        *,
        step: int = 0,
        unsent: dict[str, str | int | None] | None = None,
        certain: bool = True,
        seen: bool = False,
        strength: int | None = None,
        at_most: int | None = None,
    ) -> None:
        """Begin with the first step, all of it sent."""
        self.session = session
        """The number that the device gave the session."""
        self.key = key
        self.name = name
        """As of the programme."""
        self.steps = steps
        self.skipped = skipped
        self.step = step
        """The one whose settings were sent last: an index of `steps`."""
        self.unsent = {} if unsent is None else unsent
        """What of that step has not got through yet, with what the device showed before it."""
        self.certain = certain
        """False if the start was not answered: the session may be somebody else's."""
        self.seen = seen
        """Whether the device has shown the session."""
        if strength is None:
            strength = int(self.unsent.get("strength") or steps[step].strength)
        self.strength = strength
        """As the device showed it last, or as it was set."""
        self.at_most = at_most
        """The level to which somebody turned it down: no step goes above it."""

    @property
    def level(self) -> int:
        """The strength of the step, within what was turned down."""
        level = self.steps[self.step].strength
        return level if self.at_most is None else min(level, self.at_most)

    @property
    def programme(self) -> str:
        """What the programme is called where one is chosen."""
        return self.key if self.name is None else self.name

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, for `from_dict`."""
        return {
            **vars(self),
            "unsent": dict(self.unsent),
            "steps": [step.as_dict() for step in self.steps],
            "skipped": [skipped.as_dict() for skipped in self.skipped],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the run that `as_dict` made `values` of, before a restart.

        What a later version has added is left out. Raises AttributeError, LookupError, TypeError or ValueError
        if nothing like that did.
        """
        run = cls(
            **{
                **{
                    name: values[name]
                    for name in signature(cls).parameters
                    if name in values
                },
                "session": int(values["session"]),
                "step": int(values["step"]),
                "unsent": {
                    name: values["unsent"][name]
                    for name in _SETTINGS
                    if name in values["unsent"]
                },
                "steps": tuple(map(FittedStep.from_dict, values["steps"])),
                "skipped": tuple(
                    skipped
                    for each in values["skipped"]
                    if (skipped := Skipped.from_dict(each))
                ),
                # Whatever the device shows first is newer than the restart.
                "seen": True,
                "strength": _level(values.get("strength")),
                "at_most": _level(values.get("at_most")),
            }
        )
        if not 0 <= run.step < len(run.steps):
            raise ValueError("no such step")
        return run


class ProgrammeRunner:
    """Starts programmes on one BackHug, and tells it their steps.

    A step is told once, as it begins by the device's own clock, or as soon afterwards as there is a
    connection. What a person then changes by hand stands until the next step; a strength that they turned
    down is an upper bound of every later step.
    """

    def __init__(self, coordinator: BackHugCoordinator) -> None:
        """Run nothing."""
        self._coordinator = coordinator
        self._memory = coordinator.stored
        self._run: Run | None = None
        self._starting: Programme | None = None
        self._applying: asyncio.Task[None] | None = None
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._ended = 0
        self._sending: int | None = None
        """The strength that was sent and that the device has not shown yet."""
        self._names = ProgrammeNames({})

    # Choosing

    async def async_load_names(self) -> None:
        """Learn what the built-in programmes are called; comes before the entities."""
        self._names = await ProgrammeNames.async_load(self._coordinator.hass)

    @property
    def programmes(self) -> dict[str, Programme]:
        """The programmes that can be run, by key: built in ones, then the person's own."""
        own = sorted(
            self._names.own(self._coordinator.config_entry).values(),
            key=lambda programme: programme.option.casefold(),
        )
        return {**BUILT_IN, **{programme.key: programme for programme in own}}

    @property
    def options(self) -> list[str]:
        """What can be chosen, by the name under which it is."""
        return [
            NO_PROGRAMME,
            *(programme.option for programme in self.programmes.values()),
        ]

    @property
    def chosen(self) -> Programme | None:
        """The programme that the next session runs; None for the settings shown."""
        return self.programmes.get(self._memory.chosen)

    @property
    def shown_names(self) -> list[str]:
        """What can be chosen, as a person reads it."""
        return list(map(self._names.shown, (None, *self.programmes.values())))

    def means_none(self, name: str) -> bool:
        """Return whether a name says that no programme is to run."""
        return self._names.key_of(name) == NO_PROGRAMME

    def find(self, name: str) -> Programme | None:
        """Return the programme of that name, in any language, or of that key."""
        if (key := self._names.key_of(name)) is not None:
            return BUILT_IN.get(key)
        wanted, key = compared(name), name.strip()
        return next(
            (
                programme
                for programme in self.programmes.values()
                if key == programme.key or wanted == compared(programme.option)
            ),
            None,
        )

    @callback
    def async_choose(self, option: str) -> None:
        """Have the next session run the programme of that name, or none."""
        programme = self.find(option)
        self._memory.chosen = NO_PROGRAMME if programme is None else programme.key
        self._memory.async_save_soon()
        self._coordinator.async_update_listeners()

    def fitted(self, programme: Programme) -> Fitted:
        """Return a programme as this device carries it out."""
        return fit(programme, self._coordinator.features)

    # What runs

    @property
    def run(self) -> Run | None:
        """The programme that runs, once the device has shown its session."""
        return self._run if self._run is not None and self._run.seen else None

    @property
    def programme(self) -> str | None:
        """What the session that the device shows runs, also while its start is not answered yet."""
        status = self._coordinator.back_hug.snapshot.status
        if status is None or not status.running:
            return None
        if self._starting is not None:
            return self._starting.option
        if self._run is not None and self._run.session == status.session:
            return self._run.programme
        return None

    @property
    def step(self) -> FittedStep | None:
        """The step that runs."""
        return None if (run := self.run) is None else run.steps[run.step]

    @property
    def step_ends_at(self) -> datetime | None:
        """When the step ends; None while the session is paused or no programme runs."""
        snapshot = self._coordinator.data
        if (run := self.run) is None or snapshot.ends_at is None:
            return None
        if run.step + 1 == len(run.steps):
            return snapshot.ends_at
        following = begins(run.steps)[run.step + 1]
        return _time_of(following, self._coordinator.status, snapshot.ends_at)

    @property
    def passed(self) -> float | None:
        """How many seconds of the running session have passed; None when none runs."""
        snapshot = self._coordinator.back_hug.snapshot
        if snapshot.status is None or not snapshot.status.running:
            return None
        return self._passed(snapshot.status)

    def _passed(self, status: Status) -> float:
        """Return how many seconds of the running session have passed, by the device's own clock."""
        ends_in = self._coordinator.back_hug.ends_in
        if ends_in is None:
            # It is paused: the device said how many were left as that began.
            return status.length - status.seconds_left
        return status.length - ends_in

    async def async_start(self, programme: Programme, after: int | None = None) -> None:
        """Start a session that runs a programme; `after` as of `BackHug.start`.

        Raises ServiceValidationError if nothing of it is offered, and what a start raises.
        """
        coordinator = self._coordinator
        fitted = self.fitted(programme)
        if not fitted.steps:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="programme_not_offered",
                translation_placeholders={"name": coordinator.config_entry.title},
            )
        first = fitted.steps[0]
        before = coordinator.back_hug.snapshot.status
        ended = self._ended
        self._starting = programme
        try:
            await coordinator.async_run(
                coordinator.back_hug.start(
                    fitted.minutes,
                    strength=first.strength,
                    area=first.area,
                    flow=first.flow,
                    after=after,
                )
            )
        except HomeAssistantError as error:
            unknown = error.translation_key in _UNKNOWN_EFFECT
            if unknown and before is not None and ended == self._ended:
                # A start is never repeated, and this one may have worked: the device will show it.
                self._begin(programme, fitted, before.session + 1, certain=False)
            raise
        finally:
            self._starting = None
        status = coordinator.back_hug.snapshot.status
        if status is not None and ended == self._ended:
            session = status.session if status.running else status.session + 1
            self._begin(programme, fitted, session)

    @callback
    def _begin(
        self,
        programme: Programme,
        fitted: Fitted,
        session: int,
        *,
        certain: bool = True,
    ) -> None:
        self._sending = None
        self._run = Run(
            session,
            programme.key,
            programme.name,
            fitted.steps,
            fitted.skipped,
            certain=certain,
        )
        self._remember(self._run)
        self._memory.async_save_soon()
        self._coordinator.async_update_listeners()

    @callback
    def async_end(self) -> None:
        """Run no programme any more; what the device does is not touched."""
        self._ended += 1
        self._unschedule()
        self._end_retry()
        if self._run is not None:
            self._run = self._memory.run = None
            self._memory.async_save_soon()

    # Over a restart

    @callback
    def async_resume(self) -> None:
        """Take up what ran before a restart, if the device turns out to run it still."""
        if self._memory.run is None:
            return
        try:
            self._run = Run.from_dict(self._memory.run)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            _LOGGER.warning(
                "The programme that ran cannot be read (%r): its session goes on without it",
                error,
            )
            self._memory.run = None
            return
        if "strength" in self._run.unsent:
            # It was on its way before the restart, and may have got through.
            self._sending = self._run.level

    async def async_close(self) -> None:
        """Leave the programme to the next start of Home Assistant."""
        self._unschedule()
        self._end_retry()
        run, self._run = self._run, None
        if run is None:
            return
        if self._applying is not None:
            self._applying.cancel()
            await asyncio.wait({self._applying})
        self._memory.run = run.as_dict()
        await self._memory.async_save()

    @callback
    def _remember(self, run: Run) -> None:
        """Remember the step as told: a step is told once, even if all fails in the middle of it."""
        # What the device shows after a power cut is not lower than this, unless somebody turned it down.
        strength = min(run.strength, run.level)
        self._memory.run = {**run.as_dict(), "unsent": {}, "strength": strength}

    # Following the device

    @callback
    def async_update(self) -> None:
        """Tell the device the step that is due by its own clock."""
        if (run := self._run) is None:
            return
        self._unschedule()
        snapshot = self._coordinator.back_hug.snapshot
        status = snapshot.status
        if not snapshot.connected or status is None:
            # What did not get through is tried again as soon as there is a connection.
            self._end_retry()
            return
        if self._coordinator.history.doubted:
            # Perhaps it is the same session.
            return
        if not self._goes_on(run, status):
            self.async_end()
            return
        if not run.seen or status.state is State.UNKNOWN:
            return
        self._watch_strength(run, status)
        self._advance(run, snapshot, status)
        if run.unsent and self._applying is None and self._cancel_retry is None:
            # Not eagerly: what it does comes back here, before it is known to be under way.
            self._applying = (
                self._coordinator.config_entry.async_create_background_task(
                    self._coordinator.hass,
                    self._apply(run),
                    "BackHug programme step",
                    eager_start=False,
                )
            )
            self._applying.add_done_callback(self._applied)

    @staticmethod
    def _goes_on(run: Run, status: Status) -> bool:
        """Return whether the session runs that the programme was started with."""
        if status.session != run.session:
            # The device has answered the start, but what it then showed was lost on the way.
            return run.certain and not run.seen and status.session == run.session - 1
        if status.state is State.UNKNOWN:
            return True
        first = run.steps[0]
        if not run.certain and (
            status.length != 60 * sum(step.minutes for step in run.steps)
            or status.strength != first.strength
            or first.area not in (None, status.area)
            or first.flow not in (None, status.flow)
        ):
            return False
        run.certain = run.seen = True
        return status.running

    @callback
    def _watch_strength(self, run: Run, status: Status) -> None:
        """Keep what somebody turns down, also unseen, as the most that steps may set."""
        before, strength = run.strength, status.strength
        if strength in (before, None):
            return
        run.strength = strength
        if strength == self._sending:
            self._sending = None
            if run.at_most is not None and strength > run.at_most:
                # It was turned down while this was on its way.
                run.unsent["strength"] = strength
            return
        if strength < before:
            run.at_most = strength
        elif run.at_most is not None and strength > run.at_most:
            lifted = strength >= run.steps[run.step].strength
            run.at_most = None if lifted else strength
        self._remember(run)
        self._memory.async_save_soon()

    @callback
    def _advance(self, run: Run, snapshot: Snapshot, status: Status) -> None:
        """Go to the step that is due, and set a timer for the next one."""
        starts = begins(run.steps)
        passed = self._passed(status)
        due = sum(start <= passed + _EARLY for start in starts) - 1
        if due > run.step:
            run.step = due
            run.unsent = {name: getattr(status, name) for name in _settings(run)}
            self._remember(run)
            self._end_retry()
        if snapshot.ends_at is not None and run.step + 1 < len(starts):
            # Not at a time of day: somebody may set the clock.
            self._cancel_timer = async_call_later(
                self._coordinator.hass, starts[run.step + 1] - passed, self._timer
            )

    @callback
    def _timer(self, _now: datetime) -> None:
        self._cancel_timer = None
        self._coordinator.async_update_listeners()

    @callback
    def _unschedule(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    @callback
    def _retry(self, _now: datetime) -> None:
        self._cancel_retry = None
        self.async_update()

    @callback
    def _end_retry(self) -> None:
        if self._cancel_retry is not None:
            self._cancel_retry()
            self._cancel_retry = None

    # Telling the device

    async def _apply(self, run: Run) -> None:
        """Send the settings of the step that have not got through yet."""
        await self._memory.async_save()
        while run is self._run and (name := self._next(run)):
            step, number, before = run.steps[run.step], run.step, run.unsent[name]
            try:
                await self._coordinator.async_run(self._setter(run, name))
            except HomeAssistantError as error:
                if error.translation_key == "stopped_first":
                    return
                refused = isinstance(error, ServiceValidationError)
                if not refused or error.translation_key == "busy":
                    await self._async_try_later(run, number)
                    return
                _LOGGER.warning(
                    "The %s of step %s of a programme was refused: %s",
                    name,
                    step.number,
                    error,
                )
                wanted = _settings(run)[name]
                run.skipped += (Skipped(step.number, Change.REFUSED, wanted),)
                self._sending = None
            if run.step == number and run.unsent.get(name) == before:
                run.unsent.pop(name, None)

    async def _async_try_later(self, run: Run, step: int) -> None:
        """Try what did not get through again: after a while, or with the next connection."""
        if run is self._run and run.step == step:
            self._memory.run = run.as_dict()
            await self._memory.async_save()
            self._end_retry()
            self._cancel_retry = async_call_later(
                self._coordinator.hass, RETRY, self._retry
            )

    @callback
    def _applied(self, _task: asyncio.Task[None]) -> None:
        self._applying = None
        self._coordinator.async_update_listeners()

    def _next(self, run: Run) -> str | None:
        """Return the setting to send next: never stronger before it is where it is to be stronger."""
        status = self._coordinator.back_hug.snapshot.status
        assert status is not None
        order = ["area", "flow"]
        weaker = status.strength is None or is_weaker(run.level, status.strength)
        order.insert(0 if weaker else 2, "strength")
        for name in order:
            if self._choose(run, name, status) is not None:
                return name
            # It is set already, or somebody has set something else since.
            run.unsent.pop(name, None)
        return None

    def _choose(self, run: Run, name: str, status: Status) -> int | Area | Flow | None:
        """Return what is to be sent of a setting; None if nothing is any more."""
        if run is not self._run or name not in run.unsent:
            return None
        shown, wanted = getattr(status, name), _settings(run)[name]
        return wanted if shown == run.unsent[name] and shown != wanted else None

    def _setter(self, run: Run, name: str) -> Coroutine[Any, Any, None]:
        back_hug = self._coordinator.back_hug
        match _settings(run)[name]:
            case Area() as area:
                return back_hug.set_area(area)
            case Flow() as flow:
                return back_hug.set_flow(flow)
            case _:
                # What somebody sets meanwhile must not be replaced by this.
                return back_hug.choose(name, partial(self._send_strength, run))

    def _send_strength(self, run: Run, status: Status) -> int | Area | Flow | None:
        """Return the strength to send, now that it is its turn; None if none is to be sent any more."""
        strength = self._choose(run, "strength", status)
        if isinstance(strength, int):
            self._sending = strength
        return strength


def _level(value: Any) -> int | None:
    return None if value is None else int(value)


def _settings(run: Run) -> dict[str, int | Area | Flow]:
    """Return what the step sets that runs, by name."""
    step = run.steps[run.step]
    settings = {"strength": run.level, "area": step.area, "flow": step.flow}
    return {name: value for name, value in settings.items() if value is not None}


def _time_of(second: int, status: Status, ends_at: datetime) -> datetime:
    """Return when a second of the session comes, if it is not paused before."""
    return ends_at - timedelta(seconds=status.length - second)
