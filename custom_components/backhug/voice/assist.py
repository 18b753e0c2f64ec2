"""Sentence triggers of Assist: words in a session, own programmes, and answers to our question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import singleton
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..const import DOMAIN, LANGUAGES
from ..coordinator import BackHugCoordinator
from .follow_up import FollowUp
from .grammar import Grammar
from .notifier import async_notifier
from .programme_words import ProgrammeWords
from .session_words import SessionWords


@dataclass(frozen=True)
class Assist:
    """The triggers of all BackHugs: two of the same sentence would both act."""

    grammars: Mapping[str, Grammar]
    """By language."""
    session: SessionWords
    programmes: ProgrammeWords
    question: FollowUp


@singleton.singleton(f"{DOMAIN}_assist")
async def async_assist(hass: HomeAssistant) -> Assist:
    """Return what is understood in all languages, loaded once."""
    grammars = [
        await hass.async_add_executor_job(Grammar.load, language)
        for language in LANGUAGES
    ]
    programmes = ProgrammeWords(hass, [each.own_programme for each in grammars])
    question = FollowUp(hass, [each.choice for each in grammars])
    assist = Assist(
        {grammar.language: grammar for grammar in grammars},
        SessionWords(hass, grammars, (programmes, question)),
        programmes,
        question,
    )
    await assist.session.async_refresh()
    notifier = async_notifier(hass)
    notifier.asked.append(assist.question.async_asked)
    notifier.sentences_changed.append(assist.session.async_refresh_soon)
    return assist


async def async_follow(coordinator: BackHugCoordinator) -> CALLBACK_TYPE:
    """Keep the triggers up to date with a device; return a function that ends this."""
    hass, entry = coordinator.hass, coordinator.config_entry
    assist = await async_assist(hass)

    @callback
    def update_session() -> None:
        assist.session.async_update(
            entry.entry_id, running=coordinator.may_be_in_session
        )

    @callback
    def update_programmes() -> None:
        assist.programmes.async_update(
            entry.entry_id,
            [
                programme.name
                for programme in coordinator.controller.runner.programmes.values()
                if programme.name is not None
            ],
        )

    @callback
    def entry_changed(_change: ConfigEntryChange, changed: ConfigEntry) -> None:
        if changed is entry:
            update_programmes()

    unlisten = [
        coordinator.async_add_listener(update_session),
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, entry_changed),
    ]
    update_session()
    update_programmes()

    @callback
    def end() -> None:
        for each in unlisten:
            each()
        assist.session.async_update(entry.entry_id, running=False)
        assist.programmes.async_update(entry.entry_id, ())
        assist.question.async_end()

    return end
