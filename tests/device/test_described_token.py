"""A token that the device gives in each connection, and every command repeats."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from custom_components.backhug.device.errors import StopPendingError
from custom_components.backhug.device.model import State
from custom_components.backhug.device.protocols.described.document import (
    DescriptionError,
)
from simulator.vendors.nachtwerk import Nachtwerk
from tests.home import Home, until

from .described import ROOT, DescribedClient, client_of, described, text_of
from .description_texts import with_messages

SCHEMA = ROOT / "custom_components/backhug/device/protocols/description.schema.json"
TEXT = text_of(Nachtwerk)
ASKED = """    - write: "01 4e 57 31"
      await: "81 00"
"""
GREETED = '    - await: "80 00"\n'


async def token_client(
    home: Home, text: str = TEXT, *, connect: bool = True
) -> DescribedClient[Nachtwerk]:
    """Return a client that is quickly back after a lost connection."""
    return await client_of(home, Nachtwerk, text, connect=connect)


async def test_token_is_repeated_and_replaced(home: Home) -> None:
    """Each connection has its own; keep-alive, release and stop carry it too."""
    client = await token_client(home, TEXT.replace("every: 4", "every: 0.5"))
    bed = client.bed
    await client.hug.set_strength(4)
    assert bed.level == 40
    await client.hug.start(20)
    await client.shows(State.TREATING)
    bed.drop_link()
    await until(lambda: len(bed.tokens) == 2, "it is connected again")
    assert bed.tokens[0] != bed.tokens[1]
    await client.hug.stop()
    assert not bed.running
    alive = bed.alive
    await until(lambda: bed.alive > alive + 1, "it is kept alive")
    assert bed.strangers == 0


async def test_token_of_a_greeting(home: Home) -> None:
    """The device says it before anything is written."""
    client = await token_client(home, TEXT.replace(ASKED, GREETED), connect=False)
    client.bed.greets = True
    await client.connect()
    await client.hug.stop()
    assert client.bed.strangers == 0
    assert len(client.bed.tokens) == 1
    assert not client.protocol.unexplained


async def test_without_a_token_nothing_is_written(home: Home) -> None:
    """An answer that is too short gives none, and the connection is of no use."""
    client = await token_client(home, connect=False)
    client.bed.gives = False
    client.hug.connection.hold()
    with pytest.raises(StopPendingError):
        await client.hug.stop()
    assert client.bed.tokens
    assert {frame[1] for frame in client.bed.received} == {0x01}


def test_token_in_a_line() -> None:
    """It is a part of the line."""
    text = with_messages()
    session = """session:
  handshake:
    - await: "HALLO "
      token: {split: " ", part: 2}
    - write: "LOGIN {token} 0815"
commands:"""
    description = described(text.replace("commands:", session))
    greeting, login = description.handshake
    assert greeting.write is None
    assert greeting.reply.token is not None
    assert greeting.reply.token.of(b"HALLO B2 4711 ") == b"4711"
    assert greeting.reply.token.of(b"HALLO B2") is None
    assert login.write is not None
    assert description.fill(login.write, {}, b"4711") == b"LOGIN 4711 0815"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("      token: {octet: 2, size: 4}\n", "", "{token} is not known yet"),
        ('      await: "81 00"\n', "", "add await, the answer that holds the token"),
        ("octet: 2, size: 4", "octet: 2", "size is missing"),
        ("size: 4}", "size: 17}", "whole number from 1 to 16"),
        (ASKED, "    - within: 1\n", "add write, await or both"),
        ('command: stop, token: "fd 3f eb 3c"', "command: stop", "add the token"),
        (
            'token: "fd 3f eb 3c", octets: ["c0 11',
            'token: "00", octets: ["c0 11',
            "gives",
        ),
    ],
)
def test_mistakes(old: str, new: str, problem: str) -> None:
    """The error names what is to be added."""
    assert old in TEXT
    with pytest.raises(DescriptionError, match=problem):
        described(TEXT.replace(old, new))


def test_schema_knows_the_token() -> None:
    """Editors accept what the integration does."""
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validate(yaml.safe_load(TEXT), schema)
    jsonschema.validate(yaml.safe_load(TEXT.replace(ASKED, GREETED)), schema)
