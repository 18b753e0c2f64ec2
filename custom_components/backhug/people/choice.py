"""The person for whom a BackHug is used."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback

from ..const import CONF_DEFAULT_PERSON, GUEST
from ..device.model import Snapshot
from ..session.events import SessionEvent
from ..session.history import History
from ..session.request import SessionRequest
from ..storage import StoredState


class PersonChoice:
    """Who has the next or the running session; ends with that session.

    Then it is the household's default again: a person, or a guest. As long as the household has not decided, the
    sessions for which nobody was chosen belong to nobody.
    """

    def __init__(
        self,
        entry: ConfigEntry[Any],
        stored: StoredState,
        history: History,
        publish: Callable[[], None],
    ) -> None:
        """Initialize; `publish` is called when the choice has changed."""
        self._entry = entry
        self._stored = stored
        self._history = history
        self._publish = publish
        self._running: int | None = None
        """The number of the running session."""
        self._over: int | None = None
        """The number of the session with which the last choice ended."""

    @property
    def default(self) -> str | None:
        """The person of sessions for which nobody is chosen; None while the household has not decided."""
        default: str | None = self._entry.options.get(CONF_DEFAULT_PERSON)
        return default

    @property
    def person(self) -> str:
        """The chosen person, or `GUEST`."""
        return self._stored.person or self.default or GUEST

    @property
    def is_chosen(self) -> bool:
        """Whether it is not just the default."""
        return self._stored.person is not None

    @property
    def planned(self) -> str | None:
        """The person whose plan is followed; None for nobody while the household has not decided."""
        return self._stored.person or self.default

    def person_of(self, snapshot: Snapshot) -> str | None:
        """Return the person of the session that a snapshot shows."""
        status = snapshot.status
        if status is not None and self._running not in (None, status.session):
            # The choice was for an earlier session.
            return self.default
        return self._stored.person or self.default

    @callback
    def async_choose(self, person: str | None, *, by_hand: bool = True) -> None:
        """Choose a person for the running or else the next session; None for the default."""
        self._stored.person, self._stored.person_by_hand = person, by_hand
        self._stored.async_save_soon()
        if self._running is not None:
            self._history.async_assign(person or self.default)
        self._publish()

    @contextmanager
    def started(self, request: SessionRequest) -> Generator[None]:
        """Choose the person of a request while its session is started; undo that if it is not."""
        before = self._stored.person, self._stored.person_by_hand
        asked_by = None if self._stored.person_by_hand else request.asked_by
        person = request.person or asked_by
        if person is None or self._running is not None:
            yield
            return
        self.async_choose(person, by_hand=False)
        started = False
        try:
            yield
            started = True
        finally:
            now = self._stored.person, self._stored.person_by_hand
            if not started and now == (person, False):
                self.async_choose(before[0], by_hand=before[1])

    @callback
    def async_follow(self, snapshot: Snapshot) -> None:
        """Follow the sessions of the device, after the history: the choice ends with its session."""
        if not snapshot.connected:
            return
        session = self._history.running
        running = (
            session.number if session is not None and session.ended is None else None
        )
        over, self._running = self._running, running
        if over not in (None, running):
            self._async_end(over)

    @callback
    def async_session_event(self, event: SessionEvent) -> None:
        """End the choice with a session that was not seen running."""
        if event.ends and event.session.number != self._over:
            self._async_end(event.session.number)

    @callback
    def _async_end(self, session: int | None) -> None:
        self._over = session
        if self._stored.person is not None:
            self._stored.person, self._stored.person_by_hand = None, False
            self._stored.async_save_soon()
            self._publish()
