"""Session numbers: confirmation of unexpected readings."""

from enum import Enum, auto
from typing import Final

from ..device.model import Status
from ..device.timeouts import SECOND_READING

_WRAP: Final = 2**32
"""The device counts in 32 bits (profile, Status, octet 10)."""


class Reading(Enum):
    """Meaning of a reading of the session number."""

    BELIEVED = auto()
    """The number has stayed or grown by one, or a second reading has confirmed it."""
    DOUBTED = auto()
    """The number went back or jumped, and is not confirmed yet."""
    FIRST = auto()
    """The first number: nothing is known of earlier sessions."""


class Counter:
    """Decides which session numbers of one device are believed.

    The last believed number and the one after it are believed at once. Any other number is believed when a second
    reading agrees: a Status at least `SECOND_READING` seconds after the first one, on any connection.
    """

    def __init__(self, number: int | None) -> None:
        """Initialize with the last believed number; None before the first reading."""
        self.number = number
        """The believed number."""
        self._first_at: float | None = None
        """Time of the first reading, until a second one agrees."""
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
        """Judge the number of a status from monotonic time `at`, in seconds."""
        number = status.session
        if self.number is None or (
            # The first reading is not confirmed yet.
            self._first_at is not None and not _follows(number, self.number)
        ):
            self.number = number
            # A running session confirms its number.
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
    """Return by how many sessions a number is ahead of another; negative if behind."""
    return (number - other + _WRAP // 2) % _WRAP - _WRAP // 2


def plus(number: int, sessions: int) -> int:
    """Return the number that is so many sessions ahead of another."""
    return (number + sessions) % _WRAP


def _follows(number: int, other: int) -> bool:
    return ahead(number, other) in (0, 1)
