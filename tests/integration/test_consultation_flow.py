"""The consultation as a subentry flow, and its page of advice."""

from copy import replace
from typing import Any

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers.translation import async_get_translations
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.consultation.engine import Advice, consult
from custom_components.backhug.consultation.questionnaire import (
    Caution,
    DayTime,
    Experience,
    Feeling,
    Firmness,
    Questionnaire,
)
from custom_components.backhug.consultation.text import ConsultationText
from custom_components.backhug.device.model import Region
from simulator.build import Build
from tests.home import Home, SimulatedBackHug

from .consultations import RISING, everything_stored, own


async def begin(back_hug: SimulatedBackHug) -> Any:
    """Start a consultation."""
    flow = await back_hug.hass.config_entries.subentries.async_init(
        (back_hug.entry.entry_id, "programme"), context={"source": SOURCE_USER}
    )
    assert flow["type"] is FlowResultType.MENU
    return await submit(back_hug, flow, next_step_id="safety")


async def submit(back_hug: SimulatedBackHug, flow: Any, **user_input: Any) -> Any:
    """Submit a form or a menu option."""
    return await back_hug.hass.config_entries.subentries.async_configure(
        flow["flow_id"], user_input
    )


async def answer(back_hug: SimulatedBackHug, **answers: Any) -> Any:
    """Answer all pages up to the advice."""
    flow = await submit(back_hug, await begin(back_hug), cautions=["none"])
    assert flow["step_id"] == "feel"
    flow = await submit(back_hug, flow, feeling="stiff", left_lower=2.0)
    assert flow["step_id"] == "likes"
    flow = await submit(back_hug, flow, **{"minutes": 30.0, **answers})
    assert (flow["type"], flow["step_id"]) == (FlowResultType.MENU, "advice")
    assert flow["menu_options"] == ["save", "feel"]
    return flow


def suggested(flow: Any) -> dict[str, Any]:
    """Return the suggested values of a form."""
    return {
        str(key): (key.description or {}).get("suggested_value")
        for key in flow["data_schema"].schema
    }


async def test_flow_saves_the_steps_only(
    hass: HomeAssistant, off: SimulatedBackHug
) -> None:
    """The select entity offers the programme; the answers are not stored."""
    flow = await answer(off, firmness="firm", experience="regular")
    page = flow["description_placeholders"]["advice"]
    assert "**Lower back, Medium: strength 6, 20 min**" in page
    assert "You named discomfort here: lower left." in page
    assert "Weeks 1 to 13: 4 × 30 min a week" in page
    flow = await submit(off, flow, next_step_id="save")
    flow = await submit(off, flow, name=" short break ")
    assert flow["errors"] == {"name": "name_taken"}
    flow = await submit(off, flow, name=" Mine ")
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert own(off) == {
        "Mine": [
            {"area": "full_back", "strength": 4, "flow": "slow", "minutes": 5},
            {"area": "lower_back", "strength": 6, "flow": "medium", "minutes": 20},
            {"area": "full_back", "strength": 3, "flow": "wave", "minutes": 5},
        ]
    }
    (subentry,) = off.entry.subentries.values()
    assert set(subentry.data) == {"steps", "strength_levels"}
    assert "Mine" in off.state("select", "programme").attributes["options"]
    stored = everything_stored(hass, off)
    assert not [
        word
        for word in ("stiff", "firm", "regular", "left_lower")
        if f'"{word}"' in stored
    ]


async def test_flow_keeps_the_answers_for_changes(off: SimulatedBackHug) -> None:
    """Going back from the advice shows the previous answers."""
    flow = await answer(off, firmness="gentle", minutes=25.0)
    first = flow["description_placeholders"]["advice"]
    flow = await submit(off, flow, next_step_id="feel")
    shown = suggested(flow)
    assert (shown["feeling"], shown["left_lower"], shown["left_mid"]) == ("stiff", 2, 0)
    flow = await submit(off, flow, feeling="tired")
    assert suggested(flow)["minutes"] == 25
    assert suggested(flow)["firmness"] == "gentle"
    flow = await submit(off, flow, minutes=20.0)
    assert flow["description_placeholders"]["advice"] != first
    assert not own(off)


