"""The dashboard shows entities that there are."""

import json
from pathlib import Path
import re

import pytest

from custom_components.backhug import sensor
from development.instance import REPOSITORY, SOURCE

DASHBOARD = (SOURCE / "dashboard.yaml").read_text()
# The device's name in an entity ID, and where the names of its entities stand.
DEVICES = {
    "backhug": REPOSITORY / "custom_components/backhug",
    "backhug_26c4": REPOSITORY / "custom_components/backhug",
    "simulator_backhug": SOURCE / "backhug_simulator",
    "simulator_backhug_26c4": SOURCE / "backhug_simulator",
}
DISABLED = {
    description.key
    for description in sensor.DESCRIPTIONS
    if not description.entity_registry_enabled_default
}
"""Keys of sensors that are disabled by default; their entity IDs end with the key."""


def entity_ids(device: str, integration: Path) -> set[str]:
    """Return the entity IDs that a device may have."""
    texts = json.loads((integration / "translations/en.json").read_text())
    return {
        f"{platform}.{device}_{re.sub('[^a-z0-9]+', '_', entity['name'].lower())}"
        for platform, entities in texts["entity"].items()
        for entity in entities.values()
        if "name" in entity
    }


@pytest.mark.parametrize("device", DEVICES)
def test_every_entity_exists(device: str) -> None:
    """A card for an entity that was renamed would show a warning."""
    platforms = "binary_sensor|button|event|image|number|select|sensor|switch"
    used = set(re.findall(rf"(?:{platforms})\.{device}_(?!26c4)\w+", DASHBOARD))
    # Named by its device class, which Home Assistant translates.
    by_class = {f"sensor.{device}_signal_strength", f"binary_sensor.{device}_problem"}
    # Shown only once it is enabled.
    optional = {f"sensor.{device}_signal_strength"}
    assert used
    assert not {each.partition(f"{device}_")[2] for each in used - optional} & DISABLED
    assert used <= entity_ids(device, DEVICES[device]) | by_class
