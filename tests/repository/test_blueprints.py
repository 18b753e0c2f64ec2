"""The blueprints: valid, and where they say that they are."""

import json
from pathlib import Path
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from homeassistant.components.automation.config import (
    AUTOMATION_BLUEPRINT_SCHEMA,
)
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.util.yaml import load_yaml_dict
import pytest

from .common import ROOT, load

BLUEPRINTS = sorted((ROOT / "blueprints").rglob("*.yaml"))
PROGRAMMES = {"as_chosen": "The one chosen on the dashboard"}
IMPORT = re.compile(r"https://my\.home-assistant\.io/redirect/blueprint_import/[^)\s]+")


def name(path: Path) -> str:
    """Return the path of a file in the repository."""
    return path.relative_to(ROOT).as_posix()


def address(path: Path) -> str:
    """Return where a file is to be had."""
    return f"{load('manifest.json')['documentation']}/blob/main/{name(path)}"


def blueprint(path: Path) -> Blueprint:
    """Load a blueprint as Home Assistant does; raises if it is not valid."""
    return Blueprint(
        load_yaml_dict(path),
        path=path.name,
        expected_domain=path.parent.parent.name,
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )


def inputs(path: Path) -> dict[str, dict[str, Any]]:
    """Return the inputs of a blueprint."""
    return {key: value or {} for key, value in blueprint(path).inputs.items()}


def test_there_are_blueprints() -> None:
    """The folder is the one that the tests look into."""
    assert {path.stem for path in BLUEPRINTS} == {
        "break_at_desk",
        "evening_session",
        "session_summary",
    }


@pytest.mark.parametrize("path", BLUEPRINTS, ids=name)
def test_blueprint(path: Path) -> None:
    """It is valid, tells where it comes from, and needs the Home Assistant that we need."""
    found = blueprint(path)
    assert found.metadata["source_url"] == address(path)
    oldest = json.loads((ROOT / "hacs.json").read_text())["homeassistant"]
    assert found.metadata["homeassistant"]["min_version"] == oldest
    assert found.validate() is None
    assert found.metadata["description"]


@pytest.mark.parametrize("path", BLUEPRINTS, ids=name)
def test_inputs(path: Path) -> None:
    """Every input has a name and a selector; one entity of ours is asked for, and no other is offered."""
    for key, value in inputs(path).items():
        assert value.get("name"), key
        assert len(value["selector"]) == 1, key
    (only,) = inputs(path)["session"]["selector"]["entity"]["filter"]
    assert only["integration"] == "backhug"
    others = [key for key in inputs(path) if "backhug" in str(inputs(path)[key])]
    assert others == ["session"]


@pytest.mark.parametrize(
    "path", [each for each in BLUEPRINTS if "programme" in inputs(each)], ids=name
)
def test_programmes(path: Path) -> None:
    """All programmes that come with the integration are offered, by their names."""
    names = load("translations/en.json")["selector"]["programme"]["options"]
    offered = inputs(path)["programme"]["selector"]["select"]["options"]
    assert {each["value"]: each["label"] for each in offered} == {
        **PROGRAMMES,
        **names,
        "none": "None, with the settings shown",
    }


@pytest.mark.parametrize("page", ["README.md", "docs/automations.md"])
def test_import_links(page: str) -> None:
    """One link a blueprint, which leads to it."""
    links = IMPORT.findall((ROOT / page).read_text())
    found = [parse_qs(urlsplit(link).query)["blueprint_url"] for link in links]
    assert sorted(found) == [[address(path)] for path in BLUEPRINTS]
