"""Captures of every kind give the same traffic; broken ones an error with its place."""

import io
import struct
import zipfile

import pytest

from kit.capture import Capture, CaptureError, read_capture
from kit.capture.att import Operation
from kit.capture.gatt import brief
from kit.devices import find_devices

from .recorder import EPOCH, START, Recorder, Service

ADDRESS = "C4:11:22:33:44:55"
LONG = bytes(range(60))
PLACES = (
    Service("ffe0", 0x10, 0x1F, ((0x12, "ffe1", 0x14),)),
    Service(
        "6e400001-b5a3-f393-e0a9-e50e24dcca9e",
        0x20,
        0x2F,
        ((0x22, "6e400002-b5a3-f393-e0a9-e50e24dcca9e", 0x08),),
    ),
)


@pytest.fixture
def recorder() -> Recorder:
    """Return a recording with one short connection."""
    recorder = Recorder()
    recorder.advertise(ADDRESS, "Bed 1", ("ffe0",))
    recorder.connect(0x40, ADDRESS)
    recorder.discover(0x40, PLACES)
    recorder.write(0x40, 0x13, b"\1\0", response=True)
    recorder.write(0x40, 0x12, b"\xaa\1")
    recorder.write(0x40, 0x22, b"\xaa\2", response=True)
    recorder.notify(0x40, 0x12, LONG)
    recorder.disconnect(0x40)
    return recorder


