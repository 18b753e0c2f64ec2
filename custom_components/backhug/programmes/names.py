"""Names of programmes: rules, display and lookup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from itertools import count
import re
from typing import Any, Final, Self
import unicodedata

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import language as language_util

from ..const import DOMAIN, LANGUAGES, SUBENTRY_PROGRAMME
from .catalogue import BUILT_IN
from .editing import from_stored
from .model import NO_PROGRAMME, Programme

LONGEST_NAME: Final = 40

_RESERVED: Final = frozenset({STATE_UNAVAILABLE, STATE_UNKNOWN})
"""States with a special meaning in Home Assistant."""
_MORE_WORDS_FOR_NONE: Final = ("kein", "keine", "keins")
"""Words for no programme, besides the translated option."""
_BLANKS: Final = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_NO_SHAPE: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Invisible letters and symbols: fillers, and the empty Braille pattern."""
_JOINERS: Final = re.compile("[\u200c\u200d\U000e0020-\U000e007f]")
"""Format characters used in emoji, flags and some scripts."""
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Variation selectors."""


class NameProblem(StrEnum):
    """Problems of a name, by translation key."""

    LENGTH = "name_length"
    INVISIBLE = "name_invisible"
    RESERVED = "name_reserved"
    TAKEN = "name_taken"


def tidy(name: str) -> str:
    """Return a name as it is stored: NFC, with single spaces and none around it."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", name)).strip()


def compared(name: str) -> str:
    """Return a name for comparison: equal for names that look the same."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    folded = unicodedata.normalize("NFKC", folded)
    seen = "".join(
        each
        for each in folded
        if unicodedata.category(each) not in {"Cf", "Cs"} and not _SELECTORS.match(each)
    )
    return " ".join(seen.split())


def _is_forbidden(character: str) -> bool:
    """Return whether a character is a line break or an invisible control character."""
    match unicodedata.category(character):
        case "Cc" | "Cs" | "Zl" | "Zp":
            return True
        case "Cf":
            return _JOINERS.match(character) is None
    return False


def _is_visible(name: str) -> bool:
    return any(
        unicodedata.category(each)[0] in "LNPS" and each not in _NO_SHAPE
        for each in name
    )


def _usable(name: str) -> str:
    """Return the part of any name that can be shown; empty if there is none."""
    line = " ".join(
        "".join(each if not _is_forbidden(each) else " " for each in name).split()
    )
    return tidy(line)[:LONGEST_NAME].strip() if _is_visible(line) else ""


def household(hass: HomeAssistant, entry: ConfigEntry[Any]) -> list[ConfigEntry[Any]]:
    """Return the entries whose programmes a device offers: its own first, then those of the others."""
    others = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    return [entry, *(other for other in others if other is not entry)]


class ProgrammeNames:
    """Names of the built-in programmes in all languages and of a user's own.

    Each name belongs to one programme only, across all languages.
    """

    def __init__(
        self,
        built_in: Mapping[str, Mapping[str, str]],
        language: str = LANGUAGES[0],
        nameless: str = SUBENTRY_PROGRAMME,
    ) -> None:
        """Initialise with built-in names by language and key, and the replacement for an invisible name."""
        self._shown = built_in.get(language, {})
        self._nameless = nameless
        self._keys = {compared(key): key for key in (NO_PROGRAMME, *BUILT_IN)}
        self._keys |= dict.fromkeys(_MORE_WORDS_FOR_NONE, NO_PROGRAMME)
        for names in built_in.values():
            self._keys |= {compared(name): key for key, name in names.items()}

    @classmethod
    async def async_load(cls, hass: HomeAssistant) -> Self:
        """Return the names in all languages, shown in that of Home Assistant."""
        nearest = [
            *language_util.matches(hass.config.language, LANGUAGES),
            LANGUAGES[0],
        ][0]
        prefix = f"component.{DOMAIN}.selector.programme.options."
        built_in = {}
        for language in LANGUAGES:
            texts = await async_get_translations(hass, language, "selector", [DOMAIN])
            built_in[language] = {
                key.removeprefix(prefix): text
                for key, text in texts.items()
                if key.startswith(prefix)
            }
        texts = await async_get_translations(
            hass, nearest, "config_subentries", [DOMAIN]
        )
        nameless = texts[
            f"component.{DOMAIN}.config_subentries.{SUBENTRY_PROGRAMME}.entry_type"
        ]
        return cls(built_in, nearest, nameless)

    def key_of(self, name: str) -> str | None:
        """Return the key of a built-in programme by name or key, or NO_PROGRAMME; None if unknown."""
        return self._keys.get(compared(name))

    def shown(self, programme: Programme | None) -> str:
        """Return the name of a programme, or of none, in the language of Home Assistant."""
        if programme is not None and programme.name is not None:
            return programme.name
        key = NO_PROGRAMME if programme is None else programme.key
        return self._shown.get(key, key)

    def own(self, entries: Iterable[ConfigEntry[Any]]) -> dict[str, Programme]:
        """Return the user's own programmes in entries, see `household`, by subentry id.

        Home Assistant allows any name for a subentry. The first of two with the same name keeps it, which in one
        entry is the older one; the other gets a number. Programmes that cannot be read are left out.
        """
        subentries = {
            key: subentry
            for entry in entries
            for key, subentry in entry.subentries.items()
            if subentry.subentry_type == SUBENTRY_PROGRAMME
        }
        taken = {*self._keys, *_RESERVED}
        names: dict[str, str] = {}
        usable = {
            key: _usable(subentry.title) or self._nameless
            for key, subentry in subentries.items()
        }
        for key, name in usable.items():
            if compared(name) not in taken:
                names[key] = name
                taken.add(compared(name))
        for key, name in usable.items():
            if key not in names:
                numbered = (f"{name} ({number})" for number in count(2))
                names[key] = next(
                    each for each in numbered if compared(each) not in taken
                )
                taken.add(compared(names[key]))
        own = {}
        for key, subentry in subentries.items():
            # A later version may have stored something else.
            with suppress(ArithmeticError, LookupError, TypeError, ValueError):
                own[key] = from_stored(key, names[key], subentry.data)
        return own

    def problem(
        self,
        entries: Iterable[ConfigEntry[Any]],
        name: str,
        edited: str | None = None,
    ) -> NameProblem | None:
        """Return the problem of a name in entries, see `household`, or None.

        `edited` is the key of a programme that may keep its name.
        """
        name = tidy(name)
        if not 0 < len(name) <= LONGEST_NAME:
            return NameProblem.LENGTH
        if any(map(_is_forbidden, name)) or not _is_visible(name):
            return NameProblem.INVISIBLE
        wanted = compared(name)
        if wanted in _RESERVED:
            return NameProblem.RESERVED
        own = self.own(entries).values()
        taken = {compared(each.option) for each in own if each.key != edited}
        return NameProblem.TAKEN if wanted in taken | self._keys.keys() else None
