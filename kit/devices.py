"""Finds the devices in a capture, the likeliest BackHug first."""

from __future__ import annotations

from dataclasses import dataclass, field
import re

from .capture import Capture
from .capture.att import Advertiser, Connection, Operation, Record, Traffic, decode
from .capture.gatt import DEVICE_NAME, Table, brief, short
from .capture.hci import decode_hci
from .capture.packets import Layer
from .capture.sniffer import decode_sniffer

LIKELY_NAME = re.compile(r"back.?hug|massage|back|hug", re.IGNORECASE)


@dataclass(slots=True)
class Device:
    """One device and all that went over the air with it."""

    key: str  # what the owner chooses it by
    address: str
    name: str
    connections: list[Connection]
    table: Table
    advertiser: Advertiser
    reasons: list[str] = field(default_factory=list)
    score: float = 0.0

    @property
    def paired(self) -> bool:
        """Whether the phone has paired with it, or did before."""
        return any(one.paired or one.encrypted for one in self.connections)

    @property
    def asks(self) -> bool:
        """Whether pairing asked for a code or a confirmation."""
        return any(one.asks for one in self.connections)

    @property
    def writes(self) -> list[Record]:
        """Values that the phone wrote, apart from switching notifications on."""
        return [
            record
            for record in self.records
            if record.sent and not self.is_configuration(record)
        ]

    @property
    def notifications(self) -> list[Record]:
        """Values that the device sent unasked."""
        kinds = {Operation.NOTIFICATION, Operation.INDICATION}
        return [record for record in self.records if record.operation in kinds]

    @property
    def records(self) -> list[Record]:
        """Everything, in the order of time."""
        return [
            record for connection in self.connections for record in connection.records
        ]

    def is_configuration(self, record: Record) -> bool:
        """Return whether a write switches notifications on or off."""
        if self.table.is_configuration(record.handle):
            return True
        if self.table.characteristics or record.value not in {
            b"\1\0",
            b"\2\0",
            b"\0\0",
        }:
            return False
        # Without discovery: the descriptor follows the value that notifies.
        return any(
            0 < record.handle - other.handle <= 2 for other in self.notifications
        )


def decode_capture(capture: Capture) -> Traffic:
    """Decode the packets of a capture."""
    sniffed = [packet for packet in capture.packets if packet.layer is not Layer.HCI]
    if sniffed:
        return decode(decode_sniffer(sniffed))
    return decode(decode_hci(capture.packets))


def find_devices(capture: Capture) -> list[Device]:
    """Return the devices that the phone was connected to, the likeliest BackHug first."""
    traffic = decode_capture(capture)
    groups: dict[str, list[Connection]] = {}
    for connection in traffic.connections:
        if connection.records or connection.unreadable:
            groups.setdefault(
                connection.address or _nameless(connection, traffic.connections), []
            ).append(connection)
    devices = [
        _device(key, connections, traffic) for key, connections in groups.items()
    ]
    devices.sort(key=lambda device: -device.score)
    return devices


def _nameless(connection: Connection, others: list[Connection]) -> str:
    """Return a key for a connection that began before the capture: the same table is the same device."""
    known = set(connection.table.characteristics)
    for other in others:
        if not other.address and known and set(other.table.characteristics) == known:
            return f"link 0x{other.link:x}"
    return f"link 0x{connection.link:x}"


def _device(key: str, connections: list[Connection], traffic: Traffic) -> Device:
    table = Table()
    for connection in connections:
        table.merge(connection.table)
    address = connections[0].address
    advertiser = traffic.advertisers.get(address, Advertiser())
    device = Device(
        key,
        address,
        advertiser.name or _own_name(connections, table),
        connections,
        table,
        advertiser,
    )
    _rate(device)
    return device


def _own_name(connections: list[Connection], table: Table) -> str:
    """Return the name that was read from the device."""
    handles = {
        item.handle
        for item in table.characteristics.values()
        if short(item.uuid) == DEVICE_NAME
    }
    for connection in connections:
        for record in connection.records:
            if record.operation is Operation.READ and record.handle in handles:
                return record.value.decode("utf-8", "replace").strip("\0")
    return ""


def _rate(device: Device) -> None:
    reasons = device.reasons
    if match := LIKELY_NAME.search(device.name):
        device.score += 100 if len(match[0]) >= 7 else 20
        reasons.append(f"its name has “{match[0]}”")
    own = [
        record
        for record in device.writes
        if not device.table.is_standard(record.handle)
    ]
    if own:
        different = len({record.value for record in own})
        device.score += 10 + min(len(own), 200) / 10 + min(different, 20)
        reasons.append(f"{len(own)} writes to a characteristic of its own")
    elif not device.notifications:
        device.score -= 50
        reasons.append("nothing was written to it")
    if device.notifications:
        device.score += 5
        reasons.append(f"{len(device.notifications)} notifications")
    services = sorted(
        {
            brief(uuid)
            for _, uuid in device.table.services.values()
            if not _standard(uuid)
        }
    )
    if services:
        reasons.append("services " + ", ".join(services))
    elif not device.table.characteristics:
        reasons.append("no discovery in the capture: only handles are known")
    if any(connection.unreadable for connection in device.connections):
        reasons.append("encrypted: a sniffer cannot read it, use the phone's own log")
    if not device.address:
        reasons.append("the capture began after the connection: its address is unknown")


def _standard(uuid: str) -> bool:
    number = short(uuid)
    return number is not None and 0x1800 <= number < 0x1900
