"""A bed with keys only: encrypted, no length to be set, a key that pauses and resumes in turn."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from custom_components.backhug.device.model import Area, SessionEnd, State
from custom_components.backhug.device.protocols.described.document import (
    DescriptionError,
)
from custom_components.backhug.device.protocols.protocol import Request
from simulator.vendors.htrest import HtRest, Key
from tests.home import Home, until

from .described import ROOT, client_of, described, text_of

SCHEMA = ROOT / "custom_components/backhug/device/protocols/description.schema.json"


def test_the_schema_knows_it() -> None:
    """Editors accept what the integration does."""
    jsonschema.validate(yaml.safe_load(text_of(HtRest)), json.loads(SCHEMA.read_text()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  counter: {at: 1, first: 1}\n", ""),
        ("times: 2, every: 0.02, ", ""),
        ('{write: "21 00", times', '{write: ["21 00", "22 00"], times'),
        ('{write: "21 00", times', '{write: "21 00", release: "20 00", times'),
    ],
)
def test_same_counter_is_for_one_frame(old: str, new: str) -> None:
    """The bed ignores a frame with the number of the one before."""
    text = text_of(HtRest)
    assert old in text
    text = text.replace(", times: 2, same_counter: true} #", "} #")
    text = text[: text.index("  vectors:")] + "  vectors: []\n"
    with pytest.raises(DescriptionError, match="needs a counter in the frame, times"):
        described(text.replace(old, new))


async def test_a_session(home: Home) -> None:
    """Each key is pressed once, and the client ends the session at the time that was asked for."""
    client = await client_of(home, HtRest)
    bed = client.bed
    await client.hug.set_length(5)
    assert client.status.length == 300
    await client.hug.start(5, area=Area.LOWER_BACK)
    await client.shows(State.TREATING)
    assert (client.status.length, client.status.seconds_left) == (300, 300)
    assert client.status.area is Area.LOWER_BACK
    await client.hug.step_strength(Request.STRENGTH_UP)
    await until(lambda: client.status.strength == 3, "it is stronger")
    await client.hug.pause()
    await client.shows(State.PAUSED)
    await client.hug.resume()
    await client.shows(State.TREATING)
    client.protocol._state._began_at -= 300
    client.protocol._report()
    client.hug._receiver.changed.set()
    await client.shows(State.STANDBY)
    assert client.status.last_end is SessionEnd.COMPLETED
    keys = [Key.LOWER, Key.ON, Key.UP, Key.PAUSE, Key.PAUSE, Key.OFF]
    assert bed.keys == keys
    assert client.status.length == 300
    assert not client.protocol.unexplained


async def test_timer_at_the_device(home: Home) -> None:
    """The earlier end is shown: that of the device, or that which was asked for."""
    client = await client_of(home, HtRest)
    await client.hug.start(25)
    await client.shows(State.TREATING)
    assert (client.status.length, client.status.seconds_left) == (600, 600)
    client.bed.minutes = 30
    client.bed.tell()
    await until(lambda: client.status.length == 1500, "the longer time is shown")
    assert client.status.seconds_left == 1500
    await client.hug.stop()
    await client.shows(State.STANDBY)
    assert client.status.length == 1500
