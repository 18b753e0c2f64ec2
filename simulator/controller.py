"""A virtual Bluetooth controller: Bumble's, with additions.

Bumble's own neither ends a cancelled connect nor delivers scan responses, reports every
advertisement as connectable at -50 dBm, and logs what merely came too late.
"""

from abc import abstractmethod
import asyncio
from dataclasses import dataclass
from typing import override

from bumble import hci, ll
from bumble.controller import Connection, Controller, LegacyAdvertiser
from bumble.core import PhysicalTransport
from bumble.link import LocalLink

from .faults import Faults

_Advertising = hci.HCI_LE_Set_Advertising_Parameters_Command.AdvertisingType
_Report = hci.HCI_LE_Advertising_Report_Event
_REPORTED_AS = {
    _Advertising.ADV_IND: _Report.EventType.ADV_IND,
    _Advertising.ADV_SCAN_IND: _Report.EventType.ADV_SCAN_IND,
    _Advertising.ADV_NONCONN_IND: _Report.EventType.ADV_NONCONN_IND,
}
_SLOT = 0.000625
"""Seconds: the unit of an advertising interval."""


class Medium(LocalLink):
    """The air, as a controller needs it."""

    supervision_timeout: float
    """Real seconds."""

    @abstractmethod
    def rssi(self, one: AirController, other: AirController) -> int | None:
        """Return the signal strength between two controllers in dBm, None if too far."""

    @override
    @abstractmethod
    def find_le_controller(self, address: hci.Address) -> AirController | None: ...

    @abstractmethod
    def fade(self, controller: AirController) -> None:
        """Let the peers of a controller lose it by supervision."""

    @abstractmethod
    def refuse(self, controller: AirController, initiator: hci.Address) -> None:
        """Inform the initiator that its connection was never established."""


@dataclass
class Advertisement(ll.AdvertisingPdu):
    """An advertisement on its way, with the scan response that may be asked for."""

    sender: AirController
    address: hci.Address
    kind: int
    data: bytes
    scan_response: bytes


class Advertiser(LegacyAdvertiser):
    """Sends the host's advertising data at each interval while on the air."""

    controller: AirController

    @property
    def connectable(self) -> bool:
        """Whether a connection may be asked for now."""
        return self.enabled and self.advertising_type == _Advertising.ADV_IND

    @override
    def start(self) -> None:
        # A command may still be on its way when its controller is taken away.
        if not self.controller.removed:
            super().start()

    @override
    def _on_timer_fired(self) -> None:
        self.send_advertising_data()
        self.timer_handle = asyncio.get_running_loop().call_later(
            self.advertising_interval_min * _SLOT, self._on_timer_fired
        )

    @override
    def send_advertising_data(self) -> None:
        self.controller.send_advertising_pdu(
            Advertisement(
                sender=self.controller,
                address=self.address,
                kind=self.advertising_type,
                data=self.advertising_data,
                scan_response=self.scan_response_data,
            )
        )


