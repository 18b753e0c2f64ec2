"""Obstacles between Home Assistant and a BackHug that is out of reach."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from homeassistant.components import bluetooth
from homeassistant.core import HomeAssistant, callback

WEAK_SIGNAL: Final = -90
"""Signal strength in dBm below which connections are rarely made."""


class Obstacle(StrEnum):
    """A reason why a BackHug cannot be reached; a suffix of the translation keys of errors."""

    NO_SCANNER = "no_scanner"
    """No adapter and no proxy works."""
    PASSIVE_ONLY = "passive_only"
    """Only passive scanners hear it."""
    NO_FREE_SLOT = "no_free_slot"
    """All connections are in use on the scanners that hear it."""
    WEAK_SIGNAL = "weak_signal"
    """It is almost out of range."""


@callback
def async_unreachable(hass: HomeAssistant, address: str, key: str) -> str:
    """Return the translation key that explains why a device is out of reach.

    Returns `key` without a known obstacle: the device is off, out of range, or connected to another client.
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
        only_passive = heard or (last is not None and not last.connectable)
        if only_passive or not any(each.connectable for each in working):
            return Obstacle.PASSIVE_ONLY
        return None
    slots = [each.scanner.get_allocations() for each in paths]
    if all(each is not None and not each.free for each in slots):
        return Obstacle.NO_FREE_SLOT
    if max(each.advertisement.rssi for each in paths) < WEAK_SIGNAL:
        return Obstacle.WEAK_SIGNAL
    return None
