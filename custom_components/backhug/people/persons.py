"""The persons of the home, as Home Assistant knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from homeassistant.const import ATTR_ID
from homeassistant.core import Context, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er

from ..const import GUEST

PERSON: Final = "person"
_USER_ID: Final = "user_id"


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the home."""

    id: str
    """The id under which Home Assistant stores the person; it survives another name."""
    name: str
    """Differs from the names of the others, and from `GUEST`."""
    entity_id: str
    user_id: str | None
    """The user that is linked to the person."""


@callback
def async_persons(hass: HomeAssistant) -> list[Person]:
    """Return the persons of the home, in the order of their entity ids."""
    taken = {GUEST}
    persons = []
    for state in sorted(hass.states.async_all(PERSON), key=lambda each: each.entity_id):
        if person_id := _id(state):
            name = wanted = state.name
            number = 1
            while name in taken:
                number += 1
                name = f"{wanted} ({number})"
            taken.add(name)
            persons.append(
                Person(person_id, name, state.entity_id, state.attributes.get(_USER_ID))
            )
    return persons


def _id(state: State) -> str | None:
    return state.attributes.get(ATTR_ID)


def identity(state: State | None) -> tuple[str | None, ...] | None:
    """Return what of a person's state matters here: not where they are."""
    if state is None:
        return None
    return _id(state), state.name, state.attributes.get(_USER_ID)


@callback
def async_find(hass: HomeAssistant, given: str) -> str | None:
    """Return the id of the person with a name, an entity id or an id, or `GUEST`; None if there is none."""
    if given == GUEST:
        return GUEST
    folded = given.casefold()
    for person in async_persons(hass):
        if given == person.id or folded in (person.entity_id, person.name.casefold()):
            return person.id
    return None


@callback
def async_asker(hass: HomeAssistant, context: Context | None) -> str | None:
    """Return the id of the person who is linked to the user of a context, or None."""
    if context is None or context.user_id is None:
        return None
    for person in async_persons(hass):
        if person.user_id == context.user_id:
            return person.id
    return None


@callback
def async_exists(hass: HomeAssistant, person: str) -> bool:
    """Return whether a person exists, also while there is no state of them."""
    registry = er.async_get(hass)
    return registry.async_get_entity_id(PERSON, PERSON, person) is not None
