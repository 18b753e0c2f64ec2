"""The air between virtual Bluetooth controllers: Bumble's link, made more like one.

Bumble's own virtual link has no distance, no fading and no supervision; its controller
neither ends a cancelled connect nor delivers scan responses. Both are mended here.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import override

from bumble import hci, ll
from bumble.controller import Connection, Controller, LegacyAdvertiser
from bumble.core import PhysicalTransport
from bumble.link import LocalLink

from .faults import Faults

DEFAULT_RSSI = -60

_Advertising = hci.HCI_LE_Set_Advertising_Parameters_Command.AdvertisingType
_Report = hci.HCI_LE_Advertising_Report_Event
_REPORTED_AS = {
    _Advertising.ADV_IND: _Report.EventType.ADV_IND,
    _Advertising.ADV_SCAN_IND: _Report.EventType.ADV_SCAN_IND,
    _Advertising.ADV_NONCONN_IND: _Report.EventType.ADV_NONCONN_IND,
}
_SLOT = 0.000625
"""Seconds: the unit of an advertising interval."""
_IN_ORDER = 1e-6
"""Seconds between two packets that would arrive at the same moment."""


@dataclass
class Advertisement(ll.AdvertisingPdu):
    """An advertisement on its way, with the scan response that may be asked for."""

    sender: AirController
    address: hci.Address
    kind: int
    data: bytes
    scan_response: bytes


class Advertiser(LegacyAdvertiser):
    """Sends what the host set, every interval, if the controller is in the air."""

    controller: AirController

    @property
    def connectable(self) -> bool:
        """Whether a connection may be asked for now."""
        return self.enabled and self.advertising_type == _Advertising.ADV_IND

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

    def __init__(self, name: str, air: Air, faults: Faults | None = None) -> None:
        """Put a controller into the air."""
        super().__init__(name, link=air)
        self.air = air
        self.faults = faults or Faults()
        self.advertiser = self.le_legacy_advertiser = Advertiser(self)
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
        if self.pending_le_connection is None:
            return hci.HCI_StatusReturnParameters(
                hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR
            )
        # The host must see the command complete before it sees the connect end.
        asyncio.get_running_loop().call_soon(
            self._fail_pending_connection,
            hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
        )
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def _fail_pending_connection(self, error: int) -> None:
        if (pending := self.pending_le_connection) is None:
            return
        self.pending_le_connection = None
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=error,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=pending.peer_address.address_type,
                peer_address=pending.peer_address,
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
            self._fail_pending_connection(
                hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR
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
        # What was on its way when the connection ended is lost, without a log line.
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


@dataclass
class _Fading:
    """A connection that ends if its ends do not hear of each other in time."""

    ends: tuple[tuple[AirController, Connection], tuple[AirController, Connection]]
    timer: asyncio.TimerHandle | None = None
    held: list[Callable[[], None]] = field(default_factory=list)

    def cancel(self) -> None:
        """Let the connection live."""
        if self.timer is not None:
            self.timer.cancel()

    def whole(self) -> bool:
        """Say whether both ends still believe in the connection."""
        return all(
            controller.le_connections.get(connection.peer_address) is connection
            for controller, connection in self.ends
        )


class _Packet:
    """Something on its way for a while."""

    def __init__(self, deliver: Callable[[], None], under_way: set[_Packet]) -> None:
        self.timer: asyncio.TimerHandle | None = None
        self._deliver = deliver
        self._under_way = under_way

    def arrive(self) -> None:
        self._under_way.discard(self)
        self._deliver()

    def cancel(self) -> None:
        if self.timer is not None:
            self.timer.cancel()


class Air(LocalLink):
    """What the controllers' packets travel through."""

    def __init__(self, delay: float, supervision_timeout: float) -> None:
        """Take the one-way delay and the supervision timeout, both in real seconds."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.delay = delay
        self.supervision_timeout = supervision_timeout
        self._rssi: dict[tuple[str, str], int | None] = {}
        self._fading: list[_Fading] = []
        self._under_way: set[_Packet] = set()
        self._last_arrival = 0.0

    # -- Who hears whom

    def set_rssi(self, one: str, other: str, rssi: int | None) -> None:
        """Set the signal strength between two addresses; None: out of reach."""
        self._rssi[one, other] = self._rssi[other, one] = rssi

    def rssi(self, one: AirController, other: AirController) -> int | None:
        """Return the signal strength between two controllers, None if too far."""
        path = (
            one.random_address.to_string(False),
            other.random_address.to_string(False),
        )
        return self._rssi.get(path, DEFAULT_RSSI)

    @override
    def find_le_controller(self, address: hci.Address) -> AirController | None:
        for controller in self.controllers:
            if controller.random_address == address:
                assert isinstance(controller, AirController)
                return controller
        return None

    # -- Coming and going

    def vanish(self, controller: AirController, *, reset: bool = False) -> None:
        """Take a controller out of the air without a word.

        Its peers notice after the supervision timeout, unless it appears again before.
        With reset it forgets its connections at once, as one that lost its power.
        """
        controller.away = True
        timeout = controller.faults.supervision_timeout
        for connection in list(controller.le_connections.values()):
            peer = self.find_le_controller(connection.peer_address)
            other = peer and peer.le_connections.get(connection.self_address)
            if peer and other:
                self._fade(
                    ((controller, connection), (peer, other)),
                    self.supervision_timeout if timeout is None else timeout,
                )
            if reset:
                controller.on_le_disconnected(
                    connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
                )

    def _fade(
        self,
        ends: tuple[tuple[AirController, Connection], tuple[AirController, Connection]],
        timeout: float,
    ) -> None:
        fading = _Fading(ends)
        self._fading.append(fading)
        loop = asyncio.get_running_loop()
        fading.timer = loop.call_later(timeout, self._lose, fading)

    def _lose(self, fading: _Fading) -> None:
        self._fading.remove(fading)
        for controller, connection in fading.ends:
            controller.on_le_disconnected(
                connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
            )

    def appear(self, controller: AirController) -> None:
        """Bring a controller back; connections that are not lost yet go on."""
        controller.away = False
        for fading in self._fading[:]:
            if controller in (end[0] for end in fading.ends) and fading.whole():
                fading.cancel()
                self._fading.remove(fading)
                for deliver in fading.held:
                    self._travel(deliver)

    def drop(self, controller: AirController) -> None:
        """End every connection of a controller now, as its own host would."""
        for connection in list(controller.le_connections.values()):
            reason = hci.HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR
            connection.send_ll_control_pdu(ll.TerminateInd(reason))
            controller.on_le_disconnected(
                connection, hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR
            )

    def refuse(self, controller: AirController, initiator: hci.Address) -> None:
        """Let the initiator learn that its connection was never established."""
        peer = self.find_le_controller(initiator)
        connection = peer and peer.le_connections.get(controller.random_address)
        if peer and connection:
            peer.on_le_disconnected(
                connection, hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR
            )

    def remove(self, controller: AirController) -> None:
        """Take a controller away for good; its peers learn at once."""
        self.drop(controller)
        controller.silence()
        self.remove_controller(controller)

    def close(self) -> None:
        """Cancel what is still under way."""
        for packet in self._under_way:
            packet.cancel()
        for fading in self._fading:
            fading.cancel()
        self._under_way.clear()
        self._fading.clear()

    # -- Packets

    @override
    def send_advertising_pdu(
        self, sender_controller: Controller, packet: ll.AdvertisingPdu
    ) -> None:
        assert isinstance(sender_controller, AirController)
        if sender_controller.away:
            return
        if isinstance(packet, ll.ConnectInd):
            target = self.find_le_controller(packet.advertiser_address)
            if target is not None:
                self._travel(partial(target.on_ll_advertising_pdu, packet))
            return
        for controller in self.controllers:
            assert isinstance(controller, AirController)
            if controller is not sender_controller and not controller.away:
                self._travel(partial(controller.on_ll_advertising_pdu, packet))

    @override
    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        self._send(
            sender_controller.random_address,
            destination_address,
            lambda receiver: receiver.on_link_acl_data(
                sender_controller.random_address, transport, data
            ),
        )

    @override
    def send_ll_control_pdu(
        self,
        sender_address: hci.Address,
        receiver_address: hci.Address,
        packet: ll.ControlPdu,
    ) -> None:
        self._send(
            sender_address,
            receiver_address,
            lambda receiver: receiver.on_ll_control_pdu(sender_address, packet),
        )

    def _send(
        self,
        sender_address: hci.Address,
        receiver_address: hci.Address,
        deliver: Callable[[AirController], None],
    ) -> None:
        """Send over a connection; while it fades, packets wait as for repetition."""
        sender = self.find_le_controller(sender_address)
        receiver = self.find_le_controller(receiver_address)
        if sender is None or receiver is None:
            return
        for fading in self._fading:
            if {sender, receiver} == {end[0] for end in fading.ends}:
                fading.held.append(partial(deliver, receiver))
                return
        if not sender.away and not receiver.away:
            self._travel(partial(deliver, receiver))

    def _travel(self, deliver: Callable[[], None]) -> None:
        """Deliver after the delay, in the order of sending."""
        loop = asyncio.get_running_loop()
        if not self.delay:
            loop.call_soon(deliver)
            return
        arrival = max(loop.time() + self.delay, self._last_arrival + _IN_ORDER)
        self._last_arrival = arrival
        packet = _Packet(deliver, self._under_way)
        packet.timer = loop.call_at(arrival, packet.arrive)
        self._under_way.add(packet)
