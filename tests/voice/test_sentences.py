"""Every sentence of docs/voice.md, through Home Assistant's own Assist, to the simulated device."""

import re

from homeassistant.components.conversation import ConversationInput, async_converse
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.core import Context
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers.intent import IntentResponseType
import pytest

from custom_components.backhug.device import timeouts
from custom_components.backhug.voice.sentence_files import async_apply
from tests.home import Home

from . import table
from .language import LANGUAGES, as_text, load, sentences
from .situations import BACKHUG, prepare


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_sentence_is_carried_out(
    assist: Home,
    language: str,
    subtests: pytest.Subtests,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is understood, carried out and answered.

    Nobody's language is taken for the other one: `test_people` has both of them installed.
    """
    await async_apply(assist.hass, (language,))
    # People need longer between two sentences.
    monkeypatch.setattr(timeouts, "SETTER_INTERVAL", 0)
    back_hug = await assist.add(BACKHUG)
    await assist.seen(back_hug)
    await back_hug.set_up()
    for sentence, said in sentences(language):
        with subtests.test(sentence):
            await prepare(back_hug, said)
            response = (
                await async_converse(
                    assist.hass, sentence, None, Context(), language=language
                )
            ).response
            speech = response.speech["plain"]["speech"]
            assert said.is_answer(speech), speech
            if response.intent is not None:
                assert response.intent.intent_type == said.intent
                slots = {
                    name: slot["value"] for name, slot in response.intent.slots.items()
                }
                assert slots == said.slots
                failed = response.response_type is IntentResponseType.ERROR
                assert failed is bool(said.error)
            else:
                # Understood by the words that are registered in a session.
                assert said.given in ("treating", "paused"), speech
            assert (
                tuple(
                    as_text(each.opcode, each.parameters)
                    for each in back_hug.back.requests
                )
                == said.requests
            )
        for key in [*back_hug.entry.subentries]:
            assist.hass.config_entries.async_remove_subentry(back_hug.entry, key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_ten_ways_to_say_each_thing(language: str) -> None:
    """There are at least ten sentences for each effect, all different."""
    ways: dict[str, set[str]] = {}
    for sentence, said in sentences(language):
        ways.setdefault(said.intent, set()).add(sentence)
    assert len(ways) == 22
    assert {intent for intent, say in ways.items() if len(say) < 10} == set()
    for said in load(language):
        assert len(set(said.say)) == len(said.say)


def test_page_has_the_sentences() -> None:
    """The page has every sentence of the tests, and no other."""
    page = table.PAGE.read_text()
    assert page[page.index(table.HEADING) :] == table.table(), (
        "run: .venv/test/bin/python -m tests.voice.table"
    )


OURS = re.compile(
    "back ?hug|massag|massier|session|sitzung|treatment|liege", re.IGNORECASE
)
"""Words that say that a BackHug is meant, whatever else a sentence might be taken for."""

BUILT_IN = {
    "en": {
        "Stop": None,
        "Pause": None,
        "Pause the timer": "HassPauseTimer",
        "Cancel the timer": "HassCancelTimer",
        "Set a timer for 20 minutes": "HassStartTimer",
        "How much time is left on the timer": "HassTimerStatus",
        "Turn on the lights in the bedroom": "HassTurnOn",
        "Turn off the kitchen light": "HassTurnOff",
        "Turn on the left side": "HassTurnOn",
        "What time is it": "HassGetCurrentTime",
        "Never mind": "HassNevermind",
    },
    "de": {
        "Stopp": None,
        "Pause": None,
        "Pausiere den Timer": "HassPauseTimer",
        "Timer abbrechen": "HassCancelTimer",
        "Wie lange noch": "HassTimerStatus",
        "Stelle einen Timer auf 20 Minuten": "HassStartTimer",
        "Wie lange läuft der Timer noch": "HassTimerStatus",
        "Schalte das Licht im Schlafzimmer ein": "HassTurnOn",
        "Schalte das Küchenlicht aus": "HassTurnOff",
        "Wie spät ist es": "HassGetCurrentTime",
        "Vergiss es": "HassNevermind",
    },
}
"""What Assist makes of a sentence without ours; None for what it does not understand here."""


@pytest.mark.parametrize("language", LANGUAGES)
async def test_built_in_sentences_are_not_taken(
    talking: Home, language: str, subtests: pytest.Subtests
) -> None:
    """Sentences for others reach their usual handler."""
    hass = talking.hass
    ar.async_get(hass).async_create({"en": "Bedroom", "de": "Schlafzimmer"}[language])
    for name in ("Kitchen light", "Küchenlicht", "Left side"):
        hass.states.async_set(
            f"light.{name[:4].lower().replace('ü', 'u')}", "on", {"friendly_name": name}
        )
    agent = get_agent_manager(hass).default_agent
    assert agent is not None

    async def recognized(sentence: str) -> str | None:
        result = await agent.async_recognize_intent(
            ConversationInput(
                text=sentence,
                context=Context(),
                conversation_id=None,
                device_id=None,
                satellite_id=None,
                language=language,
                agent_id=agent.entity_id,
            ),
            strict_intents_only=True,
        )
        return None if result is None else result.intent.name

    for sentence, expected in BUILT_IN[language].items():
        with subtests.test(sentence):
            assert not str(await recognized(sentence)).startswith("BackHug")
            assert expected in (None, await recognized(sentence))
    named = [each for each, _ in sentences(language) if not OURS.search(each)]
    for sentence in named:
        if str(await recognized(sentence)).startswith("BackHug"):
            break
    else:
        pytest.fail("None of these sentences is ours.")
    await async_apply(hass, ())
    built_in = [each for each in named if await recognized(each) is not None]
    await async_apply(hass, LANGUAGES)
    for sentence in built_in:
        with subtests.test(f"Built in: {sentence}"):
            # A built-in sentence that ours would take.
            assert not str(await recognized(sentence)).startswith("BackHug")
