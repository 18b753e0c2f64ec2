"""A pairing agent for BlueZ, which asks one on D-Bus for consent before it pairs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dbus_fast import Message

_PATH = "/backhug/conformance"
_INTERFACE = "org.bluez.Agent1"
_CONSENT = ("RequestAuthorization", "RequestConfirmation", "AuthorizeService")
_NOTICES = ("Release", "Cancel")
_SECONDS = 5.0


@asynccontextmanager
async def pairing_agent(address: str) -> AsyncGenerator[None]:
    """Consent to pairing with one device within the context; does nothing without BlueZ.

    Without an agent BlueZ never answers a write that needs encryption. An agent that is
    there already, as of a desktop, is asked instead of this one.
    """
    if sys.platform != "linux":
        yield
        return
    # Only there it comes with bleak.
    from dbus_fast import BusType, Message
    from dbus_fast.aio import MessageBus
    from dbus_fast.errors import DBusFastError

    bus = MessageBus(bus_type=BusType.SYSTEM)
    bus.add_message_handler(lambda message: answer(message, address))
    try:
        # Without BlueZ, the scan says so.
        with suppress(OSError, DBusFastError, TimeoutError):
            async with asyncio.timeout(_SECONDS):
                await bus.connect()
                await bus.call(
                    Message(
                        destination="org.bluez",
                        path="/org/bluez",
                        interface="org.bluez.AgentManager1",
                        member="RegisterAgent",
                        signature="os",
                        body=[_PATH, "NoInputNoOutput"],
                    )
                )
        yield
    finally:
        bus.disconnect()


def answer(message: Message, address: str) -> Message | bool:
    """Answer a message to the agent; return False if it is not for it."""
    if message.interface != _INTERFACE:
        return False
    if message.member in _NOTICES:
        return True
    device = f"/dev_{address.upper().replace(':', '_')}"
    if message.member in _CONSENT and message.body[0].endswith(device):
        return message.new_method_return(message)
    return message.new_error(message, "org.bluez.Error.Rejected", "another device")
