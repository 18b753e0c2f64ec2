"""Takes out of a tree of values who and where somebody is: addresses, names, rooms, serial numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import re
from typing import Any, Final

from homeassistant.components import bluetooth
from homeassistant.components.bluetooth import DOMAIN as BLUETOOTH
from homeassistant.components.diagnostics import REDACTED
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    floor_registry as fr,
)

from .coordinator import BackHugConfigEntry

_SEPARATOR: Final = "[-:_. ]?"
_ANY_ADDRESS: Final = r"(?<![0-9A-F])(?:[0-9A-F]{2}[-:_]){5}[0-9A-F]{2}(?![0-9A-F])"
_OF_THE_RADIO: Final = (
    # "<name> - <address>" and "<name> (<address>)", as bleak-retry-connector, ESPHome and adapters say it.
    rf"[^'\"():;,]+(?= - {_ANY_ADDRESS})",
    rf"[^'\"():;,]+(?= \({_ANY_ADDRESS})",
    # "<name> (connectable=…" and "… ago via <name>", as Home Assistant's Bluetooth says it.
    r"[^'\";]+(?= \(connectable=)",
    r"(?<= ago via )[^'\";]+",
    _ANY_ADDRESS,
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SHORTEST_NAME: Final = 2
"""A shorter one tells nobody, and would spoil all other text."""


def _address_patterns(address: str) -> list[str]:
    """Return patterns of an address, in either order of its octets, and of the parts of it that names end with."""
    octets = address.split(":")
    patterns = []
    for length in range(len(octets), 2, -1):
        part = octets[-length:]
        patterns += [_SEPARATOR.join(part), _SEPARATOR.join(reversed(part))]
    # Four digits are anywhere in a longer number, too.
    patterns.append(rf"(?<![0-9A-Z]){_SEPARATOR.join(octets[-2:])}(?![0-9A-Z])")
    return patterns


class Redaction:
    """Replaces secrets, wherever they are in a text and however they are written."""

    def __init__(self, addresses: Iterable[str], names: Iterable[str]) -> None:
        """Take the addresses of devices and adapters, and what they and the places are called."""
        patterns = [
            rf"(?<!\w){re.escape(name)}(?!\w)"
            for name in sorted(set(names), key=len, reverse=True)
            if len(name) >= _SHORTEST_NAME
        ]
        # Names first: they may hold a part of an address.
        patterns += _OF_THE_RADIO
        for address in sorted(set(addresses)):
            patterns += _address_patterns(address)
        self._secret = re.compile("|".join(patterns), re.IGNORECASE)

    def __call__(self, value: Any) -> Any:
        """Return a tree of values without the secrets in its texts."""
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
def async_redaction(hass: HomeAssistant, entry: BackHugConfigEntry) -> Redaction:
    """Return what takes out of diagnostics what Home Assistant knows of one BackHug, the way to it, and the home."""
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
    # Of a proxy that is unplugged, too.
    for of in (entry, *hass.config_entries.async_entries(BLUETOOTH)):
        names.add(of.title)
        for device in dr.async_entries_for_config_entry(devices, of.entry_id):
            names |= {device.name, device.name_by_user}
    names |= {area.name for area in ar.async_get(hass).async_list_areas()}
    names |= {floor.name for floor in fr.async_get(hass).async_list_floors()}
    names |= {subentry.title for subentry in entry.subentries.values()}
    return Redaction(addresses, filter(None, names))
