"""How soon a stop that is said reaches the device, against one by the switch.

`python -m benchmarks.stop_by_voice`: both in turn in one process, over the same virtual link, which delays by
15 ms one way as a radio does; also while other commands wait. What is spoken is text here: no speech is recognized.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
import logging
from pathlib import Path
from statistics import median
import sys
import tempfile
import time
from types import MappingProxyType
from typing import Any, Final

from homeassistant import bootstrap, config_entries, loader
from homeassistant.components import bluetooth
from homeassistant.components.conversation import async_converse
from homeassistant.config_entries import SOURCE_USER, ConfigEntry
from homeassistant.const import ATTR_ENTITY_ID, CONF_ADDRESS
from homeassistant.core import Context, HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component

from custom_components.backhug.const import CONF_FEATURES, CONF_INFORMATION, DOMAIN
from custom_components.backhug.device.identification import identify
from custom_components.backhug.voice.sentence_files import async_apply
from simulator.back import Back
from simulator.build import Build
from simulator.clock import ManualClock
from simulator.control_point import ControlPoint
from simulator.peripheral import Peripheral
from simulator.radio import Radio
from simulator.scanner import SimulatedScanner

TIMES: Final = 60
RADIO_DELAY: Final = 0.015
"""Seconds one way."""
PATIENCE: Final = 60
WAITING: Final = (
    ("number", "set_value", "strength", "value", (6, 4)),
    ("select", "select_option", "area", "option", ("upper_back", "full_back")),
    ("select", "select_option", "flow", "option", ("wave", "slow")),
)
"""Commands that wait for their turn, with the values that they set in turn."""

type Stop = Callable[[HomeAssistant], Awaitable[Any]]


async def until(condition: Callable[[], Any]) -> None:
    """Wait until a condition holds. Raises TimeoutError if it does not come to hold."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110, Home Assistant's state has no event
            await asyncio.sleep(0.002)


async def by_voice(hass: HomeAssistant) -> None:
    """Stop through Assist."""
    await async_converse(hass, "Stop the massage", None, Context(), language="en")


async def by_switch(hass: HomeAssistant) -> None:
    """Stop, as a dashboard does."""
    await hass.services.async_call(
        "switch", "turn_off", {ATTR_ENTITY_ID: "switch.backhug_session"}, blocking=True
    )


class Bench:
    """One BackHug in one Home Assistant, and when a stop reaches it."""

    def __init__(self, hass: HomeAssistant, back: Back, clock: ManualClock) -> None:
        """Record the time at which the device receives the stop."""
        self.hass = hass
        self._back = back
        self._clock = clock
        self._round = 0
        self.reached = 0.0
        self.overtaken = True
        """Whether no stop came after a command that waited when it was asked for."""
        point: ControlPoint = back.control_point
        stop = point._stop  # noqa: SLF001, the moment at which the device does it

        def reached() -> None:
            self.reached = self.reached or time.perf_counter()
            stop()

        point._stop = reached  # noqa: SLF001

    def shows(self, state: str) -> bool:
        """Return whether Home Assistant shows a state of the device."""
        found = self.hass.states.get("sensor.backhug_state")
        return found is not None and found.state == state

    async def measure(self, stop: Stop, *, busy: bool) -> float:
        """Return how many seconds it takes from the asking until the device stops, in a session."""
        self._clock.advance(20)
        await until(lambda: self.shows("standby"))
        self._back.start_at_device(60)
        self._clock.advance(21)
        await until(lambda: self.shows("treating"))
        waiting = self._queue() if busy else []
        await asyncio.sleep(0)
        self._back.requests.clear()
        self.reached = 0.0
        began = time.perf_counter()
        await stop(self.hass)
        for task in waiting:
            with suppress(HomeAssistantError):
                await task
        opcodes = [request.opcode for request in self._back.requests]
        # One may have been under way already: it cannot be called back.
        self.overtaken &= len(opcodes) - 1 - opcodes.index(2) == 0
        self.overtaken &= opcodes.index(2) <= 1
        return self.reached - began

    def _queue(self) -> list[asyncio.Task[Any]]:
        self._round += 1
        return [
            self.hass.async_create_task(
                self.hass.services.async_call(
                    domain,
                    service,
                    {
                        ATTR_ENTITY_ID: f"{domain}.backhug_{key}",
                        field: values[self._round % 2],
                    },
                    blocking=True,
                )
            )
            for domain, service, key, field, values in WAITING
        ]


