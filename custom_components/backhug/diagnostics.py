"""Diagnostics without addresses, serial numbers and names of people and places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
import re
from typing import Any, Final

from homeassistant.components import bluetooth
from homeassistant.components.bluetooth import (
    DOMAIN as BLUETOOTH,
    BluetoothReachabilityIntent,
)
from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    floor_registry as fr,
)

from .const import CONF_DEFAULT_PERSON
from .coordinator import BackHugConfigEntry
from .device.addresses import address_patterns, redacted_hex
from .people.persons import async_persons
from .session.history import History

TO_REDACT: Final = {
    "address",
    CONF_DEFAULT_PERSON,
    "discovery_keys",
    "serial",
    "title",
    "unique_id",
}

_ANY_ADDRESS: Final = r"(?<![0-9A-F])(?:[0-9A-F]{2}[-:_]){5}[0-9A-F]{2}(?![0-9A-F])"
_OF_THE_RADIO: Final = (
    # "<name> - <address>" and "<name> (<address>)": bleak-retry-connector, ESPHome, adapters.
    rf"[^'\"():;,]+(?= - {_ANY_ADDRESS})",
    rf"[^'\"():;,]+(?= \({_ANY_ADDRESS})",
    # "<name> (connectable=…" and "… ago via <name>": Home Assistant's Bluetooth integration.
    r"[^'\";]+(?= \(connectable=)",
    r"(?<= ago via )[^'\";]+",
    _ANY_ADDRESS,
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SHORTEST_NAME: Final = 2
"""Shorter names are kept: replacing a single character would damage all other text."""


def _history(history: History) -> dict[str, Any]:
    """Return a summary of the history, without the times of sessions."""
    last = history.last
    return {
        "sessions": len(history.sessions),
        "with_tension": sum(session.before is not None for session in history.sessions),
        "missed": sum(session.missed for session in history.sessions),
        "minutes_treated": history.treated // 60,
        "last_session": None
        if last is None
        else {
            "number": last.number,
            "minutes": last.minutes,
            "seconds_treated": last.treated,
            "ended_by": last.ended_by,
            "missed": last.missed,
            "measured_before": last.before is not None,
            "measured_after": last.after is not None,
        },
        "running_session": history.running and history.running.number,
    }


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: BackHugConfigEntry
) -> dict[str, Any]:
    """Return diagnostics of a config entry."""
    coordinator = entry.runtime_data
    link = coordinator.controller.back_hug.connection
    client = link.client
    advertisement = None
    if info := bluetooth.async_last_service_info(
        hass, coordinator.address, connectable=False
    ):
        advertisement = {
            "connectable": info.connectable,
            "manufacturer_data": {
                company: data.hex() for company, data in info.manufacturer_data.items()
            },
            "rssi": info.rssi,
            "service_uuids": info.service_uuids,
        }

    diagnostics: dict[str, Any] = {
        "entry": entry.as_dict(),
        "advertisement": advertisement,
        "available": coordinator.available,
        "link": {
            "held": link.held,
            "connected": client is not None,
            "last_error": repr(link.last_error) if link.last_error else None,
            "history": list(link.history),
            "mtu": coordinator.controller.back_hug.mtu,
            "characteristics": [
                {
                    "uuid": characteristic.uuid,
                    "handle": characteristic.handle,
                    "properties": characteristic.properties,
                }
                for characteristic in (
                    client.services.characteristics.values() if client else ()
                )
            ],
            "reachability": bluetooth.async_address_reachability_diagnostics(
                hass, coordinator.address, BluetoothReachabilityIntent.CONNECTION
            ),
        },
        "unexplained": [
            redacted_hex(value, coordinator.address)
            for value in coordinator.controller.back_hug.unexplained
        ],
        "malformed": dict(coordinator.controller.back_hug.reported.counters),
        "device": asdict(coordinator.controller.back_hug.snapshot),
        "history": _history(coordinator.history),
    }
    redacted: dict[str, Any] = _redaction(hass, entry)(
        async_redact_data(diagnostics, TO_REDACT)
    )
    return redacted


class _Redaction:
    """Replaces addresses and names in texts, in any notation."""

    def __init__(self, addresses: Iterable[str], names: Iterable[str]) -> None:
        """Create from addresses of devices and adapters, and names of devices and places."""
        patterns = [
            rf"(?<!\w){re.escape(name)}(?!\w)"
            for name in sorted(set(names), key=len, reverse=True)
            if len(name) >= _SHORTEST_NAME
        ]
        # Names first, because they may contain a part of an address.
        patterns += _OF_THE_RADIO
        for address in sorted(set(addresses)):
            patterns += address_patterns(address)
        self._secret = re.compile("|".join(patterns), re.IGNORECASE)

    def __call__(self, value: Any) -> Any:
        """Return a tree of values with redacted texts."""
        match value:
            case str():
                if _UUID.fullmatch(value):
                    return value
                return self._secret.sub(REDACTED, value)
            case Mapping():
                return {key: self(each) for key, each in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self(each) for each in value]
        return value


@callback
def _redaction(hass: HomeAssistant, entry: BackHugConfigEntry) -> _Redaction:
    """Return the redaction of names and addresses of a BackHug, its adapters and proxies, and the home."""
    coordinator = entry.runtime_data
    addresses = {coordinator.address}
    names: set[str | None] = {
        entry.title,
        coordinator.name,
        coordinator.information.serial,
    }
    devices = dr.async_get(hass)
    for scanner in bluetooth.async_current_scanners(hass):
        addresses.add(scanner.source)
        names |= {scanner.name, scanner.name.partition(" (")[0]}
    for found in bluetooth.async_scanner_devices_by_address(
        hass, coordinator.address, connectable=False
    ):
        names |= {found.ble_device.name, found.advertisement.local_name}
    if info := bluetooth.async_last_service_info(
        hass, coordinator.address, connectable=False
    ):
        addresses.add(info.source)
        names.add(info.name)
    # Includes proxies that are offline.
    for each in (entry, *hass.config_entries.async_entries(BLUETOOTH)):
        names.add(each.title)
        for device in dr.async_entries_for_config_entry(devices, each.entry_id):
            names |= {device.name, device.name_by_user}
    names |= {area.name for area in ar.async_get(hass).async_list_areas()}
    names |= {floor.name for floor in fr.async_get(hass).async_list_floors()}
    for person in async_persons(hass):
        names |= {person.id, person.name}
    names |= {subentry.title for subentry in entry.subentries.values()}
    return _Redaction(addresses, filter(None, names))
