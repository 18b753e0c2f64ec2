"""The YAML of the documentation: valid automations with existing entities and actions."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

from homeassistant.components.automation.config import (
    ValidationStatus,
    async_validate_config_item,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
import yaml

from custom_components.backhug.const import DOMAIN
from simulator.build import Build
from tests.home import Home

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
OURS = re.compile(
    r"\b(?:binary_sensor|button|event|image|number|select|sensor|switch)\.backhug\w*"
)
ELSEWHERE = "assistants.md"
"""The page whose blocks test_assistants.py runs through the platforms that they are for."""
DEVICES = {"BackHug": "C0:FF:EE:00:7F:2A", "BackHug-26C4": "C0:FF:EE:00:26:C4"}
"""The devices that the documentation names, as the development instance does."""
CARDS = {
    "button",
    "entities",
    "grid",
    "heading",
    "history-graph",
    "picture-entity",
    "statistics-graph",
    "tile",
}
"""Cards that are Home Assistant's own, of those that there are."""

type Block = dict[str, Any]


def blocks() -> list[tuple[str, Block]]:
    """Return each block of YAML in the documentation, and where it is."""
    found = []
    for page in PAGES:
        if page.name == ELSEWHERE:
            continue
        text = page.read_text()
        for match in re.finditer(
            r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL
        ):
            line = text[: match.start()].count("\n") + 1
            block = yaml.safe_load(match[1])
            assert isinstance(block, dict)
            found.append((f"{page.name}:{line}", block))
    return found


def automations() -> list[tuple[str, Block]]:
    """Return the automations among the blocks; one without triggers gets any trigger."""
    found = []
    for where, block in blocks():
        if "automation" in block:
            found += [(where, each) for each in block["automation"]]
        elif "actions" in block:
            found.append((where, {"triggers": [], **block}))
        elif "action" in block:
            found.append((where, {"triggers": [], "actions": [block]}))
    return found


def dashboards() -> list[tuple[str, Block]]:
    """Return the cards and views among the blocks that use Home Assistant's own cards."""
    return [
        (where, block)
        for where, block in blocks()
        if "type" in block and not block["type"].startswith("custom:")
    ]


def cards(block: Any) -> Iterator[Block]:
    """Yield every card in a card or a view."""
    if isinstance(block, list):
        for each in block:
            yield from cards(each)
        return
    if "sections" not in block:
        yield block
    for key in ("sections", "cards"):
        yield from cards(block.get(key, []))


def ours(block: Block) -> set[str]:
    """Return our entities that a block names."""
    return set(OURS.findall(yaml.safe_dump(block)))


def performed(block: Any) -> Iterator[Block]:
    """Yield everything in a block that performs an action."""
    if isinstance(block, dict):
        if "action" in block or "perform_action" in block:
            yield block
        for each in block.values():
            yield from performed(each)
    elif isinstance(block, list):
        for each in block:
            yield from performed(each)


@pytest.fixture
async def known(home: Home, hass: HomeAssistant) -> set[str]:
    """Return the entities of the devices that the documentation names."""
    for name, address in DEVICES.items():
        back_hug = await home.add(Build(name=name, address=address))
        await home.seen(back_hug)
        await back_hug.set_up()
    return {
        entry.entity_id
        for entry in er.async_get(hass).entities.values()
        if entry.platform == DOMAIN
    }


def test_every_block_is_known() -> None:
    """Every block is covered by these tests, except those that configure Home Assistant."""
    seen = {where for where, _ in (*automations(), *dashboards())}
    others = [block for where, block in blocks() if where not in seen]
    # tests/frontend covers our own card.
    assert [
        block.get("type") or block["strategy"]["type"]
        for block in others
        if not {"logbook", "recorder"} & block.keys()
    ] == ["custom:backhug", "custom:backhug-card"]
    assert len(others) == 4
    assert {where.split(":")[0] for where in seen} == {
        "README.md",
        "automations.md",
        "consultation.md",
        "dashboards.md",
        "people.md",
        "plan.md",
        "tension-map.md",
        "tension.md",
    }


async def test_automations_are_valid(hass: HomeAssistant, known: set[str]) -> None:
    """Home Assistant accepts each automation, and its entities of ours exist."""
    assert await async_setup_component(hass, "automation", {})
    for number, (where, block) in enumerate(automations()):
        config = await async_validate_config_item(
            hass, f"example_{number}", {"alias": where, **block}
        )
        assert config is not None, where
        assert config.validation_status is ValidationStatus.OK, (
            where,
            config.validation_error,
        )
        assert ours(block) <= known, where
        for action in performed(block):
            domain, _, service = action["action"].partition(".")
            if domain == DOMAIN:
                assert hass.services.has_service(domain, service), where


async def test_dashboards_are_valid(hass: HomeAssistant, known: set[str]) -> None:
    """Home Assistant's own cards, with existing entities and the options that they need."""
    for where, block in dashboards():
        named = ours(block)
        assert named, where
        assert named <= known, (where, named - known)
        for card in cards(block):
            assert card["type"] in CARDS, where
            if card["type"] != "statistics-graph":
                continue
            for entity in card["entities"]:
                state = hass.states.get(entity["entity"])
                assert state, where
                assert "state_class" in state.attributes, where
        for action in performed(block):
            if action["action"] == "perform-action":
                domain, _, service = action["perform_action"].partition(".")
                assert hass.services.has_service(domain, service), where


def test_views_have_pictures() -> None:
    """Each documented view has pictures, light and dark."""
    page = (ROOT / "docs/dashboards.md").read_text()
    views = [block for where, block in dashboards() if where.startswith("dashboards")]
    assert [view["type"] for view in views] == ["sections"] * 4
    for view in views:
        for scheme in ("light", "dark"):
            picture = f"images/dashboards-{view['path']}-{scheme}.png"
            assert picture in page
            assert (ROOT / "docs" / picture).is_file()
