"""How long a person waits, against bleak alone on the same virtual link.

The link delays by 15 ms one way, as a radio does; what Home Assistant and we add does not depend on
it, and is also told of a link without any delay.
"""

import asyncio
from collections.abc import Sequence
from statistics import median
import time
from typing import Any

from homeassistant.components import bluetooth
from homeassistant.core import callback

from custom_components.backhug.device.connection import STEADY
from custom_components.backhug.device.timeouts import SETTER_INTERVAL
from simulator.back import Opcode

from .home import RADIO_DELAY, Device, Home, home, until
from .measure import Bar, Row, Scale, at_most, in_turn, milliseconds
from .script import Script

STEADY_DEVICES = 8
"""Pairs of devices whose link is lost in turn: each must have been connected for a while before."""

LEVELS = (3, 4)
"""The strengths that are set in turn: that of a new device, and another one."""


def _delays(scale: Scale) -> tuple[float, float]:
    """Return the one-way delays of the link in seconds: like a radio, and none."""
    return (RADIO_DELAY / 10 if scale.quick else RADIO_DELAY, 0.0)


def _row(what: str, delay: float, taken: Sequence[float], bar: Bar) -> Row:
    ours, alone = taken
    if not delay:
        return Row(
            f"{what}, link without delay",
            ours / alone,
            detail={
                "ours": f"{milliseconds(ours)} ms",
                "bleak alone": f"{milliseconds(alone)} ms",
                "more": f"{milliseconds(ours - alone)} ms",
            },
        )
    return Row(
        what,
        ours / alone,
        bar=bar,
        detail={
            "ours": f"{milliseconds(ours)} ms",
            "bleak alone": f"{milliseconds(alone)} ms",
        },
    )


async def action(scale: Scale) -> list[Row]:
    """From the call of an action until the device has answered."""
    rows = []
    for delay in _delays(scale):
        async with home(delay=delay) as place:
            ours = await place.add()
            await place.set_up_live(ours, await place.data())
            theirs, script = await _scripted(place)

            async def set_ours(ours: Device = ours, place: Home = place) -> float:
                # Two settings by one person come no faster: the second one would be made to wait.
                await asyncio.sleep(1.1 * SETTER_INTERVAL)
                level = sum(LEVELS) - ours.back.strength
                began = time.perf_counter()
                await place.call(ours, "number", "set_value", "strength", value=level)
                taken = time.perf_counter() - began
                assert ours.back.strength == level
                return taken

            async def set_theirs(
                theirs: Device = theirs, script: Script = script
            ) -> float:
                level = sum(LEVELS) - theirs.back.strength
                began = time.perf_counter()
                await script.ask(Opcode.SET_STRENGTH, level)
                taken = time.perf_counter() - began
                assert theirs.back.strength == level
                return taken

            taken = await in_turn(scale.times(40), set_ours, set_theirs)
            await script.disconnect()
        rows.append(_row("action call → device answered", delay, taken, at_most(1.2)))
    return rows


async def first(scale: Scale) -> list[Row]:
    """From the first advertisement of a device until its entities are live."""
    rows = []
    for delay in _delays(scale):
        async with home(delay=delay) as place:
            data = await place.data()

            async def ours(place: Home = place, data: dict[str, Any] = data) -> float:
                device = await place.add(powered=False)
                entry = await place.set_up(device, data)
                live = place.shown(device, "sensor", "state", "standby")
                seen = _seen(place, device)
                device.back.switch_on()
                began = await seen
                await live
                taken = time.perf_counter() - began
                known = entry.runtime_data.controller.back_hug.reported
                await until(lambda: known.information)
                await place.hass.config_entries.async_remove(entry.entry_id)
                await place.remove(device)
                return taken

            async def theirs(place: Home = place) -> float:
                device = await place.add(powered=False)
                script = Script()
                seen = _seen(place, device)
                device.back.switch_on()
                began = await seen
                path = place.path(device)
                assert path is not None
                await script.connect(path)
                taken = time.perf_counter() - began
                await script.disconnect()
                await place.remove(device)
                return taken

            taken = await in_turn(scale.times(20), ours, theirs)
        what = "first advertisement → entities live"
        rows.append(_row(what, delay, taken, at_most(1.2)))
    return rows


async def lost(scale: Scale) -> list[Row]:
    """From the loss of the link until the entities are live again."""
    rows = []
    pairs = 1 if scale.quick else STEADY_DEVICES
    for delay in _delays(scale):
        async with home(delay=delay, slots=2 * pairs) as place:
            data = await place.data()
            held = [await place.add() for _ in range(pairs)]
            for device in held:
                await place.set_up_live(device, data)
            scripted = [await _Reconnecting.make(place) for _ in range(pairs)]
            ours, theirs = [], []
            for _ in range(scale.times(4)):
                # One that was lost at once after it came up would be got back with less haste.
                await asyncio.sleep(0 if scale.quick else STEADY)
                for device, script in zip(held, scripted, strict=True):
                    live = place.shown(device, "binary_sensor", "connected", "on")
                    began = time.perf_counter()
                    device.peripheral.drop_link()
                    await live
                    ours.append(time.perf_counter() - began)
                    theirs.append(await script.lose())
            for script in scripted:
                await script.disconnect()
        taken = median(ours), median(theirs)
        rows.append(_row("link lost → live again", delay, taken, at_most(1.3)))
    return rows


async def _scripted(place: Home) -> tuple[Device, Script]:
    """Return a device that a script is connected to."""
    device, script = await place.add(), Script()
    path = place.path(device)
    assert path is not None
    await script.connect(path)
    return device, script


def _seen(place: Home, device: Device) -> asyncio.Future[float]:
    """Return a future of the time at which Home Assistant's Bluetooth first sees a device."""
    seen: asyncio.Future[float] = place.hass.loop.create_future()

    @callback
    def heard(*_: object) -> None:
        if not seen.done():
            seen.set_result(time.perf_counter())

    stop = bluetooth.async_register_callback(
        place.hass,
        heard,
        {"address": device.address},
        bluetooth.BluetoothScanningMode.PASSIVE,
    )
    seen.add_done_callback(lambda _: stop())
    return seen


class _Reconnecting:
    """A script that connects again when its link is lost."""

    def __init__(self, place: Home, device: Device) -> None:
        self._place = place
        self._device = device
        self._script = Script(self._connect_again)
        self._live = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._wanted = True

    @classmethod
    async def make(cls, place: Home) -> _Reconnecting:
        """Return one that is connected to a device of its own."""
        script = cls(place, await place.add())
        await script._connect()
        return script

    async def _connect(self) -> None:
        path = self._place.path(self._device)
        assert path is not None
        await self._script.connect(path)
        self._live.set()

    def _connect_again(self) -> None:
        if self._wanted:
            self._task = asyncio.create_task(self._connect())

    async def lose(self) -> float:
        """Lose the link; return the seconds until it is back."""
        self._live.clear()
        began = time.perf_counter()
        self._device.peripheral.drop_link()
        await self._live.wait()
        return time.perf_counter() - began

    async def disconnect(self) -> None:
        """Disconnect, and stay so."""
        self._wanted = False
        await self._script.disconnect()