class AirController(Controller):
    """A virtual controller: legacy advertising, one pending connect, no BR/EDR."""

    le_features = Controller.le_features & ~(
        hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
        | hci.LeFeatureMask.LE_PERIODIC_ADVERTISING
    )

    # As with the data length extension, which every controller has nowadays.
    acl_data_packet_length = 251
    le_acl_data_packet_length = 251

    def __init__(self, name: str, air: Medium, faults: Faults | None = None) -> None:
        """Put a controller into the air."""
        super().__init__(name, link=air)
        self.air = air
        self.faults = faults or Faults()
        self.advertiser = self.le_legacy_advertiser = Advertiser(self)
        self.removed = False
        """Whether it was taken out of the air for good."""
        self.away = False
        """Whether nothing goes out or comes in, though nobody said goodbye."""

    @override
    def on_hci_reset_command(
        self, _command: hci.HCI_Reset_Command
    ) -> hci.HCI_StatusReturnParameters:
        self.silence()
        return super().on_hci_reset_command(_command)

    def silence(self) -> None:
        """Stop advertising, scanning and connecting."""
        self.advertiser.stop()
        self.le_scan_enable = False
        self.pending_le_connection = None

    @override
    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        if (pending := self.pending_le_connection) is None:
            return hci.HCI_StatusReturnParameters(
                hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR
            )
        self.pending_le_connection = None
        # The host must see the command complete before it sees the connect end.
        asyncio.get_running_loop().call_soon(
            self._report_failure,
            pending.peer_address,
            hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
        )
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def supervision_timeout(self, _peer: AirController) -> float:
        """Return the seconds until a silent connection to a peer is lost."""
        return self.air.supervision_timeout

    def _report_failure(self, peer_address: hci.Address, error: int) -> None:
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=error,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=peer_address.address_type,
                peer_address=peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
        )

    @override
    def on_hci_disconnect_command(self, command: hci.HCI_Disconnect_Command) -> None:
        connection = self.find_le_connection_by_handle(command.connection_handle)
        if connection is None:
            self._send_hci_command_status(
                hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR, command.op_code
            )
            return
        peer = self.air.find_le_controller(connection.peer_address)
        if self.faults.hang_disconnect or (peer and peer.faults.hang_disconnect):
            self._send_hci_command_status(
                hci.HCI_COMMAND_STATUS_PENDING, command.op_code
            )
            return
        super().on_hci_disconnect_command(command)

    @override
    def on_ll_advertising_pdu(self, packet: ll.AdvertisingPdu) -> None:
        match packet:
            case Advertisement():
                self._on_advertisement(packet)
            case ll.ConnectInd():
                self.on_le_connect_ind(packet)

    @override
    def on_le_connect_ind(self, packet: ll.ConnectInd) -> None:
        if self.advertiser.connectable and not self.le_connections:
            super().on_le_connect_ind(packet)
        else:
            self.air.refuse(self, packet.initiator_address)

    def _on_advertisement(self, packet: Advertisement) -> None:
        rssi = self.air.rssi(self, packet.sender)
        if rssi is None:
            return
        if self.le_scan_enable:
            self._report(_REPORTED_AS[_Advertising(packet.kind)], packet, rssi)
            active = self.le_scan_type == (
                hci.HCI_LE_Set_Scan_Parameters_Command.ACTIVE_SCANNING
            )
            if active and packet.kind != _Advertising.ADV_NONCONN_IND:
                self._report(_Report.EventType.SCAN_RSP, packet, rssi)
        self._connect_to(packet)

    def _report(self, kind: int, packet: Advertisement, rssi: int) -> None:
        is_response = kind == _Report.EventType.SCAN_RSP
        report = _Report.Report(
            event_type=kind,
            address_type=packet.address.address_type,
            address=packet.address,
            data=packet.scan_response if is_response else packet.data,
            rssi=rssi,
        )
        self.send_hci_packet(_Report([report]))

    def _connect_to(self, packet: Advertisement) -> None:
        """Make the pending connection, if this is the advertisement it waits for."""
        pending = self.pending_le_connection
        faults = packet.sender.faults
        if (
            pending is None
            or pending.peer_address != packet.address
            or packet.kind != _Advertising.ADV_IND
            or packet.address in self.le_connections
            or faults.hang_connect
        ):
            return
        if faults.refuse_connections:
            self.pending_le_connection = None
            self._report_failure(
                packet.address,
                hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR,
            )
        else:
            self.create_le_connection(packet.address)

    @override
    def on_le_disconnected(self, connection: Connection, reason: int) -> None:
        # Both ends may end a connection at the same moment.
        if self.le_connections.get(connection.peer_address) is connection:
            super().on_le_disconnected(connection, reason)

    @override
    def on_ll_control_pdu(
        self, sender_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        # Data pending when the connection ended is lost, without a log line.
        if sender_address in self.le_connections:
            super().on_ll_control_pdu(sender_address, packet)

    @override
    def on_hci_acl_data_packet(self, packet: hci.HCI_AclDataPacket) -> None:
        if self.find_le_connection_by_handle(packet.connection_handle) is not None:
            super().on_hci_acl_data_packet(packet)

    @override
    def on_link_acl_data(
        self, sender_address: hci.Address, transport: PhysicalTransport, data: bytes
    ) -> None:
        if sender_address in self.le_connections:
            super().on_link_acl_data(sender_address, transport, data)
