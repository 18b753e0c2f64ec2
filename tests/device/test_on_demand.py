"""The link on demand: made when needed, closed when idle, never during a session."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from custom_components.backhug.device import presence, timeouts
from custom_components.backhug.device.errors import (
    LinkLostError,
    NotReachableError,
    ReleasedError,
    StoppedFirstError,
    StopPendingError,
)
from custom_components.backhug.device.model import Area, Flow, State
from simulator.build import Build
from simulator.protocol import encode_status
from tests.home import until

from .bench import Bench, Client
from .open_profile import features_shown

IDLE = 0.3


async def on_demand(bench: Bench, **options: Any) -> Client:
    """Return an idle client that has read the device."""
    client = await bench.client(idle_after=IDLE, **options)
    await rests(client)
    return client


async def rests(client: Client) -> None:
    """Wait until the link rests, and the device and the slot are free."""
    await until(lambda: client.hug.snapshot.resting, "the link rests")
    await until(lambda: not client.peripheral.connected, "the device is free")
    for scanner in client.home.scanners:
        assert client.device.build.address not in scanner.central.allocated


async def test_rests_when_idle(bench: Bench) -> None:
    """It connects once to learn the state, and lets go; advertisements do not wake it."""
    client = await on_demand(bench)
    snapshot = client.hug.snapshot
    assert not snapshot.connected
    assert client.status.state is State.STANDBY
    assert snapshot.settings is not None
    assert client.hug.connection.held
    assert client.events == ["connected", "idle"]
    await asyncio.sleep(3 * IDLE)
    assert client.peripheral.connections == 1
    assert client.requests() == []


async def test_command_connects(bench: Bench) -> None:
    """A command connects, is answered, and the link rests again."""
    client = await on_demand(bench)
    async with asyncio.timeout(timeouts.COMMAND_TIMEOUT):
        await client.hug.set_strength(7)
    assert client.back.strength == 7
    assert client.hug.snapshot.connected
    assert not client.hug.snapshot.resting
    await rests(client)
    assert client.peripheral.connections == 2
    assert client.status.strength == 7


async def test_command_restarts_the_idle_time(bench: Bench) -> None:
    """Each command restarts the idle time."""
    client = await on_demand(bench)
    for command in (
        client.hug.set_strength(7),
        client.hug.set_length(30),
        client.hug.set_area(Area.LOWER_BACK),
        client.hug.set_flow(Flow.FAST),
    ):
        await command
        await asyncio.sleep(0.6 * IDLE)
    assert client.peripheral.connections == 2


async def test_drag_while_it_connects(bench: Bench) -> None:
    """Of a slider drag that begins while the link rests the device gets the newest value only."""
    client = await on_demand(bench)
    client.faults.refuse_connections = True
    first = asyncio.create_task(client.hug.set_strength(10))
    await until(lambda: client.counted("no connection"), "it tries to connect")
    second = asyncio.create_task(client.hug.set_strength(4))
    await asyncio.sleep(0)
    client.faults.refuse_connections = False
    await asyncio.gather(first, second)
    assert [request.parameters[0] for request in client.back.requests] == [4]


async def test_never_in_a_session(bench: Bench) -> None:
    """From the start to standby it holds, however long; then it lets go."""
    client = await on_demand(bench)
    await client.treat()
    await asyncio.sleep(2 * IDLE)
    await client.hug.pause()
    await asyncio.sleep(2 * IDLE)
    assert client.shown() is State.PAUSED
    await client.hug.resume()
    await client.pass_quietly(client.back.seconds_left)
    await client.shows(State.FINISHING)
    await asyncio.sleep(2 * IDLE)
    assert client.hug.snapshot.connected
    assert client.peripheral.connections == 2
    client.clock.advance(16)
    await client.shows(State.STANDBY)
    assert client.hug.snapshot.connected
    await rests(client)
    assert client.hug.snapshot.record is not None
    assert client.hug.snapshot.record.after is not None


async def test_found_session_keeps_the_connection(bench: Bench) -> None:
    """An unseen session, once found, keeps the connection."""
    client = await on_demand(bench)
    client.back.start_at_device(20)
    await asyncio.sleep(2 * IDLE)
    assert client.peripheral.connections == 1
    assert client.shown() is State.STANDBY
    await client.hug.set_strength(7)
    assert client.shown() is State.SCANNING
    await asyncio.sleep(2 * IDLE)
    assert client.hug.snapshot.connected


async def test_stop_connects_while_idle(bench: Bench) -> None:
    """A stop while idle connects, and ends an unseen session."""
    client = await on_demand(bench)
    client.back.start_at_device(20)
    setting = asyncio.create_task(client.hug.set_strength(7))
    await asyncio.sleep(0)
    async with asyncio.timeout(timeouts.COMMAND_TIMEOUT):
        await client.hug.stop()
    assert not client.back.running
    assert isinstance(await client.refused(setting), StoppedFirstError)
    assert client.requests() == [2]


async def test_stop_that_is_due(bench: Bench, hurried: None) -> None:  # noqa: ARG001
    """A stop that did not get through is kept after: not only on demand, until it is delivered."""
    client = await on_demand(bench)
    await client.hug.start(20)
    client.peripheral.vanish()
    client.peripheral.drop_link()
    await client.down()
    assert isinstance(await client.refused(client.hug.stop()), StopPendingError)
    assert client.back.running
    client.peripheral.appear()
    await until(lambda: not client.back.running, "the stop is delivered")
    client.clock.advance(16)
    await rests(client)


async def test_lost_in_a_session(bench: Bench) -> None:
    """A link that is lost in a session is made again, as if it were always held."""
    client = await on_demand(bench)
    await client.hug.start(20)
    client.peripheral.drop_link()
    await until(lambda: client.peripheral.connections == 3, "a third connection")
    await client.up()


async def test_loss_before_idle_reconnects_once(bench: Bench) -> None:
    """A link lost before it is idle is made again, once, to read the result."""
    client = await bench.client(idle_after=IDLE)
    client.peripheral.drop_link()
    await client.down()
    assert not client.hug.snapshot.resting
    await client.up()
    await rests(client)
    assert client.peripheral.connections == 2


async def test_out_of_reach(bench: Bench, hurried: None) -> None:  # noqa: ARG001
    """A command fails in time, and shows that the device is missed; then it is looked for."""
    client = await on_demand(bench)
    client.faults.refuse_connections = True
    error = await client.refused(client.hug.set_strength(7))
    assert isinstance(error, NotReachableError)
    assert not client.hug.snapshot.resting
    client.faults.refuse_connections = False
    await rests(client)
    assert client.requests() == []


async def test_no_path(bench: Bench) -> None:
    """A device that Home Assistant has no path to fails a command at once; a stop is kept, and looks for it."""
    client = await on_demand(bench)
    client.in_reach = False
    assert isinstance(await client.refused(client.hug.start(20)), NotReachableError)
    await asyncio.sleep(0.1)
    assert client.hug.snapshot.resting
    assert isinstance(await client.refused(client.hug.stop()), StopPendingError)
    await until(lambda: not client.hug.snapshot.resting, "it is missed")
    client.in_reach = True
    await rests(client)
    assert client.peripheral.connections == 2


async def test_device_back_after_silence_is_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that was switched off and on is read at once: its values may be new."""
    monkeypatch.setattr(presence, "AWAY", 0.5)
    monkeypatch.setattr(presence, "SILENCE", 0.5)
    client = await on_demand(bench)
    client.back.switch_off()
    await asyncio.sleep(0.7)
    assert client.hug.snapshot.resting
    client.back.switch_on()
    await until(lambda: client.peripheral.connections == 2, "it is looked at")
    await rests(client)
    await asyncio.sleep(2 * IDLE)
    assert client.peripheral.connections == 2


