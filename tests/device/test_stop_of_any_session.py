"""A stop whose session is not known, or that is under way while the connection comes and goes."""

from __future__ import annotations

import asyncio

import pytest

from custom_components.backhug.device import (
    back_off,
    connection as connection_module,
    timeouts,
)
from custom_components.backhug.device.errors import (
    ReleasedError,
    StopPendingError,
)
from custom_components.backhug.device.gatt_errors import GattError
from custom_components.backhug.device.model import State
from simulator.build import Build
from simulator.faults import Lost
from tests.home import features_of, until

from .bench import STOP, Bench, Client, Log, Saboteur, given
from .kept_stops import no_path_back, not_let_back


async def refused_for_long(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, urgent: float
) -> Client:
    """Return a device in session that takes no connection, with a long back-off but for what is urgent."""
    client = await bench.client()
    await client.treat()
    monkeypatch.setattr(connection_module, "FIRST_BACK_OFF", 1000)
    monkeypatch.setattr(connection_module, "LONGEST_BACK_OFF", 1000)
    monkeypatch.setattr(back_off, "URGENT_INTERVAL", urgent)
    await not_let_back(client)
    return client


@pytest.mark.usefixtures("hurried")
async def test_stop_on_a_released_connection_is_not_kept(bench: Bench) -> None:
    """Nothing is sent."""
    client = await bench.client()
    await client.treat()
    await client.hug.connection.release()
    assert type(await client.refused(client.hug.stop())) is ReleasedError
    await client.connect()
    assert client.shown() is State.TREATING
    assert client.requests() == [1]


