"""Inspects a device with an unknown protocol: reads all readable values, and writes nothing."""

from __future__ import annotations

from bleak import BleakClient
from bleak.backends.device import BLEDevice

from . import timeouts
from .addresses import redacted_hex
from .connector import connect
from .gatt import disconnect, read
from .gatt_errors import RADIO_ERRORS

_LONGEST = len("00 ") * 64 - 1
"""Characters that are shown of a value."""
_IDENTIFYING = frozenset(
    f"0000{short}-0000-1000-8000-00805f9b34fb" for short in ("2a00", "2a23", "2a25")
)
"""Device name, system ID and serial number: the report is for others to read."""


async def inspect(name: str, device: BLEDevice) -> list[str]:
    """Connect once and return a line for each service and characteristic, with its value where it can be read.

    The device's address is left out of the values.
    Raises NotReachableError.
    """
    lines: list[str] = []

    async def look(client: BleakClient) -> None:
        lines.clear()
        for service in client.services:
            lines.append(f"service {service.uuid}")
            for each in service.characteristics:
                properties = sorted(each.properties)
                line = f"  {each.uuid} {', '.join(properties)}"
                if each.uuid in _IDENTIFYING:
                    line += " = not shown"
                elif "read" in properties:
                    value = await _value(client, service.uuid, each.uuid)
                    if value is None:
                        line += " = not readable"
                    else:
                        shown = redacted_hex(value, device.address) or "empty"
                        line += f" = {shown[:_LONGEST]}"
                lines.append(line)

    await disconnect(await connect(name, device, look))
    return lines


async def _value(client: BleakClient, service: str, uuid: str) -> bytes | None:
    try:
        return await read(client, service, uuid, timeouts.READ_TIMEOUT)
    except RADIO_ERRORS:
        return None
