"""The requests of a slider drag."""

import asyncio

from simulator.back import Opcode

from .home import RADIO_DELAY, home
from .measure import Bar, Row, Scale, exactly

VALUES = range(1, 21)
DURATION = 1.0
"""Seconds that the drag takes."""


async def slider(_scale: Scale) -> list[Row]:
    """Drag the slider of the strength through twenty values in a second."""
    async with home(delay=RADIO_DELAY) as place:
        device = await place.add(strengths=len(VALUES))
        data = await place.data(strengths=len(VALUES))
        await place.set_up_live(device, data)
        before = len(device.back.requests)
        async with asyncio.TaskGroup() as dragging:
            for value in VALUES:
                dragging.create_task(
                    place.call(device, "number", "set_value", "strength", value=value)
                )
                await asyncio.sleep(DURATION / len(VALUES))
        await place.hass.async_block_till_done()
        writes = [
            entry.parameters[0]
            for entry in device.back.requests[before:]
            if entry.opcode == Opcode.SET_STRENGTH
        ]
        shown = float(place.value(device, "number", "strength"))
    right = VALUES[-1] == writes[-1] == device.back.strength == shown
    return [
        Row(
            "writes of a slider dragged through 20 values in a second",
            len(writes),
            "writes",
            Bar("≤", 4, timed=False),
            {"values": ", ".join(map(str, writes))},
        ),
        Row("its last value is right, at the device and shown", right, "", exactly(1)),
    ]
