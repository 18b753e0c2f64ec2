"""Programmes, start on occupancy and actions: beyond a single session."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Any

from development.client import InstanceError
from development.console import say

from .harness import (
    CONNECTED,
    EVENT,
    PERSON,
    REACH,
    SESSION,
    SIMULATOR,
    STATE,
    Failure,
    Trial,
)

NAME = "Trial"
PROGRAMME = "select.backhug_programme"
STEP = "sensor.backhug_programme_step"
ARMED = "sensor.backhug_armed_until"
AREAS = ("full_back", "upper_back", "mid_back", "lower_back", "shoulder_blades")
FLOWS = ("slow", "medium", "fast", "wave", "pulse")
MINUTES = 2
"""Of each step: the whole runs in half a minute."""
STEPS: list[dict[str, Any]] = [
    {"area": area, "strength": strength, "flow": flow, "minutes": MINUTES}
    for area, strength, flow in (
        ("upper_back", 2, "medium"),
        ("shoulder_blades", 5, "wave"),
        ("full_back", 3, "slow"),
    )
]
TOLERANCE = 0.75
"""Seconds until a step that begins is sent, on a loaded machine."""


class Programmes(Trial):
    """Sessions in steps, sessions that wait, sessions that are changed."""

    async def own(self) -> None:
        """Make a programme of one's own, as the form does."""
        await self.remove_own()
        entry_id = await self.entry_id()
        path = "/api/config/config_entries/subentries/flow"
        async with self.step("A programme of one's own: named, empty"):
            form = await self.client.post(
                path, json={"handler": [entry_id, "programme"]}
            )
            path += f"/{form['flow_id']}"
            await self.client.post(path, json={"next_step_id": "own"})
            form = await self.client.post(path, json={"name": NAME, "copy_of": "none"})
            if form["step_id"] != "steps":
                raise Failure(str(form))
        async with self.step("61 minutes are refused, with the reason"):
            wrong = [{**STEPS[0], "minutes": 31}, {**STEPS[1], "minutes": 30}]
            form = await self.client.post(path, json={"steps": wrong})
            if form["errors"] != {"steps": "too_long"}:
                raise Failure(str(form["errors"]))
        async with self.step("Three steps are saved, and it can be chosen at once"):
            form = await self.client.post(path, json={"steps": STEPS})
            if form["type"] != "create_entry":
                raise Failure(str(form))
            await self.until(lambda: NAME in self._options())

    def _options(self) -> list[str]:
        return list(self.client.states[PROGRAMME]["attributes"]["options"])

    async def remove_own(self) -> None:
        """Remove the programmes of an earlier trial."""
        entry_id = await self.entry_id()
        for subentry in await self.client.command(
            {"type": "config_entries/subentries/list", "entry_id": entry_id}
        ):
            if subentry["title"] == NAME:
                await self.client.command(
                    {
                        "type": "config_entries/subentries/delete",
                        "entry_id": entry_id,
                        "subentry_id": subentry["subentry_id"],
                    }
                )

    async def programme(self) -> None:
        """Run it to its end, with a pause, a link that is lost, and a reload."""
        act = self.client.act
        await self.rest()
        await act("select.select_option", PROGRAMME, option=NAME)
        self.client.trace.clear()
        async with self.step("Session on: its first step runs, six minutes in all"):
            await act("switch.turn_on", SESSION)
            await self.until_state(STATE, "treating", device_time=25)
            await self.until_state(STEP, "1")
            await self._set_to(0)
            if self.known("length_minutes") != len(STEPS) * MINUTES:
                raise Failure(f"{self.known('length_minutes')} minutes")
        async with self.step("Paused for a while, and resumed: no step is lost by it"):
            await act("backhug.pause_session", SESSION)
            await self.until_state(STATE, "paused")
            # Longer than the step would take: only the device's own clock knows.
            await asyncio.sleep(MINUTES * 60 / self.speed)
            if self.client.state(STEP) != "1":
                raise Failure("the step went on")
            await act("backhug.resume_session", SESSION)
            await self.until_state(STATE, "treating")
        async with self.step("The second step is sent in time"):
            await self.until_state(STEP, "2", device_time=MINUTES * 60)
            await self._set_to(1)
        async with self.step("Changed by hand: that stands for now"):
            await act("backhug.adjust_session", SESSION, strength_step=-1)
            await self.until(lambda: self.known("strength") == STEPS[1]["strength"] - 1)
        async with self.step("Out of reach and back, reloaded: the programme goes on"):
            await act("switch.turn_off", REACH)
            await self.until(lambda: not self.known("connected"))
            await act("switch.turn_on", REACH)
            await self.until_state(CONNECTED, "on")
            await self.reload()
            await self.until_state(CONNECTED, "on")
        async with self.step("The third step is sent in time"):
            await self.until_state(STEP, "3", device_time=MINUTES * 60)
            await self._set_to(2)
        async with self.step("It ends by itself"):
            await self.until_state(STATE, "standby", device_time=MINUTES * 60 + 30)
            await self.until_state(STEP, "unknown")
        async with self.step("The device got each step once, by its own clock"):
            self._check_requests()
        async with self.step("Each event was published once"):
            number = self.known("session_number")
            await self.until(lambda: "completed" in self.session_events(number))
            if self.session_events(number) != [
                "started",
                "paused",
                "resumed",
                "completed",
            ]:
                raise Failure(f"the events were {self.session_events(number)}")
        await act("select.select_option", PROGRAMME, option="none")

    async def _set_to(self, index: int) -> None:
        """Wait until the simulator is set as a step wants it."""
        wanted = {key: STEPS[index][key] for key in ("area", "strength", "flow")}
        await self.until(
            lambda: all(self.known(key) == value for key, value in wanted.items())
        )

    def _check_requests(self) -> None:
        """Compare the simulator's record of the session with the programme."""
        number = self.known("session_number")
        requests: Any = self.known("requests")
        mine = [each for each in requests if each["session"] == number]
        first = STEPS[0]
        wanted: list[tuple[int, str, list[int]]] = [
            (
                0,
                "start",
                [
                    len(STEPS) * MINUTES,
                    first["strength"],
                    AREAS.index(first["area"]),
                    FLOWS.index(first["flow"]),
                ],
            )
        ]
        for index, step in enumerate(STEPS[1:], 1):
            begins = index * MINUTES * 60
            wanted += [
                (begins, "set_area", [AREAS.index(step["area"])]),
                (begins, "set_flow", [FLOWS.index(step["flow"])]),
                (begins, "set_strength", [step["strength"]]),
            ]
        by_hand = ("set_strength", [STEPS[1]["strength"] - 1])
        rest = [
            each
            for each in mine
            if each["request"] not in ("pause", "resume")
            and (each["request"], each["parameters"]) != by_hand
        ]
        late = 1 + TOLERANCE * self.speed
        missing = list(wanted)
        for each in rest:
            found = next(
                (
                    want
                    for want in missing
                    if want[1:] == (each["request"], each["parameters"])
                    and -1 <= each["second"] - want[0] <= late
                ),
                None,
            )
            if found is None:
                raise Failure(f"it received {each}")
            missing.remove(found)
        if missing:
            raise Failure(f"it did not receive {missing}")
        seconds = ", ".join(str(each["second"]) for each in rest)
        say(f"{'':17}at the seconds {seconds} of the session")

    async def arming(self) -> None:
        """Start when somebody lies down; or not, when it was cancelled or took too long."""
        act = self.client.act
        await self.rest(person=False)
        async with self.step("Armed: nothing starts while nobody lies there"):
            await act(
                "backhug.start_session",
                SESSION,
                when_occupied=True,
                timeout="0:10:00",
                strength=4,
                minutes=10,
            )
            await self.until(lambda: self._armed_for() > 0)
            say(f"{'':17}for {self._armed_for():.0f} s")
            if self.client.state(STATE) != "standby":
                raise Failure("a session runs")
        async with self.step("Somebody lies down: it starts, as requested"):
            await act("switch.turn_on", PERSON)
            await self.until_state(STATE, "scanning", "treating")
            await self.until_state(ARMED, "unknown")
            if (self.known("strength"), self.known("length_minutes")) != (4, 10):
                raise Failure("with other settings")
        await self.rest(person=False)
        for how in ("Cancelled", "Its time is up"):
            async with self.step(f"{how}: lying down starts nothing"):
                await act(
                    "backhug.start_session",
                    SESSION,
                    when_occupied=True,
                    timeout="0:00:02" if how != "Cancelled" else "0:10:00",
                )
                await self.until(lambda: self.client.state(ARMED) != "unknown")
                if how == "Cancelled":
                    await act("backhug.stop_session", SESSION)
                await self.until_state(ARMED, "unknown")
                await act("switch.turn_on", PERSON)
                await self.until_state("binary_sensor.backhug_occupied", "on")
                await asyncio.sleep(1)
                if self.known_state() != "standby":
                    raise Failure("a session was started")
            await self.rest(person=False)
        await act("switch.turn_on", PERSON)

    def _armed_for(self) -> float:
        """Return for how many seconds it is armed; 0 while it is not."""
        with suppress(ValueError):
            until = datetime.fromisoformat(self.client.state(ARMED))
            return (until - datetime.now(until.tzinfo)).total_seconds()
        return 0

    async def adjusting(self) -> None:
        """Change settings by steps; impossible ones are refused."""
        act = self.client.act
        await act("backhug.start_session", SESSION, strength=3, minutes=20)
        await self.until_state(STATE, "treating", device_time=25)
        async with self.step("adjust_session: stronger by 2, 5 minutes longer"):
            await act("backhug.adjust_session", SESSION, strength_step=2)
            await act("backhug.adjust_session", SESSION, minutes_step=5)
            await self.until(
                lambda: (
                    (self.known("strength"), self.known("length_minutes")) == (5, 25)
                )
            )
        for field, value in (("strength", 99), ("minutes", 61), ("area", "knee")):
            async with self.step(f"adjust_session, {field} {value}: refused"):
                try:
                    await act("backhug.adjust_session", SESSION, **{field: value})
                except InstanceError as error:
                    say(f"{'':17}“{error}”")
                    if field not in str(error):
                        raise Failure("the field is not named") from error
                else:
                    raise Failure("it was taken")
        async with self.step("stop_session"):
            await act("backhug.stop_session", SESSION)
            await self.until(lambda: self.known_state() in ("finishing", "standby"))
        await self.rest()

    def known_state(self) -> str:
        """Return the state as the simulator knows it."""
        return self.client.state(SIMULATOR)

    def session_events(self, number: object) -> list[str]:
        """Return the session events of a session."""
        # Restored by a reload: the same time is the same event.
        moments = {
            state["state"]: state["attributes"]["event_type"]
            for state in self.client.trace
            if state["entity_id"] == EVENT
            and state["attributes"].get("session") == number
        }
        return [moments[moment] for moment in sorted(moments)]
