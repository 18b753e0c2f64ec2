"""Start the parts, try the integration over BlueZ, stop them; `scripts/bluez` is the way in."""

import argparse
import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
import os
from pathlib import Path
import shlex
import subprocess
import sys
import tempfile
import time
from typing import Any

from dbus_fast import Message, MessageType
from dbus_fast.errors import DBusFastError

from development.client import Client, InstanceError
from development.console import say
from development.devices import ADAPTER
from development.trial.harness import CONNECTED, SIMULATOR, Failure

from . import conform, mishaps

CONFORM, RESTART, MISHAPS = OWN_PARTS = ("conform", "restart", "mishaps")
"""Parts beside those of `development.trial`; the first one only if it is chosen."""
BUS_SOCKET = Path("/run/dbus/system_bus_socket")
BUS_TAKES = 10
ADAPTER_TAKES = 30
HOME_TAKES = 120
STOPPING_TAKES = 60
"""Timeouts in seconds, generous for a busy machine."""
EVERY = 0.2
"""Seconds between two polls."""


class NotReadyError(Exception):
    """A part is missing or does not work; the message says which."""


class Part:
    """A process that runs beside the trial, with its output in a file."""

    def __init__(self, name: str, command: Sequence[str], logs: Path) -> None:
        """Start it."""
        self.name = name
        self.log = logs / f"{name}.txt"
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603, our own parts
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise NotReadyError if it has ended."""
        if (code := self._process.poll()) is not None:
            msg = f"{self.name} ended with {code}: see {self.log}."
            raise NotReadyError(msg)

    def kill(self) -> None:
        """Kill it, as if the power had failed."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Terminate it and print how it ended; kill it after a timeout."""
        if self._process.poll() is not None:
            return
        begin = time.monotonic()
        self._process.terminate()
        try:
            code = self._process.wait(STOPPING_TAKES)
        except subprocess.TimeoutExpired:
            self._process.kill()
            say(f"{self.name} did not stop within {STOPPING_TAKES} s.")
            return
        passed = time.monotonic() - begin
        # A program that does not handle the signal ends by it.
        how = "" if code in {0, -15} else f", with {code}"
        say(f"{'':7}{passed:6.2f} s  {self.name} stopped{how}")


@contextmanager
def running(name: str, command: Sequence[str], logs: Path) -> Iterator[Part]:
    """Run a part within the context."""
    part = Part(name, command, logs)
    try:
        yield part
    finally:
        part.stop()


async def adapters() -> dict[str, str]:
    """Return the adapters of bluetoothd, their paths by address; none if it does not answer."""
    with suppress(OSError, DBusFastError):
        async with mishaps.system_bus() as bus:
            reply = await bus.call(
                Message(
                    destination="org.bluez",
                    path="/",
                    interface="org.freedesktop.DBus.ObjectManager",
                    member="GetManagedObjects",
                )
            )
        if reply.message_type is MessageType.METHOD_RETURN:
            return adapter_paths(reply.body[0])
    return {}


def adapter_paths(objects: dict[str, Any]) -> dict[str, str]:
    """Return the adapters among the objects of bluetoothd, their paths by address."""
    return {
        interfaces["org.bluez.Adapter1"]["Address"].value: path
        for path, interfaces in objects.items()
        if "org.bluez.Adapter1" in interfaces
    }


async def refuse_second_run() -> None:
    """Raise NotReadyError if the adapter of another run is there: both have the same address."""
    if (path := (await adapters()).get(ADAPTER)) is not None:
        msg = f"{path} is the adapter of another run: wait until that has ended."
        raise NotReadyError(msg)


async def wait_for_adapter(*parts: Part) -> str:
    """Return the path of our adapter, once bluetoothd has it."""
    until = time.monotonic() + ADAPTER_TAKES
    while time.monotonic() < until:
        for part in parts:
            part.check()
        if (path := (await adapters()).get(ADAPTER)) is not None:
            return path
        await asyncio.sleep(EVERY)
    raise NotReadyError(
        "bluetoothd shows no adapter: it does not run, or not as it should."
    )


async def wait_for_home(port: int, part: Part) -> None:
    """Wait until Home Assistant runs, and the first BackHug is added and connected."""
    until = time.monotonic() + HOME_TAKES
    while time.monotonic() < until:
        part.check()
        with suppress(InstanceError, TimeoutError):
            async with Client.connect(port) as client:
                await client.wait(
                    lambda: (
                        client.state(CONNECTED) == "on" and SIMULATOR in client.states
                    ),
                    EVERY * 10,
                )
                return
        await asyncio.sleep(EVERY)
    msg = f"Home Assistant did not connect with the BackHug: see {part.log}."
    raise NotReadyError(msg)


