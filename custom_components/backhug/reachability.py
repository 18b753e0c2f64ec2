"""Why a BackHug cannot be reached, in words: from what Home Assistant's Bluetooth knows of the way to it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from homeassistant.components import bluetooth
from homeassistant.core import HomeAssistant, callback

WEAK_SIGNAL: Final = -90
"""Below this signal strength, in dBm, connections are rarely made."""


class Obstacle(StrEnum):
    """What keeps Home Assistant from a BackHug; each has a text of its own for every error that tells it."""

    NO_SCANNER = "no_scanner"
    """No adapter and no proxy works."""
    PASSIVE_ONLY = "passive_only"
    """Those that hear it only listen."""
    NO_FREE_SLOT = "no_free_slot"
    """Those that hear it have all their connections in use."""
    WEAK_SIGNAL = "weak_signal"
    """It is almost out of range of those that hear it."""


@callback
def async_unreachable(hass: HomeAssistant, address: str, key: str) -> str:
    """Return the key of the text that says why a device is out of reach.

    It is `key` itself if nothing is known to be in the way: the device is off, out of range, or has another client.
    """
    obstacle = _obstacle(hass, address)
    return key if obstacle is None else f"{key}_{obstacle}"


@callback
def _obstacle(hass: HomeAssistant, address: str) -> Obstacle | None:
    working = [
        scanner
        for scanner in bluetooth.async_current_scanners(hass)
        # A scanner pauses while it connects.
        if scanner.scanning or scanner.connecting_count
    ]
    if not working:
        return Obstacle.NO_SCANNER
    heard = bluetooth.async_scanner_devices_by_address(hass, address, connectable=False)
    paths = [each for each in heard if each.scanner.connectable]
    if not paths:
        last = bluetooth.async_last_service_info(hass, address, connectable=False)
        only_listened_to = heard or (last is not None and not last.connectable)
        if only_listened_to or not any(each.connectable for each in working):
            return Obstacle.PASSIVE_ONLY
        return None
    slots = [each.scanner.get_allocations() for each in paths]
    if all(each is not None and not each.free for each in slots):
        return Obstacle.NO_FREE_SLOT
    if max(each.advertisement.rssi for each in paths) < WEAK_SIGNAL:
        return Obstacle.WEAK_SIGNAL
    return None
