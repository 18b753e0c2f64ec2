"""The command line, and a person at it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import io
import os
from pathlib import Path
import pty
import sys
from typing import TextIO

from bumble.transport import open_transport
import pytest

from simulator.__main__ import main
from simulator.back import Back, Build, Clock, End, ManualClock, State
from simulator.bleak_client import SimulatedClient
from simulator.central import Central
from simulator.console import Console
from simulator.controller import AirController
from simulator.peripheral import Peripheral
from simulator.radio import Radio

from .conftest import Setup
from .waiting import until


@contextmanager
def piped(text: str) -> Iterator[TextIO]:
    """Yield the end of a pipe that holds some text."""
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    with os.fdopen(reading) as source:
        yield source


async def run(setup: Setup, text: str) -> str:
    """Pipe commands into a console and return its output."""
    sink = io.StringIO()
    with piped(text) as source:
        await Console(setup.back, setup.peripheral, source, sink).run()
    return sink.getvalue()


async def test_piped_commands(setup: Setup) -> None:
    """One command a line, by word or key; the end of the input ends it."""
    await setup.start()
    shown = await run(setup, "lie-down\ns\nstronger\n\nx")
    assert setup.back.state is State.FINISHING
    assert setup.back.last_end is End.STOPPED_AT_DEVICE
    assert setup.back.strength == 4
    lines = shown.splitlines()
    assert lines[0].startswith("BackHug-7F2A (C0:FF:EE:00:7F:2A)")
    assert lines[1].startswith("standby · 20 min · strength 3/10 · full back · slow")
    assert "occupied" in lines[2]
    assert lines[3].startswith("scanning · 20:00 left")
    assert lines[-1].startswith("finishing")


async def test_refused_and_unknown_commands(setup: Setup) -> None:
    """It says why something was not done."""
    await setup.start()
    shown = await run(setup, "start\npause\ndance\nquit\nlie-down\n")
    assert "start: nobody on it\n" in shown
    assert "pause: not in this state\n" in shown
    assert "'dance' is no command" in shown
    assert not setup.back.occupied


async def test_faults_and_power(setup: Setup) -> None:
    """Everything that can happen to a device has its command."""
    await setup.start()
    shown = await run(
        setup, "block-finger\nclear\ng\nc\nt\nc\nn\nc\noff\non\nforget\ndrop\nu\nr\n-\n"
    )
    for text in ("finger blocked", "leg rest blocked", "too hot", "internal"):
        assert f"fault · {text}" in shown
    assert "switched off\n" in shown
    assert setup.back.strength == 2


async def test_unknown_codes_are_shown(setup: Setup) -> None:
    """A device may have unknown areas."""
    await setup.start(Build(areas=(9,)))
    assert "code 9" in await run(setup, "")


async def test_help(setup: Setup) -> None:
    """It lists every command."""
    await setup.start()
    sink = io.StringIO()
    with piped("help\n") as source:
        console = Console(setup.back, setup.peripheral, source, sink)
        await console.run()
    for command in console.commands:
        assert f"  {command.key}  {command.word} " in sink.getvalue()
    keys = [command.key for command in console.commands]
    words = [command.word for command in console.commands]
    assert len({*keys, *words}) == 2 * len(keys)


async def test_commands_from_a_file(setup: Setup, tmp_path: Path) -> None:
    """A regular file cannot be waited for, but read."""
    await setup.start()
    path = tmp_path / "commands"
    path.write_text("lie-down\n" * 1000 + "quit")
    with path.open() as source:
        await Console(setup.back, setup.peripheral, source, io.StringIO()).run()
    assert setup.back.occupied


async def test_waiting(setup: Setup) -> None:
    """Scripts wait in the time of the device."""
    await setup.start()
    setup.back.clock = Clock(speed=100)
    await run(setup, "lie-down\nstart\nwait 21\n")
    assert setup.back.state is State.TREATING


async def test_what_clients_ask_for_is_shown(setup: Setup) -> None:
    """The record of requests, live."""
    await setup.connect()
    reading, writing = os.pipe()
    sink = io.StringIO()
    with os.fdopen(reading) as source:
        console = Console(setup.back, setup.peripheral, source, sink)
        task = asyncio.create_task(console.run())
        await setup.ask(5, b"\x09")
        await setup.ask(99)
        os.close(writing)
        await task
    assert "received set_strength (opcode 5) 09\n" in sink.getvalue()
    assert "received unknown (opcode 99)\n" in sink.getvalue()


@pytest.mark.parametrize("end", ["q", "\x04"])
async def test_terminal(setup: Setup, end: str) -> None:
    """In a terminal single keys are commands, and the status line is rewritten."""
    await setup.start()
    leader, follower = pty.openpty()
    with (
        os.fdopen(follower, closefd=False) as source,
        os.fdopen(follower, "w") as sink,
    ):
        console = Console(setup.back, setup.peripheral, source, sink)
        task = asyncio.create_task(console.run())
        await asyncio.sleep(0.01)
        os.write(leader, b"ls")
        await until(lambda: setup.back.state is State.SCANNING)
        os.write(leader, end.encode())
        await task
        assert b"\r\x1b[Kscanning" in os.read(leader, 10_000)
    os.close(leader)


# -- The command line


def command_line(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command line."""
    monkeypatch.setattr(sys, "argv", ["simulator", *arguments])
    return main()


