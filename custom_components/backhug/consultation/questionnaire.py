"""The questionnaire: its fields, their validation, and the answers.

The subentry form, the action `backhug.consult` with its part of services.yaml, and the parameters of the
language model tool are all built from `FIELDS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Self, override

from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from ..device.model import MAX_MINUTES, Features, Region
from ..programmes.model import whole_number

MAX_DISCOMFORT: Final = 3
"""Degrees of discomfort: 0 none, 1 a little, 2 clear, 3 strong."""
NO_CAUTION: Final = "none"
"""Option for no caution. An empty answer is refused: the person may not have been asked."""
DEFAULT_MINUTES: Final = 20
SECTION_DISCOMFORT: Final = "discomfort"
_EVENING: Final = 17
_NOON: Final = 11
"""Hours at which the evening begins and the morning ends."""


class Caution(StrEnum):
    """Conditions for which the maker's safety page recommends asking a physician first."""

    PREGNANCY = "pregnancy"
    PACEMAKER = "pacemaker"
    BACK_CONDITION = "back_condition"
    UNDER_18 = "under_18"
    HEIGHT = "height"
    """Below 150 cm or above 198 cm."""
    WEIGHT = "weight"
    """Above 165 kg."""
    NEW_PAIN = "new_pain"
    RADIATING_PAIN = "radiating_pain"
    NUMBNESS = "numbness"


class Feeling(StrEnum):
    """How the back mainly feels."""

    STIFF = "stiff"
    SORE = "sore"
    TIRED = "tired"


class Firmness(StrEnum):
    """Preferred firmness, gentlest first."""

    VERY_GENTLE = "very_gentle"
    GENTLE = "gentle"
    MEDIUM = "medium"
    FIRM = "firm"
    VERY_FIRM = "very_firm"


class Experience(StrEnum):
    """Experience with the device, least first."""

    FIRST_TIME = "first_time"
    """Never used it, or only a few times."""
    OCCASIONAL = "occasional"
    REGULAR = "regular"
    """Uses it every week, for months."""


class DayTime(StrEnum):
    """Time of day of the session."""

    MORNING = "morning"
    DAYTIME = "daytime"
    EVENING = "evening"

    @classmethod
    def at(cls, hour: int) -> Self:
        """Return the time of day at an hour."""
        if hour >= _EVENING:
            return cls("evening")
        return cls("morning" if hour < _NOON else "daytime")


class Page(StrEnum):
    """Pages of the subentry form, by step id."""

    SAFETY = "safety"
    BACK = "feel"
    PREFERENCES = "likes"


class AnswerProblem(StrEnum):
    """Kinds of invalid answers."""

    MISSING = "missing"
    CONTRADICTORY = "contradictory"
    INVALID = "invalid"


