"""Writes the traffic of one device as a btsnoop file that the kit reads again."""

from __future__ import annotations

import struct

from bumble import att, core

from .att import Operation, Record
from .btsnoop import EPOCH, H4, MAGIC, RECORD
from .gatt import CHARACTERISTIC, CONFIGURATION, PRIMARY, Table, brief

LINK = 0x40
ANONYMOUS = bytes(5) + b"\xc0"


class Writer:
    """A file of one connection; times are seconds from its start."""

    def __init__(self) -> None:
        """Begin a file."""
        self._out = [MAGIC + struct.pack(">II", 1, H4)]

    def data(self) -> bytes:
        """Return the file."""
        return b"".join(self._out)

    def connected(self, time: float) -> None:
        """Write the start of a connection to an anonymous device."""
        event = (
            b"\x01\x00"
            + struct.pack("<H", LINK)
            + b"\x00\x01"
            + ANONYMOUS
            + struct.pack("<HHHB", 24, 0, 72, 0)
        )
        self._packet(time, bytes([4, 0x3E, len(event)]) + event, sent=False, event=True)

    def disconnected(self, time: float) -> None:
        """Write the end of the connection."""
        self._packet(
            time,
            bytes([4, 5, 4, 0]) + struct.pack("<HB", LINK, 0x13),
            sent=False,
            event=True,
        )

    def table(self, time: float, table: Table) -> None:
        """Write the discovery of a table."""
        for first, (last, uuid) in table.services.items():
            ask = att.ATT_Read_By_Group_Type_Request(
                starting_handle=first,
                ending_handle=last,
                attribute_group_type=core.UUID.from_16_bits(PRIMARY),
            )
            self._att(time, ask, sent=True)
            value = struct.pack("<HH", first, last) + bytes(core.UUID(brief(uuid)))
            self._att(
                time,
                att.ATT_Read_By_Group_Type_Response(
                    length=len(value), attribute_data_list=value
                ),
                sent=False,
            )
        for handle, item in table.characteristics.items():
            request = att.ATT_Read_By_Type_Request(
                starting_handle=handle,
                ending_handle=handle,
                attribute_type=core.UUID.from_16_bits(CHARACTERISTIC),
            )
            self._att(time, request, sent=True)
            value = struct.pack("<HBH", handle - 1, item.properties, handle) + bytes(
                core.UUID(brief(item.uuid))
            )
            self._att(
                time,
                att.ATT_Read_By_Type_Response(
                    length=len(value), attribute_data_list=value
                ),
                sent=False,
            )
        for handle in table.descriptors:
            if table.is_configuration(handle):
                value = struct.pack("<HH", handle, CONFIGURATION)
                self._att(
                    time,
                    att.ATT_Find_Information_Response(format=1, information_data=value),
                    sent=False,
                )

    def record(self, time: float, record: Record) -> None:
        """Write one value."""
        match record.operation:
            case Operation.WRITE:
                pdu: att.ATT_PDU = att.ATT_Write_Request(
                    attribute_handle=record.handle, attribute_value=record.value
                )
            case Operation.COMMAND:
                pdu = att.ATT_Write_Command(
                    attribute_handle=record.handle, attribute_value=record.value
                )
            case Operation.NOTIFICATION:
                pdu = att.ATT_Handle_Value_Notification(
                    attribute_handle=record.handle, attribute_value=record.value
                )
            case Operation.INDICATION:
                pdu = att.ATT_Handle_Value_Indication(
                    attribute_handle=record.handle, attribute_value=record.value
                )
            case _:
                self._att(
                    time,
                    att.ATT_Read_Request(attribute_handle=record.handle),
                    sent=True,
                )
                pdu = att.ATT_Read_Response(attribute_value=record.value)
        self._att(time, pdu, record.sent)

    def _att(self, time: float, pdu: att.ATT_PDU, sent: bool) -> None:
        payload = bytes(pdu)
        frame = struct.pack("<HH", len(payload), 4) + payload
        word = LINK | (0 if sent else 2) << 12
        self._packet(time, b"\x02" + struct.pack("<HH", word, len(frame)) + frame, sent)

    def _packet(
        self, time: float, data: bytes, sent: bool, event: bool = False
    ) -> None:
        flags = (0 if sent else 1) | (2 if event else 0)
        self._out.append(
            RECORD.pack(
                len(data), len(data), flags, 0, max(0, round(time * 1e6)) + EPOCH
            )
            + data
        )
