"""Runs an owner's tasks on the development instance; `scripts/try` runs it."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial
import sys
import time

from development.client import Client, InstanceError
from development.console import say

from .consulting import Consulting
from .harness import (
    CONNECTED,
    PATIENCE,
    PERSON,
    POWER,
    REACH,
    RUNNING,
    SESSION,
    SIMULATOR,
    STATE,
    Failure,
    Trial,
)
from .keeping import Keeping, restart
from .programmes import Programmes

SECOND_ADDRESS = "C0:FF:EE:00:26:C4"
REFUSALS = "homeassistant.components.websocket_api.http.connection"
OUTDATED = "homeassistant.helpers.frame"
TENSION = "sensor.backhug_tension"
TENSION_MAP = "image.backhug_tension_map"
ENDED_BY = "sensor.backhug_last_session_ended_by"
HOLD = "switch.backhug_hold_connection"


class Owner(Trial):
    """The steps, each with the limits that the project sets itself."""

    async def discovery(self) -> None:
        """Add the second device, and remove it again."""
        command = self.client.command
        for entry in await command({"type": "config_entries/get", "domain": "backhug"}):
            if entry["title"].endswith("26C4"):
                await self.client.delete(
                    f"/api/config/config_entries/entry/{entry['entry_id']}"
                )
        async with self.step("The second BackHug is discovered"):
            flow = await self._discovered()
        async with self.step("It is added with one confirmation"):
            result = await self.client.post(
                f"/api/config/config_entries/flow/{flow}", json={}
            )
            if result["type"] != "create_entry":
                raise Failure(str(result))
        async with self.step("It connects, with its own strengths and areas"):
            await self.until_state("binary_sensor.backhug_26c4_connected", "on")
            await self.until_state("number.backhug_26c4_strength", "2")
            states = self.client.states
            levels = states["number.backhug_26c4_strength"]["attributes"]["max"]
            areas = states["select.backhug_26c4_area"]["attributes"]["options"]
            if (levels, len(areas)) != (6, 3):
                raise Failure(f"{levels} strengths, areas {areas}")
        async with self.step("Removed, it is discovered again"):
            await self.client.delete(
                f"/api/config/config_entries/entry/{result['result']['entry_id']}"
            )
            await self._discovered()

    async def _discovered(self) -> str:
        """Return the discovery flow of the second device, once there is one."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for flow in await self.client.command(
                    {"type": "config_entries/flow/progress"}
                ):
                    if flow["context"].get("unique_id") == SECOND_ADDRESS:
                        return str(flow["flow_id"])
                await asyncio.sleep(0.2)

    async def session(self) -> None:
        """Start, change everything live, pause, stop."""
        act, state = self.client.act, self.client.state
        self.client.trace.clear()
        async with self.step("Session on: scanning, then treating"):
            await self.begin_session()
            seen = self.client.seen(STATE)
            if seen[-2:] != ["scanning", "treating"]:
                raise Failure(f"the states were {seen}")
        await self._change("strength", "number.set_value", "number", value=9)
        area = {"option": "shoulder_blades"}
        await self._change("area", "select.select_option", "select", **area)
        await self._change("flow", "select.select_option", "select", option="pulse")
        async with self.step("Session off: stopped within a second"):
            begin = time.monotonic()
            await act("switch.turn_off", SESSION)
            await self.until_state(STATE, "finishing", "standby")
            if (passed := time.monotonic() - begin) > 1:
                raise Failure(f"it took {passed:.1f} s")
            if state(SIMULATOR) in RUNNING:
                raise Failure("the simulator's session still runs")
        async with self.step("It ended because Home Assistant stopped it; standby"):
            await self.until_state(ENDED_BY, "stopped_by_client")
            await self.until_state(STATE, "standby", device_time=15)

    async def _change(
        self, what: str, action: str, domain: str, **data: object
    ) -> None:
        """Change a setting of the running session."""
        (value,) = data.values()
        entity = f"{domain}.backhug_{what}"
        async with self.step(f"{what.title()} changes live, and the simulator agrees"):
            await self.client.act(action, entity, **data)
            await self.until(lambda: self.known(what) == value)
            await self.until_state(entity, str(value))

    async def person(self) -> None:
        """Get up in the middle of it."""
        act = self.client.act
        await self.begin_session()
        async with self.step("The person gets up: paused"):
            await act("switch.turn_off", PERSON)
            await self.until_state(STATE, "paused")
        async with self.step("The person stays away: ended (a minute of device time)"):
            await self.until_state(ENDED_BY, "person_left", device_time=60)
            await self.until_state(STATE, "standby", device_time=15)
        async with self.step("Nobody lies on it: refused, with a reason"):
            try:
                await act("switch.turn_on", SESSION)
            except InstanceError as error:
                say(f"{'':17}“{error}”")
            else:
                raise Failure("the session was started")
        await act("switch.turn_on", PERSON)

    async def tension(self) -> None:
        """Let a session of twenty minutes pass: the tension before and after."""
        await self.client.act(
            "select.select_option", "select.backhug_area", option="full_back"
        )
        self.client.trace.clear()
        await self.begin_session()
        before: list[int] = []
        async with self.step("Tension before"):
            await self.until(lambda: self._measured("before") != [])
            before = self._measured("before")
        async with self.step("Tension after (a session of 20 minutes): it is less"):
            await self.until(lambda: self._measured("after") != [], 20 * 60 + 30)
            after = self._measured("after")
            say(f"{'':17}{before[-1] if before else '?'} % before, {after[-1]} % after")
            if after[-1] >= max(before, default=100):
                raise Failure("it relieved nothing")
        async with self.step("It ended by itself; the tension map has a picture"):
            await self.until_state(ENDED_BY, "completed")
            if (drawn := self.client.state(TENSION_MAP)) in {"unknown", "unavailable"}:
                raise Failure(drawn)

    def _measured(self, phase: str) -> list[int]:
        """Return the tensions that Home Assistant showed of a phase, the newest last."""
        # One that is as in the session before is no new state.
        shown = [*self.client.trace, self.client.states[TENSION]]
        return [
            int(state["state"])
            for state in shown
            if state["entity_id"] == TENSION
            and state["attributes"].get("measured") == phase
            and state["state"].isdigit()
        ]

    async def power(self) -> None:
        """Switch the device off for a while."""
        async with self.step("Switched off: unavailable"):
            await self.client.act("switch.turn_off", POWER)
            await self.until_state(STATE, "unavailable")
        await asyncio.sleep(5)
        async with self.step("Switched on: back by itself"):
            await self.client.act("switch.turn_on", POWER)
            await self.until_state(STATE, "standby")

    async def link(self) -> None:
        """Drop the link, and lose it for longer, while a session runs."""
        act, state = self.client.act, self.client.state
        await self.begin_session(60)
        async with self.step("The link drops for a moment: nothing flaps, it goes on"):
            self.client.trace.clear()
            await act("button.press", "button.simulator_backhug_drop_the_link")
            await self.until_state(CONNECTED, "on")
            await self.until(lambda: bool(self.known("connected")))
            await asyncio.sleep(1)
            if "unavailable" in self.client.seen(STATE) or state(STATE) != "treating":
                raise Failure(f"the states were {self.client.seen(STATE)}")
        async with self.step("Reloaded while it runs: the session goes on"):
            await self.reload()
            await self.until_state(STATE, "treating")
        async with self.step("Out of reach, Session off: answered within ten seconds"):
            await act("switch.turn_off", REACH)
            begin = time.monotonic()
            with suppress(InstanceError):
                await act("switch.turn_off", SESSION)
            if (passed := time.monotonic() - begin) > 10:  # noqa: PLR2004
                raise Failure(f"it took {passed:.1f} s")
            if state(SIMULATOR) != "treating":
                raise Failure("the session does not run any more")
        async with self.step("Back in reach: the stop is delivered"):
            await act("switch.turn_on", REACH)
            await self.until_state(ENDED_BY, "stopped_by_client")

    async def fault(self) -> None:
        """Let a finger be blocked."""
        press = partial(self.client.act, "button.press")
        await self.begin_session()
        async with self.step("A finger is blocked: fault, Problem is on"):
            await press("button.simulator_backhug_finger_blocked")
            await self.until_state(STATE, "fault")
            await self.until_state("binary_sensor.backhug_problem", "on")
        async with self.step("The fault clears: standby, Problem is off"):
            await press("button.simulator_backhug_fault_clears")
            await self.until_state(STATE, "standby", device_time=15)
            await self.until_state("binary_sensor.backhug_problem", "off")

    async def release(self) -> None:
        """Let the phone app have the connection."""
        act = self.client.act
        async with self.step("Hold connection off: the phone app can connect"):
            await act("switch.turn_off", HOLD)
            await self.until(lambda: not self.known("connected"))
        async with self.step("It is left alone for five seconds"):
            await asyncio.sleep(5)
            if self.known("connected"):
                raise Failure("it was connected again")
        async with self.step("Hold connection on: connected"):
            await act("switch.turn_on", HOLD)
            await self.until_state(STATE, "standby")

    async def log(self) -> None:
        """Nothing of all this is worth a warning."""
        async with self.step("The log has no warning or error"):
            records = [
                f"{record['level']} {record['name']}: {record['message'][0]}"
                for record in await self.client.command({"type": "system_log/list"})
                # Home Assistant logs deprecations once, perhaps at the start.
                if (record["timestamp"] >= self.began or record["name"] == OUTDATED)
                # Home Assistant itself logs refused calls, without a traceback.
                and (record["name"] != REFUSALS or record["exception"])
            ]
            if records:
                raise Failure("; ".join(records))


