"""One frame that carries state and settings."""

from __future__ import annotations

import pytest

from custom_components.backhug.device.errors import WrongStateError
from custom_components.backhug.device.model import State
from simulator.vendors.nachtwerk import Nachtwerk
from tests.home import Home

from .described import client_of, text_of


async def test_setting_that_would_start_a_session_is_refused(home: Home) -> None:
    """Its frame is the one that starts; while a session runs it only sets."""
    text = text_of(Nachtwerk).replace(
        'set_strength: {write: "20 {token} {strength}"',
        'set_strength: {write: "10 {token}"',
    )
    same = '"10 {token} {strength}"'
    text = text.replace('"10 {token}"', same)
    text = text[: text.index("    - {command: set_strength")]
    client = await client_of(home, Nachtwerk, text)
    bed = client.bed
    with pytest.raises(WrongStateError):
        await client.hug.set_strength(3)
    assert not bed.running
    await client.hug.start(20, strength=3)
    await client.shows(State.TREATING)
    starts = [frame for frame in bed.received if frame[1] == 0x10]
    await client.hug.set_strength(2)
    assert len([frame for frame in bed.received if frame[1] == 0x10]) > len(starts)
