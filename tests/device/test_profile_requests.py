"""The control point and device information, as the profile encodes them."""

from __future__ import annotations

from itertools import combinations

import pytest

from custom_components.backhug.device.errors import (
    BusyError,
    InFaultError,
    InvalidParameterError,
    MalformedError,
    NobodyOnItError,
    NotSupportedError,
    RefusedError,
    RequestError,
    WrongStateError,
)
from custom_components.backhug.device.model import (
    Area,
    DeviceInformation,
    Fault,
    Flow,
)
from custom_components.backhug.device.protocols import open_profile as profile
from custom_components.backhug.device.protocols.open_profile import (
    Opcode,
    Response,
)

# Hypothesis warns of its own way to keep a random generator.
pytestmark = pytest.mark.filterwarnings("ignore:.*register_random")


def test_requests() -> None:
    """A request is opcode, token and parameters."""
    assert profile.encode_request(Opcode.STOP, 1) == b"\x02\x01"
    assert profile.encode_request(Opcode.PAUSE, 2) == b"\x03\x02"
    assert profile.encode_request(Opcode.RESUME, 255) == b"\x04\xff"
    assert [
        bytes((opcode,)) + profile.encode_setting(value)
        for opcode, value in (
            (Opcode.SET_STRENGTH, 20),
            (Opcode.SET_AREA, Area.RIGHT_SIDE),
            (Opcode.SET_AREA, Area.FULL_BACK),
            (Opcode.SET_FLOW, Flow.PULSE),
            (Opcode.SET_LENGTH, 60),
        )
    ] == [b"\x05\x14", b"\x06\x07", b"\x06\x00", b"\x07\x04", b"\x08\x3c"]


def test_start() -> None:
    """Start carries minutes, strength, area and flow; 255 is "as Status shows it"."""
    start = profile.encode_start
    assert start(20, 5, Area.SHOULDER_BLADES, Flow.WAVE) == b"\x14\x05\x04\x03"
    assert start(60, None, None, None) == b"\x3c\xff\xff\xff"
    assert start(5, None, Area.FULL_BACK, None) == b"\x05\xff\x00\xff"
    assert profile.encode_request(Opcode.START, 7, start(5, 1, None, Flow.SLOW)) == (
        b"\x01\x07\x05\x01\xff\x00"
    )


@pytest.mark.parametrize("more", [b"", b"\x00", b"\xff" * 16])
def test_response(more: bytes) -> None:
    """An answer repeats opcode and token, and says how it went."""
    assert profile.decode_response(b"\x80\x01\x07\x04" + more) == Response(1, 7, 4)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x80",
        b"\x80\x01\x07",
        b"\x01\x07\x00\x00",
        b"\x00\x01\x07\x04",
        b"\x81" * 8,
    ],
)
def test_malformed_response(value: bytes) -> None:
    """Anything else that the control point says is malformed."""
    with pytest.raises(MalformedError):
        profile.decode_response(value)


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (1, NotSupportedError),
        (2, InvalidParameterError),
        (3, WrongStateError),
        (4, NobodyOnItError),
        (5, InFaultError),
        (6, BusyError),
        (7, RefusedError),
        (128, RefusedError),
        (255, RefusedError),
    ],
)
def test_refusal(result: int, error: type[RequestError]) -> None:
    """Each result has a reason for the user."""
    assert type(profile.refusal(result, None)) is error


def test_refusal_names_the_fault() -> None:
    """A device with a fault refuses by that fault; 0 is no refusal."""
    assert profile.refusal(0, Fault.TOO_HOT) is None
    for fault, named in ((Fault.TOO_HOT, Fault.TOO_HOT), (None, Fault.UNKNOWN)):
        refusal = profile.refusal(5, fault)
        assert isinstance(refusal, InFaultError)
        assert refusal.fault is named


def test_refusals_have_reasons_of_their_own() -> None:
    """No two results share a reason."""
    reasons = [
        refusal.reason
        for result in range(1, 8)
        if (refusal := profile.refusal(result, None))
    ]
    assert len(reasons) == 7
    assert all(one != other for one, other in combinations(reasons, 2))


def test_information() -> None:
    """The texts of the Device Information service, those that are there."""
    assert profile.information(
        [
            ("manufacturer", b"A maker"),
            ("model", b"BackHug\x00\xff\xff"),
            ("serial", b""),
            ("firmware", b"\xff\xfe1.2"),
            ("hardware", b"<b>B</b>"),
        ]
    ) == DeviceInformation("A maker", "BackHug", None, "1.2", "b B /b")
    assert profile.information([]) == DeviceInformation()


def test_advertised() -> None:
    """The service UUID in the advertisement is that of the profile."""
    service = "6b0f0001-3c5d-4f0e-9b1a-7d2e8c41f5a6"
    assert profile.is_advertised(["0000180a-0000-1000-8000-00805f9b34fb", service])
    assert not profile.is_advertised(["6b0f0002-3c5d-4f0e-9b1a-7d2e8c41f5a6"])
    assert not profile.is_advertised([])
