"""The questionnaire in the subentry form, the action and the language model tool."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml
import probatio
import pytest

from custom_components.backhug.const import LANGUAGES
from custom_components.backhug.consultation import advise
from custom_components.backhug.consultation.engine import consult
from custom_components.backhug.consultation.forms import page_schema
from custom_components.backhug.consultation.questionnaire import (
    FIELDS,
    SECTION_DISCOMFORT,
    BooleanField,
    ChoiceField,
    Field,
    MultiChoiceField,
    NumberField,
    Page,
    Questionnaire,
)
from custom_components.backhug.consultation.service import CONSULT_FIELDS
from custom_components.backhug.llm_tools.consultation import ConsultTool
from custom_components.backhug.service_fields import SERVICE_CONSULT
from tests.home import Home, SimulatedBackHug, features_of

from .consultations import REGIONS, WIDEST, by_action, by_form, by_tool

INTEGRATION = Path("custom_components/backhug")
ANSWERS: dict[str, Any] = {
    "cautions": ["none"],
    "feeling": "stiff",
    **dict.fromkeys(REGIONS, 1),
    "firmness": "firm",
    "experience": "regular",
    "minutes": 30,
    "day_time": "evening",
    "last_sessions_mine": False,
}


def defined(field: Field) -> tuple[Any, ...]:
    """Return the kind and the bounds of a field."""
    match field:
        case MultiChoiceField():
            return "several", field.options
        case ChoiceField():
            return "one", field.options
        case NumberField():
            return "number", field.lowest, field.highest
    assert isinstance(field, BooleanField)
    return ("boolean",)


def selected(selector: dict[str, Any]) -> tuple[Any, ...]:
    """Return the kind and the bounds of a selector."""
    match selector:
        case {"select": select}:
            kind = "several" if select.get("multiple") else "one"
            return kind, tuple(select["options"])
        case {"number": number}:
            return "number", number["min"], number["max"]
    assert list(selector) == ["boolean"]
    return ("boolean",)


def described(schema: dict[str, Any]) -> tuple[Any, ...]:
    """Return the kind and the bounds of a JSON schema."""
    match schema:
        case {"type": "array", "items": items, "minItems": 1}:
            return "several", tuple(items["enum"])
        case {"type": "string"}:
            return "one", tuple(schema["enum"])
        case {"type": "integer"}:
            return "number", schema["minimum"], schema["maximum"]
    assert schema["type"] == "boolean"
    return ("boolean",)


DEFINED = {field.name: defined(field) for field in FIELDS}


def described_service() -> dict[str, Any]:
    """Return the fields of the action in services.yaml."""
    services: Any = load_yaml(str(INTEGRATION / "services.yaml"))
    fields = dict(services[SERVICE_CONSULT]["fields"])
    fields |= fields.pop(SECTION_DISCOMFORT)["fields"]
    return fields


def test_action_offers_the_fields() -> None:
    """The action takes the fields, `save_as` and `person`; services.yaml has the same bounds and defaults."""
    assert set(CONSULT_FIELDS) == {*DEFINED, "save_as", "person"}
    fields = described_service()
    assert fields.pop("save_as")["selector"] == {"text": None}
    assert "entity" in fields.pop("person")["selector"]
    assert {
        name: selected(field["selector"]) for name, field in fields.items()
    } == DEFINED
    for field in FIELDS:
        assert fields[field.name].get("required", False) is field.required
        assert fields[field.name].get("default") == field.default


def test_form_offers_the_fields() -> None:
    """The pages of the form have all fields once, with the same bounds and defaults."""
    features = features_of(WIDEST)
    pages: list[Any] = [
        probatio.to_field_list(
            page_schema(page, features), custom_serializer=cv.custom_serializer
        )
        for page in Page
    ]
    shown = [field for page in pages for field in page]
    assert len(shown) == len(FIELDS)
    form = {field["name"]: field for field in shown}
    assert {
        name: selected(field["selector"]) for name, field in form.items()
    } == DEFINED
    for each in FIELDS:
        assert form[each.name].get("default") == each.default


def test_tool_offers_the_fields() -> None:
    """The tool has the fields, that about the safety questions, and those for the device."""
    parameters = probatio.to_openapi(
        ConsultTool.parameters, custom_serializer=cv.custom_serializer
    )
    fields = dict(parameters["properties"])
    for extra in ("safety_questions_asked", "device_name", "device_area"):
        del fields[extra]
    regions = fields.pop(SECTION_DISCOMFORT)
    assert set(regions["properties"]) == REGIONS
    fields |= regions["properties"]
    assert {name: described(field) for name, field in fields.items()} == DEFINED
    assert set(parameters["required"]) == {
        "safety_questions_asked",
        *(field.name for field in FIELDS if field.required or field.ask),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_texts(language: str) -> None:
    """Action and form name the fields and options alike, and have no other texts."""
    texts = json.loads((INTEGRATION / f"translations/{language}.json").read_text())
    action = texts["services"][SERVICE_CONSULT]
    assert set(action["fields"]) == set(CONSULT_FIELDS)
    assert set(action["sections"]) == {SECTION_DISCOMFORT}
    steps = texts["config_subentries"]["programme"]["step"]
    for page in Page:
        names = {field.name for field in FIELDS if field.page is page}
        assert set(steps[page]["data"]) == set(steps[page]["data_description"]) == names
    for field in FIELDS:
        assert (
            steps[field.page]["data"][field.name]
            == action["fields"][field.name]["name"]
        )
        if isinstance(field, ChoiceField):
            options = texts["selector"][field.translation_key]["options"]
            assert set(options) == set(field.options)


@pytest.fixture
async def back_hug(hass: HomeAssistant, home: Home) -> SimulatedBackHug:
    """Return a BackHug that is set up and switched off, in a home with an assistant."""
    back_hug = await home.add(WIDEST, powered=False)
    await back_hug.set_up(live=False)
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})
    return back_hug


ACCEPTED: list[dict[str, Any]] = [
    {},
    {"cautions": "none"},
    {"cautions": ["none", "none"]},
    {"minutes": 1},
    {"minutes": 60},
    {"minutes": 60.0},
    {"minutes": "30"},
    {"minutes": "30.0"},
    {"left_upper": 0},
    {"left_upper": "3"},
    {"last_sessions_mine": "no"},
    {"last_sessions_mine": "on"},
]
REFUSED: list[dict[str, Any]] = [
    {"cautions": []},
    {"cautions": ["none", "weight"]},
    {"cautions": ["broken"]},
    {"cautions": [["none"]]},
    {"feeling": "Stiff"},
    {"feeling": ["stiff"]},
    {"firmness": "hard"},
    {"firmness": 1},
    {"experience": True},
    {"day_time": "night"},
    {"minutes": 0},
    {"minutes": 61},
    {"minutes": 20.5},
    {"minutes": "20.5"},
    {"minutes": True},
    {"minutes": "many"},
    {"minutes": float("nan")},
    {"minutes": [20]},
    {"left_upper": 4},
    {"left_upper": -1},
    {"left_upper": 1.5},
    {"right_lower": False},
    {"last_sessions_mine": "perhaps"},
    {"last_sessions_mine": 2},
    {"last_sessions_mine": [True]},
]


async def test_answers_are_validated_equally(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same answers are the same questionnaire, or refused, wherever they are given."""
    received: list[Questionnaire] = []

    def record(questionnaire: Questionnaire, *args: Any) -> Any:
        received.append(questionnaire)
        return consult(questionnaire, *args)

    monkeypatch.setattr(advise, "consult", record)
    for answers in ACCEPTED:
        received.clear()
        for give in (by_action, by_form, by_tool):
            assert await give(back_hug, ANSWERS | answers), (give.__name__, answers)
        assert received == [Questionnaire.from_answers(ANSWERS | answers)] * 3, answers
    received.clear()
    for answers in REFUSED:
        for give in (by_action, by_form, by_tool):
            assert not await give(back_hug, ANSWERS | answers), (give.__name__, answers)
    for field in FIELDS:
        if not field.required:
            continue
        answers = {name: value for name, value in ANSWERS.items() if name != field.name}
        for give in (by_action, by_form, by_tool):
            assert not await give(back_hug, answers), (give.__name__, field.name)
    assert received == []


async def test_defaults_are_equal(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fields that are left out have the same defaults in the action and the form."""
    received: list[Questionnaire] = []

    def record(questionnaire: Questionnaire, *args: Any) -> Any:
        received.append(questionnaire)
        return consult(questionnaire, *args)

    monkeypatch.setattr(advise, "consult", record)
    answers = {"cautions": ["none"], "feeling": "sore"}
    assert await by_action(back_hug, answers)
    assert await by_form(back_hug, answers)
    assert received == [Questionnaire.from_answers(answers)] * 2
