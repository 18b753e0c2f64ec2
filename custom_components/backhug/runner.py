"""Runs a programme: tells the device each step as its own clock reaches it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
import logging
from typing import TYPE_CHECKING, Any, Final, Self

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_call_later

from .const import DOMAIN
from .device.model import Area, Flow, Snapshot, State, Status
from .own_programmes import own_programmes
from .programmes import (
    BUILT_IN,
    NO_PROGRAMME,
    Change,
    Fitted,
    FittedStep,
    Programme,
    Skipped,
    begins,
    fit,
)

if TYPE_CHECKING:
    from .coordinator import BackHugCoordinator

_LOGGER = logging.getLogger(__name__)

RETRY: Final = 10
"""Seconds after which a setting is sent again that did not get through."""
_EARLY: Final = 0.5
"""Seconds before its beginning from which a step is due: the device rounds its seconds."""

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

    @property
    def programme(self) -> str:
        """What the programme is called where one is chosen."""
        return self.key if self.name is None else self.name

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, for `from_dict`."""
        return {
            **vars(self),
            "unsent": dict(self.unsent),
            "steps": [step._asdict() for step in self.steps],
            "skipped": [skipped._asdict() for skipped in self.skipped],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the run that `as_dict` made `values` of, before a restart.

        Raises AttributeError, LookupError, TypeError or ValueError if nothing like that did.
        """
        run = cls(
            **{
                **values,
                "session": int(values["session"]),
                "step": int(values["step"]),
                "unsent": dict(values["unsent"]),
                "steps": tuple(
                    FittedStep(
                        **{
                            **step,
                            "number": int(step["number"]),
                            "strength": int(step["strength"]),
                            "minutes": int(step["minutes"]),
                            "area": None
                            if step["area"] is None
                            else Area(step["area"]),
                            "flow": None
                            if step["flow"] is None
                            else Flow(step["flow"]),
                        }
                    )
                    for step in values["steps"]
                ),
                "skipped": tuple(
                    Skipped(**{**each, "change": Change(each["change"])})
                    for each in values["skipped"]
                ),
                # Whatever the device shows first is newer than the restart.
                "seen": True,
            }
        )
        if not 0 <= run.step < len(run.steps):
            raise ValueError("no such step")
        return run


class ProgrammeRunner:
    """Starts programmes on one BackHug, and tells it their steps.

    A step is told once, as it begins by the device's own clock, or as soon afterwards as there is a
    connection. What a person then changes by hand stands until the next step.
    """

    def __init__(self, coordinator: BackHugCoordinator) -> None:
        """Run nothing."""
        self._coordinator = coordinator
        self._memory = coordinator.memory
        self._run: Run | None = None
        self._starting: Programme | None = None
        self._applying: asyncio.Task[None] | None = None
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._ended = 0

    # Choosing

    @property
    def programmes(self) -> dict[str, Programme]:
        """The programmes that can be run, by key: built in ones, then the person's own."""
        own = sorted(
            own_programmes(self._coordinator.config_entry).values(),
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

    def find(self, option: str) -> Programme | None:
        """Return the programme of that name, however it is capitalised."""
        wanted = option.strip().casefold()
        return next(
            (
                programme
                for programme in self.programmes.values()
                if programme.option.casefold() == wanted
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

    async def async_start(self, programme: Programme) -> None:
        """Start a session that runs a programme.

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
        self._memory.run = {**run.as_dict(), "unsent": {}}

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
        if not self._goes_on(run, status):
            self.async_end()
            return
        if not run.seen or status.state is State.UNKNOWN:
            return
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
    def _advance(self, run: Run, snapshot: Snapshot, status: Status) -> None:
        """Go to the step that is due, and set a timer for the next one."""
        starts = begins(run.steps)
        passed = self._passed(status)
        due = sum(start <= passed + _EARLY for start in starts) - 1
        if due > run.step:
            run.step = due
            run.unsent = {
                name: getattr(status, name) for name in _settings(run.steps[due])
            }
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
            step, number = run.steps[run.step], run.step
            try:
                await self._coordinator.async_run(
                    self._setter(name, _settings(step)[name])
                )
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
                wanted = _settings(step)[name]
                run.skipped += (Skipped(step.number, Change.REFUSED, wanted),)
            if run.step == number:
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
        step = run.steps[run.step]
        status = self._coordinator.back_hug.snapshot.status
        assert status is not None
        order = ["area", "flow"]
        weaker = status.strength is None or step.strength < status.strength
        order.insert(0 if weaker else 2, "strength")
        for name in order:
            if name not in run.unsent:
                continue
            shown = getattr(status, name)
            if shown == run.unsent[name] and shown != _settings(step)[name]:
                return name
            # It is set already, or somebody has set something else since.
            del run.unsent[name]
        return None

    def _setter(self, name: str, value: int | Area | Flow) -> Coroutine[Any, Any, None]:
        setter: Callable[[Any], Coroutine[Any, Any, None]] = getattr(
            self._coordinator.back_hug, f"set_{name}"
        )
        return setter(value)


def _settings(step: FittedStep) -> dict[str, int | Area | Flow]:
    """Return what a step sets, by name."""
    settings = {"strength": step.strength, "area": step.area, "flow": step.flow}
    return {name: value for name, value in settings.items() if value is not None}


def _time_of(second: int, status: Status, ends_at: datetime) -> datetime:
    """Return when a second of the session comes, if it is not paused before."""
    return ends_at - timedelta(seconds=status.length - second)
