"""Descriptions in the person's configuration folder, and those that entries use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
import re
from typing import Any, Final

from homeassistant.components.bluetooth import BluetoothServiceInfoBleak
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import CONF_DESCRIPTION, CONF_SUPERVISED, DOMAIN, MAKING_URL
from ..device.described import (
    DescribedProtocol,
    Description,
    DescriptionError,
    read_description,
)

FOLDER: Final = "backhug"
"""In the configuration folder."""
CONF_FILE: Final = "file"
CONF_TEXT: Final = "text"
_ISSUE: Final = "description_"
_LONGEST_FILE: Final = 262_144
"""Octets that are read of a file; a description has at most 64 KiB characters."""


@dataclass(slots=True)
class Descriptions:
    """The descriptions that were found, by file name."""

    texts: dict[str, str] = field(default_factory=dict)
    """The files that can be used."""
    usable: dict[str, Description] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    """Problems in the other files, with the line."""

    def read(self, path: Path) -> None:
        """Read a file."""
        try:
            with path.open("rb") as file:
                text = file.read(_LONGEST_FILE).decode()
            self.usable[path.name] = read_description(path.name, text)
        except DescriptionError as error:
            self.problems[path.name] = str(error)
        except (OSError, ValueError) as error:
            self.problems[path.name] = f"{path.name}: {error}"
        else:
            self.texts[path.name] = text

    def matching(self, info: BluetoothServiceInfoBleak) -> list[str]:
        """Return the files whose description fits an advertisement."""
        return [
            file
            for file, description in self.usable.items()
            if description.match.advertised(
                info.name, frozenset(info.service_uuids), info.manufacturer_data
            )
        ]


async def async_find(hass: HomeAssistant) -> Descriptions:
    """Read all descriptions, and raise a repair issue for each that cannot be used."""
    found = await hass.async_add_executor_job(_find, Path(hass.config.path(FOLDER)))
    for issue_id in [
        issue_id
        for domain, issue_id in ir.async_get(hass).issues
        if domain == DOMAIN and issue_id.startswith(_ISSUE)
    ]:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
    for file in found.problems:
        _report(hass, found, file)
    return found


@callback
def _report(hass: HomeAssistant, found: Descriptions, file: str) -> None:
    """Raise a repair issue for a file that cannot be used, or delete its issue."""
    issue_id = f"{_ISSUE}{file}"
    if (problem := found.problems.get(file)) is None:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        learn_more_url=MAKING_URL,
        severity=ir.IssueSeverity.WARNING,
        translation_key="description_unusable",
        translation_placeholders={"file": file, "problem": problem},
    )


def _find(folder: Path) -> Descriptions:
    found = Descriptions()
    for path in sorted(folder.glob("*.yaml")):
        found.read(path)
    return found


def _find_one(path: Path) -> Descriptions:
    found = Descriptions()
    if path.exists():
        found.read(path)
    return found


async def async_save(hass: HomeAssistant, description: Description, text: str) -> str:
    """Save a description that was pasted; return its file name. Raises OSError."""
    stem = re.sub(r"[^a-z0-9]+", "_", description.name.lower()).strip("_") or FOLDER
    return await hass.async_add_executor_job(
        _save, Path(hass.config.path(FOLDER)), stem, text
    )


def _save(folder: Path, stem: str, text: str) -> str:
    folder.mkdir(exist_ok=True)
    number, path = 1, folder / f"{stem}.yaml"
    while path.exists() and path.read_text(encoding="utf-8") != text:
        number += 1
        path = folder / f"{stem}_{number}.yaml"
    path.write_text(text, encoding="utf-8")
    return path.name


async def async_update_entry(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Take the present text of the entry's description, if it can be used.

    The last usable text stays with the entry: a mistake in the file must not keep a session from being stopped.
    """
    if CONF_DESCRIPTION not in entry.data:
        return
    stored = entry.data[CONF_DESCRIPTION]
    file = stored[CONF_FILE]
    path = Path(hass.config.path(FOLDER)) / file
    found = await hass.async_add_executor_job(_find_one, path)
    _report(hass, found, file)
    text = found.texts.get(file)
    if text is not None and text != stored[CONF_TEXT]:
        hass.config_entries.async_update_entry(
            entry,
            data={
                **{
                    key: value
                    for key, value in entry.data.items()
                    # What was tried under supervision was another description.
                    if key != CONF_SUPERVISED
                },
                CONF_DESCRIPTION: {**stored, CONF_TEXT: text},
            },
        )


def protocol_of(data: Mapping[str, Any]) -> DescribedProtocol | None:
    """Return the described protocol of an entry; None for the open profile."""
    if (stored := data.get(CONF_DESCRIPTION)) is None:
        return None
    return DescribedProtocol(
        read_description(stored[CONF_FILE], stored[CONF_TEXT], stored=True),
        supervised=CONF_SUPERVISED in data,
    )