def parts(client: Client) -> dict[str, tuple[Trial, Callable[[], Awaitable[None]]]]:
    """Return the parts of a trial, in their order, each with whom it belongs to."""
    owner, programmes, keeping = Owner(client), Programmes(client), Keeping(client)
    consulting = Consulting(client)
    return {
        "discovery": (owner, owner.discovery),
        "session": (owner, owner.session),
        "person": (owner, owner.person),
        "tension": (owner, owner.tension),
        "tension-map": (keeping, keeping.tension_map),
        "history": (keeping, keeping.history),
        "consultation": (consulting, consulting.consultation),
        "own-programme": (programmes, programmes.own),
        "programme": (programmes, programmes.programme),
        "arming": (programmes, programmes.arming),
        "adjusting": (programmes, programmes.adjusting),
        "remove-programme": (programmes, programmes.remove_own),
        "power": (owner, owner.power),
        "link": (owner, owner.link),
        "fault": (owner, owner.fault),
        "release": (owner, owner.release),
        "on-demand": (keeping, keeping.on_demand),
        "reconfigure": (keeping, keeping.reconfigure),
        "diagnostics": (keeping, keeping.diagnostics),
        "log": (owner, owner.log),
    }


async def run(port: int, only: Collection[str] = ()) -> int:
    """Try everything, or only some parts; return how many steps failed."""
    async with Client.connect(port) as client:
        chosen = parts(client)
        if unknown := set(only) - set(chosen):
            raise Failure(
                f"no part: {', '.join(unknown)}; there are {', '.join(chosen)}"
            )
        trials = {trial for trial, _ in chosen.values()}
        say(f"Simulated time passes {next(iter(trials)).speed:g} times as fast.")
        for name, (_, part) in chosen.items():
            if not only or name in only:
                await part()
        return sum(trial.failures for trial in trials)


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--restart", action="store_true")
    parser.add_argument("--only", nargs="+", default=[], metavar="PART")
    options = parser.parse_args()
    trial = (
        restart(options.port) if options.restart else run(options.port, options.only)
    )
    try:
        failures = asyncio.run(trial)
    except TimeoutError:
        say("Given up: waited in vain.")
        return 1
    except (Failure, InstanceError) as error:
        say(f"Given up: {error}")
        return 1
    say("All is well." if not failures else f"{failures} steps failed.")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
