"""The person for whom a BackHug is used."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..const import CONF_DEFAULT_PERSON, GUEST, UNKNOWN_EFFECT
from ..device.model import Snapshot
from ..session.counter import ahead
from ..session.events import SessionEvent
from ..session.history import Choice, History
from ..session.request import SessionRequest
from ..storage import StoredState


class PersonChoice:
    """The person who has the next or the running session; the choice ends with that session.

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
        """The number of the running session, also while it is out of sight."""
        self._over: int | None = None
        """The number of the session with which the last choice ended, until that is reported."""

    @callback
    def async_resume(self) -> None:
        """Continue with the stored choice, which earlier versions stored elsewhere."""
        stored = self._stored
        if self._history.choice is None and stored.person is not None:
            self._history.async_choose(Choice(stored.person, stored.person_by_hand))
        if (session := self._history.unreported) is not None:
            if session.ended is None:
                self._running = session.number
            else:
                self._over = session.number

    @property
    def _choice(self) -> Choice:
        return self._history.choice or Choice()

    @property
    def default(self) -> str | None:
        """The person of sessions for which nobody is chosen; None while the household has not decided."""
        default: str | None = self._entry.options.get(CONF_DEFAULT_PERSON)
        return default

    @property
    def person(self) -> str:
        """The chosen person, or `GUEST`."""
        return self.planned or GUEST

    @property
    def chosen(self) -> str | None:
        """The person, unless it is just the default."""
        return self._choice.person

    @property
    def planned(self) -> str | None:
        """The person whose plan is followed; None for nobody while the household has not decided."""
        return self.chosen or self.default

    def person_of(self, snapshot: Snapshot) -> str | None:
        """Return the person of the session that a snapshot shows, when it is first seen."""
        if (status := snapshot.status) is None:
            return None
        number, last = status.session, self._history.number
        if self._running not in (None, self._over, number) or (
            last is not None and ahead(number, last) > 1
        ):
            # The choice was for an earlier session.
            return self.default
        return self.planned

    @property
    def _in_session(self) -> bool:
        """Whether the running session is that of the choice: it is in sight, or was less than an hour ago."""
        return self._running is not None and self._history.running is not None

    @callback
    def async_choose(self, person: str | None, *, by_hand: bool = True) -> None:
        """Choose a person for the running or else the next session; None for the default."""
        if self._in_session:
            self._over = None
            self._history.async_assign(person or self.default)
        elif self._running is not None:
            # It may go on for all that is known, but it is not that of this choice.
            self._over = self._running
        self._history.async_choose(Choice(person, by_hand))
        self._publish()

    @contextmanager
    def started(self, request: SessionRequest) -> Generator[None]:
        """Choose the person of a request while its session is started; undo that if it is not."""
        before, running = self._choice, self._running
        person = request.person or (None if before.by_hand else request.asked_by)
        if person is None:
            yield
            return
        if self._in_session:
            yield
            if self._running != running:
                # It had ended out of sight.
                self.async_choose(person, by_hand=False)
            return
        choice = Choice(person)
        self.async_choose(person, by_hand=False)
        started = False
        try:
            yield
            started = True
        except HomeAssistantError as error:
            # Otherwise the session may have begun.
            started = error.translation_key in UNKNOWN_EFFECT
            raise
        finally:
            if not started and self._choice == choice:
                self.async_choose(before.person, by_hand=before.by_hand)

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
        if over not in (None, running, self._over):
            self._over = over
            self._async_end()

    @callback
    def async_session_event(self, event: SessionEvent) -> None:
        """End the choice with a session that was not seen running."""
        if event.ends:
            over, self._over = self._over, None
            if event.session.number != over:
                self._async_end()

    @callback
    def _async_end(self) -> None:
        if self.chosen is not None:
            self._history.async_end_choice()
            self._publish()
