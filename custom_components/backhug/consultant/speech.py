"""The sentences of a turn in one language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import partial
import re
from typing import Any, Final

from ..consultation.engine import Advice
from ..consultation.questionnaire import (
    DAY_TIME,
    DISCOMFORT,
    EXPERIENCE,
    FEELING,
    FIRMNESS,
    MINUTES,
)
from ..consultation.reasons import Reason, ReasonKey, Refusal
from ..consultation.text import ConsultationText
from ..device.model import Region
from ..voice.responses import Texts
from .sayings import Saying, Show

_WRITTEN: Final = (
    (re.compile(r"\b1 min\b"), "consultant_spoken_minute"),
    (re.compile(r"(?P<minutes>\d+) min\b"), "consultant_spoken_minutes"),
    (re.compile(r"(?P<sessions>\d+) ×"), "consultant_spoken_times"),
)
"""What is written in advice, and the words that are spoken instead."""
_CHOICES = {each.name for each in (FEELING, FIRMNESS, EXPERIENCE, DAY_TIME)}


def _focus(advice: Advice) -> Reason:
    """Return why the middle of a programme is as it is, with all regions of discomfort."""
    middle = advice.steps[1:-1] or advice.steps
    first = middle[0].reasons[0]
    if first.key is not ReasonKey.FOCUS_DISCOMFORT:
        return first
    regions: list[Region] = []
    for each in middle:
        for reason in each.reasons:
            named = reason.placeholders.get("regions")
            if reason.key is first.key and isinstance(named, tuple):
                regions += [region for region in named if region not in regions]
    return Reason(first.key, {"regions": tuple(regions)})


class Speech:
    """Puts what a dialogue says into words."""

    def __init__(self, texts: Texts, consultation: ConsultationText) -> None:
        """Initialise with the texts of one language."""
        self._texts = texts
        self._consultation = consultation

    def spoken(self, says: Iterable[Saying]) -> str:
        """Return what is said as one text, with words for what is not read out well."""
        text = " ".join(map(self._sentence, says))
        for pattern, key in _WRITTEN:
            text = pattern.sub(partial(self._in_words, key), text)
        return text

    def _in_words(self, key: str, match: re.Match[str]) -> str:
        return self._texts.say(key, **match.groupdict())

    def _sentence(self, saying: Saying) -> str:
        match saying:
            case Reason():
                return self._consultation.reason(saying)
            case Refusal():
                return self._consultation.refused(saying)
            case Show():
                return " ".join(self._shown(saying.advice, saying.part))
        values = {name: self._value(value) for name, value in saying.values.items()}
        return self._texts.say(f"consultant_{saying.key}", **values)

    def _shown(self, advice: Advice, part: str) -> Iterable[str]:
        text = self._consultation
        if part == "plan":
            yield from (f"{text.stage(stage)}." for stage in advice.plan.stages)
            yield from map(text.reason, advice.plan.reasons)
            return
        if part == "steps":
            yield from (
                f"{each.step.number}. {text.step(each)}." for each in advice.steps
            )
            return
        areas = dict.fromkeys(
            each.step.area for each in advice.steps if each.step.area is not None
        )
        yield self._texts.say(
            "consultant_programme" if areas else "consultant_programme_plain",
            minutes=self._texts.minutes(advice.minutes),
            strength=max(each.step.strength for each in advice.steps),
            levels=advice.strength_levels,
            areas=self._texts.all_of(map(text.name, areas)),
        )
        yield text.reason(_focus(advice))
        yield from map(text.reason, (*advice.reasons[:1], *advice.reasons[-1:]))

    def _value(self, value: Any) -> str | int:
        match value:
            case tuple():
                return "; ".join(map(self._consultation.name, value))
            case Mapping():
                return "; ".join(self._facts(value))
        result: str | int = value
        return result

    def _facts(self, facts: Mapping[str, Any]) -> Iterable[str]:
        """Yield the answers by field name as short texts."""
        regions: dict[int, list[StrEnum]] = {}
        for name, answer in facts.items():
            if name in {each.name for each in DISCOMFORT}:
                regions.setdefault(answer, []).append(Region(name))
            elif name in _CHOICES:
                yield self._texts.say(f"consultant_{name}_{answer}")
            elif name == MINUTES.name:
                yield self._texts.minutes(answer)
            else:
                yield self._texts.say(
                    "consultant_mine" if answer else "consultant_not_mine"
                )
        for degree, names in regions.items():
            yield self._texts.say(
                f"consultant_degree_{degree}",
                regions=", ".join(map(self._consultation.name, names)),
            )
