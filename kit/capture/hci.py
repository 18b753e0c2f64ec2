"""Decodes HCI packets; Bumble knows the events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import struct

from bumble import hci
from bumble.core import InvalidPacketError

from .events import Advertised, Connected, Disconnected, Encrypted, Event, Fragment
from .packets import Packet

COMMAND, ACL, EVENT = 1, 2, 4
DISCONNECTION_COMPLETE, ENCRYPTION_CHANGE, ENCRYPTION_CHANGE_V2, LE_META = (
    0x05,
    0x08,
    0x59,
    0x3E,
)
CONNECTION_SUBEVENTS = frozenset({0x01, 0x0A, 0x29})
ADVERTISING_SUBEVENTS = frozenset({0x02, 0x0D})
DECODING_ERRORS = (
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    struct.error,
    InvalidPacketError,
)


def decode_hci(packets: Iterable[Packet]) -> Iterator[Event]:
    """Yield the events of HCI packets; those that make no sense are passed over."""
    for packet in packets:
        data = packet.data
        if len(data) < 3:
            continue
        if data[0] == ACL:
            yield from _acl(packet)
        elif data[0] == EVENT:
            yield from _event(packet.time, data)


def _acl(packet: Packet) -> Iterator[Event]:
    data = packet.data
    if len(data) < 5:
        return
    word, length = struct.unpack("<HH", data[1:5])
    boundary = word >> 12 & 3
    sent = packet.sent
    if sent is None and boundary != 1:
        sent = boundary == 0
    yield Fragment(packet.time, word & 0xFFF, sent, boundary != 1, data[5 : 5 + length])


def _event(time: float, data: bytes) -> Iterator[Event]:
    code = data[1]
    if code == DISCONNECTION_COMPLETE and len(data) >= 6:
        yield Disconnected(time, struct.unpack("<H", data[4:6])[0] & 0xFFF)
    elif (
        code in {ENCRYPTION_CHANGE, ENCRYPTION_CHANGE_V2}
        and len(data) >= 7
        and not data[3]
        and data[6]
    ):
        yield Encrypted(time, struct.unpack("<H", data[4:6])[0] & 0xFFF, readable=True)
    elif (
        code == LE_META
        and len(data) > 4
        and data[3] in CONNECTION_SUBEVENTS | ADVERTISING_SUBEVENTS
    ):
        try:
            event = hci.HCI_Packet.from_bytes(data)
        except DECODING_ERRORS:
            return
        if data[3] in CONNECTION_SUBEVENTS:
            if not getattr(event, "status", 1):
                address = str(getattr(event, "peer_address", "")).removesuffix("/P")
                yield Connected(
                    time, int(getattr(event, "connection_handle", 0)), address
                )
            return
        for report in getattr(event, "reports", ()):
            yield Advertised(
                time, str(report.address).removesuffix("/P"), bytes(report.data)
            )
