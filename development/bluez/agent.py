"""Pairing agent that accepts everything, as of a desktop: `python -m development.bluez.agent`."""

import asyncio
import sys

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusObjectPath, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method

from development.console import say

PATH = "/backhug/agent"
CAPABILITY = "NoInputNoOutput"


class Agent(ServiceInterface):
    """org.bluez.Agent1 without a display or keys."""

    def __init__(self) -> None:
        """Create an agent; `serve` registers it."""
        super().__init__("org.bluez.Agent1")

    @dbus_method("Release")
    def release(self) -> None:
        """Log that bluetoothd has unregistered the agent."""
        say("released")

    @dbus_method("RequestAuthorization")
    def request_authorization(self, device: DBusObjectPath) -> None:
        """Accept pairing without a number to compare."""
        say(f"{device} may pair")

    @dbus_method("RequestConfirmation")
    def request_confirmation(self, device: DBusObjectPath, passkey: DBusUInt32) -> None:
        """Accept the number that a device shows."""
        say(f"{device} shows {passkey}")

    @dbus_method("AuthorizeService")
    def authorize_service(self, device: DBusObjectPath, uuid: DBusStr) -> None:
        """Accept that a device uses a service of this machine."""
        say(f"{device} may use {uuid}")

    @dbus_method("Cancel")
    def cancel(self) -> None:
        """Log that the last request was cancelled."""
        say("cancelled")


async def serve() -> int:
    """Serve as the default agent until the bus closes; return an exit code."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    bus.export(PATH, Agent())
    for member, signature, body in (
        ("RegisterAgent", "os", [PATH, CAPABILITY]),
        ("RequestDefaultAgent", "o", [PATH]),
    ):
        reply = await bus.call(
            Message(
                destination="org.bluez",
                path="/org/bluez",
                interface="org.bluez.AgentManager1",
                member=member,
                signature=signature,
                body=body,
            )
        )
        if reply.message_type is MessageType.ERROR:
            say(f"{member}: {reply.error_name}")
            return 1
    await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(serve()))
