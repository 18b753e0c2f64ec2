"""Trial of scripts/conform by a real adapter, with a simulated person beside the device."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
import os
from pathlib import Path
import signal
import sys
import time
from typing import Any, override

from development.backhug_simulator.remote import RemoteDevice, RemoteSimulation
from development.console import say
from development.trial.harness import PATIENCE, RUNNING, Failure, Steps

PASSED, FAILED, NOT_CHECKED = range(3)
"""Exit codes of scripts/conform."""
ABSENT = "C0:FF:EE:00:00:00"
ANSWER_DELAY = 0.3
"""Seconds until the device answers: another request comes before, over this link."""
SUPERVISION_TAKES = 8
"""Seconds until the adapter notices that a device is out of reach, at most."""
TAKES = 300.0
"""Timeout of a check in seconds; the longest takes about two minutes."""
STOP_TAKES = 10.0
"""Seconds until a stop must have taken effect."""
ACTIONS = {
    "Nobody may lie on it": "occupied_off",
    "May it move?": "occupied_on",
    "Now get up": "occupied_off",
    "Lie down again": "occupied_on",
}
"""What the person does at a question of scripts/conform."""


class Check:
    """A run of scripts/conform on a terminal."""

    def __init__(
        self, process: asyncio.subprocess.Process, keyboard: int, log: Path
    ) -> None:
        """Take the process, the terminal's other end, and the file of its output."""
        self.process = process
        self.log = log
        self._keyboard = keyboard

    async def answer(self, device: RemoteDevice, word: str = "yes") -> None:
        """Answer each question, having done what it asks for if the word is “yes”."""
        assert self.process.stderr is not None
        while question := (await self.process.stderr.readline()).decode():
            for part, action in ACTIONS.items():
                if part in question:
                    if word == "yes":
                        await device.perform(action)
                    os.write(self._keyboard, f"{word}\n".encode())

    async def ends(self, code: int) -> None:
        """Wait for its end; Failure if it does not end with this code."""
        async with asyncio.timeout(TAKES):
            found = await self.process.wait()
        if found != code:
            msg = f"it ended with {found}, not {code}"
            raise Failure(msg)


class Trial(Steps):
    """The checks of one device."""

    def __init__(self, device: RemoteDevice, adapter: str, logs: Path) -> None:
        """Take the device and the name of the adapter that reaches it."""
        super().__init__()
        self.device = device
        self._adapter = adapter
        self._logs = logs
        self._changed = asyncio.Event()
        device.observe(self._changed.set)

    @property
    def known(self) -> dict[str, Any]:
        """What the device itself knows."""
        return dict(self.device.shown["known"])

    @override
    def situation(self) -> str:
        return str(self.known)

    async def until(self, condition: Callable[[], bool], seconds: float) -> None:
        """Wait for a condition of the snapshot; TimeoutError if it does not hold in time."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def rests(self) -> None:
        """Wait for standby, which the next check needs."""
        await self.until(lambda: self.device.shown["state"] == "standby", PATIENCE)

    async def runs(self) -> None:
        """Wait until a session runs."""
        await self.until(lambda: self.device.shown["state"] in RUNNING, PATIENCE * 2)

    async def stops(self) -> None:
        """Wait until no session runs, and print when that was."""
        begin = time.monotonic()
        await self.until(lambda: self.device.shown["state"] not in RUNNING, STOP_TAKES)
        say(f"{'':17}stopped after {time.monotonic() - begin:.2f} s")

    async def is_left_alone(self) -> None:
        """Failure if a session runs on or the connection stays."""
        with suppress(TimeoutError):
            await self.until(
                lambda: (
                    self.device.shown["state"] not in RUNNING
                    and not self.known["connected"]
                ),
                STOP_TAKES,
            )
            return
        raise Failure("a session runs, or the connection is still there")

    @asynccontextmanager
    async def check(
        self, name: str, *arguments: str, word: str = "yes"
    ) -> AsyncGenerator[Check]:
        """Check the device, with the report in the logs."""
        controller, terminal = os.openpty()
        log = self._logs / f"conform-{name}.txt"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "conformance", "--adapter", self._adapter),
                *arguments,
                stdin=terminal,
                stdout=output,
                stderr=asyncio.subprocess.PIPE,
            )
        os.close(terminal)
        check = Check(process, controller, log)
        person = asyncio.create_task(check.answer(self.device, word))
        try:
            yield check
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            person.cancel()
            with suppress(asyncio.CancelledError):
                await person
            os.close(controller)

    async def endings(self) -> None:
        """Check each way in which a check ends without a session."""
        here = ("--address", self.device.build.address)
        async with self.step("The devices in reach are listed"):
            async with self.check("list", "--list") as check:
                await check.ends(PASSED)
            if self.device.build.address not in check.log.read_text():
                raise Failure("ours is missing")
        async with (
            self.step("A device that is not in reach is not checked"),
            self.check("absent", "--address", ABSENT) as check,
        ):
            await check.ends(NOT_CHECKED)
        async with self.step("Reading only: passes, and nothing is written"):
            async with self.check("reading", *here, "--read-only") as check:
                await check.ends(PASSED)
            await self.is_left_alone()
            if self.known["requests"]:
                raise Failure("there were requests")
        async with self.step("Ctrl-C once connected: disconnected"):
            async with self.check("connecting", *here) as check:
                await self.until(lambda: self.known["connected"], PATIENCE)
                check.process.send_signal(signal.SIGINT)
                await check.ends(NOT_CHECKED)
            await self.is_left_alone()
        async with self.step("The person says no: passes, and nothing moves"):
            async with self.check("declined", *here, word="no") as check:
                await check.ends(PASSED)
            await self.is_left_alone()
            if self.known["session_number"]:
                raise Failure("there was a session")

    async def sessions(self) -> None:
        """Check each way in which a check with sessions ends."""
        here = ("--address", self.device.build.address)
        async with self.step("The person says yes: the whole check passes"):
            async with self.check("whole", *here) as check:
                await check.ends(PASSED)
            await self.is_left_alone()
            if "0 failed, 0 not checked" not in check.log.read_text():
                raise Failure("some clauses were not checked")
        async with self.step("Ctrl-C in a session: stopped and disconnected"):
            async with self.check("interrupted", *here) as check:
                await self.runs()
                check.process.send_signal(signal.SIGINT)
                await self.stops()
                await check.ends(NOT_CHECKED)
            await self.is_left_alone()
        async with self.step("The link drops in a session: stopped over another one"):
            await self.rests()
            async with self.check("dropped", *here) as check:
                await self.runs()
                await self.device.perform("drop_link")
                await self.stops()
                await check.ends(FAILED)
            await self.is_left_alone()
        async with self.step("Out of reach in a session: stopped once it is back"):
            await self.rests()
            async with self.check("away", *here) as check:
                await self.runs()
                await self.device.perform("in_reach_off")
                await asyncio.sleep(SUPERVISION_TAKES)
                await self.device.perform("in_reach_on")
                await self.stops()
                await check.ends(FAILED)
            await self.is_left_alone()


async def run(socket: Path, adapter: str, logs: Path) -> int:
    """Check the first device of a radio; return the number of failed steps."""
    simulation = RemoteSimulation(str(socket))
    await simulation.async_start()
    try:
        trial = Trial(simulation.devices[0], adapter, logs)
        await trial.endings()
        await trial.sessions()
    finally:
        await simulation.async_stop()
    return trial.failures
