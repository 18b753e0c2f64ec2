"""The cost of setting up fifty entries whose devices are switched off."""

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
from .measure import Row, Scale, exactly, in_turn, milliseconds

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
        assert states == {ConfigEntryState.LOADED}, states
        return taken


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
    """Set up all entries at once, as at a start of Home Assistant: their entities are registered.

    The other integration connects to its device during set-up and is not set up without it, so its
    devices are on, over a link without delay.
    """
    count = 2 if scale.quick else ENTRIES
    async with home(slots=count) as place:
        data = await place.data()
        off = [await place.add(powered=False) for _ in range(count)]
        # Frequent advertisements of many devices load the simulated air, not the integration.
        on = [await place.add(interval=0.1) for _ in range(count)]
        ours = _Entries(place, [await place.set_up(each, data) for each in off])
        theirs = _Entries(
            place,
            [
                await place.add_entry(OTHER, each.back.build.name, each.address, {})
                for each in on
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

        taken = await in_turn(scale.times(5), ours.set_up, with_radio)
        entities = ours.entities / count, theirs.entities / count
    return [
        Row(
            f"set-up of {count} entries whose devices are off ÷ {OTHER}",
            taken[0] / taken[1],
            detail={
                "ours": f"{milliseconds(taken[0])} ms, {entities[0]:g} entities each",
                "theirs": f"{milliseconds(taken[1])} ms, {entities[1]:g} entities each",
            },
        ),
    ]
