"""A client and its device, over the air: reading, showing, commands."""

from __future__ import annotations

from itertools import pairwise
from typing import override

import pytest

from custom_components.backhug.device import connector
from custom_components.backhug.device.errors import (
    BackHugError,
    ContradictoryFeaturesError,
    NotReachableError,
    UnknownProtocolError,
    UnsupportedVersionError,
)
from custom_components.backhug.device.identification import identify
from custom_components.backhug.device.model import (
    Area,
    DeviceInformation,
    Fault,
    Flow,
    Phase,
    Region,
    SessionEnd,
    Settings,
    State,
    TensionRecord,
    TensionScan,
)
from simulator import protocol
from simulator.back import Back, End, Observer
from simulator.build import Build
from simulator.faults import Faults
from tests.home import features_of, until

from .bench import Bench, Client
from .open_profile import features_shown


@pytest.fixture(
    params=[(mtu, fingers) for mtu in (23, 247) for fingers in (24, 26, 28)]
)
def build(request: pytest.FixtureRequest) -> Build:
    """Return builds of the device: the known numbers of fingers, at each MTU."""
    mtu, fingers = request.param
    return Build(mtu=mtu, fingers=fingers)


def as_shown(phase: Phase, efforts: tuple[int, ...] | None) -> TensionScan | None:
    """Return a scan of the device as the client shows it."""
    if efforts is None:
        return None
    return TensionScan(
        phase, tuple(None if effort == 255 else effort for effort in efforts)
    )


def record_as_shown(back: Back) -> TensionRecord:
    """Return the record of the device as the client shows it."""
    record = back.record
    return TensionRecord(
        record.session_number,
        as_shown(Phase.BEFORE, record.before),
        as_shown(Phase.AFTER, record.after),
    )


async def test_connection_reads_everything_once(bench: Bench, build: Build) -> None:
    """On connection each value is read once."""
    client = await bench.client(build)
    snapshot = client.hug.snapshot
    assert client.peripheral.mtu == build.mtu
    assert snapshot.connected
    assert snapshot.features == features_shown(build)
    assert snapshot.information == DeviceInformation(
        "BackHug simulator", "Simulated BackHug", "SIM-7F2A", "1.0.0", "A"
    )
    assert client.status.state is State.STANDBY
    assert client.status.occupied
    assert snapshot.settings == Settings(3, Area.FULL_BACK, Flow.SLOW, 20)
    assert snapshot.ends_at is None
    assert snapshot.tension is None
    assert snapshot.record is not None
    assert (snapshot.record.before, snapshot.record.after) == (None, None)
    assert snapshot.record.session == 0
    assert client.peripheral.reads == dict.fromkeys(
        (protocol.FEATURES, protocol.STATUS, protocol.TENSION_RECORD), 1
    )
    assert client.requests() == []


class Scans(Observer):
    """Remembers the newest scan of a device the way a client must show it."""

    last: TensionScan | None = None

    @override
    def scanned(self, phase: int, number: int, efforts: tuple[int, ...]) -> None:
        """Take a scan."""
        self.last = as_shown(tuple(Phase)[phase], efforts)


def tension(client: Client) -> TensionScan:
    """Return the newest scan of the client."""
    assert client.hug.snapshot.tension is not None
    return client.hug.snapshot.tension


