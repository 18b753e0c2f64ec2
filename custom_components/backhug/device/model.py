"""Data model of a BackHug, independent of its protocol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from inspect import signature
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_MINUTES: Final = 60
"""Longest session that is ever requested, whatever the device offers (the maker's safety page)."""

MOST_PRESSES: Final = 3
"""Most presses of a strength key at a time, where the strength has no levels."""

NAME_PREFIX: Final = "BackHug"
_MAX_TEXT: Final = 40


class State(StrEnum):
    """Operating state (profile, Status, octet 0)."""

    STANDBY = "standby"
    SCANNING = "scanning"
    TREATING = "treating"
    PAUSED = "paused"
    FINISHING = "finishing"
    FAULT = "fault"
    UNKNOWN = "unknown"
    """Not defined in this version of the profile: only stop is available."""


RUNNING: Final = frozenset({State.SCANNING, State.TREATING, State.PAUSED})
"""States in which a session runs."""


class Fault(StrEnum):
    """Cause of the state fault (profile, Status, octet 1)."""

    FINGER_BLOCKED = "finger_blocked"
    LEG_REST_BLOCKED = "leg_rest_blocked"
    TOO_HOT = "too_hot"
    INTERNAL = "internal"
    UNKNOWN = "unknown"


class Area(StrEnum):
    """Treatment area (profile, area codes)."""

    FULL_BACK = "full_back"
    UPPER_BACK = "upper_back"
    MID_BACK = "mid_back"
    LOWER_BACK = "lower_back"
    SHOULDER_BLADES = "shoulder_blades"
    ALONG_SPINE = "along_spine"
    LEFT_SIDE = "left_side"
    RIGHT_SIDE = "right_side"


class Flow(StrEnum):
    """Movement of the fingers (profile, flow codes)."""

    SLOW = "slow"
    MEDIUM = "medium"
    FAST = "fast"
    WAVE = "wave"
    PULSE = "pulse"


class SessionEnd(StrEnum):
    """End of the last session (profile, Status, octet 14)."""

    NONE = "none"
    COMPLETED = "completed"
    STOPPED_BY_CLIENT = "stopped_by_client"
    STOPPED_AT_DEVICE = "stopped_at_device"
    PERSON_LEFT = "person_left"
    FAULT = "fault"
    PAUSED_TOO_LONG = "paused_too_long"
    POWER_LOST = "power_lost"
    UNKNOWN = "unknown"


class Region(StrEnum):
    """Region of the back for which tension is reported, as in the maker's app."""

    LEFT_UPPER = "left_upper"
    LEFT_MID = "left_mid"
    LEFT_LOWER = "left_lower"
    RIGHT_UPPER = "right_upper"
    RIGHT_MID = "right_mid"
    RIGHT_LOWER = "right_lower"


class Phase(StrEnum):
    """Time of a scan relative to the session (profile, Tension stream, octet 0)."""

    BEFORE = "before"
    LIVE = "live"
    AFTER = "after"


def member[EnumT: StrEnum](kind: type[EnumT], value: object) -> EnumT | None:
    """Return the member for a stored value; None if this version does not define it."""
    return kind(value) if isinstance(value, str) and value in kind else None


def known_fields(kind: type[object], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored values that the constructor of this version accepts."""
    return {name: values[name] for name in signature(kind).parameters if name in values}


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Capabilities of a device. Constant until its firmware changes."""

    strength_levels: int
    """Number of strength levels, 1–20; the lowest level is 1. 0 if no level can be set."""
    fingers: int
    """Even, 2–64; 0 if the tension is not measured."""
    areas: tuple[Area, ...]
    flows: tuple[Flow, ...]
    min_minutes: int
    """Length of the shortest session, 1–60."""
    max_minutes: int
    """Length of the longest session, 1–60."""
    can_pause: bool
    senses_occupancy: bool
    reports_leg_rest: bool
    measures_tension: bool
    profile_minor: int = 0
    # What only the device of a described protocol may lack.
    steps_strength: bool = False
    """Whether the strength can only be raised and lowered."""
    reports_state: bool = True
    """Whether the state is reported; otherwise it is assumed."""
    reports_faults: bool = True
    numbers_sessions: bool = True
    """Whether sessions are numbered by the device; otherwise they are counted while it is connected."""
    ends_pauses: bool = True
    """Whether the device ends a session that is paused too long."""

    @property
    def sets_strength(self) -> bool:
        """Whether a level of strength can be set."""
        return self.strength_levels > 0

    @property
    def largest_step(self) -> int:
        """The most levels, or presses of a key, by which the strength may change at a time; 0 if it cannot."""
        return self.strength_levels or (MOST_PRESSES if self.steps_strength else 0)

    @property
    def can_resume(self) -> bool:
        """Whether a session can be paused: by a client, or because the person left."""
        return self.can_pause or self.senses_occupancy

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return features from the result of `dataclasses.asdict`; ignore what a later version added."""
        return cls(
            **{
                **known_fields(cls, values),
                "areas": tuple(Area(area) for area in values["areas"] if area in Area),
                "flows": tuple(Flow(flow) for flow in values["flows"] if flow in Flow),
                "max_minutes": min(values["max_minutes"], MAX_MINUTES),
            }
        )


@dataclass(frozen=True, slots=True)
class DeviceInformation:
    """Texts of the standard Device Information service; each may be missing."""

    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    hardware: str | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return texts from the result of `dataclasses.asdict`; ignore what a later version added."""
        return cls(**known_fields(cls, values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Status as last notified or read."""

    state: State
    fault: Fault | None
    """None in every state but fault."""
    strength: int | None
    """None if the device reports a level that it does not offer."""
    area: Area | None
    """None if not defined in this version of the profile."""
    flow: Flow | None
    """None if not defined in this version of the profile."""
    occupied: bool
    leg_rest_raised: bool
    paused_by_leaving: bool
    length: int
    """Length in seconds of the running session or, if none runs, of the next one (0–3600)."""
    session: int
    """Sessions started since manufacture; the number of the running session."""
    last_end: SessionEnd
    seconds_left: int
    """Counts down each second; the countdown is not a change, see `changes`."""

    @property
    def running(self) -> bool:
        """Whether a session runs (scanning, treating or paused)."""
        return self.state in RUNNING

    def counts_down(self, before: Status) -> bool:
        """Return whether the status differs from an earlier one in `seconds_left` only, if at all."""
        return _differing(before, self) <= {"seconds_left"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the running session or, if none runs, of the next one."""

    strength: int | None
    area: Area | None
    flow: Flow | None
    minutes: int


class AskedLength(NamedTuple):
    """The length that was asked for, as far as the client keeps it."""

    minutes: int | None = None
    ends_in: float | None = None
    """Seconds until the client stops the running session, negative if it is overdue; None if none runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """Settings to change together; None leaves a setting unchanged.

    A value and its step are mutually exclusive. A step is relative to the status when the request is sent.
    """

    strength: int | None = None
    strength_step: int | None = None
    """Change in levels; negative is softer."""
    area: Area | None = None
    flow: Flow | None = None
    minutes: int | None = None
    minutes_step: int | None = None

    @property
    def names(self) -> set[str]:
        """The settings that are changed, as in `Settings`."""
        return {
            each.name.removesuffix("_step")
            for each in fields(self)
            if getattr(self, each.name) is not None
        }


def is_weaker(strength: int, than: int | None) -> bool:
    """Return whether a strength is, or may be, weaker than another one; None is unknown."""
    return than is None or strength < than


@dataclass(frozen=True, slots=True)
class TensionScan:
    """Effort of every finger in one scan of the back."""

    phase: Phase
    efforts: tuple[int | None, ...]
    """0 (none) to 254 (most) for each finger; None if it does not touch the back."""

    @property
    def back(self) -> float | None:
        """Tension of the back in per cent; None if no finger touches it."""
        return _per_cent(self.efforts)

    @property
    def regions(self) -> dict[Region, float | None]:
        """Tension of each region in per cent; None if no finger touches it."""
        rows = len(self.efforts) // 2
        fingers: dict[Region, list[int | None]] = {region: [] for region in Region}
        for index, effort in enumerate(self.efforts):
            column, row = divmod(index, rows)
            fingers[_REGIONS[column * 3 + 3 * row // rows]].append(effort)
        return {region: _per_cent(efforts) for region, efforts in fingers.items()}


@dataclass(frozen=True, slots=True)
class TensionRecord:
    """Scans before and after one session; None if not measured."""

    session: int
    before: TensionScan | None
    after: TensionScan | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """State of one BackHug at one moment."""

    status: Status | None
    settings: Settings | None
    """As in the status, overridden by settings that the device has not yet confirmed."""
    connected: bool
    resting: bool = False
    """Disconnected because nothing needs the connection: the values are the last known ones."""
    ends_at: datetime | None = None
    """End of the running session; None if none runs or it is paused."""
    pause_ends_at: datetime | None = None
    """When the device ends a paused session by itself; None if that is not known."""
    tension: TensionScan | None = None
    """Newest scan."""
    record: TensionRecord | None = None
    features: Features | None = None
    information: DeviceInformation | None = None
    incompatible: str | None = None
    """Reason of the IncompatibleError that prevents any operation; None if there is none."""


def changes(before: Snapshot, now: Snapshot) -> frozenset[str]:
    """Return the names of the changed fields of Snapshot, with those of Status and Settings in place of the whole.

    `status` and `settings` themselves are named if they appeared or vanished. The countdown of `seconds_left`
    is not a change.
    """
    changed = _differing(before, now)
    for name in ("status", "settings"):
        old, new = getattr(before, name), getattr(now, name)
        if name in changed and old is not None and new is not None:
            changed = changed - {name} | _differing(old, new)
    return changed - {"seconds_left"}


def _differing[DataT: DataclassInstance](before: DataT, now: DataT) -> frozenset[str]:
    """Return the names of the fields in which two dataclass instances differ."""
    return frozenset(
        field.name
        for field in fields(now)
        if getattr(before, field.name) != getattr(now, field.name)
    )


_REGIONS: Final = tuple(Region)


def _per_cent(efforts: Iterable[int | None]) -> float | None:
    touching = [effort for effort in efforts if effort is not None]
    return 100 * sum(touching) / (254 * len(touching)) if touching else None


def is_backhug_name(name: str) -> bool:
    """Return whether a device that advertises this local name is a BackHug."""
    return name == NAME_PREFIX or name.startswith(
        (f"{NAME_PREFIX} ", f"{NAME_PREFIX}-")
    )


def clean_text(text: str) -> str:
    """Return a received text without markup, at most 40 characters long."""
    kept = "".join(
        character if character.isalnum() or character in " -_.:,+#/'" else " "
        for character in text[: 4 * _MAX_TEXT]
    )
    return " ".join(kept.split())[:_MAX_TEXT].rstrip()
