"""Settings that were asked for, and hold until the device reports them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from .description import FieldValue

SETTLED_AFTER: Final = 1.0
"""Seconds after a setting in which a report may still be of the value before it."""
HELD_AT_MOST: Final = 15.0
"""Seconds for which a setting holds without any report."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A value, the one that was reported before, and when it was set."""

    value: FieldValue
    before: FieldValue | None
    at: float
    for_start: bool
    """Whether the next start takes it."""


class HeldValues:
    """Firmware may answer a setting first and report it later: until then the newest value counts.

    A value that the next start takes holds until that start, or until the device reports a change.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        """Begin with nothing; `now` is the event loop's clock."""
        self._now = now
        self._held: dict[str, _Held] = {}

    @property
    def values(self) -> dict[str, FieldValue | None]:
        """The values that hold, by field."""
        since = self._now() - HELD_AT_MOST
        return {
            name: each.value
            for name, each in self._held.items()
            if each.for_start or each.at > since
        }

    @property
    def for_start(self) -> dict[str, FieldValue]:
        """The values that the next start takes, by field."""
        return {n: each.value for n, each in self._held.items() if each.for_start}

    @property
    def unconfirmed(self) -> bool:
        """Whether a value holds that the device is about to report."""
        return self.values.keys() != self.for_start.keys()

    def hold(
        self,
        name: str,
        value: FieldValue,
        before: FieldValue | None,
        *,
        for_start: bool = False,
    ) -> None:
        """Hold a value that was set, unless it is reported already."""
        self._held.pop(name, None)
        if value != before:
            self._held[name] = _Held(value, before, self._now(), for_start)

    def session_began(self) -> None:
        """Forget the values for a start: a session that begins has its own."""
        for name in self.for_start:
            del self._held[name]

    def reported(self, values: Mapping[str, FieldValue | None]) -> None:
        """Take what the device reports: any other value than before counts, and a late one in any case."""
        for name in self._held.keys() & values.keys():
            held = self._held[name]
            if held.for_start and held.before is None:
                self._held[name] = replace(held, before=values[name])
            elif values[name] != held.before or (
                not held.for_start and self._now() >= held.at + SETTLED_AFTER
            ):
                del self._held[name]
