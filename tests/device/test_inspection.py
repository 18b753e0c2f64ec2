"""Looking at a device of unknown protocol."""

from __future__ import annotations

from homeassistant.components import bluetooth

from custom_components.backhug.device.inspection import inspect
from simulator.build import Build
from simulator.faults import Faults
from tests.home import Home, until


async def test_values_are_read_and_nothing_is_written(home: Home) -> None:
    """Each characteristic has a line, with its value where the device lets it be read."""
    device = await home.add(Build(model="BH-7F2A"), faults=Faults(other_protocol=True))
    await home.seen(device)
    device.withhold("2A26")
    found = bluetooth.async_ble_device_from_address(
        home.hass, device.build.address, connectable=True
    )
    assert found is not None
    lines = await inspect("BackHug", found)
    assert "service 0000180a-0000-1000-8000-00805f9b34fb" in lines
    # "BH-", and a part of the address
    model = "42 48 2d .. .. .. .."
    assert f"  00002a24-0000-1000-8000-00805f9b34fb read = {model}" in lines
    assert "  00002a26-0000-1000-8000-00805f9b34fb read = not readable" in lines
    # The name ends with a part of the address, and the serial number is the owner's.
    for short in ("2a00", "2a25"):
        assert f"  0000{short}-0000-1000-8000-00805f9b34fb read = not shown" in lines
    name = device.build.name.encode().hex(" ")
    assert not any(name in line for line in lines)
    await until(lambda: not device.peripheral.connected, "it is let go")
    assert device.back.requests == []
    assert device.peripheral.complaints == []
