"""The answers to the questionnaire that a dialogue has collected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ..consultation.questionnaire import (
    FEELING,
    FIRMNESS,
    MINUTES,
    Feeling,
    Firmness,
    minutes_of,
)
from ..device.model import Features, Region
from .place import DEFAULT_DEGREE, Place, less_than
from .sayings import Say, Saying, Topic
from .understanding import Facts
from .vocabulary import Intent, Side

_OTHER: Final[Mapping[Side | None, Side]] = {
    Side.LEFT: Side.RIGHT,
    Side.RIGHT: Side.LEFT,
}


class Answers:
    """Answers so far."""

    def __init__(self, features: Features) -> None:
        """Initialise without answers."""
        self._features = features
        self._last_places: tuple[Place, ...] = ()
        self.choices: dict[str, Any] = {}
        """Answers by field name, except discomfort."""
        self.degrees: dict[Region, int] = {}
        self.where_known = False
        """Whether the person has said where there is discomfort, or that there is none."""

    def as_dict(self) -> dict[str, Any]:
        """Return the answers by field name of the questionnaire."""
        degrees = {region.value: degree for region, degree in self.degrees.items()}
        return {**self.choices, **degrees}

    def take(self, facts: Facts, topic: Topic | None) -> list[Saying]:
        """Take the answers in an utterance; return what is said of them."""
        taken = dict(facts.answers)
        if facts.hurts and FEELING.name not in {**self.choices, **taken}:
            taken[FEELING.name] = Feeling.SORE
        if topic is Topic.FIRMNESS and FIRMNESS.name not in taken:
            if facts.wants(Intent.GENTLER):
                taken[FIRMNESS.name] = Firmness.GENTLE
            elif facts.wants(Intent.FIRMER):
                taken[FIRMNESS.name] = Firmness.FIRM
        says: list[Saying] = []
        bounds = minutes_of(self._features)
        if facts.longest:
            taken[MINUTES.name] = bounds.highest
        elif facts.minutes is not None:
            if bounds.lowest <= facts.minutes <= bounds.highest:
                taken[MINUTES.name] = facts.minutes
            else:
                limits = {"shortest": bounds.lowest, "longest": bounds.highest}
                says.append(Say("minutes_range", limits))
        self.choices |= taken
        named = self._take_all_places(facts, topic)
        degrees = {
            name: degree
            for name, degree in named.items()
            if self.degrees.get(Region(name)) == degree
        }
        if taken or degrees:
            says.insert(0, Say("understood", {"facts": {**taken, **degrees}}))
        return says

    def _take_all_places(self, facts: Facts, topic: Topic | None) -> dict[str, int]:
        """Take the degrees of discomfort of an utterance and of what is said instead, by region."""
        # "I didn't say the lower back" takes back that place only.
        moves = (
            facts.corrects
            and topic is not Topic.CAUTIONS
            and any(place.degree != 0 for place in facts.places)
        )
        if facts.only and facts.places and topic in (Topic.OFFER, Topic.SAVED):
            self.degrees.clear()
        named = self._take_places(facts, moves=moves)
        for each in facts.revisions:
            named |= self._take_places(each, moves=True)
        return named

    def _take_places(self, facts: Facts, *, moves: bool) -> dict[str, int]:
        """Take the degrees of discomfort; return those that an utterance names, by region.

        `moves` tells whether they replace the last ones.
        """
        last = self._last_places
        places = facts.places
        if facts.wants(Intent.OTHER_SIDE) and last and not places:
            places = tuple(
                Place(each.row, _OTHER.get(each.side, each.side), each.degree)
                for each in last
            )
            moves = True
        about_pain = set(facts.answers) <= {FEELING.name} and facts.minutes is None
        if not places and facts.degree and moves and about_pain:
            places = tuple(replace(each, degree=facts.degree) for each in last)
        if not places:
            return {}
        rows = tuple(each.row for each in last if each.row is not None)
        only_side = all(each.row is None for each in places)
        both = all(each.side in (None, Side.BOTH) for each in last)
        # "The neck" … "only on the left".
        narrows = both and only_side and all(each.refines for each in places)
        moved = (moves or narrows) and bool(last)
        # "The right one" is in the rows named before, "the right side" is in all.
        same_rows = only_side and (moved or all(each.refines for each in places))
        exact: dict[Region, tuple[int, int]] = {}
        if moved:
            stays = not moves and any(each.mainly for each in places)
            for region in [each for place in last for each in place.regions()]:
                before = self.degrees.pop(region, None)
                if stays:
                    # "The neck" … "more on the left".
                    exact[region] = (-len(Region), less_than(before))
        highest = max((each.degree or DEFAULT_DEGREE for each in last), default=0)
        fallback = highest if moved else DEFAULT_DEGREE
        for place in places:
            meant = place.regions(rows if same_rows else ())
            degree = fallback if place.degree is None else place.degree
            for region in meant:
                # The more exact place counts, and of several the worse.
                named = (-len(meant), degree)
                exact[region] = max(exact.get(region, named), named)
        degrees = {region: degree for region, (_, degree) in exact.items()}
        if same_rows and rows:
            places = tuple(
                Place(row, place.side, place.degree) for place in places for row in rows
            )
        self._last_places = tuple(
            Place(each.row, each.side, fallback if each.degree is None else each.degree)
            for each in places
        )
        self.degrees |= degrees
        self.where_known = True
        return {region.value: degree for region, degree in degrees.items()}
