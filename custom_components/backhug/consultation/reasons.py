"""Reasons for the choices of a consultation, and the refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..device.model import Area, Flow, Region
from .questionnaire import Caution


class ReasonKey(StrEnum):
    """All reasons for a choice, explained in docs/consultation.md."""

    # Session length
    LENGTH_WISHED = "length_wished"
    LENGTH_FIRST_TIME = "length_first_time"
    LENGTH_OCCASIONAL = "length_occasional"
    LENGTH_SORE = "length_sore"
    LENGTH_GROWS = "length_grows"
    LENGTH_ENDED_EARLY = "length_ended_early"
    LENGTH_LONGEST = "length_longest"
    LENGTH_SHORTEST = "length_shortest"
    # Strength
    STRENGTH_FIRMNESS = "strength_firmness"
    STRENGTH_FIRST_TIME = "strength_first_time"
    STRENGTH_OCCASIONAL = "strength_occasional"
    STRENGTH_GROWS = "strength_grows"
    STRENGTH_SORE = "strength_sore"
    STRENGTH_TIRED = "strength_tired"
    STRENGTH_STRONG = "strength_strong"
    STRENGTH_RISES = "strength_rises"
    STRENGTH_WEAKEST = "strength_weakest"
    # Steps
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
    # Plan
    OFTEN_FIRST_TIME = "often_first_time"
    OFTEN_OCCASIONAL = "often_occasional"
    OFTEN_REGULAR = "often_regular"
    OFTEN_SORE = "often_sore"
    TREND_UNKNOWN = "trend_unknown"
    TREND_EASES = "trend_eases"
    TREND_STEADY = "trend_steady"
    TREND_RISES = "trend_rises"
    WEEKS_EASED = "weeks_eased"
    WEEKS_RISE = "weeks_rise"
    WEEKS_RISE_IN = "weeks_rise_in"
    GROWTH = "growth"
    NO_GROWTH = "no_growth"
    AGAIN = "again"
    AGAIN_SOON = "again_soon"


type Placeholder = int | Area | Flow | tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Reason for a choice."""

    key: ReasonKey
    placeholders: Mapping[str, Placeholder] = field(default_factory=dict)
    """Values for its text: numbers, or members that are translated when shown."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Refusal to give advice: the person should ask a physician first."""

    cautions: tuple[Caution, ...]
    """The cautions that apply, in the order of `Caution`; at least one."""
