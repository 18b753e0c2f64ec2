"""A place of discomfort that somebody names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..device.model import Region
from .vocabulary import Row, Side

_ROWS: Final[Mapping[Row, tuple[str, ...]]] = {
    Row.UPPER: ("upper",),
    Row.MID: ("mid",),
    Row.LOWER: ("lower",),
    Row.WHOLE: ("upper", "mid", "lower"),
    Row.EVERYTHING: ("upper", "mid", "lower"),
}
_SIDES: Final[Mapping[Side, tuple[str, ...]]] = {
    Side.LEFT: ("left",),
    Side.RIGHT: ("right",),
    Side.BOTH: ("left", "right"),
}
DEFAULT_DEGREE: Final = 2
"""Degree of a discomfort that is named without one."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place of discomfort."""

    row: Row | None
    """None if only a side is named."""
    side: Side | None
    """None if only a row is named."""
    degree: int | None = None
    """0 … 3; None if it is not said."""
    refines: bool = False
    """A side of the place before: "the right one", but not "the right side"."""
    mainly: bool = False
    """Worse than the places before it."""

    def regions(self, rows: tuple[Row, ...] = ()) -> tuple[Region, ...]:
        """Return the regions; `rows` are those that a side alone means, by default all."""
        named = (self.row,) if self.row else rows or (Row.WHOLE,)
        return tuple(
            Region(f"{side}_{row}")
            for each in named
            for row in _ROWS[each]
            for side in _SIDES[self.side or Side.BOTH]
        )

    def on_side(self, other: Place) -> Place | None:
        """Return this row on the side that another place is; None if they are two places.

        "The lower back, left side".
        """
        if (
            self.row in (None, Row.EVERYTHING)
            or self.side is not None
            or other.row is not None
            or other.refines
            or other.side not in (Side.LEFT, Side.RIGHT)
            or 0 in (self.degree, other.degree)
            or None not in (self.degree, other.degree)
        ):
            return None
        degree = other.degree if self.degree is None else self.degree
        return replace(self, side=other.side, degree=degree)


def less_than(degree: int | None) -> int:
    """Return a lower degree of discomfort, but some."""
    return max((DEFAULT_DEGREE if degree is None else degree) - 1, 1)
