"""The air between virtual controllers: Bumble's link, with distance and fading.

Bumble's own has no delay, no signal strength and no supervision of connections.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import cast, override

from bumble import hci, ll
from bumble.controller import Connection, Controller
from bumble.core import PhysicalTransport

from .controller import AirController, Medium

DEFAULT_RSSI = -60
_IN_ORDER = 1e-6
"""Seconds between two packets that would arrive at the same moment."""


@dataclass(eq=False)
class _Fading:
    """A connection that ends if its ends do not hear of each other in time."""

    ends: tuple[tuple[AirController, Connection], tuple[AirController, Connection]]
    timer: asyncio.TimerHandle | None = None
    held: list[Callable[[], None]] = field(default_factory=list)

    def cancel(self) -> None:
        """Let the connection live."""
        if self.timer is not None:
            self.timer.cancel()

    def carries(self, sender: AirController, receiver: AirController) -> bool:
        """Say whether the sender would send over this connection, not over one that was made since."""
        for (controller, connection), (peer, _) in (self.ends, self.ends[::-1]):
            if controller is sender and peer is receiver:
                current = controller.le_connections.get(connection.peer_address)
                return current is None or current is connection
        return False

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


class _InOrder(dict[Controller, None]):
    """The controllers, in the order in which they came."""

    def add(self, controller: Controller) -> None:
        self[controller] = None

    def remove(self, controller: Controller) -> None:
        del self[controller]


class Air(Medium):
    """The medium of the controllers' packets."""

    def __init__(self, delay: float, supervision_timeout: float) -> None:
        """Take the one-way delay and the supervision timeout, both in real seconds."""
        super().__init__()  # type: ignore[no-untyped-call]
        # The order of receivers must not depend on memory addresses.
        self.controllers = cast("set[Controller]", _InOrder())
        self.delay = delay
        self.supervision_timeout = supervision_timeout
        self._rssi: dict[tuple[str, str], int | None] = {}
        self._fading: list[_Fading] = []
        self._under_way: set[_Packet] = set()
        self._last_arrival = 0.0

    # -- Reception

    def set_rssi(self, one: str, other: str, rssi: int | None) -> None:
        """Set the signal strength between two addresses; None: out of reach."""
        self._rssi[one, other] = self._rssi[other, one] = rssi

    @override
    def rssi(self, one: AirController, other: AirController) -> int | None:
        path = (
            one.random_address.to_string(False),
            other.random_address.to_string(False),
        )
        return self._rssi.get(path, DEFAULT_RSSI)

    @override
    def find_le_controller(self, address: hci.Address) -> AirController | None:
        for controller in self.controllers:
            if address in (controller.random_address, controller.public_address):
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
        self.fade(controller)
        if reset:
            for connection in list(controller.le_connections.values()):
                controller.on_le_disconnected(
                    connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
                )

    @override
    def fade(self, controller: AirController) -> None:
        for connection in controller.le_connections.values():
            peer = self.find_le_controller(connection.peer_address)
            other = peer and peer.le_connections.get(connection.self_address)
            if peer and other:
                timeout = controller.faults.supervision_timeout
                if timeout is None:
                    timeout = peer.supervision_timeout(controller)
                self._fade(((controller, connection), (peer, other)), timeout)

    def _fade(
        self,
        ends: tuple[tuple[AirController, Connection], tuple[AirController, Connection]],
        timeout: float,
    ) -> None:
        if any(ends[0][1] is each.ends[0][1] for each in self._fading):
            # Out of reach, and then switched off.
            return
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

    @override
    def refuse(self, controller: AirController, initiator: hci.Address) -> None:
        peer = self.find_le_controller(initiator)
        connection = peer and peer.le_connections.get(controller.random_address)
        if peer and connection:
            peer.on_le_disconnected(
                connection, hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR
            )

    def remove(self, controller: AirController) -> None:
        """Take a controller away for good; its peers learn at once."""
        self.drop(controller)
        controller.removed = True
        controller.silence()
        self.remove_controller(controller)

    def close(self) -> None:
        """Cancel all pending operations."""
        for packet in self._under_way:
            packet.cancel()
        for fading in self._fading:
            fading.cancel()
        self._under_way.clear()
        self._fading.clear()

    def _connect(self, target: AirController, packet: ll.ConnectInd) -> None:
        # A controller that has vanished makes no connection: nothing would supervise it.
        if target.away:
            self.refuse(target, packet.initiator_address)
        else:
            target.on_ll_advertising_pdu(packet)

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
                self._travel(partial(self._connect, target, packet))
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
        connection = sender_controller.le_connections.get(destination_address)
        if connection is None:
            return
        source = connection.self_address
        self._wear(connection, sender_controller, len(data))
        self._send(
            source,
            destination_address,
            lambda receiver: receiver.on_link_acl_data(source, transport, data),
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

    def _wear(self, connection: Connection, sender: Controller, octets: int) -> None:
        """Lose the connection at the octet at which that was asked for."""
        assert isinstance(sender, AirController)
        receiver = self.find_le_controller(connection.peer_address)
        if receiver is None:
            return
        other = receiver.le_connections.get(connection.self_address)
        if other is None:
            return
        for faults in (sender.faults, receiver.faults):
            if faults.lose_after_octets is None:
                continue
            faults.lose_after_octets -= octets
            if faults.lose_after_octets <= 0:
                faults.lose_after_octets = None
                # Data sent from now on is held, and does not arrive.
                self._fade(((sender, connection), (receiver, other)), 0)

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
            if fading.carries(sender, receiver):
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
