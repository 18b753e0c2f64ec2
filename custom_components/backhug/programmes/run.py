"""A running programme: its progress, and the limit of its strength."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Final, Self

from ..device.model import Area, Flow, State, Status
from .model import FittedStep, Skipped, begins

SETTINGS: Final = ("area", "flow", "strength")
"""The settings of a step, by name."""

_EARLY: Final = 0.5
"""Seconds before its beginning from which a step is due: the device rounds its seconds."""


@dataclass
class Run:
    """A running programme."""

    session: int
    """The number that the device gave the session."""
    key: str
    name: str | None
    """As of the programme."""
    steps: tuple[FittedStep, ...]
    skipped: tuple[Skipped, ...]
    _: KW_ONLY
    step: int = 0
    """The current step: an index of `steps`."""
    unsent: dict[str, str | int | None] = field(default_factory=dict)
    """The settings of this step that are still to be sent, with what the device showed before them."""
    certain: bool = True
    """False if the start was not answered: the session may be another one."""
    seen: bool = False
    """Whether the device has shown the session."""
    strength: int = 0
    """As the device showed it last, or as it was set; 0 is replaced by the one before this step."""
    at_most: int | None = None
    """The level to which somebody turned it down: no step goes above it."""
    sending: int | None = None
    """The strength that was sent and that the device has not shown yet; not stored."""

    def __post_init__(self) -> None:
        """Complete the strength."""
        self.strength = self.strength or int(
            self.unsent.get("strength") or self.steps[self.step].strength
        )

    @property
    def level(self) -> int:
        """The strength of the current step, limited to what somebody turned it down to."""
        level = self.steps[self.step].strength
        return level if self.at_most is None else min(level, self.at_most)

    @property
    def programme(self) -> str:
        """The programme by the option under which it is chosen."""
        return self.key if self.name is None else self.name

    @property
    def settings(self) -> dict[str, int | Area | Flow]:
        """The settings of the current step, by name."""
        step = self.steps[self.step]
        settings = {"strength": self.level, "area": step.area, "flow": step.flow}
        return {name: value for name, value in settings.items() if value is not None}

    def goes_on(self, status: Status) -> bool:
        """Return whether the session that the programme was started with runs."""
        if status.session != self.session:
            # The device has answered the start, but its next Status was lost.
            return self.certain and not self.seen and status.session == self.session - 1
        if status.state is State.UNKNOWN:
            return True
        first = self.steps[0]
        if not self.certain and (
            status.length != 60 * sum(step.minutes for step in self.steps)
            or status.strength != first.strength
            or first.area not in (None, status.area)
            or first.flow not in (None, status.flow)
        ):
            return False
        self.certain = self.seen = True
        return status.running

    def take_strength(self, status: Status) -> bool:
        """Limit later steps to a strength that somebody turned down; return whether that is to be stored."""
        before, strength = self.strength, status.strength
        if strength is None or strength == before:
            return False
        self.strength = strength
        if strength == self.sending:
            self.sending = None
            if self.at_most is not None and strength > self.at_most:
                # It was turned down while this was on its way.
                self.unsent["strength"] = strength
            return False
        if strength < before:
            self.at_most = strength
        elif self.at_most is not None and strength > self.at_most:
            lifted = strength >= self.steps[self.step].strength
            self.at_most = None if lifted else strength
        return True

    def advance(self, passed: float, status: Status) -> bool:
        """Go to the step that is due after so many seconds; return whether that is another one."""
        due = sum(start <= passed + _EARLY for start in begins(self.steps)) - 1
        if due <= self.step:
            return False
        self.step = due
        self.unsent = {name: getattr(status, name) for name in self.settings}
        return True

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for `from_dict`."""
        return {
            "session": self.session,
            "key": self.key,
            "name": self.name,
            "steps": [step.as_dict() for step in self.steps],
            "skipped": [skipped.as_dict() for skipped in self.skipped],
            "step": self.step,
            "unsent": dict(self.unsent),
            "certain": self.certain,
            "seen": self.seen,
            "strength": self.strength,
            "at_most": self.at_most,
        }

    def as_sent(self) -> dict[str, Any]:
        """Return plain values for `from_dict`, with nothing left to send.

        A step is sent once, even if everything fails in the middle of it.
        """
        # After a power cut the device shows no less than this, unless somebody turned it down.
        strength = min(self.strength, self.level)
        return {**self.as_dict(), "unsent": {}, "strength": strength}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the run from the values of `as_dict`, after a restart.

        Keys of a later version are ignored. Raises AttributeError, LookupError, TypeError or ValueError for
        other values.
        """
        run = cls(
            session=int(values["session"]),
            key=values["key"],
            name=values["name"],
            steps=tuple(map(FittedStep.from_dict, values["steps"])),
            skipped=tuple(
                skipped
                for each in values["skipped"]
                if (skipped := Skipped.from_dict(each)) is not None
            ),
            step=int(values["step"]),
            unsent={
                name: values["unsent"][name]
                for name in SETTINGS
                if name in values["unsent"]
            },
            certain=values.get("certain", True),
            # Whatever the device shows first is newer than the restart.
            seen=True,
            strength=int(values.get("strength") or 0),
            at_most=_level(values.get("at_most")),
        )
        if not 0 <= run.step < len(run.steps):
            raise ValueError("no such step")
        if "strength" in run.unsent:
            # It was on its way before the restart, and may have got through.
            run.sending = run.level
        return run


def _level(value: Any) -> int | None:
    return None if value is None else int(value)
