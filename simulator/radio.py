"""Radio: several Bumble devices on one virtual air, or one on a real controller."""

import asyncio
from contextlib import suppress
from typing import Any, override

from bumble import att
from bumble.core import PhysicalTransport
from bumble.device import CisLink, Connection, Device, DeviceConfiguration, ScoLink
from bumble.hci import (
    Address,
    HCI_AsyncCommand,
    HCI_Command_Complete_Event,
    HCI_Command_Status_Event,
    HCI_Disconnect_Command,
    HCI_SyncCommand,
)
from bumble.host import Host
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport
from bumble.transport.common import AsyncPipeSink, Transport
from bumble.utils import cancel_on_event

from .adapter import Adapter, LinuxSink
from .air import DEFAULT_RSSI, Air
from .controller import AirController
from .faults import Faults

__all__ = ["DEFAULT_RSSI", "Radio"]


class _Host(Host):
    """A host that completes every command, even if its caller is cancelled.

    Bumble's own takes the response to a cancelled command for that to the next one.
    """

    @override
    async def _send_command(
        self,
        command: HCI_SyncCommand[Any] | HCI_AsyncCommand,
        response_timeout: float | None = None,
    ) -> HCI_Command_Complete_Event[Any] | HCI_Command_Status_Event:
        return await asyncio.shield(super()._send_command(command, response_timeout))

    @override
    def send_acl_sdu(self, connection_handle: int, sdu: bytes) -> None:
        # Data sent as the connection ends is lost, as on any radio; Bumble warns of it.
        if connection_handle in self.connections:
            super().send_acl_sdu(connection_handle, sdu)

    @override
    def on_command_processed(
        self, event: HCI_Command_Complete_Event[Any] | HCI_Command_Status_Event
    ) -> None:
        # A command that took too long is given up: its response may still arrive.
        if self.pending_response is None or not self.pending_response.done():
            super().on_command_processed(event)


class _VirtualHost(_Host):
    """The host of a virtual controller, which answers every command in the end.

    Without a time limit: a test that puts the time forward would have it run out.
    """

    @override
    async def _send_command(
        self,
        command: HCI_SyncCommand[Any] | HCI_AsyncCommand,
        response_timeout: float | None = None,
    ) -> HCI_Command_Complete_Event[Any] | HCI_Command_Status_Event:
        return await super()._send_command(command)


_UNASKED = (
    att.Opcode.ATT_HANDLE_VALUE_NOTIFICATION,
    att.Opcode.ATT_HANDLE_VALUE_INDICATION,
)


class _Device(Device):
    """A device that tolerates a cancellation at the moment of completion."""

    @override
    def on_gatt_pdu(self, connection_handle: int, pdu: bytes) -> None:
        connection = self.lookup_connection(connection_handle)
        waiting = (
            None if connection is None else connection.gatt_client.pending_response
        )
        is_response = bool(pdu[0] & 1) and pdu[0] not in _UNASKED
        if not (is_response and waiting is not None and waiting.done()):
            super().on_gatt_pdu(connection_handle, pdu)

    @override
    def on_connection_failure(
        self, transport: PhysicalTransport, peer_address: Address, error_code: int
    ) -> None:
        # The waiting caller may have been cancelled at this very moment.
        with suppress(asyncio.InvalidStateError):
            super().on_connection_failure(transport, peer_address, error_code)

    @override
    async def disconnect(
        self, connection: Connection | ScoLink | CisLink, reason: int
    ) -> None:
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def end(error: Exception | int) -> None:
            if ended.done():
                return
            if isinstance(error, Exception):
                ended.set_exception(error)
            else:
                ended.set_result(None)

        events = (
            connection.EVENT_DISCONNECTION,
            connection.EVENT_DISCONNECTION_FAILURE,
        )
        for event in events:
            connection.on(event, end)
        try:
            await self.send_async_command(
                HCI_Disconnect_Command(
                    connection_handle=connection.handle, reason=reason
                )
            )
            await cancel_on_event(self, self.EVENT_FLUSH, ended)
        finally:
            for event in events:
                connection.remove_listener(event, end)


