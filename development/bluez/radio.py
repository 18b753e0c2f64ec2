"""Simulated BackHugs in reach of a virtual adapter behind /dev/vhci: `python -m development.bluez.radio SOCKET`."""

import argparse
import asyncio
from collections.abc import Callable
from dataclasses import replace
import json
import logging
from pathlib import Path
import signal
import sys

from bumble.device import AdvertisingType

from development.devices import (
    ADAPTER,
    FIRST,
    ONE_WAY_DELAY,
    SECOND,
    Device,
    RefusedError,
    make_devices,
)
from simulator.radio import Radio

NEIGHBOUR = "F0:00:00:00:BE:AC"
NEIGHBOUR_SAYS = bytes((2, 1, 6, 5, 0xFF, 0xFE, 0xFF, 0xBE, 0xAC))
"""Flags and manufacturer data that no integration matches."""
EVERY = 1.0
"""Seconds between two snapshots: elapsed time and connections change without an event."""


class Station:
    """The devices on one radio, shown and controlled over a socket: a line of JSON each way."""

    def __init__(
        self, speed: float, *, encrypted: bool = False, answer_delay: float = 0
    ) -> None:
        """Create the devices; `start` puts them on the air."""
        self._radio = Radio(delay=ONE_WAY_DELAY)
        builds = (replace(each, encrypted=encrypted) for each in (FIRST, SECOND))
        self._devices = {
            device.build.address: device
            for device in make_devices(self._radio, speed, *builds)
        }
        for device in self.devices:
            device.back.control_point.answer_delay = answer_delay
        self._server: asyncio.Server | None = None

    @property
    def devices(self) -> list[Device]:
        """The devices."""
        return list(self._devices.values())

    async def start(self, path: Path, transport: str = "vhci") -> None:
        """Put everything on the air and listen on a socket; OSError if one is not to be had."""
        await self._radio.open_adapter(ADAPTER, transport)
        for device in self.devices:
            await device.peripheral.start()
        # Home Assistant resets an adapter that hears no advertisement for a while.
        neighbour = await self._radio.open_device("Neighbour", NEIGHBOUR)
        await neighbour.start_advertising(
            advertising_type=AdvertisingType.UNDIRECTED,
            advertising_data=NEIGHBOUR_SAYS,
            advertising_interval_min=1000,
            advertising_interval_max=1000,
        )
        self._server = await asyncio.start_unix_server(self._serve, path)

    async def stop(self) -> None:
        """Take everything off the air."""
        if self._server is not None:
            self._server.close()
            self._server.close_clients()
        for device in self.devices:
            await device.peripheral.stop()
        await self._radio.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Send a snapshot on each change, and answer requests."""

        def show() -> None:
            shown = {address: each.shown for address, each in self._devices.items()}
            _write(writer, {"devices": shown})

        async def show_time() -> None:
            while True:
                show()
                await asyncio.sleep(EVERY)

        leave: list[Callable[[], None]] = [each.observe(show) for each in self.devices]
        showing = asyncio.create_task(show_time())
        try:
            while line := await reader.readline():
                request = json.loads(line)
                refused = None
                try:
                    await self._devices[request["device"]].perform(request["action"])
                except RefusedError as error:
                    refused = str(error)
                # The answer comes after the snapshot that shows its effect.
                show()
                _write(writer, {"refused": refused})
        finally:
            showing.cancel()
            for stop in leave:
                stop()
            writer.close()


def _write(writer: asyncio.StreamWriter, message: object) -> None:
    writer.write(json.dumps(message).encode() + b"\n")


async def run(options: argparse.Namespace) -> None:
    """Run until a signal ends it."""
    ended = asyncio.Event()
    for number in signal.SIGINT, signal.SIGTERM:
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    station = Station(
        options.speed, encrypted=options.encrypted, answer_delay=options.answer_delay
    )
    try:
        await station.start(options.socket)
        await ended.wait()
    finally:
        await station.stop()


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("socket", type=Path)
    parser.add_argument("--speed", type=float, default=5)
    parser.add_argument("--encrypted", action="store_true")
    parser.add_argument("--answer-delay", type=float, default=0)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        asyncio.run(run(parser.parse_args()))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
