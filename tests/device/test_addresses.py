"""What others are to read does not hold an address."""

from __future__ import annotations

import pytest

from custom_components.backhug.device.addresses import redacted_hex

ADDRESS = "C0:FF:EE:00:7F:2A"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"", ""),
        (b"\xc0\xff\xee", "c0 ff ee"),
        (b"\x01\x7f\x2a\x02", "01 7f 2a 02"),
        (b"\x01\xc0\xff\xee\x00\x7f\x2a\x02", "01 .. .. .. .. .. .. 02"),
        (b"\x2a\x7f\x00\xee\xff\xc0", ".. .. .. .. .. .."),
        (b"\x2a\x7f\x00\x01", ".. .. .. 01"),
        (b"=C0:FF:EE:00:7F:2A;", "3d" + " .." * 17 + " 3b"),
        (b"2a7f00eeffc0", ".. " * 11 + ".."),
        (b"LX-7f2a", "4c 58 2d .. .. .. .."),
        (b"A7F2A", "41 37 46 32 41"),
    ],
)
def test_address_is_hidden_in_octets(value: bytes, shown: str) -> None:
    """As octets in both orders, in part, and as text; other octets stay."""
    assert redacted_hex(value, ADDRESS) == shown


def test_identifier_that_is_no_address_is_hidden_as_text() -> None:
    """Some platforms give devices an identifier instead."""
    assert redacted_hex(b"1-ab-c2", "AB-C2") == "31 2d .. .. .. .. .."
