"""Every text is used, and every text that is used exists."""

import json
from pathlib import Path
import re
from typing import Any

import hass_frontend
import pytest

from custom_components.backhug.const import LANGUAGES as SPOKEN
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
    Fault,
    Phase,
    Region,
)
from custom_components.backhug.people.household import ISSUE_UNASSIGNED
from custom_components.backhug.plan.model import Change, Growth
from custom_components.backhug.programmes.names import NameProblem
from custom_components.backhug.reachability.obstacles import Obstacle
from custom_components.backhug.session.events import SessionEventType
from custom_components.backhug.voice.same_names import ISSUE_SAME_NAME
from custom_components.backhug.voice.sentence_files import ISSUE_LEFT, ISSUE_OUTDATED

from .common import INTEGRATION, load
from .texts import (
    DESCRIPTIONS,
    ENGLISH,
    LANGUAGES,
    descriptions,
    placeholders,
    states,
    texts,
)

ICONS = load("icons.json")


CARD = "".join(
    (INTEGRATION / "frontend" / name).read_text()
    for name in ("backhug-card.js", "backhug-plan.js", "backhug-summary.js")
)


NEVER_SHOWN = {"in_fault", "malformed"}
"""The first one has a text for each fault; the second one is never raised to a caller."""


def reasons(base: type[errors.BackHugError]) -> set[str]:
    """Return the reasons of the subclasses of an error."""
    return {
        error.reason
        for error in vars(errors).values()
        if isinstance(error, type)
        and issubclass(error, base)
        and "reason" in vars(error)
    }


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


def test_every_error_has_a_text() -> None:
    """Every reason of a failed command has a text, and there are no others."""
    shown = reasons(errors.BackHugError) - NEVER_SHOWN
    shown |= {f"in_fault_{fault}" for fault in Fault}
    shown |= {f"not_reachable_{obstacle}" for obstacle in Obstacle}
    shown |= {f"programme_{problem}" for problem in NameProblem}
    # Refused before a request is sent to a device.
    for path in INTEGRATION.rglob("*.py"):
        source = path.read_text()
        shown |= set(re.findall(r'\b_?(?:invalid|refusal|error)\(\s*"(\w+)"', source))
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


def shown_by_the_card() -> set[str]:
    """Return the keys of the card's texts."""
    shown = set(re.findall(r"\bcard_\w+", CARD))
    # Explanations of unusual behaviour have a title and a text.
    return shown | {f"{key}_help" for key in shown} & set(ENGLISH["common"])


def test_the_card_has_its_texts() -> None:
    """Every text that the card shows is there, with the placeholders that it fills."""
    shown = shown_by_the_card()
    assert shown == {key for key in ENGLISH["common"] if key.startswith("card_")}
    for path in re.findall(r"entity\.(\w+\.\w+)\.name", CARD):
        platform, key = path.split(".")
        assert ENGLISH["entity"][platform][key]["name"]
    for key in shown:
        for name in placeholders(ENGLISH["common"][key]):
            assert re.search(rf"\b{key}\b.*\b{name}\b", CARD), key


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
    said |= {f"plan_change_{change}" for change in Change}
    said |= {f"plan_day_{day}" for day in range(1, 8)}
    said |= {f"plan_grows_{growth}" for growth in Growth}
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
        "plan_event",
    )
    assert {key for key in ENGLISH["common"] if not key.startswith(written)} == {
        key for key in said if not key.startswith(written)
    }
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
