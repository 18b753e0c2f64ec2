"""A connection that is lost, at any moment, is made again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bleak.exc import BleakDBusError, BleakError
from bumble import att
import pytest

from custom_components.backhug.device import (
    connection as connection_module,
    presence,
)
from custom_components.backhug.device.errors import (
    LinkLostError,
    NoAnswerError,
    NotReachableError,
)
from custom_components.backhug.device.model import State
from simulator import protocol
from simulator.back import Back
from simulator.bleak_client import SimulatedClient
from simulator.build import Build
from tests.home import features_of, until

from .bench import Bench, failures
from .open_profile import features_shown


def _paused(back: Back) -> None:
    back.start_at_device(20)
    back.clock.advance(21)  # type: ignore[attr-defined]
    back.pause_at_device()


def _treating(back: Back) -> None:
    back.start_at_device(20)
    back.clock.advance(21)  # type: ignore[attr-defined]


def _finishing(back: Back) -> None:
    back.start_at_device(20)
    back.stop_at_device()


STATES: dict[State, Callable[[Back], Any]] = {
    State.STANDBY: lambda _: None,
    State.SCANNING: lambda back: back.start_at_device(20),
    State.TREATING: _treating,
    State.PAUSED: _paused,
    State.FINISHING: _finishing,
    State.FAULT: lambda back: back.overheat(),
}


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("state", STATES)
async def test_lost_connection_is_made_again(bench: Bench, state: State) -> None:
    """In every state; nothing changes at the device."""
    client = await bench.client()
    STATES[state](client.back)
    await client.shows(state)
    before = client.status
    client.peripheral.drop_link()
    await client.down()
    last = client.snapshots[-1]
    assert not last.connected
    await client.up()
    last = client.snapshots[-1]
    assert last.connected
    assert client.status == before
    assert client.requests() == []
    assert client.peripheral.connections == 2


@pytest.mark.usefixtures("hurried")
async def test_silent_loss_is_noticed(bench: Bench) -> None:
    """The state is read once the device is back."""
    client = await bench.client()
    await client.treat()
    client.peripheral.vanish()
    await client.down()
    assert not client.snapshots[-1].connected
    client.back.stop_at_device()
    client.clock.advance(16)
    client.peripheral.appear()
    await client.up()
    assert client.shown() is State.STANDBY
    record = client.hug.snapshot.record
    assert record is not None
    assert record.session == 1
    assert record.before is not None


@pytest.mark.usefixtures("hurried")
async def test_absence_shorter_than_the_supervision_timeout_is_no_loss(
    bench: Bench,
) -> None:
    """No notification is missed."""
    client = await bench.client()
    client.faults.supervision_timeout = 5
    client.peripheral.vanish()
    client.back.start_at_device(20)
    await asyncio.sleep(0.05)
    client.peripheral.appear()
    await client.shows(State.SCANNING)
    assert client.peripheral.connections == 1


@pytest.mark.usefixtures("hurried")
async def test_device_reconnects_after_it_is_switched_on(bench: Bench) -> None:
    """With the settings that it remembers."""
    client = await bench.client()
    await client.treat()
    client.back.switch_off()
    await client.down()
    await asyncio.sleep(presence.SILENCE)
    client.back.switch_on()
    await client.up()
    assert client.shown() is State.FINISHING
    assert client.status.last_end == "power_lost"
    assert client.status.session == 1


@pytest.mark.usefixtures("hurried")
async def test_lost_proxy_is_replaced_by_another(bench: Bench) -> None:
    """The connection is made over the other Bluetooth proxy."""
    client = await bench.client()
    await bench.home.add_scanner("00:00:00:00:5C:02")
    first = bench.home.scanner
    assert first.central.allocated == [client.device.build.address]
    bench.home.remove_scanner()
    await client.down()
    await client.up()
    assert bench.home.scanner.central.allocated == [client.device.build.address]
    await client.hug.set_strength(9)
    await first.async_stop()


@pytest.mark.usefixtures("hurried")
async def test_loss_at_any_moment_of_the_preparation(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is made again."""
    monkeypatch.setattr(connection_module, "FIRST_BACK_OFF", 0.01)
    monkeypatch.setattr(connection_module, "LONGEST_BACK_OFF", 0.01)
    client = await bench.client(connect=False)
    client.hug.connection.hold()
    for ticks in range(0, 150, 6):
        await until(lambda: client.peripheral.connected)
        for _ in range(ticks):
            await asyncio.sleep(0)
        client.peripheral.drop_link()
        await until(lambda: not client.peripheral.connected)
    await client.up()
    assert client.hug.snapshot.features == features_shown(client.device.build)


