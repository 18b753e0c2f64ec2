"""The cost of fifty devices in session at once, all with live tension.

The devices are simulated in the same process, and cost more than what they are measured for. So the
CPU time is that of the whole process, in turn with everything as it is and with the notifications
thrown away where bleak's backend hands them over: the radio, its stack and the devices do the same
in both, and the difference is our client, the integration, and Home Assistant.
"""

import asyncio
from collections.abc import Callable
import gc
from pathlib import Path
from statistics import median
import sys
import time
import tracemalloc
from typing import Final

from simulator import protocol

from .home import Device, Home, home
from .measure import Bar, Row, Scale

DEVICES: Final = 50
STEP: Final = 0.5
"""Seconds between two live scans: the most that the profile allows, each of two notifications."""
WINDOW: Final = 3.0
"""Seconds measured at a time: after five without a status our client would ask for one."""
_PAGE: Final = 4096


def _resident() -> int:
    """Return the memory of this process in octets."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def _allocated() -> int:
    """Return the octets that were allocated by anything but the simulator and its radio."""
    gc.collect()
    bumble = Path(sys.modules["bumble"].__path__[0])
    simulator = Path(sys.modules["simulator"].__path__[0])
    snapshot = tracemalloc.take_snapshot().filter_traces(
        [
            tracemalloc.Filter(False, f"{folder}/*")
            for folder in (bumble, simulator, Path(tracemalloc.__file__).parent)
        ]
    )
    return sum(trace.size for trace in snapshot.traces)


class _Receivers:
    """Where the notifications of the devices come in, and whether they get any further."""

    def __init__(self, place: Home, devices: list[Device]) -> None:
        self.heard = 0
        self.open = True
        for device in devices:
            for uuid in (protocol.STATUS, protocol.TENSION_STREAM):
                subscribers = place.subscribers(device, uuid)
                (receive,) = subscribers
                subscribers.clear()
                subscribers.add(self._gate(receive))

    def _gate(self, receive: Callable[[bytes], None]) -> Callable[[bytes], None]:
        def heard(value: bytes) -> None:
            self.heard += 1
            if self.open:
                receive(value)

        return heard


async def _run(devices: list[Device], seconds: float) -> float:
    """Let time pass for the devices, one after the other; return the CPU time of the process by second."""
    loop = asyncio.get_running_loop()
    began, cpu = loop.time(), time.process_time()
    due = began
    for _ in range(round(seconds / STEP)):
        for device in devices:
            device.clock.advance(STEP)
            due += STEP / len(devices)
            await asyncio.sleep(max(0.0, due - loop.time()))
    return (time.process_time() - cpu) / (loop.time() - began)


async def fleet(scale: Scale) -> list[Row]:
    """Have all treat at once."""
    count = 2 if scale.quick else DEVICES
    async with home(slots=count + 1) as place:
        # Modules loaded by the first device do not count.
        data = await place.data()
        await place.set_up_live(await place.add(), data)
        # Off at first: many that advertise at once are much work for the simulated air.
        devices = [await place.add(powered=False) for _ in range(count)]
        resident = _resident()
        tracemalloc.start()
        before = _allocated()
        for device in devices:
            device.back.switch_on()
            await place.set_up_live(device, data)
        for device in devices:
            await place.treat(device)
        seconds = STEP if scale.quick else WINDOW
        await _run(devices, seconds)
        allocated = (_allocated() - before) / count
        tracemalloc.stop()
        resident = _resident() - resident

        receivers = _Receivers(place, devices)
        whole, rest, heard = [], [], 0.0
        for _ in range(scale.times(7)):
            receivers.open = True
            receivers.heard = 0
            whole.append(await _run(devices, seconds))
            heard = receivers.heard / seconds / count
            receivers.open = False
            rest.append(await _run(devices, seconds))
        receivers.open = True
        shown = [
            device
            for device in devices
            if place.value(device, "sensor", "state") == "treating"
        ]
        assert shown == devices
    ours = 100 * (median(whole) - median(rest))
    return [
        Row(
            f"{count} devices in session with live tension: integration and Home Assistant",
            ours,
            "% of a core",
            Bar("<", 5),
            {
                "notifications a second, each": round(heard, 1),
                "simulator and its radio": f"{100 * median(rest):.1f} % of a core",
            },
        ),
        Row(
            "memory of each, by what was allocated",
            allocated / 1024,
            "KiB",
            detail={
                "process, with the simulated device": f"{resident / count / 1024:.0f} KiB",
            },
        ),
    ]
