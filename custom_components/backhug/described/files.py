"""Descriptions in the person's configuration folder, and those that entries use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
import re
from typing import Any, Final

from homeassistant.components.bluetooth import BluetoothServiceInfoBleak
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
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
    """What is wrong in the others, with the line."""

    def matching(self, info: BluetoothServiceInfoBleak) -> list[str]:
        """Return the files whose description fits an advertisement."""
        return [
            file
            for file, description in self.usable.items()
            if description.match.advertised(
                info.name, frozenset(info.service_uuids), info.manufacturer_data
            )
        ]


async def async_find(hass: HomeAssistant, file: str | None = None) -> Descriptions:
    """Read all descriptions, or one file; raise a repair issue for each that cannot be used."""
    folder = Path(hass.config.path(FOLDER))
    found = await hass.async_add_executor_job(_find, folder, file)
    for issue_id in [
        issue_id
        for domain, issue_id in ir.async_get(hass).issues
        if domain == DOMAIN and issue_id.startswith(f"{_ISSUE}{file or ''}")
    ]:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
    for name, problem in found.problems.items():
        ir.async_create_issue(
            hass,
            DOMAIN,
            f"{_ISSUE}{name}",
            is_fixable=False,
            learn_more_url=MAKING_URL,
            severity=ir.IssueSeverity.WARNING,
            translation_key="description_unusable",
            translation_placeholders={"file": name, "problem": problem},
        )
    return found


def _find(folder: Path, name: str | None) -> Descriptions:
    found = Descriptions()
    for path in sorted(folder.glob("*.yaml")) if name is None else [folder / name]:
        try:
            with path.open("rb") as file:
                text = file.read(_LONGEST_FILE).decode()
            found.usable[path.name] = read_description(path.name, text)
        except FileNotFoundError:
            # An entry goes on with the last text of a file that is gone.
            continue
        except DescriptionError as error:
            found.problems[path.name] = str(error)
        except (OSError, ValueError) as error:
            found.problems[path.name] = f"{path.name}: {error}"
        else:
            found.texts[path.name] = text
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
    text = (await async_find(hass, file)).texts.get(file)
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
        read_description(stored[CONF_FILE], stored[CONF_TEXT]),
        supervised=CONF_SUPERVISED in data,
    )
