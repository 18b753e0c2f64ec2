"""Reader of btsnoop files, as Android and BlueZ write them."""

from __future__ import annotations

import struct

from .packets import LONGEST_RECORD, Capture, CaptureError, Cursor, Layer, Packet

MAGIC = b"btsnoop\0"
H1, H4, MONITOR = 1001, 1002, 2001
# Microseconds from the year 0 to 1970, as btsnoop counts.
EPOCH = 0x00DCDDB30F2F8000
# btmon: opcodes of command, event, and ACL data, sent and received.
MONITOR_KINDS = {2: (1, True), 3: (4, False), 4: (2, True), 5: (2, False)}
RECORD = struct.Struct(">IIIIQ")


def read_btsnoop(data: bytes, name: str) -> Capture:
    """Read a btsnoop file of datalink 1001 (no H4 octet), 1002 or 2001."""
    if len(data) < 16 or not data.startswith(MAGIC):
        raise CaptureError("no btsnoop header", 0, name)
    version, datalink = struct.unpack(">II", data[8:16])
    if version != 1:
        raise CaptureError(f"btsnoop version {version} is not known", 8, name)
    if datalink not in {H1, H4, MONITOR}:
        raise CaptureError(
            f"datalink {datalink} is not HCI; use a log of HCI with or without H4",
            12,
            name,
        )
    capture = Capture(name, f"btsnoop, datalink {datalink}")
    cursor = Cursor(data, 16)
    cut = 0
    for offset in cursor:
        header = cursor.take(RECORD.size)
        if header is None:
            capture.remarks.append(f"at octet {offset}: the file ends within a record")
            break
        original, included, flags, _, stamp = RECORD.unpack(header)
        if included > LONGEST_RECORD or (octets := cursor.take(included)) is None:
            capture.remarks.append(
                f"at octet {offset}: a record of {included} octets does not fit in the file"
            )
            break
        cut += included < original
        sent: bool | None = not flags & 1
        if datalink == H1:
            kind = (1 if sent else 4) if flags & 2 else 2
            octets = bytes([kind]) + octets
        elif datalink == MONITOR:
            kind, sent = MONITOR_KINDS.get(flags & 0xFFFF, (0, None))
            octets = bytes([kind]) + octets
        capture.packets.append(
            Packet((stamp - EPOCH) / 1e6, offset, Layer.HCI, octets, sent)
        )
    if cut:
        capture.remarks.append(
            f"{cut} of {len(capture.packets)} packets are cut short: this log is filtered. Record a full HCI snoop log"
        )
    return capture
