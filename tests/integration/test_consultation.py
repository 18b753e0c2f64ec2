"""The consultation by action and in the subentry flow."""

from copy import replace
import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
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
from custom_components.backhug.consultation.reasons import ReasonKey
from custom_components.backhug.consultation.text import ConsultationText
from custom_components.backhug.device.model import (
    Phase,
    Region,
    SessionEnd,
    TensionScan,
)
from custom_components.backhug.session.record import Session
from simulator.build import Build
from tests.home import Home, SimulatedBackHug

from .programme_runs import add_programme

SECOND = Build(
    name="BackHug-2",
    address="C0:FF:EE:00:00:02",
    strengths=4,
    areas=(0,),
    serial="SIM-2",
)
STIFF = {"cautions": "none", "feeling": "stiff"}
RISING = tuple(
    Session(
        number=number,
        ended_by=SessionEnd.COMPLETED,
        before=TensionScan(Phase.BEFORE, (100,) * 28),
        after=TensionScan(Phase.AFTER, (127,) * 28),
    )
    for number in (1, 2)
)


@pytest.fixture
async def off(home: Home) -> SimulatedBackHug:
    """Return a BackHug that is set up and switched off."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    return back_hug


def own(back_hug: SimulatedBackHug) -> dict[str, Any]:
    """Return the steps of the user's own programmes."""
    return {
        subentry.title: subentry.data["steps"]
        for subentry in back_hug.entry.subentries.values()
    }


def everything_stored(hass: HomeAssistant, back_hug: SimulatedBackHug) -> str:
    """Return everything stored about a device."""
    entry = json.dumps(back_hug.entry.as_dict(), default=str)
    kept = [path.read_text() for path in Path(hass.config.path(".storage")).glob("*")]
    return "\n".join((entry, *kept))


# The action


async def ask(hass: HomeAssistant, *back_hugs: SimulatedBackHug, **data: Any) -> Any:
    """Consult."""
    registry = dr.async_get(hass)
    target = [
        device.id
        for back_hug in back_hugs
        for device in dr.async_entries_for_config_entry(
            registry, back_hug.entry.entry_id
        )
    ]
    response = await hass.services.async_call(
        DOMAIN,
        "consult",
        {"device_id": target, **data},
        blocking=True,
        return_response=True,
    )
    assert response is not None
    return response["devices"]


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("en", "You named discomfort here: upper left, upper right."),
        ("de", "Hier hast du Unbehagen angegeben: oben links, oben rechts."),
    ],
)
async def test_action_returns_programme_reasons_and_plan(
    hass: HomeAssistant, off: SimulatedBackHug, language: str, reason: str
) -> None:
    """Reasons have a key and a text in the language of Home Assistant; nothing is stored."""
    hass.config.language = language
    before = everything_stored(hass, off)
    (device,) = await ask(
        hass,
        off,
        **STIFF,
        left_upper=2,
        right_upper="1",
        firmness="medium",
        experience="regular",
        minutes=30,
        day_time="evening",
    )
    assert device["name"] == "BackHug-7F2A"
    programme = device["programme"]
    assert (programme["minutes"], programme["strength_levels"]) == (30, 10)
    assert [
        (step["area"], step["strength"], step["flow"], step["minutes"])
        for step in programme["steps"]
    ] == [
        ("full_back", 3, "slow", 5),
        ("shoulder_blades", 5, "medium", 18),
        ("full_back", 3, "slow", 7),
    ]
    middle = programme["steps"][1]
    assert middle["regions"] == ["left_upper", "right_upper"]
    assert middle["reasons"][0] == {"key": "focus_discomfort", "text": reason}
    assert [each["key"] for each in programme["reasons"]] == [
        "length_wished",
        "strength_firmness",
    ]
    assert device["plan"]["stages"] == [
        {
            "first_week": 1,
            "last_week": 13,
            "sessions_a_week": 4,
            "minutes": 30,
            "strength": 5,
        }
    ]
    assert device["plan"]["consult_again_after_weeks"] == 13
    assert device["saved_as"] is None
    assert json.loads(json.dumps(device)) == device
    assert everything_stored(hass, off) == before
    assert not own(off)


async def test_action_has_cautious_defaults(
    hass: HomeAssistant, off: SimulatedBackHug
) -> None:
    """Fields that are left out have defaults."""
    assert await ask(hass, off, **STIFF) == await ask(
        hass,
        off,
        **STIFF,
        firmness="gentle",
        experience="first_time",
        minutes=20,
        day_time="daytime",
        last_sessions_mine="yes",
        left_lower=0,
    )


@pytest.mark.parametrize("mine", [True, False])
async def test_action_considers_own_measurements_only(
    hass: HomeAssistant,
    off: SimulatedBackHug,
    monkeypatch: pytest.MonkeyPatch,
    mine: bool,
) -> None:
    """History and newest scan count if the last sessions were the person's own."""
    coordinator = off.coordinator
    monkeypatch.setattr(coordinator.history, "_sessions", [*RISING])
    coordinator.resting_scan = TensionScan(
        Phase.BEFORE, (0,) * 9 + (254,) * 5 + (0,) * 14
    )
    (device,) = await ask(hass, off, **STIFF, last_sessions_mine=mine)
    keys = {
        each["key"]
        for reasons in (
            device["plan"]["reasons"],
            *(step["reasons"] for step in device["programme"]["steps"]),
        )
        for each in reasons
    }
    assert ({ReasonKey.TREND_RISES, ReasonKey.FOCUS_TENSION} <= keys) is mine
    assert ({ReasonKey.TREND_UNKNOWN, ReasonKey.FOCUS_EVEN} <= keys) is not mine


