"""Trial of an adapter that is switched off, and of a Home Assistant that is killed."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
import time

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from development.client import Client
from development.console import say
from development.trial.harness import (
    CONNECTED,
    SESSION,
    SIMULATOR,
    STATE,
    Failure,
    Trial,
)

STRENGTH = "number.backhug_strength"
STOP_TAKES = 10
"""Seconds until a stop must have taken effect."""


@asynccontextmanager
async def system_bus() -> AsyncGenerator[MessageBus]:
    """Yield a connection to the system bus."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        yield bus
    finally:
        bus.disconnect()


async def power(adapter: str, on: bool) -> None:
    """Switch an adapter on or off, as a person does with bluetoothctl."""
    async with system_bus() as bus:
        reply = await bus.call(
            Message(
                destination="org.bluez",
                path=adapter,
                interface="org.freedesktop.DBus.Properties",
                member="Set",
                signature="ssv",
                body=["org.bluez.Adapter1", "Powered", Variant("b", on)],
            )
        )
    if reply.message_type is MessageType.ERROR:
        # Home Assistant may be about to do the same.
        say(f"{'':17}{reply.error_name}: {reply.body[0]}")


class Mishaps(Trial):
    """Mishaps during a session, which must go on."""

    async def adapter_off(self, adapter: str) -> None:
        """Switch the adapter off and on."""
        await self.begin_session(60)
        async with self.step("The adapter is switched off: the connection is lost"):
            await power(adapter, False)
            await self.until(lambda: not self.known("connected"))
        async with self.step("It is switched on: the session goes on, and is changed"):
            await power(adapter, True)
            await self.until(lambda: bool(self.known("connected")))
            # BlueZ may connect by itself: only a command proves that Home Assistant is connected.
            await self.client.act("number.set_value", STRENGTH, value=3)
            await self.until(lambda: self.known("strength") == 3)  # noqa: PLR2004
            await self.until_state(STATE, "treating")

    async def killed(self) -> None:
        """Check that the session is found after Home Assistant was killed, and stop it."""
        async with self.step("Home Assistant was killed: the session is found"):
            await self.until_state(CONNECTED, "on")
            await self.until_state(STATE, "treating")
        async with self.step("Session off: stopped within ten seconds"):
            begin = time.monotonic()
            await self.client.act("switch.turn_off", SESSION)
            await self.until_state(SIMULATOR, "finishing", "standby")
            passed = time.monotonic() - begin
            say(f"{'':17}after {passed:.2f} s")
            if passed > STOP_TAKES:
                raise Failure("that is too long")
            await self.until_state(STATE, "standby", device_time=15)


async def run(port: int, adapter: str, kill: Callable[[], None]) -> int:
    """Run the mishaps up to killing Home Assistant with `kill`; return the number of failed steps."""
    async with Client.connect(port) as client:
        before = Mishaps(client)
        await before.adapter_off(adapter)
        kill()
        await client.closed.wait()
    return before.failures


async def run_after(port: int) -> int:
    """Check the session once Home Assistant has restarted; return the number of failed steps."""
    async with Client.connect(port) as client:
        after = Mishaps(client)
        await after.killed()
    return after.failures
