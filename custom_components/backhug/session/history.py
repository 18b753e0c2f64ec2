"""History of the sessions of a device: each counts once, over reconnections, restarts and power cuts."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
import logging
from pathlib import Path
from time import monotonic
from typing import Any, Final, NamedTuple, Self

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.util.dt import utcnow

from ..const import DOMAIN, GUEST
from ..device.model import Snapshot, State, Status
from ..device.timeouts import SECOND_READING
from ..device.unexpected import UnexpectedErrors
from ..storage import CONF_OF, DeviceStore
from .counter import Counter, Reading
from .events import SessionEvent
from .record import Session
from .tracker import Tracker, TrackerState, TrackerUpdate, measured

_LOGGER = logging.getLogger(__name__)

KEPT: Final = 500
"""Maximum number of sessions: one a day for more than a year, in a third of a megabyte."""
SAVE_DELAY: Final = 1
"""Seconds. After a power cut within them the newest event is reported again."""

type Listener = Callable[[SessionEvent], None]


class Choice(NamedTuple):
    """Person chosen for the next or the running session."""

    person: str | None = None
    by_hand: bool = False
    """Whether the person was chosen with the select."""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any] | None) -> Self | None:
        """Return the choice with these values, if any; raises KeyError or TypeError for other ones."""
        if values is None:
            return None
        person = values["person"]
        return cls(None if person is None else str(person), bool(values["by_hand"]))


class History:
    """The sessions of one BackHug, and the listeners to their events."""

    def __init__(self, hass: HomeAssistant, entry_id: str, address: str) -> None:
        """Initialize with the address of the device of the config entry."""
        self._hass = hass
        self._store = DeviceStore(hass, f"{DOMAIN}.{entry_id}.history", address)
        self.choice: Choice | None = None
        """Stored with the sessions, so that none gets another person by a crash; None if it was never stored."""
        self._sessions: deque[Session] = deque()
        self._treated = 0
        self._tracker = Tracker(TrackerState())
        self._counter = Counter(None)
        self._cancel_second_reading: CALLBACK_TYPE | None = None
        self._read: Callable[[], Awaitable[None]] | None = None
        self._listeners: list[Listener] = []
        self._unexpected = UnexpectedErrors("The history of sessions")
        self._patience: float | None = None
        self._cancel_patience: CALLBACK_TYPE | None = None
        self._changed: Callable[[], None] = lambda: None
        self._followed = False

    # Sessions

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions that are over, oldest first."""
        return tuple(self._sessions)

    @property
    def last(self) -> Session | None:
        """The last session that is over."""
        return self._sessions[-1] if self._sessions else None

    @property
    def running(self) -> Session | None:
        """The session that runs, or whose tension after is still awaited.

        None while no status of the device is known, as an hour after the connection was lost, or if a stop has ended
        it since.
        """
        return self.unreported if self._followed else None

    @property
    def unreported(self) -> Session | None:
        """As `running`, also while no status is known."""
        return self._tracker.state.current

    @property
    def number(self) -> int | None:
        """The believed number of the newest session of the device."""
        return self._counter.number

    @property
    def doubted(self) -> bool:
        """Whether the device shows a session number that is not believed yet."""
        return self._counter.doubted

    @property
    def treated(self) -> int:
        """Total seconds of all sessions, including those that are no longer kept."""
        return self._treated

    @property
    def owner(self) -> str | None:
        """The person of the running or else the last session, whose tension the device shows."""
        session = self.running or self.last
        return None if session is None else session.person

    def newest(
        self, count: int, *, with_tension: bool = False, of: Container[str | None]
    ) -> tuple[Session, ...]:
        """Return the last `count` sessions of persons, newest first; optionally only those with a tension before."""
        found = [
            session
            for session in reversed(self._sessions)
            if session.person in of
            and session.person != GUEST
            and not (with_tension and session.before is None)
        ]
        return tuple(found[:count])

    @callback
    def async_choose(self, choice: Choice) -> None:
        """Store who was chosen."""
        self.choice = choice
        self._hass.async_create_task(
            self._store.async_save(self._as_dict()), "BackHug history"
        )

    @callback
    def async_end_choice(self) -> None:
        """Forget who was chosen; stored together with the end of the session."""
        self.choice = Choice()
        self._store.async_delay_save(self._as_dict, SAVE_DELAY)

    @callback
    def async_assign(self, person: str | None) -> None:
        """Assign the running session to another person."""
        self._tracker.assign(person)
        self._store.async_delay_save(self._as_dict, SAVE_DELAY)

    async def async_assign_unassigned(self, person: str) -> None:
        """Make the sessions of nobody those of a person."""
        if (running := self.unreported) is not None and running.person is None:
            self._tracker.assign(person)
        self._sessions = deque(
            session.of(person) if session.known and session.person is None else session
            for session in self._sessions
        )
        await self._async_save_now()

    async def async_forget(self, forget: Callable[[Session], bool]) -> list[Session]:
        """Delete the sessions for which `forget` is true, and return them; the totals stay."""
        forgotten = [session for session in self._sessions if forget(session)]
        self._sessions = deque(
            session for session in self._sessions if not forget(session)
        )
        await self._async_save_now()
        # They may contain these sessions too.
        await self._store.async_remove_set_aside()
        return forgotten

    async def _async_save_now(self) -> None:
        await self._store.async_save(self._as_dict())
        self._changed()

    # Events

    @callback
    def async_listen(self, listener: Listener) -> CALLBACK_TYPE:
        """Add a listener to session events; return a function that removes it."""
        self._listeners.append(listener)

        @callback
        def unlisten() -> None:
            self._listeners.remove(listener)

        return unlisten

    @callback
    def async_notify(self, events: Iterable[SessionEvent]) -> None:
        """Notify the listeners; the entities must show the change already, for automations that read them."""
        for event in events:
            for listener in tuple(self._listeners):
                try:
                    listener(event)
                except Exception as error:  # noqa: BLE001 (must not keep the event from other listeners)
                    self._unexpected.log(error, "notifying a listener")

    @callback
    def async_start(
        self, changed: Callable[[], None], read: Callable[[], Awaitable[None]]
    ) -> None:
        """Start to follow the device.

        `changed` is called when the history changes by itself; `read` when a second reading of the Status is
        needed: it reads and calls `async_follow`, if there is a connection.
        """
        self._changed, self._read = changed, read
        self._async_set_patience()

    @callback
    def async_follow(
        self,
        snapshot: Snapshot,
        programme: str | None = None,
        person: str | None = None,
    ) -> list[SessionEvent]:
        """Record a snapshot; return its events, for `async_notify`.

        `programme` is the name of the running programme, `person` the person of the session.
        """
        at = monotonic()
        reading = self._async_count(snapshot, at)
        if reading is Reading.DOUBTED:
            return []
        before = self._tracker.state
        status, awaits = snapshot.status, self._tracker.patience is not None
        self._followed = status is not None and (
            snapshot.connected or status.running or awaits
        )
        update = self._tracker.follow(
            snapshot, utcnow(), at, programme, person, first=reading is Reading.FIRST
        )
        self._async_record(update)
        corrected = self._async_correct(snapshot)
        if corrected or self._tracker.state != before:
            self._store.async_delay_save(self._as_dict, SAVE_DELAY)
        self._async_set_patience()
        return update.events

    @callback
    def async_see(self, status: Status) -> None:
        """Record other settings of the running session, which are no event."""
        if not self.doubted and self._tracker.see(status):
            self._store.async_delay_save(self._as_dict, SAVE_DELAY)

    @callback
    def _async_count(self, snapshot: Snapshot, at: float) -> Reading | None:
        """Judge the session number of a snapshot; schedule a second reading if that is needed."""
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
    def _async_record(self, update: TrackerUpdate) -> None:
        self._sessions.extend(session.of(session.person) for session in update.sessions)
        self._treated += sum(session.treated or 0 for session in update.sessions)
        while len(self._sessions) > KEPT:
            # Sessions of which only the number is known go first.
            counted = (session for session in self._sessions if not session.known)
            self._sessions.remove(next(counted, self._sessions[0]))

    @callback
    def _async_correct(self, snapshot: Snapshot) -> bool:
        """Add a tension that arrived after the end of the last session was reported; return whether one did."""
        state, last = self._tracker.state, self.last
        if (
            not snapshot.connected
            or last is None
            or last.person == GUEST
            or not state.measurable
            or state.last != last.number
        ):
            return False
        corrected = measured(last, snapshot.record)
        self._sessions[-1] = corrected
        return corrected != last

    @callback
    def _async_set_patience(self) -> None:
        """Limit the wait for the tension after a session."""
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
        """Report an end without the awaited tension: the device is about to be replaced."""
        self._async_end_patience()
        self._async_give_up(utcnow())

    @callback
    def _async_give_up(self, _now: datetime) -> None:
        self._cancel_patience = None
        update = self._tracker.give_up()
        self._patience = None
        self._async_record(update)
        self._store.async_delay_save(self._as_dict, SAVE_DELAY)
        self._changed()
        self.async_notify(update.events)

    @callback
    def _async_end_patience(self) -> None:
        self._patience = None
        if self._cancel_patience is not None:
            self._cancel_patience()
            self._cancel_patience = None

    # Storage

    async def async_load(self) -> None:
        """Load the stored history; an unreadable file is set aside."""
        try:
            stored = await self._store.async_load()
            if stored is not None:
                sessions = [Session.from_dict(values) for values in stored["sessions"]]
                treated = int(stored["treated"])
                choice = Choice.from_dict(stored.get("choice"))
                self._tracker = Tracker(TrackerState.from_dict(stored["position"]))
                self._sessions.extend(sessions)
                self._treated = treated
                if not self._store.is_of_another(stored):
                    self.choice = choice
                else:
                    # The end of a session of the replaced device cannot be seen any more.
                    update = TrackerUpdate()
                    self._tracker.reset(update)
                    self._async_record(update)
                self._counter = Counter(self._tracker.state.number)
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
                "The history of sessions cannot be read (%r) and starts empty; the unreadable file is now %s",
                error,
                aside,
            )

            def set_aside() -> None:
                with suppress(OSError):
                    Path(self._store.path).rename(aside)

            await self._hass.async_add_executor_job(set_aside)

    async def async_close(self, *, last: bool) -> None:
        """Stop following, and save; `last`: nothing is saved afterwards."""
        self._async_end_patience()
        self._async_end_second_reading()
        await self._store.async_close(self._as_dict(), last=last)

    async def async_remove(self) -> None:
        """Remove the files."""
        await self._store.async_remove()

    @callback
    def _as_dict(self) -> dict[str, Any]:
        return {
            CONF_OF: self._store.address,
            "choice": self.choice and self.choice._asdict(),
            "position": self._tracker.state.as_dict(),
            "sessions": [session.as_dict() for session in self._sessions],
            "treated": self._treated,
        }
