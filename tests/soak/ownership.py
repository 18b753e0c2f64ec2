"""Whose sessions a resident has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from homeassistant.config_entries import ConfigEntryState

from custom_components.backhug.const import GUEST
from custom_components.backhug.session.record import Session

if TYPE_CHECKING:
    from .resident import Resident

PEOPLE: Final = ("Anna", "Ben")

type _Identity = int | tuple[int, datetime | None]
"""A number is unique on one device. The number and a time stand for a session of the device that was replaced."""


class Ownership:
    """Checks whose sessions a resident has: those of the persons who were chosen for them, until they are forgotten."""

    def __init__(self, resident: Resident, before: Ownership | None = None) -> None:
        """Begin without sessions; `before` is that of the device or the entry that was replaced."""
        self._resident = resident
        self._former: set[_Identity] | None = set() if before is None else None
        """The sessions of the replaced device; None before Home Assistant has the new one."""
        self._owners: dict[_Identity, str | None] = {}
        """Persons of the sessions, also of the running one."""
        self._forgotten: set[_Identity] = set()
        self._chosen: set[str] = set() if before is None else before._chosen
        """Persons who were chosen."""
        self._chosen_for: set[tuple[int, str]] = set()
        """Sessions with persons who were chosen for them."""
        self._chosen_unseen: set[str] = set()
        """Persons who were chosen before Home Assistant has seen the device: for the first session that it sees begin."""
        self._choosing: list[set[tuple[int, str]]] = []
        """Those of the calls under way."""
        self._may_become: set[tuple[_Identity, str]] = set()
        """Those of the calls that have ended since the session was last seen."""

    def chooses(self, person: str) -> Callable[[str | None], None]:
        """Note that a person is about to be chosen: for the running session, or else the next one.

        Return the function to call when that has ended. Home Assistant may not know yet that a session has begun or
        ended: either is right.
        """
        self._chosen.add(person)
        back = self._resident.back
        numbers = {back.session_number + (not back.running)}
        # Also while it is about to be unloaded.
        if self._resident.entry.state is ConfigEntryState.LOADED:
            history = self._resident.coordinator.history
            running = history.running
            if running is not None and running.ended is None:
                numbers.add(running.number)
            elif history.number is not None:
                numbers.add(history.number + 1)
            else:
                self._chosen_unseen.add(person)
        chosen = {(number, person) for number in numbers}
        self._chosen_for |= chosen
        self._choosing.append(chosen)

        def ended(_reason: str | None) -> None:
            # After a crash it is under way no longer.
            if chosen in self._choosing:
                self._choosing.remove(chosen)
                self._may_become |= chosen

        return ended

    def killed(self) -> None:
        """Note that Home Assistant is killed: calls under way do not end, but may have been carried out."""
        self._may_become = self._may_become.union(*self._choosing)
        self._choosing.clear()

    def stored(self, person: str) -> set[_Identity]:
        """Return the sessions of a person, except for one that runs: it is stored as it ends."""
        owned = {each for each, owner in self._owners.items() if owner == person}
        if self._resident.loaded and self._former is not None:
            sessions = self._resident.coordinator.history.sessions
            owned &= {self._identity(session) for session in sessions}
        return owned

    def forgets(self, sessions: set[_Identity]) -> None:
        """Note that sessions are forgotten."""
        self._forgotten |= sessions

    def check(self) -> None:
        """Add what is violated to the violations of the household."""
        resident = self._resident
        address = resident.back.build.address
        if not resident.loaded or resident.coordinator.address != address:
            return
        history = resident.coordinator.history
        if self._former is None:
            self._former = {_when(session) for session in history.sessions}
        for session in history.sessions:
            self._check(session)
            if session.person == GUEST and session != session.of(GUEST):
                resident.violate(
                    f"the settings of a guest's session {session.number} are kept"
                )
            if self._identity(session) in self._forgotten:
                resident.violate(f"the forgotten session {session.number} is back")
        if (running := history.running) is not None:
            self._check(running)

    def _check(self, session: Session) -> None:
        identity, number, person = (
            self._identity(session),
            session.number,
            session.person,
        )
        if identity == number:
            chosen = person in self._chosen_unseen
            may_be = chosen or (number, person) in self._chosen_for
        else:
            may_be = person in self._chosen
        if person not in (None, GUEST) and not may_be:
            self._resident.violate(
                f"session {number} is {person}'s, who was not chosen for it"
            )
        if person is None and not session.known:
            # After a crash its number may be all that is known of it.
            return
        if self._owners.setdefault(identity, person) != person:
            self._owners[identity] = person
            if (identity, person) not in self._may_become.union(*self._choosing):
                self._resident.violate(f"session {number} has become {person}'s")
        self._may_become = {each for each in self._may_become if each[0] != identity}

    def _identity(self, session: Session) -> _Identity:
        assert self._former is not None
        when = _when(session)
        return when if when in self._former else session.number


def _when(session: Session) -> tuple[int, datetime | None]:
    return session.number, session.started or session.ended