@pytest.mark.parametrize("said", ["pacemaker", ["numbness", "pacemaker"]])
async def test_action_refuses_if_a_caution_applies(
    hass: HomeAssistant, off: SimulatedBackHug, said: Any
) -> None:
    """There is no programme, and nothing is saved."""
    (device,) = await ask(hass, off, cautions=said, feeling="sore", save_as="Mine")
    cautions = ["pacemaker", "numbness"] if isinstance(said, list) else [said]
    refused = device.pop("refused")
    assert device == {"name": "BackHug-7F2A"}
    assert [each["key"] for each in refused["cautions"]] == cautions
    assert refused["text"].startswith("No programme is made for you here: ask a physi")
    assert refused["cautions"][0]["text"] in refused["text"]
    assert not own(off)


async def test_action_saves_the_programme(
    hass: HomeAssistant, off: SimulatedBackHug
) -> None:
    """The select entity offers it under the given name."""
    (device,) = await ask(hass, off, **STIFF, left_lower=3, save_as=" My evenings ")
    assert device["saved_as"] == "My evenings"
    steps = [
        {key: step[key] for key in ("area", "strength", "flow", "minutes")}
        for step in device["programme"]["steps"]
    ]
    assert own(off) == {"My evenings": steps}
    assert "My evenings" in off.state("select", "programme").attributes["options"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "programme_name_length"),
        ("x" * 41, "programme_name_length"),
        ("mine", "programme_name_taken"),
        ("Short break", "programme_name_taken"),
        ("Kurze Pause", "programme_name_taken"),
        ("\u200b", "programme_name_invisible"),
        ("two\nlines", "programme_name_invisible"),
        ("Unknown", "programme_name_reserved"),
    ],
)
async def test_action_refuses_invalid_names(
    hass: HomeAssistant, off: SimulatedBackHug, name: str, error: str
) -> None:
    """The rules are the same as in the form."""
    add_programme(off)
    with pytest.raises(ServiceValidationError) as refused:
        await ask(hass, off, **STIFF, save_as=name)
    assert refused.value.translation_key == error
    assert list(own(off)) == ["Mine"]


@pytest.mark.parametrize(
    ("data", "key", "field", "allowed"),
    [
        ({"feeling": "stiff"}, "field_missing", "cautions", "pregnancy, pacemaker, "),
        (
            {"cautions": [], "feeling": "stiff"},
            "field_missing",
            "cautions",
            "pregnancy, pacemaker, ",
        ),
        (
            {"cautions": ["none", "weight"], "feeling": "stiff"},
            "invalid_field",
            "cautions",
            "pregnancy, pacemaker, ",
        ),
        (
            {"cautions": [{}], "feeling": "stiff"},
            "invalid_field",
            "cautions",
            "pregnancy, pacemaker, ",
        ),
        ({"cautions": "none"}, "field_missing", "feeling", "stiff, sore, tired"),
        (
            {"cautions": "none", "feeling": "bad"},
            "invalid_field",
            "feeling",
            "stiff, sore, tired",
        ),
        ({**STIFF, "left_mid": 4}, "invalid_field", "left_mid", "0…3"),
        ({**STIFF, "minutes": 61}, "invalid_field", "minutes", "1…60"),
        ({**STIFF, "firmness": "hard"}, "invalid_field", "firmness", "very_gentle, "),
        (
            {**STIFF, "last_sessions_mine": "perhaps"},
            "invalid_field",
            "last_sessions_mine",
            "true, false",
        ),
    ],
)
async def test_action_names_the_invalid_field(
    hass: HomeAssistant,
    off: SimulatedBackHug,
    data: dict[str, Any],
    key: str,
    field: str,
    allowed: str,
) -> None:
    """The error names the field and the allowed values."""
    with pytest.raises(ServiceValidationError) as error:
        await ask(hass, off, **data, save_as="Mine")
    placeholders = error.value.translation_placeholders or {}
    assert (error.value.translation_key, placeholders["field"]) == (key, field)
    assert placeholders["allowed"].startswith(allowed)
    assert not own(off)


async def test_action_saves_on_all_devices_or_none(
    hass: HomeAssistant, home: Home, off: SimulatedBackHug
) -> None:
    """Each device gets its own programme; a name taken on one device refuses all."""
    second = await home.add(SECOND, powered=False)
    await second.set_up(live=False)
    one, two = await ask(hass, off, second, **STIFF, right_lower=1, save_as="Ours")
    assert [each["name"] for each in (one, two)] == ["BackHug-7F2A", "BackHug-2"]
    assert [each["programme"]["strength_levels"] for each in (one, two)] == [10, 4]
    assert [step["area"] for step in one["programme"]["steps"]][1] == "lower_back"
    assert {step["area"] for step in two["programme"]["steps"]} == {"full_back"}
    assert list(own(off)) == list(own(second)) == ["Ours"]
    add_programme(second, "Two")
    with pytest.raises(ServiceValidationError) as error:
        await ask(hass, off, second, **STIFF, save_as="Two")
    assert error.value.translation_key == "some_failed"
    assert list(own(off)) == ["Ours"]


# The subentry flow


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
