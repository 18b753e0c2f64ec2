"""Runs a programme: starts its session, and sends each step when the device's clock reaches it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
import logging
from typing import Any, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_call_later

from ..const import DOMAIN, UNKNOWN_EFFECT
from ..device.client import BackHug
from ..device.model import Settings, Snapshot, State, Status
from ..storage import StoredState
from .catalogue import BUILT_IN
from .model import (
    NO_PROGRAMME,
    Fitted,
    FittedStep,
    Programme,
    begins,
    fit,
)
from .names import ProgrammeNames, compared, household
from .own_settings import OwnSettings
from .run import Run
from .step_sender import StepSender

_LOGGER = logging.getLogger(__name__)


class RunCommand(Protocol):
    """Carries out a command of the client; raises HomeAssistantError with a translated text."""

    async def __call__[T](self, command: Coroutine[Any, Any, T]) -> T:
        """Return the result of the command."""


class ProgrammeRunner:
    """Starts programmes on one BackHug and sends their steps.

    A step is sent once, when it begins by the device's clock, or as soon afterwards as there is a connection. A
    change by hand stands until the next step; a strength that was turned down limits all later steps.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        back_hug: BackHug,
        stored: StoredState,
        own_settings: OwnSettings,
        *,
        command: RunCommand,
        doubted: Callable[[], bool],
        publish: Callable[[], None],
    ) -> None:
        """Initialize without a running programme.

        `doubted` returns whether the device shows a session number that may be wrong; `publish` is called when
        what is shown of a programme may have changed.
        """
        self._hass = hass
        self._entry = entry
        self._back_hug = back_hug
        self._stored = stored
        self._own_settings = own_settings
        self._command = command
        self._doubted = doubted
        self._publish = publish
        self._sender = StepSender(
            hass, entry, back_hug, stored, command=command, publish=publish
        )
        self._run: Run | None = None
        self._starting: Programme | None = None
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._chosen_in_session: int | None = None
        """The session that ran last when the next programme was chosen, or that was stopped."""
        self._ended = 0
        """How many times `async_end` was called: a start that was under way is void."""
        self._names = ProgrammeNames({})

    # Choosing

    async def async_load_names(self) -> None:
        """Load the names of the built-in programmes; needed by the entities."""
        self._names = await ProgrammeNames.async_load(self._hass)

    @property
    def programmes(self) -> dict[str, Programme]:
        """All programmes by key: built-in ones, then the household's own."""
        own = sorted(
            self._names.own(household(self._hass, self._entry)).values(),
            key=lambda programme: programme.option.casefold(),
        )
        return {**BUILT_IN, **{programme.key: programme for programme in own}}

    @property
    def options(self) -> list[str]:
        """The options of the programme select."""
        return [
            NO_PROGRAMME,
            *(programme.option for programme in self.programmes.values()),
        ]

    @property
    def chosen(self) -> Programme | None:
        """The programme that the next session runs; None for the settings shown."""
        return self.programmes.get(self._stored.chosen or NO_PROGRAMME)

    @property
    def chosen_in_session(self) -> bool:
        """Whether `chosen` was chosen in the session that runs now, or that session is being stopped."""
        status = self._back_hug.snapshot.status
        return (
            status is not None
            and status.running
            and status.session == self._chosen_in_session
        )

    @property
    def shown(self) -> Programme | None:
        """The programme of the running session; the next one if none runs, or see `chosen_in_session`."""
        status = self._back_hug.snapshot.status
        if status is None or not status.running or self.chosen_in_session:
            return self.chosen
        running = None if self.programme is None else self._starting or self._run
        return None if running is None else self.programmes.get(running.key)

    @property
    def shown_names(self) -> list[str]:
        """The names of the options in Home Assistant's language."""
        return list(map(self.name, (None, *self.programmes.values())))

    def name(self, programme: Programme | None) -> str:
        """Return the name of a programme, or of none, in Home Assistant's language."""
        return self._names.shown(programme)

    def means_none(self, name: str) -> bool:
        """Return whether a name stands for no programme."""
        return self._names.key_of(name) == NO_PROGRAMME

    def find(self, name: str) -> Programme | None:
        """Return the programme with that key, or that name in any language."""
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
        """Choose the programme of the next session, or none."""
        programme = self.find(option)
        status = self._back_hug.snapshot.status
        self._chosen_in_session = None if status is None else status.session
        self._stored.chosen = None if programme is None else programme.key
        self._stored.async_save_soon()
        self._publish()

    def fitted(self, programme: Programme) -> Fitted:
        """Return a programme as this device carries it out."""
        features = self._back_hug.snapshot.features
        assert features is not None
        return fit(programme, features)

    # The running programme

    @property
    def run(self) -> Run | None:
        """The running programme, once the device has shown its session."""
        return self._run if self._run is not None and self._run.seen else None

    @property
    def programme(self) -> str | None:
        """The option of the programme of the running session, also before its start is answered."""
        status = self._back_hug.snapshot.status
        if status is None or not status.running:
            return None
        if self._starting is not None:
            return self._starting.option
        if self._run is not None and self._run.session == status.session:
            return self._run.programme
        return None

    @property
    def step(self) -> FittedStep | None:
        """The current step."""
        return None if (run := self.run) is None else run.steps[run.step]

    @property
    def step_ends_at(self) -> datetime | None:
        """When the current step ends; None while the session is paused or no programme runs."""
        snapshot = self._back_hug.snapshot
        if (run := self.run) is None or snapshot.ends_at is None:
            return None
        if run.step + 1 == len(run.steps):
            return snapshot.ends_at
        assert snapshot.status is not None
        next_begins = begins(run.steps)[run.step + 1]
        return snapshot.ends_at - timedelta(
            seconds=snapshot.status.length - next_begins
        )

    @property
    def passed(self) -> float | None:
        """How many seconds of the running session have passed; None when none runs."""
        status = self._back_hug.snapshot.status
        return None if status is None or not status.running else self._passed(status)

    def _passed(self, status: Status) -> float:
        """Return the seconds that have passed, by the device's clock."""
        ends_in = self._back_hug.ends_in
        if ends_in is None:
            # Paused: the device reported the seconds left as the pause began.
            return status.length - status.seconds_left
        return status.length - ends_in

    async def async_start(self, programme: Programme, after: int | None = None) -> None:
        """Start a session that runs a programme; `after` as in `BackHug.start`.

        Raises ServiceValidationError if the device supports no step of it, and the errors of a start.
        """
        fitted = self.fitted(programme)
        if not fitted.steps:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="programme_not_offered",
                translation_placeholders={"name": self._entry.title},
            )
        first = fitted.steps[0]
        await self._command(self._own_settings.async_refresh())
        before = self._back_hug.snapshot.status
        own = self._own_settings.shown
        ended = self._ended
        self._starting = programme
        try:
            await self._command(
                self._back_hug.start(
                    fitted.minutes,
                    strength=first.strength,
                    area=first.area,
                    flow=first.flow,
                    after=after,
                )
            )
        except HomeAssistantError as error:
            unknown = error.translation_key in UNKNOWN_EFFECT
            if unknown and before is not None and ended == self._ended:
                # A start is never repeated. If this one has worked, the device will show it.
                self._begin(programme, fitted, own, before.session + 1, certain=False)
            raise
        finally:
            self._starting = None
        status = self._back_hug.snapshot.status
        if status is not None and ended == self._ended:
            session = status.session if status.running else status.session + 1
            self._begin(programme, fitted, own, session)

    @callback
    def _begin(
        self,
        programme: Programme,
        fitted: Fitted,
        own: Settings | None,
        session: int,
        *,
        certain: bool = True,
    ) -> None:
        self._sender.async_cancel()
        self._run = Run(
            session,
            programme.key,
            programme.name,
            fitted.steps,
            fitted.skipped,
            certain=certain,
        )
        self._stored.run = self._run.as_sent()
        self._stored.async_save_soon()
        if own is not None:
            self._own_settings.async_keep(own, session)
        self._publish()

    @callback
    def async_stop(self) -> None:
        """End the programme with its session; from now on the next one is shown."""
        status = self._back_hug.snapshot.status
        if self.programme is not None and status is not None:
            self._chosen_in_session = status.session
        self.async_end()

    @callback
    def async_end(self) -> None:
        """End the programme; the session goes on as it is."""
        self._ended += 1
        self._unschedule()
        self._sender.async_cancel()
        if self._run is not None:
            if self._run.at_most is not None:
                self._own_settings.async_limit(self._run.at_most)
            self._run = self._stored.run = None
            self._stored.async_save_soon()

    # Restart

    @callback
    def async_resume(self) -> None:
        """Continue the stored run; it ends if the device turns out to run another session."""
        if self._stored.run is None:
            return
        try:
            self._run = Run.from_dict(self._stored.run)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            _LOGGER.warning(
                "The stored programme cannot be read (%r): its session continues without it",
                error,
            )
            self._stored.run = None

    async def async_close(self) -> None:
        """Keep the run in the stored state, which is saved last."""
        self._unschedule()
        run, self._run = self._run, None
        await self._sender.async_close()
        if run is not None:
            self._stored.run = run.as_dict()

    # Following the device

    @callback
    def async_update(self) -> None:
        """Send the step that is due by the device's clock."""
        if (run := self._run) is None:
            return
        self._unschedule()
        snapshot = self._back_hug.snapshot
        status = snapshot.status
        if not snapshot.connected or status is None:
            # Unsent settings are sent again on the next connection.
            self._sender.async_cancel_retry()
            return
        if self._doubted():
            # It may be the same session.
            return
        if not run.goes_on(status):
            if run.seen and status.session == run.session:
                # It may have been turned down before it ended.
                run.take_strength(status)
            self.async_end()
            return
        if not run.seen or status.state is State.UNKNOWN:
            return
        if run.take_strength(status):
            self._stored.run = run.as_sent()
            self._stored.async_save_soon()
        passed = self._passed(status)
        if run.advance(passed, status):
            self._stored.run = run.as_sent()
            self._sender.async_cancel_retry()
        self._schedule(run, snapshot, passed)
        self._sender.async_send(run)

    @callback
    def _schedule(self, run: Run, snapshot: Snapshot, passed: float) -> None:
        """Set a timer for the next step."""
        starts = begins(run.steps)
        if snapshot.ends_at is not None and run.step + 1 < len(starts):
            # A delay instead of a time of day: somebody may set the clock.
            self._cancel_timer = async_call_later(
                self._hass, starts[run.step + 1] - passed, self._step_is_due
            )

    @callback
    def _step_is_due(self, _now: datetime) -> None:
        self._cancel_timer = None
        self._publish()

    @callback
    def _unschedule(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
