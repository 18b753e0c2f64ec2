"""An adapter for a host stack outside: here Bumble's own, at the other end of a terminal."""

import asyncio
from collections.abc import AsyncGenerator
import errno
from itertools import pairwise
import os
from pathlib import Path
import time
from typing import Any

from bumble import hci
from bumble.core import UUID
from bumble.device import (
    Advertisement,
    Connection,
    ConnectionParametersPreferences,
    Device,
    Peer,
)
from bumble.transport import open_transport
from bumble.transport.common import Transport
import pytest

from simulator import protocol
from simulator.adapter import LinuxSink
from simulator.back import Back, Build, ManualClock
from simulator.peripheral import Peripheral
from simulator.radio import Radio

from .waiting import INTERVAL, until

ADDRESS = "00:1A:7D:DA:71:13"
BACKHUG = hci.Address(Build().address, hci.Address.RANDOM_DEVICE_ADDRESS)
SOMEBODY = hci.Address("C0:00:00:00:00:01", hci.Address.RANDOM_DEVICE_ADDRESS)
UNFILTERED, ACCEPTED = 0, 1


class Outside:
    """A BackHug and an adapter on one radio, and the host that has the adapter."""

    def __init__(self) -> None:
        """Make the parts; nobody is on the air yet."""
        self.radio = Radio(supervision_timeout=30)
        self.back = Back(Build(), ManualClock())
        self.peripheral = Peripheral(self.back, self.radio, interval=INTERVAL)
        self.heard: list[Advertisement] = []
        self.ended: list[int] = []
        self._transport: Transport | None = None

    async def start(self, path: Path) -> None:
        """Start everything, with a terminal at `path` between adapter and host."""
        await self.peripheral.start()
        self.adapter = await self.radio.open_adapter(ADDRESS, f"pty:{path}")
        self._transport = await open_transport(f"file:{path}")
        self.host = Device.with_hci(
            "Outside",
            hci.Address(ADDRESS, hci.Address.PUBLIC_DEVICE_ADDRESS),
            self._transport.source,
            self._transport.sink,
        )
        self.host.on(self.host.EVENT_ADVERTISEMENT, self.heard.append)
        await self.host.power_on()

    async def connect(self, supervision: int) -> Connection:
        """Connect with the BackHug, asking for a supervision timeout in milliseconds."""
        parameters = ConnectionParametersPreferences(supervision_timeout=supervision)
        connection = await self.host.connect_le(
            BACKHUG,
            connection_parameters_preferences={hci.Phy.LE_1M: parameters},
            own_address_type=hci.OwnAddressType.PUBLIC,
        )
        connection.on(connection.EVENT_DISCONNECTION, self.ended.append)
        return connection

    async def command(self, command: hci.HCI_SyncCommand[Any]) -> None:
        """Send a command that must succeed."""
        await self.host.send_sync_command(command)

    async def listen(self, policy: int, *, duplicates: bool) -> None:
        """Scan for half a second with a filter policy, with or without duplicates."""
        self.heard.clear()
        await self.command(
            hci.HCI_LE_Set_Scan_Parameters_Command(
                le_scan_type=0,
                le_scan_interval=16,
                le_scan_window=16,
                own_address_type=hci.OwnAddressType.PUBLIC,
                scanning_filter_policy=policy,
            )
        )
        for enable in True, False:
            await self.command(
                hci.HCI_LE_Set_Scan_Enable_Command(
                    le_scan_enable=enable, filter_duplicates=not duplicates
                )
            )
            await asyncio.sleep(0.5 if enable else 0)

    async def stop(self) -> None:
        """Leave nothing behind."""
        await self.peripheral.stop()
        await self.radio.close()
        if self._transport is not None:
            await self._transport.close()


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncGenerator[Outside]:
    """Yield a host outside, ready to listen and to connect."""
    outside = Outside()
    try:
        await outside.start(tmp_path / "hci")
        yield outside
    finally:
        await outside.stop()


