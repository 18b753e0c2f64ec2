"""An adapter in the central role, with the few connection slots that one has."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from bleak.backends.service import BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError
from bumble.core import BaseBumbleError
from bumble.device import Advertisement, Connection, Device
from bumble.hci import Address, HCI_Error, HCI_LE_Create_Connection_Cancel_Command

from .dialect import Dialect
from .radio import Radio


class Central:
    """A Bumble device that scans, and connects to at most `slots` peripherals."""

    def __init__(
        self,
        radio: Radio,
        address: str,
        *,
        slots: int = 3,
        request_timeout: float = 30.0,
        dialect: Dialect = Dialect.BLEAK,
        on_slots_changed: Callable[[], None] = lambda: None,
    ) -> None:
        """Describe an adapter; the address is static random, times are real seconds."""
        self.radio = radio
        self.address = address
        self.slots = slots
        self.request_timeout = request_timeout
        """How long an ATT request may take before it is given up."""
        self.dialect = dialect
        """How the clients of this adapter behave where backends differ."""
        self.agent = True
        """Whether there is a pairing agent, without which BlueZ pairs nothing."""
        self.blocked: set[str] = set()
        """The addresses to which BlueZ writes nothing any more, since a pairing failed."""
        self.removed: set[str] = set()
        """The addresses that BlueZ has forgotten, until they are heard again."""
        self.unannounced: list[frozenset[str]] = []
        """A fault: the UUIDs of characteristics that the next discoveries leave out, one set for each."""
        self.services: dict[str, BleakGATTServiceCollection] = {}
        """The GATT cache: what was discovered, by address."""
        self.allocated: list[str] = []
        """The addresses that occupy a connection slot."""
        self.attempts: Counter[str] = Counter()
        """How often somebody has tried to connect, by address."""
        self.heedless = False
        """A fault: whoever gives a request up, or is cancelled, waits for its end all the same."""
        self.cancels = 0
        """A fault: so many of the next requests end as if somebody had cancelled them, which nobody did."""
        self._on_slots_changed = on_slots_changed
        self._device: Device | None = None
        self._connecting = asyncio.Lock()
        self._pending: asyncio.Task[Connection] | None = None
        self._abandoning: asyncio.Task[None] | None = None

    @property
    def device(self) -> Device:
        """The Bumble device; BleakError while the adapter is not started."""
        if self._device is None:
            raise BleakError(f"the adapter {self.address} is not started")
        return self._device

    @property
    def started(self) -> bool:
        """Whether the adapter is open."""
        return self._device is not None

    @property
    def connecting(self) -> bool:
        """Whether it is connecting: it hears nothing meanwhile."""
        return self._connecting.locked()

    @property
    def free(self) -> int:
        """How many connection slots are free."""
        return max(self.slots - len(self.allocated), 0)

    async def start(self) -> None:
        """Open the adapter."""
        self._device = await self.radio.open_device("Central", self.address)

    def close(self) -> None:
        """Close the adapter at once; its peers learn that the connections ended."""
        if self._abandoning is not None:
            self._abandoning.cancel()
        if (device := self._device) is not None:
            self._device = None
            self.radio.discard_device(device)
            # A caller that waits for the controller would wait for ever.
            device.emit(device.EVENT_FLUSH)
            if self._pending is not None:
                # Bumble listens for that only once the controller has taken the command.
                self._pending.cancel()

    async def scan(
        self, *, active: bool, callback: Callable[[Advertisement], None]
    ) -> None:
        """Scan from now on, in place of an earlier scan."""
        device = self.device
        if device.scanning:
            await device.stop_scanning()
        device.remove_all_listeners(device.EVENT_ADVERTISEMENT)
        device.on(device.EVENT_ADVERTISEMENT, self._heard)
        device.on(device.EVENT_ADVERTISEMENT, callback)
        await device.start_scanning(active=active)

    def _heard(self, advertisement: Advertisement) -> None:
        self.removed.discard(advertisement.address.to_string(False))

    def remove(self, address: str) -> bool:
        """Forget the services of a peripheral; BlueZ forgets all there is of it. Returns whether they were known."""
        if self.dialect is Dialect.BLUEZ:
            self.blocked.discard(address)
            self.removed.add(address)
        return self.services.pop(address, None) is not None

    async def connect(self, address: str, timeout: float) -> Connection:  # noqa: ASYNC109
        """Connect, occupying a slot until `release`.

        BleakError without a free slot or if it fails, TimeoutError if it takes longer.
        """
        self.attempts[address] += 1
        if address in self.removed:
            raise BleakDeviceNotFoundError(
                address, f"Device with address {address} was not found."
            )
        if not self.free or address in self.allocated:
            raise BleakError(f"{address}: no connection slot is free")
        self.allocated.append(address)
        self._on_slots_changed()
        try:
            async with asyncio.timeout(timeout), self._connecting:
                return await self._connect(address)
        except BaseException:
            self.release(address)
            raise

    def release(self, address: str) -> None:
        """Give a connection slot back."""
        if address in self.allocated:
            self.allocated.remove(address)
            self._on_slots_changed()

    async def _connect(self, address: str) -> Connection:
        if self._abandoning is not None:
            await asyncio.wait({self._abandoning})
        peer = Address(address, Address.RANDOM_DEVICE_ADDRESS)
        device = self.device
        # Bumble fails if it is cancelled at the moment of completion.
        connecting = self._pending = asyncio.get_running_loop().create_task(
            device.connect_le(peer, timeout=None)
        )
        connecting.add_done_callback(self._connected)
        try:
            await asyncio.wait({connecting})
            connection = connecting.result()
        except asyncio.CancelledError:
            if self.started:
                self._abandon(device, connecting)
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise BleakError(f"{address}: the adapter was closed") from None
        except (BaseBumbleError, HCI_Error) as error:
            raise BleakError(f"{address}: {error}") from error
        if device.lookup_connection(connection.handle) is not connection:
            raise BleakError(f"{address}: the connection was not established")
        return connection

    def _connected(self, connecting: asyncio.Task[Connection]) -> None:
        if self._pending is connecting:
            self._pending = None
        # Only a waiting caller uses the result.
        _ = connecting.cancelled() or connecting.exception()

    def _abandon(self, device: Device, connecting: asyncio.Task[Connection]) -> None:
        """Give up a pending connection; the next one waits until that is done."""
        loop = asyncio.get_running_loop()
        self._abandoning = loop.create_task(_cancel_connection(device, connecting))
        self._abandoning.add_done_callback(self._abandoned)

    def _abandoned(self, task: asyncio.Task[None]) -> None:
        if self._abandoning is task:
            self._abandoning = None


async def _cancel_connection(
    device: Device, connecting: asyncio.Task[Connection]
) -> None:
    with suppress(HCI_Error):
        # It is refused if the connection was made at that very moment.
        await device.send_sync_command(HCI_LE_Create_Connection_Cancel_Command())
    await asyncio.wait({connecting})
    if not connecting.cancelled() and connecting.exception() is None:
        with suppress(BaseBumbleError, HCI_Error):
            await connecting.result().disconnect()
