"""Cases that Bumble does not handle by itself: a cancellation at the moment of completion."""

import asyncio
from collections.abc import AsyncGenerator

from bumble.core import PhysicalTransport
from bumble.device import Device
from bumble.hci import (
    Address,
    HCI_Command_Status_Event,
    HCI_ErrorCode,
    HCI_LE_Create_Connection_Command,
)
import pytest

from simulator.radio import Radio

NOBODY = Address("C0:FF:EE:00:00:01", Address.RANDOM_DEVICE_ADDRESS)


@pytest.fixture
async def device() -> AsyncGenerator[Device]:
    """Yield a device without others in reach."""
    radio = Radio()
    yield await radio.open_device("Central", "00:00:00:00:5C:01")
    await radio.close()


async def test_failure_of_a_cancelled_connect_is_ignored(device: Device) -> None:
    """A connect that fails at the moment of its cancellation raises nothing."""
    connecting = asyncio.get_running_loop().create_task(
        device.connect_le(NOBODY, timeout=None)
    )
    while not device.is_le_connecting:
        await asyncio.sleep(0)
    for _ in range(2):
        device.on_connection_failure(
            PhysicalTransport.LE,
            NOBODY,
            HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
        )
    with pytest.raises(Exception, match="UNKNOWN_CONNECTION_IDENTIFIER"):
        await connecting


async def test_response_to_a_cancelled_command_is_ignored(device: Device) -> None:
    """A response at the moment of its command's cancellation is dropped."""
    waiting = asyncio.get_running_loop().create_future()
    waiting.cancel()
    device.host.pending_response = waiting
    device.host.on_command_processed(
        HCI_Command_Status_Event(
            status=HCI_ErrorCode.SUCCESS,
            num_hci_command_packets=1,
            command_opcode=HCI_LE_Create_Connection_Command.op_code,
        )
    )
    assert waiting.cancelled()
    device.host.pending_response = None


async def test_data_for_an_ended_connection_is_dropped(
    device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    """Data for a connection that has just ended is lost silently."""
    device.host.send_acl_sdu(1, b"late")
    assert caplog.messages == []
