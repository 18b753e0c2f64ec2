"""Sentences that people say, collected before ours were written: one half to tune on, one half held out.

Assist gets each of them. What would be sent to the device is recorded instead, so that its state stays as it is.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
import re
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from homeassistant.components.conversation import ConversationInput, async_converse
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.components.conversation.chat_log import ChatLog, current_chat_log
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import intent
from homeassistant.helpers.intent import IntentResponseType
import pytest

from custom_components.backhug.exposure import ExposedBackHug
from tests.home import Home, SimulatedBackHug

from .language import LANGUAGES, Said, read
from .situations import BACKHUG, prepare

LISTS = ("tuning", "heldout")
FAIR = 0.85
"""Share of the sentences for a BackHug that are understood, at least."""
TAKEN = 0.02
"""Share of the sentences for others that ours take, at most."""
OWN = {"en": "After the gym", "de": "Nach dem Sport"}
STEPS = {
    "strength_levels": 10,
    "steps": [{"area": "mid_back", "strength": 5, "flow": "pulse", "minutes": 12}],
}
STRENGTH, MINUTES = 5, 20
"""As the device is set."""


@dataclass(frozen=True)
class Spoken:
    """A sentence, the state in which it is said, and what is expected of it."""

    sentence: str
    given: str
    request: str = ""
    """Pattern of what is sent to the device."""
    answer: str = ""
    """Pattern of the answer instead, if nothing is to be sent."""
    kind: str = "fair"
    others: bool = False
    """It is not meant for a BackHug."""


def spoken(name: str, language: str) -> list[Spoken]:
    """Return the sentences of a list, those of one state together."""
    blocks = read(f"{name}.{language}.yaml")
    found = [
        Spoken(sentence, **{key: value for key, value in block.items() if key != "say"})
        for block in blocks
        for sentence in block["say"]
    ]
    return sorted(found, key=lambda each: each.given)


class Recorder:
    """What the actions would send to the device."""

    def __init__(
        self, back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Record instead of acting; only waiting for somebody to lie down is real."""
        self.requests: list[str] = []
        runner = back_hug.coordinator.controller.runner
        act = ExposedBackHug.async_act

        async def async_act(
            exposed: ExposedBackHug,
            hass: HomeAssistant,
            action: str,
            data: Mapping[str, Any],
            context: Context | None,
        ) -> None:
            if "when_occupied" in data:
                await act(exposed, hass, action, data, context)
            elif (found := runner.find(data.get("programme", ""))) is not None:
                steps = runner.fitted(found).steps
                first, minutes = steps[0], sum(step.minutes for step in steps)
                self.requests.append(
                    f"start {minutes} {first.strength} {first.area} {first.flow}"
                )
            else:
                self.requests += _requests(action, data)

        async def async_stop(*_: Any) -> bool:
            self.requests.append("stop")
            return True

        monkeypatch.setattr(ExposedBackHug, "async_act", async_act)
        monkeypatch.setattr(ExposedBackHug, "async_stop", async_stop)


def _requests(action: str, data: Mapping[str, Any]) -> list[str]:
    """Return what an action sends, as the lists write it."""
    match action:
        case "start_session":
            settings = [data.get(key, "-") for key in ("strength", "area", "flow")]
            return [" ".join(["start", str(data.get("minutes", MINUTES)), *settings])]
        case "adjust_session":
            values = {
                **data,
                "strength": data.get(
                    "strength", STRENGTH + data.get("strength_step", 0)
                ),
                "minutes": data.get("minutes", MINUTES + data.get("minutes_step", 0)),
            }
            names = {
                "area": "area",
                "flow": "flow",
                "strength": "strength",
                "minutes": "length",
            }
            return [
                f"set_{name} {values[key]}"
                for key, name in names.items()
                if key in data or f"{key}_step" in data
            ]
    return [action.removesuffix("_session")]


async def is_taken(hass: HomeAssistant, sentence: str, language: str) -> bool:
    """Return whether one of our intents would be handled."""
    agent = get_agent_manager(hass).default_agent
    assert agent is not None
    said = ConversationInput(
        text=sentence,
        context=Context(),
        conversation_id=None,
        device_id=None,
        satellite_id=None,
        language=language,
        agent_id=agent.entity_id,
    )
    handled: list[str] = []

    handle_intent = intent.async_handle

    async def handle(
        hass: HomeAssistant, platform: str, intent_type: str, *args: Any, **said: Any
    ) -> intent.IntentResponse:
        if intent_type == "AnyBackHugSentence":
            # It is for others first, and may decline.
            return await handle_intent(hass, platform, intent_type, *args, **said)
        handled.append(intent_type)
        response = intent.IntentResponse(language)
        response.async_set_speech("handled")
        return response

    chat_log = ChatLog(hass, "test")
    token = current_chat_log.set(chat_log)
    with patch.object(intent, "async_handle", handle):
        if await agent.async_handle_sentence_triggers(said, chat_log) is None:
            await agent.async_handle_intents(said, chat_log)
    current_chat_log.reset(token)
    return any(each.startswith("BackHug") for each in handled)


async def is_right(
    back_hug: SimulatedBackHug, recorder: Recorder, said: Spoken, language: str
) -> bool:
    """Say it; return whether it was understood."""
    hass = back_hug.hass
    if said.others:
        return not await is_taken(hass, said.sentence, language)
    recorder.requests.clear()
    response = (
        await async_converse(hass, said.sentence, None, Context(), language=language)
    ).response
    back_hug.coordinator.controller.start_on_occupancy.async_disarm()
    requests = "; ".join(recorder.requests)
    if said.request:
        return re.fullmatch(said.request, requests) is not None
    speech = response.speech.get("plain", {}).get("speech", "")
    return (
        not requests
        and response.response_type is not IntentResponseType.ERROR
        and re.search(said.answer, speech) is not None
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LISTS)
async def test_what_people_say(
    talking: Home, name: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Assist understands 85 of 100, each stop in a session, and takes 2 of 100 from others at most."""
    back_hug = await talking.add(BACKHUG)
    await talking.seen(back_hug)
    await back_hug.set_up()
    talking.hass.config_entries.async_add_subentry(
        back_hug.entry,
        ConfigSubentry(
            data=MappingProxyType(STEPS),
            subentry_type="programme",
            title=OWN[language],
            unique_id=None,
        ),
    )
    await talking.hass.async_block_till_done()
    recorder = Recorder(back_hug, monkeypatch)
    count: Counter[tuple[str, bool]] = Counter()
    wrong = []
    given = ""
    for said in spoken(name, language):
        if said.given != given:
            given = said.given
            await prepare(
                back_hug,
                Said("", (), (), given=given, flow="medium", minutes=MINUTES),
            )
        kind = "others" if said.others else said.kind
        right = await is_right(back_hug, recorder, said, language)
        count[kind, right] += 1
        if not right:
            wrong.append((kind, given, said.sentence))
    fair = count["fair", True] + count["stop", True]
    assert sum(count.values()) >= 200
    assert fair / (fair + count["fair", False] + count["stop", False]) >= FAIR, wrong
    assert not count["stop", False], wrong
    others = count["others", True] + count["others", False]
    assert count["others", False] / others <= TAKEN, wrong
