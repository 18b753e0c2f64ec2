"""CPU time of a notification, from bleak's backend on."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from copy import replace
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from homeassistant.core import StateMachine

from custom_components.backhug.coordinator import BackHugCoordinator
from custom_components.backhug.device.protocols.open_profile import decode_status
from simulator import protocol
from simulator.back import Flags

from .home import Device, Home, home
from .measure import Row, Scale, cpu_of, exactly, in_turn, microseconds

CALLS = 200
"""Calls that are measured at a time."""

CHANGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "occupied": ("binary_sensor", "occupied", {"flags": Flags.LEG_REST_RAISED}),
    "leg rest": ("binary_sensor", "leg_rest", {"flags": Flags.OCCUPIED}),
    "strength": ("number", "strength", {"strength": 7}),
    "area": ("select", "area", {"area": 2}),
    "flow": ("select", "flow", {"flow": 2}),
}
"""What a status may tell that one entity shows: that entity, and what is other in the status."""


@dataclass
class Treated:
    """A BackHug in a session, and the callback of its notifications."""

    place: Home
    device: Device
    receive: Callable[[bytes], None]
    """What bleak's backend calls with a notification of Status."""

    @property
    def coordinator(self) -> BackHugCoordinator:
        """The coordinator of the device."""
        assert self.device.entry is not None
        return self.device.entry.runtime_data

    def status(self, **changes: Any) -> bytes:
        """Return the Status that it shows, with something other in it."""
        return protocol.encode_status(replace(self.device.back.status(), **changes))


@asynccontextmanager
async def treated() -> AsyncGenerator[Treated]:
    """Run a session in Home Assistant in which only the benchmark notifies."""
    async with home() as place:
        device = await place.add()
        await place.set_up_live(device, await place.data())
        await place.treat(device)
        await place.hass.async_block_till_done()
        (receive,) = place.subscribers(device, protocol.STATUS)
        yield Treated(place, device, receive)


@contextmanager
def state_writes() -> Iterator[list[str]]:
    """Collect the entities that write a state: changed or not."""
    written: list[str] = []
    set_state = StateMachine.async_set_internal

    def count(self: StateMachine, entity_id: str, *args: Any, **kwargs: Any) -> None:
        written.append(entity_id)
        set_state(self, entity_id, *args, **kwargs)

    with patch.object(StateMachine, "async_set_internal", count):
        yield written


async def unchanged(scale: Scale) -> list[Row]:
    """Take a status that only counts down, against decoding it."""
    async with treated() as it:
        left = it.device.back.status().seconds_left
        # Never more than a second off: within rounding and radio jitter.
        values = [it.status(seconds_left=left), it.status(seconds_left=left - 1)]
        features = it.coordinator.features

        async def ours() -> float:
            return await cpu_of(lambda n: it.receive(values[n % 2]), CALLS)

        def decode(number: int) -> None:
            decode_status(values[number % 2], features)

        async def decoding() -> float:
            return await cpu_of(decode, CALLS)

        with state_writes() as written:
            await ours()
        taken = await in_turn(scale.times(200), ours, decoding)
    return [
        Row(
            "status that changes nothing visible ÷ decoding it",
            taken[0] / taken[1],
            detail={
                "ours": f"{microseconds(taken[0])} µs",
                "decoding": f"{microseconds(taken[1])} µs",
            },
        ),
        Row("its state writes", len(written), "writes", exactly(0)),
    ]


async def changed(scale: Scale) -> list[Row]:
    """Measure a status that changes one entity, against one written state."""
    rows = []
    async with treated() as it:
        for what, (platform, key, change) in CHANGES.items():
            values = [it.status(), it.status(**change)]
            entity = it.place.entity(it.device, platform, key)
            data = []
            for value in values:
                it.receive(value)
                data.append(it.coordinator.data)

            async def ours(values: list[bytes] = values) -> float:
                return await cpu_of(lambda n: it.receive(values[n % 2]), CALLS)

            def write(number: int, entity: Any = entity, data: Any = data) -> None:
                it.coordinator.data = data[number % 2]
                entity.async_write_ha_state()

            with state_writes() as written:
                it.receive(values[0])
            assert set(written) <= {entity.entity_id}, written

            async def writing(write: Callable[[int], None] = write) -> float:
                return await cpu_of(write, CALLS)

            taken = await in_turn(scale.times(100), ours, writing)
            it.coordinator.data = it.coordinator.controller.back_hug.snapshot
            it.receive(values[0])
            rows += [
                Row(
                    f"status that changes one thing ({what}) ÷ async_write_ha_state",
                    taken[0] / taken[1],
                    detail={
                        "ours": f"{microseconds(taken[0])} µs",
                        "one state": f"{microseconds(taken[1])} µs",
                    },
                ),
                Row(f"its state writes ({what})", len(written), "writes", exactly(1)),
            ]
    return rows
