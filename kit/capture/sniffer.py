"""Decodes link-layer packets of sniffers: nRF sniffer (272) and Wireshark's own form (256, 251)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
import struct

from .events import (
    Advertised,
    Connected,
    Disconnected,
    Encrypted,
    Event,
    Fragment,
    address_text,
)
from .packets import Layer, Packet

ADVERTISING_ACCESS_ADDRESS = 0x8E89BED6
ADVERTISEMENTS = frozenset({0, 2, 4, 6})
CONNECT = 5
CONTROL, START, CONTINUED = 3, 2, 1
TERMINATE, START_ENCRYPTION = 0x02, 0x05


@dataclass(frozen=True, slots=True)
class _Frame:
    """One link-layer packet without its pseudo header."""

    access_address: int
    body: bytes  # header and payload, without CRC
    sent: bool | None
    decrypted: bool


@dataclass(slots=True)
class _Links:
    """What must be remembered of each connection."""

    encrypted: set[int] = field(default_factory=set)
    last: dict[tuple[int, bool | None], tuple[int, bytes]] = field(default_factory=dict)


def decode_sniffer(packets: Iterable[Packet]) -> Iterator[Event]:
    """Yield the events of a sniffer's packets; a connection is named by its access address."""
    links = _Links()
    for packet in packets:
        frame = _frame(packet)
        if frame is None or len(frame.body) < 2:
            continue
        payload = frame.body[2 : 2 + frame.body[1]]
        if frame.access_address == ADVERTISING_ACCESS_ADDRESS:
            yield from _advertising(packet.time, frame.body[0] & 0x0F, payload)
        else:
            yield from _data(packet.time, frame, payload, links)


def _frame(packet: Packet) -> _Frame | None:
    """Take the pseudo header off; None for what failed its check."""
    data = packet.data
    sent: bool | None = None
    decrypted = False
    if packet.layer is Layer.NORDIC:
        if len(data) < 7 + 10 or data[6] not in {0x02, 0x06}:
            return None
        flags = data[8]
        if not flags & 1:
            return None
        sent = bool(flags & 2)
        decrypted = bool(flags & 4 and flags & 8)
        data = data[7 + max(data[7], 10) :]
    elif packet.layer is Layer.LINK:
        if len(data) < 10:
            return None
        (flags,) = struct.unpack("<H", data[8:10])
        if flags & 0x0400 and not flags & 0x0800:
            return None
        sent = {2: True, 3: False}.get(flags >> 7 & 7)
        decrypted = bool(flags & 0x0008)
        data = data[10:]
    if len(data) < 4 + 2 + 3:
        return None
    (access_address,) = struct.unpack("<I", data[:4])
    return _Frame(access_address, data[4:-3], sent, decrypted)


def _advertising(time: float, kind: int, payload: bytes) -> Iterator[Event]:
    if kind in ADVERTISEMENTS and len(payload) >= 6:
        yield Advertised(time, address_text(payload[:6]), payload[6:])
    elif kind == CONNECT and len(payload) >= 16:
        yield Connected(
            time, struct.unpack("<I", payload[12:16])[0], address_text(payload[6:12])
        )


def _data(time: float, frame: _Frame, payload: bytes, links: _Links) -> Iterator[Event]:
    link = frame.access_address
    header = frame.body[0]
    # A repeated packet has the sequence number and the content of the one before it.
    place = (link, frame.sent)
    here = (header >> 3 & 1, payload)
    if links.last.get(place) == here:
        return
    links.last[place] = here
    if link in links.encrypted and not frame.decrypted:
        return
    kind = header & 3
    if kind == CONTROL:
        if payload[:1] == bytes([TERMINATE]):
            links.encrypted.discard(link)
            yield Disconnected(time, link)
        elif payload[:1] == bytes([START_ENCRYPTION]):
            links.encrypted.add(link)
            yield Encrypted(time, link, readable=False)
    elif kind in {START, CONTINUED} and payload:
        if frame.decrypted and link in links.encrypted:
            yield Encrypted(time, link, readable=True)
        yield Fragment(time, link, frame.sent, kind == START, payload)
