"""Spoken answers, in the language of the sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Self

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers.intent import (
    IntentResponse,
    IntentResponseErrorCode,
    IntentResponseTarget,
    IntentResponseTargetType,
)
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util, language as language_util

from ..const import DOMAIN, LANGUAGES
from ..device.model import Area, Flow, Region
from ..exposure import ExposedBackHug
from ..programmes.model import Programme
from .targeting import TargetError


class Texts:
    """The texts of one language."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Create from translations by their full keys."""
        self._texts = texts

    @classmethod
    async def async_load(cls, hass: HomeAssistant, language: str) -> Self:
        """Return the texts of the supported language that matches best."""
        nearest = [*language_util.matches(language, LANGUAGES), LANGUAGES[0]][0]
        texts: dict[str, str] = {}
        for category in ("common", "exceptions", "selector"):
            texts |= await async_get_translations(hass, nearest, category, [DOMAIN])
        return cls(texts)

    def say(self, key: str, **placeholders: str | float) -> str:
        """Return a sentence."""
        return self._text(f"common.{key}").format(**placeholders)

    def error(self, error: HomeAssistantError, name: str) -> str:
        """Return the text of an error, in its short form for speech if there is one."""
        if isinstance(error, Unauthorized):
            return self.say("not_allowed", name=name)
        if error.translation_domain != DOMAIN:
            return str(error)
        key = error.translation_key
        text = self._texts.get(f"component.{DOMAIN}.common.error_{key}")
        if text is None:
            text = self._text(f"exceptions.{key}.message")
        return text.format(**{**(error.translation_placeholders or {}), "name": name})

    def area(self, area: Area) -> str:
        """Return the name of an area of the back."""
        return self._text(f"selector.area.options.{area}")

    def flow(self, flow: Flow) -> str:
        """Return the name of a flow."""
        return self._text(f"selector.flow.options.{flow}")

    def programme(self, programme: Programme) -> str:
        """Return the name of a programme."""
        if programme.name is not None:
            return programme.name
        return self._text(f"selector.programme.options.{programme.key}")

    def region(self, region: Region) -> str:
        """Return the name of a region of the back as part of a sentence."""
        return self.say(f"region_{region}")

    def minutes(self, minutes: int) -> str:
        """Return a number of minutes."""
        if minutes == 1:
            return self.say("one_minute")
        return self.say("minutes", minutes=minutes)

    def time(self, time: datetime) -> str:
        """Return a local time of day."""
        return self.say("time", time=f"{dt_util.as_local(time):%H:%M}")

    def all_of(self, names: Iterable[str]) -> str:
        """Return names joined with "and"."""
        return self._joined("all_of", list(names))

    def one_of(self, names: Iterable[str]) -> str:
        """Return names joined with "or"."""
        return self._joined("one_of", list(names))

    def _joined(self, key: str, names: Sequence[str]) -> str:
        if len(names) <= 1:
            return "".join(names)
        return self.say(key, names=", ".join(names[:-1]), last=names[-1])

    def _text(self, key: str) -> str:
        return self._texts[f"component.{DOMAIN}.{key}"]


def failure(response: IntentResponse, speech: str) -> IntentResponse:
    """Make the response an error with this sentence."""
    response.async_set_error(IntentResponseErrorCode.FAILED_TO_HANDLE, speech)
    return response


def target_failure(
    response: IntentResponse, texts: Texts, error: TargetError
) -> IntentResponse:
    """Make the response an error about the target."""
    response.async_set_error(
        IntentResponseErrorCode.NO_VALID_TARGETS,
        texts.say(
            error.key, names=texts.one_of(error.names), wanted=error.wanted or ""
        ),
    )
    return response


def targets(exposed: Iterable[ExposedBackHug]) -> list[IntentResponseTarget]:
    """Return BackHugs as targets of a response."""
    return [
        IntentResponseTarget(
            type=IntentResponseTargetType.ENTITY,
            name=each.name,
            id=each.state.entity_id,
        )
        for each in exposed
    ]
