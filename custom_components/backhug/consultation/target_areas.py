"""The areas that the middle of a session targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..device.model import Area, Features, Region, TensionScan
from ..programmes.model import nearest_area
from .questionnaire import Feeling, Questionnaire
from .reasons import Reason, ReasonKey
from .trends import SessionTrends

_MEASURED: Final = 3
"""Points for a tension of 100 %, as many as for the highest discomfort."""
_UNCHANGED: Final = 1
"""Points for a region whose tension the last sessions did not reduce."""
_SIDE_FACTOR: Final = 2
"""A side is targeted on its own if it has this many times the points of the other side ..."""
_SIDE_POINTS: Final = 2
"""... and this many points more."""
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
    """Points of a region."""

    discomfort: int
    measured: float
    """Tension in per cent."""
    unchanged: bool

    @property
    def total(self) -> float:
        return (
            self.discomfort
            + _MEASURED * self.measured / 100
            + (_UNCHANGED if self.unchanged else 0)
        )


def _points(
    questionnaire: Questionnaire, trends: SessionTrends, scan: TensionScan | None
) -> dict[Region, _Points]:
    tension = {} if scan is None else scan.regions
    return {
        region: _Points(
            questionnaire.discomfort.get(region, 0),
            tension.get(region) or 0.0,
            region in trends.unchanged,
        )
        for region in Region
    }


@dataclass(frozen=True, slots=True)
class TargetArea:
    """An area to target, with the reasons."""

    area: Area | None
    """An area of the device; None if it offers no known area."""
    regions: tuple[Region, ...]
    weight: float
    reasons: tuple[Reason, ...]


def target_areas(
    questionnaire: Questionnaire,
    features: Features,
    trends: SessionTrends,
    scan: TensionScan | None,
) -> list[TargetArea]:
    """Return the areas with at least half the points of the highest one, highest first.

    Rows of the back for which the device uses the same area count as one.
    """
    points = _points(questionnaire, trends, scan)
    rows = [_row(questionnaire, row, points) for row in _ROWS]
    if not any(row.weight for row in rows):
        even = TargetArea(Area.ALONG_SPINE, (), 1, (Reason(ReasonKey.FOCUS_EVEN),))
        return [_offered(even, features)]
    by_area: dict[Area | None, TargetArea] = {}
    for row in (_offered(row, features) for row in rows if row.weight):
        same = by_area.get(row.area)
        by_area[row.area] = row if same is None else _merged(same, row)
    highest = max(target.weight for target in by_area.values())
    kept = [
        target
        for target in (*by_area.values(), *_sides(features, points))
        if 2 * target.weight >= highest
    ]
    return sorted(kept, key=lambda target: -target.weight)


def _offered(target: TargetArea, features: Features) -> TargetArea:
    """Return the target with the most similar area that the device offers, or its first one."""
    if target.area in features.areas or not features.areas:
        return replace(target, area=target.area if features.areas else None)
    area = nearest_area(target.area, features) or features.areas[0]
    assert target.area is not None
    replaced = Reason(ReasonKey.AREA_REPLACED, {"wanted": target.area, "used": area})
    return replace(target, area=area, reasons=(*target.reasons, replaced))


def _merged(one: TargetArea, other: TargetArea) -> TargetArea:
    return TargetArea(
        one.area,
        (*one.regions, *other.regions),
        one.weight + other.weight,
        (*one.reasons, *other.reasons),
    )


def _row(
    questionnaire: Questionnaire,
    row: tuple[Region, ...],
    points: Mapping[Region, _Points],
) -> TargetArea:
    """Return a row of the back, left and right, as a target."""
    reasons = []
    if uncomfortable := tuple(each for each in row if points[each].discomfort):
        reasons.append(Reason(ReasonKey.FOCUS_DISCOMFORT, {"regions": uncomfortable}))
    most = max(row, key=lambda each: points[each].measured)
    if tension := points[most].measured:
        reasons.append(
            Reason(
                ReasonKey.FOCUS_TENSION, {"regions": (most,), "tension": round(tension)}
            )
        )
    if unchanged := tuple(each for each in row if points[each].unchanged):
        reasons.append(Reason(ReasonKey.FOCUS_UNCHANGED, {"regions": unchanged}))
    return TargetArea(
        _AREAS[row][questionnaire.feeling],
        tuple(each for each in row if points[each].total),
        sum(points[each].total for each in row),
        tuple(reasons),
    )


def _sides(features: Features, points: Mapping[Region, _Points]) -> list[TargetArea]:
    """Return the side of the back that clearly has more points than the other, if offered."""
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
            reason = Reason(ReasonKey.FOCUS_SIDE, {"regions": regions})
            sides.append(TargetArea(area, regions, more - less, (reason,)))
    return sides
