"""The messages and preparations of scripts/bluez; the trial itself needs a guest."""

import argparse
from contextlib import ExitStack
import os
from pathlib import Path
import subprocess
import sys
from unittest.mock import Mock

from dbus_fast import Variant
import pytest

from conformance.report import Report
from conformance.run import check_device
from conformance.simulated import simulated
from development.bluez import __main__ as bluez, conform, mishaps
from development.devices import ADAPTER
from development.instance import REPOSITORY

SCRIPT = REPOSITORY / "scripts/bluez"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return a directory of commands that come before this machine's own."""
    commands = tmp_path / "bin"
    commands.mkdir()
    # No test shall load a module into the kernel.
    command(commands, "modprobe", "exit 1")
    return commands


def command(commands: Path, name: str, does: str) -> None:
    """Put another command in place of one of this machine's."""
    path = commands / name
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)


def run(machine: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a cache of its own."""
    return subprocess.run(
        [SCRIPT, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={
            **os.environ,
            "PATH": f"{machine}:{os.environ['PATH']}",
            "BACKHUG_CACHE": str(machine.parent / "cache"),
        },
    )


def test_help_lists_each_option(machine: Path) -> None:
    """The help lists each option, and creates nothing."""
    done = run(machine, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    for option in (
        "--here",
        "--guest",
        "--bluez",
        "--speed",
        "--only",
        "--encrypted",
        "--agent",
    ):
        assert f"  {option}" in done.stdout
    assert not (machine.parent / "cache").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--wrong"], "Unknown option: --wrong"),
        (["trixie"], "Unknown option: trixie"),
        (["--speed"], "--speed needs a value."),
        (["--speed", "0"], "--speed takes a number above 0."),
        (["--speed=fast"], "--speed takes a number above 0."),
        (["--bluez", "trixie main"], "--bluez takes the name of a suite of Debian"),
        (["--logs"], "--logs needs a value."),
    ],
)
def test_wrong_arguments_show_the_usage(
    machine: Path, arguments: list[str], says: str
) -> None:
    """The message names the mistake, then the usage; nothing is created."""
    done = run(machine, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(says)
    assert "Usage: scripts/bluez" in done.stderr
    assert not (machine.parent / "cache").exists()


@pytest.mark.skipif(Path("/dev/vhci").exists(), reason="this machine could do it")
def test_missing_requirement_is_named(machine: Path) -> None:
    """One sentence names what is missing."""
    done = run(machine, "--here")
    assert done.returncode == 1
    assert done.stderr.startswith("/dev/vhci cannot be used: it needs ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "answer", "says"),
    [
        ("-s", "Darwin", "BlueZ is Linux's Bluetooth: it cannot be tried on Darwin."),
        ("-m", "aarch64", "The guest is a Linux for x86_64"),
    ],
)
def test_unsuitable_machine_is_refused_at_once(
    machine: Path, option: str, answer: str, says: str
) -> None:
    """A machine that cannot run it is refused at once."""
    real = {"-s": "Linux", "-m": "x86_64", option: answer}
    cases = " ".join(f"{key}) echo {value};;" for key, value in real.items())
    command(machine, "uname", f'case "$1" in {cases} esac')
    done = run(machine, "--guest")
    assert done.returncode == 1
    assert done.stderr.startswith(says)
    assert done.stderr.count("\n") == 1


def test_no_debian(machine: Path) -> None:
    """Debian's packages are needed for the guest, and a way to get them."""
    for name in ("gcc", "make", "git", "python3", "perl", "xz"):
        command(machine, name, "exit 0")
    done = subprocess.run(
        [
            "/bin/bash",
            "-c",
            'set -eu; . scripts/common.sh; unpack_debian trixie "$BACKHUG_CACHE" bluez',
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(machine), "BACKHUG_CACHE": str(machine / "c"), "HOME": "/"},
    )
    assert done.returncode == 1
    assert done.stderr == "Debian's packages are needed, and apt-get to get them.\n"


async def test_person_knows_each_question_of_conform() -> None:
    """The person of the trial does one thing at each question of scripts/conform."""
    async with simulated() as device:
        await check_device(device, Report())
        assert len(device.questions) == len(conform.ACTIONS)
        for question, part in zip(device.questions, conform.ACTIONS, strict=True):
            assert [each for each in conform.ACTIONS if each in question] == [part]


def test_part_that_ends(tmp_path: Path) -> None:
    """A part that ends by itself is named, with where to read why."""
    part = bluez.Part("radio", [sys.executable, "-c", "exit('no adapter')"], tmp_path)
    part._process.wait()
    with pytest.raises(
        bluez.NotReadyError, match=r"radio ended with 1: see .*radio\.txt"
    ):
        part.check()
    part.stop()
    assert part.log.read_text() == "no adapter\n"


def test_part_that_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A part is stopped when it is not needed any more."""
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    with bluez.running("radio", command, tmp_path) as part:
        part.check()
    assert part._process.returncode == -15
    assert "radio stopped\n" in capsys.readouterr().out


def test_part_that_does_not_stop(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is killed in the end."""
    monkeypatch.setattr(bluez, "STOPPING_TAKES", 0.2)
    ignore = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('ready', flush=True); time.sleep(60)"
    )
    part = bluez.Part("radio", [sys.executable, "-c", ignore], tmp_path)
    while not part.log.read_text():
        part.check()
    part.stop()
    assert part._process.wait(10) == -9
    assert "radio did not stop within 0.2 s." in capsys.readouterr().out


