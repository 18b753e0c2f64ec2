"""A whole consultation over MCP, from complaint to session; `scripts/consult-mcp` is the way in."""

import argparse
import asyncio
import json
import sys
from typing import Any

from development.client import Client, InstanceError
from development.console import say
from development.model import Failed, McpModel

from .harness import (
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

DEVICE = "BackHug"
NAME = "Stiff after the desk"
WHO = "select.backhug_person"
CONSULTANT = "conversation.backhug_consultant"
OTHER = "Ben"
"""A person who has no user."""
ANSWERS: dict[str, Any] = {
    "safety_questions_asked": True,
    "cautions": ["none"],
    "feeling": "stiff",
    "firmness": "medium",
    "experience": "occasional",
    "minutes": 25,
    "day_time": "evening",
    "discomfort": {"left_upper": 2, "right_upper": 1},
}
"""“My shoulders are stiff, more on the left. Nothing of what you ask applies to me. …”"""


class Conversation(Trial):
    """A conversation of a person and a model, with the expected effects."""

    model: McpModel
    asks: str
    """The person whom the model serves."""

    async def call(self, tool: str, **args: Any) -> dict[str, Any]:
        """Call a tool, and print the call and its answer."""
        say(f"{'':17}→ {tool} {json.dumps(args, ensure_ascii=False)[:160]}")
        try:
            answer = await self.model.call(tool, device_name=DEVICE, **args)
        except Failed as failed:
            say(f"{'':17}← refused: {str(failed)[:240]}")
            raise
        say(f"{'':17}← {json.dumps(answer, ensure_ascii=False)[:240]}")
        return answer

    async def refused(self, tool: str, **args: Any) -> None:
        """Call a tool that is to refuse."""
        try:
            await self.call(tool, **args)
        except Failed:
            return
        raise Failure(f"{tool} did not refuse {args}")

    async def prepare(self) -> None:
        """Prepare the device: standby, not occupied, and no programme of that name."""
        act = self.client.act
        for simulated in (POWER, REACH):
            await act("switch.turn_on", simulated)
        await self.until(lambda: self.client.state(STATE) != "unavailable")
        if self.client.state(STATE) in RUNNING:
            await act("switch.turn_off", SESSION)
        await self.until_state(STATE, "standby", device_time=20)
        await act("switch.turn_off", PERSON)
        await self.until_state("binary_sensor.backhug_occupied", "off")
        command = self.client.command
        for entry in await command({"type": "config_entries/get", "domain": "backhug"}):
            for subentry in await command(
                {
                    "type": "config_entries/subentries/list",
                    "entry_id": entry["entry_id"],
                }
            ):
                if subentry["title"] == NAME:
                    await command(
                        {
                            "type": "config_entries/subentries/delete",
                            "entry_id": entry["entry_id"],
                            "subentry_id": subentry["subentry_id"],
                        }
                    )

    async def introduce(self) -> None:
        """Look up the person of the user, and add another one, unless there is one."""
        command = self.client.command
        user = (await command({"type": "auth/current_user"}))["id"]
        persons = (await command({"type": "person/list"}))["storage"]
        self.asks = next(each["name"] for each in persons if each["user_id"] == user)
        if not any(each["name"] == OTHER for each in persons):
            await command(
                {"type": "person/create", "name": OTHER, "device_trackers": []}
            )
        await self.until(
            lambda: (
                {self.asks, OTHER}
                <= set(self.client.states[WHO]["attributes"].get("options", ()))
            )
        )

    async def consultation(self) -> dict[str, Any]:
        """Return the advice for the complaint."""
        async with self.step("The model sees the eight tools"):
            names = [each["name"] for each in await self.model.tools()]
            say(f"{'':17}{', '.join(names)}")
            if len(names) != 8:  # noqa: PLR2004
                raise Failure(str(names))
        async with self.step("It looks at the device"):
            if (await self.call("get_status"))["somebody_on_it"]:
                raise Failure("somebody lies on it")
        async with self.step("Without the safety questions there is no advice"):
            await self.refused(
                "consult", **{**ANSWERS, "safety_questions_asked": False}
            )
        async with self.step("With a pacemaker there is none either"):
            answer = await self.call(
                "consult", **{**ANSWERS, "cautions": ["pacemaker"]}
            )
            if not answer.get("refused"):
                raise Failure("it was not refused")
        advice: dict[str, Any] = {}
        async with self.step("The complaint becomes a programme, with reasons"):
            advice = await self.call("consult", **ANSWERS)
            for step, reasons in zip(
                advice["steps"], advice["reasons_for_steps"], strict=True
            ):
                say(f"{'':17}  {step} because {reasons[0]}")
        async with self.step("It is saved"):
            await self.call("save_programme", name=NAME, steps=advice["steps"])
            await self.until(
                lambda: (
                    NAME
                    in self.client.states["select.backhug_programme"]["attributes"][
                        "options"
                    ]
                )
            )
        return advice

    async def plan(self) -> None:
        """Ask for the plan and change it, with the model and with the consultant."""
        async with self.step("With it, the plan for the coming weeks has begun"):
            await self._follows(status="followed", week=1, sessions_done_this_week=0)
            answer = await self._ask_consultant("how am I doing?")
            if "Week 1 of" not in answer:
                raise Failure(answer)
        async with self.step("The model pauses it, with more sessions a week"):
            await self.call("change_plan", change="pause", sessions_a_week=4)
            await self._follows(status="paused", sessions_a_week=4)
        async with self.step("The consultant resumes it"):
            await self._ask_consultant("carry on with my plan")
            await self._follows(status="followed")

    async def _follows(self, **expected: Any) -> None:
        """Check the plan, as the model sees it."""
        plan = (await self.call("get_history", sessions=1))["plan"]
        if not expected.items() <= plan.items():
            raise Failure(str(plan))

    async def _ask_consultant(self, text: str) -> str:
        """Say something to the consultant; return the answer."""
        result = await self.client.command(
            {
                "type": "conversation/process",
                "text": text,
                "language": "en",
                "agent_id": CONSULTANT,
            }
        )
        answer = str(result["response"]["speech"]["plain"]["speech"])
        say(f"{'':17}{text} — {answer}")
        return answer

    async def session(self, advice: dict[str, Any]) -> None:
        """Have the programme run, changed and stopped."""
        async with self.step("The session waits for the person"):
            answer = await self.call("start_session", programme=NAME)
            if (answer["result"], self.client.state(SIMULATOR)) != (
                "armed",
                "standby",
            ):
                raise Failure(str(answer))
        async with self.step("They lie down: the simulator runs the programme"):
            await self.client.act("switch.turn_on", PERSON)
            await self.until_state(STATE, "treating", device_time=25)
            status = await self.call("get_status")
            session = status["session"]
            if session["programme"] != NAME:
                raise Failure(str(session))
            if self.client.state(WHO) != self.asks:
                raise Failure(f"the session is {self.client.state(WHO)}'s")
            if status["strength_level"] != advice["steps"][0]["strength"]:
                raise Failure(str(status))
        async with self.step("A jump of the strength is refused"):
            await self.refused("adjust_session", strength_step=5)
        async with self.step("Two levels stronger is not; the device has it"):
            answer = await self.call("adjust_session", strength_step=2)
            await self.until(lambda: self.known("strength") == answer["strength_level"])
        async with self.step("Stop: the device has stopped"):
            await self.call("stop_session")
            await self.until_state(SIMULATOR, "finishing", "standby")
        async with self.step("It is in the history"):
            await self.until_state(STATE, "standby", device_time=20)
            (past,) = (await self.call("get_history", sessions=1))["sessions"]
            if (past["programme"], past["ended_by"]) != (NAME, "stopped_by_client"):
                raise Failure(str(past))

    async def people(self) -> None:
        """Have another person use the BackHug, and forget the first one's sessions."""
        act = self.client.act
        async with self.step("The session of another person is not revealed"):
            before = await self.call("get_history", sessions=1)
            await act("select.select_option", WHO, option=OTHER)
            await act("switch.turn_on", SESSION)
            await self.until_state(STATE, "treating", device_time=25)
            await act("switch.turn_off", SESSION)
            await self.until_state(STATE, "standby", device_time=20)
            await self.until(lambda: self.client.state(WHO) != OTHER)
            if (after := await self.call("get_history", sessions=1)) != before:
                raise Failure(str(after))
        async with self.step("Forgotten sessions are gone; the other person's stay"):
            await act("backhug.forget_sessions", SESSION, person=self.asks)
            told = (await self.call("get_history", sessions=20))["sessions"]
            if any(each.get("programme") == NAME for each in told):
                raise Failure(str(told))
            answer = await self.client.command(
                {
                    "type": "call_service",
                    "domain": "backhug",
                    "service": "get_tension",
                    "target": {"entity_id": SESSION},
                    "service_data": {"person": OTHER, "sessions": 1},
                    "return_response": True,
                }
            )
            if not answer["response"]["devices"][0]["sessions"]:
                raise Failure(str(answer))


async def set_up_server(client: Client) -> None:
    """Set up Home Assistant's MCP server, as a person does, unless it is."""
    command = {"type": "config_entries/get", "domain": "mcp_server"}
    if await client.command(command):
        return
    flow = await client.post(
        "/api/config/config_entries/flow", json={"handler": "mcp_server"}
    )
    await client.post(f"/api/config/config_entries/flow/{flow['flow_id']}", json={})


async def run(port: int) -> int:
    """Have the whole conversation; return how many steps failed."""
    async with Client.connect(port) as client:
        conversation = Conversation(client)
        await conversation.prepare()
        await conversation.introduce()
        async with conversation.step("Home Assistant's MCP server is set up"):
            await set_up_server(client)
        async with McpModel.connect(f"{client.base}/api/mcp", client.token) as model:
            conversation.model = model
            advice = await conversation.consultation()
            await conversation.plan()
            await conversation.session(advice)
            await conversation.people()
        return conversation.failures


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8123)
    try:
        failures = asyncio.run(run(parser.parse_args().port))
    except (Failed, Failure, InstanceError, TimeoutError) as error:
        say(f"Given up: {error!r}")
        return 1
    say("All is well." if not failures else f"{failures} steps failed.")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