@pytest.mark.usefixtures("hurried")
async def test_loss_at_the_end_of_the_preparation(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is never published."""
    monkeypatch.setattr(connection_module, "FIRST_BACK_OFF", 0.01)
    monkeypatch.setattr(connection_module, "LONGEST_BACK_OFF", 0.01)
    client = await bench.client(connect=False)
    read = client.peripheral.read
    times = 0

    async def lose_link(ticks: int) -> None:
        for _ in range(ticks):
            await asyncio.sleep(0)
        client.peripheral.drop_link()

    def read_and_lose(handle: int) -> bytes | None:
        nonlocal times
        before = client.peripheral.reads[protocol.TENSION_RECORD]
        value = read(handle)
        if client.peripheral.reads[protocol.TENSION_RECORD] > before and times < 16:
            times += 1
            bench.home.hass.async_create_task(lose_link(times))
        return value

    monkeypatch.setattr(client.peripheral, "read", read_and_lose)
    client.hug.connection.hold()
    await until(lambda: times == 16, "lost at each moment")
    await until(lambda: client.counted("no connection") > 0)
    assert any("lost during preparation" in event for event in client.events)
    await client.up()
    for shown in client.snapshots:
        assert shown.status or not shown.connected


@pytest.mark.usefixtures("hurried")
async def test_services_missing_because_of_a_loss_are_no_other_protocol(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device is connected again."""
    client = await bench.client(connect=False)
    connect = SimulatedClient.connect

    async def connect_and_lose(self: SimulatedClient, *args: Any, **more: Any) -> None:
        await connect(self, *args, **more)
        if client.peripheral.connections == 1:
            client.peripheral.drop_link()
            await until(lambda: not self.is_connected)

    monkeypatch.setattr(SimulatedClient, "connect", connect_and_lose)
    client.hug.connection.hold()
    await until(lambda: failures(client))
    assert client.hug.snapshot.incompatible is None
    await client.up()
    assert client.peripheral.connections == 2


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "error",
    [
        BleakError("in progress"),
        BleakDBusError("org.bluez.Error.Failed", []),
        TimeoutError(),
        EOFError(),
        BrokenPipeError(),
        ConnectionResetError(),
        KeyError("org.bluez.GattService1"),
        NotImplementedError(),
        AttributeError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_every_known_backend_error_is_followed_by_a_retry(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """While connecting and while writing."""
    monkeypatch.setattr(connection_module, "LONGEST_BACK_OFF", 0.05)

    async def fail(*_args: Any, **_more: Any) -> None:
        raise error

    client = await bench.client(connect=False, features=features_of(Build()))
    with monkeypatch.context() as patched:
        patched.setattr(SimulatedClient, "connect", fail)
        client.hug.connection.hold()
        await until(lambda: failures(client))
    await client.up()
    with monkeypatch.context() as patched:
        patched.setattr(SimulatedClient, "write_gatt_char", fail)
        refused = await client.refused(client.hug.start(20))
        assert isinstance(refused, LinkLostError | NoAnswerError)
    await client.up()
    await client.hug.start(20)
    assert client.requests() == [1]


@pytest.mark.usefixtures("hurried")
async def test_att_error_during_the_preparation_discovers_the_services_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the device is unreachable."""
    client = await bench.client(connect=False)

    def refuse(_handle: int) -> bytes | None:
        raise att.ATT_Error(att.ErrorCode.READ_NOT_PERMITTED)

    with monkeypatch.context() as patched:
        patched.setattr(client.peripheral, "read", refuse)
        client.hug.connection.hold()
        await until(lambda: failures(client))
        assert client.peripheral.connections == 2
    assert type(client.hug.connection.last_error) is NotReachableError
    assert client.hug.snapshot.incompatible is None
    await client.up()
