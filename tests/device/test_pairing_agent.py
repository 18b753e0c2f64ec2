"""The pairing agent for BlueZ: its consent and its lifetime."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import logging
from types import SimpleNamespace
from typing import cast

from bleak import BleakClient
from bleak.backends import BleakBackend
from dbus_fast import BusType, ErrorType, Message, MessageType
import pytest

from custom_components.backhug.device import pairing_agent
from custom_components.backhug.device.errors import StoppedFirstError
from custom_components.backhug.device.pairing_agent import PairingAgent
from simulator.build import Build
from simulator.central import Central
from simulator.dialect import Dialect

from .bench import Bench

FIRST = "C0:FF:EE:00:7F:2A"
SECOND = "C0:FF:EE:00:26:C4"
PASSKEYS = ["RequestPinCode", "DisplayPinCode", "RequestPasskey", "DisplayPasskey"]


class FakeBus:
    """A connection to the system bus."""

    def __init__(self, bluez: FakeBlueZ, bus_type: BusType) -> None:
        """Connect to nothing yet."""
        assert bus_type is BusType.SYSTEM
        self.handler: Callable[[Message], Message | bool]
        self._bluez = bluez

    def add_message_handler(self, handler: Callable[[Message], Message | bool]) -> None:
        """Take the handler."""
        self.handler = handler

    async def connect(self) -> None:
        """Connect, or fail."""
        if (error := self._bluez.connect_error) is not None:
            raise error

    async def call(self, message: Message) -> Message:
        """Register an agent, as AgentManager1 does."""
        await self._bluez.reachable.wait()
        message.serial = 1
        self._bluez.called.append(message.member or "")
        if self._bluez.refuses:
            return Message.new_error(message, ErrorType.ACCESS_DENIED, "no")
        assert message.destination == "org.bluez"
        assert message.path == "/org/bluez"
        assert message.interface == "org.bluez.AgentManager1"
        path, capability = message.body
        assert capability == "NoInputNoOutput"
        self._bluez.agents.append((self, path))
        return Message.new_method_return(message)

    def disconnect(self) -> None:
        """Disconnect, which unregisters the agent."""
        self._bluez.disconnected += 1
        self._bluez.agents = [each for each in self._bluez.agents if each[0] != self]


class FakeBlueZ:
    """BlueZ on D-Bus, with the agents that registered with it; it asks the first."""

    def __init__(self) -> None:
        """Begin with no agent, and nothing wrong."""
        self.agents: list[tuple[FakeBus, str]] = []
        self.called: list[str] = []
        self.buses = 0
        self.disconnected = 0
        self.connect_error: Exception | None = None
        self.refuses = False
        self.reachable = asyncio.Event()
        self.reachable.set()

    def bus(self, *, bus_type: BusType, auth: object) -> FakeBus:
        """Return a new connection."""
        assert auth is None
        self.buses += 1
        return FakeBus(self, bus_type)

    def send(
        self, member: str, *body: object, interface: str = "org.bluez.Agent1"
    ) -> Message | bool:
        """Call a method of the agent; return its answer."""
        bus, path = self.agents[0]
        signature = "o" + "".join(
            "u" if isinstance(each, int) else "s" for each in body[1:]
        )
        return bus.handler(
            Message(
                path=path,
                interface=interface,
                member=member,
                signature=signature if body else "",
                body=list(body),
                serial=7,
            )
        )

    def ask(self, member: str, address: str, *more: object, adapter: int = 0) -> bool:
        """Ask the agent about a device; return whether it consents."""
        device = f"/org/bluez/hci{adapter}/dev_{address.replace(':', '_')}"
        answer = self.send(member, device, *more)
        assert isinstance(answer, Message)
        assert answer.reply_serial == 7
        if answer.message_type is MessageType.METHOD_RETURN:
            assert answer.body == []
            return True
        assert answer.error_name == "org.bluez.Error.Rejected"
        return False


@pytest.fixture
def bluez(monkeypatch: pytest.MonkeyPatch) -> FakeBlueZ:
    """Return a BlueZ with a bus for all connections."""
    bluez = FakeBlueZ()
    monkeypatch.setattr("dbus_fast.aio.MessageBus", bluez.bus)
    return bluez


def connection(
    address: str = FIRST,
    backend: str = BleakBackend.BLUEZ_DBUS,
    *,
    connected: bool = True,
) -> BleakClient:
    """Return a connection over a backend."""
    client = SimpleNamespace(
        address=address, backend_id=backend, is_connected=connected
    )
    return cast("BleakClient", client)


# Its decisions


async def test_consents_to_pairing_with_our_device(bluez: FakeBlueZ) -> None:
    """Just Works asks for authorization or a confirmation, over whichever adapter."""
    async with PairingAgent().registered(connection()):
        assert bluez.ask("RequestAuthorization", FIRST)
        assert bluez.ask("RequestConfirmation", FIRST, 123456)
        assert bluez.ask("AuthorizeService", FIRST, "1800")
        assert bluez.ask("RequestAuthorization", FIRST, adapter=1)


async def test_rejects_other_devices(bluez: FakeBlueZ) -> None:
    """Nothing else is let in."""
    async with PairingAgent().registered(connection()):
        assert not bluez.ask("RequestAuthorization", SECOND)
        assert not bluez.ask("RequestConfirmation", SECOND, 123456)
        assert not bluez.ask("AuthorizeService", SECOND, "1800")
        assert not bluez.ask("RequestAuthorization", FIRST + ":00")
        assert not bluez.ask("RequestAuthorization", FIRST[:-1])


@pytest.mark.parametrize("member", PASSKEYS)
async def test_rejects_passkeys(bluez: FakeBlueZ, member: str) -> None:
    """There is nothing to enter or to show, also for our device."""
    async with PairingAgent().registered(connection()):
        assert not bluez.ask(member, FIRST)


async def test_leaves_other_messages_alone(bluez: FakeBlueZ) -> None:
    """Signals get no reply; other messages are left to D-Bus."""
    async with PairingAgent().registered(connection()):
        assert bluez.send("Cancel") is True
        assert bluez.send("Release") is True
        assert bluez.send("Ping", interface="org.freedesktop.DBus.Peer") is False


# When it is there


async def test_registered_within_the_context_only(bluez: FakeBlueZ) -> None:
    """It is unregistered however the pairing ends, and never becomes the default agent."""
    agent = PairingAgent()

    async def pair(error: BaseException) -> None:
        async with agent.registered(connection()):
            assert len(bluez.agents) == 1
            raise error

    for error in (ValueError(), asyncio.CancelledError()):
        with pytest.raises(type(error)):
            await pair(error)
        assert bluez.agents == []
    async with agent.registered(connection()):
        assert len(bluez.agents) == 1
    assert bluez.agents == []
    assert bluez.called == ["RegisterAgent"] * 3
    assert bluez.disconnected == bluez.buses == 3


async def test_two_devices_at_once(bluez: FakeBlueZ) -> None:
    """BlueZ asks one agent for all: it stays while any device may pair, and consents to those only."""
    agent = PairingAgent()
    async with agent.registered(connection(SECOND)):
        async with agent.registered(connection(FIRST)):
            assert bluez.ask("RequestAuthorization", FIRST)
            assert bluez.ask("RequestAuthorization", SECOND)
        assert not bluez.ask("RequestAuthorization", FIRST)
        assert bluez.ask("RequestAuthorization", SECOND)
    assert bluez.agents == []
    assert bluez.called == ["RegisterAgent"]


async def test_first_device_leaves_first(bluez: FakeBlueZ) -> None:
    """Two that register at the same time do not take the agent from each other."""
    agent = PairingAgent()
    bluez.reachable.clear()
    leave = asyncio.Event()

    async def pair(address: str) -> None:
        async with agent.registered(connection(address)):
            await leave.wait()

    first, second = (asyncio.create_task(pair(each)) for each in (FIRST, SECOND))
    await asyncio.sleep(0)
    bluez.reachable.set()
    while len(bluez.agents) < 2:
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    assert bluez.ask("RequestAuthorization", SECOND)
    assert not bluez.ask("RequestAuthorization", FIRST)
    leave.set()
    await second
    assert bluez.agents == []


@pytest.mark.parametrize(
    "client",
    [
        connection(backend="ESPHomeClient"),
        connection(backend=""),
        connection(connected=False),
    ],
    ids=["proxy", "unknown", "lost"],
)
async def test_without_bluez(bluez: FakeBlueZ, client: BleakClient) -> None:
    """Other backends pair by themselves; a connection that is lost pairs nothing."""
    async with PairingAgent().registered(client):
        pass
    assert bluez.buses == 0


# When it cannot be there


def no_bus(bluez: FakeBlueZ, _: pytest.MonkeyPatch) -> None:
    """Have no system bus, as in a container."""
    bluez.connect_error = FileNotFoundError(2, "/run/dbus/system_bus_socket")


def no_permission(bluez: FakeBlueZ, _: pytest.MonkeyPatch) -> None:
    """Have the bus refuse the call."""
    bluez.refuses = True


def no_answer(bluez: FakeBlueZ, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody answer."""
    bluez.reachable.clear()
    monkeypatch.setattr(pairing_agent, "REGISTER_TIMEOUT", 0.01)