KINDS = {
    "btsnoop": lambda recorder: recorder.btsnoop(),
    "btsnoop without H4": lambda recorder: recorder.btsnoop(1001),
    "PacketLogger": lambda recorder: recorder.packetlogger(),
    "PacketLogger, little-endian": lambda recorder: recorder.packetlogger("<"),
    "pcap with direction": lambda recorder: recorder.pcap(),
    "pcap without direction": lambda recorder: recorder.pcap(187),
    "pcapng": lambda recorder: recorder.pcapng(),
    "pcapng without direction": lambda recorder: recorder.pcapng(187),
    "nRF sniffer": lambda recorder: recorder.pcapng(272),
    "nRF sniffer, pcap": lambda recorder: recorder.pcap(272),
    "link layer": lambda recorder: recorder.pcapng(256),
    "bug report": lambda recorder: recorder.bug_report(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_traffic(recorder: Recorder, kind: str) -> None:
    """Connection, table, writes and a reassembled notification are read from each."""
    capture = read_capture(KINDS[kind](recorder), kind)
    (device,) = find_devices(capture)
    assert capture.remarks == []
    assert (device.address, device.name) == (ADDRESS, "Bed 1")
    assert [brief(item.uuid) for item in device.table.characteristics.values()] == [
        "ffe1",
        "6e400002-b5a3-f393-e0a9-e50e24dcca9e",
    ]
    assert [brief(item.service) for item in device.table.characteristics.values()] == [
        place.uuid for place in PLACES
    ]
    assert [(item.operation, item.handle, item.value) for item in device.records] == [
        (Operation.WRITE, 0x13, b"\1\0"),
        (Operation.COMMAND, 0x12, b"\xaa\1"),
        (Operation.WRITE, 0x22, b"\xaa\2"),
        (Operation.NOTIFICATION, 0x12, LONG),
    ]
    assert [item.value for item in device.writes] == [b"\xaa\1", b"\xaa\2"]


def test_times_are_those_of_the_capture(recorder: Recorder) -> None:
    """The first packet carries the time at which it was recorded."""
    for data in (
        recorder.btsnoop(),
        recorder.packetlogger(),
        recorder.pcap(),
        recorder.pcapng(),
    ):
        assert read_capture(data, "x").packets[0].time == pytest.approx(
            START, abs=0.001
        )


def test_what_the_device_asks_of_the_phone_is_left_out(recorder: Recorder) -> None:
    """The phone's own values, such as its name, are not of the device."""
    recorder.connect(0x40, ADDRESS)
    name = b"\x0bAnna's phone"  # a read response, sent by the phone
    recorder.l2cap(0x40, 4, name, sent=True)
    recorder.l2cap(0x40, 4, b"\x1b\x21\x00Anna", sent=True)
    recorder.l2cap(0x40, 4, b"\x52\x12\x00Anna", sent=False)
    (device,) = find_devices(read_capture(recorder.btsnoop(), "x"))
    assert not any(b"Anna" in item.value for item in device.records)


def test_without_discovery_handles_remain() -> None:
    """Writes are kept by handle; switching notifications on is told from a command."""
    recorder = Recorder()
    recorder.connect(0x40, ADDRESS)
    recorder.write(0x40, 0x13, b"\1\0")
    recorder.write(0x40, 0x20, b"\1\0")
    recorder.notify(0x40, 0x12, b"\5")
    (device,) = find_devices(read_capture(recorder.btsnoop(), "x"))
    assert [item.handle for item in device.writes] == [0x20]
    assert any("only handles" in reason for reason in device.reasons)


def test_a_capture_that_begins_late_joins_links_with_the_same_table() -> None:
    """Connections of unknown address are one device if their tables agree."""
    late = Recorder()
    for link in (0x41, 0x42):
        late.discover(link, PLACES)
        late.write(link, 0x12, b"\1")
    late.write(0x43, 0x99, b"\2")
    devices = find_devices(read_capture(late.btsnoop(), "x"))
    assert sorted(len(device.connections) for device in devices) == [1, 2]


def test_long_writes_are_put_together() -> None:
    """Prepared pieces become one value when they are executed."""
    recorder = Recorder()
    recorder.connect(0x40, ADDRESS)
    for at, piece in ((0, b"abc"), (3, b"def")):
        recorder.l2cap(
            0x40, 4, b"\x16" + struct.pack("<HH", 0x12, at) + piece, sent=True
        )
    recorder.l2cap(0x40, 4, b"\x18\x01", sent=True)
    (device,) = find_devices(read_capture(recorder.btsnoop(), "x"))
    assert [item.value for item in device.writes] == [b"abcdef"]


def test_an_encrypted_sniff_says_so() -> None:
    """Whoever sniffs an encrypted connection learns that only the phone can read it."""
    air = Recorder()
    air.connect(0x40, ADDRESS)
    data = air.pcap(272)
    access = struct.pack("<I", 0x50655040)
    for body in (b"\x07\x01\x05", b"\x02\x03abc"):
        packet = access + body + b"\0\0\0"
        head = (
            bytes([1])
            + struct.pack("<HB", 10 + len(packet), 3)
            + b"\0\0\6"
            + bytes([10, 3, 7, 60, 0, 0, 0, 0, 0, 0])
        )
        data += (
            struct.pack("<IIII", int(START), 0, len(head + packet), len(head + packet))
            + head
            + packet
        )
    (device,) = find_devices(read_capture(data, "x"))
    assert device.records == []
    assert any("sniffer cannot read" in reason for reason in device.reasons)


def test_packets_with_a_wrong_crc_are_left_out(recorder: Recorder) -> None:
    """A sniffer marks what it misheard."""
    data = bytearray(recorder.pcap(272))
    at = 24
    while at < len(data):
        (size,) = struct.unpack("<I", data[at + 8 : at + 12])
        data[at + 16 + 8] &= ~1
        at += 16 + size
    assert find_devices(read_capture(bytes(data), "x")) == []


# Broken files


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "at octet 0: neither btsnoop"),
        (b"GIF89a" + bytes(40), "at octet 0: neither btsnoop"),
        (b"btsnoop\0\0\0", "at octet 0: no btsnoop header"),
        (b"btsnoop\0" + struct.pack(">II", 7, 1002), "at octet 8: btsnoop version 7"),
        (b"btsnoop\0" + struct.pack(">II", 1, 1), "at octet 12: datalink 1 "),
        (b"\xd4\xc3\xb2\xa1" + bytes(4), "at octet 0: no pcap header"),
        (
            struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 9, 1),
            "at octet 20: link type 1 ",
        ),
        (b"\x0a\x0d\x0d\x0a\1\0\0\0", "at octet 0: no pcapng section header"),
        (
            struct.pack(
                "<IIIHHqIIIHHII",
                0x0A0D0D0A,
                28,
                0x1A2B3C4D,
                1,
                0,
                -1,
                28,
                1,
                20,
                1,
                0,
                0,
                20,
            ),
            "link type 1 ",
        ),
        (b"PK\3\4 not a zip", "the archive cannot be read"),
        (b"--- BEGIN:BTSNOOP_LOG_SUMMARY", "filtered log"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(data: bytes, said: str) -> None:
    """The error names the file and where it is wrong."""
    with pytest.raises(CaptureError, match=r"my\.log") as error:
        read_capture(data, "my.log")
    assert said in str(error.value)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "bug report"])
