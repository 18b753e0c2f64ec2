"""Beds of invented vendors: in reach, in the flow, set up and operated."""

from pathlib import Path
from typing import Any

from homeassistant.components import bluetooth
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigFlowResult
from homeassistant.const import ATTR_ENTITY_ID, CONF_SOURCE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.described.files import FOLDER
from simulator.clock import ManualClock
from simulator.vendors.bed import VendorBed
from simulator.vendors.murmur import Murmur
from simulator.vendors.relaxa import Relaxa
from tests.home import Home, until


def folder_in(
    directory: Path, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return the folder of descriptions of a configuration in a directory; scans take no time."""

    async def scan(*_: object) -> None:
        return None

    monkeypatch.setattr(bluetooth, "async_request_active_scan", scan)
    hass.config.config_dir = str(directory)
    folder = directory / FOLDER
    folder.mkdir()
    return folder


async def in_reach(home: Home, bed: VendorBed) -> None:
    """Put a bed in reach."""
    await bed.start()

    async def close() -> None:
        for entry in home.hass.config_entries.async_loaded_entries(DOMAIN):
            await home.hass.config_entries.async_unload(entry.entry_id)
        await bed.stop()

    home.on_close(close)
    await until(
        lambda: (
            (info := bluetooth.async_last_service_info(home.hass, bed.address))
            and info.name == bed.name
        ),
        "it is seen",
    )


async def relaxa_in(
    home: Home, name: str = "RLX-0042", manufacturer_data: bytes = b""
) -> Relaxa:
    """Return a bed in reach that is operated by keys."""
    bed = Relaxa(home.radio, ManualClock())
    bed.name = name
    bed.manufacturer_data = manufacturer_data
    await in_reach(home, bed)
    return bed


async def murmur_in(home: Home) -> Murmur:
    """Return a bed in reach that reports nothing."""
    bed = Murmur(home.radio, ManualClock())
    await in_reach(home, bed)
    return bed


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Start the flow by hand."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={CONF_SOURCE: SOURCE_USER}
    )


async def submit(
    hass: HomeAssistant, flow: ConfigFlowResult, **user_input: str
) -> ConfigFlowResult:
    """Submit a form."""
    return await hass.config_entries.flow.async_configure(flow["flow_id"], user_input)


async def set_up(home: Home, bed: VendorBed) -> ConfigEntry[Any]:
    """Add a bed by the description in the folder."""
    flow = await start(home.hass)
    result = await submit(home.hass, flow, address=bed.address)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry: ConfigEntry[Any] = result["result"]
    await until(lambda: entry.runtime_data.available, "it is live")
    await home.hass.async_block_till_done()
    return entry


def entity(hass: HomeAssistant, bed: VendorBed, platform: str, key: str) -> str | None:
    """Return the id of an entity; None if there is none."""
    return er.async_get(hass).async_get_entity_id(
        platform, DOMAIN, f"{bed.address}_{key}"
    )


async def call(
    hass: HomeAssistant, bed: VendorBed, action: str, key: str, **data: object
) -> None:
    """Call an action of an entity."""
    platform, _, service = action.partition(".")
    target = {ATTR_ENTITY_ID: entity(hass, bed, platform, key)}
    await hass.services.async_call(platform, service, {**target, **data}, blocking=True)


def value(hass: HomeAssistant, bed: VendorBed, platform: str, key: str) -> str:
    """Return what an entity shows."""
    state = hass.states.get(entity(hass, bed, platform, key) or "")
    assert state is not None, key
    return state.state
