"""The client under test, over Home Assistant's own Bluetooth, against simulated devices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
import logging
from typing import Any, override

from bleak.backends.device import BLEDevice
from homeassistant.components import bluetooth
import pytest

from custom_components.backhug.device.client import BackHug
from custom_components.backhug.device.errors import BackHugError
from custom_components.backhug.device.model import (
    Area,
    Features,
    Flow,
    Snapshot,
    State,
    Status,
)
from simulator.back import Observer, Opcode, Request
from simulator.build import Build
from simulator.dialect import Dialect
from tests.home import Home, SimulatedBackHug, until

from .open_profile import protocol

OURS = "custom_components.backhug"
NOT_OURS = "hci0"
"""What Home Assistant's Bluetooth says of the adapter that the machine does not have."""

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect), indirect=True)
"""For what depends on the errors or the order of a backend; all else runs in one dialect."""
SUPERVISION = 0.1
"""Seconds after which one side notices that the other vanished."""

STOP = Opcode.STOP
ONLY_STOP = frozenset({int(STOP)})

type Command = Callable[[BackHug], Coroutine[Any, Any, None]]

START: Command = lambda hug: hug.start(20)  # noqa: E731
PAUSE: Command = lambda hug: hug.pause()  # noqa: E731
RESUME: Command = lambda hug: hug.resume()  # noqa: E731
STRENGTH: Command = lambda hug: hug.set_strength(9)  # noqa: E731
AREA: Command = lambda hug: hug.set_area(Area.LOWER_BACK)  # noqa: E731
FLOW: Command = lambda hug: hug.set_flow(Flow.FAST)  # noqa: E731
LENGTH: Command = lambda hug: hug.set_length(25)  # noqa: E731
EVERY = [START, PAUSE, RESUME, STRENGTH, AREA, FLOW, LENGTH]
"""Every command but stop."""


class Client:
    """One client and its device."""

    def __init__(
        self,
        home: Home,
        device: SimulatedBackHug,
        features: Features | None,
        idle_after: float | None,
    ) -> None:
        """Create the client, released."""
        self.home = home
        self.device = device
        self.back = device.back
        self.clock = device.clock
        self.faults = device.faults
        self.peripheral = device.peripheral
        self.in_reach = True
        """Whether Home Assistant knows a path to the device, which it forgets only after minutes."""
        self.snapshots: list[Snapshot] = []
        self._seen = 0
        self.hug = BackHug(
            device.build.name,
            self._path,
            features=features,
            changed=lambda snapshot, _: self.snapshots.append(snapshot),
            idle_after=idle_after,
            protocol=protocol(device.build),
        )
        self._unregister = bluetooth.async_register_advertisement_callback(
            home.hass, lambda _: self.hug.connection.advertised(), device.build.address
        )

    def _path(self) -> BLEDevice | None:
        if not self.in_reach:
            return None
        return bluetooth.async_ble_device_from_address(
            self.home.hass, self.device.build.address, connectable=True
        )

    @property
    def status(self) -> Status:
        """The status that the client shows."""
        assert self.hug.snapshot.status is not None
        return self.hug.snapshot.status

    def shown(self) -> State:
        """Return the state that the client shows."""
        return self.status.state

    @property
    def events(self) -> list[str]:
        """The events of the link."""
        return [what for _, what in self.hug.connection.history]

    def counted(self, what: str) -> int:
        """Return the number of events of a kind."""
        return sum(event.startswith(what) for event in self.events)

    async def connect(self) -> None:
        """Hold the link, and wait until all is known."""
        self.hug.connection.hold()
        await self.up()

    async def up(self) -> None:
        """Wait until the link is up and all is known."""
        await until(lambda: self.hug.connection.client, "the link is up")
        await until(lambda: self.hug.snapshot.information, "all is read")
        self._seen = len(self.snapshots)

    async def down(self) -> None:
        """Wait until the link is down, or was since it was last waited for."""
        await until(
            lambda: any(not shown.connected for shown in self.snapshots[self._seen :]),
            "the link is down",
        )

    async def shows(self, state: State) -> None:
        """Wait until the client shows a state and the device's current values."""
        await until(
            lambda: self.status.state is state and self.knows(), f"shows {state}"
        )

    def knows(self) -> bool:
        """Return whether the client has all current values of the device."""
        known, status = self.hug.reported.status, self.back.status()
        return known is not None and (
            known.seconds_left,
            known.length,
            known.strength,
            known.session,
        ) == (
            status.seconds_left,
            status.length,
            status.strength,
            status.session_number,
        )

    async def pass_time(self, seconds: float) -> None:
        """Let time pass at the device, and the client hear of it."""
        self.clock.advance(seconds)
        await until(self.knows, "hears of the time")

    async def pass_quietly(self, seconds: float) -> None:
        """Let much time pass at the device, the client hearing of its last second only."""
        self.faults.drop_notifications = True
        self.clock.advance(seconds - 1)
        self.faults.drop_notifications = False
        await self.pass_time(1)

    async def treat(self, minutes: int = 20) -> None:
        """Have a session run that treats."""
        await self.hug.start(minutes)
        self.clock.advance(21)
        await self.shows(State.TREATING)

    def requests(self, *opcodes: int) -> list[int]:
        """Return the received opcodes in their order; only these if given."""
        return [
            request.opcode
            for request in self.back.requests
            if not opcodes or request.opcode in opcodes
        ]

    def mend(self) -> None:
        """Make everything right again at the device, and on the way to it."""
        self.in_reach = True
        self.faults.clear()
        self.faults.supervision_timeout = SUPERVISION

    async def refused(self, command: Any) -> BackHugError:
        """Return the error of a command that must fail."""
        with pytest.raises(BackHugError) as caught:
            await command
        return caught.value

    async def close(self) -> None:
        """Release the connection, and check that nothing is left of the client."""
        self._unregister()
        await self.hug.connection.release()
        assert not self.hug.connection.held
        assert self.hug.connection.client is None
        assert not self.hug.snapshot.connected
        assert self.hug._control._awaited == {}
        assert self.hug.reported.wanted == {}
        assert len(self.hug.connection.history) <= 40
        assert len(self.hug.reported.counters) <= 5
        assert self.peripheral.complaints == []
        if not self.faults.hang_disconnect:
            await until(lambda: not self.peripheral.connected, "the device is let go")
            for scanner in self.home.scanners:
                assert self.device.build.address not in scanner.central.allocated


