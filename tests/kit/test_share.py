"""A bundle holds one device's frames and nothing that identifies anybody."""

import io
from typing import override
import zipfile

from bumble import att
import pytest

from kit.capture import read_capture
from kit.devices import find_devices
from kit.proposal import Verdict
from kit.redact import without_unit
from kit.workbench import Workbench

from .evenings import bench_of, csv, recorded
from .recorder import Recorder, Service
from .vendors import VENDORS, Knodo
from .vendors.vendor import ADDRESS, NEIGHBOUR, NEIGHBOUR_VALUE, Vendor


def files_of(bundle: bytes) -> dict[str, bytes]:
    """Return the files of a bundle."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_bundle_leads_to_the_same_description(vendor: type[Vendor]) -> None:
    """Whoever gets it can do what the owner did."""
    bench = bench_of(vendor)
    files = files_of(bench.bundle())
    assert "description.yaml" not in files
    again = Workbench()
    again.open(read_capture(files["device.btsnoop"], "device.btsnoop"))
    again.take_notes(files["notes.csv"].decode())
    for each in (bench, again):
        each.judge("commands.stop", Verdict.ACCEPTED)
        each.judge("name", Verdict.CORRECTED, "Bed")
        each.judge("match", Verdict.CORRECTED, {"name": "Bed"})
    ours, theirs = bench.describe().text, again.describe().text
    assert ours
    assert theirs == ours.replace("pairing: just_works", "").replace("\n  \n", "\n")
    assert files_of(bench.bundle())["description.yaml"].decode() == ours


@pytest.mark.parametrize("vendor", VENDORS)
def test_nothing_that_identifies_is_in_a_bundle(vendor: type[Vendor]) -> None:
    """Neighbours, addresses in either order, names and the date are gone."""
    everything = b"".join(files_of(bench_of(vendor).bundle()).values())
    device, neighbour = (
        bytes.fromhex(address.replace(":", "")) for address in (ADDRESS, NEIGHBOUR)
    )
    assert NEIGHBOUR_VALUE not in everything
    for secret in (
        device,
        device[::-1],
        neighbour,
        neighbour[::-1],
        b"eighbour",
        vendor.name.encode(),
    ):
        assert secret not in everything


def test_what_a_frame_says_of_the_unit_is_blanked() -> None:
    """Address, name and serial number are replaced where they stand in a value; its length stays."""
    recorder = Recorder()
    recorder.advertise(ADDRESS, "KNODO-4F21")
    recorder.connect(0x40, ADDRESS)
    recorder.discover(
        0x40,
        (
            Service("1800", 1, 5, ((3, "2a00", 0x02),)),
            Service("ffe5", 0x10, 0x1F, ((0x11, "ffe9", 0x04), (0x13, "ffe4", 0x10))),
        ),
    )
    recorder.l2cap(0x40, 4, b"\x0a\x03\x00", sent=True)
    recorder.l2cap(0x40, 4, b"\x0bKNODO-4F21 of Anna", sent=False)
    recorder.encrypt(0x40)
    octets = bytes.fromhex(ADDRESS.replace(":", ""))
    recorder.write(0x40, 0x11, b"\1" + octets[::-1] + b"\2")
    recorder.notify(0x40, 0x13, b"\3" + octets.hex().encode())
    recorder.notify(0x40, 0x13, b"I am KNODO-4F21")
    bench = Workbench()
    bench.open(read_capture(recorder.btsnoop(), "x"))
    files = files_of(bench.bundle())
    (device,) = find_devices(read_capture(files["device.btsnoop"], "x"))
    assert [record.value for record in device.records] == [
        b"\1" + bytes(6) + b"\2",
        b"\3" + bytes(12),
        b"I am " + b"x" * 10,
    ]
    assert (device.name, device.connections[0].paired) == ("", False)


def test_vectors_hold_no_address() -> None:
    """A report with the device's own address is no example for others."""

    class Telling(Knodo):
        @override
        def status(self) -> bytes:
            octets = bytes.fromhex(ADDRESS.replace(":", ""))
            frame = bytearray(super().status())
            frame[13:19] = octets
            frame[-1] = ~sum(frame[:-1]) & 0xFF
            return bytes(frame)

    data, notes = recorded(Telling)
    bench = Workbench()
    bench.open(read_capture(data, "x"))
    bench.take_notes(csv(notes))
    bench.judge("commands.stop", Verdict.ACCEPTED)
    text = bench.describe().text
    assert "command: stop" in text
    assert "message: status" not in text
    assert "c4 11 22 33 44 55" not in text


def _lines(text: str) -> bytes:
    """Return an evening with an unknown device that says its serial number in lines of two pieces."""
    recorder = Recorder()
    for _ in range(2):
        recorder.advertise(ADDRESS, "VELA-4F21")
        recorder.connect(0x40, ADDRESS)
        recorder.discover(
            0x40,
            (
                Service("180a", 1, 5, ((3, "2a25", 0x02),)),
                Service("ff10", 0x10, 0x1F, ((0x11, "ff11", 4), (0x13, "ff12", 0x10))),
            ),
        )
        recorder.att(0x40, att.ATT_Read_Request(attribute_handle=3), sent=True)
        response = att.ATT_Read_Response(attribute_value=b"77-00951")
        recorder.att(0x40, response, sent=False)
        recorder.write(0x40, 0x11, b"ID?\r\n")
        line = text.encode() + b"\r\n"
        for at in range(0, len(line), 20):
            recorder.notify(0x40, 0x13, line[at : at + 20])
        recorder.wait(3)
        recorder.disconnect(0x40)
    return recorder.btsnoop()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("VER,BEDS7,2.3.1,SN00412", b"00412"),  # in two notifications
        ("VER,serial=AB-00412", b"AB-00412"),
        (
            "VER,2.3.1,77-00951",
            b"77-00951",
        ),  # as its serial number characteristic has it
    ],
)
def test_no_number_of_one_unit_is_in_what_is_shared(text: str, secret: bytes) -> None:
    """A line may come in two pieces."""
    bench = Workbench()
    bench.open(read_capture(_lines(text), "x"))
    everything = b"".join(files_of(bench.bundle()).values())
    assert secret not in everything


@pytest.mark.parametrize(
    ("answer", "written", "awaited"),
    [
        (b"$ACK,SUB,STA,1", b"$SUB,STA,1", b"$ACK,SUB,STA,1"),
        (b"$VER,VM4,2.3.1", b"$GET,VER", b"$VER,"),
        (b"$WELCOME", b"$HELLO", b"$WELCOME"),
    ],
)
def test_a_line_is_awaited_up_to_what_differs_between_units(
    answer: bytes, written: bytes, awaited: bytes
) -> None:
    """What it repeats stays."""
    assert without_unit(answer, written, is_text=True) == awaited


def test_octets_are_awaited_up_to_a_text() -> None:
    """A text in an answer is a model or a version."""
    assert without_unit(b"\x82TC620 V1.4\x0c", b"\2", is_text=False) == b"\x82"
    assert without_unit(b"\x81\0\1", b"\1ABCD", is_text=False) == b"\x81\0\1"
    assert without_unit(b"\x81ABCD", b"\1ABCD", is_text=False) == b"\x81ABCD"
