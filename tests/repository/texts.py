"""Texts, and the entities that they describe."""

from collections.abc import Iterator
from importlib import import_module
from string import Formatter
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass
import pytest

from custom_components.backhug import PLATFORMS
from custom_components.backhug.const import GUEST
from custom_components.backhug.device.model import (
    Area,
    Flow,
)
from custom_components.backhug.entity import BackHugEntityDescription
from custom_components.backhug.programmes.catalogue import BUILT_IN
from custom_components.backhug.programmes.model import NO_PROGRAMME

from .common import INTEGRATION, load

ENGLISH = load("translations/en.json")


LANGUAGES = sorted(path.stem for path in (INTEGRATION / "translations").glob("*.json"))


PROGRAMMES = {NO_PROGRAMME, *BUILT_IN}


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