@pytest.mark.usefixtures("impatient")
async def test_kept_stop_connects_without_the_back_off(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as the device is heard, even after a short silence."""
    client = await refused_for_long(bench, monkeypatch, urgent=0.3)
    client.peripheral.vanish()
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    attempts = client.counted("no connection")
    await asyncio.sleep(0.7)
    assert client.counted("no connection") == attempts, "nothing is heard"
    client.mend()
    client.peripheral.appear()
    await until(lambda: not client.back.running, "the stop is delivered")
    await until(lambda: not client.hug.stop_due, "that is known")


@pytest.mark.usefixtures("impatient")
async def test_kept_stop_is_retried_at_intervals(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the device is heard and refuses."""
    client = await refused_for_long(bench, monkeypatch, urgent=0.2)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    attempts = client.counted("no connection")
    await asyncio.sleep(1.1)
    assert 2 <= client.counted("no connection") - attempts <= 6
    client.mend()
    await until(lambda: not client.back.running, "the stop is delivered")


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("status", [None, b"\x02"])
async def test_stop_before_the_first_connection_stops_any_session(
    bench: Bench, log: Log, status: bytes | None
) -> None:
    """Once."""
    client = await bench.client(connect=False, features=features_of(Build()))
    client.back.start_at_device(20)
    client.in_reach = False
    client.hug.connection.hold()
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    assert client.hug.stop_due == frozenset()
    if status is not None:
        log.expect("malformed status")
    client.mend()
    client.faults.status = status
    await client.up()
    assert not client.back.running
    assert not client.hug.stop_kept
    client.faults.status = None
    client.clock.advance(16)
    client.back.start_at_device(20)
    client.peripheral.drop_link()
    await client.down()
    await client.up()
    assert client.shown() is State.SCANNING
    assert client.requests() == [2]


@pytest.mark.usefixtures("hurried")
async def test_stop_before_the_first_connection_lapses_after_an_hour(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later session is not meant."""
    monkeypatch.setattr(timeouts, "LONGEST_SESSION", 0.1)
    client = await bench.client(connect=False, features=features_of(Build()))
    client.in_reach = False
    client.hug.connection.hold()
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    await asyncio.sleep(0.1)
    assert not client.hug.stop_kept
    client.back.start_at_device(20)
    client.mend()
    await client.up()
    assert client.shown() is State.SCANNING


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("running", "module_name"), [(False, "STALE"), (True, "LONGEST_SESSION")]
)
async def test_stop_after_a_long_absence_stops_any_session(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, running: bool, module_name: str
) -> None:
    """It may have begun unseen."""
    client = await bench.client()
    if running:
        await client.treat()
    await no_path_back(client)
    client.back.stop_at_device()
    client.clock.advance(16)
    client.back.start_at_device(20)
    await asyncio.sleep(0.1)
    with monkeypatch.context() as patched:
        patched.setattr(timeouts, module_name, 0.1)
        assert type(await client.refused(client.hug.stop())) is StopPendingError
        patched.setattr(timeouts, "LONGEST_SESSION", 3600)
        client.hug.keep_stop()
    client.mend()
    await client.up()
    assert not client.back.running


@pytest.mark.usefixtures("hurried")
async def test_stop_of_any_session_lapses_on_an_idle_device(bench: Bench) -> None:
    """A session that begins later goes on."""
    client = await bench.client(connect=False, features=features_of(Build()))
    client.in_reach = False
    client.hug.connection.hold()
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.mend()
    await client.up()
    assert not client.hug.stop_kept
    assert client.requests() == []


async def test_stop_returns_whether_a_session_has_ended(bench: Bench) -> None:
    """As the device reports it once connected."""
    client = await bench.client()
    assert not await client.hug.stop()
    await client.treat()
    assert await client.hug.stop()
    assert not await client.hug.stop()
    client.clock.advance(16)
    await client.shows(State.STANDBY)
    # Its beginning was not notified.
    client.faults.drop_notifications = True
    client.back.start_at_device(20)
    client.faults.drop_notifications = False
    assert client.shown() is State.STANDBY
    assert await client.hug.stop()


@pytest.mark.usefixtures("hurried")
async def test_stop_delivered_during_the_preparation_succeeds(bench: Bench) -> None:
    """Even if the connection is lost before it is ready."""
    client = await bench.client()
    await client.treat()
    await not_let_back(client)

    def be_slow() -> None:
        client.faults.read_delay = 5

    disarm = client.back.observe(Saboteur(be_slow))
    client.mend()
    assert await client.hug.stop()
    disarm()
    client.mend()
    await client.up()
    assert client.requests() == [1, 2]


@pytest.mark.usefixtures("hurried")
async def test_stop_uses_the_connection_that_is_being_closed(bench: Bench) -> None:
    """The device accepts no other one meanwhile."""
    client = await bench.client()
    await client.treat()
    client.faults.hang_disconnect = True
    releasing = asyncio.create_task(client.hug.connection.release())
    await until(lambda: client.hug.connection.closing, "it is being disconnected")
    assert await client.hug.stop()
    assert not client.back.running
    await releasing
    client.mend()
    client.peripheral.drop_link()


@pytest.mark.usefixtures("impatient")
async def test_stop_fails_on_a_closing_connection_without_an_answer(
    bench: Bench,
) -> None:
    """With ReleasedError."""
    client = await bench.client()
    await client.treat()
    client.faults.hang_disconnect = True
    client.faults.lose_writes = Lost.REQUEST
    releasing = asyncio.create_task(client.hug.connection.release())
    await until(lambda: client.hug.connection.closing, "it is being disconnected")
    assert type(await client.refused(client.hug.stop())) is ReleasedError
    await releasing
    client.mend()
    client.peripheral.drop_link()


@pytest.mark.usefixtures("hurried")
async def test_stop_under_way_is_kept_on_release(bench: Bench) -> None:
    """It is delivered on the next connection."""
    client = await bench.client()
    await client.treat()
    await not_let_back(client)
    (stop,) = given(client.hug.stop())
    await asyncio.sleep(0.02)
    await client.hug.connection.release()
    assert type(await client.refused(stop)) is ReleasedError
    assert client.hug.stop_due == {1}
    client.mend()
    await client.connect()
    assert client.shown() is State.FINISHING


@pytest.mark.usefixtures("hurried")
async def test_kept_stop_survives_a_dip_of_the_session_counter(bench: Bench) -> None:
    """The session is not taken for another one."""
    client = await bench.client()
    client.back.session_number = 6
    await client.treat()
    await not_let_back(client)
    (stop,) = given(client.hug.stop())
    await asyncio.sleep(0.02)
    await client.hug.connection.release()
    assert type(await client.refused(stop)) is ReleasedError
    client.mend()
    client.back.session_number = 3
    await client.connect()
    assert client.back.running
    assert client.hug.stop_due == {7}
    client.back.session_number = 7
    client.back.set_at_device(strength=5)
    await until(lambda: not client.back.running, "it is stopped")
    await until(lambda: not client.hug.stop_due, "that is known")


@pytest.mark.usefixtures("hurried")
async def test_kept_stop_is_urgent_for_an_hour(bench: Bench) -> None:
    """No session lasts longer."""
    client = await bench.client()
    await client.treat()
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    stop = client.hug._stop
    urgent = [stop.urgent]
    stop._urgent_until -= timeouts.LONGEST_SESSION + 1
    urgent.append(stop.urgent)
    assert urgent == [True, False]
    assert client.hug.stop_due


@pytest.mark.usefixtures("impatient")
async def test_needless_stop_succeeds_without_a_prepared_connection(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status has shown that no session runs."""
    client = await bench.client()
    await client.treat()
    await no_path_back(client)
    client.back.stop_at_device()

    async def fail(_client: object) -> None:
        raise GattError("lost")

    monkeypatch.setattr(client.hug._receiver, "read_record", fail)
    client.in_reach = True
    assert await client.hug.stop() is False
    assert client.hug.stop_due == frozenset()
    assert client.requests(STOP) == []