def test_missing_transport_has_a_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names an alternative."""
    assert command_line(monkeypatch) == 2
    assert "--transport usb:0" in capsys.readouterr().err


def test_invalid_build_has_a_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the mistake."""
    with pytest.raises(SystemExit):
        command_line(monkeypatch, "--transport", "usb:0", "--fingers", "3")
    assert "fingers must be even" in capsys.readouterr().err


def test_wrong_transport(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a traceback."""
    assert command_line(monkeypatch, "--transport", "pigeon:1") == 1
    assert capsys.readouterr().err == "pigeon:1: unknown transport scheme\n"


@pytest.mark.usefixtures("socket_enabled")
async def test_real_controller(unused_tcp_port: int) -> None:
    """A BackHug on a controller behind a transport does all the same."""
    air = Radio()
    transport = await open_transport(f"tcp-server:127.0.0.1:{unused_tcp_port}")
    controller = AirController("behind TCP", air.air)
    controller.set_packet_sink(transport.sink)
    transport.source.set_packet_sink(controller)
    radio = Radio(transport=f"tcp-client:127.0.0.1:{unused_tcp_port}")
    assert not radio.virtual
    back = Back(Build(), ManualClock())
    peripheral = Peripheral(back, radio, interval=0.02)
    await peripheral.start()
    with pytest.raises(RuntimeError):
        await radio.open_device("second", "C0:00:00:00:00:01")
    with pytest.raises(RuntimeError):
        peripheral.vanish()
    central = Central(air, "F0:00:00:00:5C:01")
    await central.start()
    client = SimulatedClient(back.build.address, central=central)

    await client.connect(timeout=3)
    peripheral.drop_link()
    await until(lambda: not client.is_connected)
    await client.connect(timeout=3)
    back.switch_off()
    await until(lambda: not client.is_connected)
    with pytest.raises(TimeoutError):
        await client.connect(timeout=0.1)
    back.switch_on()
    await client.connect(timeout=3)

    await client.disconnect()
    central.close()
    await peripheral.stop()
    await radio.close()
    await transport.close()
    await air.close()


@pytest.mark.usefixtures("socket_enabled")
def test_as_a_proxy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints how to add the proxy, and runs the console."""
    with piped("lie-down\nquit\n") as source:
        monkeypatch.setattr(sys, "stdin", source)
        arguments = ("--proxy", "--host", "127.0.0.1", "--port", "0")
        assert command_line(monkeypatch, *arguments) == 0
    said = capsys.readouterr().out
    assert "Add integration, ESPHome" in said
    assert "occupied" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--encryption-key", "c2hvcnQ="), "32 octets"),
        (("--host", "192.0.2.1"), "192.0.2.1"),
    ],
)
@pytest.mark.usefixtures("socket_enabled")
def test_invalid_proxy_has_a_message(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, str],
    said: str,
) -> None:
    """The message names the mistake."""
    assert command_line(monkeypatch, "--proxy", *arguments) == 1
    assert said in capsys.readouterr().err
