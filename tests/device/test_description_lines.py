"""Lines of text: their checksum, and the numbers in them."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from custom_components.backhug.device.errors import MalformedError
from custom_components.backhug.device.protocols.described.document import (
    DescriptionError,
)

from .described import ROOT, described
from .description_texts import plain, with_messages

SCHEMA = ROOT / "custom_components/backhug/device/protocols/description.schema.json"


@pytest.mark.parametrize(
    ("checksum", "line"),
    [
        ('{name: sum8, separator: "~"}', b"11~62\n"),
        ("{name: sum8}", b"1162\n"),
        ("{name: xor8, from: 1}", b"1131\n"),
        ('{name: crc16_kermit, separator: ";", case: lower}', b"11;8f70\n"),
    ],
)
def test_checksum_of_a_line(checksum: str, line: bytes) -> None:
    """With or without a sign before it; whatever letters it is received in."""
    text = plain(f'kind: text\n  trailer: "0a"\n  checksum: {checksum}', line.hex(" "))
    jsonschema.validate(yaml.safe_load(text), json.loads(SCHEMA.read_text()))
    framing = described(text).framing
    assert framing.encode(b"11") == line
    assert framing.decode(line) == framing.decode(line.upper()) == b"11"
    for wrong in (line[:-2] + b"g\n", b"1" + line, b"\n"):
        with pytest.raises(MalformedError):
            framing.decode(wrong)


def test_a_wrong_checksum_of_a_line_can_be_accepted() -> None:
    """It is cut off all the same."""
    text = plain(
        'kind: text\n  trailer: "0a"\n  checksum: {name: sum8, check: false}',
        b"1162\n".hex(" "),
    )
    assert described(text).framing.decode(b"1100\n") == b"11"


@pytest.mark.parametrize(
    ("spec", "written", "expected"),
    [
        ("scale: 60", "14,5", 870),
        ("scale: 60, add: 1", "2.25", 136),
        ("add: 1", "7", 8),
        ("add: 0", "L=3", 3),
        ("add: 0", "T=14:30", 870),
        ("add: 0", "L=", None),
        ("add: 0", "14:30", 870),
        ("add: 0", "0,4", 0),
        ("add: 0", "14:60", None),
        ("add: 0", "-1", None),
        ("add: 0", ",5", None),
        ("add: 0", "1234567", None),
    ],
)
def test_numbers_in_a_line(spec: str, written: str, expected: int | None) -> None:
    """Decimals by point or comma, and clocks."""
    text = with_messages().replace("scale: 2, add: 1", spec)
    message = described(text).message(line := f"@ON,{written}".encode())
    if "," in written:
        text = text.replace('split: ","', 'split: ";"')
        message = described(text).message(line := f"@ON;{written}".encode())
    assert message is not None
    if expected is None:
        with pytest.raises(MalformedError):
            message.read(line)
    else:
        assert message.read(line)["strength"] == expected


def test_digits_of_a_number() -> None:
    """Zeros in front, where a device wants as many digits each time."""
    text = with_messages()
    old = next(line for line in text.splitlines() if line.startswith("  strength:"))
    text = text.replace(old, "  strength: {min: 1, max: 5, digits: 3}")
    jsonschema.validate(yaml.safe_load(text), json.loads(SCHEMA.read_text()))
    with pytest.raises(DescriptionError, match="gives 21 46 4f 52 43 45 20 30 30 33"):
        described(text)
