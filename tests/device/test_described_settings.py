"""One frame that carries state and settings."""

from __future__ import annotations

import asyncio

import pytest

from custom_components.backhug.device.errors import StoppedFirstError
from custom_components.backhug.device.model import State
from simulator.vendors.murmur import Murmur
from simulator.vendors.nachtwerk import Nachtwerk
from simulator.vendors.taster import State as Bed, Taster
from tests.home import Home, until

from .described import client_of, text_of


async def test_setting_that_would_start_a_session_waits_for_it(home: Home) -> None:
    """Its frame is the one that starts: at rest it is kept, while a session runs it sets."""
    text = text_of(Nachtwerk).replace(
        'set_strength: {write: "20 {token} {strength}"',
        'set_strength: {write: "10 {token}"',
    )
    same = '"10 {token} {strength}"'
    text = text.replace('"10 {token}"', same)
    text = text[: text.index("    - {command: set_strength")]
    client = await client_of(home, Nachtwerk, text)
    bed, starts = client.bed, []
    obey = bed._obey

    def note(payload: bytes) -> None:
        if payload[0] == 0x10:
            starts.append(payload[5:])
        obey(payload)

    bed._obey = note  # type: ignore[method-assign]
    await client.hug.set_strength(2)
    assert not bed.running
    await client.hug.start(20)
    await client.shows(State.TREATING)
    assert starts == [b"\x14"]
    await client.hug.set_strength(3)
    assert starts == [b"\x14", b"\x1e"]


@pytest.mark.usefixtures("hurried")
async def test_stop_during_the_settings_of_a_start(home: Home) -> None:
    """What is written after them is not written any more."""
    client = await client_of(home, Murmur)
    bed, held = client.bed, []
    answer = bed._answer

    def hold(text: str) -> None:
        held.append(text) if "FORCE" in text else answer(text)

    bed._answer = hold  # type: ignore[method-assign]
    starting = asyncio.create_task(client.hug.start(10, strength=3))
    await until(lambda: held, "the strength is being set")
    await client.hug.stop()
    with pytest.raises(StoppedFirstError):
        await starting
    assert set(bed.lines) == {"!HALT"}


@pytest.mark.usefixtures("hurried")
async def test_stop_while_a_key_that_toggles_waits_for_the_state(home: Home) -> None:
    """The start is not pressed when the state is known at last."""
    text = text_of(Taster).replace('  read_status: {write: "03"}\n', "")
    client = await client_of(home, Taster, text)
    starting = asyncio.create_task(client.hug.start(10))
    await until(lambda: client.protocol.requester, "the start waits")
    stopping = asyncio.create_task(client.hug.stop())
    await until(lambda: client.protocol._stops, "the stop waits, too")
    client.bed.report(Bed.STANDBY)
    await stopping
    with pytest.raises(StoppedFirstError):
        await starting
    assert client.bed.keys == []
