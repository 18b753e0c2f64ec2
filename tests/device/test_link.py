"""The link over the air: lost and regained, refused, hung, released."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from copy import replace
from itertools import pairwise
from time import monotonic
import traceback
from typing import Any
from unittest.mock import patch

from bleak.backends.device import BLEDevice
from bleak.exc import BleakDBusError, BleakError
import bleak_retry_connector
from bumble import att
from bumble.att import AttributeValue
from bumble.core import UUID
from bumble.gatt import Characteristic
from habluetooth import get_manager
import pytest
from pytest_homeassistant_custom_component.plugins import get_scheduled_timer_handles

from custom_components.backhug.device import (
    back_off as back_off_module,
    client as client_module,
    link as link_module,
    radio,
)
from custom_components.backhug.device.client import identify
from custom_components.backhug.device.errors import (
    BackHugError,
    ContradictoryFeaturesError,
    IncompatibleError,
    LinkLostError,
    NoAnswerError,
    NotReachableError,
    ReleasedError,
    UnknownProtocolError,
    UnsupportedVersionError,
)
from custom_components.backhug.device.model import DeviceInformation, State
from simulator import protocol
from simulator.back import Back
from simulator.bleak_client import SimulatedClient
from simulator.build import Build
from simulator.dialect import Dialect
from simulator.faults import Faults
from tests.home import features_of, until

from .bench import EVERY_DIALECT, Bench, Client, Log

# Lost


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
async def test_loss(bench: Bench, state: State) -> None:
    """A lost link comes back by itself, in every state, and changes nothing at the device."""
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
    assert client.told() == []
    assert client.peripheral.connections == 2


async def test_vanishing_without_a_word(bench: Bench) -> None:
    """A device out of reach is noticed, and found again when it is back; what was missed is read."""
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
async def test_a_moment_out_of_reach(bench: Bench) -> None:
    """What is shorter than the supervision timeout is no loss, and nothing is missed."""
    client = await bench.client()
    client.faults.supervision_timeout = 5
    client.peripheral.vanish()
    client.back.start_at_device(20)
    await asyncio.sleep(0.05)
    client.peripheral.appear()
    await client.shows(State.SCANNING)
    assert client.peripheral.connections == 1


@pytest.mark.usefixtures("hurried")
async def test_switched_off_and_on(bench: Bench) -> None:
    """Off is an ordinary state; on again, the device is back at once with what it remembers."""
    client = await bench.client()
    await client.treat()
    client.back.switch_off()
    await client.down()
    await asyncio.sleep(link_module.SILENCE)
    client.back.switch_on()
    await client.up()
    assert client.shown() is State.FINISHING
    assert client.status.last_end == "power_lost"
    assert client.status.session == 1


@pytest.mark.usefixtures("hurried")
async def test_another_path(bench: Bench) -> None:
    """When a Bluetooth proxy goes away the link comes back over another one."""
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
async def test_loss_at_any_moment(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever in getting ready the link is lost, it comes back."""
    monkeypatch.setattr(link_module, "FIRST_BACK_OFF", 0.01)
    monkeypatch.setattr(link_module, "LONGEST_BACK_OFF", 0.01)
    client = await bench.client(connect=False)
    client.hug.link.hold()
    for ticks in range(0, 150, 6):
        await until(lambda: client.peripheral.connected)
        for _ in range(ticks):
            await asyncio.sleep(0)
        client.peripheral.drop_link()
        await until(lambda: not client.peripheral.connected)
    await client.up()
    assert client.hug.snapshot.features == features_of(client.device.build)


