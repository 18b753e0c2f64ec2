"""What a person says of themselves before a programme is made for them, and how a choice is explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ..device.model import MAX_MINUTES, Area, Flow, Region

MAX_DISCOMFORT: Final = 3
"""Degrees of discomfort: 0 none, 1 a little, 2 clear, 3 strong."""


class Caution(StrEnum):
    """What the maker's safety page wants a physician asked about first."""

    PREGNANCY = "pregnancy"
    PACEMAKER = "pacemaker"
    BACK_CONDITION = "back_condition"
    UNDER_18 = "under_18"
    HEIGHT = "height"
    """Below 150 or above 198 cm."""
    WEIGHT = "weight"
    """Above 165 kg."""
    NEW_PAIN = "new_pain"
    RADIATING_PAIN = "radiating_pain"
    NUMBNESS = "numbness"


NO_CAUTION: Final = "none"
"""Said where nothing of this applies: who says nothing may not have been asked."""


class Feeling(StrEnum):
    """How the back feels most of all."""

    STIFF = "stiff"
    SORE = "sore"
    TIRED = "tired"


class Firmness(StrEnum):
    """How firm a person likes it, from the gentlest."""

    VERY_GENTLE = "very_gentle"
    GENTLE = "gentle"
    MEDIUM = "medium"
    FIRM = "firm"
    VERY_FIRM = "very_firm"


class Experience(StrEnum):
    """How well a person knows the device, from the least."""

    FIRST_TIME = "first_time"
    """Never, or a few sessions."""
    OCCASIONAL = "occasional"
    REGULAR = "regular"
    """Every week, for months."""


class DayTime(StrEnum):
    """When the session is to be."""

    MORNING = "morning"
    DAYTIME = "daytime"
    EVENING = "evening"


DEFAULT_DAY_TIME: Final = DayTime.DAYTIME
DEFAULT_EXPERIENCE: Final = Experience.FIRST_TIME
DEFAULT_FIRMNESS: Final = Firmness.GENTLE
DEFAULT_MINUTES: Final = 20
"""What is taken where a person is not asked: the careful side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """What a person says of themselves. It is not stored.

    Raises ValueError for a discomfort or minutes out of range.
    """

    cautions: frozenset[Caution]
    """What applies to them; empty only if they were asked, and nothing does."""
    feeling: Feeling
    firmness: Firmness
    experience: Experience
    minutes: int
    """How long they would like a session to be: 1…60."""
    day_time: DayTime
    discomfort: Mapping[Region, int] = field(default_factory=dict)
    """How much, 0…3; a region that is left out is comfortable."""
    last_sessions_mine: bool = True
    """Whether the last sessions on the device were theirs: if not, nothing measured is considered."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if not 1 <= self.minutes <= MAX_MINUTES:
            raise ValueError("minutes out of range")
        if not all(0 <= each <= MAX_DISCOMFORT for each in self.discomfort.values()):
            raise ValueError("discomfort out of range")


class Why(StrEnum):
    """Each reason that there is for a choice; explained one by one in docs/consultation.md."""

    # How long
    LENGTH_WISHED = "length_wished"
    LENGTH_FIRST_TIME = "length_first_time"
    LENGTH_OCCASIONAL = "length_occasional"
    LENGTH_SORE = "length_sore"
    LENGTH_GROWS = "length_grows"
    LENGTH_ENDED_EARLY = "length_ended_early"
    LENGTH_LONGEST = "length_longest"
    LENGTH_SHORTEST = "length_shortest"
    # How strong
    STRENGTH_FIRMNESS = "strength_firmness"
    STRENGTH_FIRST_TIME = "strength_first_time"
    STRENGTH_OCCASIONAL = "strength_occasional"
    STRENGTH_GROWS = "strength_grows"
    STRENGTH_SORE = "strength_sore"
    STRENGTH_TIRED = "strength_tired"
    STRENGTH_STRONG = "strength_strong"
    STRENGTH_RISES = "strength_rises"
    STRENGTH_WEAKEST = "strength_weakest"
    # One step
    OPENING = "opening"
    FOCUS_DISCOMFORT = "focus_discomfort"
    FOCUS_TENSION = "focus_tension"
    FOCUS_UNCHANGED = "focus_unchanged"
    FOCUS_SIDE = "focus_side"
    FOCUS_EVEN = "focus_even"
    FLOW_STIFF = "flow_stiff"
    FLOW_SORE = "flow_sore"
    FLOW_TIRED = "flow_tired"
    FLOW_LIVELY = "flow_lively"
    CLOSING_MORNING = "closing_morning"
    CLOSING_DAYTIME = "closing_daytime"
    CLOSING_EVENING = "closing_evening"
    AREA_REPLACED = "area_replaced"
    FLOW_REPLACED = "flow_replaced"
    # The coming weeks
    OFTEN_FIRST_TIME = "often_first_time"
    OFTEN_OCCASIONAL = "often_occasional"
    OFTEN_REGULAR = "often_regular"
    OFTEN_SORE = "often_sore"
    TREND_UNKNOWN = "trend_unknown"
    TREND_EASES = "trend_eases"
    TREND_STEADY = "trend_steady"
    TREND_RISES = "trend_rises"
    GROWTH = "growth"
    NO_GROWTH = "no_growth"
    AGAIN = "again"
    AGAIN_SOON = "again_soon"


type Placeholder = int | Area | Flow | tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was chosen."""

    key: Why
    placeholders: Mapping[str, Placeholder] = field(default_factory=dict)
    """What is put into its text: numbers, and members that are translated where it is shown."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """No advice, but to ask a physician first."""

    cautions: tuple[Caution, ...]
    """Why: in the order in which they are asked for, at least one."""
