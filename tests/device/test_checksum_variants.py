"""Checksums with another initial value, polynomial or final inversion."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from custom_components.backhug.device.protocols.described.checksums import (
    Variant,
    of_variant,
)
from custom_components.backhug.device.protocols.described.document import (
    DescriptionError,
)

from .described import ROOT, described
from .description_texts import plain

SCHEMA = ROOT / "custom_components/backhug/device/protocols/description.schema.json"


@pytest.mark.parametrize(
    ("name", "variant", "expected"),
    [
        ("crc8", Variant(0xFF, 0, 0x31), 0xF7),  # CRC-8/NRSC-5
        ("crc8", Variant(0, 0x55), 0xA1),  # CRC-8/I-432-1
        ("crc8", Variant(0xFF, 0, 0x07, reflected=True), 0xD0),  # CRC-8/ROHC
        ("crc16_xmodem", Variant(0x1D0F), 0xE5CC),  # CRC-16/SPI-FUJITSU
        ("crc16_xmodem", Variant(0, 0, 0x8005, reflected=True), 0xBB3D),  # CRC-16/ARC
        ("xor8", Variant(0x5A, 0x01), 0x31 ^ 0x5B),
        ("sum8", Variant(0x30), 0x0D),
        ("sum16", Variant(0xFFFF, 0x00FF), 0x0123),
    ],
)
def test_variants(name: str, variant: Variant, expected: int) -> None:
    """Those with a name have the check value of the catalogue of CRCs."""
    assert of_variant(name, variant, b"123456789") == expected


def test_variant_in_a_frame() -> None:
    """The description says what makes it another one."""
    text = plain(
        'kind: delimited\n  header: "aa"\n  trailer: "bb"\n'
        '  checksum: {name: crc8, polynomial: "31", initial: "ff", reflected: false}',
        "aa 11 1c bb",
    )
    jsonschema.validate(yaml.safe_load(text), json.loads(SCHEMA.read_text()))
    value = of_variant("crc8", Variant(0xFF, 0, 0x31), b"\xaa\x11")
    text = text.replace("aa 11 1c bb", f"aa 11 {value:02x} bb")
    framing = described(text).framing
    assert framing.decode(framing.encode(b"\x12\x34")) == b"\x12\x34"


@pytest.mark.parametrize(
    ("checksum", "problem"),
    [
        ('name: crc8_maxim, initial: "ff"', "this is allowed only with xor8"),
        ('name: sum8, polynomial: "07"', "sum8 has none"),
        ("name: xor8, reflected: true", "xor8 has none"),
        ('name: crc8, initial: "ff ff"', "as many octets as crc8"),
    ],
)
def test_mistakes(checksum: str, problem: str) -> None:
    """Each names what has no place there."""
    text = plain(f"kind: raw\n  checksum: {{{checksum}}}", "11")
    with pytest.raises(DescriptionError, match=problem):
        described(text)