async def test_loss_when_all_is_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that is lost as it becomes ready never was up."""
    monkeypatch.setattr(link_module, "FIRST_BACK_OFF", 0.01)
    monkeypatch.setattr(link_module, "LONGEST_BACK_OFF", 0.01)
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
    client.hug.link.hold()
    await until(lambda: times == 16, "lost at each moment")
    await until(lambda: client.counted("no connection") > 0)
    assert any("lost while it was made ready" in event for event in client.events)
    await client.up()
    for shown in client.snapshots:
        assert shown.status or not shown.connected


async def test_loss_as_soon_as_connected(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Services that went with the link are not taken for a device that has none."""
    client = await bench.client(connect=False)
    connect = SimulatedClient.connect

    async def connect_and_lose(self: SimulatedClient, *args: Any, **more: Any) -> None:
        await connect(self, *args, **more)
        if client.peripheral.connections == 1:
            client.peripheral.drop_link()
            await until(lambda: not self.is_connected)

    monkeypatch.setattr(SimulatedClient, "connect", connect_and_lose)
    client.hug.link.hold()
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
async def test_what_backends_raise(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Whatever a backend raises, connecting or writing, the link comes back by itself."""
    monkeypatch.setattr(link_module, "LONGEST_BACK_OFF", 0.05)

    async def fail(*_args: Any, **_more: Any) -> None:
        raise error

    client = await bench.client(connect=False, features=features_of(Build()))
    with monkeypatch.context() as patched:
        patched.setattr(SimulatedClient, "connect", fail)
        client.hug.link.hold()
        await until(lambda: failures(client))
    await client.up()
    with monkeypatch.context() as patched:
        patched.setattr(SimulatedClient, "write_gatt_char", fail)
        refused = await client.refused(client.hug.start(20))
        assert isinstance(refused, LinkLostError | NoAnswerError)
    await client.up()
    await client.hug.start(20)
    assert client.told() == [1]


@pytest.mark.usefixtures("hurried")
async def test_att_errors_while_it_comes_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that does not let itself be read is asked twice, the second time anew; then it is out of reach."""
    client = await bench.client(connect=False)

    def refuse(_handle: int) -> bytes | None:
        raise att.ATT_Error(att.ErrorCode.READ_NOT_PERMITTED)

    with monkeypatch.context() as patched:
        patched.setattr(client.peripheral, "read", refuse)
        client.hug.link.hold()
        await until(lambda: failures(client))
        assert client.peripheral.connections == 2
    assert type(client.hug.link.last_error) is NotReachableError
    assert client.hug.snapshot.incompatible is None
    await client.up()


# Refused, and hung


def failures(client: Client) -> list[float]:
    """Return when an attempt to connect failed."""
    return [when for when, what in client.hug.link.history if "no connection" in what]


@pytest.mark.usefixtures("hurried")
async def test_back_off(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever refuses the connection is asked less and less often, up to a bound."""
    monkeypatch.setattr(link_module, "FIRST_BACK_OFF", 0.05)
    monkeypatch.setattr(link_module, "LONGEST_BACK_OFF", 0.2)
    client = await bench.client(connect=False)
    connect = SimulatedClient.connect
    attempts = 0

    async def attempt(self: SimulatedClient, *args: Any, **more: Any) -> None:
        nonlocal attempts
        attempts += 1
        await connect(self, *args, **more)

    monkeypatch.setattr(SimulatedClient, "connect", attempt)
    client.faults.refuse_connections = True
    client.hug.link.hold()
    await until(lambda: len(failures(client)) == 7, "attempts")
    assert attempts <= 8, "nothing else tries again between ours"
    gaps = [later - earlier for earlier, later in pairwise(failures(client))]
    for gap, longest in zip(gaps, (0.05, 0.1, 0.2, 0.2, 0.2, 0.2), strict=True):
        assert gap >= longest / 2
    assert max(gaps) < 1
    client.mend()
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_back_off_begins_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that was away is asked as often as at first."""
    monkeypatch.setattr(link_module, "FIRST_BACK_OFF", 0.02)
    client = await bench.client(connect=False)
    client.faults.refuse_connections = True
    client.hug.link.hold()
    await until(lambda: len(failures(client)) == 5, "attempts")
    client.in_reach = False
    await until(lambda: client.hug.link._no_path)
    client.in_reach = True
    await until(lambda: len(failures(client)) == 7, "attempts")
    before, after = failures(client)[-2:]
    assert 0.01 <= after - before < 0.3


async def test_no_storm(bench: Bench) -> None:
    """With its real patience: a few attempts, and none without a pause."""
    client = await bench.client(connect=False)
    client.faults.refuse_connections = True
    client.hug.link.hold()
    await asyncio.sleep(1.2)
    assert 1 <= len(failures(client)) <= 3


@pytest.mark.usefixtures("hurried")
async def test_flapping(bench: Bench) -> None:
    """A connection that is lost as soon as it is made is not made without a pause either."""
    client = await bench.client()
    for _ in range(3):
        client.peripheral.drop_link()
        await client.down()
        await client.up()
    lost = [when for when, what in client.hug.link.history if what == "lost"]
    made = [when for when, what in client.hug.link.history if what == "connected"]
    pauses = [again - gone for gone, again in zip(lost, made[1:], strict=True)]
    for pause, longest in zip(pauses, (0.1, 0.2, 0.4), strict=True):
        assert pause >= longest / 2


@pytest.mark.usefixtures("hurried")
async def test_steady_connection(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that lasted is made again at once."""
    monkeypatch.setattr(link_module, "STEADY", 0.05)
    monkeypatch.setattr(link_module, "FIRST_BACK_OFF", 1000)
    client = await bench.client()
    await asyncio.sleep(0.06)
    client.peripheral.drop_link()
    await client.down()
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_advertisement_after_silence(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that was away and advertises again is connected to at once; a short silence changes nothing."""
    monkeypatch.setattr(link_module, "FIRST_BACK_OFF", 1000)
    monkeypatch.setattr(link_module, "LONGEST_BACK_OFF", 1000)
    monkeypatch.setattr(link_module, "AWAY", 0.6)
    client = await bench.client(connect=False)
    client.faults.refuse_connections = True
    client.hug.link.hold()
    await until(lambda: failures(client))
    await asyncio.sleep(1.2 * link_module.AWAY)
    client.peripheral.vanish()
    await asyncio.sleep(0.3 * link_module.AWAY)
    client.peripheral.appear()
    await asyncio.sleep(0.3 * link_module.AWAY)
    assert len(failures(client)) == 1, "it was not away"
    client.peripheral.vanish()
    client.mend()
    await asyncio.sleep(1.2 * link_module.AWAY)
    client.peripheral.appear()
    await client.up()


async def test_command_ends_the_back_off(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who wants something does not wait for the back-off."""
    monkeypatch.setattr(link_module, "FIRST_BACK_OFF", 1000)
    client = await bench.client(
        connect=False, features=features_of(Build()), occupied=True
    )
    client.faults.refuse_connections = True
    client.hug.link.hold()
    await until(lambda: failures(client))
    client.mend()
    await client.hug.start(20)
    assert client.told() == [1]


@pytest.mark.usefixtures("impatient")
async def test_hung_connect(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is never made is given up; its slot is free again, its end not waited for."""
    monkeypatch.setattr(radio, "CONNECT_TIMEOUT", 0.2)
    client = await bench.client(connect=False, features=features_of(Build()))
    client.faults.hang_connect = True
    client.hug.link.hold()
    await until(lambda: len(failures(client)) == 2)
    error = await client.refused(client.hug.set_strength(9))
    assert type(error) is NotReachableError
    client.mend()
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_hung_disconnect(bench: Bench) -> None:
    """Nobody waits for ever for a disconnection; what the old link says is ignored."""
    client = await bench.client()
    client.faults.hang_disconnect = True
    loop = asyncio.get_running_loop()
    began = loop.time()
    await client.hug.link.release()
    assert loop.time() - began < 2 * radio.DISCONNECT_TIMEOUT
    assert not client.hug.snapshot.connected
    assert client.peripheral.connected
    before = client.hug.snapshot
    client.back.start_at_device(20)
    client.clock.advance(21)
    await asyncio.sleep(0.05)
    assert client.hug.snapshot == before
    # The proxy gets over it, and so does the client.
    client.mend()
    client.peripheral.drop_link()
    await client.connect()
    assert client.shown() is State.TREATING


@pytest.mark.usefixtures("hurried")
async def test_old_connection_is_not_listened_to(bench: Bench) -> None:
    """A connection that was given up may still have something to say."""
    client = await bench.client()
    client.faults.hang_disconnect = True
    old = client.hug.link.client
    assert old is not None
    client.hug.link.drop(old, "test")
    assert client.hug.link.client is None
    client.hug.link.drop(old, "test again")
    assert client.counted("given up") == 1
    client.back.start_at_device(20)
    client.peripheral.inject_status(b"\x00")
    client.peripheral.inject_stream(b"\x00")
    client.peripheral.inject_indication(b"\x00")
    await asyncio.sleep(0.05)
    assert client.hug.known.counters == {}
    assert client.shown() is State.STANDBY
    client.mend()
    await until(lambda: client.peripheral.connections == 1)
    client.peripheral.drop_link()
    await client.up()
    assert client.shown() is State.SCANNING


@pytest.mark.usefixtures("impatient")
async def test_no_free_slot(bench: Bench) -> None:
    """Without a free connection slot a command fails in time; later the link comes by itself."""
    client = await bench.client(connect=False, features=features_of(Build()))
    central = bench.home.scanner.central
    central.slots = 0
    client.hug.link.hold()
    assert type(await client.refused(client.hug.start(20))) is NotReachableError
    assert client.peripheral.connections == 0
    central.slots = 3
    await client.up()
    assert client.told() == []


async def test_smallest_mtu(bench: Bench) -> None:
    """A device that refuses another MTU is as good as any."""
    client = await bench.client(connect=False)
    client.faults.refuse_mtu = True
    await client.connect()
    assert client.peripheral.mtu == 23
    await client.treat()
    await until(
        lambda: client.hug.snapshot.record and client.hug.snapshot.record.before
    )


# Off, for days


def timers() -> list[asyncio.TimerHandle]:
    """Return the timers that somebody waits for with a timeout or a sleep."""
    return [
        handle
        for handle in get_scheduled_timer_handles(asyncio.get_running_loop())
        if not handle.cancelled()
        and (
            "Timeout" in repr(handle)
            or "set_result_unless_cancelled" in repr(handle)
            or "backhug" in repr(handle)
        )
    ]


@pytest.mark.usefixtures("hurried")
async def test_off(bench: Bench) -> None:
    """Without a path there are neither attempts nor timers, until the device advertises."""
    client = await bench.client()
    client.in_reach = False
    client.peripheral.vanish()
    await client.down()
    await until(lambda: client.hug.link._no_path)
    events = client.events
    await asyncio.sleep(0.2)
    assert client.events == events
    assert timers() == []
    for command in (client.hug.set_strength(9), client.hug.stop()):
        assert type(await client.refused(command)) is NotReachableError
    assert client.events == events
    client.in_reach = True
    client.peripheral.appear()
    await client.up()


async def test_forgotten_by_home_assistant(bench: Bench) -> None:
    """Home Assistant forgets a silent device after minutes: then there is no path, until it advertises."""
    client = await bench.client()
    client.back.switch_off()
    await client.down()
    later = monotonic() + 60 * 10
    with (
        patch("habluetooth.base_scanner.monotonic_time_coarse", return_value=later),
        patch("habluetooth.manager.monotonic_time_coarse", return_value=later),
    ):
        bench.home.scanner._async_expire_devices()
        manager = get_manager()
        assert manager._cancel_unavailable_tracking is not None
        manager._cancel_unavailable_tracking.cancel()
        manager._async_check_unavailable()
        assert client._path() is None
        await until(lambda: client.hug.link._no_path)
        assert timers() == []
        assert type(await client.refused(client.hug.start(20))) is NotReachableError
    client.back.switch_on()
    await client.up()


async def test_found_late(bench: Bench) -> None:
    """The link may be wanted before the device was ever seen."""
    client = await bench.client(connect=False, features=features_of(Build()))
    client.in_reach = False
    client.hug.link.hold()
    command = client.hug.set_strength(9)
    assert type(await client.refused(command)) is NotReachableError
    client.in_reach = True
    await client.up()


# What nobody expects


class UnforeseenError(Exception):
    """Something that no backend is known to raise."""


CONNECTING = "unexpected error while connecting"


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("error", [UnforeseenError, AssertionError, RuntimeError])
@pytest.mark.parametrize(
    ("what", "doing"),
    [
        ("connect", CONNECTING),
        ("start_notify", CONNECTING),
        ("disconnect", "unexpected error while disconnecting"),
    ],
)
async def test_unforeseen_error_of_a_backend(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    log: Log,
    caplog: pytest.LogCaptureFixture,
    what: str,
    doing: str,
    error: type[Exception],
) -> None:
    """An error that nobody expects costs an attempt, each time, and one line in the log with its traceback."""
    client = await bench.client()
    right = getattr(SimulatedClient, what)
    raised: list[str] = []

    async def fail(self: SimulatedClient, *args: Any, **kwargs: Any) -> Any:
        if len(raised) < 3:
            raised.append(what)
            if what == "disconnect":
                await right(self)
            raise error(what)
        return await right(self, *args, **kwargs)

    monkeypatch.setattr(SimulatedClient, what, fail)
    log.expect(doing)
    for _ in range(3):
        current = client.hug.link.client
        assert current is not None
        client.hug.link.drop(current, "test")
        await client.up()
    assert len(raised) == 3
    await until(
        lambda: bench_central(client).allocated == [client.device.build.address]
    )
    assert [
        isinstance(record.exc_info[1], error)
        for record in caplog.records
        if record.exc_info and doing in record.getMessage()
    ] == [True]
    await client.hug.set_strength(9)


@pytest.mark.usefixtures("hurried")
async def test_unforeseen_error_while_it_is_held(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """So does one in a reading while the connection is held."""
    log.expect("unexpected error while attending to the connection")
    client = await bench.client()
    read = SimulatedClient.read_gatt_char
    raised: list[str] = []

    async def fail(self: SimulatedClient, *args: Any, **kwargs: Any) -> Any:
        # Not as the connection is made.
        if len(raised) < 2 and client.hug.link.client is not None:
            raised.append("read")
            raise UnforeseenError
        return await read(self, *args, **kwargs)

    monkeypatch.setattr(SimulatedClient, "read_gatt_char", fail)
    client.faults.drop_notifications = True
    await until(lambda: len(raised) == 2)
    client.mend()
    await until(lambda: client.counted("connected") >= 3)
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_provider_fails(bench: Bench, log: Log) -> None:
    """A command is told that there is no path, and the link asks again by itself."""
    client = await bench.client(connect=False, features=features_of(Build()))
    asked: list[str] = []

    def provider() -> BLEDevice | None:
        asked.append("provider")
        if len(asked) < 4:
            raise UnforeseenError
        return client._path()

    client.hug.link._provider = provider
    log.expect("unexpected error while looking for a path", CONNECTING)
    client.hug.link.hold()
    assert isinstance(
        await client.refused(client.hug.set_strength(9)), NotReachableError
    )
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_whoever_is_told_fails(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """A mistake in what is called on a change stops neither the link nor a command."""
    log.expect("unexpected error while publishing a change")
    client = await bench.client()

    def mistake(*_: object) -> None:
        raise UnforeseenError

    with monkeypatch.context() as patched:
        patched.setattr(client.hug, "_on_change", mistake)
        client.peripheral.drop_link()
        await until(lambda: client.counted("connected") == 2)
        await client.hug.set_strength(9)
        await client.hug.stop()
        assert client.back.strength == 9
        await client.hug.link.release()
        client.hug.link.hold()
        await until(lambda: client.counted("connected") == 3)
        assert client.hug.snapshot.connected
    await client.hug.set_strength(8)
    assert client.snapshots[-1].settings is not None
    assert client.snapshots[-1].settings.strength == 8


@pytest.mark.usefixtures("hurried")
async def test_link_listener_fails(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """Nor does a mistake in what the link itself calls."""
    log.expect("unexpected error while telling of a change")
    client = await bench.client(connect=False)

    def mistake() -> None:
        raise UnforeseenError

    with monkeypatch.context() as patched:
        patched.setattr(client.hug.link, "_changed", mistake)
        client.hug.link.hold()
        await until(lambda: client.counted("connected") == 1)
        client.peripheral.drop_link()
        await until(lambda: client.counted("connected") == 2)
        await client.hug.link.release()
    await client.connect()


@pytest.mark.usefixtures("hurried")
async def test_mistake_in_what_is_received(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """A notification that we cannot cope with is logged once, and does not end the subscription."""
    client = await bench.client()
    receive = client.hug.known.receive_status

    def mistake(_value: bytes) -> bool:
        raise UnforeseenError

    with monkeypatch.context() as patched:
        patched.setattr(client.hug.known, "receive_status", mistake)
        log.expect("unexpected error while receiving a notification")
        for occupied in (False, True, False):
            (client.back.lie_down if occupied else client.back.get_up)()
            await asyncio.sleep(0.02)
    assert client.hug.known.receive_status == receive
    client.back.lie_down()
    await until(client.knows)
    assert client.counted("connected") == 1


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "error", [UnforeseenError, NotReachableError, asyncio.CancelledError]
)
async def test_cancellation_that_a_backend_turns_into_an_error(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """Released means released, whatever becomes of the cancellation."""
    client = await bench.client(connect=False)
    attempts: list[str] = []

    async def connect(*_args: Any, **_more: Any) -> None:
        attempts.append("connect")
        try:
            await asyncio.Event().wait()
        finally:
            raise error

    monkeypatch.setattr(link_module, "connect", connect)
    client.hug.link.hold()
    await until(lambda: attempts)
    await client.hug.link.release()
    await asyncio.sleep(0.3)
    assert len(attempts) == 1
    assert not client.hug.link.held


@pytest.mark.usefixtures("hurried")
async def test_cancellation_that_nobody_asked_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """A cancellation that is not ours does not end the link without a word."""
    client = await bench.client(connect=False)
    log.expect(CONNECTING)

    async def connect(*_args: Any, **_more: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(link_module, "connect", connect)
        client.hug.link.hold()
        await until(lambda: len(failures(client)) == 2)
    await client.up()


# Left over


@pytest.mark.parametrize("fails", [None, OSError(9), UnforeseenError(), EOFError()])
async def test_stale_connection_is_closed_first(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, fails: Exception | None
) -> None:
    """What BlueZ kept from a process that was killed is closed before the first attempt, or not: then without it."""
    closed: list[str] = []
    client = await bench.client(connect=False)

    async def close(address: str) -> None:
        assert not client.peripheral.connected
        closed.append(address)
        if fails is not None:
            raise fails

    monkeypatch.setattr(
        bleak_retry_connector, "close_stale_connections_by_address", close
    )
    client.hug.link._address = client.device.build.address
    await client.connect()
    assert closed == [client.device.build.address]
    # Not while a connection of our own is up.
    client.hug.link.hold()
    client.peripheral.drop_link()
    await client.down()
    await client.up()
    assert len(closed) == 1


@pytest.mark.usefixtures("hurried")
async def test_stale_connection_that_is_not_closed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A D-Bus that hangs holds up neither the link for long nor its release."""
    asked: list[str] = []

    async def hang(address: str) -> None:
        asked.append(address)
        await asyncio.Event().wait()

    monkeypatch.setattr(
        bleak_retry_connector, "close_stale_connections_by_address", hang
    )
    client = await bench.client(connect=False)
    client.hug.link._address = client.device.build.address
    loop = asyncio.get_running_loop()
    client.hug.link.hold()
    await until(lambda: asked)
    began = loop.time()
    await client.hug.link.release()
    assert loop.time() - began < radio.DISCONNECT_TIMEOUT / 2
    began = loop.time()
    await client.connect()
    assert len(asked) == 2
    assert loop.time() - began < 2 * radio.DISCONNECT_TIMEOUT


# Released


@pytest.mark.usefixtures("hurried")
async def test_released(bench: Bench) -> None:
    """Released means released, whatever the device does, until it is wanted again."""
    client = await bench.client()
    await client.hug.link.release()
    assert not client.hug.snapshot.connected
    assert not client.hug.link.held
    await until(lambda: not client.peripheral.connected)
    client.peripheral.vanish()
    await asyncio.sleep(1.2 * link_module.SILENCE)
    client.peripheral.appear()
    await asyncio.sleep(0.1)
    assert client.peripheral.connections == 1
    await client.hug.link.release()
    client.hug.link.hold()
    client.hug.link.hold()
    await client.up()
    assert client.peripheral.connections == 2
    await client.hug.set_strength(9)


@pytest.mark.usefixtures("hurried")
async def test_released_while_a_command_waits(bench: Bench) -> None:
    """Whoever waits for the link learns at once that it is not coming."""
    client = await bench.client(connect=False, features=features_of(Build()))
    client.faults.hang_connect = True
    client.hug.link.hold()
    command = asyncio.create_task(client.hug.set_strength(9))
    stop = asyncio.create_task(client.hug.stop())
    await asyncio.sleep(0.05)
    await client.hug.link.release()
    assert type(await client.refused(stop)) is ReleasedError
    assert type(await client.refused(command)) is ReleasedError
    assert client.counted("no connection") == 0


async def test_released_before_the_answer(bench: Bench) -> None:
    """Whoever waits for an answer learns that the link is gone."""
    client = await bench.client()
    client.faults.answer_delay = 5
    command = asyncio.create_task(client.hug.set_strength(9))
    await until(client.told)
    await client.hug.link.release()
    assert type(await client.refused(command)) is LinkLostError


@pytest.mark.usefixtures("hurried")
async def test_released_in_the_back_off(bench: Bench) -> None:
    """Nothing is tried after the release."""
    client = await bench.client(connect=False)
    client.faults.refuse_connections = True
    client.hug.link.hold()
    await until(lambda: failures(client))
    await client.hug.link.release()
    attempts = len(failures(client))
    await asyncio.sleep(0.3)
    assert len(failures(client)) == attempts


async def let_go(client: Client) -> None:
    """See that nothing is left of a released link."""
    assert client.hug.link.client is None
    assert bench_central(client).allocated == []
    await until(lambda: not client.peripheral.connected, "the device is let go")


def bench_central(client: Client) -> Any:
    """Return the adapter that the client connects over."""
    return client.home.scanner.central


async def test_released_as_soon_as_wanted(bench: Bench) -> None:
    """A link that is wanted for a moment only leaves nothing behind."""
    client = await bench.client(connect=False)
    for ticks in range(12):
        client.hug.link.hold()
        for _ in range(ticks):
            await asyncio.sleep(0)
        await client.hug.link.release()
        await let_go(client)


async def test_released_while_it_comes_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever in getting ready the link is released, no connection is left."""
    monkeypatch.setattr(back_off_module, "BURST", 1000)
    client = await bench.client(connect=False)
    for ticks in range(0, 150, 6):
        client.hug.link.hold()
        await until(lambda: client.peripheral.connected)
        for _ in range(ticks):
            await asyncio.sleep(0)
        await client.hug.link.release()
        await let_go(client)


async def test_released_as_it_is_connected(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that is made at the very moment at which the link is released is not left behind."""
    client = await bench.client(connect=False)
    connect = SimulatedClient.connect
    releases: list[asyncio.Task[None]] = []

    async def connect_and_release(
        self: SimulatedClient, *args: Any, **more: Any
    ) -> None:
        await connect(self, *args, **more)
        # It runs before whoever waits for this learns that it is done.
        releases.append(asyncio.create_task(client.hug.link.release()))

    monkeypatch.setattr(SimulatedClient, "connect", connect_and_release)
    client.hug.link.hold()
    await until(lambda: releases)
    await releases[0]
    await let_go(client)
    assert client.events == ["released"]


@pytest.mark.usefixtures("hurried")
async def test_released_while_a_backend_hangs(bench: Bench) -> None:
    """A backend that cannot give up a connection that it makes keeps nobody waiting, and nothing waiting for it."""
    client = await bench.client(connect=False)
    client.faults.hang_disconnect = True
    loop = asyncio.get_running_loop()
    for ticks in (0, 10, 20):
        client.hug.link.hold()
        await until(lambda: client.peripheral.connected)
        for _ in range(ticks):
            await asyncio.sleep(0)
        began = loop.time()
        await client.hug.link.release()
        assert loop.time() - began < 1.5 * radio.DISCONNECT_TIMEOUT
        assert bench_central(client).allocated
        # The proxy gets over it.
        client.peripheral.drop_link()
        await until(lambda: not bench_central(client).allocated)
        await let_go(client)
        assert "establish_connection" not in repr(asyncio.all_tasks())


@pytest.mark.usefixtures("hurried")
async def test_connecting_hangs_as_it_is_given_up(bench: Bench) -> None:
    """A backend that hangs as an attempt takes too long ends the attempt all the same."""
    client = await bench.client(connect=False)
    client.faults.hang_disconnect = True
    client.faults.supervision_timeout = 1000
    client.hug.link.hold()
    await until(lambda: client.peripheral.connected)
    client.peripheral.vanish()
    await until(lambda: failures(client))
    assert client.counted("connected") == 0
    client.mend()
    client.peripheral.appear()
    client.peripheral.drop_link()
    await client.up()


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("what", ["connect", "disconnect", "read_gatt_char"])
async def test_backend_lets_a_cancellation_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A cancellation that is a backend's own, as of one that lost its adapter, does not end the link."""
    client = await bench.client()
    right = getattr(SimulatedClient, what)
    let_out: list[str] = []

    async def cancelled(self: SimulatedClient, *args: Any, **kwargs: Any) -> Any:
        if not let_out:
            let_out.append(what)
            raise asyncio.CancelledError
        return await right(self, *args, **kwargs)

    monkeypatch.setattr(SimulatedClient, what, cancelled)
    current = client.hug.link.client
    assert current is not None
    client.hug.link.drop(current, "test")
    await until(lambda: let_out)
    client.peripheral.drop_link()
    await client.up()


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "what", ["connect", "disconnect", "read_gatt_char", "start_notify"]
)
@pytest.mark.parametrize("release", [False, True])
async def test_backend_takes_no_notice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, what: str, release: bool
) -> None:
    """A backend that hangs, and does not let itself be cancelled either, holds up neither the link nor its release."""
    client = await bench.client()
    right = getattr(SimulatedClient, what)
    over = asyncio.Event()
    hanging: list[asyncio.Task[Any] | None] = []

    async def hang(self: SimulatedClient, *args: Any, **kwargs: Any) -> Any:
        if not hanging:
            hanging.append(asyncio.current_task())
            while not over.is_set():
                with suppress(asyncio.CancelledError):
                    await over.wait()
            raise BleakError("late")
        return await right(self, *args, **kwargs)

    monkeypatch.setattr(SimulatedClient, what, hang)
    current = client.hug.link.client
    assert current is not None
    client.hug.link.drop(current, "test")
    await until(lambda: hanging)
    if release:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await client.hug.link.release()
        assert loop.time() - began < 1.5 * radio.DISCONNECT_TIMEOUT
        client.hug.link.hold()
    client.peripheral.drop_link()
    await client.up()
    assert not over.is_set()
    over.set()
    await until(lambda: all(task is None or task.done() for task in hanging))


@pytest.mark.usefixtures("hurried")
async def test_backend_connects_after_it_was_given_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that a backend makes although it was cancelled is let go of as soon as it is there."""
    client = await bench.client(connect=False)
    connect = SimulatedClient.connect
    over = asyncio.Event()
    late: list[str] = []

    async def connect_late(self: SimulatedClient, *args: Any, **kwargs: Any) -> None:
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await over.wait()
        await connect(self, *args, **kwargs)
        late.append("connected")

    monkeypatch.setattr(SimulatedClient, "connect", connect_late)
    client.hug.link.hold()
    await asyncio.sleep(0.05)
    await client.hug.link.release()
    over.set()
    await until(lambda: late)
    await until(lambda: not bench_central(client).allocated, "the slot is free")
    await let_go(client)


async def test_released_while_it_goes_down(bench: Bench) -> None:
    """Wherever in giving it up the link is released, no connection is left."""
    client = await bench.client(connect=False)
    for ticks in range(14):
        client.hug.link.hold()
        await until(lambda: client.hug.link.client)
        connection = client.hug.link.client
        assert connection is not None
        client.hug.link.drop(connection, "test")
        for _ in range(ticks):
            await asyncio.sleep(0)
        await client.hug.link.release()
        await let_go(client)


@pytest.mark.usefixtures("hurried")
async def test_released_twice(bench: Bench) -> None:
    """Whoever releases the link again waits as long: then it is down for both."""
    client = await bench.client()
    client.faults.hang_disconnect = True
    first = asyncio.create_task(client.hug.link.release())
    await asyncio.sleep(0)
    await client.hug.link.release()
    assert first.done(), "the second one did not wait for the link to be down"


@pytest.mark.usefixtures("hurried")
async def test_wanted_while_it_is_released(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A switch that is moved to and fro ends with one connection, and never has two."""
    client = await bench.client()
    connect, disconnect = SimulatedClient.connect, SimulatedClient.disconnect
    occupied = []

    async def look(self: SimulatedClient, *args: Any, **more: Any) -> None:
        occupied.extend(bench.home.scanner.central.allocated)
        await connect(self, *args, **more)

    async def take_time(self: SimulatedClient) -> None:
        await asyncio.sleep(0.1)
        await disconnect(self)

    monkeypatch.setattr(SimulatedClient, "connect", look)
    monkeypatch.setattr(SimulatedClient, "disconnect", take_time)
    releases = []
    for _ in range(4):
        releases.append(asyncio.create_task(client.hug.link.release()))
        await asyncio.sleep(0)
        client.hug.link.hold()
        await asyncio.sleep(0)
    await asyncio.gather(*releases)
    await client.up()
    assert client.counted("connected") == 2
    assert occupied == [], "another connection was made before the last one had ended"
    assert client.peripheral.connections == 2


# Not what it says


@pytest.mark.parametrize(
    "missing", [protocol.FEATURES, protocol.STATUS, protocol.CONTROL_POINT]
)
async def test_missing_characteristic(bench: Bench, missing: str) -> None:
    """Without a characteristic that it cannot do without, the device is not one of ours."""
    client = await bench.client(
        connect=False,
        features=features_of(Build()),
        faults=Faults(missing=frozenset({missing})),
    )
    await refused_as(client, UnknownProtocolError)
    # BlueZ might not have announced them all, a cache might be old: nothing is concluded before it is sure.
    assert client.peripheral.connections == 4
    # A stop looks again, and is sent if there is what it is sent to.
    stop = client.hug.stop()
    if missing == protocol.CONTROL_POINT:
        assert type(await client.refused(stop)) is UnknownProtocolError
        assert client.told() == []
    else:
        await stop
        assert client.told() == [2]


async def refused_as(client: Client, kind: type[IncompatibleError]) -> None:
    """See that the device is refused, that commands say why, and that it is not asked again soon."""
    client.hug.link.hold()
    waiting = asyncio.create_task(client.hug.set_strength(9))
    assert type(await client.refused(waiting)) is kind
    await until(lambda: not client.peripheral.connected)
    assert client.hug.snapshot.incompatible == kind.reason
    assert not client.hug.snapshot.connected
    assert type(client.hug.link.last_error) is kind
    assert type(await client.refused(client.hug.start(20))) is kind
    connections = client.peripheral.connections
    await asyncio.sleep(0.3)
    assert client.peripheral.connections == connections
    assert client.told() == []


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("times", [1, 2, 3])
async def test_services_that_are_not_announced_yet(bench: Bench, times: int) -> None:
    """A list of services that is incomplete for a moment is no other protocol, and costs no more than a connection."""
    client = await bench.client(connect=False, features=features_of(Build()))
    bench.home.scanner.central.unannounced = [frozenset({protocol.FEATURES})] * times
    await client.connect()
    await client.hug.start(20)
    assert all(shown.incompatible is None for shown in client.snapshots)


@EVERY_DIALECT
async def test_record_that_cannot_be_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the device does not let be read is done without, once it is sure that it is the device that refuses."""
    client = await bench.client(connect=False)
    reads, read = client.peripheral.reads, client.peripheral.read

    def refuse(handle: int) -> bytes | None:
        before = reads[protocol.TENSION_RECORD]
        value = read(handle)
        if reads[protocol.TENSION_RECORD] > before:
            raise att.ATT_Error(att.ErrorCode.READ_NOT_PERMITTED)
        return value

    monkeypatch.setattr(client.peripheral, "read", refuse)
    await client.connect()
    await client.hug.set_strength(9)
    assert client.counted("connected") == 1
    assert client.hug.known.counters == {"refused tension record": 1}


@EVERY_DIALECT
async def test_old_handle_as_it_is_identified(bench: Bench) -> None:
    """Services that may be old are discovered anew, wherever that is noticed."""
    client = await bench.client()

    def refuse(_connection: object) -> bytes:
        raise att.ATT_Error(att.ErrorCode.UNLIKELY_ERROR)

    serve(client, "2A25", refuse)
    with pytest.raises(LinkLostError):
        await client.hug.identify()
    await client.up()
    found = await client.hug.identify()
    assert found.information.serial is None
    assert client.counted("connected") == 2


@pytest.mark.parametrize("dialect", [Dialect.BLUEZ], indirect=True)
async def test_device_that_is_forgotten(bench: Bench) -> None:
    """BlueZ has to hear a device again that it was made to forget: that is waited for."""
    client = await bench.client(Build(major=2), connect=False, interval=0.15)
    device = client._path()
    assert device is not None
    with pytest.raises(UnsupportedVersionError):
        await identify("BackHug", device)
    assert client.peripheral.connections == 2


@EVERY_DIALECT
async def test_services_of_a_new_device_are_not_announced_yet(bench: Bench) -> None:
    """Nothing is concluded from one connection, also of a device that nobody knows yet."""
    client = await bench.client(connect=False)
    bench.home.scanner.central.unannounced = [frozenset({protocol.STATUS})]
    device = client._path()
    assert device is not None
    found = await identify("BackHug", device)
    assert found.features == features_of(Build())


@pytest.mark.parametrize("dialect", [Dialect.BLUEZ], indirect=True)
async def test_device_that_is_not_forgotten(bench: Bench) -> None:
    """BlueZ is not made to forget a device of which it has only not announced everything."""
    client = await bench.client(connect=False, features=features_of(Build()))
    central = bench.home.scanner.central
    central.unannounced = [frozenset({protocol.FEATURES})]
    removed: list[str] = []
    with patch.object(central, "remove", removed.append):
        await client.connect()
    assert removed == []
    assert client.peripheral.connections == 2


async def test_other_protocol(bench: Bench) -> None:
    """A BackHug by name that speaks its maker's protocol is recognised and left alone."""
    client = await bench.client(
        connect=False,
        features=features_of(Build()),
        faults=Faults(other_protocol=True),
    )
    await refused_as(client, UnknownProtocolError)
    device = client._path()
    assert device is not None
    with pytest.raises(UnknownProtocolError):
        await identify("BackHug", device)


async def test_other_major_version(bench: Bench) -> None:
    """Another major version is refused by its name, and nothing else is read of it."""
    client = await bench.client(
        Build(major=2, minor=7), connect=False, features=features_of(Build())
    )
    await refused_as(client, UnsupportedVersionError)
    assert isinstance(client.hug.link.last_error, UnsupportedVersionError)
    assert client.hug.link.last_error.version == "2.7"
    assert set(client.peripheral.reads) == {protocol.FEATURES}


async def test_contradictory_features(bench: Bench) -> None:
    """A device that contradicts the profile is refused."""
    client = await bench.client(
        connect=False,
        features=features_of(Build()),
        faults=Faults(features=bytes.fromhex("01 00 0a 1b 3f 00 0f 00 05 3c 0f 00")),
    )
    await refused_as(client, ContradictoryFeaturesError)


@pytest.mark.usefixtures("hurried")
async def test_firmware_makes_it_compatible(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that was refused is operated once its firmware allows it."""
    monkeypatch.setattr(link_module, "LONGEST_BACK_OFF", 0.8)
    client = await bench.client(
        Build(major=2), connect=False, features=features_of(Build())
    )
    await refused_as(client, UnsupportedVersionError)
    await client.peripheral.restart(Build())
    await client.up()
    assert client.hug.snapshot.incompatible is None
    await client.hug.set_strength(9)


@pytest.mark.usefixtures("hurried")
async def test_told_the_same_again_and_again(bench: Bench) -> None:
    """However often a refused device is asked for something, nothing piles up."""
    client = await bench.client(
        Build(major=2), connect=False, features=features_of(Build())
    )
    await refused_as(client, UnsupportedVersionError)

    async def depth() -> int:
        error = await client.refused(client.hug.set_strength(9))
        return len(traceback.extract_tb(error.__traceback__))

    once = await depth()
    assert [await depth() for _ in range(5)] == [once] * 5


async def test_tension_is_missing(bench: Bench) -> None:
    """A device that says it measures tension, and does not offer it, is operated without."""
    client = await bench.client(
        faults=Faults(
            missing=frozenset({protocol.TENSION_STREAM, protocol.TENSION_RECORD})
        )
    )
    await client.treat()
    assert client.hug.snapshot.tension is None
    assert client.hug.snapshot.record is None


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "newer",
    [
        Build(serial=None),
        Build(serial=None, measures_tension=False),
        Build(manufacturer=None, model=None, serial=None, firmware=None),
        Build(manufacturer=None, model=None, serial=None, firmware=None, hardware=None),
        Build(fingers=26, strengths=5, areas=(0, 7), measures_tension=False),
    ],
)
async def test_firmware_update(bench: Bench, newer: Build) -> None:
    """What is at another place since an update is found again, although the old place was remembered."""
    client = await bench.client()
    await client.peripheral.restart(newer)
    await client.down()
    await client.up()
    await until(lambda: client.hug.snapshot.features == features_of(newer))
    await until(
        lambda: (
            client.hug.snapshot.information
            == DeviceInformation(
                newer.manufacturer,
                newer.model,
                newer.serial,
                newer.firmware,
                newer.hardware,
            )
        )
    )
    assert client.counted("connected") == 2, "it came back, and stayed"
    await client.hug.set_strength(1)
    assert client.told() == [5]


def serve(client: Client, uuid: str, read: Callable[[Any], bytes]) -> None:
    """Have a text of the device read in another way."""
    for attribute in client.peripheral.device.gatt_server.attributes:
        if isinstance(attribute, Characteristic) and attribute.uuid == UUID(uuid):
            attribute.value = AttributeValue(read=read)


@EVERY_DIALECT
@pytest.mark.parametrize(
    ("code", "connections"),
    [
        (att.ErrorCode.READ_NOT_PERMITTED, 1),
        (att.ErrorCode.INSUFFICIENT_AUTHENTICATION, 1),
        # It might be an old handle.
        (att.ErrorCode.UNLIKELY_ERROR, 2),
    ],
)
async def test_information_that_cannot_be_read(
    bench: Bench, code: att.ErrorCode, connections: int
) -> None:
    """A text that the device does not give away is as if it were missing."""

    def refuse(_connection: object) -> bytes:
        raise att.ATT_Error(code)

    client = await bench.client(connect=False)
    serve(client, "2A25", refuse)
    await client.connect()
    information = client.hug.snapshot.information
    assert information is not None
    assert information.serial is None
    assert information.hardware == "A"
    await client.hug.set_strength(9)
    assert client.counted("connected") == connections


async def test_loss_while_information_is_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be read any more is not taken for missing."""
    monkeypatch.setattr(link_module, "FIRST_BACK_OFF", 0.01)
    monkeypatch.setattr(link_module, "LONGEST_BACK_OFF", 0.01)
    client = await bench.client(connect=False)
    times = 0

    async def lose_link(ticks: int) -> None:
        for _ in range(ticks):
            await asyncio.sleep(0)
        client.peripheral.drop_link()

    def read(_connection: object) -> bytes:
        nonlocal times
        times += 1
        bench.home.hass.async_create_task(lose_link(times))
        return b"BackHug"

    serve(client, "2A24", read)
    client.hug.link.hold()
    await until(lambda: times == 16, "lost at each moment")
    known = {shown.information for shown in client.snapshots}
    assert known <= {
        None,
        DeviceInformation("BackHug simulator", "BackHug", "SIM-7F2A", "1.0.0", "A"),
    }


# Nothing heard


@pytest.mark.usefixtures("hurried")
async def test_lost_notifications_of_a_session(bench: Bench) -> None:
    """While something goes on, Status is read when nothing was heard for a while."""
    client = await bench.client(Build(measures_tension=False))
    await client.treat()
    client.faults.drop_notifications = True
    client.back.pause_at_device()
    await client.shows(State.PAUSED)


@pytest.mark.usefixtures("hurried")
async def test_lost_notifications_of_an_idle_device(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In standby it is read as well, less often."""
    monkeypatch.setattr(client_module, "QUIET_RUNNING", 0.05)
    monkeypatch.setattr(client_module, "QUIET_IDLE", 0.3)
    client = await bench.client()
    client.faults.drop_notifications = True
    before = client.peripheral.reads[protocol.STATUS]
    await asyncio.sleep(0.2)
    assert client.peripheral.reads[protocol.STATUS] == before
    client.back.start_at_device(20)
    await client.shows(State.SCANNING)
    assert client.peripheral.reads[protocol.STATUS] == before + 1
    await until(lambda: client.peripheral.reads[protocol.STATUS] > before + 3)


@pytest.mark.usefixtures("hurried")
async def test_reading_that_is_overtaken(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read tells how it was when it was asked for: what was notified since is newer."""
    monkeypatch.setattr(client_module, "QUIET_IDLE", 0.2)
    client = await bench.client()
    client.back.get_up()
    await until(lambda: not client.status.occupied)
    client.faults.read_delay = 0.1
    before = client.peripheral.reads[protocol.STATUS]
    await until(lambda: client.peripheral.reads[protocol.STATUS] > before)
    client.back.lie_down()
    await until(lambda: client.status.occupied)
    for _ in range(15):
        await asyncio.sleep(0.01)
        assert client.status.occupied


@pytest.mark.usefixtures("hurried")
async def test_nothing_is_read_of_a_talkative_device(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever notifies in time is not asked."""
    monkeypatch.setattr(client_module, "QUIET_RUNNING", 0.2)
    client = await bench.client(Build(measures_tension=False))
    await client.treat()
    before = client.peripheral.reads[protocol.STATUS]
    for _ in range(12):
        await client.pass_time(1)
        await asyncio.sleep(0.05)
    assert client.peripheral.reads[protocol.STATUS] == before


@pytest.mark.usefixtures("hurried")
async def test_frozen_link(bench: Bench) -> None:
    """A link that is up and carries nothing is given up, and made anew."""
    client = await bench.client()
    await client.hug.start(20)
    client.faults.supervision_timeout = 1.2
    client.peripheral.vanish()
    await until(lambda: client.counted("broken: TimeoutError"), "it is given up")
    assert client.hug.link.client is None
    client.peripheral.appear()
    await client.up()


# Whatever happens


def _nothing(_client: Client) -> None:
    pass


def _refuse(client: Client) -> None:
    client.faults.refuse_connections = True
    client.peripheral.drop_link()


def _hang(client: Client) -> None:
    client.faults.hang_connect = True
    client.peripheral.drop_link()


def _hang_all(client: Client) -> None:
    client.faults.hang_connect = client.faults.hang_disconnect = True
    client.peripheral.vanish()


def _freeze(client: Client) -> None:
    client.faults.supervision_timeout = 1.2
    client.peripheral.vanish()


def _no_slots(client: Client) -> None:
    client.home.scanner.central.slots = 0
    client.peripheral.drop_link()


def _fade(client: Client) -> None:
    client.faults.supervision_timeout = 0.4
    client.peripheral.vanish()


def _out_of_reach(client: Client) -> None:
    client.in_reach = False
    client.peripheral.vanish()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "happens",
    [_nothing, _refuse, _hang, _hang_all, _freeze, _no_slots, _fade, _out_of_reach],
)
async def test_every_command_is_answered_in_time(
    bench: Bench, happens: Callable[[Client], None]
) -> None:
    """A person is told in time, done or with the reason."""
    client = await bench.client()
    await client.hug.start(20)
    happens(client)
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def told_after(command: Any) -> float:
        with suppress(BackHugError):
            await command
        return loop.time() - began

    took = await asyncio.gather(
        told_after(client.hug.set_strength(9)),
        told_after(client.hug.set_length(30)),
        told_after(client.hug.stop()),
        told_after(client.hug.pause()),
    )
    assert max(took) < 0.6
    client.mend()
    client.home.scanner.central.slots = 3
    client.peripheral.appear()
    await client.up()
    await until(lambda: not client.back.running, "the stop was delivered")
    assert client.told(2)


async def test_features_of_the_last_connection(bench: Bench) -> None:
    """What is known of the last connection is shown before there is one."""
    features = replace(features_of(Build()), strength_levels=4)
    client = await bench.client(connect=False, features=features)
    assert client.hug.snapshot.features == features
    assert client.hug.snapshot.status is None
    assert client.hug.snapshot.settings is None
    await client.connect()
    assert client.hug.snapshot.features == features_of(Build())
