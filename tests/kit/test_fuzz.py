"""Whatever is in a file, the kit answers with a capture or an error with its place."""

from contextlib import suppress

from hypothesis import given, settings, strategies as st

from kit.capture import Capture, CaptureError, read_capture
from kit.capture.att import Operation, Record
from kit.capture.btsnoop import MAGIC
from kit.capture.gatt import Table
from kit.devices import Device, find_devices
from kit.draft import make_draft
from kit.notes import NoteError, read_notes
from kit.workbench import Workbench

from .evenings import csv, recorded
from .recorder import Recorder
from .vendors import Knodo, Lumbara, Tessel, Wogge

QUICK = settings(max_examples=150, deadline=None, derandomize=True, database=None)
SLOW = settings(max_examples=25, deadline=None, derandomize=True, database=None)
STARTS = (
    MAGIC,
    b"\xd4\xc3\xb2\xa1",
    b"\x0a\x0d\x0d\x0a",
    b"PK\3\4",
    b"\x20\0\0\0",
    b"",
)


def seeds() -> list[bytes]:
    """Return a small capture of each kind."""
    recorder = Recorder()
    recorder.advertise("C4:11:22:33:44:55", "Bed", ("ffe0",))
    recorder.connect(0x40, "C4:11:22:33:44:55")
    recorder.write(0x40, 0x12, bytes(30), response=True)
    recorder.notify(0x40, 0x14, bytes(range(40)))
    recorder.disconnect(0x40)
    return [
        recorder.btsnoop(),
        recorder.btsnoop(1001),
        recorder.packetlogger("<"),
        recorder.pcap(187),
        *(recorder.pcapng(link) for link in (201, 256, 272)),
        recorder.bug_report(),
    ]


def opened(data: bytes) -> Capture | None:
    """Read a capture and everything in it."""
    try:
        capture = read_capture(data, "fuzz")
    except CaptureError:
        return None
    bench = Workbench()
    bench.open(capture)
    bench.as_dict()
    assert len(capture.remarks) < 5
    return capture


@QUICK
@given(st.sampled_from(STARTS), st.binary(max_size=400))
def test_any_octets_are_a_capture_or_an_error(start: bytes, data: bytes) -> None:
    """No other exception comes of any file."""
    opened(start + data)


@QUICK
@given(st.sampled_from(seeds()), st.data())
def test_a_damaged_capture_is_read_as_far_as_it_goes(
    seed: bytes, data: st.DataObject
) -> None:
    """Octets that changed, vanished or came twice do no harm."""
    octets = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(octets) - 1))
        match data.draw(st.integers(0, 2)):
            case 0:
                octets[at] = data.draw(st.integers(0, 255))
            case 1:
                del octets[at : at + data.draw(st.integers(1, 9))]
            case _:
                octets[at:at] = octets[at : at + 9]
        octets = octets or bytearray(1)
    opened(bytes(octets))


@QUICK
@given(
    st.text(max_size=200)
    | st.lists(
        st.sampled_from(["1", ",", "start", "\n", '"', "strength", ";", "20:1:2", "5"]),
        max_size=30,
    ).map("".join)
)
def test_any_text_is_notes_or_an_error_with_a_line(text: str) -> None:
    """No other exception comes of any notes."""
    with suppress(NoteError):
        read_notes(text)


@SLOW
@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([0x12, 0x14]), st.binary(max_size=24)),
        max_size=40,
    )
)
def test_any_traffic_can_be_studied(values: list[tuple[bool, int, bytes]]) -> None:
    """Whatever a device and its app say, the study ends without an exception."""
    recorder = Recorder()
    recorder.connect(0x40, "C4:11:22:33:44:55")
    for written, handle, value in values:
        (recorder.write if written else recorder.notify)(0x40, handle, value)
        recorder.wait(0.7)
    capture = read_capture(recorder.btsnoop(), "x")
    bench = Workbench()
    bench.open(capture)
    bench.take_notes("0,start\n1.4,stop\n2.8,strength,3\n4.2,strength,4\n5.6,stop\n")
    bench.as_dict()


@SLOW
@given(st.sampled_from([Knodo, Lumbara, Wogge, Tessel]), st.data())
def test_a_disturbed_evening_gives_no_exception(
    vendor: type[Knodo], data: st.DataObject
) -> None:
    """Values that are lost or damaged on the way lower the confidence, and no more."""
    capture, notes = recorded(vendor)
    device = find_devices(read_capture(capture, "x"))[0]
    (connection,) = device.connections
    records = list(connection.records)
    for _ in range(data.draw(st.integers(1, 30))):
        at = data.draw(st.integers(0, len(records) - 1))
        old = records[at]
        records[at] = Record(
            old.time, old.operation, old.handle, data.draw(st.binary(max_size=20))
        )
    connection.records[:] = records
    bench = Workbench(devices=[device], device=device)
    bench.take_notes(csv(notes))
    assert bench.draft is not None
    bench.describe()
    bench.play_back()
    assert bench.bundle()


def test_an_empty_device_is_no_error() -> None:
    """A device that was only read from has a draft without proposals."""
    recorder = Recorder()
    recorder.connect(0x40, "C4:11:22:33:44:55")
    recorder.notify(0x40, 0x12, b"\1")
    device = find_devices(read_capture(recorder.btsnoop(), "x"))[0]
    assert isinstance(device, Device)
    assert isinstance(device.table, Table)
    bench = Workbench(devices=[device], device=device)
    bench.take_notes("")
    assert bench.current.proposals == make_draft(bench.current.study).proposals == []
    assert bench.describe().blocking
    assert [record.operation for record in device.records] == [Operation.NOTIFICATION]
