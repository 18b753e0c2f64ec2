"""A person's back as the fingers feel it, and how a session relieves it."""

from math import exp
from random import Random

from .build import Area

NOT_TOUCHING = 255
"""The effort of a finger that does not touch the back (profile: Tension stream)."""
MOST_EFFORT = 254

_STILL_TENSE = 0.35
"""The share of the tension that no session takes away."""
_RELIEF_PER_SECOND = 1 / 1500
"""At full strength on the very place: about half of it goes in 20 minutes."""
_ELSEWHERE = 0.1
"""What a place feels of a session that treats another one."""
_UNSTEADINESS = 0.02
"""How much two scans of the same back differ by breathing."""


class Person:
    """A back with a tense neck and shoulders, less so the waist, never quite even.

    Finger indices are those of the profile: the first half is the column at the
    person's own left, neck to waist, the second half the right one.
    """

    def __init__(self, fingers: int, seed: int = 1) -> None:
        """Lay out a back for that many fingers (even); the same seed, the same back."""
        self._random = Random(seed)  # noqa: S311
        self._rows = fingers // 2
        self._reached_by_area: dict[int, tuple[float, ...]] = {}
        tight_side = self._random.choice((0, 1))
        self._rested = [
            self._natural_tension(finger, tight_side) for finger in range(fingers)
        ]
        self._tension = list(self._rested)
        # The hollow of the back does not reach every finger.
        hollow = [
            finger
            for finger in range(fingers)
            if 0.55 < self.height(finger) < 0.8  # noqa: PLR2004
        ]
        self.not_touching = frozenset(
            self._random.sample(hollow, min(len(hollow), 2 if fingers > 12 else 1))  # noqa: PLR2004
        )

    def height(self, finger: int) -> float:
        """Return where a finger is, from 0 (neck) to 1 (waist)."""
        return (finger % self._rows + 0.5) / self._rows

    def _natural_tension(self, finger: int, tight_side: int) -> float:
        """Return the untreated tension of a place, 0 to 1."""
        height = self.height(finger)
        shoulders = 0.6 * exp(-(((height - 0.18) / 0.2) ** 2))
        waist = 0.35 * exp(-(((height - 0.9) / 0.15) ** 2))
        tension = 0.2 + shoulders + waist + self._random.uniform(-0.05, 0.05)
        if finger // self._rows == tight_side:
            tension *= 1.15
        return min(max(tension, 0.0), 1.0)

    def scan(self) -> tuple[int, ...]:
        """Return the effort of each finger now: 0-254, or 255 where none touches."""
        random = self._random.random
        return tuple(
            NOT_TOUCHING
            if finger in self.not_touching
            else min(
                round(tension * (1 + _UNSTEADINESS * (2 * random() - 1)) * MOST_EFFORT),
                MOST_EFFORT,
            )
            for finger, tension in enumerate(self._tension)
        )

    def relieve(self, seconds: float, strength: float, area: int) -> None:
        """Treat an area for some seconds; strength is the share of the strongest."""
        reached = self._reached(area)
        left = {
            reach: exp(-(_RELIEF_PER_SECOND * strength * reach) * seconds)
            for reach in set(reached)
        }
        self._tension = [
            (still_tense := rested * _STILL_TENSE) + (now - still_tense) * left[reach]
            for now, rested, reach in zip(
                self._tension, self._rested, reached, strict=True
            )
        ]

    def recover(self) -> None:
        """Let half of the relief go again, as between two sessions."""
        self._tension = [
            (now + rested) / 2
            for now, rested in zip(self._tension, self._rested, strict=True)
        ]

    def _reached(self, area: int) -> tuple[float, ...]:
        """Return how much each place feels of a session in an area, 0 to 1."""
        if area not in self._reached_by_area:
            self._reached_by_area[area] = tuple(
                self._reach(finger, area) for finger in range(len(self._rested))
            )
        return self._reached_by_area[area]

    def _reach(self, finger: int, area: int) -> float:
        height = self.height(finger)
        left = finger < self._rows
        treated = {
            Area.UPPER_BACK: height < 1 / 3,
            Area.MID_BACK: 1 / 3 <= height < 2 / 3,
            Area.LOWER_BACK: height >= 2 / 3,
            Area.SHOULDER_BLADES: 0.1 < height < 0.5,  # noqa: PLR2004
            Area.LEFT_SIDE: left,
            Area.RIGHT_SIDE: not left,
        }
        # The whole back, the spine and unknown areas reach everything a bit less.
        if area not in treated:
            return 0.8
        return 1.0 if treated[Area(area)] else _ELSEWHERE
