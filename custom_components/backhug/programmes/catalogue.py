"""The built-in programmes."""

from collections.abc import Mapping
from typing import Final

from ..device.model import Area, Flow
from .model import Programme, Step


def _built_in(key: str, *steps: tuple[Area, float, Flow, int]) -> Programme:
    return Programme(key, tuple(Step(*step) for step in steps))


BUILT_IN: Final[Mapping[str, Programme]] = {
    programme.key: programme
    for programme in (
        _built_in(
            "gentle_start",
            (Area.FULL_BACK, 0.2, Flow.SLOW, 5),
            (Area.UPPER_BACK, 0.2, Flow.WAVE, 5),
            (Area.LOWER_BACK, 0.2, Flow.SLOW, 5),
        ),
        _built_in(
            "short_break",
            (Area.UPPER_BACK, 0.4, Flow.MEDIUM, 4),
            (Area.SHOULDER_BLADES, 0.5, Flow.WAVE, 4),
            (Area.FULL_BACK, 0.3, Flow.SLOW, 2),
        ),
        _built_in(
            "morning_wake_up",
            (Area.FULL_BACK, 0.3, Flow.SLOW, 3),
            (Area.ALONG_SPINE, 0.4, Flow.MEDIUM, 5),
            (Area.FULL_BACK, 0.5, Flow.PULSE, 4),
            (Area.FULL_BACK, 0.4, Flow.MEDIUM, 3),
        ),
        _built_in(
            "after_desk",
            (Area.ALONG_SPINE, 0.3, Flow.SLOW, 5),
            (Area.UPPER_BACK, 0.5, Flow.MEDIUM, 7),
            (Area.SHOULDER_BLADES, 0.6, Flow.WAVE, 8),
            (Area.LOWER_BACK, 0.4, Flow.SLOW, 5),
        ),
        _built_in(
            "shoulder_blades",
            (Area.FULL_BACK, 0.3, Flow.WAVE, 3),
            (Area.UPPER_BACK, 0.5, Flow.MEDIUM, 5),
            (Area.SHOULDER_BLADES, 0.6, Flow.SLOW, 9),
            (Area.FULL_BACK, 0.3, Flow.SLOW, 3),
        ),
        _built_in(
            "lower_back",
            (Area.FULL_BACK, 0.3, Flow.WAVE, 3),
            (Area.LOWER_BACK, 0.4, Flow.SLOW, 8),
            (Area.LOWER_BACK, 0.5, Flow.MEDIUM, 6),
            (Area.MID_BACK, 0.3, Flow.SLOW, 3),
        ),
        _built_in(
            "neck_to_waist",
            (Area.UPPER_BACK, 0.4, Flow.MEDIUM, 6),
            (Area.MID_BACK, 0.4, Flow.MEDIUM, 6),
            (Area.LOWER_BACK, 0.4, Flow.MEDIUM, 6),
            (Area.FULL_BACK, 0.3, Flow.WAVE, 6),
        ),
        _built_in(
            "left_and_right",
            (Area.FULL_BACK, 0.3, Flow.WAVE, 4),
            (Area.LEFT_SIDE, 0.4, Flow.MEDIUM, 8),
            (Area.RIGHT_SIDE, 0.4, Flow.MEDIUM, 8),
            (Area.FULL_BACK, 0.3, Flow.SLOW, 4),
        ),
        _built_in(
            "evening_wind_down",
            (Area.FULL_BACK, 0.4, Flow.WAVE, 10),
            (Area.ALONG_SPINE, 0.3, Flow.SLOW, 10),
            (Area.FULL_BACK, 0.2, Flow.SLOW, 10),
        ),
        _built_in(
            "deep_and_slow",
            (Area.FULL_BACK, 0.4, Flow.SLOW, 5),
            (Area.UPPER_BACK, 0.6, Flow.SLOW, 10),
            (Area.ALONG_SPINE, 0.7, Flow.SLOW, 15),
            (Area.LOWER_BACK, 0.6, Flow.SLOW, 10),
            (Area.FULL_BACK, 0.3, Flow.SLOW, 5),
        ),
    )
}
"""By key, from short to long."""
