"""Frames, keep-alive and hand-over of a described protocol."""

from __future__ import annotations

import asyncio
import re

from bumble.core import UUID
from bumble.gatt import Characteristic, Service
import pytest

from custom_components.backhug.device.errors import (
    NotSupportedError,
    StoppedFirstError,
    StopPendingError,
    UnknownProtocolError,
    UnknownValueError,
    UnsupervisedError,
)
from custom_components.backhug.device.gatt_errors import AttError
from custom_components.backhug.device.identification import identify
from custom_components.backhug.device.model import (
    Flow,
    State,
)
from custom_components.backhug.device.protocols.described.handshake import (
    HandshakeProtocol,
)
from custom_components.backhug.device.protocols.described.protocol import (
    DescribedProtocol,
)
from custom_components.backhug.device.protocols.protocol import Request
from simulator.vendors.murmur import Murmur
from simulator.vendors.relaxa import Mode, Relaxa
from tests.home import Home, until

from .bench import Log
from .described import client_of, described, text_of


def slowed(text: str, command: str, more: str) -> str:
    """Return a description in which a command has more keys."""
    assert f"  {command}: {{" in text
    return text.replace(f"  {command}: {{", f"  {command}: {{{more}, ")


async def test_keep_alive(home: Home) -> None:
    """What keeps the bed connected is written in time."""
    text = text_of(Relaxa).replace("every: 5", "every: 0.5")
    client = await client_of(home, Relaxa, text)
    alive = b"\x55\xaa\1\xfe\xfe"
    await until(lambda: client.bed.received.count(alive) > 1, "it is kept alive")
    assert client.bed.connections == 1


async def test_frames_that_nothing_explains_are_kept(home: Home, log: Log) -> None:
    """A few of them, for whoever improves the description."""
    log.expect("malformed answer")
    client = await client_of(home, Relaxa)
    for octet in range(30):
        client.bed._say(bytes((0x99, octet)))
    client.bed._say(b"\x80")
    client.bed.notify(b"\x55\xab\1\xfe\0")
    await until(
        lambda: client.hug.reported.counters["malformed answer"] == 1, "all are there"
    )
    assert len(client.protocol.unexplained) == 20
    assert client.hug.reported.counters["unexpected answer"] == 31
    assert client.protocol.unexplained[-1] == b"\x80"
    assert client.protocol.unexplained[-2] == b"\x99\x1d"


async def test_stop_overtakes_repeated_writes(home: Home) -> None:
    """What is repeated is not repeated after a stop; a pressed key is released."""
    text = slowed(text_of(Relaxa), "strength_up", "times: 10, every: 0.2")
    client = await client_of(home, Relaxa, text)
    stronger = asyncio.create_task(client.hug.step_strength(Request.STRENGTH_UP))
    await until(lambda: client.bed.key_down, "a key is down")
    await client.hug.stop()
    with pytest.raises(StoppedFirstError):
        await stronger
    assert not client.bed.key_down
    assert client.bed.strength < 6


HELD = text_of(Relaxa).replace("hold: 0.1}", "hold: 0.3, repeat: 0.1}")


def keys_of(bed: Relaxa) -> list[int]:
    """Return the keys that were pressed, and 0 for a release."""
    return [frame[4] for frame in bed.received if frame[3] == 0x20]


async def test_held_key_is_repeated_until_it_is_released(home: Home) -> None:
    """As the app does while a finger lies on it."""
    client = await client_of(home, Relaxa, HELD)
    await client.hug.step_strength(Request.STRENGTH_DOWN)
    keys = keys_of(client.bed)
    assert 2 <= keys.count(2) <= 3
    assert keys == [2] * keys.count(2) + [0]


async def test_stop_ends_a_held_key(home: Home) -> None:
    """It is pressed no more, and released."""
    client = await client_of(home, Relaxa, HELD.replace("hold: 0.3", "hold: 2"))
    stronger = asyncio.create_task(client.hug.step_strength(Request.STRENGTH_UP))
    await until(lambda: keys_of(client.bed).count(1) == 2, "a key is held")
    await client.hug.stop()
    await stronger
    assert keys_of(client.bed) == [1, 1, 0]


async def test_stop_without_answer_waits_for_the_state(home: Home) -> None:
    """What the bed reports shows that it has worked."""
    text = text_of(Relaxa).replace(', await: "11 00"', "")
    client = await client_of(home, Relaxa, text)
    await client.hug.start(10)
    await client.shows(State.TREATING)
    assert await client.hug.stop()
    assert client.bed.mode is Mode.LOWERING


async def test_state_that_cannot_be_asked_for(home: Home) -> None:
    """The client waits for it a little, then goes on."""
    text = text_of(Relaxa).replace('  read_status: {write: "30"}\n', "")
    text = text.replace("    read_status: tentative\n", "")
    client = await client_of(home, Relaxa, text)
    assert client.status.state is State.STANDBY
    client.bed.tell()
    await until(lambda: client.status.strength == 2, "it is heard")
    assert (await client.hug.look()).strength == 2


async def test_unknown_value_is_not_written(home: Home) -> None:
    """A parameter that the command does not set must be known."""
    text = text_of(Murmur).replace('"!WAY {flow}"', '"!WAY {flow} {strength}"')
    client = await client_of(home, Murmur, text)
    with pytest.raises(UnknownValueError):
        await client.hug.set_flow(Flow.WAVE)
    assert client.bed.lines == []


