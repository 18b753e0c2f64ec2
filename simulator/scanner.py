"""A scanner with which Home Assistant's Bluetooth manager sees and reaches a radio."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import cast, override

from bleak.backends.client import BaseBleakClient
from bleak_retry_connector.bluez import Allocations
from bluetooth_data_tools import monotonic_time_coarse
from bumble.device import Advertisement
from habluetooth import (
    BaseHaRemoteScanner,
    BluetoothScanningMode,
    HaBluetoothConnector,
    get_manager,
)

from .bleak_client import SimulatedClient
from .bluez_client import BlueZClient
from .central import Central
from .dialect import Dialect
from .radio import Radio


class SimulatedScanner(BaseHaRemoteScanner):
    """One proxy of a home: an adapter with a few connection slots.

    Give it to `bluetooth.async_register_scanner`, then call `async_setup`; end it with
    `async_stop`, or with the callback that `async_setup` returns, which does not wait.
    """

    def __init__(
        self,
        radio: Radio,
        source: str,
        name: str = "Simulated radio",
        *,
        slots: int = 3,
        passive: bool = True,
        connectable: bool = True,
        request_timeout: float = 30.0,
        dialect: Dialect = Dialect.BLEAK,
    ) -> None:
        """Describe a scanner; `source` looks like a Bluetooth address.

        One that is not connectable only listens.

        A passive one gets no scan response (the full name) unless the manager asks for
        an active window. The timeout of ATT requests is in real seconds.
        """
        self.central = Central(
            radio,
            f"F0{source[2:]}",
            slots=slots,
            request_timeout=request_timeout,
            dialect=dialect,
            on_slots_changed=self._report_slots,
        )
        client_class = BlueZClient if dialect is Dialect.BLUEZ else SimulatedClient
        client = partial(client_class, central=self.central)
        connector = None
        if connectable:
            connector = HaBluetoothConnector(
                client=cast("type[BaseBleakClient]", client),
                source=source,
                can_connect=lambda: self.central.free > 0,
            )
        mode = BluetoothScanningMode
        super().__init__(
            source,
            name,
            connector,
            connectable,
            requested_mode=mode.AUTO if passive else mode.ACTIVE,
            current_mode=mode.PASSIVE if passive else mode.ACTIVE,
        )
        self._passive = passive
        self._starting: asyncio.Task[None] | None = None
        self._windows = 0

    @override
    def __hash__(self) -> int:
        # The manager keeps scanners in sets: which of two equal ones comes first is to be the same each time.
        return int(self.source.replace(":", ""), 16)

    @property
    def address(self) -> str:
        """The address that the scanner's adapter connects from."""
        return self.central.address

    def set_rssi(self, address: str, rssi: int | None) -> None:
        """Set the signal strength of a peripheral in dBm; None: out of reach."""
        self.central.radio.set_rssi(self.address, address, rssi)

    @override
    def async_setup(self) -> Callable[[], None]:
        unsetup = super().async_setup()
        loop = asyncio.get_running_loop()
        self._starting = loop.create_task(self._start(), name=f"start {self.source}")
        return unsetup

    async def _start(self) -> None:
        await self.central.start()
        self._report_slots()
        await self._scan(active=not self._passive)

    async def async_wait_started(self) -> None:
        """Wait until the adapter scans; RuntimeError before `async_setup`."""
        if self._starting is None:
            raise RuntimeError("the scanner is not set up")
        await self._starting

    async def async_stop(self) -> None:
        """Stop scanning and end every connection, leaving nothing behind."""
        self._unsetup()
        # Callbacks of the ended connections may still run.
        for _ in range(5):
            await asyncio.sleep(0)

    @override
    def _unsetup(self) -> None:
        super()._unsetup()
        if self._starting is not None:
            self._starting.cancel()
        self.central.close()

    async def _scan(self, *, active: bool) -> None:
        await self.central.scan(active=active, callback=self._on_advertisement)

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        if self.central.connecting:
            return
        self._async_on_raw_advertisement(
            advertisement.address.to_string(False),
            advertisement.rssi,
            bytes(advertisement.data),
            {"address_type": 1},
            monotonic_time_coarse(),
        )

    @override
    async def async_request_active_window(self, duration: float) -> bool:
        """Scan actively for some seconds; False where that changes nothing."""
        if not self._passive or self._starting is None or not self._starting.done():
            return False
        self._windows += 1
        await self._set_active(active=True)
        try:
            await asyncio.sleep(duration)
        finally:
            self._windows -= 1
            if not self._windows and self.central.started:
                await self._set_active(active=False)
        return True

    async def _set_active(self, *, active: bool) -> None:
        await self._scan(active=active)
        mode = BluetoothScanningMode
        self.set_current_mode(mode.ACTIVE if active else mode.PASSIVE)

    @override
    def get_allocations(self) -> Allocations:
        return Allocations(
            adapter=self.source,
            slots=self.central.slots,
            free=self.central.free,
            allocated=list(self.central.allocated),
        )

    def _report_slots(self) -> None:
        if self.connectable:
            get_manager().async_on_allocation_changed(self.get_allocations())