class UnforeseenError(Exception):
    """An error that no backend is known to raise."""


def failures(client: Client) -> list[float]:
    """Return the times at which attempts to connect failed."""
    return [
        when for when, what in client.hug.connection.history if "no connection" in what
    ]


def central(client: Client) -> Any:
    """Return the adapter of the client."""
    return client.home.scanner.central


def given(*commands: Any) -> list[asyncio.Task[None]]:
    """Give commands one after the other, without waiting for any."""
    return [asyncio.create_task(command) for command in commands]


class Saboteur(Observer):
    """Runs an action at the device as soon as a request arrives."""

    def __init__(self, act: Callable[[], object]) -> None:
        """Take what is to be done."""
        self._act = act

    @override
    def request_received(self, entry: Request) -> None:
        """Do it."""
        self._act()


class Bench:
    """A home whose BackHugs have clients to be tested."""

    def __init__(self, home: Home) -> None:
        """Begin with an empty bench."""
        self.home = home

    async def client(
        self,
        build: Build | None = None,
        *,
        features: Features | None = None,
        connect: bool = True,
        idle_after: float | None = None,
        **options: Any,
    ) -> Client:
        """Return a client of a new device, connected by default."""
        options.setdefault("interval", 0.02)
        device = await self.home.add(build, **options)
        if device.faults.supervision_timeout is None:
            device.faults.supervision_timeout = SUPERVISION
        await self.home.seen(device)
        client = Client(self.home, device, features, idle_after)
        self.home.on_close(client.close)
        await until(lambda: client.hug.connection._presence.known, "it is heard")
        if connect:
            await client.connect()
        return client


class Log:
    """The log: each warning must be expected, and comes once."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        """Look at what pytest captures."""
        self._caplog = caplog
        self._expected: list[str] = []

    def expect(self, *messages: str) -> None:
        """Expect a warning or an error of ours that has this in it, exactly once."""
        self._expected += messages

    def check(self) -> None:
        """Fail for what was not expected, and for what was and did not come."""
        records = [
            record
            for phase in ("setup", "call")
            for record in self._caplog.get_records(phase)
        ]
        ours = [
            record.getMessage()
            for record in records
            if record.name.startswith(OURS) and record.levelno >= logging.INFO
        ]
        for expected in self._expected:
            matching = [message for message in ours if expected in message]
            assert len(matching) == 1, f"{expected}: {matching}"
            ours.remove(matching[0])
        assert ours == []
        assert [
            record.getMessage()
            for record in records
            if record.levelno >= logging.ERROR
            and NOT_OURS not in record.getMessage()
            and not record.name.startswith(OURS)
        ] == []
