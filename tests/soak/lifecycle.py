"""Operations: reloads, restarts and removals of the config entry."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers.storage import STORAGE_DIR

from custom_components.backhug.const import (
    CONF_CONNECTION,
    CONF_IDLE_TIME,
    CONNECTION_ALWAYS,
    CONNECTION_ON_DEMAND,
)

from .operation import resident_operation
from .ownership import Ownership
from .resident import Resident


def _load(resident: Resident, work: Coroutine[Any, Any, Any]) -> None:
    """Load or unload the entry in the background."""
    if resident.loading is not None:
        work.close()
        return
    resident.watch.disarm()
    resident.checks.interrupted()
    resident.loading = asyncio.get_running_loop().create_task(work)

    def ended(task: asyncio.Task[Any]) -> None:
        resident.loading = None
        if (error := task.exception()) is not None:
            resident.violate(f"loading: {error!r}")

    resident.loading.add_done_callback(ended)


@resident_operation()
def reload(resident: Resident) -> None:
    """Reload the entry."""
    if resident.entry.state is ConfigEntryState.LOADED:
        _load(
            resident, resident.hass.config_entries.async_reload(resident.entry.entry_id)
        )


@resident_operation()
def disable_for_a_while(resident: Resident) -> None:
    """Unload the entry, and load it again a while later."""

    async def work() -> None:
        entries = resident.hass.config_entries
        await entries.async_unload(resident.entry.entry_id)
        await asyncio.sleep(3)
        await entries.async_setup(resident.entry.entry_id)

    if resident.entry.state is ConfigEntryState.LOADED:
        _load(resident, work())


@resident_operation(seconds=(0.0, 3.0, 20.0))
def restart(resident: Resident, seconds: float) -> None:
    """Restart Home Assistant; its shutdown takes some seconds."""

    async def work() -> None:
        # The entry stays loaded during a shutdown, and still gets requests.
        await resident.coordinator.async_shutdown()
        await asyncio.sleep(seconds)
        await resident.hass.config_entries.async_reload(resident.entry.entry_id)

    if resident.entry.state is ConfigEntryState.LOADED:
        _load(resident, work())


@resident_operation()
def kill(resident: Resident) -> None:
    """Kill Home Assistant and start it again: only files survive."""

    async def work() -> None:
        entries, entry_id = resident.hass.config_entries, resident.entry.entry_id
        directory = Path(resident.hass.config.path(STORAGE_DIR))
        on_disk = {path: path.read_bytes() for path in _files(directory, entry_id)}
        resident.killed()
        await entries.async_unload(entry_id)
        for path in _files(directory, entry_id):
            path.unlink()
        for path, content in on_disk.items():
            path.write_bytes(content)
        await entries.async_setup(entry_id)

    if resident.entry.state is ConfigEntryState.LOADED:
        _load(resident, work())


def _files(directory: Path, entry_id: str) -> list[Path]:
    """Return the stored files of an entry."""
    return list(directory.glob(f"backhug.*{entry_id}*"))


@resident_operation()
def remove_and_add(resident: Resident) -> None:
    """Remove the BackHug from Home Assistant, and add it again."""

    async def work() -> None:
        entries = resident.hass.config_entries
        await entries.async_remove(resident.entry.entry_id)
        resident.household.removed.append(resident.entry.entry_id)
        # A removed entry forgets its kept stop too.
        resident.watch.due.clear()
        resident.stops_under_way.clear()
        resident.ownership = Ownership(resident, resident.ownership)
        entry = type(resident.simulated)(
            resident.hass,
            resident.back.build,
            resident.simulated.clock,
            resident.back,
            resident.peripheral,
            resident.faults,
        ).entry
        resident.simulated.entry = entry
        entry.add_to_hass(resident.hass)
        await entries.async_setup(entry.entry_id)

    if resident.entry.state is ConfigEntryState.LOADED:
        _load(resident, work())


@resident_operation(connection=(CONNECTION_ALWAYS, CONNECTION_ON_DEMAND), idle=(10, 60))
def set_options(resident: Resident, connection: str, idle: int) -> None:
    """Change the connection options, which reloads the entry."""

    async def work() -> None:
        entries = resident.hass.config_entries
        entries.async_update_entry(
            resident.entry,
            options={
                **resident.entry.options,
                CONF_CONNECTION: connection,
                CONF_IDLE_TIME: idle,
            },
        )
        await entries.async_reload(resident.entry.entry_id)

    if resident.entry.state is ConfigEntryState.LOADED:
        _load(resident, work())