@pytest.mark.parametrize("caution", Caution)
@pytest.mark.parametrize("language", ["en", "de"])
async def test_flow_aborts_if_a_caution_applies(
    hass: HomeAssistant, off: SimulatedBackHug, caution: Caution, language: str
) -> None:
    """The abort text names the caution, and nothing is stored."""
    hass.config.language = language
    before = everything_stored(hass, off)
    flow = await submit(off, await begin(off), cautions=[caution.value])
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "ask_physician")
    texts = await async_get_translations(hass, language, "config_subentries", [DOMAIN])
    prefix = f"component.{DOMAIN}.config_subentries.programme.abort."
    text = texts[prefix + flow["reason"]].format(**flow["description_placeholders"])
    assert (await ConsultationText.async_load(hass)).name(caution) in text
    assert everything_stored(hass, off) == before


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({}, "cautions_missing"),
        ({"cautions": []}, "cautions_missing"),
        ({"cautions": ["none", "height"]}, "cautions_contradictory"),
    ],
)
async def test_flow_requires_a_consistent_answer_about_cautions(
    off: SimulatedBackHug, said: dict[str, Any], error: str
) -> None:
    """An empty or contradictory answer is refused."""
    flow = await submit(off, await begin(off), **said)
    assert flow["errors"] == {"cautions": error}
    flow = await submit(off, flow, cautions=["none"])
    assert flow["step_id"] == "feel"


async def test_flow_has_the_minutes_of_the_device(home: Home) -> None:
    """Minutes beyond the bounds of the device are refused."""
    back_hug = await home.add(Build(shortest=25, longest=45), powered=False)
    await back_hug.set_up(live=False)
    flow = await submit(back_hug, await begin(back_hug), cautions=["none"])
    flow = await submit(back_hug, flow, feeling="sore")
    assert flow["description_placeholders"] == {"shortest": "25", "longest": "45"}
    with pytest.raises(InvalidData):
        await submit(back_hug, flow, minutes=46)
    flow = await submit(back_hug, flow)
    page = flow["description_placeholders"]["advice"]
    assert "### Your programme: 25 min" in page


async def test_flow_considers_measurements_while_loaded(
    off: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a loaded entry the advice ignores the history."""
    monkeypatch.setattr(off.coordinator.history, "_sessions", [*RISING])
    rises = "more tension than before them"
    flow = await answer(off)
    assert rises in flow["description_placeholders"]["advice"]
    flow = await answer(off, last_sessions_mine=False)
    assert rises not in flow["description_placeholders"]["advice"]
    await off.hass.config_entries.async_unload(off.entry.entry_id)
    flow = await answer(off)
    assert rises not in flow["description_placeholders"]["advice"]
    flow = await submit(off, flow, next_step_id="save")
    flow = await submit(off, flow, name="Mine")
    assert list(own(off)) == ["Mine"]


async def test_unknown_areas_and_flows_keep_the_setting(
    hass: HomeAssistant, off: SimulatedBackHug
) -> None:
    """The text says so for a device without known areas and flows."""
    features = replace(off.coordinator.features, areas=(), flows=())
    questionnaire = Questionnaire(
        cautions=frozenset(),
        feeling=Feeling.STIFF,
        firmness=Firmness.GENTLE,
        experience=Experience.REGULAR,
        minutes=20,
        day_time=DayTime.MORNING,
        discomfort={Region.LEFT_MID: 1},
    )
    advice = consult(questionnaire, features, (), None)
    assert isinstance(advice, Advice)
    page = (await ConsultationText.async_load(hass, "de")).page(advice)
    assert "**Wie am Gerät eingestellt, Wie am Gerät eingestellt: Stärke 3" in page
