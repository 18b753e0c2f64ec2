"""Pairing agent for BlueZ: consents to pairing with our devices.

BlueZ pairs by itself when a write needs encryption, and asks an agent on D-Bus for consent. Home Assistant has none;
without one BlueZ never answers that write, and nothing else gets through on that connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
import logging
from typing import TYPE_CHECKING, Final

from bleak import BleakClient
from bleak.backends import BleakBackend

if TYPE_CHECKING:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

_LOGGER = logging.getLogger(__name__)

REGISTER_TIMEOUT: Final = 1.0
"""Seconds to register the agent; it takes a few milliseconds."""
_PATH: Final = "/backhug/pairing_agent"
_INTERFACE: Final = "org.bluez.Agent1"
_CONSENT: Final = frozenset(
    {"RequestAuthorization", "RequestConfirmation", "AuthorizeService"}
)
_NOTICES: Final = frozenset({"Release", "Cancel"})


class PairingAgent:
    """An org.bluez.Agent1 without input and output, registered only while a device may pair."""

    def __init__(self) -> None:
        """Begin unregistered."""
        self._devices: list[str] = []
        self._buses: list[MessageBus] = []

    @asynccontextmanager
    async def registered(self, client: BleakClient) -> AsyncGenerator[None]:
        """Consent to pairing with the device of a connection within the context.

        Does nothing on other backends. A failure to register is logged at debug level only.
        """
        if client.backend_id != BleakBackend.BLUEZ_DBUS or not client.is_connected:
            yield
            return
        device = f"dev_{client.address.upper().replace(':', '_')}"
        self._devices.append(device)
        try:
            if not self._buses:
                await self._register()
            yield
        finally:
            self._devices.remove(device)
            if not self._devices:
                # BlueZ asks one agent for all devices: it stays until none may pair any more.
                for bus in self._buses:
                    bus.disconnect()
                self._buses.clear()

    async def _register(self) -> None:
        """Register with BlueZ, which unregisters the agent as its bus disconnects.

        The first agent to register becomes the default agent, which is the one that BlueZ asks; where there is one
        already, it keeps that role. Therefore not RequestDefaultAgent.
        """
        try:
            # BlueZ is in use: bleak has imported them.
            from bleak.backends.bluezdbus.utils import (
                assert_reply,
                get_dbus_authenticator,
            )
            from dbus_fast import BusType, Message
            from dbus_fast.aio import MessageBus

            with ExitStack() as stack:
                bus = MessageBus(bus_type=BusType.SYSTEM, auth=get_dbus_authenticator())
                stack.callback(bus.disconnect)
                bus.add_message_handler(self._answer)
                async with asyncio.timeout(REGISTER_TIMEOUT):
                    await bus.connect()
                    reply = await bus.call(
                        Message(
                            destination="org.bluez",
                            path="/org/bluez",
                            interface="org.bluez.AgentManager1",
                            member="RegisterAgent",
                            signature="os",
                            body=[_PATH, "NoInputNoOutput"],
                        )
                    )
                assert_reply(reply)
                stack.pop_all()
                self._buses.append(bus)
        except Exception as error:  # noqa: BLE001 (another agent may be there)
            _LOGGER.debug("No pairing agent: %r", error)

    def _answer(self, message: Message) -> Message | bool:
        """Answer what BlueZ asks the agent; return False for any other message."""
        if message.interface != _INTERFACE:
            return False
        if message.member in _NOTICES:
            return True
        if message.member in _CONSENT and _device(message.body[0]) in self._devices:
            return message.new_method_return(message)
        return message.new_error(message, "org.bluez.Error.Rejected", "not a BackHug")


def _device(path: str) -> str:
    """Return the last part of a device's object path, whatever the adapter."""
    return path.rpartition("/")[2]


PAIRING_AGENT: Final = PairingAgent()
"""One for all devices: a second one would not be asked."""