class Radio:
    """Where Bluetooth devices meet.

    Without a transport it is virtual: any number of devices in this process. With the
    name of a Bumble transport (`usb:0`, `serial:/dev/ttyUSB0`, `hci-socket:0`,
    `tcp-client:host:port`, …) it is that controller, for one device.
    """

    def __init__(
        self,
        delay: float = 0.0,
        *,
        supervision_timeout: float = 1.0,
        transport: str | None = None,
    ) -> None:
        """Take delay (one way) and supervision timeout of the air, in real seconds."""
        self.air = Air(delay, supervision_timeout)
        self._transport_name = transport
        self._transport: Transport | None = None
        self._controllers: dict[Device, AirController] = {}
        self._adapters: list[tuple[Adapter, Transport]] = []

    @property
    def virtual(self) -> bool:
        """Whether there is no real controller."""
        return self._transport_name is None

    async def open_device(
        self, name: str, address: str, faults: Faults | None = None
    ) -> Device:
        """Return a Bumble device with a static random address, powered on.

        RuntimeError if the one real controller is taken, OSError if it is not to be had.
        """
        controller = None
        if self._transport_name is None:
            controller = AirController(name, self.air, faults)
            host: Host = _VirtualHost(controller, AsyncPipeSink(controller))
        else:
            if self._transport is not None:
                raise RuntimeError("a real controller serves one device")
            self._transport = await _open(self._transport_name)
            host = _Host(self._transport.source, self._transport.sink)
        random_address = Address(address, Address.RANDOM_DEVICE_ADDRESS)
        device = _Device(
            config=DeviceConfiguration(
                name=name,
                address=random_address,
                gap_service_enabled=False,
                gatt_service_enabled=False,
            ),
            host=host,
        )
        device.keystore = MemoryKeyStore()
        device.pairing_config_factory = _just_works
        if controller is not None:
            self._controllers[device] = controller
        try:
            await device.power_on()
        except BaseException:
            self.discard_device(device)
            raise
        return device

    async def open_adapter(self, address: str, transport: str = "vhci") -> Adapter:
        """Return an adapter with a public address for the host at the other end of a transport.

        With `vhci` that is Linux itself. OSError if the transport is not to be had.
        """
        opened = await _open(transport)
        if transport.partition(":")[0] == "vhci":
            opened.sink = LinuxSink(opened)
        adapter = Adapter(self.air, address, opened)
        self._adapters.append((adapter, opened))
        return adapter

    async def close_device(self, device: Device) -> None:
        """Take a device away for good; its peers learn at once."""
        self.discard_device(device)
        # The host still hears of the disconnections.
        await asyncio.sleep(0)
        await device.power_off()
        if self._transport is not None:
            transport, self._transport = self._transport, None
            await transport.close()

    def discard_device(self, device: Device) -> None:
        """Take a device on a virtual controller away at once, without waiting."""
        if (controller := self._controllers.pop(device, None)) is not None:
            self.air.remove(controller)

    def set_rssi(self, one: str, other: str, rssi: int | None) -> None:
        """Set the signal strength in dBm between two addresses; None: out of reach."""
        self.air.set_rssi(one, other, rssi)

    def vanish(self, device: Device, *, reset: bool = False) -> None:
        """Take a device out of the air without a word; peers notice only in time.

        With reset it forgets its connections at once, as one that lost its power.
        RuntimeError for a real controller.
        """
        self.air.vanish(self._virtual_controller(device), reset=reset)

    def appear(self, device: Device) -> None:
        """Bring a vanished device back; RuntimeError for a real controller."""
        self.air.appear(self._virtual_controller(device))

    def drop(self, device: Device) -> None:
        """End every connection of a device now; RuntimeError for a real controller."""
        self.air.drop(self._virtual_controller(device))

    def _virtual_controller(self, device: Device) -> AirController:
        if (controller := self._controllers.get(device)) is None:
            raise RuntimeError("only a virtual controller can do that")
        return controller

    async def close(self) -> None:
        """Remove every device and cancel all pending operations."""
        for device in list(self._controllers):
            await self.close_device(device)
        while self._adapters:
            adapter, transport = self._adapters.pop()
            self.air.remove(adapter)
            await transport.close()
        self.air.close()


async def _open(transport: str) -> Transport:
    """Open a Bumble transport; OSError if it is not to be had."""
    try:
        return await open_transport(transport)
    except Exception as error:
        # Each kind of transport raises its own library's errors.
        raise OSError(f"{transport}: {error}") from error


def _just_works(_connection: object) -> PairingConfig:
    """Pair without anything to compare or type, and remember the keys."""
    # With identity keys Bumble would look for a peer's other addresses by scanning.
    keys = PairingDelegate.KeyDistribution.DISTRIBUTE_ENCRYPTION_KEY
    return PairingConfig(
        mitm=False,
        delegate=PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT, keys, keys),
        identity_address_type=PairingConfig.AddressType.RANDOM,
    )
