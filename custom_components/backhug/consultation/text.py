"""Advice and refusals as texts and as response data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..const import DOMAIN
from ..device.model import Area, Flow, Region
from ..plan.model import Stage
from .engine import Advice, AdvisedStep
from .questionnaire import Caution
from .reasons import Placeholder, Reason, Refusal

_SELECTORS: Final[Mapping[type[StrEnum], str]] = {
    Area: "area",
    Caution: "caution",
    Flow: "flow",
    Region: "region",
}
"""Translation keys of the selectors with the names of the members."""


class ConsultationText:
    """The texts of one language."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Initialise with translations by full key."""
        self._texts = texts

    @classmethod
    async def async_load(cls, hass: HomeAssistant, language: str | None = None) -> Self:
        """Return the texts of a language, by default that of Home Assistant."""
        language = language or hass.config.language
        return cls(
            {
                **await async_get_translations(hass, language, "common", [DOMAIN]),
                **await async_get_translations(hass, language, "selector", [DOMAIN]),
            }
        )

    def reason(self, reason: Reason) -> str:
        """Return a reason as a sentence."""
        return self._text(
            reason.key.value,
            **{key: self._value(value) for key, value in reason.placeholders.items()},
        )

    def name(self, member: StrEnum) -> str:
        """Return the name of an area, a caution, a flow or a region."""
        key = f"selector.{_SELECTORS[type(member)]}.options.{member.value}"
        return self._texts[f"component.{DOMAIN}.{key}"]

    def cautions(self, refusal: Refusal) -> list[str]:
        """Return the names of the cautions that apply."""
        return [self.name(caution) for caution in refusal.cautions]

    def step(self, each: AdvisedStep) -> str:
        """Return a step in one line."""
        step = each.step
        return self._text(
            "step",
            area=self._text("as_set") if step.area is None else self.name(step.area),
            flow=self._text("as_set") if step.flow is None else self.name(step.flow),
            strength=str(step.strength),
            minutes=str(step.minutes),
        )

    def stage(self, stage: Stage) -> str:
        """Return a stage of the plan in one line."""
        return self._text(
            "stage",
            first=str(stage.first_week),
            last=str(stage.last_week),
            sessions=str(stage.sessions),
            minutes=str(stage.minutes),
            strength=str(stage.strength),
        )

    def refused(self, refusal: Refusal) -> str:
        """Return a refusal as a text for the person."""
        return self._text("refused", cautions="; ".join(self.cautions(refusal)))

    def _text(self, key: str, **placeholders: str) -> str:
        text = self._texts[f"component.{DOMAIN}.common.consultation_{key}"]
        return text.format(**placeholders)

    def _value(self, value: Placeholder) -> str:
        match value:
            case tuple():
                return ", ".join(self.name(region) for region in value)
            case int():
                return str(value)
            case _:
                return self.name(value)

    def page(self, advice: Advice) -> str:
        """Return advice as a page in Markdown."""
        lines = [
            f"### {self._text('heading_programme', minutes=str(advice.minutes))}",
            "",
        ]
        for each in advice.steps:
            lines.append(f"{each.step.number}. **{self.step(each)}**")
            lines += [f"   - {self.reason(reason)}" for reason in each.reasons]
        lines += ["", f"### {self._text('heading_why')}", ""]
        lines += [f"- {self.reason(reason)}" for reason in advice.reasons]
        lines += ["", f"### {self._text('heading_plan')}", ""]
        for stage in advice.plan.stages:
            lines.append(f"- **{self.stage(stage)}**")
        lines += [f"- {self.reason(reason)}" for reason in advice.plan.reasons]
        return "\n".join(lines)

    def advice_as_dict(self, advice: Advice) -> JsonObjectType:
        """Return advice as response data: keys for automations, texts for people."""
        return {
            "programme": {
                "minutes": advice.minutes,
                "strength_levels": advice.strength_levels,
                "steps": [
                    {
                        "area": each.step.area,
                        "strength": each.step.strength,
                        "flow": each.step.flow,
                        "minutes": each.step.minutes,
                        "regions": list(each.regions),
                        "reasons": self._reasons(each.reasons),
                    }
                    for each in advice.steps
                ],
                "reasons": self._reasons(advice.reasons),
            },
            "plan": {
                "stages": [
                    {
                        "first_week": stage.first_week,
                        "last_week": stage.last_week,
                        "sessions_a_week": stage.sessions,
                        "minutes": stage.minutes,
                        "strength": stage.strength,
                    }
                    for stage in advice.plan.stages
                ],
                "consult_again_after_weeks": advice.plan.weeks,
                "reasons": self._reasons(advice.plan.reasons),
            },
        }

    def refusal_as_dict(self, refusal: Refusal) -> JsonObjectType:
        """Return a refusal as response data."""
        names = self.cautions(refusal)
        return {
            "cautions": [
                {"key": caution.value, "text": name}
                for caution, name in zip(refusal.cautions, names, strict=True)
            ],
            "text": self.refused(refusal),
        }

    def _reasons(self, reasons: Iterable[Reason]) -> list[JsonValueType]:
        return [
            {"key": reason.key.value, "text": self.reason(reason)} for reason in reasons
        ]
