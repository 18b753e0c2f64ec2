"""Texts and icons: complete in every language, and none unused."""

import json
import re
from typing import Any

import pytest

from custom_components.backhug.device.model import (
    Area,
    Fault,
    Flow,
    Phase,
    SessionEnd,
)
from custom_components.backhug.plan.model import Growth, PlanStatus
from custom_components.backhug.session.events import SessionEventType
from development import translations

from .common import INTEGRATION, load
from .texts import (
    DESCRIPTIONS,
    ENGLISH,
    LANGUAGES,
    PROGRAMMES,
    descriptions,
    placeholders,
    states,
    texts,
)

ATTRIBUTES = {
    ("binary_sensor", "problem", "fault"): set(Fault),
    ("event", "session", "area"): set(Area),
    ("event", "session", "ended_by"): set(SessionEnd),
    ("event", "session", "event_type"): set(SessionEventType),
    ("event", "session", "flow"): set(Flow),
    ("event", "session", "missed"): {"false", "true"},
    ("select", "programme", "applies_to"): {"next_session", "running_session"},
    ("select", "programme", "next"): PROGRAMMES,
    ("select", "programme", "running"): PROGRAMMES,
    ("sensor", "armed_until", "programme"): PROGRAMMES,
    ("sensor", "next_session_due", "grows_next"): set(Growth),
    ("sensor", "next_session_due", "plan"): set(PlanStatus),
    ("sensor", "programme_step", "area"): set(Area),
    ("sensor", "programme_step", "next_area"): set(Area),
    ("sensor", "programme_step", "flow"): set(Flow),
    ("sensor", "programme_step", "programme"): PROGRAMMES,
    ("sensor", "tension", "measured"): set(Phase),
}
"""Enumerated state attributes, with their values."""


# Languages


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_texts(language: str) -> None:
    """Every language has the keys of English, with the same placeholders."""
    other = load(f"translations/{language}.json")
    english, translated = dict(texts(ENGLISH)), dict(texts(other))
    assert translated.keys() == english.keys()
    for key, text in english.items():
        assert placeholders(translated[key]) == placeholders(text), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_copies_are_up_to_date(language: str) -> None:
    """The copies that `scripts/generate` writes match their sources."""
    text = (INTEGRATION / "translations" / f"{language}.json").read_text()
    assert text == translations.written(translations.with_copies(json.loads(text)))


def test_english_and_german_exist() -> None:
    """The two languages of the project have files."""
    assert {"en", "de"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_well_formed(language: str) -> None:
    """No text is empty, has surrounding or double blanks, a URL, or HTML."""
    for key, text in texts(load(f"translations/{language}.json")):
        assert isinstance(text, str), key
        assert text, key
        assert text == text.strip(), key
        assert "  " not in text, key
        assert not re.search(r"https?:|www\.", text), key
        assert not re.search(r"</?[a-zA-Z]|&[a-z]+;", text), key
        # ICU message syntax escapes a placeholder in single quotes.
        assert not re.search(r"'\{[^}]*\}'", text), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_are_sentences(language: str) -> None:
    """A message begins with a capital or a name and ends with a full stop or a link."""
    tree = load(f"translations/{language}.json")
    shown = [
        *texts(tree["config"]["abort"]),
        *texts(tree["config"]["error"]),
        *texts(tree["exceptions"]),
        *(
            (key, text)
            for key, text in texts(tree["issues"])
            if key.endswith("description")
        ),
    ]
    for key, text in shown:
        assert text.endswith((".", "{help_url}")), key
        assert text[0].isupper() or text[0] == "{", key


def test_no_text_is_left_in_english() -> None:
    """A text with several words differs from the English one."""
    for language in LANGUAGES:
        if language == "en":
            continue
        english = dict(texts(ENGLISH))
        same = {
            key
            for key, text in texts(load(f"translations/{language}.json"))
            if text == english[key] and " " in text
        }
        assert same == set(), language


@pytest.mark.parametrize("name", ["icons", *(f"translations/{n}" for n in LANGUAGES)])
def test_json_files_are_sorted_and_indented(name: str) -> None:
    """The keys are sorted, with an indentation of two blanks, for readable diffs."""
    text = (INTEGRATION / f"{name}.json").read_text()
    parsed = json.loads(text)
    assert text == f"{json.dumps(parsed, indent=2, ensure_ascii=False)}\n"
    assert list(texts(parsed)) == list(
        texts(json.loads(json.dumps(parsed, sort_keys=True)))
    )


# Entities


@pytest.mark.parametrize(("platform", "description"), DESCRIPTIONS)
def test_entity_has_texts(platform: str, description: Any) -> None:
    """Every entity has a name, and a text for each state and attribute."""
    text = ENGLISH["entity"][platform][description.key]
    assert text["name"]
    assert set(text.get("state", {})) == states(platform, description)
    wanted = {
        attribute: values
        for (a_platform, key, attribute), values in ATTRIBUTES.items()
        if (a_platform, key) == (platform, description.key)
    }
    translated = text.get("state_attributes", {})
    for attribute, text in translated.items():
        # Home Assistant names the event type itself.
        assert text.get("name") or attribute == "event_type"
        assert set(text.get("state", {})) == wanted.pop(attribute, set())
    assert wanted == {}


def test_every_text_belongs_to_an_entity() -> None:
    """No text remains of an entity that was removed."""
    known = {(platform, description.key) for platform, description in descriptions()}
    shown = {
        (platform, key)
        for platform, entities in ENGLISH["entity"].items()
        for key in entities
    }
    assert shown == known


def test_keys_are_unique() -> None:
    """No two entities of a platform share a key, which is part of their unique ids."""
    keys = [(platform, description.key) for platform, description in descriptions()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("platform", "description"), DESCRIPTIONS)
def test_unit_has_one_source(platform: str, description: Any) -> None:
    """A unit is either in the description or in the translations."""
    translated = ENGLISH["entity"][platform][description.key].get("unit_of_measurement")
    if platform in {"number", "sensor"}:
        assert not (translated and description.native_unit_of_measurement)
    else:
        assert translated is None
