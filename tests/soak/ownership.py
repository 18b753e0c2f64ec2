"""Whose sessions a resident has."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from custom_components.backhug.const import GUEST

if TYPE_CHECKING:
    from .resident import Resident

PEOPLE: Final = ("Anna", "Ben")


class Ownership:
    """Checks whose sessions a resident has: only those of persons for whom it was used, until they are forgotten."""

    def __init__(self, resident: Resident, before: Ownership | None = None) -> None:
        """Begin without sessions; `before` is that of the device or the entry that was replaced."""
        self._resident = resident
        self._owners: dict[int, str | None] = {}
        """Persons of the sessions, by number."""
        self._forgotten: set[int] = set()
        self._chosen: set[str] = set() if before is None else before._chosen
        """Persons who were chosen."""
        self._seen: set[tuple[int, datetime | None]] = set()
        """Numbers and starts of the sessions."""
        self._others: set[tuple[int, datetime | None]] = (
            set() if before is None else before._others | before._seen
        )
        """Those of devices that were replaced, whose numbers may come again."""

    def chooses(self, person: str) -> None:
        """Note that a person is about to be chosen."""
        self._chosen.add(person)

    def stored(self, person: str) -> set[int]:
        """Return the numbers of the sessions of a person."""
        return {number for number, owner in self._owners.items() if owner == person}

    def forgets(self, sessions: set[int]) -> None:
        """Note that sessions are forgotten."""
        self._forgotten |= sessions

    def check(self) -> None:
        """Add what is violated to the violations of the household."""
        resident = self._resident
        if not resident.loaded:
            return
        history = resident.coordinator.history
        allowed = {None, GUEST, *self._chosen}
        for session in history.sessions:
            number, person = session.number, session.person
            if (number, session.started) in self._others:
                continue
            self._seen.add((number, session.started))
            if person == GUEST and session != session.of(GUEST):
                resident.violate(f"the settings of a guest's session {number} are kept")
            if person not in allowed:
                resident.violate(f"session {number} is {person}'s, who was not chosen")
            if self._owners.setdefault(number, person) != person:
                resident.violate(f"session {number} has become {person}'s")
            if number in self._forgotten:
                resident.violate(f"the forgotten session {number} is back")
