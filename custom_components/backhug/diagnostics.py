"""Diagnostics: the one file that has all that a maintainer needs."""

from typing import Any

from homeassistant.components import bluetooth
from homeassistant.components.bluetooth import BluetoothReachabilityIntent
from homeassistant.components.diagnostics import async_redact_data
from homeassistant.core import HomeAssistant

from .coordinator import BackHugConfigEntry
from .redaction import async_redaction
from .session.history import KEPT, History

TO_REDACT = {"address", "discovery_keys", "serial", "title", "unique_id"}


def _plain(value: Any) -> Any:
    """Return what is known of the device with a name at each value, instead of in tuples."""
    if not hasattr(value, "_asdict"):
        return value
    return {name: _plain(part) for name, part in value._asdict().items()}


def _history(history: History) -> dict[str, Any]:
    """Return how much is remembered and what became of the last session, not when a person lay there."""
    last = history.last
    return {
        "sessions": len(history.sessions),
        "with_tension": len(history.newest(KEPT, with_tension=True)),
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
    """Return what is known of one BackHug, and of the way to it."""
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
        "malformed": dict(coordinator.controller.back_hug.known.counters),
        "device": _plain(coordinator.controller.back_hug.snapshot),
        "history": _history(coordinator.history),
    }
    redacted: dict[str, Any] = async_redaction(hass, entry)(
        async_redact_data(diagnostics, TO_REDACT)
    )
    return redacted