class AnswerError(ValueError):
    """An answer is missing or invalid; `field` is the one that it concerns."""

    def __init__(self, field: Field, problem: AnswerProblem) -> None:
        """Initialise the error."""
        super().__init__(f"{field.name} must be {field.rule}: {field.allowed}")
        self.field = field
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(ABC):
    """A field of the questionnaire."""

    name: str
    page: Page
    section: str | None = None
    """Group of fields that belong together."""
    default: str | int | bool | None = None
    """Cautious assumption if the field is left out; None for a required field."""
    ask: bool = False
    """Language models must ask instead of relying on the default."""

    @property
    def required(self) -> bool:
        """Whether every questionnaire must contain the field."""
        return self.default is None

    @property
    @abstractmethod
    def rule(self) -> str:
        """What an answer must be, in English."""

    @property
    @abstractmethod
    def allowed(self) -> str:
        """Allowed answers."""

    @abstractmethod
    def parse(self, answer: Any) -> Any:
        """Return the answer as plain values; templates give it as text.

        Raises AnswerError.
        """

    def invalid(self) -> AnswerError:
        """Return the error for an invalid answer."""
        return AnswerError(self, AnswerProblem.INVALID)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField(Field):
    """One of several options."""

    options: tuple[str, ...]
    translation_key: str

    @property
    @override
    def rule(self) -> str:
        return "one of these"

    @property
    @override
    def allowed(self) -> str:
        return ", ".join(self.options)

    @override
    def parse(self, answer: Any) -> Any:
        if not isinstance(answer, str) or answer not in self.options:
            raise self.invalid()
        return str(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiChoiceField(ChoiceField):
    """At least one of several options; the exclusive option excludes the others."""

    exclusive: str

    @property
    @override
    def rule(self) -> str:
        return f"at least one of these, {self.exclusive} only alone"

    @override
    def parse(self, answer: Any) -> list[str]:
        """Return the chosen options in their order; a single one may be given as text."""
        if answer is None or answer == []:
            raise AnswerError(self, AnswerProblem.MISSING)
        answers = answer if isinstance(answer, list) else [answer]
        chosen = {ChoiceField.parse(self, each) for each in answers}
        if self.exclusive in chosen and len(chosen) > 1:
            raise AnswerError(self, AnswerProblem.CONTRADICTORY)
        return [option for option in self.options if option in chosen]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberField(Field):
    """A whole number within bounds."""

    lowest: int
    highest: int
    unit: str | None = None

    @property
    @override
    def rule(self) -> str:
        return "a whole number"

    @property
    @override
    def allowed(self) -> str:
        return f"{self.lowest}…{self.highest}"

    @override
    def parse(self, answer: Any) -> int:
        try:
            return whole_number(answer, self.lowest, self.highest)
        except ValueError as error:
            raise self.invalid() from error


@dataclass(frozen=True, slots=True, kw_only=True)
class BooleanField(Field):
    """Yes or no."""

    @property
    @override
    def rule(self) -> str:
        return "a truth value"

    @property
    @override
    def allowed(self) -> str:
        return "true, false"

    @override
    def parse(self, answer: Any) -> bool:
        if not isinstance(answer, bool | str):
            raise self.invalid()
        try:
            return bool(cv.boolean(answer))
        except vol.Invalid as error:
            raise self.invalid() from error


CAUTIONS: Final = MultiChoiceField(
    name="cautions",
    page=Page.SAFETY,
    options=(*map(str, Caution), NO_CAUTION),
    exclusive=NO_CAUTION,
    translation_key="caution",
)
FEELING: Final = ChoiceField(
    name="feeling",
    page=Page.BACK,
    options=(*map(str, Feeling),),
    translation_key="feeling",
)
DISCOMFORT: Final = tuple(
    NumberField(
        name=region.value,
        page=Page.BACK,
        section=SECTION_DISCOMFORT,
        default=0,
        lowest=0,
        highest=MAX_DISCOMFORT,
    )
    for region in (
        Region.LEFT_UPPER,
        Region.RIGHT_UPPER,
        Region.LEFT_MID,
        Region.RIGHT_MID,
        Region.LEFT_LOWER,
        Region.RIGHT_LOWER,
    )
)
FIRMNESS: Final = ChoiceField(
    name="firmness",
    page=Page.PREFERENCES,
    default=Firmness.GENTLE.value,
    ask=True,
    options=(*map(str, Firmness),),
    translation_key="firmness",
)
EXPERIENCE: Final = ChoiceField(
    name="experience",
    page=Page.PREFERENCES,
    default=Experience.FIRST_TIME.value,
    ask=True,
    options=(*map(str, Experience),),
    translation_key="experience",
)
MINUTES: Final = NumberField(
    name="minutes",
    page=Page.PREFERENCES,
    default=DEFAULT_MINUTES,
    ask=True,
    lowest=1,
    highest=MAX_MINUTES,
    unit="min",
)
DAY_TIME: Final = ChoiceField(
    name="day_time",
    page=Page.PREFERENCES,
    default=DayTime.DAYTIME.value,
    options=(*map(str, DayTime),),
    translation_key="day_time",
)
LAST_SESSIONS_MINE: Final = BooleanField(
    name="last_sessions_mine", page=Page.PREFERENCES, default=True
)
FIELDS: Final[tuple[Field, ...]] = (
    CAUTIONS,
    FEELING,
    *DISCOMFORT,
    FIRMNESS,
    EXPERIENCE,
    MINUTES,
    DAY_TIME,
    LAST_SESSIONS_MINE,
)


def minutes_of(features: Features) -> NumberField:
    """Return the field for the minutes within the bounds of a device."""
    lowest, highest = features.min_minutes, features.max_minutes
    default = min(max(DEFAULT_MINUTES, lowest), highest)
    return replace(MINUTES, lowest=lowest, highest=highest, default=default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """Questionnaire answers. They are not stored.

    Raises ValueError for a discomfort or minutes out of range.
    """

    cautions: frozenset[Caution]
    """Empty only if the person was asked and nothing applies."""
    feeling: Feeling
    firmness: Firmness
    experience: Experience
    minutes: int
    """Desired session length, 1 to 60."""
    day_time: DayTime
    discomfort: Mapping[Region, int] = field(default_factory=dict)
    """Degree, 0 to 3; 0 for a missing region."""
    last_sessions_mine: bool = True
    """Whether the person had the last sessions; otherwise history and tension are ignored."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 1 <= self.minutes <= MAX_MINUTES:
            raise ValueError("minutes out of range")
        if not all(0 <= each <= MAX_DISCOMFORT for each in self.discomfort.values()):
            raise ValueError("discomfort out of range")

    @classmethod
    def from_answers(cls, answers: Mapping[str, Any]) -> Self:
        """Return the questionnaire with these answers, by field name, and defaults for the others.

        Raises AnswerError for a required field that is missing and for an invalid answer.
        """
        values: dict[str, Any] = {}
        for each in FIELDS:
            if each.name in answers:
                values[each.name] = each.parse(answers[each.name])
            elif each.required:
                raise AnswerError(each, AnswerProblem.MISSING)
            else:
                values[each.name] = each.default
        return cls(
            cautions=frozenset(
                Caution(each) for each in values[CAUTIONS.name] if each != NO_CAUTION
            ),
            feeling=Feeling(values[FEELING.name]),
            firmness=Firmness(values[FIRMNESS.name]),
            experience=Experience(values[EXPERIENCE.name]),
            minutes=values[MINUTES.name],
            day_time=DayTime(values[DAY_TIME.name]),
            discomfort={Region(each.name): values[each.name] for each in DISCOMFORT},
            last_sessions_mine=values[LAST_SESSIONS_MINE.name],
        )