async def test_long_frames_are_written_in_pieces(home: Home) -> None:
    """The bed puts them together."""
    text = text_of(Murmur).replace('"!RUN"', '"!RUN                     "')
    client = await client_of(home, Murmur, text)
    client.bed._carry_out = lambda *_: True  # type: ignore[method-assign]
    await client.hug.start(10)
    assert len(client.bed.received) == 2
    assert [len(piece) for piece in client.bed.received] == [20, 10]


async def test_frames_are_counted(home: Home) -> None:
    """The counter begins again with each connection, and after its last number."""
    text = text_of(Relaxa).replace(
        "  checksum: {name: sum8}", "  counter: {at: 3, first: 1, last: 2}"
    )
    text = text.partition("session:")[0] + text[text.index("parameters:") :]
    text = text.replace('octets: ["55 aa 01 11 11"]', 'octets: ["55 aa 01 01 11"]')
    text = text[: text.index("    - {command: start, with")]
    text = text.replace('  read_status: {write: "30"}\n', "")
    text = text.replace("    read_status: tentative\n", "")
    client = await client_of(home, Relaxa, text)
    with pytest.raises(StopPendingError):
        await client.hug.stop()
    counted = [frame[3] for frame in client.bed.received]
    assert set(counted) == {1, 2}
    assert counted[0] == 1


async def test_device_without_start(home: Home) -> None:
    """What is not described is not offered."""
    text = text_of(Murmur).replace(
        '  start: {write: "!RUN", await: "=OK", refused: "=NO"}\n', ""
    )
    text = text.replace("    start: confirmed\n", "")
    client = await client_of(home, Murmur, text)
    with pytest.raises(NotSupportedError):
        await client.hug.start(10)
    with pytest.raises(NotSupportedError):
        await client.hug.step_strength(Request.STRENGTH_UP)
    assert client.bed.lines == []


async def test_pairing_before_the_handshake(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bed that needs it is paired with on each connection."""
    paired = []

    async def pair(client: object) -> None:
        paired.append(client)

    monkeypatch.setattr(f"{HandshakeProtocol.__module__}.pair", pair)
    text = text_of(Relaxa).replace("  gap: 0.02", "  pairing: just_works")
    await client_of(home, Relaxa, text)
    assert len(paired) == 1


async def test_bed_that_refuses_to_be_opened_is_tried_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the handshake there is no connection."""
    calls = []

    async def pair(client: object) -> None:
        calls.append(client)
        if len(calls) == 1:
            raise AttError(5, "refused")

    monkeypatch.setattr(f"{HandshakeProtocol.__module__}.pair", pair)
    text = text_of(Relaxa).replace("  gap: 0.02", "  pairing: just_works")
    client = await client_of(home, Relaxa, text)
    assert len(calls) == 2
    assert client.bed.connections == 2


async def test_device_information_names_the_model(home: Home) -> None:
    """The model must begin as the description says."""
    client = await client_of(home, Relaxa, connect=False)
    assert client.bed._device is not None
    model = Characteristic(
        "2A24", Characteristic.Properties.READ, Characteristic.READABLE, b"LX-9"
    )
    client.bed._device.add_services([Service(UUID.from_16_bits(0x180A), [model])])
    device = client.path()
    assert device is not None
    text = text_of(Relaxa).replace("match:", 'match:\n  model: "LX"', 1)
    await identify("RLX", device, DescribedProtocol(described(text)))
    with pytest.raises(UnknownProtocolError):
        await identify(
            "RLX", device, DescribedProtocol(described(text.replace('LX"', 'MX"')))
        )


async def test_write_without_gap_needs_no_notifications(home: Home) -> None:
    """A description of commands alone is enough."""
    text = re.sub(r', (await|refused): "=.."', "", text_of(Murmur))
    text = re.sub(r"  notify: .*\n", "", text)
    client = await client_of(home, Murmur, text)
    await client.hug.start(10)
    assert await client.hug.stop()
    await until(lambda: client.bed.lines == ["!RUN", "!HALT"], "it is stopped")


def test_errors_of_results() -> None:
    """What a result stands for."""
    protocol = DescribedProtocol(described(text_of(Relaxa)))
    assert protocol.refusal(0, None) is None
    assert isinstance(protocol.refusal(2, None), NotSupportedError)
    assert protocol.needs_pairing(5)
    assert not protocol.needs_pairing(3)


async def test_refused_stop_is_repeated(home: Home) -> None:
    """A refusal is no end of the session."""
    text = text_of(Murmur).replace(
        'stop: {write: "!HALT", await: "=OK"}',
        'stop: {write: "!HALT", await: "=OK", refused: "=NO"}',
    )
    client = await client_of(home, Murmur, text)
    await client.hug.start(10)
    carry_out = client.bed._carry_out

    def refuse(command: str, argument: str = "") -> bool:
        assert (command, argument) == ("!HALT", "")
        client.bed._carry_out = carry_out  # type: ignore[method-assign]
        return False

    client.bed._carry_out = refuse  # type: ignore[method-assign]
    assert await client.hug.stop()
    assert client.bed.lines[-2:] == ["!HALT", "!HALT"]
    assert not client.bed.running


async def test_unsupervised_strength_is_not_set(home: Home) -> None:
    """Up to half the strength until a stop was seen to work."""
    client = await client_of(home, Murmur)
    client.protocol.supervised = False
    with pytest.raises(UnsupervisedError):
        await client.hug.start(10, strength=3)
    await client.hug.start(10, strength=2)
    await client.hug.stop()
    await client.hug.set_strength(5)
    assert client.bed.lines == ["!FORCE 2", "!RUN", "!HALT", "!FORCE 5"]