async def test_silent_while_connected(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device does not advertise while it is connected: it was not away."""
    monkeypatch.setattr(presence, "AWAY", 0.2)
    client = await on_demand(bench)
    await asyncio.sleep(2 * IDLE)
    assert client.peripheral.connections == 1


async def test_device_gone_returns_with_its_advertisement(bench: Bench) -> None:
    """A device that Home Assistant had lost is back with its next advertisement."""
    client = await on_demand(bench)
    client.hug.connection.gone()
    await until(lambda: client.peripheral.connections == 2, "it is looked at")
    await rests(client)


async def test_connection_is_kept_while_needed(bench: Bench) -> None:
    """The connection is made when needed, and kept until all have released it."""
    client = await on_demand(bench)
    first, second = client.hug.connection.need(), client.hug.connection.need()
    await client.up()
    first()
    first()
    await asyncio.sleep(2 * IDLE)
    assert client.hug.snapshot.connected
    second()
    await asyncio.sleep(IDLE / 3)
    assert client.hug.snapshot.connected
    await rests(client)
    assert client.peripheral.connections == 2


async def test_released_stays_released(bench: Bench) -> None:
    """Nothing connects a released device: no command, no need, no advertisement."""
    client = await on_demand(bench)
    await client.hug.connection.release()
    assert not client.hug.snapshot.resting
    release = client.hug.connection.need()
    client.hug.connection.gone()
    assert isinstance(await client.refused(client.hug.stop()), ReleasedError)
    assert isinstance(await client.refused(client.hug.start(20)), ReleasedError)
    await asyncio.sleep(0.2)
    assert client.peripheral.connections == 1
    release()
    client.hug.connection.hold()
    await client.up()
    await rests(client)
    assert client.peripheral.connections == 2


async def test_unknown_state_keeps_the_connection(bench: Bench) -> None:
    """In an unknown state a session may run: the connection is kept."""
    client = await bench.client(idle_after=IDLE)
    value = encode_status(client.back.status())
    client.peripheral.inject_status(bytes([9, *value[1:]]))
    await until(lambda: client.shown() is State.UNKNOWN, "unknown")
    await asyncio.sleep(2 * IDLE)
    assert client.hug.snapshot.connected


async def test_slot_is_freed_for_others(bench: Bench) -> None:
    """With one slot only, two devices are operated in turn."""
    bench.home.remove_scanner()
    await bench.home.add_scanner("00:00:00:00:5C:07", slots=1)
    one = await on_demand(bench)
    two = await on_demand(
        bench, build=Build(name="BackHug-26AB", address="C0:FF:EE:00:26:AB")
    )
    for client in (one, two, one):
        await client.hug.set_strength(client.back.strength % 10 + 1)
        await rests(client)


# Identifying again


async def test_identify_uses_the_connection(bench: Bench) -> None:
    """A device is identified again over its connection; while idle one is made."""
    client = await on_demand(bench)
    identity = await client.hug.identify()
    assert identity.features == features_shown(client.device.build)
    assert identity.information == client.hug.snapshot.information
    assert client.peripheral.connections == 2


async def test_loss_while_identifying_is_reported(bench: Bench) -> None:
    """A connection lost meanwhile is reported as such."""
    client = await bench.client(idle_after=IDLE)
    identifying = asyncio.create_task(client.hug.identify())
    await asyncio.sleep(0)
    client.peripheral.drop_link()
    with pytest.raises(LinkLostError):
        await identifying
