"""Persistence: history, options and entry, also over a restart."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
import json
import time
from typing import Any

from development.client import Client, InstanceError
from development.console import say

from .harness import CONNECTED, EVENT, SESSION, SIMULATOR, STATE, Failure, Trial
from .programmes import ARMED, NAME, PROGRAMME, Programmes

MAP = "image.backhug_tension_map"
TREATED = "sensor.backhug_minutes_treated"
ADDRESS = "C0:FF:EE:00:7F:2A"
RESTART_TAKES = 120
"""Seconds until Home Assistant must be back."""


class Keeping(Trial):
    """Checks of stored data, and changes of the entry."""

    async def history(self) -> None:
        """Ask for the tension of the last sessions, before and after a reload."""
        before: list[Any] = []
        async with self.step("get_tension: the last session, before, after, change"):
            await self.until(self._completed, device_time=30)
            before = await self.sessions()
            newest = before[0]
            change = newest["change"]["back"]
            say(f"{'':17}{len(before)} sessions; the last one changed it by {change} %")
            if len(newest["before"]["fingers"]) != 28:  # noqa: PLR2004, as it is built
                raise Failure(str(newest["before"]))
        treated = self.client.state(TREATED)
        async with self.step("Reloaded: the same history, the same minutes"):
            await self.reload()
            await self.until_state(CONNECTED, "on")
            if await self.sessions() != before:
                raise Failure("it is another one")
            if self.client.state(TREATED) != treated:
                raise Failure(f"{self.client.state(TREATED)} instead of {treated}")

    def _completed(self) -> bool:
        attributes = self.client.states[EVENT]["attributes"]
        return (attributes["event_type"], attributes["session"]) == (
            "completed",
            self.known("session_number"),
        )

    async def sessions(self) -> list[Any]:
        """Return the stored sessions with tension, newest first."""
        response = await self.client.ask("backhug.get_tension", SESSION, sessions=500)
        (device,) = response["devices"]
        return list(device["sessions"])

    async def tension_map(self) -> None:
        """Look at the picture that the last session left."""
        async with self.step("The tension map has changed; it is a picture"):
            # Before the session, live, and after it.
            if len(self.client.seen(MAP)) < 3:  # noqa: PLR2004
                raise Failure(f"its states were {self.client.seen(MAP)}")
            picture = self.client.states[MAP]["attributes"]["entity_picture"]
            svg = await self.client.get(picture)
            if not svg.startswith("<svg"):
                raise Failure(svg[:80])
            say(f"{'':17}{len(svg) // 1000} kB of SVG")

    async def on_demand(self) -> None:
        """Have the connection only when it is needed."""
        await self.rest()
        try:
            async with self.step("Connection on demand: closed after ten seconds"):
                await self._options(connection="on_demand", idle_time=10)
                # The connection of before may last a while yet: BlueZ takes two seconds to end one.
                await self.until_state(CONNECTED, "on")
                await self.until(lambda: bool(self.known("connected")))
                begin = time.monotonic()
                await self.until(lambda: not self.known("connected"))
                say(f"{'':17}after {time.monotonic() - begin:.0f} s")
            async with self.step("What was last known stays shown; Connected is off"):
                await self.until_state(CONNECTED, "off")
                if self.client.state(STATE) != "standby":
                    raise Failure(f"State is {self.client.state(STATE)}")
            async with self.step("A command connects by itself, within ten seconds"):
                begin = time.monotonic()
                await self.client.act(
                    "number.set_value", "number.backhug_strength", value=6
                )
                if (passed := time.monotonic() - begin) > 10:  # noqa: PLR2004
                    raise Failure(f"it took {passed:.1f} s")
                await self.until_state("number.backhug_strength", "6")
        finally:
            await self._options(connection="always", idle_time=60)
        async with self.step("Always connected again"):
            await self.until_state(CONNECTED, "on")

    async def _options(self, **options: Any) -> None:
        flows = "/api/config/config_entries/options/flow"
        menu = await self.client.post(flows, json={"handler": await self.entry_id()})
        path = f"{flows}/{menu['flow_id']}"
        await self.client.post(path, json={"next_step_id": "connection"})
        self.client.trace.clear()
        result = await self.client.post(
            path, json={"tell_unreachable": False, **options}
        )
        if result["type"] != "create_entry":
            raise Failure(str(result))
        await self._reloaded()

    async def _reloaded(self) -> None:
        """Wait until the entry is reloaded, since the trace was cleared."""
        await self.until(lambda: "unavailable" in self.client.seen(CONNECTED))

    async def reconfigure(self) -> None:
        """Contact the device again, from the menu of the entry."""
        async with self.step("Reconfigured: contacted and read again"):
            path = "/api/config/config_entries/flow"
            form = await self.client.post(
                path, json={"handler": "backhug", "entry_id": await self.entry_id()}
            )
            self.client.trace.clear()
            result = await self.client.post(
                f"{path}/{form['flow_id']}", json={"address": ADDRESS}
            )
            if result.get("reason") != "reconfigure_successful":
                raise Failure(str(result))
            await self._reloaded()
            await self.until_state(CONNECTED, "on")

    async def diagnostics(self) -> None:
        """Download the diagnostics."""
        async with self.step("Diagnostics: with the history, without the address"):
            path = f"/api/diagnostics/config_entry/{await self.entry_id()}"
            found = await self.client.get(path)
            if isinstance(found, str):
                found = json.loads(found)
            history = found["data"]["history"]
            treated = history["minutes_treated"]
            say(f"{'':17}{history['sessions']} sessions, {treated} minutes")
            ours = json.dumps(found["data"])
            if ADDRESS in ours or str(treated) != self.client.state(TREATED):
                raise Failure(str(history))


async def _attempt(stack: AsyncExitStack, port: int) -> Client | None:
    """Return a client of the instance, or None while it has not started yet."""
    with suppress(InstanceError):
        client = await stack.enter_async_context(Client.connect(port))
        if SIMULATOR in client.states and SESSION in client.states:
            return client
        await stack.aclose()
    return None


@asynccontextmanager
async def _back(port: int) -> AsyncGenerator[Client]:
    """Connect with the instance as soon as it has started again."""
    async with AsyncExitStack() as stack:
        async with asyncio.timeout(RESTART_TAKES):
            while True:
                if (client := await _attempt(stack, port)) is not None:
                    break
                await asyncio.sleep(1)
        yield client


async def restart(port: int) -> int:
    """Restart Home Assistant itself; return how many steps failed."""
    failures = 0
    async with Client.connect(port) as client:
        programmes, keeping = Programmes(client), Keeping(client)
        await programmes.own()
        await programmes.rest(person=False)
        await client.act("select.select_option", PROGRAMME, option=NAME)
        await client.act("backhug.start_session", SESSION, when_occupied=True)
        await programmes.until(lambda: client.state(ARMED) != "unknown")
        sessions, treated = await keeping.sessions(), client.state(TREATED)
        say(
            f"{'':17}{len(sessions)} sessions, {treated} minutes, armed. Restarting ..."
        )
        begin = time.monotonic()
        restarting = client.command(
            {
                "type": "call_service",
                "domain": "homeassistant",
                "service": "restart",
            }
        )
        # The answer may not come any more.
        request = asyncio.create_task(restarting)
        async with asyncio.timeout(RESTART_TAKES):
            await client.closed.wait()
        request.cancel()
        failures += programmes.failures
    async with _back(port) as client:
        programmes, keeping = Programmes(client), Keeping(client)
        async with keeping.step("It is connected again"):
            await keeping.until_state(CONNECTED, "on")
            say(
                f"{'':17}{time.monotonic() - begin:.0f} s after the restart was asked for"
            )
        async with keeping.step("The history is the same"):
            if await keeping.sessions() != sessions or client.state(TREATED) != treated:
                raise Failure(f"{client.state(TREATED)} instead of {treated} minutes")
        async with keeping.step("The programme is there, and chosen"):
            await keeping.until_state(PROGRAMME, NAME)
        async with keeping.step("It is not armed any more: lying down starts nothing"):
            await keeping.until_state(ARMED, "unknown")
            await client.act(
                "switch.turn_on", "switch.simulator_backhug_somebody_lies_on_it"
            )
            await asyncio.sleep(1)
            if client.state(SIMULATOR) != "standby":
                raise Failure("a session was started")
        await client.act("select.select_option", PROGRAMME, option="none")
        await programmes.remove_own()
        return failures + keeping.failures + programmes.failures
