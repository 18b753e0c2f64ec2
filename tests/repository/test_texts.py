"""Texts and icons: complete in every language, and none unused."""

from collections.abc import Iterator
from importlib import import_module
import json
from pathlib import Path
import re
from string import Formatter
from typing import Any

import hass_frontend
from homeassistant.components.sensor import SensorDeviceClass
import pytest

from custom_components.backhug import PLATFORMS
from custom_components.backhug.const import GUEST, LANGUAGES as SPOKEN
from custom_components.backhug.consultant.sayings import Topic
from custom_components.backhug.consultation.questionnaire import (
    DAY_TIME,
    EXPERIENCE,
    FEELING,
    FIRMNESS,
    MAX_DISCOMFORT,
)
from custom_components.backhug.device import errors
from custom_components.backhug.device.model import (
    Area,
    Fault,
    Flow,
    Phase,
    Region,
    SessionEnd,
)
from custom_components.backhug.entity import BackHugEntityDescription
from custom_components.backhug.people.household import ISSUE_UNASSIGNED
from custom_components.backhug.programmes.catalogue import BUILT_IN
from custom_components.backhug.programmes.model import NO_PROGRAMME
from custom_components.backhug.programmes.names import NameProblem
from custom_components.backhug.reachability.obstacles import Obstacle
from custom_components.backhug.session.events import SessionEventType
from custom_components.backhug.voice.same_names import ISSUE_SAME_NAME
from custom_components.backhug.voice.sentence_files import ISSUE_LEFT, ISSUE_OUTDATED
from development import translations

from .common import INTEGRATION, load

ENGLISH = load("translations/en.json")
LANGUAGES = sorted(path.stem for path in (INTEGRATION / "translations").glob("*.json"))
ICONS = load("icons.json")
CARD = INTEGRATION / "frontend" / "backhug-card.js"

PROGRAMMES = {NO_PROGRAMME, *BUILT_IN}

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
    ("sensor", "programme_step", "area"): set(Area),
    ("sensor", "programme_step", "next_area"): set(Area),
    ("sensor", "programme_step", "flow"): set(Flow),
    ("sensor", "programme_step", "programme"): PROGRAMMES,
    ("sensor", "tension", "measured"): set(Phase),
}
"""Enumerated state attributes, with their values."""

NEVER_SHOWN = {"in_fault", "malformed"}
"""The first one has a text for each fault; the second one is never raised to a caller."""


def descriptions() -> Iterator[tuple[str, Any]]:
    """Yield the platform and the description of every entity."""
    for platform in PLATFORMS:
        module = import_module(f"custom_components.backhug.{platform}")
        for value in vars(module).values():
            several = value if type(value) is tuple else (value,)
            for each in several:
                if isinstance(each, BackHugEntityDescription):
                    yield str(platform), each


DESCRIPTIONS = [
    pytest.param(platform, description, id=f"{platform}.{description.key}")
    for platform, description in descriptions()
]


def texts(tree: dict[str, Any], *path: str) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every leaf of a tree."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from texts(value, *path, key)
        else:
            yield ".".join((*path, key)), value


def placeholders(text: str) -> set[str]:
    """Return the names of the placeholders in a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def reasons(base: type[errors.BackHugError]) -> set[str]:
    """Return the reasons of the subclasses of an error."""
    return {
        error.reason
        for error in vars(errors).values()
        if isinstance(error, type)
        and issubclass(error, base)
        and "reason" in vars(error)
    }


def states(platform: str, description: Any) -> set[str]:
    """Return the states of an entity that need a text."""
    if platform == "sensor" and description.device_class is SensorDeviceClass.ENUM:
        assert description.options
        return set(description.options)
    if platform == "select":
        options = {"area": set[str](Area), "flow": set[str](Flow)}
        options |= {"person": {GUEST}, "programme": PROGRAMMES}
        return options[description.key]
    if (platform, description.key) == ("binary_sensor", "leg_rest"):
        # The only binary sensor without a device class.
        return {"on", "off"}
    return set()


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


# Icons


def icon_names() -> set[str]:
    """Return the names of the icons in Home Assistant's frontend."""
    names: set[str] = set()
    for path in (Path(hass_frontend.where()) / "static" / "mdi").glob("*.json"):
        if path.stem not in {"iconList", "iconMetadata"}:
            names |= set(json.loads(path.read_text()))
    return names


def test_icons_exist() -> None:
    """The frontend has every icon."""
    known = icon_names()
    assert len(known) > 5000
    for key, icon in texts(ICONS):
        assert icon.startswith("mdi:"), key
        assert icon.removeprefix("mdi:") in known, key


