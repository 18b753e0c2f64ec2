"""The same account leads to the same advice: in a conversation, the form, the action and the tool."""

from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import UnknownFlow
from homeassistant.setup import async_setup_component
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.backhug.const import LANGUAGES
from custom_components.backhug.consultation import advise
from custom_components.backhug.consultation.engine import Advice, consult
from custom_components.backhug.consultation.questionnaire import (
    DISCOMFORT,
    Caution,
    DayTime,
    Experience,
    Feeling,
    Firmness,
    Questionnaire,
)
from custom_components.backhug.consultation.reasons import Refusal
from custom_components.backhug.consultation.text import ConsultationText
from tests.consultation.dialogue_cases import WORDS, spoken
from tests.home import Home, SimulatedBackHug

from .consultant import Person
from .consultations import WIDEST, by_action, by_form, by_tool

APPLIES = {
    "en": {
        Caution.PREGNANCY: "I'm pregnant",
        Caution.WEIGHT: "I weigh 170 kilos",
        Caution.NUMBNESS: "my arm is numb",
    },
    "de": {
        Caution.PREGNANCY: "ich bin schwanger",
        Caution.WEIGHT: "ich wiege 170 Kilo",
        Caution.NUMBNESS: "mein Arm ist taub",
    },
}
ACCOUNTS = st.fixed_dictionaries(
    {
        "feeling": st.sampled_from([*Feeling]),
        "firmness": st.sampled_from([*Firmness]),
        "experience": st.sampled_from([*Experience]),
        "day_time": st.sampled_from([*DayTime]),
        "minutes": st.integers(1, 60),
        **{field.name: st.integers(0, 3) for field in DISCOMFORT},
    }
)


@pytest.fixture
async def back_hug(hass: HomeAssistant, home: Home) -> SimulatedBackHug:
    """Return a BackHug that is set up and switched off, in a home with Assist."""
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, component, {})
    back_hug = await home.add(WIDEST, powered=False)
    await back_hug.set_up(live=False)
    return back_hug


async def refusal(hass: HomeAssistant, language: str, refused: Refusal) -> str:
    """Return how a refusal is put into words."""
    return (await ConsultationText.async_load(hass, language)).refused(refused)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    account=ACCOUNTS,
    caution=st.none() | st.sampled_from([*APPLIES["en"]]),
    language=st.sampled_from(LANGUAGES),
)
async def test_same_advice(
    back_hug: SimulatedBackHug,
    account: dict[str, Any],
    caution: Caution | None,
    language: str,
) -> None:
    """All four give the same programme, reasons and plan, or refuse for the same caution."""
    given: list[Advice | Refusal] = []

    def record(questionnaire: Questionnaire, *args: Any) -> Advice | Refusal:
        given.append(consult(questionnaire, *args))
        return given[-1]

    answers = {"cautions": [caution or "none"], **account}
    person = Person(back_hug, language)
    with patch.object(advise, "consult", record):
        assert await by_action(back_hug, answers)
        assert await by_tool(back_hug, answers)
        if caution is None:
            assert await by_form(back_hug, answers)
        else:
            with pytest.raises(UnknownFlow):  # It has ended with the caution.
                await by_form(back_hug, answers)
        first = APPLIES[language][caution] if caution else WORDS[language]["none"][0]
        answer = await person.say("hallo", first)
        if caution is None:
            await person.say(*spoken(language, account))
    features = back_hug.coordinator.features
    result = consult(Questionnaire.from_answers(answers), features, (), None)
    if caution is None:
        assert given == [result] * 4
    else:
        assert result == Refusal((caution,))
        assert given == [result] * 2
        assert answer == await refusal(back_hug.hass, language, result)
