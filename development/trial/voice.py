"""Say every sentence of docs/voice.md to a running instance; `scripts/say` is the way in."""

import argparse
import asyncio
from contextlib import suppress
import sys
import time
from typing import Any

from development.client import Client, InstanceError, Message
from development.console import say
from tests.voice.language import LANGUAGES, PLAN_INTENTS, Said, load

from .harness import PERSON, POWER, REACH, RUNNING, SESSION, STATE, Failure, Trial

ENTRY = "BackHug"
AT_ONCE = 2.0
"""Seconds in which a stop must have been answered."""
SAVES = "BackHugSaveProgramme"
TENSION = "BackHugTension"
ANSWERS: dict[str, Any] = {
    "cautions": "none",
    "feeling": "stiff",
    "firmness": "medium",
    "experience": "first_time",
    "minutes": 20,
    "day_time": "evening",
}
"""What a consultation is given for a plan."""
AREAS = {"along_spine": "along_the_spine"}
"""What the simulator calls otherwise."""


def spoken(response: Message) -> str:
    """Return the spoken answer."""
    return str(response["speech"]["plain"]["speech"])


class Speaker(Trial):
    """Installs the sentences, says them, and looks at the answer and at the simulator."""

    def __init__(self, client: Client) -> None:
        """Use a connected client."""
        super().__init__(client)
        self.said = 0
        self.slowest_stop = 0.0
        self.programmes: set[str] = set()
        """Keys of the programmes that were there before."""

    async def install(self) -> None:
        """Install the sentences of all languages, through the options."""
        async with self.step("The sentences are installed through the options"):
            flows = "/api/config/config_entries/options/flow"
            entry = await self._entry()
            menu = await self.client.post(flows, json={"handler": entry})
            path = f"{flows}/{menu['flow_id']}"
            await self.client.post(path, json={"next_step_id": "voice"})
            result = await self.client.post(path, json={"languages": list(LANGUAGES)})
            if result["type"] != "create_entry":
                raise Failure(str(result))
            self.programmes = await self._saved()

    async def _entry(self) -> str:
        entries = await self.client.command(
            {"type": "config_entries/get", "domain": "backhug"}
        )
        return str(next(e["entry_id"] for e in entries if e["title"] == ENTRY))

    async def _saved(self) -> set[str]:
        entry = await self._entry()
        found = await self.client.command(
            {"type": "config_entries/subentries/list", "entry_id": entry}
        )
        return {str(each["subentry_id"]) for each in found}

    async def _remove_programmes(self) -> None:
        """Remove the programmes that a sentence has saved: the next one may have the same name."""
        entry = await self._entry()
        for key in await self._saved() - self.programmes:
            await self.client.command(
                {
                    "type": "config_entries/subentries/delete",
                    "entry_id": entry,
                    "subentry_id": key,
                }
            )

    async def language(self, language: str) -> None:
        """Say every sentence of a language."""
        for said in load(language):
            for sentence in said.say:
                async with self.step(f"{language}: {sentence}"):
                    await self._prepare(said)
                    begin = time.monotonic()
                    response = await self._converse(sentence, language)
                    while said.intent == TENSION and not said.is_answer(
                        spoken(response)
                    ):
                        # The first scan of a session comes a moment after it treats.
                        if time.monotonic() - begin > AT_ONCE:
                            break
                        response = await self._converse(sentence, language)
                    passed = time.monotonic() - begin
                    self.said += 1
                    speech = spoken(response)
                    if not said.is_answer(speech):
                        raise Failure(f"it answered “{speech}”")
                    # The answer of a sentence trigger, as in a session, is never an error.
                    if response["response_type"] == "error" and not said.error:
                        raise Failure("the answer is an error")
                    await self._look(said)
                    if said.intent == SAVES:
                        await self._remove_programmes()
                    if said.intent == "BackHugStopSession":
                        self.slowest_stop = max(self.slowest_stop, passed)
                        if passed > AT_ONCE:
                            raise Failure(f"a stop was answered after {passed:.1f} s")

    async def _converse(self, sentence: str, language: str) -> Message:
        result = await self.client.command(
            {
                "type": "conversation/process",
                "text": sentence,
                "language": language,
                "agent_id": "conversation.home_assistant",
            }
        )
        response: Message = result["response"]
        return response

    async def _prepare(self, said: Said) -> None:
        """Bring the device into the state in which something is said."""
        act, state = self.client.act, self.client.state
        with suppress(InstanceError):
            await act("switch.turn_off", SESSION)
        await self.until_state(STATE, "standby", device_time=20)
        nobody = said.given in ("nobody", "armed")
        await act(f"switch.turn_{'off' if nobody else 'on'}", PERSON)
        occupied = "off" if nobody else "on"
        await self.until_state("binary_sensor.backhug_occupied", occupied)
        running = said.given in ("treating", "paused")
        minutes = said.minutes if running else 20
        await self._set("number", "session_length", "set_value", value=minutes)
        await self._set("number", "strength", "set_value", value=said.strength)
        await self._set("select", "area", "select_option", option="full_back")
        await self._set("select", "flow", "select_option", option=said.flow)
        if running:
            await act("switch.turn_on", SESSION)
            await self.until_state(STATE, "treating", device_time=25)
            await self.until(
                lambda: (
                    self.client.states["sensor.backhug_tension"]["attributes"].get(
                        "measured"
                    )
                    in ("before", "live")
                )
            )
        if said.given == "paused":
            await act("button.press", "button.backhug_pause_resume")
            await self.until_state(STATE, "paused")
        if said.intent in PLAN_INTENTS:
            await self._follow_plan(begins=said.given == "plan")
        if said.given == "armed":
            await self.client.command(
                {
                    "type": "call_service",
                    "domain": "backhug",
                    "service": "start_session",
                    "target": {"entity_id": SESSION},
                    "service_data": {"when_occupied": True},
                }
            )
        if state(STATE) == "unavailable":
            raise Failure("the device is not in reach")

    async def _follow_plan(self, *, begins: bool) -> None:
        """Drop the plan of the user, and begin another one by a consultation."""
        command = {"type": "call_service", "domain": "backhug"}
        with suppress(InstanceError):
            await self.client.command(
                {
                    **command,
                    "service": "change_plan",
                    "target": {"entity_id": SESSION},
                    "service_data": {"change": "drop"},
                }
            )
        if begins:
            await self.client.command(
                {
                    **command,
                    "service": "consult",
                    "target": {"entity_id": SESSION},
                    "service_data": {**ANSWERS, "save_as": "For the plan"},
                    "return_response": True,
                }
            )
            await self._remove_programmes()

    async def _set(self, domain: str, what: str, action: str, **data: Any) -> None:
        """Set something, unless it is set so."""
        (value,) = data.values()
        entity = f"{domain}.backhug_{what}"
        # After a programme, Home Assistant shows the person's own settings, which the device does not have yet.
        there = what == "session_length" or self.known(what) == value
        if not there or self.client.state(entity) != str(value):
            await self.client.act(f"{domain}.{action}", entity, **data)
            await self.until_state(entity, str(value))
        if what != "session_length":
            await self.until(lambda: self.known(what) == value)

    async def _look(self, said: Said) -> None:
        """Check that the simulator received the expected requests, and no others."""
        running = said.given in ("treating", "paused")
        wanted: dict[str, object] = {
            "strength": said.strength,
            "area": "full_back",
            "flow": said.flow,
        }
        paused = said.given == "paused"
        for request in () if said.error else said.requests:
            match request.split():
                case ["start", _, strength, area, flow]:
                    running = True
                    known = {"strength": strength, "area": area, "flow": flow}
                    wanted |= {key: v for key, v in known.items() if v != "-"}
                case ["stop"]:
                    running = False
                case ["pause"]:
                    paused = True
                case ["resume"]:
                    paused = False
                case ["set_strength" | "set_area" | "set_flow" as setter, value]:
                    wanted[setter.removeprefix("set_")] = value
        simulator = "sensor.simulator_backhug_state"
        await self.until(lambda: (self.client.state(simulator) in RUNNING) is running)
        if running:
            await self.until(
                lambda: (self.client.state(simulator) == "paused") is paused
            )
        await self.until(
            lambda: all(
                str(self.known(what)) == AREAS.get(str(value), str(value))
                for what, value in wanted.items()
            )
        )


async def run(port: int, languages: list[str]) -> int:
    """Say everything; return how many sentences failed."""
    async with Client.connect(port) as client:
        speaker = Speaker(client)
        await client.act("switch.turn_on", POWER)
        await client.act("switch.turn_on", REACH)
        await speaker.install()
        for language in languages:
            await speaker.language(language)
        say(
            f"{speaker.said} sentences; the slowest stop was answered after "
            f"{1000 * speaker.slowest_stop:.0f} ms."
        )
        return speaker.failures


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    options = parser.parse_args()
    try:
        failures = asyncio.run(run(options.port, options.language or list(LANGUAGES)))
    except (Failure, InstanceError, TimeoutError) as error:
        say(f"Given up: {error}")
        return 1
    say("All is well." if not failures else f"{failures} sentences failed.")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
