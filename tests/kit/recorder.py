"""Makes small captures of every kind that the kit reads; Bumble encodes the PDUs."""

from __future__ import annotations

from dataclasses import dataclass, field
import io
import struct
import zipfile

from bumble import att, core

EPOCH = 0x00DCDDB30F2F8000
START = 1_790_000_000.0
ADVERTISING = 0x8E89BED6


@dataclass(frozen=True, slots=True)
class Service:
    """A service, and its characteristics as handle, UUID and properties."""

    uuid: str
    first: int
    last: int
    characteristics: tuple[tuple[int, str, int], ...]


@dataclass(slots=True)
class Recorder:
    """Packets of a phone, at the HCI."""

    time: float = START
    packets: list[tuple[float, bool, bytes]] = field(default_factory=list)
    chunk: int = 27  # octets of an ACL packet

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds

    def _packet(self, data: bytes, sent: bool) -> None:
        self.packets.append((self.time, sent, data))
        self.time += 0.003

    def advertise(
        self, address: str, name: str, services: tuple[str, ...] = ()
    ) -> None:
        """Record an advertisement."""
        data = bytes([len(name) + 1, 0x09]) + name.encode()
        for service in services:
            octets = bytes(core.UUID(service))
            data += (
                bytes([len(octets) + 1, 0x03 if len(octets) == 2 else 0x07]) + octets
            )
        report = (
            b"\x02\x01\x00\x01"
            + _address(address)
            + bytes([len(data)])
            + data
            + b"\xc4"
        )
        self._packet(bytes([4, 0x3E, len(report)]) + report, sent=False)

    def connect(self, link: int, address: str) -> None:
        """Record the start of a connection."""
        event = (
            b"\x01\x00"
            + struct.pack("<H", link)
            + b"\x00\x01"
            + _address(address)
            + struct.pack("<HHHB", 24, 0, 72, 0)
        )
        self._packet(bytes([4, 0x3E, len(event)]) + event, sent=False)

    def disconnect(self, link: int) -> None:
        """Record the end of a connection."""
        self._packet(bytes([4, 5, 4, 0]) + struct.pack("<HB", link, 0x13), sent=False)

    def encrypt(self, link: int) -> None:
        """Record a pairing request and the start of encryption."""
        self.l2cap(link, 6, bytes([1, 3, 0, 1, 16, 1, 1]), sent=True)
        self.l2cap(link, 6, bytes([2, 3, 0, 1, 16, 1, 1]), sent=False)
        self._packet(bytes([4, 8, 4, 0]) + struct.pack("<HB", link, 1), sent=False)

    def l2cap(self, link: int, channel: int, payload: bytes, sent: bool) -> None:
        """Record a frame, cut into ACL packets."""
        frame = struct.pack("<HH", len(payload), channel) + payload
        for at in range(0, len(frame), self.chunk):
            piece = frame[at : at + self.chunk]
            boundary = 1 if at else 0 if sent else 2
            self._packet(
                b"\x02" + struct.pack("<HH", link | boundary << 12, len(piece)) + piece,
                sent,
            )

    def att(self, link: int, pdu: att.ATT_PDU, sent: bool) -> None:
        """Record an ATT PDU."""
        self.l2cap(link, 4, bytes(pdu), sent)

    def write(
        self, link: int, handle: int, value: bytes, response: bool = False
    ) -> None:
        """Record a write, with its response if it has one."""
        if response:
            self.att(
                link,
                att.ATT_Write_Request(attribute_handle=handle, attribute_value=value),
                sent=True,
            )
            self.att(link, att.ATT_Write_Response(), sent=False)
        else:
            self.att(
                link,
                att.ATT_Write_Command(attribute_handle=handle, attribute_value=value),
                sent=True,
            )

    def notify(self, link: int, handle: int, value: bytes) -> None:
        """Record a notification."""
        pdu = att.ATT_Handle_Value_Notification(
            attribute_handle=handle, attribute_value=value
        )
        self.att(link, pdu, sent=False)

    def discover(self, link: int, services: tuple[Service, ...]) -> None:
        """Record the discovery of services, characteristics and descriptors."""
        for service in services:
            request = att.ATT_Read_By_Group_Type_Request(
                starting_handle=service.first,
                ending_handle=0xFFFF,
                attribute_group_type=core.UUID.from_16_bits(0x2800),
            )
            self.att(link, request, sent=True)
            uuid = bytes(core.UUID(service.uuid))
            data = struct.pack("<HH", service.first, service.last) + uuid
            self.att(
                link,
                att.ATT_Read_By_Group_Type_Response(
                    length=len(data), attribute_data_list=data
                ),
                sent=False,
            )
            for handle, characteristic, properties in service.characteristics:
                ask = att.ATT_Read_By_Type_Request(
                    starting_handle=handle - 1,
                    ending_handle=service.last,
                    attribute_type=core.UUID.from_16_bits(0x2803),
                )
                self.att(link, ask, sent=True)
                data = struct.pack("<HBH", handle - 1, properties, handle) + bytes(
                    core.UUID(characteristic)
                )
                self.att(
                    link,
                    att.ATT_Read_By_Type_Response(
                        length=len(data), attribute_data_list=data
                    ),
                    sent=False,
                )
                if properties & 0x30:
                    find = att.ATT_Find_Information_Request(
                        starting_handle=handle + 1, ending_handle=handle + 1
                    )
                    self.att(link, find, sent=True)
                    data = struct.pack("<HH", handle + 1, 0x2902)
                    self.att(
                        link,
                        att.ATT_Find_Information_Response(
                            format=1, information_data=data
                        ),
                        sent=False,
                    )

    # Files

    def btsnoop(self, datalink: int = 1002) -> bytes:
        """Return the packets as Android writes them."""
        out = [b"btsnoop\0" + struct.pack(">II", 1, datalink)]
        for time, sent, packet in self.packets:
            flags = (0 if sent else 1) | (2 if packet[0] in {1, 4} else 0)
            data = packet if datalink == 1002 else packet[1:]
            out.append(
                struct.pack(
                    ">IIIIQ", len(data), len(data), flags, 0, round(time * 1e6) + EPOCH
                )
                + data
            )
        return b"".join(out)

    def packetlogger(self, order: str = ">") -> bytes:
        """Return the packets as PacketLogger writes them."""
        out = []
        for time, sent, packet in self.packets:
            kind = {1: 0, 4: 1, 2: 2 if sent else 3}[packet[0]]
            whole = int(time)
            out.append(
                struct.pack(
                    order + "IIIB",
                    len(packet) + 8,
                    whole,
                    round((time - whole) * 1e6) % 1_000_000,
                    kind,
                )
            )
            out.append(packet[1:])
        return b"".join(out)

    def pcap(self, link: int = 201) -> bytes:
        """Return the packets as a pcap file."""
        out = [struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)]
        for time, data in self._linked(link):
            whole = int(time)
            out.append(
                struct.pack(
                    "<IIII",
                    whole,
                    round((time - whole) * 1e6) % 1_000_000,
                    len(data),
                    len(data),
                )
                + data
            )
        return b"".join(out)

    def pcapng(self, link: int = 201) -> bytes:
        """Return the packets as a pcapng file."""
        out = [struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)]
        out.append(struct.pack("<IIHHII", 1, 20, link, 0, 0, 20))
        for time, data in self._linked(link):
            stamp = round(time * 1e6)
            padded = data + bytes(-len(data) % 4)
            size = 32 + len(padded)
            head = struct.pack(
                "<IIIIIII",
                6,
                size,
                0,
                stamp >> 32,
                stamp & 0xFFFFFFFF,
                len(data),
                len(data),
            )
            out.append(head + padded + struct.pack("<I", size))
        return b"".join(out)

    def bug_report(self) -> bytes:
        """Return the packets within a bug report of Android."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bugreport.txt", "nothing")
            archive.writestr(
                "FS/data/misc/bluetooth/logs/btsnoop_hci.log", self.btsnoop()
            )
        return out.getvalue()

    def _linked(self, link: int) -> list[tuple[float, bytes]]:
        if link == 187:
            return [(time, packet) for time, _, packet in self.packets]
        if link == 201:
            return [
                (time, struct.pack(">I", 0 if sent else 1) + packet)
                for time, sent, packet in self.packets
            ]
        return list(self._on_the_air(link))

    def _on_the_air(self, link: int) -> list[tuple[float, bytes]]:
        """Return what a sniffer would have heard: advertisements, and the data of connections."""
        heard: list[tuple[float, bytes]] = []
        numbers: dict[bool, int] = {True: 0, False: 0}
        for time, sent, packet in self.packets:
            if packet[0] == 4 and packet[3:4] == b"\x02":
                body = packet[7:13] + packet[14:-1]
                heard.append(
                    (
                        time,
                        _radio(link, ADVERTISING, bytes([0, len(body)]) + body, None),
                    )
                )
            elif packet[0] == 4 and packet[3:4] == b"\x01":
                body = (
                    b"\x01" * 6
                    + packet[9:15]
                    + struct.pack("<I", _access(packet[5]))
                    + bytes(18)
                )
                heard.append(
                    (
                        time,
                        _radio(link, ADVERTISING, bytes([5, len(body)]) + body, None),
                    )
                )
            elif packet[0] == 2:
                (word,) = struct.unpack("<H", packet[1:3])
                body = packet[5:]
                numbers[sent] ^= 1
                header = bytes(
                    [(1 if word >> 12 == 1 else 2) | numbers[sent] << 3, len(body)]
                )
                data = _radio(link, _access(word & 0xFF), header + body, sent)
                heard.append((time, data))
                heard.append((time, data))  # repeated on the air
        return heard


def _access(link: int) -> int:
    return 0x50655000 | link


def _address(address: str) -> bytes:
    return bytes.fromhex(address.replace(":", ""))[::-1]


def _radio(link: int, access: int, body: bytes, sent: bool | None) -> bytes:
    packet = struct.pack("<I", access) + body + b"\0\0\0"
    if link == 272:
        flags = 1 | (2 if sent else 0)
        kind = 2 if sent is None else 6
        head = (
            bytes([1])
            + struct.pack("<HB", 10 + len(packet), 3)
            + b"\0\0"
            + bytes([kind])
        )
        return head + bytes([10, flags, 7, 60, 0, 0, 0, 0, 0, 0]) + packet
    flags = 0x0C01 | ({None: 0, True: 2, False: 3}[sent] << 7)
    return bytes([7, 0, 0, 0]) + struct.pack("<IH", access, flags) + packet