async def test_session(bench: Bench, build: Build) -> None:
    """A session, from its start to its record: the device and the client show the same."""
    client = await bench.client(build)
    scans = Scans()
    client.back.observe(scans)
    await client.hug.start(20, strength=7, area=Area.SHOULDER_BLADES, flow=Flow.WAVE)
    back = client.back
    assert (back.strength, back.area, back.flow, back.length) == (7, 4, 3, 1200)
    # The answer comes after the notification of the change.
    assert client.status.state is State.SCANNING
    assert client.status.session == 1
    assert not client.status.leg_rest_raised
    client.clock.advance(7)
    await until(lambda: client.status.leg_rest_raised)
    client.clock.advance(14)
    await client.shows(State.TREATING)
    await until(lambda: client.hug.snapshot.record == record_as_shown(client.back))
    shown = client.hug.snapshot.record
    assert shown is not None
    assert shown.before is not None
    assert shown.after is None
    assert len(shown.before.efforts) == build.fingers
    assert None in shown.before.efforts
    await client.pass_time(1)
    await until(lambda: tension(client) == scans.last)
    assert tension(client).phase is Phase.LIVE
    assert len(tension(client).efforts) == build.fingers
    await client.pass_quietly(client.back.seconds_left)
    client.clock.advance(16)
    await client.shows(State.STANDBY)
    assert client.status.last_end is SessionEnd.COMPLETED
    await until(lambda: client.hug.snapshot.record == record_as_shown(client.back))
    shown = client.hug.snapshot.record
    assert shown is not None
    assert shown.before is not None
    assert shown.after is not None
    assert client.hug.snapshot.tension == shown.after
    assert shown.before.back is not None
    assert shown.after.back is not None
    assert shown.after.back < shown.before.back
    assert shown.after.regions.keys() == set(Region)
    assert client.requests() == [1]


async def test_each_command_has_its_effect(bench: Bench, build: Build) -> None:
    """Each command has its effect at the device, in a session and for the next one."""
    client = await bench.client(build)
    hug, back = client.hug, client.back
    for opcode, command, attribute, value in (
        (5, hug.set_strength(10), "strength", 10),
        (6, hug.set_area(Area.ALONG_SPINE), "area", 5),
        (7, hug.set_flow(Flow.FAST), "flow", 2),
        (8, hug.set_length(5), "length", 300),
    ):
        await command
        assert getattr(back, attribute) == value
        assert client.requests()[-1] == opcode
    assert hug.snapshot.settings == Settings(10, Area.ALONG_SPINE, Flow.FAST, 5)
    # Settings that are not given stay as the device shows them.
    await hug.start(30)
    assert (back.strength, back.area, back.flow, back.length) == (10, 5, 2, 1800)
    client.clock.advance(21)
    await client.shows(State.TREATING)
    await hug.pause()
    assert back.state == 3
    assert client.shown() is State.PAUSED
    await hug.resume()
    assert back.state == 2
    assert client.shown() is State.TREATING
    await hug.set_strength(1)
    await hug.set_area(Area.FULL_BACK)
    await hug.set_flow(Flow.SLOW)
    await hug.set_length(60)
    assert (back.strength, back.area, back.flow, back.length) == (1, 0, 0, 3600)
    assert hug.snapshot.settings == Settings(1, Area.FULL_BACK, Flow.SLOW, 60)
    await hug.stop()
    assert client.shown() is State.FINISHING
    assert back.last_end is End.STOPPED_BY_CLIENT
    assert client.requests() == [5, 6, 7, 8, 1, 3, 4, 5, 6, 7, 8, 2]
    tokens = [request.token for request in back.requests]
    assert all(token != following for token, following in pairwise(tokens))


async def test_changes_at_the_device_are_shown(bench: Bench) -> None:
    """Changes by a person at the device, and by the device itself, are shown."""
    client = await bench.client()
    client.back.get_up()
    await until(lambda: not client.status.occupied)
    client.back.lie_down()
    client.back.start_at_device(10, 4, 2, 1)
    await client.shows(State.SCANNING)
    assert client.hug.snapshot.settings == Settings(4, Area.MID_BACK, Flow.MEDIUM, 10)
    client.clock.advance(21)
    await client.shows(State.TREATING)
    client.back.set_at_device(strength=9, minutes=15)
    await until(lambda: client.status.strength == 9)
    await until(lambda: client.status.length == 900)
    client.back.get_up()
    await client.shows(State.PAUSED)
    assert client.status.paused_by_leaving
    client.clock.advance(61)
    await client.shows(State.FINISHING)
    assert client.status.last_end is SessionEnd.PERSON_LEFT
    client.back.block_finger()
    await client.shows(State.FAULT)
    assert client.status.fault is Fault.FINGER_BLOCKED
    client.back.clear_fault()
    await client.shows(State.FINISHING)
    client.clock.advance(16)
    await client.shows(State.STANDBY)
    assert not client.status.leg_rest_raised


