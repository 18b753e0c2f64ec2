"""Which regions of a back ask for most, and what a session turns to therefore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..device.model import Area, Features, Region, TensionScan
from ..programmes.model import nearest_area
from .questionnaire import Feeling, Questionnaire, Reason, Why
from .trends import SessionTrends

_MEASURED: Final = 3
"""Points of a region of 100 per cent: what is measured counts no more than what is said."""
_UNCHANGED: Final = 1
"""Points of a region in which the last sessions changed nothing."""
_SIDE_FACTOR: Final = 2
"""A side with as many times the points of the other one gets a step of its own, ..."""
_SIDE_POINTS: Final = 2
"""... if it also has as many points more."""
_LEFT: Final = (Region.LEFT_UPPER, Region.LEFT_MID, Region.LEFT_LOWER)
_RIGHT: Final = (Region.RIGHT_UPPER, Region.RIGHT_MID, Region.RIGHT_LOWER)
_ROWS: Final = tuple(zip(_LEFT, _RIGHT, strict=True))
_UPPER, _MID, _LOWER = _ROWS
_AREAS: Final[Mapping[tuple[Region, ...], Mapping[Feeling, Area]]] = {
    _UPPER: {
        Feeling.STIFF: Area.SHOULDER_BLADES,
        Feeling.SORE: Area.UPPER_BACK,
        Feeling.TIRED: Area.UPPER_BACK,
    },
    _MID: {
        Feeling.STIFF: Area.MID_BACK,
        Feeling.SORE: Area.MID_BACK,
        Feeling.TIRED: Area.ALONG_SPINE,
    },
    _LOWER: dict.fromkeys(Feeling, Area.LOWER_BACK),
}


@dataclass(frozen=True, slots=True)
class _Points:
    """What speaks for a region."""

    said: int
    measured: float
    """Tension in per cent."""
    unchanged: bool

    @property
    def total(self) -> float:
        return (
            self.said
            + _MEASURED * self.measured / 100
            + (_UNCHANGED if self.unchanged else 0)
        )


def _points(
    questionnaire: Questionnaire, past: SessionTrends, scan: TensionScan | None
) -> dict[Region, _Points]:
    tension = {} if scan is None else scan.regions
    return {
        region: _Points(
            questionnaire.discomfort.get(region, 0),
            tension.get(region) or 0.0,
            region in past.unchanged,
        )
        for region in Region
    }


@dataclass(frozen=True, slots=True)
class Focus:
    """What the middle of a session turns to."""

    area: Area | None
    """One that the device offers; None if it offers none that is known."""
    regions: tuple[Region, ...]
    weight: float
    reasons: tuple[Reason, ...]


def foci(
    questionnaire: Questionnaire,
    features: Features,
    past: SessionTrends,
    scan: TensionScan | None,
) -> list[Focus]:
    """Return what a session turns to, the most important first.

    That is, what has at least half the points of the row that has most; rows of which the device takes
    the same area count as one.
    """
    points = _points(questionnaire, past, scan)
    rows = [_row(questionnaire, row, points) for row in _ROWS]
    if not any(row.weight for row in rows):
        even = Focus(Area.ALONG_SPINE, (), 1, (Reason(Why.FOCUS_EVEN),))
        return [_offered(even, features)]
    joined: dict[Area | None, Focus] = {}
    for row in (_offered(row, features) for row in rows if row.weight):
        same = joined.get(row.area)
        joined[row.area] = row if same is None else _together(same, row)
    heaviest = max(focus.weight for focus in joined.values())
    kept = [
        focus
        for focus in (*joined.values(), *_sides(features, points))
        if 2 * focus.weight >= heaviest
    ]
    return sorted(kept, key=lambda focus: -focus.weight)


def _offered(focus: Focus, features: Features) -> Focus:
    """Return the focus with the area that a device has for it; with its first one if it has none like it."""
    if focus.area in features.areas or not features.areas:
        return replace(focus, area=focus.area if features.areas else None)
    area = nearest_area(focus.area, features) or features.areas[0]
    assert focus.area is not None
    why = Reason(Why.AREA_REPLACED, {"wanted": focus.area, "used": area})
    return replace(focus, area=area, reasons=(*focus.reasons, why))


def _together(one: Focus, other: Focus) -> Focus:
    return Focus(
        one.area,
        (*one.regions, *other.regions),
        one.weight + other.weight,
        (*one.reasons, *other.reasons),
    )


def _row(
    questionnaire: Questionnaire,
    row: tuple[Region, ...],
    points: Mapping[Region, _Points],
) -> Focus:
    """Return a row of the back, left and right, as something to turn to."""
    reasons = []
    if said := tuple(each for each in row if points[each].said):
        reasons.append(Reason(Why.FOCUS_DISCOMFORT, {"regions": said}))
    most = max(row, key=lambda each: points[each].measured)
    if tension := points[most].measured:
        reasons.append(
            Reason(Why.FOCUS_TENSION, {"regions": (most,), "tension": round(tension)})
        )
    if unchanged := tuple(each for each in row if points[each].unchanged):
        reasons.append(Reason(Why.FOCUS_UNCHANGED, {"regions": unchanged}))
    return Focus(
        _AREAS[row][questionnaire.feeling],
        tuple(each for each in row if points[each].total),
        sum(points[each].total for each in row),
        tuple(reasons),
    )


def _sides(features: Features, points: Mapping[Region, _Points]) -> list[Focus]:
    """Return the side of the back that clearly asks for more than the other one, if it is offered."""
    sides = []
    for area, side, other in (
        (Area.LEFT_SIDE, _LEFT, _RIGHT),
        (Area.RIGHT_SIDE, _RIGHT, _LEFT),
    ):
        more = sum(points[each].total for each in side)
        less = sum(points[each].total for each in other)
        if (
            area in features.areas
            and more >= _SIDE_FACTOR * less
            and more - less >= _SIDE_POINTS
        ):
            regions = tuple(each for each in side if points[each].total)
            why = Reason(Why.FOCUS_SIDE, {"regions": regions})
            sides.append(Focus(area, regions, more - less, (why,)))
    return sides
