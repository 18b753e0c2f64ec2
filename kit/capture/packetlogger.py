"""Reader of PacketLogger files (.pklg), as an iPhone's sysdiagnose holds them."""

from __future__ import annotations

import struct

from .packets import LONGEST_RECORD, Capture, CaptureError, Cursor, Layer, Packet

# type → H4 octet, sent
KINDS = {0: (1, True), 1: (4, False), 2: (2, True), 3: (2, False)}
OVERHEAD = 9  # time and type, which the length includes


def looks_like_packetlogger(data: bytes) -> bool:
    """Return whether the first record makes sense in either byte order."""
    return _order(data) is not None


def read_packetlogger(data: bytes, name: str) -> Capture:
    """Read a .pklg of either byte order."""
    order = _order(data)
    if order is None:
        raise CaptureError("no PacketLogger record", 0, name)
    capture = Capture(
        name,
        "PacketLogger, little-endian" if order == "<" else "PacketLogger, big-endian",
    )
    cursor = Cursor(data)
    for offset in cursor:
        header = cursor.take(13)
        if header is None:
            capture.remarks.append(f"at octet {offset}: the file ends within a record")
            break
        length, seconds, microseconds, kind = struct.unpack(order + "IIIB", header)
        if (
            not OVERHEAD <= length <= LONGEST_RECORD
            or (octets := cursor.take(length - OVERHEAD)) is None
        ):
            capture.remarks.append(
                f"at octet {offset}: a record of {length} octets does not fit in the file"
            )
            break
        if kind in KINDS:
            h4, sent = KINDS[kind]
            time = seconds + microseconds / 1e6
            capture.packets.append(
                Packet(time, offset, Layer.HCI, bytes([h4]) + octets, sent)
            )
    return capture


def _order(data: bytes) -> str | None:
    if len(data) < 13:
        return None
    for order in "<>":
        length, _, microseconds = struct.unpack(order + "III", data[:12])
        if (
            OVERHEAD <= length <= 1 << 16
            and length + 4 <= len(data)
            and microseconds < 1_000_000
        ):
            return order
    return None
