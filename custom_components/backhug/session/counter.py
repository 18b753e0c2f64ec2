"""The session number that a device shows: which readings of it are believed."""

from enum import Enum, auto
from typing import Final

from ..device.model import Status

SECOND_READING: Final = 2.0
"""Seconds after which a second reading may confirm a number that was not expected.

A counter may show 0, or another number, for a moment after a power cut.
"""
_WRAP: Final = 2**32
"""The device counts in 32 bits (profile, Status, octet 10)."""


class Reading(Enum):
    """What a reading of the session number means."""

    BELIEVED = auto()
    """The number is as before or one more, or a second reading has confirmed it."""
    DOUBTED = auto()
    """It went back or jumped, and no second reading has confirmed that yet."""
    FIRST = auto()
    """The device counts from here: nothing is known of the sessions before."""


class Counter:
    """Decides which session numbers of one device are believed.

    The number that was believed last and the one after it are believed at once. Any other number is believed
    when a second reading agrees: a Status that comes at least `SECOND_READING` seconds after the first one, on
    the same connection or on another one.
    """

    def __init__(self, number: int | None) -> None:
        """Begin with the number that was believed last; None before the first reading."""
        self.number = number
        """The number that is believed."""
        self._first_at: float | None = None
        """When the first reading was made, until a second one agrees with it."""
        self._doubted: int | None = None
        self._doubted_at = 0.0

    @property
    def doubted(self) -> bool:
        """Whether the device shows a number that is not believed."""
        return self._doubted is not None

    @property
    def unconfirmed(self) -> bool:
        """Whether a second reading is needed."""
        return self.doubted or self._first_at is not None

    def read(self, status: Status, at: float) -> Reading:
        """Take a status that came at `at`, in seconds of a monotonic clock."""
        number = status.session
        if self.number is None or (
            # Nothing is known yet that the first reading could have been compared with.
            self._first_at is not None and not _follows(number, self.number)
        ):
            self.number = number
            # A session that is seen to run confirms its number.
            self._first_at = None if status.running else at
            return Reading.FIRST
        if _follows(number, self.number):
            if number != self.number or (
                self._first_at is not None and at - self._first_at >= SECOND_READING
            ):
                self._first_at = None
        else:
            if self._doubted is None or not _follows(number, self._doubted):
                self._doubted_at = at
            self._doubted = number
            if at - self._doubted_at < SECOND_READING:
                return Reading.DOUBTED
        self.number, self._doubted = number, None
        return Reading.BELIEVED


def ahead(number: int, other: int) -> int:
    """Return by how many sessions a number is ahead of another one; negative if it is behind."""
    return (number - other + _WRAP // 2) % _WRAP - _WRAP // 2


def plus(number: int, sessions: int) -> int:
    """Return the number that is so many sessions ahead of another one."""
    return (number + sessions) % _WRAP


def _follows(number: int, other: int) -> bool:
    return ahead(number, other) in (0, 1)
