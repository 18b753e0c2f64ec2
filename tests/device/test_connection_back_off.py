"""Attempts to connect: back-off, time-outs, slots, and a device that is off for days."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from time import monotonic
from typing import Any
from unittest.mock import patch

from habluetooth import get_manager
import pytest
from pytest_homeassistant_custom_component.plugins import get_scheduled_timer_handles

from custom_components.backhug.device import (
    connection as connection_module,
    connector,
    gatt,
    presence,
)
from custom_components.backhug.device.errors import (
    NotReachableError,
    StopPendingError,
)
from custom_components.backhug.device.model import State
from simulator.bleak_client import SimulatedClient
from simulator.build import Build
from tests.home import features_of, until

from .bench import Bench, failures


@pytest.mark.usefixtures("hurried")
async def test_failures_in_a_row_lengthen_the_wait(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to a longest wait."""
    monkeypatch.setattr(connection_module, "FIRST_BACK_OFF", 0.05)
    monkeypatch.setattr(connection_module, "LONGEST_BACK_OFF", 0.2)
    client = await bench.client(connect=False)
    connect = SimulatedClient.connect
    attempts = 0

    async def attempt(self: SimulatedClient, *args: Any, **more: Any) -> None:
        nonlocal attempts
        attempts += 1
        await connect(self, *args, **more)

    monkeypatch.setattr(SimulatedClient, "connect", attempt)
    client.faults.refuse_connections = True
    client.hug.connection.hold()
    await until(lambda: len(failures(client)) == 7, "attempts")
    assert attempts <= 8, "nothing else tries again between ours"
    gaps = [later - earlier for earlier, later in pairwise(failures(client))]
    for gap, longest in zip(gaps, (0.05, 0.1, 0.2, 0.2, 0.2, 0.2), strict=True):
        assert gap >= longest / 2
    assert max(gaps) < 1
    client.mend()
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_absence_resets_the_back_off(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that was away is tried as often as at first."""
    monkeypatch.setattr(connection_module, "FIRST_BACK_OFF", 0.02)
    client = await bench.client(connect=False)
    client.faults.refuse_connections = True
    client.hug.connection.hold()
    await until(lambda: len(failures(client)) == 5, "attempts")
    client.in_reach = False
    await until(lambda: client.hug.connection._no_path)
    client.in_reach = True
    await until(lambda: len(failures(client)) == 7, "attempts")
    before, after = failures(client)[-2:]
    assert 0.01 <= after - before < 0.3


async def test_few_attempts_with_real_time_outs(bench: Bench) -> None:
    """No attempt follows the one before without a pause."""
    client = await bench.client(connect=False)
    client.faults.refuse_connections = True
    client.hug.connection.hold()
    await asyncio.sleep(1.2)
    assert 1 <= len(failures(client)) <= 3


@pytest.mark.usefixtures("hurried")
async def test_short_connections_are_followed_by_a_wait(bench: Bench) -> None:
    """A connection that is lost at once is not made again at once."""
    client = await bench.client()
    for _ in range(3):
        client.peripheral.drop_link()
        await client.down()
        await client.up()
    lost = [when for when, what in client.hug.connection.history if what == "lost"]
    made = [when for when, what in client.hug.connection.history if what == "connected"]
    pauses = [again - gone for gone, again in zip(lost, made[1:], strict=True)]
    for pause, longest in zip(pauses, (0.1, 0.2, 0.4), strict=True):
        assert pause >= longest / 2


@pytest.mark.usefixtures("hurried")
async def test_lasting_connection_is_made_again_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The back-off does not apply."""
    monkeypatch.setattr(connection_module, "STEADY", 0.05)
    monkeypatch.setattr(connection_module, "FIRST_BACK_OFF", 1000)
    client = await bench.client()
    await asyncio.sleep(0.06)
    client.peripheral.drop_link()
    await client.down()
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_advertisement_after_an_absence_connects_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short silence changes nothing."""
    monkeypatch.setattr(connection_module, "FIRST_BACK_OFF", 1000)
    monkeypatch.setattr(connection_module, "LONGEST_BACK_OFF", 1000)
    monkeypatch.setattr(presence, "AWAY", 0.6)
    client = await bench.client(connect=False)
    client.faults.refuse_connections = True
    client.hug.connection.hold()
    await until(lambda: failures(client))
    await asyncio.sleep(1.2 * presence.AWAY)
    client.peripheral.vanish()
    await asyncio.sleep(0.3 * presence.AWAY)
    client.peripheral.appear()
    await asyncio.sleep(0.3 * presence.AWAY)
    assert len(failures(client)) == 1, "it was not away"
    client.peripheral.vanish()
    client.mend()
    await asyncio.sleep(1.2 * presence.AWAY)
    client.peripheral.appear()
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_command_connects_without_the_back_off(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person does not wait for it."""
    monkeypatch.setattr(connection_module, "FIRST_BACK_OFF", 1000)
    client = await bench.client(
        connect=False, features=features_of(Build()), occupied=True
    )
    client.faults.refuse_connections = True
    client.hug.connection.hold()
    await until(lambda: failures(client))
    client.mend()
    await client.hug.start(20)
    assert client.requests() == [1]


@pytest.mark.usefixtures("impatient")
async def test_hung_connect_is_given_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its slot is freed, and its end is not awaited."""
    monkeypatch.setattr(connector, "CONNECT_TIMEOUT", 0.2)
    client = await bench.client(connect=False, features=features_of(Build()))
    client.faults.hang_connect = True
    client.hug.connection.hold()
    await until(lambda: len(failures(client)) == 2)
    error = await client.refused(client.hug.set_strength(9))
    assert type(error) is NotReachableError
    client.mend()
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_hung_disconnect_delays_the_release_briefly(bench: Bench) -> None:
    """Notifications of the old connection are ignored."""
    client = await bench.client()
    client.faults.hang_disconnect = True
    loop = asyncio.get_running_loop()
    began = loop.time()
    await client.hug.connection.release()
    assert loop.time() - began < 2 * gatt.DISCONNECT_TIMEOUT
    assert not client.hug.snapshot.connected
    assert client.peripheral.connected
    before = client.hug.snapshot
    client.back.start_at_device(20)
    client.clock.advance(21)
    await asyncio.sleep(0.05)
    assert client.hug.snapshot == before
    # The proxy recovers, and so does the client.
    client.mend()
    client.peripheral.drop_link()
    await client.connect()
    assert client.shown() is State.TREATING


@pytest.mark.usefixtures("hurried")
async def test_notifications_of_a_dropped_connection_are_ignored(bench: Bench) -> None:
    """A dropped connection may still notify."""
    client = await bench.client()
    client.faults.hang_disconnect = True
    old = client.hug.connection.client
    assert old is not None
    client.hug.connection.drop(old, "test")
    assert client.hug.connection.client is None
    client.hug.connection.drop(old, "test again")
    assert client.counted("given up") == 1
    client.back.start_at_device(20)
    client.peripheral.inject_status(b"\x00")
    client.peripheral.inject_stream(b"\x00")
    client.peripheral.inject_indication(b"\x00")
    await asyncio.sleep(0.05)
    assert client.hug.reported.counters == {}
    assert client.shown() is State.STANDBY
    client.mend()
    await until(lambda: client.peripheral.connections == 1)
    client.peripheral.drop_link()
    await client.up()
    assert client.shown() is State.SCANNING


@pytest.mark.usefixtures("impatient")
async def test_command_without_a_free_slot_fails_in_time(bench: Bench) -> None:
    """The connection is made once a slot is free."""
    client = await bench.client(connect=False, features=features_of(Build()))
    central = bench.home.scanner.central
    central.slots = 0
    client.hug.connection.hold()
    assert type(await client.refused(client.hug.start(20))) is NotReachableError
    assert client.peripheral.connections == 0
    central.slots = 3
    await client.up()
    assert client.requests() == []


@pytest.mark.usefixtures("hurried")
async def test_smallest_mtu_suffices(bench: Bench) -> None:
    """A device may refuse another MTU."""
    client = await bench.client(connect=False)
    client.faults.refuse_mtu = True
    await client.connect()
    assert client.peripheral.mtu == 23
    await client.treat()
    await until(
        lambda: client.hug.snapshot.record and client.hug.snapshot.record.before
    )


def timers() -> list[asyncio.TimerHandle]:
    """Return the timers of pending timeouts and sleeps."""
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
async def test_no_attempts_and_no_timers_without_a_path(bench: Bench) -> None:
    """Until the device advertises."""
    client = await bench.client()
    client.in_reach = False
    client.peripheral.vanish()
    await client.down()
    await until(lambda: client.hug.connection._no_path)
    events = client.events
    await asyncio.sleep(0.2)
    assert client.events == events
    assert timers() == []
    for command, error in (
        (client.hug.set_strength(9), NotReachableError),
        (client.hug.stop(), StopPendingError),
    ):
        assert type(await client.refused(command)) is error
    assert client.events == events
    client.in_reach = True
    client.peripheral.appear()
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_advertisement_connects_after_home_assistant_forgot_the_device(
    bench: Bench,
) -> None:
    """Home Assistant forgets a silent device after minutes."""
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
        await until(lambda: client.hug.connection._no_path)
        assert timers() == []
        assert type(await client.refused(client.hug.start(20))) is NotReachableError
    client.back.switch_on()
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_hold_before_the_first_advertisement(bench: Bench) -> None:
    """The device is connected once it advertises."""
    client = await bench.client(connect=False, features=features_of(Build()))
    client.in_reach = False
    client.hug.connection.hold()
    command = client.hug.set_strength(9)
    assert type(await client.refused(command)) is NotReachableError
    client.in_reach = True
    await client.up()
