"""Client of the simulated devices in another process, `development.bluez.radio`."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
import json
from typing import Any, override

from development.devices import FIRST, SECOND, Controls, RefusedError
from simulator.back import Build

GONE = "the radio has gone"


class RemoteDevice(Controls):
    """One simulated device in the radio's process."""

    def __init__(self, simulation: RemoteSimulation, build: Build) -> None:
        """Create a device without a snapshot yet."""
        self._simulation = simulation
        self._build = build
        self._shown: dict[str, Any] = {}
        self._listeners: list[Callable[[], None]] = []

    @property
    @override
    def build(self) -> Build:
        return self._build

    @property
    @override
    def shown(self) -> Mapping[str, Any]:
        return self._shown

    @override
    async def perform(self, action: str) -> None:
        await self._simulation.perform(self._build.address, action)

    @override
    def observe(self, refresh: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(refresh)
        return lambda: self._listeners.remove(refresh)

    def show(self, shown: dict[str, Any]) -> None:
        """Take a snapshot from the radio."""
        self._shown = shown
        for refresh in list(self._listeners):
            refresh()


class RemoteSimulation:
    """The devices of a radio, over its socket: a line of JSON each way."""

    def __init__(self, path: str) -> None:
        """Take the path of the radio's socket."""
        self.added = asyncio.Event()
        """Set once the first device need not be added (any more)."""
        self.devices = [RemoteDevice(self, build) for build in (FIRST, SECOND)]
        self._path = path
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._requests: deque[asyncio.Future[str | None]] = deque()

    async def async_start(self) -> None:
        """Connect and take the first snapshot; OSError if there is no radio."""
        reader, self._writer = await asyncio.open_unix_connection(self._path)
        self._take(await reader.readline())
        self._reading = asyncio.create_task(self._read(reader))

    async def async_stop(self) -> None:
        """Disconnect; a second call does nothing."""
        self._leave()
        if self._reading is not None:
            self._reading.cancel()

    async def perform(self, address: str, action: str) -> None:
        """Perform an action on a device; RefusedError if the device or the radio does not."""
        if self._writer is None:
            raise RefusedError(GONE)
        answer = asyncio.get_running_loop().create_future()
        self._requests.append(answer)
        request = json.dumps({"device": address, "action": action})
        self._writer.write(request.encode() + b"\n")
        if (refused := await answer) is not None:
            raise RefusedError(refused)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while line := await reader.readline():
                self._take(line)
        self._leave()

    def _leave(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        while self._requests:
            if not (answer := self._requests.popleft()).done():
                answer.set_result(GONE)

    def _take(self, line: bytes) -> None:
        message = json.loads(line)
        if "refused" in message:
            # Answers come in the order of the requests; a caller may have been cancelled.
            if not (answer := self._requests.popleft()).done():
                answer.set_result(message["refused"])
            return
        for device in self.devices:
            device.show(message["devices"][device.build.address])