def no_library(_: FakeBlueZ, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have another dbus-fast than expected."""
    monkeypatch.delattr("dbus_fast.aio.MessageBus")


def no_address(_: FakeBlueZ, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an address of the bus that is none."""

    def fail(**_: object) -> None:
        raise ValueError

    monkeypatch.setattr("dbus_fast.aio.MessageBus", fail)


@pytest.mark.parametrize(
    "fails", [no_bus, no_permission, no_answer, no_library, no_address]
)
async def test_failure_costs_one_debug_line(
    bluez: FakeBlueZ,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fails: Callable[[FakeBlueZ, pytest.MonkeyPatch], None],
) -> None:
    """Everything goes on as without an agent, and no bus stays connected."""
    fails(bluez, monkeypatch)
    caplog.set_level(logging.DEBUG, pairing_agent.__name__)
    entered = False
    async with PairingAgent().registered(connection()):
        entered = True
    assert entered
    assert bluez.disconnected == bluez.buses
    assert bluez.agents == []
    (line,) = (
        record for record in caplog.records if record.name == pairing_agent.__name__
    )
    assert line.levelno == logging.DEBUG
    assert line.getMessage().startswith("No pairing agent: ")


async def test_cancelled_while_it_registers(bluez: FakeBlueZ) -> None:
    """Nothing stays behind, and nothing waits for BlueZ."""
    bluez.reachable.clear()

    async def pair() -> None:
        async with PairingAgent().registered(connection()):
            pytest.fail("not registered")

    pairing = asyncio.create_task(pair())
    await asyncio.sleep(0)
    assert bluez.buses == 1
    pairing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pairing
    assert bluez.disconnected == 1


# With a device


@pytest.fixture
def over_bluez(bluez: FakeBlueZ, monkeypatch: pytest.MonkeyPatch) -> FakeBlueZ:
    """Let the simulated backend be BlueZ, in which only our agent lets a device pair."""
    monkeypatch.setattr(BleakClient, "backend_id", BleakBackend.BLUEZ_DBUS)

    def consents(_: Central) -> bool:
        return bool(bluez.agents) and bluez.ask("RequestAuthorization", Build().address)

    monkeypatch.setattr(
        Central, "agent", property(consents, lambda *_: None), raising=False
    )
    return bluez


BLUEZ = pytest.mark.parametrize("dialect", [Dialect.BLUEZ], indirect=True)


@BLUEZ
async def test_pairs_without_another_agent(bench: Bench, over_bluez: FakeBlueZ) -> None:
    """The agent is there for the first request of each connection, which may pair, and for no stop."""
    client = await bench.client(Build(encrypted=True))
    await client.hug.stop()
    assert over_bluez.called == []
    await client.hug.set_strength(9)
    assert client.peripheral.encrypted
    assert client.back.strength == 9
    assert over_bluez.agents == []
    await client.hug.set_strength(4)
    assert over_bluez.called == ["RegisterAgent"]
    client.peripheral.forget_bonds()
    client.peripheral.drop_link()
    await client.down()
    await client.up()
    await client.hug.set_strength(3)
    assert client.back.strength == 3
    assert over_bluez.called == ["RegisterAgent"] * 2
    assert over_bluez.agents == []


@BLUEZ
async def test_stop_does_not_wait_for_the_agent(
    bench: Bench, over_bluez: FakeBlueZ
) -> None:
    """A stop goes first; requests that waited for the agent are not sent after it."""
    client = await bench.client()
    over_bluez.reachable.clear()
    starting = asyncio.create_task(client.hug.start(20))
    while not over_bluez.buses:
        await asyncio.sleep(0)
    await client.hug.stop()
    assert not starting.done()
    over_bluez.reachable.set()
    assert type(await client.refused(starting)) is StoppedFirstError
    assert client.requests() == [2]
    assert over_bluez.agents == []
