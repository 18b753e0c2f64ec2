"""What Home Assistant's start takes longer for fifty devices that are switched off."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import time
from typing import Any, Final
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.helpers import entity_registry as er

from simulator.bleak_client import SimulatedClient

from .home import Home, home
from .measure import Row, Scale, at_most, exactly, in_turn, milliseconds

ENTRIES: Final = 50
OTHER: Final = "steamvr_base_station"


@contextmanager
def _attempts() -> Iterator[list[str]]:
    """Collect the addresses that are attempted to connect to."""
    attempted: list[str] = []
    connect = SimulatedClient.connect

    async def count(self: SimulatedClient, *args: Any, **kwargs: Any) -> None:
        attempted.append(self.address)
        await connect(self, *args, **kwargs)

    with patch.object(SimulatedClient, "connect", count):
        yield attempted


class _Entries:
    """Entries of one integration, which are set up again and again as at a start of Home Assistant."""

    def __init__(self, place: Home, entries: list[ConfigEntry[Any]]) -> None:
        self._place = place
        self._entries = entries

    @property
    def entities(self) -> int:
        """How many entities they have."""
        registry = er.async_get(self._place.hass)
        return sum(
            len(er.async_entries_for_config_entry(registry, entry.entry_id))
            for entry in self._entries
        )

    async def set_up(self) -> float:
        """Set all of them up at once; return the seconds that it took."""
        hass = self._place.hass
        for entry in self._entries:
            await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()
        began = time.perf_counter()
        await asyncio.gather(
            *(
                hass.config_entries.async_setup(entry.entry_id)
                for entry in self._entries
            )
        )
        await hass.async_block_till_done()
        taken = time.perf_counter() - began
        states = {entry.state for entry in self._entries}
        assert states == {self.expected}, states
        return taken

    expected = ConfigEntryState.LOADED


class _Refused(_Entries):
    expected = ConfigEntryState.SETUP_RETRY


async def attempts(scale: Scale) -> list[Row]:
    """Count the attempts to connect to devices that are off, as their entries are set up."""
    count = 2 if scale.quick else ENTRIES
    async with home(slots=count) as place:
        data = await place.data()
        devices = [await place.add(powered=False) for _ in range(count)]
        with _attempts() as attempted:
            entries = [await place.set_up(each, data) for each in devices]
            await _Entries(place, list(entries)).set_up()
            await asyncio.sleep(0.1 if scale.quick else 2)
    what = f"connection attempts of {count} entries whose devices are off"
    return [Row(what, len(attempted), "attempts", exactly(0))]


async def setup(scale: Scale) -> list[Row]:
    """Set up all entries at once, as a start of Home Assistant does; the entities are known to it.

    Home Assistant's own integration connects to its device to set an entry up: where that is off,
    nothing is set up, and it is tried again. So it is given devices that are on, on a link without
    delay; what that takes is told without the radio too.
    """
    count = 2 if scale.quick else ENTRIES
    async with home(slots=count) as place:
        data = await place.data()
        off = [await place.add(powered=False) for _ in range(count)]
        # Many that advertise more often are more work for the simulated air than for who connects.
        on = [await place.add(interval=0.1) for _ in range(count)]
        ours = _Entries(place, [await place.set_up(each, data) for each in off])
        theirs = _Entries(
            place,
            [
                await place.add_entry(OTHER, each.back.build.name, each.address, {})
                for each in on
            ],
        )
        refused = _Refused(
            place,
            [
                await place.add_entry(OTHER, "LHB", place.new_address(), {})
                for _ in range(count)
            ],
        )

        async def with_radio() -> float:
            for device in on:
                device.peripheral.appear()
            taken = await theirs.set_up()
            for device in on:
                # Else its advertisements would be work for the simulated air while others are measured.
                device.peripheral.vanish()
            return taken

        times = scale.times(5)
        taken = await in_turn(times, ours.set_up, with_radio)
        again, without_radio, off_too = await in_turn(
            times, ours.set_up, lambda: _without_radio(theirs), refused.set_up
        )
        entities = ours.entities / count, theirs.entities / count
    return [
        Row(
            f"set-up of {count} entries whose devices are off ÷ {OTHER}",
            taken[0] / taken[1],
            bar=at_most(1.5),
            detail={
                "ours": f"{milliseconds(taken[0])} ms, {entities[0]:g} entities each",
                "theirs": f"{milliseconds(taken[1])} ms, {entities[1]:g} entities each",
            },
        ),
        Row(
            "set-up of an entity ÷ one of theirs, their radio left out",
            again / entities[0] / (without_radio / entities[1]),
            detail={
                "ours": f"{milliseconds(again)} ms",
                "theirs without their radio": f"{milliseconds(without_radio)} ms",
                "theirs that are off, and not set up": f"{milliseconds(off_too)} ms",
            },
        ),
    ]


async def _without_radio(entries: _Entries) -> float:
    """Set Home Assistant's own entries up with what they read known beforehand."""
    from lighthouse_ble import BaseStationV2, DeviceInfo

    async def read(_: BaseStationV2) -> DeviceInfo:
        return DeviceInfo()

    with patch.object(BaseStationV2, "read_device_info", read):
        return await entries.set_up()
