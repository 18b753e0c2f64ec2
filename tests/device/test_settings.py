"""Settings: the newest value wins, is shown at once, and gives way to the truth."""

from __future__ import annotations

import asyncio

import pytest

from custom_components.backhug.device import timeouts
from custom_components.backhug.device.errors import (
    BackHugError,
    LinkLostError,
    RefusedError,
)
from custom_components.backhug.device.model import Area, Flow, Settings, State
from simulator import protocol
from simulator.build import Build
from tests.home import features_of, until

from .bench import Bench, Client


def settings(client: Client) -> Settings:
    """Return the settings that the client shows."""
    assert client.hug.snapshot.settings is not None
    return client.hug.snapshot.settings


async def test_burst(bench: Bench) -> None:
    """Of twenty values at once only the last one is sent."""
    client = await bench.client(Build(strengths=20))
    await asyncio.gather(*(client.hug.set_strength(level) for level in range(1, 21)))
    assert client.requests() == [5]
    assert client.back.strength == 20
    assert client.status.strength == 20


async def test_drag(bench: Bench) -> None:
    """A slider that is dragged for a while sends a value now and then, and the last one."""
    client = await bench.client(Build(strengths=20))
    await client.treat()
    began = asyncio.get_running_loop().time()
    drag = []
    for level in range(20, 0, -1):
        drag.append(asyncio.create_task(client.hug.set_strength(level)))
        await asyncio.sleep(0.03)
        assert settings(client).strength == level, "what is wanted is shown at once"
    await asyncio.gather(*drag)
    took = asyncio.get_running_loop().time() - began
    sent = [
        request.parameters[0] for request in client.back.requests if request.opcode == 5
    ]
    assert len(sent) >= 2
    # A sum of times may be rounded down.
    assert (len(sent) - 1) * timeouts.SETTER_INTERVAL <= took + 0.001
    assert sent == sorted(sent, reverse=True)
    assert sent[-1] == 1
    assert client.back.strength == 1


async def test_newest_waiting_value_wins(bench: Bench) -> None:
    """A value during an unanswered write waits, and replaces other waiting values."""
    client = await bench.client()
    client.faults.answer_delay = 0.1
    first = asyncio.create_task(client.hug.set_length(10))
    await until(client.requests)
    others = [
        asyncio.create_task(client.hug.set_length(minutes)) for minutes in (20, 30, 40)
    ]
    await asyncio.gather(first, *others)
    assert [request.parameters for request in client.back.requests] == [
        b"\x0a",
        b"\x28",
    ]
    assert {request.result for request in client.back.requests} == {0}


@pytest.mark.usefixtures("hurried")
async def test_replaced_value_is_not_sent(bench: Bench) -> None:
    """A value that is replaced while it waits is not sent."""
    client = await bench.client()
    client.faults.answer_delay = 0.1
    area = asyncio.create_task(client.hug.set_area(Area.MID_BACK))
    await until(client.requests)
    first = asyncio.create_task(client.hug.set_strength(1))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(client.hug.set_strength(2))
    await asyncio.gather(area, first, second)
    assert client.requests() == [6, 5]
    assert client.back.strength == 2


async def test_settings_do_not_replace_each_other(bench: Bench) -> None:
    """The newest value of each setting is sent."""
    client = await bench.client()
    await asyncio.gather(
        client.hug.set_strength(1),
        client.hug.set_area(Area.MID_BACK),
        client.hug.set_strength(2),
        client.hug.set_flow(Flow.FAST),
        client.hug.set_area(Area.LOWER_BACK),
        client.hug.set_length(30),
    )
    assert sorted(client.requests()) == [5, 6, 7, 8]
    assert settings(client) == Settings(2, Area.LOWER_BACK, Flow.FAST, 30)
    assert (client.back.strength, client.back.area) == (2, 3)
    assert (client.back.flow, client.back.length) == (2, 1800)


async def test_requested_value_is_shown_at_once(bench: Bench) -> None:
    """A requested value is shown before its confirmation, and Status is unchanged."""
    client = await bench.client()
    setting = asyncio.create_task(client.hug.set_strength(9))
    await asyncio.sleep(0)
    assert settings(client).strength == 9
    assert client.status.strength == 3
    await setting
    assert settings(client).strength == 9
    assert client.status.strength == 9


