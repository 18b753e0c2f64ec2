"""The BackHugs that a household may have."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.backhug.const import (
    CONF_DESCRIPTION,
    CONF_FEATURES,
    CONF_SUPERVISED,
    DOMAIN,
)
from custom_components.backhug.described.files import CONF_FILE, CONF_TEXT
from custom_components.backhug.device.described import read_description
from simulator.build import Build

_DESCRIPTION: Final = Path(__file__).parents[2] / "docs" / "open-profile.yaml"


def _build(number: int, **build: Any) -> Build:
    return Build(
        name=f"BackHug-{number:04X}", address=f"C0:FF:EE:00:00:{number:02X}", **build
    )


DESCRIBED: Final = _build(4)
"""Operated by docs/open-profile.yaml, as a protocol that a person has described."""
OFFERED: Final = read_description(_DESCRIPTION.name, _DESCRIPTION.read_text()).features
"""What the description offers, whatever firmware the device has."""
BUILDS: Final = (
    _build(1),
    _build(
        2,
        strengths=5,
        fingers=24,
        areas=(0, 1, 3),
        flows=(1,),
        encrypted=True,
        can_pause=False,
        shortest=1,
        longest=255,
    ),
    _build(3, senses_occupancy=False, measures_tension=False, mtu=23),
    DESCRIBED,
)


def described(entry: MockConfigEntry) -> MockConfigEntry:
    """Return an entry with a description in place of the open profile, after a first session."""
    text = _DESCRIPTION.read_text()
    return MockConfigEntry(
        domain=DOMAIN,
        title=entry.title,
        unique_id=entry.unique_id,
        data={
            **entry.data,
            CONF_FEATURES: asdict(OFFERED),
            CONF_DESCRIPTION: {CONF_FILE: _DESCRIPTION.name, CONF_TEXT: text},
            CONF_SUPERVISED: True,
        },
    )