def python(module: str, *arguments: object) -> list[str]:
    """Return a command that runs a module of ours."""
    return [sys.executable, "-u", "-m", module, *map(str, arguments)]


def wait_for_bus(part: Part) -> None:
    """Wait until the system bus can be connected to."""
    until = time.monotonic() + BUS_TAKES
    while not BUS_SOCKET.exists():
        part.check()
        if time.monotonic() > until:
            raise NotReadyError("The system bus did not start.")
        time.sleep(EVERY)


def attempt(options: argparse.Namespace, stack: ExitStack) -> int:
    """Start everything and try it; return how many trials failed."""
    logs: Path = options.logs

    def run(name: str, command: Sequence[str]) -> Part:
        return stack.enter_context(running(name, command, logs))

    place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    socket = place / "radio"
    begin = time.monotonic()
    if options.dbus:
        wait_for_bus(run("dbus-daemon", shlex.split(options.dbus)))
    parts: list[Part] = []
    if options.bluetoothd:
        parts.append(run("bluetoothd", shlex.split(options.bluetoothd)))
    asyncio.run(refuse_second_run())
    encrypted = ["--encrypted"] if options.encrypted else []
    radio = python("development.bluez.radio", socket, *encrypted)
    failures = 0
    if CONFORM in options.only:
        with ExitStack() as checks:
            # In real time, by a device that is slow enough to be overtaken.
            command = [*radio, "--speed=1", f"--answer-delay={conform.ANSWER_DELAY}"]
            part = checks.enter_context(running("radio", command, logs))
            path = asyncio.run(wait_for_adapter(*parts, part))
            if options.agent:
                command = python("development.bluez.agent")
                checks.enter_context(running("agent", command, logs))
            failures += asyncio.run(conform.run(socket, Path(path).name, logs))
        if options.only == [CONFORM]:
            return failures
        begin = time.monotonic()
    parts.append(run("radio", [*radio, "--speed", options.speed]))
    path = asyncio.run(wait_for_adapter(*parts))
    say(f"{'':7}{time.monotonic() - begin:6.2f} s  the adapter is {path}")
    if options.agent:
        run("agent", python("development.bluez.agent"))
    os.environ |= {"BACKHUG_RADIO": str(socket), "BACKHUG_LOG": "debug"}
    home_options = {
        "speed": options.speed,
        "port": options.port,
        "config": place / "home",
    }
    command = python(
        "development", *(f"--{key}={value}" for key, value in home_options.items())
    )

    def start() -> Part:
        begin = time.monotonic()
        home = run("home-assistant", command)
        asyncio.run(wait_for_home(options.port, home))
        say(f"{'':7}{time.monotonic() - begin:6.2f} s  Home Assistant runs, connected")
        return home

    return failures + try_parts(options, path, start)


def try_parts(
    options: argparse.Namespace, adapter: str, start: Callable[[], Part]
) -> int:
    """Start Home Assistant and try the chosen parts, or all; return how many failed."""

    def trial(*more: str) -> int:
        command = python("development.trial", "--port", options.port, *more)
        return subprocess.run(command, check=False).returncode  # noqa: S603

    home = start()
    chosen: list[str] = options.only
    parts_of_trial = [part for part in chosen if part not in OWN_PARTS]
    failures = 0
    if parts_of_trial:
        failures += trial("--only", *parts_of_trial)
    elif not chosen:
        failures += trial()
    if not chosen or RESTART in chosen:
        failures += trial("--restart")
    if not chosen or MISHAPS in chosen:
        failures += asyncio.run(mishaps.run(options.port, adapter, home.kill))
        start()
        failures += asyncio.run(mishaps.run_after(options.port))
    return failures


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--logs", type=Path, required=True)
    parser.add_argument("--dbus", help="starts the system bus, if it does not run")
    parser.add_argument("--bluetoothd", help="starts bluetoothd, if it does not run")
    parser.add_argument("--speed", default="5")
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--encrypted", action="store_true")
    parser.add_argument("--agent", action="store_true")
    options = parser.parse_args()
    try:
        with ExitStack() as stack:
            failures = attempt(options, stack)
    except TimeoutError:
        say("Given up: waited in vain.")
        return 1
    except (Failure, InstanceError, NotReadyError) as error:
        say(f"Given up: {error}")
        return 1
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
