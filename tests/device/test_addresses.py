"""An address is hidden wherever it stands."""

from __future__ import annotations

import pytest

from custom_components.backhug.device.addresses import hex_without

ADDRESS = "C0:FF:EE:00:7F:2A"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (bytes.fromhex("01 c0 ff ee 00 7f 2a 02"), "01 (address) 02"),
        (bytes.fromhex("01 2a 7f 00 ee ff c0 02"), "01 (address) 02"),
        (bytes.fromhex("01 ee 00 7f 2a"), "01 (address)"),
        (bytes.fromhex("01 7f 2a 02"), "01 (address) 02"),
        (b"c0ffee007f2a", "(address)"),
        (b"Back-7F2A", "(address)"),
        (bytes.fromhex("01 7f 02 2a"), "01 7f 02 2a"),
        (b"LX", "4c 58"),
        (b"", ""),
    ],
)
def test_address_is_hidden(value: bytes, shown: str) -> None:
    """In octets of both orders, and as text; everything else stays."""
    assert hex_without(ADDRESS, value) == shown
