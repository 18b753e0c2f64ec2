"""What only the owner knows: how long a session can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
import re

from .notes import MOST_MINUTES

RANGE = re.compile(r"(\d{1,2})-(\d{1,2})(?:/(\d{1,2}))?")


class OwnerError(Exception):
    """An answer that cannot be used."""


@dataclass(frozen=True, slots=True)
class Minutes:
    """The shortest and the longest session of the app, and the step between."""

    least: int
    most: int
    step: int = 1

    @property
    def values(self) -> range:
        """All of them."""
        return range(self.least, self.most + 1, self.step)


def read_minutes(text: str) -> Minutes:
    """Read a range such as 10-45/5; raise OwnerError if it is none."""
    found = RANGE.fullmatch(text)
    least, most, step = (
        (int(one or 1) for one in found.groups()) if found else (0, 0, 0)
    )
    if not (0 < least < most <= MOST_MINUTES and step and (most - least) % step == 0):
        raise OwnerError(
            "--minutes: write the shortest and the longest that the app offers, and the step, such as 10-45/5. The longest is "
            f"{MOST_MINUTES} at most."
        )
    return Minutes(least, most, step)


def with_minutes(
    spec: dict[str, object],
    minutes: Minutes,
    pressed: Iterable[object],
    *,
    is_text: bool,
) -> dict[str, object]:
    """Return the parameter for all minutes of the app; raise OwnerError if what was pressed disagrees."""
    if "map" in spec:
        raise OwnerError(
            "--minutes: the octets of the minutes follow no rule that was found. Press the shortest, the longest and two others."
        )
    for value in pressed:
        if value not in minutes.values:
            raise OwnerError(f"--minutes: {value} was pressed, and is not among these.")
    if minutes.step == 1:
        return spec | {"min": minutes.least, "max": minutes.most}
    return {"map": {value: _code(spec, value, is_text) for value in minutes.values}}


def _code(spec: dict[str, object], value: int, is_text: bool) -> str:
    def number(key: str, default: int) -> int:
        found = spec.get(key, default)
        return found if isinstance(found, int) else default

    code = value * number("scale", 1) + number("add", 0)
    if is_text:
        return f"{code:0{number('digits', 1)}}"
    big = spec.get("endian") == "big"
    return code.to_bytes(number("size", 1), "big" if big else "little").hex(" ")
