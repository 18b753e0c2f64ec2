"""A simulated BackHug on a radio: its life, its advertising and its connection."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, override

from bumble.device import AdvertisingType, Connection, Device
from bumble.hci import HCI_ErrorCode
from bumble.keys import MemoryKeyStore

from .advertising import advertisement, scan_response
from .back import Back, Build
from .faults import Faults
from .gatt_server import BackHugServer
from .profile_service import ProfileService
from .radio import Radio


class Peripheral(ProfileService):
    """A BackHug that others can find, connect to and talk with."""

    def __init__(
        self,
        back: Back,
        radio: Radio,
        *,
        faults: Faults | None = None,
        interval: float = 0.1,
        advertise_while_connected: bool = False,
        status_on_subscribe: bool = True,
    ) -> None:
        """Put a back on a radio; `interval` of advertising is in real seconds.

        While connected it advertises not at all, or as not connectable; on enabling
        notifications of Status it notifies at once, or not: the profile allows both.
        """
        super().__init__(
            back, faults or Faults(), status_on_subscribe=status_on_subscribe
        )
        self.radio = radio
        self.interval = interval
        self.advertise_while_connected = advertise_while_connected
        self.connections = 0
        """How often somebody connected."""
        self._device: Device | None = None
        self._stop_observing: Callable[[], None] | None = None
        self._advertising = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    # -- Life

    @property
    def device(self) -> Device:
        """The Bumble device; RuntimeError before `start` and after `stop`."""
        if self._device is None:
            raise RuntimeError("the peripheral is not started")
        return self._device

    async def start(self) -> None:
        """Appear on the radio."""
        build = self.back.build
        advertisement(build), scan_response(build)
        device = await self.radio.open_device(build.name, build.address, self.faults)
        self._device = device
        device.gatt_server = self._server = BackHugServer(device, self, build.mtu)
        device.add_default_services(add_gap_service=True, add_gatt_service=False)
        device.add_services(self._services())
        device.on(device.EVENT_CONNECTION, self._on_connection)
        self._stop_observing = self.back.observe(self)
        if self.back.powered:
            await self._advertise()
        elif self.radio.virtual:
            self.radio.vanish(device, reset=True)

    async def stop(self) -> None:
        """Disappear for good: clients learn at once, and the back stands still."""
        self.back.close()
        await self._leave()

    async def restart(self, build: Build) -> None:
        """Switch off, become another build (say, of newer firmware), switch on."""
        self.back.switch_off()
        keystore = self.device.keystore
        await self._leave()
        self.back.become(build)
        self.back.switch_on()
        await self.start()
        self.device.keystore = keystore

    async def _leave(self) -> None:
        if self._stop_observing is not None:
            self._stop_observing()
            self._stop_observing = None
        device, self._device = self._device, None
        # A command sent to the controller is not withdrawn: its answer would find no waiter.
        async with self._advertising:
            pass
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if device is not None:
            await self.radio.close_device(device)
        self._forget_client()
        self._server = None

    def vanish(self) -> None:
        """Leave the air without a word, as when carried out of reach; stay on."""
        self.radio.vanish(self.device)

    def appear(self) -> None:
        """Come back after `vanish`."""
        self.radio.appear(self.device)

    def drop_link(self) -> None:
        """End the connection now, as the device may do at any time."""
        if self.radio.virtual:
            self.radio.drop(self.device)
        else:
            self._spawn(self._disconnect())

    def forget_bonds(self) -> None:
        """Delete all bonds."""
        self.device.keystore = MemoryKeyStore()

    async def _disconnect(self) -> None:
        if self._connection is not None:
            reason = HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR
            await self.device.disconnect(self._connection, reason)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- Advertising

    async def _advertise(self) -> None:
        """Advertise as the state of power and connection asks for."""
        async with self._advertising:
            if (device := self._device) is None:
                return
            await device.stop_advertising()
            kind = self._advertising_type()
            if kind is None:
                return
            build = self.back.build
            await device.start_advertising(
                advertising_type=kind,
                advertising_data=advertisement(
                    build, other_protocol=self.faults.other_protocol
                ),
                scan_response_data=scan_response(build),
                advertising_interval_min=self.interval * 1000,
                advertising_interval_max=self.interval * 1000,
            )

    def _advertising_type(self) -> AdvertisingType | None:
        if not self.back.powered:
            return None
        if not self.connected:
            return AdvertisingType.UNDIRECTED_CONNECTABLE_SCANNABLE
        if self.advertise_while_connected:
            return AdvertisingType.UNDIRECTED_SCANNABLE
        return None

    # -- Connection

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        self.connections += 1
        connection.once(connection.EVENT_DISCONNECTION, self._on_lost_connection)
        self._spawn(self._advertise())

    def _on_lost_connection(self, _reason: int) -> None:
        self._forget_client()
        if self._device is not None:
            self._spawn(self._advertise())

    @override
    def power_changed(self) -> None:
        on = self.back.powered
        if self._device is None:
            return
        if self.radio.virtual:
            if on:
                self.radio.appear(self._device)
            else:
                self.radio.vanish(self._device, reset=True)
        elif not on:
            self._spawn(self._disconnect())
        self._spawn(self._advertise())