def test_every_icon_belongs_to_an_entity() -> None:
    """An icon of a state belongs to a state of the entity."""
    known = {(platform, each.key): each for platform, each in descriptions()}
    for platform, entities in ICONS["entity"].items():
        for key, icons in entities.items():
            description = known[platform, key]
            assert set(icons) <= {"default", "state", "state_attributes"}
            assert icons["default"]
            possible = states(platform, description) or {"on", "off"}
            assert set(icons.get("state", {})) <= possible, key


@pytest.mark.parametrize(("platform", "description"), DESCRIPTIONS)
def test_every_entity_has_an_icon(platform: str, description: Any) -> None:
    """An entity has an icon, or a device class that provides one."""
    if description.device_class is None:
        assert description.key in ICONS["entity"][platform]
    assert description.icon is None


# Errors


def test_every_error_has_a_text() -> None:
    """Every reason of a failed command has a text, and there are no others."""
    shown = reasons(errors.BackHugError) - NEVER_SHOWN
    shown |= {f"in_fault_{fault}" for fault in Fault}
    shown |= {f"not_reachable_{obstacle}" for obstacle in Obstacle}
    shown |= {f"programme_{problem}" for problem in NameProblem}
    # Refused before a request is sent to a device.
    for path in INTEGRATION.rglob("*.py"):
        source = path.read_text()
        shown |= set(re.findall(r'\b_?(?:invalid|refusal)\(\s*"(\w+)"', source))
        shown |= set(
            re.findall(r'translation_domain=DOMAIN,\s*translation_key="(\w+)"', source)
        )
    assert set(ENGLISH["exceptions"]) == shown


def test_every_abort_has_a_text() -> None:
    """Every reason to abort the config flow has a text, and there are no others."""
    source = (INTEGRATION / "config_flow.py").read_text()
    aborts = set(re.findall(r'async_abort\(reason="(\w+)"\)', source))
    assert aborts
    aborts |= reasons(errors.IncompatibleError)
    # Reasons of Home Assistant's own helpers.
    aborts |= {"already_configured", "already_in_progress", "reconfigure_successful"}
    assert set(ENGLISH["config"]["abort"]) == aborts
    shown = set(re.findall(r'"(cannot_connect|in_session)"', source))
    shown |= {f"cannot_connect_{obstacle}" for obstacle in Obstacle}
    source = (INTEGRATION / "described" / "flow.py").read_text()
    shown |= set(re.findall(r'"(description_(?!placeholders)\w+)"', source))
    assert set(ENGLISH["config"]["error"]) == shown


def test_every_issue_has_a_text() -> None:
    """Every issue has a title and a description or a fix flow, and there are no others."""
    fixable = {"unreachable", ISSUE_OUTDATED, ISSUE_UNASSIGNED}
    others = fixable | {ISSUE_LEFT, ISSUE_SAME_NAME, "description_unusable"}
    assert set(ENGLISH["issues"]) == reasons(errors.IncompatibleError) | others
    for key, issue in ENGLISH["issues"].items():
        rest = "fix_flow" if key in fixable else "description"
        assert set(issue) == {"title", rest}


def test_placeholders_are_provided() -> None:
    """No text has a placeholder that the code does not fill."""
    for key in reasons(errors.BackHugError) - NEVER_SHOWN:
        text = ENGLISH["exceptions"][key]["message"]
        assert placeholders(text) <= {"name"}, key
    for obstacle in Obstacle:
        assert placeholders(
            ENGLISH["config"]["error"][f"cannot_connect_{obstacle}"]
        ) == {"name"}
        assert placeholders(
            ENGLISH["exceptions"][f"not_reachable_{obstacle}"]["message"]
        ) == {"name"}
    for key, text in texts(ENGLISH["issues"]):
        allowed = {"files", "problem"} if key.startswith("sentences") else {"name"}
        if key.startswith("description_unusable"):
            allowed = {"file", "problem"}
        if key.startswith(ISSUE_SAME_NAME):
            allowed = {"name", "suggestions"}
        assert placeholders(text) <= allowed, key
    for key, text in texts(ENGLISH["config"]["abort"]):
        allowed = {"name", "help_url"} | ({"version"} if "version" in key else set())
        wanted = placeholders(text)
        if key in reasons(errors.IncompatibleError):
            assert wanted <= allowed, key
        else:
            assert wanted == set(), key
    more = {
        "unknown.description": {"making_url"},
        "look.description": {"report"},
        "describe.description": {"making_url", "problem"},
    }
    for key, text in texts(ENGLISH["config"]["step"]):
        assert placeholders(text) <= {"name"} | more.get(key, set()), key


# Card