async def test_missing_transport_is_named() -> None:
    """The missing transport is named."""
    with pytest.raises(OSError, match="/nowhere"):
        await Radio().open_adapter(ADDRESS, "vhci:/nowhere")


async def test_adapter_outlasts_being_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linux takes no packet then, and all again once it is on; another error is one."""
    os.mkfifo(tmp_path / "vhci")
    radio = Radio()
    adapter = await radio.open_adapter(ADDRESS, f"vhci:{tmp_path / 'vhci'}")
    assert isinstance(adapter.host, LinuxSink)
    event = bytes(hci.HCI_Inquiry_Complete_Event(status=0))
    written: list[bytes] = []
    results = [OSError(errno.ENXIO, "off"), None, OSError(errno.EBADF, "closed")]

    def write(_device: int, packet: bytes) -> None:
        if (error := results.pop(0)) is not None:
            raise error
        written.append(packet)

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write)
        adapter.host.on_packet(event)
        adapter.host.on_packet(event)
        with pytest.raises(OSError, match="closed"):
            adapter.host.on_packet(event)
    assert written == [event]
    await radio.close()


async def test_signal_strength_varies(outside: Outside) -> None:
    """Linux reports a device again only if something about it has changed."""
    await outside.listen(UNFILTERED, duplicates=False)
    strengths = [each.rssi for each in outside.heard]
    assert len(strengths) > 5
    assert all(one != other for one, other in pairwise(strengths))


async def test_accept_list(outside: Outside) -> None:
    """A passive scan of Linux asks for some devices only."""
    add, remove = (
        hci.HCI_LE_Add_Device_To_Filter_Accept_List_Command,
        hci.HCI_LE_Remove_Device_From_Filter_Accept_List_Command,
    )
    kind = hci.AddressType.RANDOM_DEVICE
    await outside.command(add(address_type=kind, address=SOMEBODY))
    await outside.listen(ACCEPTED, duplicates=True)
    assert outside.heard == []
    await outside.command(add(address_type=kind, address=BACKHUG))
    await outside.listen(ACCEPTED, duplicates=True)
    assert outside.heard != []
    await outside.command(remove(address_type=kind, address=BACKHUG))
    await outside.listen(ACCEPTED, duplicates=True)
    assert outside.heard == []
    await outside.command(add(address_type=kind, address=BACKHUG))
    await outside.command(hci.HCI_LE_Clear_Filter_Accept_List_Command())
    await outside.listen(ACCEPTED, duplicates=True)
    assert outside.heard == []


async def test_from_a_public_address(outside: Outside) -> None:
    """Requests go out and responses come back."""
    connection = await outside.connect(1000)
    peer = Peer(connection)
    await peer.discover_services()
    await peer.discover_characteristics()
    (status,) = peer.get_characteristics_by_uuid(UUID(protocol.STATUS))
    assert await status.read_value() == protocol.encode_status(outside.back.status())
    await connection.disconnect()
    await until(lambda: not outside.peripheral.connected)


@pytest.mark.parametrize("updated", [False, True])
async def test_supervision_timeout_is_the_requested_one(
    outside: Outside, updated: bool
) -> None:
    """A device that vanishes is lost after the timeout that the host requested."""
    connection = await outside.connect(20_000 if updated else 400)
    if updated:
        await connection.update_parameters(
            connection_interval_min=15,
            connection_interval_max=15,
            max_latency=0,
            supervision_timeout=400,
            use_l2cap=False,
        )
    begin = time.monotonic()
    outside.peripheral.vanish()
    await until(lambda: outside.ended)
    assert outside.ended == [hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR]
    assert 0.3 < time.monotonic() - begin < 2


async def test_reset(outside: Outside) -> None:
    """A host that was reset says nothing to its peers: they notice in time."""
    outside.radio.air.supervision_timeout = 0.3
    await outside.connect(20_000)
    await until(lambda: outside.peripheral.connected)
    await outside.command(hci.HCI_Reset_Command())
    assert outside.adapter.le_connections == {}
    assert outside.peripheral.connected
    await until(lambda: not outside.peripheral.connected)
