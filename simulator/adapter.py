"""A virtual Bluetooth adapter for an external host stack, such as Linux's own."""

import errno
from itertools import cycle
import os
from typing import override

from bumble import hci
from bumble.transport.common import StreamPacketSink, Transport, TransportSink

from .air import Air
from .controller import Advertisement, AirController

_FADING = (0, 3, -2, 4, -4, 1, -1)
"""dB added to the signal strength in turn, as it varies on a real radio."""
_CENTISECOND = 0.01
"""Seconds: the unit of a supervision timeout."""


class LinuxSink(TransportSink):
    """Sink for packets to /dev/vhci, which Linux does not take while the adapter is switched off.

    asyncio would close the device at the first error, and the adapter would be gone for good.
    """

    def __init__(self, transport: Transport) -> None:
        """Write to the device that a transport has opened."""
        assert isinstance(transport.sink, StreamPacketSink)
        self._device = transport.sink.transport.get_extra_info("pipe").fileno()

    @override
    def on_packet(self, packet: bytes) -> None:
        try:
            os.write(self._device, packet)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise


class Adapter(AirController):
    """A controller with a public address, accept list, duplicate filter and supervision timeouts."""

    # With LL privacy Linux waits for the enhanced connection event, which Bumble's controller does not send.
    le_features = AirController.le_features & ~hci.LeFeatureMask.LL_PRIVACY

    def __init__(self, air: Air, address: str, transport: Transport) -> None:
        """Create an adapter whose host is at the other end of a Bumble transport."""
        super().__init__("adapter", air)
        self.public_address = hci.Address(address, hci.Address.PUBLIC_DEVICE_ADDRESS)
        self._accepted: set[hci.Address] = set()
        self._reported: dict[tuple[hci.Address, int], int] = {}
        self._timeouts: dict[hci.Address, float] = {}
        self._fading = cycle(_FADING)
        self.set_packet_sink(transport.sink)
        transport.source.set_packet_sink(self)

    @override
    def on_hci_reset_command(
        self, _command: hci.HCI_Reset_Command
    ) -> hci.HCI_StatusReturnParameters:
        self.air.fade(self)
        self.le_connections.clear()
        self._accepted.clear()
        return super().on_hci_reset_command(_command)

    # -- Scanning

    @override
    def on_hci_le_set_scan_enable_command(
        self, command: hci.HCI_LE_Set_Scan_Enable_Command
    ) -> hci.HCI_StatusReturnParameters:
        self._reported.clear()
        return super().on_hci_le_set_scan_enable_command(command)

    @override
    def on_hci_le_clear_filter_accept_list_command(
        self, _command: hci.HCI_LE_Clear_Filter_Accept_List_Command
    ) -> hci.HCI_StatusReturnParameters:
        self._accepted.clear()
        return super().on_hci_le_clear_filter_accept_list_command(_command)

    @override
    def on_hci_le_add_device_to_filter_accept_list_command(
        self, _command: hci.HCI_LE_Add_Device_To_Filter_Accept_List_Command
    ) -> hci.HCI_StatusReturnParameters:
        self._accepted.add(_command.address)
        return super().on_hci_le_add_device_to_filter_accept_list_command(_command)

    @override
    def on_hci_le_remove_device_from_filter_accept_list_command(
        self, _command: hci.HCI_LE_Remove_Device_From_Filter_Accept_List_Command
    ) -> hci.HCI_StatusReturnParameters:
        self._accepted.discard(_command.address)
        return super().on_hci_le_remove_device_from_filter_accept_list_command(_command)

    @override
    def _report(self, kind: int, packet: Advertisement, rssi: int) -> None:
        # Bit 0 of the policy: only devices of the filter accept list.
        if self.le_scanning_filter_policy & 1 and packet.address not in self._accepted:
            return
        rssi += next(self._fading)
        key = packet.address, kind
        # Linux expects another signal strength to pass the filter.
        if self.filter_duplicates and self._reported.get(key) == rssi:
            return
        self._reported[key] = rssi
        super()._report(kind, packet, rssi)

    # -- Connections

    @override
    def create_le_connection(self, peer_address: hci.Address) -> None:
        pending = self.pending_le_connection
        assert isinstance(pending, hci.HCI_LE_Create_Connection_Command)
        self._timeouts[peer_address] = pending.supervision_timeout * _CENTISECOND
        super().create_le_connection(peer_address)

    @override
    def on_hci_le_connection_update_command(
        self, command: hci.HCI_LE_Connection_Update_Command
    ) -> None:
        connection = self.find_le_connection_by_handle(command.connection_handle)
        if connection is not None:
            timeout = command.supervision_timeout * _CENTISECOND
            self._timeouts[connection.peer_address] = timeout
        super().on_hci_le_connection_update_command(command)

    @override
    def supervision_timeout(self, peer: AirController) -> float:
        timeout = self._timeouts.get(peer.random_address)
        return super().supervision_timeout(peer) if timeout is None else timeout
