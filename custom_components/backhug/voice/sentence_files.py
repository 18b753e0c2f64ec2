"""The sentences that Assist understands: files in the person's own configuration.

Home Assistant reads sentences from `custom_sentences/` there only. What is installed begins with a line that
holds its fingerprint: a file that no longer fits it was changed by the person, and is theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import StrEnum
from hashlib import sha256
import logging
from pathlib import Path
from typing import Final

from homeassistant.const import SERVICE_RELOAD
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.file import write_utf8_file_atomic

from ..const import DOMAIN, LANGUAGES

_LOGGER = logging.getLogger(__name__)

CONVERSATION: Final = "conversation"
FOLDER: Final = "custom_sentences"
FILE: Final = f"{DOMAIN}.yaml"
ISSUE_OUTDATED: Final = "sentences_outdated"
ISSUE_LEFT: Final = "sentences_left"

_SHIPPED: Final = Path(__file__).parent.parent / "sentences"
_HEADER: Final = "# Installed by the BackHug integration, which updates this file until somebody changes it: "


class Installed(StrEnum):
    """What is in the place of the sentences of one language."""

    ABSENT = "absent"
    CURRENT = "current"
    OUTDATED = "outdated"
    """From another version of the integration, and as that one installed it."""
    CHANGED = "changed"
    """By the person, or made by them: nothing of ours."""


def path_of(hass: HomeAssistant, language: str) -> Path:
    """Return where the sentences of a language are installed."""
    return Path(hass.config.path(FOLDER, language, FILE))


async def async_installed(hass: HomeAssistant) -> dict[str, Installed]:
    """Return what is installed, by language; raises OSError."""
    return await hass.async_add_executor_job(_all_installed, hass)


def _all_installed(hass: HomeAssistant) -> dict[str, Installed]:
    return {language: _installed(hass, language) for language in LANGUAGES}


def _installed(hass: HomeAssistant, language: str) -> Installed:
    try:
        found = path_of(hass, language).read_text("utf-8", "replace")
    except FileNotFoundError:
        return Installed.ABSENT
    if found == _to_install(language):
        return Installed.CURRENT
    header, _, sentences = found.partition("\n")
    return Installed.OUTDATED if header == _header(sentences) else Installed.CHANGED


def _to_install(language: str) -> str:
    sentences = (_SHIPPED / language / FILE).read_text("utf-8")
    return f"{_header(sentences)}\n{sentences}"


def _header(sentences: str) -> str:
    return _HEADER + sha256(sentences.encode("utf-8", "replace")).hexdigest()


async def async_apply(hass: HomeAssistant, languages: Collection[str]) -> list[Path]:
    """Have the sentences of these languages installed, and of no others.

    Returns the files that were left as they are, because the person changed them. Raises OSError.
    """

    def apply() -> list[Path]:
        left = []
        for language, installed in _all_installed(hass).items():
            if installed is Installed.CHANGED:
                left.append(path_of(hass, language))
            elif language in languages:
                _install(hass, language)
            elif installed is not Installed.ABSENT:
                _remove(hass, language)
        return left

    return await _async_change(hass, apply)


async def async_update(hass: HomeAssistant) -> None:
    """Bring up to date what another version installed; raises OSError."""

    def update() -> None:
        for language, installed in _all_installed(hass).items():
            if installed is Installed.OUTDATED:
                _install(hass, language)

    await _async_change(hass, update)


async def async_remove_all(hass: HomeAssistant) -> None:
    """Remove what was installed; tell the person of what they changed, and of what cannot be removed."""
    try:
        left = await async_apply(hass, ())
    except OSError as error:
        _LOGGER.warning("The sentences of Assist could not be removed: %s", error)
        return
    if left:
        ir.async_create_issue(
            hass,
            DOMAIN,
            ISSUE_LEFT,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_LEFT,
            translation_placeholders={"files": named(left)},
        )


async def async_offer_update(hass: HomeAssistant) -> None:
    """Offer to update what another version installed, or withdraw the offer."""
    ir.async_delete_issue(hass, DOMAIN, ISSUE_LEFT)
    try:
        installed = await async_installed(hass)
    except OSError as error:
        _LOGGER.warning("The sentences of Assist cannot be read: %s", error)
        return
    if Installed.OUTDATED not in installed.values():
        ir.async_delete_issue(hass, DOMAIN, ISSUE_OUTDATED)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        ISSUE_OUTDATED,
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=ISSUE_OUTDATED,
    )


def named(files: Collection[Path]) -> str:
    """Return files as a person finds them: in their configuration."""
    return ", ".join("/".join(file.parts[-3:]) for file in files)


def _install(hass: HomeAssistant, language: str) -> None:
    path = path_of(hass, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_utf8_file_atomic(str(path), _to_install(language))


def _remove(hass: HomeAssistant, language: str) -> None:
    path = path_of(hass, language)
    path.unlink()
    for folder in path.parents[:2]:
        if any(folder.iterdir()):
            return
        folder.rmdir()


async def _async_change[T](hass: HomeAssistant, change: Callable[[], T]) -> T:
    """Change files, and have Assist read them again."""
    try:
        return await hass.async_add_executor_job(change)
    finally:
        await _async_reload(hass)
        await async_offer_update(hass)


async def _async_reload(hass: HomeAssistant) -> None:
    if not hass.services.has_service(CONVERSATION, SERVICE_RELOAD):
        return
    try:
        await hass.services.async_call(CONVERSATION, SERVICE_RELOAD, blocking=True)
    except (HomeAssistantError, OSError) as error:
        # The person's own configuration cannot be read: Assist reads that, too.
        _LOGGER.warning(
            "Assist takes up its sentences at the next start only: %s", error
        )
