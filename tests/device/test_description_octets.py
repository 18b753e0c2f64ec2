"""What fills a frame up, and numbers in decimal digits."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from custom_components.backhug.device.protocols.described.description import Description
from custom_components.backhug.device.protocols.described.document import (
    DescriptionError,
)

from .described import ROOT, described
from .description_texts import plain

SCHEMA = ROOT / "custom_components/backhug/device/protocols/description.schema.json"
FRAME = """kind: fixed
  header: "f1"
  reply_header: "1f"
  size: 12
  fill: "ff"
  counter: {at: 1, first: 1}
  checksum: {name: xor8, initial: "a5", from: 1}"""
OCTETS = "f1 01 11 ff ff ff ff ff ff ff ff b5"
MESSAGES = """parameters:
  minutes: {min: 9, max: 30, encoding: bcd}
messages:
  - name: status
    match: "02"
    fields:
      seconds_left: {octet: 1, encoding: bcd, scale: 60}
      length: {octet: 2, size: 2, encoding: bcd}
      session: {octet: 2, size: 2, encoding: bcd, endian: big}
      strength: {octet: 1, encoding: bcd, bits: [4, 7]}
commands:
  set_length: {write: "41 {minutes}"}"""
TEXT = plain(FRAME, OCTETS).replace("commands:", MESSAGES)


def read(text: str = TEXT) -> Description:
    """Read a description that editors accept, too."""
    jsonschema.validate(yaml.safe_load(text), json.loads(SCHEMA.read_text()))
    return described(text)


def test_fill() -> None:
    """It is in the checksum as well."""
    framing = read().framing
    assert framing.encode(b"\x11", 1).hex(" ") == OCTETS
    with pytest.raises(DescriptionError, match="write one octet here") as caught:
        described(TEXT.replace('fill: "ff"', 'fill: "ff ff"'))
    assert 'fill: "ff"' in TEXT.splitlines()[caught.value.line - 1]
    with pytest.raises(DescriptionError, match="fill is not known here"):
        described(plain('kind: raw\n  fill: "ff"', "11"))


def test_numbers_in_decimal_digits() -> None:
    """Two digits an octet; other ones are no number."""
    description = read()
    codes = description.parameters["minutes"].codes
    assert (codes[9], codes[10], codes[30]) == (b"\x09", b"\x10", b"\x30")
    message = description.message(b"\2")
    assert message is not None
    assert message.read(bytes.fromhex("02 29 12 03")) == {
        "seconds_left": 29 * 60,
        "length": 312,
        "session": 1203,
        "strength": 2,
    }
    assert message.read(bytes.fromhex("02 1a 00 00")) == {
        "seconds_left": None,
        "length": 0,
        "session": 0,
        "strength": 1,
    }


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("max: 30,", "max: 30, scale: 4,", "25 becomes 100, for which 1 octet"),
        ("max: 30,", "max: 30, size: 2,", ""),
        ("encoding: bcd, scale", "encoding: dbc, scale", "use one of binary, bcd"),
        (
            "encoding: bcd, scale: 60",
            'encoding: bcd, map: {"01": 60}',
            "a map has no encoding",
        ),
    ],
)
def test_what_fits(old: str, new: str, problem: str) -> None:
    """An octet holds 99 at most."""
    text = TEXT.replace(old, new)
    if problem:
        with pytest.raises(DescriptionError, match=problem):
            described(text)
    else:
        assert read(text).parameters["minutes"].codes[30] == b"\x30\x00"
