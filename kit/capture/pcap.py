"""Reader of Wireshark's files, .pcap and .pcapng, of HCI and of Bluetooth LE sniffers."""

from __future__ import annotations

from dataclasses import dataclass
import struct

from .packets import LONGEST_RECORD, Capture, CaptureError, Cursor, Layer, Packet

PCAPNG = b"\x0a\x0d\x0d\x0a"
# magic → byte order, parts of a second
PCAP = {
    b"\xa1\xb2\xc3\xd4": (">", 1e6),
    b"\xd4\xc3\xb2\xa1": ("<", 1e6),
    b"\xa1\xb2\x3c\x4d": (">", 1e9),
    b"\x4d\x3c\xb2\xa1": ("<", 1e9),
}
HCI_H4, HCI_H4_DIRECTION = 187, 201
SNIFFERS = {251: Layer.BARE_LINK, 256: Layer.LINK, 272: Layer.NORDIC}
SECTION, INTERFACE, SIMPLE, ENHANCED = 0x0A0D0D0A, 1, 3, 6
RESOLUTION_OPTION = 9


def is_pcap(data: bytes) -> bool:
    """Return whether the file begins as a pcap or pcapng does."""
    return data[:4] in PCAP or data[:4] == PCAPNG


def read_pcap(data: bytes, name: str) -> Capture:
    """Read a .pcap or .pcapng; interfaces other than Bluetooth LE are passed over."""
    if data[:4] == PCAPNG:
        return _read_pcapng(data, name)
    if data[:4] not in PCAP or len(data) < 24:
        raise CaptureError("no pcap header", 0, name)
    order, parts = PCAP[data[:4]]
    (link,) = struct.unpack(order + "I", data[20:24])
    link &= 0xFFFF
    if not _known(link):
        raise CaptureError(f"link type {link} is not Bluetooth LE", 20, name)
    capture = Capture(name, f"pcap, link type {link}")
    cursor = Cursor(data, 24)
    for offset in cursor:
        header = cursor.take(16)
        if header is None:
            capture.remarks.append(f"at octet {offset}: the file ends within a record")
            break
        seconds, fraction, included, _ = struct.unpack(order + "IIII", header)
        if included > LONGEST_RECORD or (octets := cursor.take(included)) is None:
            capture.remarks.append(
                f"at octet {offset}: a record of {included} octets does not fit in the file"
            )
            break
        _add(capture, link, seconds + fraction / parts, offset, octets)
    return capture


@dataclass(frozen=True, slots=True)
class _Interface:
    link: int
    parts: float


def _read_pcapng(data: bytes, name: str) -> Capture:
    capture = Capture(name, "pcapng")
    cursor = Cursor(data)
    order = "<"
    interfaces: list[_Interface] = []
    links: set[int] = set()
    for offset in cursor:
        head = cursor.take(8)
        if head is None:
            capture.remarks.append(f"at octet {offset}: the file ends within a block")
            break
        if head[:4] == PCAPNG:
            magic = data[offset + 8 : offset + 12]
            order = ">" if magic == b"\x1a\x2b\x3c\x4d" else "<"
            interfaces = []
        kind, length = struct.unpack(order + "II", head)
        possible = 12 <= length <= LONGEST_RECORD and length % 4 == 0
        body = cursor.take(length - 8) if possible else None
        if body is None:
            if offset == 0:
                raise CaptureError("no pcapng section header", 0, name)
            capture.remarks.append(
                f"at octet {offset}: a block of {length} octets does not fit in the file"
            )
            break
        if kind == INTERFACE and len(body) >= 12:
            (link,) = struct.unpack(order + "H", body[:2])
            interfaces.append(_Interface(link, _resolution(body[8:-4], order)))
            links.add(link)
        else:
            _add_block(capture, interfaces, offset, kind, order, body[:-4])
    capture.kind = "pcapng, link type " + ", ".join(str(link) for link in sorted(links))
    if links and not any(_known(link) for link in links):
        types = capture.kind.removeprefix("pcapng, ")
        raise CaptureError(f"{types} is not Bluetooth LE", 0, name)
    return capture


def _add_block(
    capture: Capture,
    interfaces: list[_Interface],
    offset: int,
    kind: int,
    order: str,
    body: bytes,
) -> None:
    """Add the packet of a block, if it holds one."""
    if kind == ENHANCED and len(body) >= 20:
        index, high, low, included = struct.unpack(order + "IIII", body[:16])
        if index < len(interfaces) and included <= len(body) - 20:
            time = ((high << 32) | low) / interfaces[index].parts
            octets = body[20 : 20 + included]
            _add(capture, interfaces[index].link, time, offset, octets)
    elif kind == SIMPLE and len(body) >= 4 and interfaces:
        (original,) = struct.unpack(order + "I", body[:4])
        _add(capture, interfaces[0].link, 0.0, offset, body[4 : 4 + original])


def _resolution(options: bytes, order: str) -> float:
    """Return the parts of a second that an interface's time stamps count."""
    position = 0
    while position + 4 <= len(options):
        code, length = struct.unpack(order + "HH", options[position : position + 4])
        if code == 0:
            break
        if code == RESOLUTION_OPTION and length >= 1 and position + 4 < len(options):
            value = options[position + 4]
            exponent = value & 0x7F
            return float(2**exponent) if value & 0x80 else float(10**exponent)
        position += 4 + (length + 3) // 4 * 4
    return 1e6


def _known(link: int) -> bool:
    return link in {HCI_H4, HCI_H4_DIRECTION} or link in SNIFFERS


def _add(capture: Capture, link: int, time: float, offset: int, octets: bytes) -> None:
    if link == HCI_H4:
        capture.packets.append(Packet(time, offset, Layer.HCI, octets))
    elif link == HCI_H4_DIRECTION and len(octets) > 4:
        capture.packets.append(
            Packet(time, offset, Layer.HCI, octets[4:], not octets[3] & 1)
        )
    elif link in SNIFFERS:
        capture.packets.append(Packet(time, offset, SNIFFERS[link], octets))
