"""Pairing with a code is told from pairing without."""

from __future__ import annotations

import pytest

from kit.capture import read_capture
from kit.workbench import Workbench

from .vendors.dormio import Dormio
from .vendors.vendor import LINK


@pytest.mark.parametrize(
    ("demand", "response", "asks"),
    [
        ("01040005100101", "02000005100101", True),
        ("01040001100101", "02000004100101", True),
        ("01040005100101", "02030005100101", False),
        ("01040001100101", "02000001100101", False),
        ("010400", "020000", False),
    ],
)
def test_pairing_with_a_code(demand: str, response: str, asks: bool) -> None:
    """Phone or device demands it, and both can show or take something."""
    device = Dormio()
    device.pairs = False
    device.connect()
    for octets, sent in ((demand, True), (response, False)):
        device.recorder.l2cap(LINK, 6, bytes.fromhex(octets), sent)
    device.press("stop")
    bench = Workbench()
    bench.open(read_capture(device.recorder.btsnoop(), "capture"))
    link = bench.current.find("link")
    assert link is not None
    assert isinstance(link.value, dict)
    assert ("pairing" in link.value) != asks
    missing = bench.describe().missing
    assert any("asks for a code" in line for line in missing) is asks
