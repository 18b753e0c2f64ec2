"""What a BackHug is: the values it is made of, without any bytes.

They are named tuples: made and compared with each notification, at a fraction of what a dataclass costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import compress
from operator import ne
from typing import Any, Final, NamedTuple, Self

MAX_MINUTES: Final = 60
"""Nobody ever asks a BackHug for a longer session, whatever it offers (the maker's safety page)."""

NAME_PREFIX: Final = "BackHug"
_MAX_TEXT: Final = 40


class State(StrEnum):
    """What the device is doing (profile, Status, octet 0)."""

    STANDBY = "standby"
    SCANNING = "scanning"
    TREATING = "treating"
    PAUSED = "paused"
    FINISHING = "finishing"
    FAULT = "fault"
    UNKNOWN = "unknown"
    """One that this version of the profile does not name: only stop is offered."""


RUNNING: Final = frozenset({State.SCANNING, State.TREATING, State.PAUSED})
"""The states in which a session runs."""


class Fault(StrEnum):
    """Why the device is in the state fault (profile, Status, octet 1)."""

    FINGER_BLOCKED = "finger_blocked"
    LEG_REST_BLOCKED = "leg_rest_blocked"
    TOO_HOT = "too_hot"
    INTERNAL = "internal"
    UNKNOWN = "unknown"


class Area(StrEnum):
    """A treatment area (profile, area codes)."""

    FULL_BACK = "full_back"
    UPPER_BACK = "upper_back"
    MID_BACK = "mid_back"
    LOWER_BACK = "lower_back"
    SHOULDER_BLADES = "shoulder_blades"
    ALONG_SPINE = "along_spine"
    LEFT_SIDE = "left_side"
    RIGHT_SIDE = "right_side"


class Flow(StrEnum):
    """How the fingers move (profile, flow codes)."""

    SLOW = "slow"
    MEDIUM = "medium"
    FAST = "fast"
    WAVE = "wave"
    PULSE = "pulse"


class SessionEnd(StrEnum):
    """How the last session ended (profile, Status, octet 14)."""

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
    """One of the six regions in which the maker speaks of tension."""

    LEFT_UPPER = "left_upper"
    LEFT_MID = "left_mid"
    LEFT_LOWER = "left_lower"
    RIGHT_UPPER = "right_upper"
    RIGHT_MID = "right_mid"
    RIGHT_LOWER = "right_lower"


class Phase(StrEnum):
    """When a scan was made (profile, Tension stream, octet 0)."""

    BEFORE = "before"
    LIVE = "live"
    AFTER = "after"


def member[EnumT: StrEnum](kind: type[EnumT], value: object) -> EnumT | None:
    """Return the member with a stored value; None for one that this version does not know."""
    return kind(value) if isinstance(value, str) and value in kind else None


def known_fields(kind: type[NamedTuple], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored values without those for which this version has no field."""
    return {name: values[name] for name in kind._fields if name in values}


class Features(NamedTuple):
    """What one device offers. Constant until its firmware changes."""

    strength_levels: int
    """Levels are 1…this (1–20)."""
    fingers: int
    """Even, 2–64."""
    areas: tuple[Area, ...]
    flows: tuple[Flow, ...]
    min_minutes: int
    max_minutes: int
    """Shortest and longest session, 1–60."""
    can_pause: bool
    senses_occupancy: bool
    reports_leg_rest: bool
    measures_tension: bool
    profile_minor: int = 0

    @property
    def can_resume(self) -> bool:
        """Whether a session may be paused at all: by a client, or because the person left."""
        return self.can_pause or self.senses_occupancy

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the features that `_asdict` made `values` of, without what a later version has added."""
        return cls(
            **{
                **known_fields(cls, values),
                "areas": tuple(Area(area) for area in values["areas"] if area in Area),
                "flows": tuple(Flow(flow) for flow in values["flows"] if flow in Flow),
                "max_minutes": min(values["max_minutes"], MAX_MINUTES),
            }
        )


class DeviceInformation(NamedTuple):
    """The standard Device Information service; each text may be missing."""

    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    hardware: str | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the texts that `_asdict` made `values` of, without what a later version has added."""
        return cls(**known_fields(cls, values))


class Status(NamedTuple):
    """What the device reports of itself, as of its last notification or reading."""

    state: State
    fault: Fault | None
    """None in every state but fault."""
    strength: int | None
    """None is one that the device does not offer."""
    area: Area | None
    """None is one that this version of the profile does not name; likewise the flow."""
    flow: Flow | None
    occupied: bool
    leg_rest_raised: bool
    paused_by_leaving: bool
    length: int
    """Of the session in seconds, or of the next one when none runs (0–3600)."""
    session: int
    """Sessions started since manufacture: while one runs, its own number."""
    last_end: SessionEnd
    seconds_left: int
    """Counts down each second: no change in itself."""

    @property
    def running(self) -> bool:
        """Whether a session runs (scanning, treating or paused)."""
        return self.state in RUNNING

    def counts_down(self, before: Status) -> bool:
        """Return whether all that is new since another status is that the seconds count down."""
        return self[:-1] == before[:-1]


class Settings(NamedTuple):
    """The four things a person sets, of the running session or of the next one."""

    strength: int | None
    area: Area | None
    flow: Flow | None
    minutes: int


class Adjustment(NamedTuple):
    """Settings to change together; None leaves one as it is.

    Of a value and its step only one is given. A step is relative to what the device reports when it is sent.
    """

    strength: int | None = None
    strength_step: int | None = None
    """Levels; negative is softer."""
    area: Area | None = None
    flow: Flow | None = None
    minutes: int | None = None
    minutes_step: int | None = None


def is_weaker(strength: int, than: int | None) -> bool:
    """Return whether a strength is weaker than another one, or may be where that is not known."""
    return than is None or strength < than


class TensionScan(NamedTuple):
    """The effort of every finger in one scan of the back."""

    phase: Phase
    efforts: tuple[int | None, ...]
    """0 (none) … 254 (most) a finger; None where it does not touch the back."""

    @property
    def back(self) -> float | None:
        """Tension of the back in per cent; None if no finger touches it."""
        return _per_cent(self.efforts)

    @property
    def regions(self) -> dict[Region, float | None]:
        """Tension of each region in per cent; None where no finger touches it."""
        rows = len(self.efforts) // 2
        fingers: dict[Region, list[int | None]] = {region: [] for region in Region}
        for index, effort in enumerate(self.efforts):
            column, row = divmod(index, rows)
            fingers[_REGIONS[column * 3 + 3 * row // rows]].append(effort)
        return {region: _per_cent(efforts) for region, efforts in fingers.items()}


class TensionRecord(NamedTuple):
    """The scans before and after one session; None where not measured."""

    session: int
    before: TensionScan | None
    after: TensionScan | None


class Snapshot(NamedTuple):
    """All that is known of one BackHug at one moment; first the two parts that change in a session."""

    status: Status | None
    settings: Settings | None
    """As in the status, with what a person set and the device has not yet confirmed."""
    connected: bool
    resting: bool = False
    """Not connected, because nothing needs it: all that is shown is as last known."""
    ends_at: datetime | None = None
    """When the running session ends; None when none runs or while it is paused."""
    tension: TensionScan | None = None
    """The newest scan."""
    record: TensionRecord | None = None
    features: Features | None = None
    information: DeviceInformation | None = None
    incompatible: str | None = None
    """Why the device cannot be operated any more: the reason of an IncompatibleError."""


def changes(before: Snapshot, now: Snapshot) -> frozenset[str]:
    """Return the names of what differs: fields of Snapshot, and those of a Status and of Settings that stay.

    That fewer seconds are left is no change.
    """
    changed = _differing(Status._fields[:-1], before.status, now.status, "status")
    if before.settings != now.settings:
        changed |= _differing(
            Settings._fields, before.settings, now.settings, "settings"
        )
    # What is left changes seldom.
    if before[2:] != now[2:]:
        changed |= _differing(Snapshot._fields[2:], before[2:], now[2:])
    return changed


def _differing(
    names: tuple[str, ...],
    before: tuple[object, ...] | None,
    now: tuple[object, ...] | None,
    whole: str = "",
) -> frozenset[str]:
    """Return the names of the values in which two tuples differ; `whole` if only one of them is there."""
    if before is None or now is None:
        return frozenset() if before is now else frozenset({whole})
    # Names may be fewer: what is last in a Status is no change.
    return frozenset(compress(names, map(ne, before, now)))  # noqa: B912


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
    """Return a text from the air as one that may be shown: short, and without markup."""
    kept = "".join(
        character if character.isalnum() or character in " -_.:,+#/'" else " "
        for character in text[: 4 * _MAX_TEXT]
    )
    return " ".join(kept.split())[:_MAX_TEXT].rstrip()
