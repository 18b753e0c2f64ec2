"""The quality scale: hassfest leaves it to a custom integration to keep it honest."""

from pathlib import Path
from typing import Any

from homeassistant.components import bluetooth
from homeassistant.util.yaml import load_yaml_dict
import pytest
import yaml

from .common import INTEGRATION, load

RULES = {
    "bronze": [
        "action-setup",
        "appropriate-polling",
        "brands",
        "common-modules",
        "config-flow",
        "config-flow-test-coverage",
        "dependency-transparency",
        "docs-actions",
        "docs-conditions",
        "docs-high-level-description",
        "docs-installation-instructions",
        "docs-removal-instructions",
        "docs-triggers",
        "entity-event-setup",
        "entity-unique-id",
        "has-entity-name",
        "runtime-data",
        "test-before-configure",
        "test-before-setup",
        "unique-config-entry",
    ],
    "silver": [
        "action-exceptions",
        "config-entry-unloading",
        "docs-configuration-parameters",
        "docs-installation-parameters",
        "entity-unavailable",
        "integration-owner",
        "log-when-unavailable",
        "parallel-updates",
        "reauthentication-flow",
        "test-coverage",
    ],
    "gold": [
        "devices",
        "diagnostics",
        "discovery",
        "discovery-update-info",
        "docs-data-update",
        "docs-examples",
        "docs-known-limitations",
        "docs-supported-devices",
        "docs-supported-functions",
        "docs-troubleshooting",
        "docs-use-cases",
        "dynamic-devices",
        "entity-category",
        "entity-device-class",
        "entity-disabled-by-default",
        "entity-translations",
        "exception-translations",
        "icon-translations",
        "reconfiguration-flow",
        "repair-issues",
        "stale-devices",
    ],
    "platinum": ["async-dependency", "inject-websession", "strict-typing"],
}
TIERS = list(RULES)
FILE = INTEGRATION / "quality_scale.yaml"
SCALE: dict[str, str | dict[str, Any]] = yaml.safe_load(FILE.read_text())["rules"]


def status(rule: str) -> str:
    """Return the status of a rule."""
    entry = SCALE[rule]
    return entry if isinstance(entry, str) else str(entry["status"])


def test_rules_are_home_assistants() -> None:
    """The file lists each rule of Home Assistant once, in the order of the tiers."""
    listed = list(SCALE)
    assert sorted(listed) == sorted(rule for rules in RULES.values() for rule in rules)
    tier_of = {
        rule: TIERS.index(tier) for tier, rules in RULES.items() for rule in rules
    }
    assert [tier_of[rule] for rule in listed] == sorted(
        tier_of[rule] for rule in listed
    )
    text = FILE.read_text()
    headings = [f"  # {tier.capitalize()}\n" for tier in TIERS]
    assert [text.index(heading) for heading in headings] == sorted(
        text.index(heading) for heading in headings
    )


def test_rules_are_those_of_the_installed_home_assistant() -> None:
    """A rule that Home Assistant adds is noticed here."""
    components = bluetooth.__path__[0].removesuffix("bluetooth")
    known: set[str] = set()
    for path in Path(components).glob("*/quality_scale.yaml"):
        known |= set(load_yaml_dict(path)["rules"])
    assert known
    assert known == set(SCALE)


@pytest.mark.parametrize("rule", SCALE)
def test_status(rule: str) -> None:
    """A rule is done, still to do, or exempt for a reason that is given."""
    entry = SCALE[rule]
    if isinstance(entry, dict):
        assert set(entry) <= {"status", "comment"}
        assert entry.get("comment", "-").strip()
    assert status(rule) in {"done", "todo", "exempt"}
    if status(rule) == "exempt":
        assert isinstance(entry, dict)
        assert len(entry["comment"]) > 20


def test_claimed_tier() -> None:
    """Every rule up to the tier that the manifest claims is done or exempt."""
    claimed = TIERS.index(load("manifest.json")["quality_scale"])
    missing = [
        rule
        for tier in TIERS[: claimed + 1]
        for rule in RULES[tier]
        if status(rule) == "todo"
    ]
    assert missing == []


def test_not_less_than_is_true() -> None:
    """The manifest claims the tier that is reached: a higher one is due when it is."""
    reached = [
        tier
        for index, tier in enumerate(TIERS)
        if all(
            status(rule) != "todo"
            for each in TIERS[: index + 1]
            for rule in RULES[each]
        )
    ]
    assert load("manifest.json")["quality_scale"] == reached[-1]