def test_a_file_that_ends_early_is_read_up_to_there(
    recorder: Recorder, kind: str
) -> None:
    """A log that was cut off keeps what it has, and says where it ends."""
    data = KINDS[kind](recorder)
    whole = read_capture(data, kind)
    for cut in (3, 20):
        short = read_capture(data[:-cut], kind)
        assert 0 < len(whole.packets) - len(short.packets) <= 2
        assert "at octet" in short.remarks[-1]


def test_a_filtered_log_is_told() -> None:
    """Packets without their content are counted."""
    record = struct.pack(">IIIIQ", 40, 5, 0, 0, EPOCH) + b"\2\0\0\0\0"
    capture = read_capture(b"btsnoop\0" + struct.pack(">II", 1, 1002) + record, "x")
    assert "1 of 1 packets are cut short" in capture.remarks[0]


def zipped(**files: bytes) -> bytes:
    """Return an archive; underscores stand for slashes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "/"), data)
    return out.getvalue()


def test_a_bug_report_without_a_log_says_how_to_get_one() -> None:
    """The owner learns which option was off."""
    with pytest.raises(CaptureError, match="full HCI snoop log"):
        read_capture(zipped(**{"main_entry.txt": b"x"}), "report.zip")


def test_rotated_logs_are_read_in_the_order_of_time(recorder: Recorder) -> None:
    """The older log comes first, whatever its name."""
    later = Recorder(time=START + 500)
    later.connect(0x41, ADDRESS)
    capture = read_capture(
        zipped(
            **{
                "FS_data_log_bt_a.log": later.btsnoop(),
                "FS_data_log_bt_b.log.last": recorder.btsnoop(),
                "FS_data_log_bt_c.log": b"?",
            }
        ),
        "report.zip",
    )
    times = [packet.time for packet in capture.packets]
    assert times == sorted(times)
    assert any("c.log" in remark for remark in capture.remarks)
    assert isinstance(capture, Capture)


def test_logs_of_btmon_are_read(recorder: Recorder) -> None:
    """BlueZ's monitor numbers the kinds of packets in its own way."""
    out = [b"btsnoop\0" + struct.pack(">II", 1, 2001)]
    for time, sent, packet in recorder.packets:
        kind = {1: 2, 4: 3, 2: 4 if sent else 5}[packet[0]]
        stamp = round(time * 1e6) + EPOCH
        out.append(
            struct.pack(">IIIIQ", len(packet) - 1, len(packet) - 1, kind, 0, stamp)
            + packet[1:]
        )
    (device,) = find_devices(read_capture(b"".join(out), "x"))
    assert [item.value for item in device.writes] == [b"\xaa\1", b"\xaa\2"]


def test_big_endian_pcapng_with_its_own_resolution_is_read(recorder: Recorder) -> None:
    """Section, interface options and packets follow the order of the file; simple packets have no time."""
    out = [struct.pack(">IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)]
    options = struct.pack(">HHB3xHH", 9, 1, 9, 0, 0)
    out.append(
        struct.pack(">IIHHI", 1, 20 + len(options), 201, 0, 0)
        + options
        + struct.pack(">I", 20 + len(options))
    )
    for time, sent, packet in recorder.packets:
        data = struct.pack(">I", 0 if sent else 1) + packet
        padded = data + bytes(-len(data) % 4)
        stamp = round(time * 1e9)
        head = struct.pack(
            ">IIIIIII",
            6,
            32 + len(padded),
            0,
            stamp >> 32,
            stamp & 0xFFFFFFFF,
            len(data),
            len(data),
        )
        out.append(head + padded + struct.pack(">I", 32 + len(padded)))
    simple = (
        struct.pack(">I", 0)
        + b"\x02"
        + struct.pack("<HHHHBHB", 0x40, 8, 4, 4, 0x52, 0x12, 9)
    )
    simple += bytes(-len(simple) % 4)
    out.append(
        struct.pack(">III", 3, 16 + len(simple), 17)
        + simple
        + struct.pack(">I", 16 + len(simple))
    )
    capture = read_capture(b"".join(out), "x")
    assert capture.packets[0].time == pytest.approx(START, abs=0.001)
    assert [item.value for device in find_devices(capture) for item in device.writes][
        :2
    ] == [b"\xaa\1", b"\xaa\2"]
    assert capture.packets[-1].time == 0
