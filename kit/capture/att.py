"""Connections and their ATT traffic; Bumble decodes the PDUs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from bumble import att

from .events import Advertised, Connected, Disconnected, Encrypted, Event, Fragment
from .gatt import CHARACTERISTIC, PRIMARY, SECONDARY, Table, uuid_text
from .hci import DECODING_ERRORS
from .l2cap import ATT_CHANNEL, SECURITY_CHANNEL, Reassembly

PAIRING_REQUEST, PAIRING_RESPONSE = 1, 2
AUTHENTICATION, PROTECTED = 3, 0x04  # octet of the demands, and protection by a person
NO_INPUT_NO_OUTPUT = 3


class Operation(Enum):
    """How a value was moved."""

    WRITE = "write"  # with response
    COMMAND = "write without response"
    NOTIFICATION = "notification"
    INDICATION = "indication"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Record:
    """One value that went over the air."""

    time: float
    operation: Operation
    handle: int
    value: bytes

    @property
    def sent(self) -> bool:
        """Return whether the phone sent it."""
        return self.operation in {Operation.WRITE, Operation.COMMAND}


@dataclass(slots=True)
class Connection:
    """One connection to one device."""

    link: int
    address: str  # empty if the capture began after the connection
    start: float
    end: float = 0.0
    records: list[Record] = field(default_factory=list)
    table: Table = field(default_factory=Table)
    encrypted: bool = False
    unreadable: bool = False
    paired: bool = False
    asks: bool = False  # pairing with a code, or with a confirmation
    mtu: int = 23


@dataclass(slots=True)
class Advertiser:
    """What a device advertised."""

    name: str = ""
    services: set[str] = field(default_factory=set)
    company: int | None = None


@dataclass(slots=True)
class Traffic:
    """All connections and advertisers of a capture."""

    connections: list[Connection] = field(default_factory=list)
    advertisers: dict[str, Advertiser] = field(default_factory=dict)


def decode(events: Iterable[Event]) -> Traffic:
    """Sort events into connections and decode their ATT traffic."""
    traffic = Traffic()
    frames = Reassembly()
    current: dict[int, _Session] = {}
    for event in events:
        if isinstance(event, Advertised):
            _advertised(
                traffic.advertisers.setdefault(event.address, Advertiser()), event.data
            )
        elif isinstance(event, Connected):
            frames.forget(event.link)
            current[event.link] = _begin(traffic, event.link, event.address, event.time)
        elif isinstance(event, Disconnected):
            frames.forget(event.link)
            current.pop(event.link, None)
        elif isinstance(event, Encrypted):
            if event.link in current:
                current[event.link].connection.encrypted = True
                current[event.link].connection.unreadable = not event.readable
        else:
            _fragment(traffic, frames, current, event)
    return traffic


def _begin(traffic: Traffic, link: int, address: str, time: float) -> _Session:
    connection = Connection(link, address, time, time)
    traffic.connections.append(connection)
    return _Session(connection)


def _fragment(
    traffic: Traffic, frames: Reassembly, current: dict[int, _Session], event: Fragment
) -> None:
    frame = frames.add(event)
    if frame is None or not frame[1] or frame[0] not in {ATT_CHANNEL, SECURITY_CHANNEL}:
        return
    channel, payload, sent = frame
    if event.link not in current:
        current[event.link] = _begin(traffic, event.link, "", event.time)
    session = current[event.link]
    session.connection.end = event.time
    if channel == ATT_CHANNEL:
        session.handle(event.time, payload, sent)
    elif payload[0] in {PAIRING_REQUEST, PAIRING_RESPONSE}:
        session.pair(payload)


class _Session:
    """Follows the requests and responses of one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._request: att.ATT_PDU | None = None
        self._read: tuple[int, bytes] = (0, b"")
        self._prepared: dict[int, bytes] = {}
        self._pairing: dict[int, bytes] = {}

    def pair(self, payload: bytes) -> None:
        """Note what phone or device demands of pairing."""
        self.connection.paired = True
        self._pairing[payload[0]] = payload
        demands = [one for one in self._pairing.values() if len(one) > AUTHENTICATION]
        # A person is asked if either side demands it, and both have a display or keys.
        self.connection.asks = (
            len(demands) > 1
            and any(one[AUTHENTICATION] & PROTECTED for one in demands)
            and all(one[1] != NO_INPUT_NO_OUTPUT for one in demands)
        )

    def handle(self, time: float, payload: bytes, sent: bool | None) -> None:
        """Take one ATT PDU; one that makes no sense is passed over, and what the device asks of the phone as well."""
        if sent is not None and sent is bool(payload[0] & 1):
            return  # responses and notifications have odd opcodes: here the phone is the server
        try:
            pdu = att.ATT_PDU.from_bytes(payload)
        except DECODING_ERRORS:
            return
        self._value(time, pdu)
        self._discovery(pdu)
        if int(pdu.op_code) % 2 == 0 and not pdu.is_command:
            self._request = pdu

    def _keep(
        self, time: float, operation: Operation, handle: int, value: bytes
    ) -> None:
        self.connection.records.append(Record(time, operation, handle, bytes(value)))

    def _value(self, time: float, pdu: att.ATT_PDU) -> None:
        match pdu:
            case att.ATT_Write_Request():
                self._keep(
                    time, Operation.WRITE, pdu.attribute_handle, pdu.attribute_value
                )
            case att.ATT_Write_Command() | att.ATT_Signed_Write_Command():
                self._keep(
                    time, Operation.COMMAND, pdu.attribute_handle, pdu.attribute_value
                )
            case att.ATT_Handle_Value_Notification():
                self._keep(
                    time,
                    Operation.NOTIFICATION,
                    pdu.attribute_handle,
                    pdu.attribute_value,
                )
            case att.ATT_Handle_Value_Indication():
                self._keep(
                    time,
                    Operation.INDICATION,
                    pdu.attribute_handle,
                    pdu.attribute_value,
                )
            case att.ATT_Read_Response() if isinstance(
                self._request, att.ATT_Read_Request
            ):
                self._keep(
                    time,
                    Operation.READ,
                    self._request.attribute_handle,
                    pdu.attribute_value,
                )
            case att.ATT_Prepare_Write_Request():
                before = self._prepared.get(pdu.attribute_handle, b"")
                self._prepared[pdu.attribute_handle] = before[
                    : pdu.value_offset
                ] + bytes(pdu.part_attribute_value)
            case att.ATT_Execute_Write_Request():
                for handle, value in self._prepared.items() if pdu.flags else ():
                    self._keep(time, Operation.WRITE, handle, value)
                self._prepared.clear()
            case att.ATT_Exchange_MTU_Response():
                self.connection.mtu = max(23, pdu.server_rx_mtu)
            case _:
                pass

    def _discovery(self, pdu: att.ATT_PDU) -> None:
        table = self.connection.table
        match pdu:
            case att.ATT_Read_By_Group_Type_Response():
                for first, last, value in pdu.attributes:
                    table.add_service(first, last, uuid_text(bytes(value)))
            case att.ATT_Find_By_Type_Value_Response() if isinstance(
                self._request, att.ATT_Find_By_Type_Value_Request
            ) and _number(self._request.attribute_type) in {PRIMARY, SECONDARY}:
                for first, last in pdu.handles_information:
                    table.add_service(
                        first, last, uuid_text(bytes(self._request.attribute_value))
                    )
            case att.ATT_Read_By_Type_Response() if isinstance(
                self._request, att.ATT_Read_By_Type_Request
            ):
                for handle, value in pdu.attributes:
                    if _number(self._request.attribute_type) == CHARACTERISTIC:
                        table.add_characteristic(bytes(value))
                    else:
                        self._keep(
                            self.connection.end, Operation.READ, handle, bytes(value)
                        )
            case att.ATT_Find_Information_Response():
                for handle, uuid in pdu.information:
                    table.descriptors[handle] = uuid_text(bytes(uuid))
            case _:
                pass


def _number(uuid: object) -> int:
    octets = bytes(uuid.to_bytes()) if hasattr(uuid, "to_bytes") else b""
    return int.from_bytes(octets, "little") if len(octets) == 2 else -1


def _advertised(advertiser: Advertiser, data: bytes) -> None:
    position = 0
    while position + 1 < len(data):
        length, kind = data[position], data[position + 1]
        value = data[position + 2 : position + 1 + length]
        if length == 0:
            break
        if kind in {0x08, 0x09}:
            advertiser.name = (
                value.decode("utf-8", "replace").strip("\0") or advertiser.name
            )
        elif kind in {0x02, 0x03}:
            advertiser.services.update(
                uuid_text(value[at : at + 2]) for at in range(0, len(value) - 1, 2)
            )
        elif kind in {0x06, 0x07}:
            advertiser.services.update(
                uuid_text(value[at : at + 16]) for at in range(0, len(value) - 15, 16)
            )
        elif kind == 0xFF and len(value) >= 2:
            advertiser.company = int.from_bytes(value[:2], "little")
        position += 1 + length