def shown_by_the_card() -> set[str]:
    """Return the keys of the card's texts."""
    shown = set(re.findall(r"\bcard_\w+", CARD.read_text()))
    # Explanations of unusual behaviour have a title and a text.
    return shown | {f"{key}_help" for key in shown} & set(ENGLISH["common"])


def test_the_card_has_its_texts() -> None:
    """Every text that the card shows is there, with the placeholders that it fills."""
    shown = shown_by_the_card()
    assert shown == {key for key in ENGLISH["common"] if key.startswith("card_")}
    source = CARD.read_text()
    for path in re.findall(r"entity\.(\w+\.\w+)\.name", source):
        platform, key = path.split(".")
        assert ENGLISH["entity"][platform][key]["name"]
    for key in shown:
        for name in placeholders(ENGLISH["common"][key]):
            assert re.search(rf"\b{key}\b.*\b{name}\b", source), key


# Activity and map


def test_every_end_and_every_map_has_a_text() -> None:
    """The logbook has words for every end of a session, the tension map for every scan."""
    shown = {key for key in ENGLISH["common"] if key.startswith(("activity_", "map_"))}
    ends = set(SessionEventType) - {"started", "paused", "resumed"}
    assert shown == {
        *(f"activity_{end}" for end in ends),
        "activity_eased",
        "activity_minutes",
        "activity_tension",
        *(f"map_{phase}" for phase in Phase),
        *(f"map_title_{phase}" for phase in Phase),
        "map_empty",
        "map_left",
        "map_right",
        "map_untouched",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_font_of_the_picture_has_every_letter(language: str) -> None:
    """Pillow's own font has no letter beyond ASCII."""
    common = load(f"translations/{language}.json")["common"]
    drawn = {"map_empty", "map_left", "map_right"} | {
        key for key in common if key.startswith("map_title_")
    }
    for key in drawn:
        assert common[key].isascii(), key


# Voice


def test_every_language_has_sentences() -> None:
    """There are voice sentences for every language with translations."""
    folders = {path.name for path in (INTEGRATION / "sentences").iterdir()}
    assert set(SPOKEN) == folders == set(LANGUAGES)


def test_every_spoken_response_has_a_text() -> None:
    """Every response has a text, and there are no others."""
    source = "".join(
        path.read_text() for path in sorted((INTEGRATION / "voice").glob("*.py"))
    )
    said = set(re.findall(r'"([a-z_]+)"', source)) & set(ENGLISH["common"])
    said |= {f"region_{region}" for region in Region}
    said |= {f"tension_{phase}" for phase in Phase}
    said |= {f"{key}_next" for key in ("area", "flow", "length", "strength")}
    said |= shown_by_the_card()
    # Shorter than they are written.
    said |= {
        key
        for key in ENGLISH["common"]
        if key.removeprefix("error_") in ENGLISH["exceptions"]
    }
    # Those of the consultation are held to its reasons by its own test.
    written = (
        "activity_",
        "consultant_",
        "consultation_",
        "experimental",
        "map_",
        "people_",
    )
    spoken = {key for key in ENGLISH["common"] if not key.startswith(written)}
    assert spoken == said
    assert len(re.findall(r'\bsay\(\s*f?"', source)) > 25
    for key in re.findall(r'\bsay\(\s*"(\w+)"', source):
        assert key in ENGLISH["common"], key


def test_every_text_of_the_consultant_is_said() -> None:
    """Every sentence of the consultant has a text, and there are no others."""
    source = "".join(
        path.read_text() for path in sorted((INTEGRATION / "consultant").glob("*.py"))
    )
    said = {
        f"consultant_{key}"
        for pattern in (r'\bSay\(\s*"(\w+)"', r'_other\(\s*"(\w+)", "(\w+)"')
        for found in re.findall(pattern, source)
        for key in ([found] if isinstance(found, str) else found)
    }
    said |= set(re.findall(r'"(consultant_[a-z_]+)"', source))
    questions = [each for each in Topic if each is not Topic.REFUSED]
    said |= {
        f"consultant_{kind}_{each}" for kind in ("ask", "hint") for each in questions
    }
    said |= {f"consultant_why_{each}" for each in questions[:6]}
    said |= {f"consultant_{each}" for each in NameProblem}
    said |= {f"consultant_degree_{each}" for each in range(MAX_DISCOMFORT + 1)}
    said |= {
        f"consultant_{field.name}_{option}"
        for field in (FEELING, FIRMNESS, EXPERIENCE, DAY_TIME)
        for option in field.options
    }
    said.add("consultant_hint_general")
    assert {key for key in ENGLISH["common"] if key.startswith("consultant_")} == said
