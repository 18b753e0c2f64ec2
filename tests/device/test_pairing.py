"""Commands to a device that demands encryption."""

from __future__ import annotations

import asyncio
from typing import override

from bumble.pairing import PairingConfig, PairingDelegate
import pytest

from custom_components.backhug.device import timeouts
from custom_components.backhug.device.errors import (
    LinkLostError,
    NoAnswerError,
    PairingError,
    RefusedError,
    StoppedFirstError,
)
from custom_components.backhug.device.model import State
from simulator.build import Build
from simulator.dialect import Dialect
from tests.home import until

from .bench import (
    EVERY_DIALECT,
    Bench,
    Client,
)


@EVERY_DIALECT
async def test_command_pairs_on_demand(bench: Bench) -> None:
    """Once; then the write is repeated."""
    client = await bench.client(Build(encrypted=True))
    await client.hug.stop()
    assert client.peripheral.refused == []
    await client.hug.start(20)
    assert client.peripheral.encrypted
    assert client.status.state is State.SCANNING
    assert [code for _, code in client.peripheral.refused] == [0x05]
    await client.hug.set_strength(2)
    assert len(client.peripheral.refused) == 1
    # A bonded client is known the next time.
    client.peripheral.drop_link()
    await client.down()
    await client.up()
    await client.hug.set_strength(3)
    assert len(client.peripheral.refused) == 1
    assert client.requests() == [2, 1, 5, 5]


@EVERY_DIALECT
async def test_command_pairs_again_after_a_factory_reset(bench: Bench) -> None:
    """The device has lost its bond."""
    client = await bench.client(Build(encrypted=True))
    await client.hug.set_strength(2)
    client.peripheral.forget_bonds()
    client.peripheral.drop_link()
    await client.down()
    await client.up()
    await client.hug.set_strength(3)
    assert client.back.strength == 3
    assert client.peripheral.encrypted


class Reluctant(PairingDelegate):
    """A person at the device who delays a pairing, then refuses or accepts it."""

    def __init__(self, answer: bool) -> None:
        """Begin thinking."""
        super().__init__(PairingDelegate.NO_OUTPUT_NO_INPUT)
        self.asked = asyncio.Event()
        self.decided = asyncio.Event()
        self._answer = answer

    @override
    async def accept(self) -> bool:
        """Think about it."""
        self.asked.set()
        await self.decided.wait()
        return self._answer

    def put_before(self, client: Client) -> None:
        """Decide about the pairings of a device from now on."""
        client.peripheral.device.pairing_config_factory = lambda _: PairingConfig(
            mitm=False, delegate=self
        )


@pytest.fixture
def stops_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the time after which an unanswered stop is sent over a new connection."""
    monkeypatch.setattr(timeouts, "STOP_PATIENCE", 0.5)


@EVERY_DIALECT
@pytest.mark.usefixtures("stops_soon")
async def test_failed_pairing_fails_the_command(bench: Bench) -> None:
    """With PairingError; nothing changes."""
    client = await bench.client(Build(encrypted=True))
    somebody = Reluctant(answer=False)
    somebody.decided.set()
    somebody.put_before(client)
    assert type(await client.refused(client.hug.start(20))) is PairingError
    assert client.requests() == []
    await client.hug.stop()


@EVERY_DIALECT
async def test_command_refused_after_pairing_is_not_repeated(bench: Bench) -> None:
    """It fails."""
    client = await bench.client()
    client.faults.write_error = 0x0F
    assert type(await client.refused(client.hug.start(20))) is RefusedError
    # BlueZ pairs by itself, and is asked to once more.
    assert len(client.peripheral.refused) in (2, 3)


@EVERY_DIALECT
@pytest.mark.usefixtures("stops_soon")
async def test_stop_during_pairing_overtakes_the_command(bench: Bench) -> None:
    """The command is not sent after pairing."""
    client = await bench.client(Build(encrypted=True))
    somebody = Reluctant(answer=True)
    somebody.put_before(client)
    start = asyncio.create_task(client.hug.start(20))
    await somebody.asked.wait()
    await client.hug.stop()
    somebody.decided.set()
    # Over BlueZ the stop needs a connection of its own.
    assert type(await client.refused(start)) in (StoppedFirstError, LinkLostError)
    assert 1 not in client.requests()


@EVERY_DIALECT
@pytest.mark.parametrize("asked", [False, True])
async def test_command_cancelled_during_pairing_is_not_repeated(
    bench: Bench, dialect: Dialect, asked: bool
) -> None:
    """Wherever in the pairing that is."""
    client = await bench.client(Build(encrypted=True))
    somebody = Reluctant(answer=True)
    somebody.put_before(client)
    start = asyncio.create_task(client.hug.start(20))
    if asked:
        await somebody.asked.wait()
    else:
        # For a moment only: it is refused at once.
        while client.hug._control.requester is None:
            await asyncio.sleep(0)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    somebody.decided.set()
    if asked and dialect is not Dialect.BLUEZ:
        await until(lambda: client.peripheral.encrypted, "it is paired")
    await client.hug.stop()
    if dialect is Dialect.BLUEZ:
        # It pairs during the write: pending requests end with the connection. On the next one nothing runs.
        assert client.requests() == []
        assert client.peripheral.connections == 2
    else:
        assert client.requests() == [2]
        assert client.peripheral.connections == 1


@EVERY_DIALECT
@pytest.mark.usefixtures("impatient")
async def test_endless_pairing_ends_with_the_command_timeout(
    bench: Bench, dialect: Dialect
) -> None:
    """With PairingError."""
    client = await bench.client(Build(encrypted=True))
    Reluctant(answer=True).put_before(client)
    error = await client.refused(client.hug.start(20))
    # BlueZ pairs by itself as it writes.
    assert type(error) is (NoAnswerError if dialect is Dialect.BLUEZ else PairingError)
    assert client.requests() == []


@pytest.mark.parametrize("dialect", [Dialect.BLUEZ], indirect=True)
@pytest.mark.usefixtures("stops_soon")
async def test_stop_gets_through_without_a_pairing_agent(bench: Bench) -> None:
    """BlueZ cannot pair, and takes no write afterwards."""
    client = await bench.client(Build(encrypted=True))
    client.home.scanner.central.agent = False
    client.back.start_at_device(20)
    await client.shows(State.SCANNING)
    assert type(await client.refused(client.hug.set_strength(9))) is PairingError
    assert client.requests() == []
    await client.hug.stop()
    assert not client.back.running
    assert client.requests() == [2]