async def test_record_of_a_session_that_broke_off(bench: Bench) -> None:
    """A session that ends before its first scan has a record without one."""
    client = await bench.client()
    await client.treat()
    await until(lambda: client.hug.snapshot.record == record_as_shown(client.back))
    before = client.hug.snapshot.record
    assert before is not None
    await client.hug.stop()
    client.clock.advance(16)
    await client.shows(State.STANDBY)
    await client.hug.start(20)
    client.back.overheat()
    await client.shows(State.FAULT)
    await until(lambda: client.hug.snapshot.record == record_as_shown(client.back))
    shown = client.hug.snapshot.record
    assert shown is not None
    assert (shown.session, shown.before, shown.after) == (2, None, None)


async def test_little_of_a_device(bench: Bench) -> None:
    """A device may have no tension, no sensors, no pause, and say nothing of itself."""
    build = Build(
        fingers=2,
        strengths=1,
        areas=(9,),
        flows=(15,),
        shortest=1,
        longest=255,
        can_pause=False,
        senses_occupancy=False,
        reports_leg_rest=False,
        measures_tension=False,
        manufacturer=None,
        model=None,
        serial=None,
        firmware=None,
        hardware=None,
    )
    client = await bench.client(build, occupied=False)
    assert client.hug.snapshot.features == features_shown(build)
    assert client.hug.snapshot.information == DeviceInformation()
    assert client.hug.snapshot.settings == Settings(1, None, None, 20)
    assert client.hug.snapshot.record is None
    await client.hug.start(60)
    client.clock.advance(21)
    await client.shows(State.TREATING)
    assert not client.status.leg_rest_raised
    assert not client.status.occupied
    assert client.hug.snapshot.tension is None
    await client.pass_quietly(client.back.seconds_left)
    client.clock.advance(16)
    await client.shows(State.STANDBY)
    assert client.status.last_end is SessionEnd.COMPLETED


@pytest.mark.parametrize("status_on_subscribe", [True, False])
async def test_status_is_known_either_way(
    bench: Bench, status_on_subscribe: bool
) -> None:
    """A device may notify Status at once when that is enabled; it is read anyway."""
    client = await bench.client(status_on_subscribe=status_on_subscribe)
    assert client.status.state is State.STANDBY


async def test_two_devices(bench: Bench) -> None:
    """Two devices do not get in each other's way."""
    one = await bench.client(Build())
    other = await bench.client(
        Build(name="BackHug-26", address="C0:FF:EE:00:00:26", fingers=26)
    )
    await one.hug.start(20)
    assert one.status.state is State.SCANNING
    assert other.status.state is State.STANDBY
    await other.hug.set_strength(1)
    assert (one.back.strength, other.back.strength) == (3, 1)


async def test_identify_reads_and_disconnects(bench: Bench, build: Build) -> None:
    """Identifying reads what the device is, and disconnects."""
    client = await bench.client(build, connect=False)
    device = client._path()
    assert device is not None
    identity = await identify("BackHug", device)
    assert identity.features == features_of(build)
    assert identity.information.serial == "SIM-7F2A"
    await until(lambda: not client.peripheral.connected)
    assert client.peripheral.connections == 1


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("build", "faults", "error"),
    [
        (Build(), Faults(refuse_connections=True), NotReachableError),
        (Build(), Faults(hang_connect=True), NotReachableError),
        (Build(), Faults(features=b"\x01"), ContradictoryFeaturesError),
        (Build(), Faults(missing=frozenset({protocol.STATUS})), UnknownProtocolError),
        (Build(major=3), Faults(), UnsupportedVersionError),
    ],
)
async def test_identify_refuses_incompatible_devices(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    build: Build,
    faults: Faults,
    error: type[BackHugError],
) -> None:
    """An incompatible device is refused with the reason, and disconnected."""
    monkeypatch.setattr(connector, "CONNECT_TIMEOUT", 0.2)
    client = await bench.client(build, connect=False, faults=faults)
    device = client._path()
    assert device is not None
    with pytest.raises(error):
        await identify("BackHug", device)
    await until(lambda: not client.peripheral.connected)
    assert bench.home.scanner.central.allocated == []
