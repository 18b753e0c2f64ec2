"""Meaning of a sentence that no template matches, in the present state of the home."""

from __future__ import annotations

from collections.abc import Iterable

from homeassistant.components.conversation import DOMAIN as CONVERSATION
from homeassistant.components.homeassistant import async_should_expose
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    entity_registry as er,
    floor_registry as fr,
    intent,
)

from ..const import DOMAIN
from ..device.model import State
from ..exposure import async_exposed
from .grammar import Grammar
from .understanding.meaning import Meaning, Moment
from .understanding.rules import understand
from .understanding.vocabulary import transcribed


@callback
def async_understand(
    hass: HomeAssistant,
    text: str,
    grammars: Iterable[Grammar],
    language: str,
    own: frozenset[str] = frozenset(),
) -> Meaning | None:
    """Return what a sentence means; None if that is not clear. `own` are the names of the users' own programmes.

    It may be in another language than that of the speaker if all of its words are known there.
    """
    moment, names = _async_moment(hass), _async_other_names(hass)
    for grammar in sorted(
        grammars, key=lambda each: not language.startswith(each.language)
    ):
        meaning = understand(text, grammar.vocabulary, moment, names, own)
        if meaning and (meaning.certain or language.startswith(grammar.language)):
            return meaning
    return None


def names_ours(text: str, grammars: Iterable[Grammar]) -> bool:
    """Return whether words name a BackHug or a massage."""
    return any(grammar.vocabulary.names_device(text) for grammar in grammars)


@callback
def _async_moment(hass: HomeAssistant) -> Moment:
    """Return whether a session runs; it is paused if all of them are."""
    sessions = [
        each.coordinator.data.status
        for each in async_exposed(hass, CONVERSATION)
        if each.may_be_in_session
    ]
    if not sessions:
        return Moment.IDLE
    if all(status and status.state is State.PAUSED for status in sessions):
        return Moment.PAUSED
    return Moment.RUNNING


@callback
def _async_other_names(hass: HomeAssistant) -> frozenset[str]:
    """Return the names of everything else that Assist controls, of areas and floors, transcribed."""
    registry = er.async_get(hass)
    names = {each.name for each in ar.async_get(hass).async_list_areas()}
    names |= {each.name for each in fr.async_get(hass).async_list_floors()}
    for state in hass.states.async_all():
        entry = registry.async_get(state.entity_id)
        if (entry is None or entry.platform != DOMAIN) and async_should_expose(
            hass, CONVERSATION, state.entity_id
        ):
            names.update(intent.async_get_entity_aliases(hass, entry, state=state))
    return frozenset(map(transcribed, names))
