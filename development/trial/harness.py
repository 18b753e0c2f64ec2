"""Timed steps, and the internal state of the simulator."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
import time
from typing import override

from development.client import Client, InstanceError
from development.console import say

PATIENCE = 30.0
"""Seconds until a step has failed, beside the time that the device itself takes."""

SESSION = "switch.backhug_session"
STATE = "sensor.backhug_state"
CONNECTED = "binary_sensor.backhug_connected"
PERSON = "switch.simulator_backhug_somebody_lies_on_it"
REACH = "switch.simulator_backhug_in_reach"
POWER = "switch.simulator_backhug_power"
SIMULATOR = "sensor.simulator_backhug_state"
EVENT = "event.backhug_session_event"
RUNNING = ("scanning", "treating", "paused")


class Failure(Exception):  # noqa: N818, not raised through an interface
    """A step did not go as it should; the message says how."""


class Steps(ABC):
    """Steps that are timed, and the number of those that failed."""

    def __init__(self) -> None:
        """Begin without a failure."""
        self.failures = 0

    @asynccontextmanager
    async def step(self, text: str) -> AsyncGenerator[None]:
        """Print a step with the time that it took, and whether it went well."""
        begin = time.monotonic()
        problem = ""
        try:
            yield
        except TimeoutError:
            problem = f"waited in vain; {self.situation()}"
        except (Failure, InstanceError) as error:
            problem = f"{error}; {self.situation()}"
        passed = time.monotonic() - begin
        self.failures += bool(problem)
        say(f"{'FAILED' if problem else 'ok':6} {passed:6.2f} s  {text}")
        if problem:
            say(f"{'':17}{problem}")

    @abstractmethod
    def situation(self) -> str:
        """Return what is known when a step has failed."""


class Trial(Steps):
    """Steps in a running instance."""

    def __init__(self, client: Client) -> None:
        """Use a connected client."""
        super().__init__()
        self.client = client
        self.began = time.time()

    @override
    def situation(self) -> str:
        entities = (SESSION, STATE, CONNECTED, SIMULATOR)
        return ", ".join(f"{each} is {self.client.state(each)}" for each in entities)

    def known(self, attribute: str) -> object:
        """Return the internal state of the simulator."""
        return self.client.states[SIMULATOR]["attributes"][attribute]

    @property
    def speed(self) -> float:
        """How fast simulated time passes."""
        return float(str(self.known("speed")))

    async def until(
        self, condition: Callable[[], bool], device_time: float = 0
    ) -> float:
        """Wait for a condition, as long as the device may take."""
        return await self.client.wait(condition, PATIENCE + device_time / self.speed)

    async def until_state(
        self, entity_id: str, *wanted: str, device_time: float = 0
    ) -> float:
        """Wait until an entity has one of these states."""
        return await self.until(
            lambda: self.client.state(entity_id) in wanted, device_time
        )

    async def entry_id(self) -> str:
        """Return the ID of the entry of the first device."""
        for entry in await self.client.command(
            {"type": "config_entries/get", "domain": "backhug"}
        ):
            if not entry["title"].endswith("26C4"):
                return str(entry["entry_id"])
        msg = "The first BackHug is not set up."
        raise InstanceError(msg)

    async def reload(self) -> None:
        """Reload the first device."""
        path = f"/api/config/config_entries/entry/{await self.entry_id()}/reload"
        await self.client.post(path)

    async def rest(self, *, person: bool = True) -> None:
        """Bring the device into standby, whatever its state."""
        act = self.client.act
        for simulated in (POWER, REACH):
            await act("switch.turn_on", simulated)
        await self.until(lambda: self.client.state(CONNECTED) == "on")
        if self.client.state(STATE) in RUNNING:
            await act("switch.turn_off", SESSION)
        await self.until_state(STATE, "standby", device_time=20)
        wanted = "on" if person else "off"
        await act(f"switch.turn_{wanted}", PERSON)
        await self.until_state("binary_sensor.backhug_occupied", wanted)

    async def begin_session(self, minutes: int = 20) -> None:
        """Bring the device into a session that treats, whatever its state."""
        act = self.client.act
        await self.rest()
        await act("number.set_value", "number.backhug_session_length", value=minutes)
        await act("switch.turn_on", SESSION)
        await self.until_state(STATE, "treating", device_time=25)
