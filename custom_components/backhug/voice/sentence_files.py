"""Installation of the sentences for Assist in the user's configuration.

Home Assistant reads custom sentences only from `custom_sentences/` there. The first line of an installed file
holds a fingerprint of the rest: a file that does not match it was changed by the user and is never overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from enum import StrEnum
import errno
from hashlib import sha256
import logging
from pathlib import Path
from typing import Final

from homeassistant.const import SERVICE_RELOAD
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.file import WriteError, write_utf8_file_atomic

from ..const import DOMAIN, LANGUAGES
from .notifier import async_notifier

_LOGGER = logging.getLogger(__name__)

CONVERSATION: Final = "conversation"
FOLDER: Final = "custom_sentences"
FILE: Final = f"{DOMAIN}.yaml"
ISSUE_OUTDATED: Final = "sentences_outdated"
ISSUE_LEFT: Final = "sentences_left"

_SHIPPED: Final = Path(__file__).parent.parent / "sentences"
_HEADER: Final = "# Installed by the BackHug integration, which updates this file until somebody changes it: "


VARIANTS: Final = {"en": ("en",), "de": ("de", "de-CH")}
"""The folders of each language: Home Assistant reads that of one variant only, and takes de-CH also for de-AT."""


class Installed(StrEnum):
    """State of the sentences file of one language."""

    ABSENT = "absent"
    CURRENT = "current"
    OUTDATED = "outdated"
    """Installed by another version of the integration, and unchanged."""
    CHANGED = "changed"
    """Changed or written by the user."""


def path_of(hass: HomeAssistant, variant: str) -> Path:
    """Return the path of the sentences file of a language or variant."""
    return Path(hass.config.path(FOLDER, variant, FILE))


def _paths(hass: HomeAssistant, language: str) -> list[Path]:
    return [path_of(hass, variant) for variant in VARIANTS[language]]


async def async_installed(hass: HomeAssistant) -> dict[str, Installed]:
    """Return the state of the sentences files of each language; raises OSError."""
    return await hass.async_add_executor_job(_all_installed, hass)


def _all_installed(hass: HomeAssistant) -> dict[str, Installed]:
    return {language: _installed(hass, language) for language in LANGUAGES}


def _installed(hass: HomeAssistant, language: str) -> Installed:
    """Return the state of a language; outdated also if a variant lacks its file, as before there were variants."""
    states = {_state(path, language) for path in _paths(hass, language)}
    if Installed.OUTDATED in states or states >= {Installed.CURRENT, Installed.ABSENT}:
        return Installed.OUTDATED
    return next(
        state
        for state in (Installed.CHANGED, Installed.CURRENT, Installed.ABSENT)
        if state in states
    )


def _state(path: Path, language: str) -> Installed:
    try:
        found = path.read_text("utf-8", "replace")
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
    """Install the sentences of these languages and remove those of all others.

    Returns the files that were kept because the user changed them. Raises OSError.
    """

    def apply() -> list[Path]:
        left = []
        for language in LANGUAGES:
            for path in _paths(hass, language):
                state = _state(path, language)
                if state is Installed.CHANGED:
                    left.append(path)
                elif language in languages:
                    _install(path, language)
                elif state is not Installed.ABSENT:
                    _remove(path)
        return left

    return await _async_change(hass, apply)


async def async_update(hass: HomeAssistant) -> None:
    """Update the files that another version installed; raises OSError."""

    def update() -> None:
        for language, installed in _all_installed(hass).items():
            if installed is not Installed.OUTDATED:
                continue
            for path in _paths(hass, language):
                if _state(path, language) is not Installed.CHANGED:
                    _install(path, language)

    await _async_change(hass, update)


async def async_remove_all(hass: HomeAssistant) -> None:
    """Remove the installed files; create an issue for files that the user changed."""
    try:
        left = await async_apply(hass, ())
    except OSError as error:
        _LOGGER.warning("The sentences for Assist could not be removed: %s", error)
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
    """Create the issue for outdated files, or delete it."""
    ir.async_delete_issue(hass, DOMAIN, ISSUE_LEFT)
    try:
        installed = await async_installed(hass)
    except OSError as error:
        _LOGGER.warning("The sentences for Assist cannot be read: %s", error)
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
    """Return paths relative to the configuration directory, as one text."""
    return ", ".join("/".join(file.parts[-3:]) for file in files)


def problem_of(error: OSError) -> str:
    """Return the key of the explanation of an error."""
    match error.errno:
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return "cannot_write_read_only"
        case errno.ENOSPC | errno.EDQUOT:
            return "cannot_write_full"
        case errno.ENOTDIR | errno.EEXIST | errno.ELOOP | errno.EISDIR | errno.EXDEV:
            return "cannot_write_linked"
    return "cannot_write"


def _install(path: Path, language: str) -> None:
    """Write the sentences of a language; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_utf8_file_atomic(str(path), _to_install(language))
    except WriteError as error:
        cause = error.__cause__
        raise cause if isinstance(cause, OSError) else OSError(str(error)) from error


def _remove(path: Path) -> None:
    """Delete a file, and the folders that are empty then; raises OSError."""
    path.unlink()
    # A folder that is linked or mounted stays.
    with suppress(OSError):
        for folder in path.parents[:2]:
            folder.rmdir()


async def _async_change[T](hass: HomeAssistant, change: Callable[[], T]) -> T:
    """Change files and reload the sentences of Assist."""
    try:
        return await hass.async_add_executor_job(change)
    finally:
        await _async_reload(hass)
        await async_offer_update(hass)
        for listener in async_notifier(hass).sentences_changed:
            listener()


async def _async_reload(hass: HomeAssistant) -> None:
    if not hass.services.has_service(CONVERSATION, SERVICE_RELOAD):
        return
    try:
        await hass.services.async_call(CONVERSATION, SERVICE_RELOAD, blocking=True)
    except (HomeAssistantError, OSError) as error:
        # The reload fails if the user's own configuration is invalid.
        _LOGGER.warning(
            "The sentences of Assist could not be reloaded; restart Home Assistant: %s",
            error,
        )