def test_adapters_are_recognised() -> None:
    """Adapters are distinguished from bluetoothd's other objects."""
    found = bluez.adapter_paths(
        {
            "/org/bluez": {"org.bluez.AgentManager1": {}},
            "/org/bluez/hci1": {
                "org.bluez.Adapter1": {"Address": Variant("s", "00:1A:7D:DA:71:13")}
            },
            "/org/bluez/hci1/dev_C0": {
                "org.bluez.Device1": {"Address": Variant("s", "C0:FF:EE:00:7F:2A")}
            },
        }
    )
    assert found == {"00:1A:7D:DA:71:13": "/org/bluez/hci1"}


@pytest.mark.usefixtures("unix_sockets")
async def test_no_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bluetoothd that does not answer is waited for, and not for ever; an ended part ends the waiting."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nowhere")
    monkeypatch.setattr(bluez, "ADAPTER_TAKES", 0.5)
    with pytest.raises(bluez.NotReadyError, match="bluetoothd shows no adapter"):
        await bluez.wait_for_adapter()
    part = bluez.Part("radio", [sys.executable, "-c", "exit(3)"], tmp_path)
    part._process.wait()
    with pytest.raises(bluez.NotReadyError, match="radio ended with 3"):
        await bluez.wait_for_adapter(part)


def test_second_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine has one adapter of this address: nothing is started beside it."""

    async def adapters() -> dict[str, str]:
        return {ADAPTER: "/org/bluez/hci0"}

    monkeypatch.setattr(bluez, "adapters", adapters)
    monkeypatch.setattr(bluez, "running", Mock())
    options = argparse.Namespace(logs=tmp_path, dbus=None, bluetoothd=None)
    with (
        ExitStack() as stack,
        pytest.raises(bluez.NotReadyError, match="hci0 is the adapter of another run"),
    ):
        bluez.attempt(options, stack)
    assert not bluez.running.mock_calls  # type: ignore[attr-defined]


class Chosen:
    """The parts of a trial that were run, with everything that runs them replaced."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replace the processes and the mishaps."""
        self.ran: list[str] = []
        self.home = Mock()
        monkeypatch.setattr(subprocess, "run", self._trial)
        monkeypatch.setattr(mishaps, "run", self._mishaps)
        monkeypatch.setattr(mishaps, "run_after", self._after)

    def _trial(self, command: list[str], **_: object) -> Mock:
        self.ran.append(" ".join(command[command.index("8123") + 1 :]) or "trial")
        return Mock(returncode=1)

    async def _mishaps(self, _port: int, adapter: str, kill: object) -> int:
        assert kill == self.home.kill
        self.ran.append(f"mishaps of {adapter}")
        return 2

    async def _after(self, _port: int) -> int:
        self.ran.append("after")
        return 0

    def start(self) -> Mock:
        """Start Home Assistant."""
        self.ran.append("start")
        return self.home


@pytest.mark.parametrize(
    ("only", "ran", "failures"),
    [
        (
            [],
            ["start", "trial", "--restart", "mishaps of hci0", "start", "after"],
            4,
        ),
        (["link", "power"], ["start", "--only link power"], 1),
        (["link", "restart"], ["start", "--only link", "--restart"], 2),
        (["mishaps"], ["start", "mishaps of hci0", "start", "after"], 2),
    ],
)
def test_parts(
    monkeypatch: pytest.MonkeyPatch, only: list[str], ran: list[str], failures: int
) -> None:
    """Everything is tried unless parts are named; each failure counts."""
    chosen = Chosen(monkeypatch)
    options = argparse.Namespace(port=8123, only=only)
    assert bluez.try_parts(options, "hci0", chosen.start) == failures
    assert chosen.ran == ran
