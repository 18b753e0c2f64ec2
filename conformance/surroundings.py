"""What a check needs beside the device: a way to it, time, and a person."""

from __future__ import annotations

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Callable
from dataclasses import dataclass
import sys
from typing import override

from bleak import BleakClient, BleakScanner
from bleak.args.bluez import BlueZClientArgs, BlueZScannerArgs

from .profile import SERVICE, is_name

SCAN_SECONDS = 15.0


@dataclass(frozen=True)
class Advertisement:
    """The name and the services that a device advertises."""

    name: str | None
    services: tuple[str, ...]


class Surroundings(ABC):
    """The way to one device, its time, and the person beside it."""

    @abstractmethod
    async def advertisement(self) -> Advertisement | None:
        """Return what the device advertises, None if it is not heard."""

    @abstractmethod
    def client(self) -> BleakClient:
        """Return a client that is not connected."""

    @abstractmethod
    def now(self) -> float:
        """Return the time in seconds."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Let time pass."""

    @abstractmethod
    async def confirm(self, request: str, *, occupied: bool | None = None) -> bool:
        """Ask the person for something; return whether they agree and have done it."""

    def warn(self, text: str) -> None:
        """Say something that cannot wait for the report."""
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    async def until(self, condition: Callable[[], object], seconds: float) -> bool:
        """Wait until a condition holds; return whether it does in time."""
        limit = self.now() + seconds
        while not condition():
            if self.now() >= limit:
                return False
            await self.sleep(0.05)
        return True


async def in_reach(adapter: str | None = None) -> dict[str, str]:
    """Return the names of the BackHugs within reach of an adapter, by address."""
    async with BleakScanner(bluez=_scanner_options(adapter)) as scanner:
        await asyncio.sleep(SCAN_SECONDS)
        heard = scanner.discovered_devices_and_advertisement_data
        return {
            device.address: data.local_name or ""
            for device, data in heard.values()
            if is_name(data.local_name or "")
            or SERVICE in map(str.lower, data.service_uuids)
        }


def _scanner_options(adapter: str | None) -> BlueZScannerArgs:
    return {"adapter": adapter} if adapter else {}


class OnTheAir(Surroundings):
    """A device within reach of this machine's adapter."""

    def __init__(self, address: str, adapter: str | None = None) -> None:
        """Take the device's address, and the adapter's name if it is not the first."""
        self._address = address
        self._adapter = adapter

    @override
    async def advertisement(self) -> Advertisement | None:
        """Scan until the device was heard, with its name."""
        found: Advertisement | None = None
        async with BleakScanner(bluez=_scanner_options(self._adapter)) as scanner:
            loop = asyncio.get_running_loop()
            limit = loop.time() + SCAN_SECONDS
            while loop.time() < limit:
                await asyncio.sleep(0.2)
                heard = scanner.discovered_devices_and_advertisement_data
                for device, data in heard.values():
                    if device.address.lower() == self._address.lower():
                        found = Advertisement(
                            data.local_name, tuple(map(str.lower, data.service_uuids))
                        )
                if found and found.name and found.services:
                    break
        return found

    @override
    def client(self) -> BleakClient:
        """Return a client of bleak's own backend."""
        options: BlueZClientArgs = {"adapter": self._adapter} if self._adapter else {}
        return BleakClient(self._address, timeout=20.0, bluez=options)

    @override
    def now(self) -> float:
        """Return the time of the event loop."""
        return asyncio.get_running_loop().time()

    @override
    async def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        await asyncio.sleep(seconds)

    @override
    async def confirm(self, request: str, *, occupied: bool | None = None) -> bool:
        del occupied  # The request says it.
        return await ask(request)


async def ask(request: str) -> bool:
    """Ask on the terminal, where only “yes” agrees; without a terminal nobody does."""
    if not sys.stdin.isatty():
        sys.stderr.write(
            f"{request}\nThere is no terminal to answer on, so the answer is no.\n"
        )
        return False
    sys.stderr.write(f"{request}\nType “yes” to go on: ")
    sys.stderr.flush()
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def typed() -> None:
        loop.remove_reader(sys.stdin)
        answer.set_result(sys.stdin.readline())

    loop.add_reader(sys.stdin, typed)
    try:
        return (await answer).strip().lower() == "yes"
    finally:
        loop.remove_reader(sys.stdin)
