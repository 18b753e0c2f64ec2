"""A radio for tests of the back-off: only the outcomes of attempts are simulated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, cast

from bleak import BleakClient
from bleak.backends.device import BLEDevice

from custom_components.backhug.device.back_off import (
    BURST,
)
from custom_components.backhug.device.connection import Connection
from custom_components.backhug.device.errors import (
    NotReachableError,
)

from .virtual_time import VirtualLoop

HOUR = 3600.0
DEVICE = cast("BLEDevice", object())
FAILS = "fails"

type Outcome = float | str | Exception
"""The outcome of an attempt: a connection of so many seconds, a failure, or an error."""


class Air:
    """A radio on which attempts take time and have given outcomes."""

    def __init__(self, outcomes: Iterator[Outcome], takes: float = 1.0) -> None:
        """Initialize; each attempt takes so many seconds and has the next outcome."""
        self.outcomes = outcomes
        self.takes = takes
        self.attempts: list[float] = []
        self.connecting = False
        self.spent = 0.0

    async def connect(
        self,
        _name: str,
        _device: BLEDevice,
        prepare: Callable[[BleakClient], Coroutine[Any, Any, None]],
        disconnected: Callable[[BleakClient], None],
    ) -> BleakClient:
        """Replace `connector.connect`."""
        loop = asyncio.get_running_loop()
        self.attempts.append(loop.time())
        self.connecting = True
        try:
            await asyncio.sleep(self.takes)
        finally:
            self.spent += loop.time() - self.attempts[-1]
            self.connecting = False
        outcome = next(self.outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, str):
            raise NotReachableError(outcome)
        client = cast("BleakClient", object())
        await prepare(client)
        loop.call_later(outcome, disconnected, client)
        return client

    async def disconnect(self, _client: BleakClient) -> None:
        """Replace `gatt.disconnect`."""


type Scene = Callable[[Connection, Air], Coroutine[Any, Any, None]]


def link_of(**options: Any) -> Connection:
    """Return a connection that is not used for anything."""

    async def attend(_client: BleakClient) -> None:
        await asyncio.Event().wait()

    async def prepare(_client: BleakClient) -> None:
        pass

    arguments: dict[str, Any] = {
        "prepare": prepare,
        "attend": attend,
        "changed": lambda: None,
    }
    return Connection("BackHug", lambda: DEVICE, **(arguments | options))


def heard(every: float, during: float = HOUR) -> Scene:
    """Return a scene in which the device is heard every so many seconds, unless the adapter connects."""

    async def scene(link: Connection, air: Air) -> None:
        loop = cast("VirtualLoop", asyncio.get_running_loop())
        left = int(during / every)
        ended: asyncio.Future[None] = loop.create_future()

        def hear() -> None:
            nonlocal left
            try:
                while True:
                    left -= 1
                    if not air.connecting:
                        link.advertised()
                    if not left:
                        ended.set_result(None)
                        return
                    if not loop.skip_idle(every):
                        loop.call_later(every, hear)
                        return
            except Exception as error:  # noqa: BLE001 (raised by the scene)
                ended.set_exception(error)

        # Not a task that sleeps: each of its thousands of steps would take two turns of the loop.
        loop.call_later(every, hear)
        await ended

    return scene


def check_pace(attempts: list[float], interval: float = 30.0) -> None:
    """Check that there is at most one attempt per `interval` seconds beyond the burst."""
    for first, began in enumerate(attempts):
        for last in range(first, len(attempts)):
            allowed = BURST + (attempts[last] - began) / interval
            assert last - first <= allowed, f"{last - first + 1} from {began}"
