"""Features, as the profile encodes them."""

from __future__ import annotations

import pytest

from custom_components.backhug.device.errors import (
    ContradictoryFeaturesError,
    UnsupportedVersionError,
)
from custom_components.backhug.device.model import (
    Area,
    Flow,
)
from custom_components.backhug.device.protocols import open_profile as profile

from .profile_values import DECODED, FEATURES, changed

# Hypothesis warns of its own way to keep a random generator.
pytestmark = pytest.mark.filterwarnings("ignore:.*register_random")


def test_features() -> None:
    """Every field of Features stands where the profile says."""
    assert profile.decode_features(FEATURES) == DECODED


@pytest.mark.parametrize(
    ("octets", "field", "value"),
    [
        ({2: 1}, "strength_levels", 1),
        ({2: 20}, "strength_levels", 20),
        ({3: 2}, "fingers", 2),
        ({3: 64}, "fingers", 64),
        ({8: 1}, "min_minutes", 1),
        ({8: 60}, "min_minutes", 60),
        ({8: 7, 9: 7}, "max_minutes", 7),
        ({9: 61}, "max_minutes", 60),
        ({9: 255}, "max_minutes", 60),
        ({8: 60, 9: 255}, "max_minutes", 60),
        ({1: 255}, "profile_minor", 255),
        ({4: 0xC0}, "areas", (Area.LEFT_SIDE, Area.RIGHT_SIDE)),
        ({4: 1, 5: 0xFF}, "areas", (Area.FULL_BACK,)),
        ({4: 0, 5: 1}, "areas", ()),
        ({6: 0x10}, "flows", (Flow.PULSE,)),
        ({6: 0xE2, 7: 0xFF}, "flows", (Flow.MEDIUM,)),
        ({6: 0, 7: 0x80}, "flows", ()),
        ({10: 0b1110}, "can_pause", False),
        ({10: 0b1101}, "senses_occupancy", False),
        ({10: 0b1011}, "reports_leg_rest", False),
        ({10: 0b0111}, "measures_tension", False),
        ({10: 0xFF, 11: 0xFF}, "measures_tension", True),
    ],
)
def test_features_within_bounds(
    octets: dict[int, int], field: str, value: object
) -> None:
    """Values that the profile allows are accepted; unknown codes and flags are ignored."""
    features = profile.decode_features(changed(FEATURES, octets))
    assert getattr(features, field) == value


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ({2: 0}, "strength levels"),
        ({2: 21}, "strength levels"),
        ({2: 255}, "strength levels"),
        ({3: 0}, "fingers"),
        ({3: 1}, "fingers"),
        ({3: 27}, "fingers"),
        ({3: 65}, "fingers"),
        ({3: 66}, "fingers"),
        ({4: 0}, "areas"),
        ({6: 0}, "flows"),
        ({8: 0}, "session length"),
        ({8: 0, 9: 0}, "session length"),
        ({8: 31, 9: 30}, "session length"),
        ({8: 61, 9: 61}, "session length"),
        ({8: 61, 9: 255}, "session length"),
    ],
)
def test_features_out_of_bounds(octets: dict[int, int], what: str) -> None:
    """Features that contradict the profile are refused, with the contradiction."""
    with pytest.raises(ContradictoryFeaturesError, match=what):
        profile.decode_features(changed(FEATURES, octets))


def test_longer_features() -> None:
    """A later minor version may add to the value."""
    assert profile.decode_features(FEATURES + b"\xff\xff") == DECODED


@pytest.mark.parametrize("length", range(12))
def test_shorter_features(length: int) -> None:
    """Features that are too short cannot be trusted."""
    with pytest.raises(ContradictoryFeaturesError, match="too short"):
        profile.decode_features(FEATURES[:length])


@pytest.mark.parametrize(
    ("value", "version"),
    [
        (changed(FEATURES, {0: 2}), "2.0"),
        (changed(FEATURES, {0: 0, 1: 9}), "0.9"),
        (b"\x02\x07", "2.7"),
        (b"\x02", "2.x"),
        (b"\xff" * 30, "255.255"),
    ],
)
def test_other_major_version(value: bytes, version: str) -> None:
    """Another major version is refused by its number, whatever follows."""
    with pytest.raises(UnsupportedVersionError) as caught:
        profile.decode_features(value)
    assert caught.value.version == version


@pytest.mark.parametrize(
    ("flags", "can_resume"), [(0, False), (1, True), (2, True), (3, True)]
)
def test_can_resume(flags: int, can_resume: bool) -> None:
    """A session that somebody paused, or that the person left, can be resumed."""
    features = profile.decode_features(changed(FEATURES, {10: flags}))
    assert features.can_resume is can_resume
