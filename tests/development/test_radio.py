"""The radio of scripts/bluez: its devices and commands, seen from Home Assistant's side."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from development.backhug_simulator.remote import RemoteDevice, RemoteSimulation
from development.bluez.radio import Station
from development.devices import ACTIONS, FIRST, RefusedError

SECONDS = 3

pytestmark = pytest.mark.usefixtures("unix_sockets")


class Remote:
    """A radio without a kernel, and the messages from its socket."""

    def __init__(self, directory: Path) -> None:
        """Make the parts."""
        self.socket = directory / "radio"
        self.station = Station(20)
        self.simulation = RemoteSimulation(str(self.socket))
        self.changed = asyncio.Event()

    async def start(self) -> None:
        """Start the radio and reach it."""
        pty = self.socket.with_name("hci")
        await self.station.start(self.socket, f"pty:{pty}")
        await self.simulation.async_start()
        self.first.observe(self.changed.set)

    async def stop(self) -> None:
        """Leave nothing behind."""
        await self.simulation.async_stop()
        await self.station.stop()

    @property
    def first(self) -> RemoteDevice:
        """The state of the first device."""
        return self.simulation.devices[0]

    async def shows(self, key: str, value: object) -> None:
        """Wait until the first device shows something."""
        async with asyncio.timeout(SECONDS):
            while self.first.shown[key] != value:
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
async def remote(tmp_path: Path) -> AsyncGenerator[Remote]:
    """Yield a radio that has been reached."""
    remote = Remote(tmp_path)
    try:
        await remote.start()
        yield remote
    finally:
        await remote.stop()


async def test_shown_at_once(remote: Remote) -> None:
    """The controls have something to show from the beginning."""
    assert [each.build.address for each in remote.simulation.devices] == [
        each.build.address for each in remote.station.devices
    ]
    for there, here in zip(
        remote.station.devices, remote.simulation.devices, strict=True
    ):
        assert here.shown == there.shown
    assert remote.first.shown["occupied"]


@pytest.mark.parametrize("key", ["power", "in_reach", "occupied"])
async def test_command_shows_before_its_answer(remote: Remote, key: str) -> None:
    """The effect of a command is visible when its answer comes."""
    for how, value in ("off", False), ("on", True):
        await remote.first.perform(f"{key}_{how}")
        assert remote.first.shown[key] is value
        assert remote.station.devices[0].shown[key] is value


async def test_change_at_the_device_is_shown(remote: Remote) -> None:
    """A change that was not requested here is shown too."""
    remote.station.devices[0].back.get_up()
    await remote.shows("occupied", False)
    remote.station.devices[0].back.block_finger()
    await remote.shows("state", "fault")


async def test_refused(remote: Remote) -> None:
    """A device that does not do it says why, and does the next thing."""
    await remote.first.perform("occupied_off")
    with pytest.raises(RefusedError, match="nobody"):
        await remote.first.perform("start")
    await remote.first.perform("occupied_on")
    await remote.first.perform("start")
    await remote.shows("state", "scanning")
    assert remote.station.devices[1].shown["state"] == "standby"


async def test_every_action(remote: Remote) -> None:
    """There is no action that a device of this build cannot do."""
    for action in ACTIONS:
        await remote.first.perform(action)


async def test_asked_together(remote: Remote) -> None:
    """Each gets its own answer."""
    await remote.first.perform("occupied_off")
    results = await asyncio.gather(
        remote.first.perform("start"),
        remote.first.perform("stop"),
        remote.first.perform("start"),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [
        RefusedError,
        type(None),
        RefusedError,
    ]


async def test_radio_that_has_ended_is_reported(remote: Remote) -> None:
    """A command to a radio that has ended fails, and the last known state stays."""
    asked = asyncio.create_task(remote.first.perform("stop"))
    await asyncio.sleep(0)
    await remote.station.stop()
    await asyncio.gather(asked, return_exceptions=True)
    assert remote.simulation._reading is not None
    await asyncio.wait_for(remote.simulation._reading, SECONDS)
    with pytest.raises(RefusedError, match="radio has gone"):
        await remote.first.perform("stop")
    assert remote.first.build is FIRST
    assert remote.first.shown["state"] == "standby"


async def test_no_radio(tmp_path: Path) -> None:
    """A radio that does not run is no simulation."""
    with pytest.raises(OSError, match="No such file"):
        await RemoteSimulation(str(tmp_path / "radio")).async_start()