async def test_lost_notification_of_a_setting_is_polled(bench: Bench) -> None:
    """A confirmed value that is not notified is polled at once."""
    client = await bench.client()
    client.faults.drop_notifications = True
    await client.hug.set_strength(9)
    await until(lambda: client.status.strength == 9)
    await client.hug.start(20)
    await until(lambda: client.shown() is State.SCANNING)
    reads = client.peripheral.reads[protocol.STATUS]
    client.mend()
    await client.hug.set_strength(8)
    await asyncio.sleep(0.05)
    assert client.peripheral.reads[protocol.STATUS] == reads


async def test_refused_value_is_reverted(bench: Bench) -> None:
    """A refused value gives way to the device's."""
    client = await bench.client()
    client.faults.write_errors = [0x80]
    setting = asyncio.create_task(client.hug.set_area(Area.MID_BACK))
    await asyncio.sleep(0)
    assert settings(client).area is Area.MID_BACK
    assert type(await client.refused(setting)) is RefusedError
    assert settings(client).area is Area.FULL_BACK


@pytest.mark.usefixtures("impatient")
async def test_lost_value_is_shown_no_more(bench: Bench) -> None:
    """Nor does a value outlive the connection that it was not sent over."""
    client = await bench.client()
    client.faults.answer_delay = 1
    setting = asyncio.create_task(client.hug.set_strength(9))
    await until(client.requests)
    client.faults.refuse_connections = True
    client.peripheral.drop_link()
    assert type(await client.refused(setting)) is LinkLostError
    assert settings(client).strength in (3, 9)
    assert settings(client).strength == client.status.strength
    assert isinstance(await client.refused(client.hug.set_strength(5)), BackHugError)
    assert settings(client).strength == client.status.strength


async def test_failure_of_a_replaced_value(bench: Bench) -> None:
    """A value that failed after it was replaced leaves the newer one shown."""
    client = await bench.client()
    await client.treat()
    client.faults.answer_delay = 0.1
    client.faults.answer_result = 7
    older = asyncio.create_task(client.hug.set_strength(8))
    await until(lambda: client.requests(5))
    newer = asyncio.create_task(client.hug.set_strength(9))
    assert type(await client.refused(older)) is RefusedError
    assert settings(client).strength == 9
    client.mend()
    await newer
    assert settings(client).strength == 9


async def test_setting_at_the_device_is_shown_afterwards(bench: Bench) -> None:
    """When no request is pending, a setting made at the device is shown."""
    client = await bench.client()
    await client.hug.set_strength(9)
    client.back.set_at_device(strength=2)
    await until(lambda: settings(client).strength == 2)


async def test_reconnection_changes_no_setting(bench: Bench) -> None:
    """Nothing is sent because the link is back: strength never jumps."""
    client = await bench.client()
    await client.hug.set_strength(9)
    client.peripheral.drop_link()
    await client.down()
    client.back.set_at_device(strength=2)
    await client.up()
    assert settings(client).strength == 2
    assert client.requests() == [5]


async def test_length_is_shown_in_whole_minutes(bench: Bench) -> None:
    """A length of some seconds is rounded up: a session is never said to be of no minutes."""
    client = await bench.client()
    client.back.length = 61
    client.back.set_at_device(strength=4)
    await until(lambda: settings(client).minutes == 2)


@pytest.mark.usefixtures("hurried")
async def test_cancelled_caller_withdraws_its_value(bench: Bench) -> None:
    """A cancelled caller withdraws its value."""
    client = await bench.client(features=features_of(Build()))
    client.faults.answer_delay = 0.2
    setting = asyncio.create_task(client.hug.set_strength(9))
    await until(client.requests)
    setting.cancel()
    await asyncio.gather(setting, return_exceptions=True)
    assert client.hug.reported.wanted == {}
    await asyncio.sleep(0.2)
    await client.hug.set_flow(Flow.FAST)
