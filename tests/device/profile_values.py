"""Values of the open profile with what they mean."""

from __future__ import annotations

from custom_components.backhug.device.model import (
    Area,
    Features,
    Flow,
)

FEATURES = bytes.fromhex("01 00 0a 1c 3f 00 0f 00 05 3c 0f 00")
"""Version 1.0, 10 levels, 28 fingers, areas 0-5, flows 0-3, 5 to 60 minutes, all flags."""


DECODED = Features(
    strength_levels=10,
    fingers=28,
    areas=(
        Area.FULL_BACK,
        Area.UPPER_BACK,
        Area.MID_BACK,
        Area.LOWER_BACK,
        Area.SHOULDER_BLADES,
        Area.ALONG_SPINE,
    ),
    flows=(Flow.SLOW, Flow.MEDIUM, Flow.FAST, Flow.WAVE),
    min_minutes=5,
    max_minutes=60,
    can_pause=True,
    senses_occupancy=True,
    reports_leg_rest=True,
    measures_tension=True,
)


TREATING = bytes.fromhex("02 00 05 04 03 03 b0 04 57 02 07 00 01 00 06 00")
"""Strength 5, shoulder blades, wave, occupied, leg rest up, 599 of 1200 s left, session 65543."""


STANDBY = bytes.fromhex("00 00 05 04 03 00 b0 04 00 00 07 00 01 00 06 00")


def changed(value: bytes, octets: dict[int, int]) -> bytes:
    """Return a value with other octets at some offsets."""
    other = bytearray(value)
    for offset, octet in octets.items():
        other[offset] = octet
    return bytes(other)
