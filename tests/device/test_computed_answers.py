"""Answers that are computed of the token that a device gives."""

from __future__ import annotations

from binascii import crc32
import json
from operator import xor

import jsonschema
import pytest
import yaml

from custom_components.backhug.device.model import State
from custom_components.backhug.device.protocols.described.answers import (
    ANSWERS,
    ComputedAnswer,
)
from custom_components.backhug.device.protocols.described.document import (
    DescriptionError,
)
from simulator.vendors.nachtwerk import Nachtwerk
from tests.home import Home

from .described import ROOT, client_of, described, text_of
from .description_texts import MURMUR

SCHEMA = ROOT / "custom_components/backhug/device/protocols/description.schema.json"
GIVEN = bytes.fromhex("01f0 02ff")
PLACE = "{octet: 2, size: 4}"


def with_answer(answer: str) -> str:
    """Return a description with an answer that is computed."""
    text = text_of(Nachtwerk)
    assert PLACE in text
    return text.replace(PLACE, f"{{octet: 2, size: 4, answer: {{{answer}}}}}")


XORED = with_answer(
    'name: xor, key: "5a a5", given: "00 01 02 03", written: "5a a4 58 a6"'
)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (ComputedAnswer("xor", b"\x5a"), "5baa58a5"),
        (ComputedAnswer("xor", b"\x01\x02\x03"), "00f201fe"),
        (ComputedAnswer("add", b"\x10\x11"), "11011210"),
        (ComputedAnswer("reverse_xor"), "ff02f001"),
        (ComputedAnswer("reverse_add", b"\x01"), "0003f102"),
        (ComputedAnswer("add_number", b"\x01"), "02f002ff"),
        (ComputedAnswer("add_number", b"\x01", "big"), "01f00300"),
        (ComputedAnswer("add_number", b"\x01\x00\x00\x01"), "02f00200"),
        (ComputedAnswer("sum8"), "f2"),
        (ComputedAnswer("crc32", b"k", "big"), f"{crc32(GIVEN + b'k'):08x}"),
    ],
)
def test_answers(answer: ComputedAnswer, expected: str) -> None:
    """Octets are counted over; numbers wrap within the token."""
    assert answer.of(GIVEN).hex() == expected


async def test_device_that_wants_a_computed_answer(home: Home) -> None:
    """The answer is written in the handshake, and wherever the token is."""
    client = await client_of(home, Nachtwerk, XORED, connect=False)
    client.bed.expects = lambda token: bytes(
        map(xor, token, b"\x5a\xa5\x5a\xa5", strict=True)
    )
    await client.connect()
    await client.hug.start(20)
    await client.shows(State.TREATING)
    await client.hug.stop()
    assert client.bed.strangers == 0


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ('name: md5, given: "00", written: "00"', "md5 is not known"),
        ('name: xor, given: "00 01 02 03", written: "5a"', "add key"),
        ('name: xor, key: "5a", given: "00 01 02 03"', "written is missing"),
        ('name: xor, key: "5a", given: "00", written: "5a"', "write the 4 octets"),
        (
            'name: xor, key: "5a", given: "00 01 02 03", written: "00 01 02 03"',
            "gives 5a 5b 58 59 here",
        ),
        (
            f'name: crc32, key: "{"00 " * 17}", given: "00 01 02 03", written: "00"',
            "at most 16 octets",
        ),
    ],
)
def test_mistakes(answer: str, problem: str) -> None:
    """The error has the line, and the octets that would be written."""
    with pytest.raises(DescriptionError, match=problem) as raised:
        described(with_answer(answer))
    assert "line 20" in str(raised.value)


def test_schema_knows_all_answers() -> None:
    """Editors accept the same names as the integration."""
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validate(yaml.safe_load(XORED), schema)
    steps = schema["properties"]["session"]["properties"]["handshake"]["items"]
    answer = steps["properties"]["token"]["properties"]["answer"]
    assert answer["properties"]["name"]["enum"] == list(ANSWERS)


LOGIN = """session:
  handshake:
    - write: "HELO"
      await: "CHAL "
      token: {{split: " ", part: 1, answer: {{{}}}}}
    - write: "AUTH {{token}}"
      await: "AUTH OK"
commands:"""
XORED_LINE = 'name: xor, key: "5a 3c", read: decimal, size: 2'


def with_login(answer: str) -> str:
    """Return a description of text lines with a login."""
    return MURMUR.replace("commands:", LOGIN.format(answer))


@pytest.mark.parametrize(
    ("answer", "given", "written"),
    [
        (XORED_LINE, "32517", "9529"),
        (XORED_LINE, "23100", "0"),
        (f"{XORED_LINE}, digits: 5", "32517", "09529"),
        (f"{XORED_LINE}, endian: little", "1", "15451"),
        (f"{XORED_LINE}, write: hex", "32517", "2539"),
        ("name: reverse_xor, read: hex, size: 2", "7F05", "057F"),
        ("name: reverse_xor, read: hex, size: 2, digits: 1", "7f05", "57F"),
        ("name: xor, key: 'ff', read: hex, size: 2, case: lower", "1", "fffe"),
        ("name: xor, key: '0f', read: hex, size: 2, write: decimal", "F000", "65295"),
        ("name: add_number, key: '02', read: decimal, size: 1", "255", "1"),
        ("name: sum8", "AB", "83"),
        ("name: crc16_xmodem, write: decimal", "123456789", "12739"),
    ],
)
def test_answers_in_a_line(answer: str, given: str, written: str) -> None:
    """Digits are read as a number, and the answer is written as one."""
    answer = answer.replace("'", '"')
    text = with_login(f'{answer}, given: "{given}", written: "{written}"')
    jsonschema.validate(yaml.safe_load(text), json.loads(SCHEMA.read_text()))
    token = described(text).handshake[0].reply.token
    assert token is not None
    assert token.of(f"CHAL {given} ".encode()) == written.encode()
    assert token.placeholder


@pytest.mark.parametrize(
    "line", ["CHAL", "CHAL ", "CHAL 65536", "CHAL -1", "CHAL 1_0", "CHAL 7F"]
)
def test_token_that_is_no_such_number(line: str) -> None:
    """Nothing is written then."""
    text = with_login(f'{XORED_LINE}, given: "32517", written: "9529"')
    token = described(text).handshake[0].reply.token
    assert token is not None
    assert token.of(line.encode()) is None


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (f'{XORED_LINE}, given: "32517", written: "9530"', "makes 9529 of this"),
        (f'{XORED_LINE}, given: "65536", written: "1"', "a number that fits into size"),
        (f'{XORED_LINE}, given: "7F", written: "1"', "a number that fits into size"),
        ('name: sum8, size: 2, given: "1", written: "1"', "read: decimal or hex only"),
        ('name: sum8, read: hex, given: "1", written: "1"', "add size, the octets"),
        (f'{XORED_LINE}, given: 32517, written: "9529"', "put 32517 in quotes"),
    ],
)
def test_mistakes_in_a_line(answer: str, problem: str) -> None:
    """The error has the line."""
    text = with_login(answer)
    with pytest.raises(DescriptionError, match=problem) as raised:
        described(text)
    assert "answer:" in text.splitlines()[raised.value.line - 1]
