"""The history of sessions: each is counted once, over reconnections, restarts and power cuts."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime
import logging
from pathlib import Path
from time import monotonic
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.util.dt import utcnow

from ..const import DOMAIN
from ..device.model import Snapshot, State, Status
from ..device.unexpected import UnexpectedErrors
from ..storage import CONF_OF, DeviceStore
from .counter import SECOND_READING, Counter, Reading
from .record import Session
from .tracker import Position, SessionEvent, Told, Tracker, measured

_LOGGER = logging.getLogger(__name__)

KEPT: Final = 500
"""Sessions; the oldest are dropped first. One a day for more than a year, in a third of a megabyte."""
SAVE_DELAY: Final = 1
"""Seconds. A power cut within them tells the newest happening again; a regular stop never does."""

type Listener = Callable[[SessionEvent], None]


class _Store(DeviceStore):
    """The file of one history."""


class History:
    """The sessions of one BackHug, oldest first, and whoever wants to hear what happens to them."""

    def __init__(self, hass: HomeAssistant, entry_id: str, address: str) -> None:
        """Begin with nothing; the address is that of the device."""
        self._hass = hass
        self._store = _Store(hass, f"{DOMAIN}.{entry_id}.history", address)
        self._sessions: deque[Session] = deque()
        self._treated = 0
        self._tracker = Tracker(Position())
        self._counter = Counter(None)
        self._cancel_second_reading: CALLBACK_TYPE | None = None
        self._read: Callable[[], Awaitable[None]] | None = None
        self._listeners: list[Listener] = []
        self._unexpected = UnexpectedErrors("The history of sessions")
        self._patience: float | None = None
        self._cancel_patience: CALLBACK_TYPE | None = None
        self._changed: Callable[[], None] = lambda: None
        self._followed = False

    # What is remembered

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Every session that is over, oldest first."""
        return tuple(self._sessions)

    @property
    def last(self) -> Session | None:
        """The last session that is over."""
        return self._sessions[-1] if self._sessions else None

    @property
    def running(self) -> Session | None:
        """The session of which something is still to be told: it runs, or its end is being measured.

        None while nothing is known of the device, as an hour after it was lost: no session is that long.
        """
        return self._tracker.position.current if self._followed else None

    @property
    def number(self) -> int | None:
        """The number of the newest session of the device, as far as it is believed."""
        return self._counter.number

    @property
    def doubted(self) -> bool:
        """Whether the device shows the number of another session, which is not believed yet."""
        return self._counter.doubted

    @property
    def treated(self) -> int:
        """Seconds that all sessions ran together, also those that are no longer kept."""
        return self._treated

    def newest(self, count: int, *, with_tension: bool = False) -> tuple[Session, ...]:
        """Return the last `count` sessions, newest first; with tension: of those before which it was measured."""
        found = [
            session
            for session in reversed(self._sessions)
            if not with_tension or session.before is not None
        ]
        return tuple(found[:count])

    # What happens

    @callback
    def async_listen(self, listener: Listener) -> CALLBACK_TYPE:
        """Have a listener told what happens from now on; return how to end that."""
        self._listeners.append(listener)

        @callback
        def unlisten() -> None:
            self._listeners.remove(listener)

        return unlisten

    @callback
    def async_tell(self, happenings: Iterable[SessionEvent]) -> None:
        """Tell what happened, once the entities show it: an automation may look at them."""
        for happening in happenings:
            for listener in tuple(self._listeners):
                try:
                    listener(happening)
                except Exception as error:  # noqa: BLE001 (the others are told all the same)
                    self._unexpected.log(error, "telling what happened")

    @callback
    def async_start(
        self, changed: Callable[[], None], read: Callable[[], Awaitable[None]]
    ) -> None:
        """Begin to follow the device.

        `changed` is called when the history changes by itself, `read` when a second reading of the Status is
        needed: it reads, and has the history follow what came of it, if there is a connection.
        """
        self._changed, self._read = changed, read
        self._async_be_patient()

    @callback
    def async_follow(
        self, snapshot: Snapshot, programme: str | None = None
    ) -> list[SessionEvent]:
        """Remember what a snapshot brings; return what is to be told of it.

        `programme` is the name of the programme that runs, if one does.
        """
        at = monotonic()
        reading = self._async_count(snapshot, at)
        if reading is Reading.DOUBTED:
            return []
        before = self._tracker.position
        self._followed = snapshot.status is not None
        told = self._tracker.follow(
            snapshot, utcnow(), at, programme, anew=reading is Reading.FIRST
        )
        self._async_remember(told)
        corrected = self._async_correct(snapshot)
        if corrected or self._tracker.position != before:
            self._store.async_delay_save(self._as_dict, SAVE_DELAY)
        self._async_be_patient()
        return told.happenings

    @callback
    def async_see(self, status: Status) -> None:
        """Remember other settings of the session that runs: nothing is to be told of them."""
        if not self.doubted and self._tracker.see(status):
            self._store.async_delay_save(self._as_dict, SAVE_DELAY)

    @callback
    def _async_count(self, snapshot: Snapshot, at: float) -> Reading | None:
        """Read the session number of the device, if it shows one; have it read again where that is needed."""
        status = snapshot.status
        if not snapshot.connected or status is None or status.state is State.UNKNOWN:
            return None
        reading = self._counter.read(status, at)
        if not self._counter.unconfirmed:
            self._async_end_second_reading()
        elif self._cancel_second_reading is None and self._read is not None:
            self._cancel_second_reading = async_call_later(
                self._hass, SECOND_READING, self._async_read_again
            )
        return reading

    async def _async_read_again(self, _now: datetime) -> None:
        self._cancel_second_reading = None
        assert self._read is not None
        await self._read()

    @callback
    def _async_end_second_reading(self) -> None:
        if self._cancel_second_reading is not None:
            self._cancel_second_reading()
            self._cancel_second_reading = None

    @callback
    def _async_remember(self, told: Told) -> None:
        self._sessions.extend(told.sessions)
        self._treated += sum(session.treated or 0 for session in told.sessions)
        while len(self._sessions) > KEPT:
            # Those that the device has only counted go first.
            counted = (session for session in self._sessions if not session.known)
            self._sessions.remove(next(counted, self._sessions[0]))

    @callback
    def _async_correct(self, snapshot: Snapshot) -> bool:
        """Take the tension of the last session that came after its end was told."""
        position, last = self._tracker.position, self.last
        if (
            not snapshot.connected
            or last is None
            or not position.measurable
            or position.last != last.number
        ):
            return False
        corrected = measured(last, snapshot.record)
        self._sessions[-1] = corrected
        return corrected != last

    @callback
    def _async_be_patient(self) -> None:
        """Wait no longer than need be for the tension after a session."""
        if self._tracker.patience == self._patience:
            return
        self._async_end_patience()
        self._patience = self._tracker.patience
        if self._patience is not None:
            self._cancel_patience = async_call_later(
                self._hass, self._patience, self._async_give_up
            )

    @callback
    def async_settle(self) -> None:
        """Tell the end that waits for the tension after without it: the device is to be replaced."""
        self._async_end_patience()
        self._async_give_up(utcnow())

    @callback
    def _async_give_up(self, _now: datetime) -> None:
        self._cancel_patience = None
        told = self._tracker.give_up()
        self._patience = None
        self._async_remember(told)
        self._store.async_delay_save(self._as_dict, SAVE_DELAY)
        self._changed()
        self.async_tell(told.happenings)

    @callback
    def _async_end_patience(self) -> None:
        self._patience = None
        if self._cancel_patience is not None:
            self._cancel_patience()
            self._cancel_patience = None

    # How it is stored

    async def async_load(self) -> None:
        """Go on with what is stored. A file that cannot be read is set aside: set-up goes on without it."""
        try:
            stored = await self._store.async_load()
            if stored is not None:
                sessions = [Session.from_dict(values) for values in stored["sessions"]]
                treated = int(stored["treated"])
                self._tracker = Tracker(Position.from_dict(stored["position"]))
                self._sessions.extend(sessions)
                self._treated = treated
                if self._store.is_of_another(stored):
                    # What was under way there is over: nobody can see its end any more.
                    told = Told()
                    self._tracker.leave(told)
                    self._async_remember(told)
                self._counter = Counter(self._tracker.position.number)
        except (
            AttributeError,
            HomeAssistantError,
            LookupError,
            NotImplementedError,
            TypeError,
            ValueError,
        ) as error:
            aside = Path(f"{self._store.path}.unreadable.{utcnow():%Y%m%d%H%M%S}")
            _LOGGER.warning(
                "The history of sessions cannot be read (%r) and begins anew; what was stored is in %s",
                error,
                aside,
            )

            def set_aside() -> None:
                with suppress(OSError):
                    Path(self._store.path).rename(aside)

            await self._hass.async_add_executor_job(set_aside)

    async def async_save(self) -> None:
        """Store everything now: nothing more is followed."""
        self._async_end_patience()
        self._async_end_second_reading()
        await self._store.async_save(self._as_dict())

    async def async_remove(self) -> None:
        """Remove what is stored, and what could not be read."""
        await self._store.async_remove()
        await self._store.async_remove_set_aside()

    @callback
    def _as_dict(self) -> dict[str, Any]:
        return {
            CONF_OF: self._store.address,
            "position": self._tracker.position.as_dict(),
            "sessions": [session.as_dict() for session in self._sessions],
            "treated": self._treated,
        }
