"""What is answered to a person who speaks, in the language that they speak."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Self

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util, language as language_util

from ..const import DOMAIN, LANGUAGES
from ..device.model import Area, Flow, Region
from ..programmes.model import Programme


class Texts:
    """The texts of one language."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Take translations, by their full keys."""
        self._texts = texts

    @classmethod
    async def async_load(cls, hass: HomeAssistant, language: str) -> Self:
        """Return the texts of the language that is nearest to this one."""
        nearest = [*language_util.matches(language, LANGUAGES), LANGUAGES[0]][0]
        texts: dict[str, str] = {}
        for category in ("common", "exceptions", "selector"):
            texts |= await async_get_translations(hass, nearest, category, [DOMAIN])
        return cls(texts)

    def say(self, key: str, **placeholders: str | float) -> str:
        """Return a sentence."""
        return self._text(f"common.{key}").format(**placeholders)

    def refusal(self, error: HomeAssistantError, name: str) -> str:
        """Return why something did not work; shorter than it is written, where that is too much to hear."""
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
        """Return where a region of the back is."""
        return self.say(f"region_{region}")

    def minutes(self, minutes: int) -> str:
        """Return a number of minutes."""
        if minutes == 1:
            return self.say("one_minute")
        return self.say("minutes", minutes=minutes)

    def time(self, time: datetime) -> str:
        """Return a time of day."""
        return self.say("time", time=f"{dt_util.as_local(time):%H:%M}")

    def all_of(self, names: Iterable[str]) -> str:
        """Return names that are all meant."""
        return self._joined("all_of", list(names))

    def one_of(self, names: Iterable[str]) -> str:
        """Return names one of which is meant."""
        return self._joined("one_of", list(names))

    def _joined(self, key: str, names: Sequence[str]) -> str:
        if len(names) <= 1:
            return "".join(names)
        return self.say(key, names=", ".join(names[:-1]), last=names[-1])

    def _text(self, key: str) -> str:
        return self._texts[f"component.{DOMAIN}.{key}"]