@asynccontextmanager
async def bench() -> AsyncGenerator[Bench]:
    """Open a Home Assistant with Assist and one BackHug, and leave nothing of it behind."""
    for name in ("", "homeassistant", "bumble"):
        logging.getLogger(name or None).setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="backhug-bench-") as directory:
        await asyncio.to_thread((Path(directory) / "configuration.yaml").touch)
        hass = HomeAssistant(directory)
        hass.config.skip_pip = True
        loader.async_setup(hass)
        hass.config_entries = config_entries.ConfigEntries(hass, {})
        await bootstrap.async_load_base_functionality(hass)
        await async_process_ha_core_config(hass, {})
        for domain in ("homeassistant", "bluetooth"):
            assert await async_setup_component(hass, domain, {})
        await hass.async_start()
        radio = Radio(RADIO_DELAY)
        scanner = SimulatedScanner(radio, "00:00:00:00:5C:01", passive=False)
        unregister = bluetooth.async_register_scanner(hass, scanner, connection_slots=3)
        scanner.async_setup()
        await scanner.async_wait_started()
        clock = ManualClock()
        back = Back(Build(name="BackHug"), clock)
        back.lie_down()
        peripheral = Peripheral(back, radio)
        await peripheral.start()
        try:
            await _add(hass, back.build)
            # After the start: the web server of which it is a part is not needed.
            assert await async_setup_component(hass, "conversation", {})
            await async_apply(hass, ("en",))
            await hass.async_block_till_done()
            yield Bench(hass, back, clock)
            for entry in hass.config_entries.async_entries():
                await hass.config_entries.async_unload(entry.entry_id)
        finally:
            unregister()
            await scanner.async_stop()
            await peripheral.stop()
            await radio.close()
            await hass.async_stop(force=True)


async def _add(hass: HomeAssistant, build: Build) -> None:
    """Add the device, as the config flow does, and wait until all is known of it."""

    def path() -> Any:
        return bluetooth.async_ble_device_from_address(
            hass, build.address, connectable=True
        )

    await until(path)
    identity = await identify(build.name, path())
    entry: ConfigEntry[Any] = ConfigEntry(
        data={
            CONF_ADDRESS: build.address,
            CONF_FEATURES: asdict(identity.features),
            CONF_INFORMATION: asdict(identity.information),
        },
        discovery_keys=MappingProxyType({}),
        domain=DOMAIN,
        minor_version=1,
        options={},
        source=SOURCE_USER,
        subentries_data=(),
        title=build.name,
        unique_id=build.address,
        version=1,
    )
    await hass.config_entries.async_add(entry)
    await until(lambda: entry.runtime_data.available)
    await until(lambda: entry.runtime_data.back_hug.reported.information)


async def ratios(times: int = TIMES) -> dict[str, tuple[float, float]]:
    """Return the median seconds by voice and by the switch, idle and while others wait."""
    async with bench() as place:
        # The first sentence loads the language.
        await by_voice(place.hass)
        measured: dict[str, tuple[float, float]] = {}
        for name, busy in (("nothing waits", False), ("three commands wait", True)):
            taken: tuple[list[float], list[float]] = ([], [])
            for _ in range(times):
                for stop, seconds in zip((by_voice, by_switch), taken, strict=True):
                    seconds.append(await place.measure(stop, busy=busy))
            measured[name] = median(taken[0]), median(taken[1])
        assert place.overtaken, "a command reached the device after the stop"
        return measured


def main() -> int:
    """Print the ratios."""
    for name, (voice, switch) in asyncio.run(ratios()).items():
        print(
            f"Stop by voice / by the switch, {name}: {voice / switch:.2f} "
            f"({1000 * voice:.1f} ms / {1000 * switch:.1f} ms; median of {TIMES})"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
