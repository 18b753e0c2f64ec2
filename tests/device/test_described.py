"""Beds of invented vendors, operated by descriptions over Home Assistant's Bluetooth."""

from __future__ import annotations

from typing import Any

import pytest

from custom_components.backhug.device.errors import (
    BackHugError,
    InvalidParameterError,
    LockedError,
    NoAnswerError,
    NotSupportedError,
    RefusedError,
    StopPendingError,
    UnknownProtocolError,
    WrongStateError,
)
from custom_components.backhug.device.identification import identify
from custom_components.backhug.device.model import (
    Adjustment,
    Area,
    Flow,
    SessionEnd,
    State,
)
from custom_components.backhug.device.protocols.described.protocol import (
    DescribedProtocol,
)
from custom_components.backhug.device.protocols.protocol import Request
from simulator.vendors.murmur import Murmur
from simulator.vendors.relaxa import Mode, Relaxa
from tests.home import Home, until

from .described import DescribedClient, client_of, described, text_of

STOP = b"\x55\xaa\1\x11\x11"


async def test_features_are_those_of_the_description(home: Home) -> None:
    """What the description does not hold is said to be lacking."""
    client = await client_of(home, Relaxa)
    features = client.hug.snapshot.features
    assert features is not None
    assert (features.sets_strength, features.steps_strength) == (False, True)
    assert features.areas == (Area.FULL_BACK, Area.UPPER_BACK, Area.LOWER_BACK)
    assert features.flows == ()
    assert (features.min_minutes, features.max_minutes) == (5, 30)
    assert features.reports_state
    assert not features.numbers_sessions
    assert not features.can_resume
    assert not features.measures_tension


async def test_session_area_and_stop(home: Home) -> None:
    """Every answer and every state comes from the bed."""
    client = await client_of(home, Relaxa)
    await client.hug.start(20, area=Area.LOWER_BACK)
    assert client.bed.area == 2
    await client.shows(State.TREATING)
    assert client.status.session == 1
    assert client.status.seconds_left == 1200
    assert client.status.area is Area.LOWER_BACK
    assert client.hug.snapshot.ends_at is not None
    await client.hug.set_area(Area.UPPER_BACK)
    assert client.bed.area == 1
    assert await client.hug.stop()
    await client.shows(State.FINISHING)
    client.clock.advance(5)  # type: ignore[attr-defined]
    await client.shows(State.STANDBY)
    assert client.status.last_end is SessionEnd.STOPPED_BY_CLIENT
    assert client.status.seconds_left == 0


async def test_strength_goes_up_and_down_by_keys(home: Home) -> None:
    """A key is pressed once for each step, and released."""
    client = await client_of(home, Relaxa)
    await client.hug.step_strength(Request.STRENGTH_UP)
    await until(lambda: client.status.strength == 3, "it is stronger")
    await client.hug.adjust(Adjustment(strength_step=-2, area=Area.UPPER_BACK))
    await until(lambda: client.status.strength == 1, "it is softer")
    await client.hug.adjust(Adjustment(strength_step=1))
    await until(lambda: client.status.strength == 2, "it is stronger")
    assert not client.bed.key_down
    with pytest.raises(InvalidParameterError):
        await client.hug.set_strength(1)
    assert client.bed.unheard == 0


async def test_what_the_bed_refuses(home: Home) -> None:
    """A refusal is an error, and so is what the description does not hold."""
    client = await client_of(home, Relaxa)
    client.bed.work(10)
    await client.shows(State.TREATING)
    with pytest.raises(RefusedError):
        await client.hug.start(20)
    with pytest.raises(NotSupportedError):
        await client.hug.pause()
    with pytest.raises(WrongStateError):
        # The bed was given its time at the start.
        await client.hug.set_length(25)
    await client.hug.stop()
    await client.hug.set_length(25)
    assert client.status.length == 1500


async def test_session_from_the_remote_control_is_seen_and_stopped(home: Home) -> None:
    """A stop is meant for whatever runs."""
    client = await client_of(home, Relaxa)
    client.bed.work(10)
    await client.shows(State.TREATING)
    assert client.status.seconds_left == 600
    assert await client.hug.stop()
    assert client.bed.mode is Mode.LOWERING


async def test_wrong_pin_locks(home: Home) -> None:
    """A bed that refuses the handshake is not operated."""
    client = await client_of(home, Relaxa, connect=False)
    client.bed.pin = b"\4\3\2\1"
    client.hug.connection.hold()
    await until(lambda: client.hug.snapshot.incompatible, "it is refused")
    assert client.hug.snapshot.incompatible == LockedError.reason
    assert client.bed.unheard == 0


@pytest.mark.usefixtures("hurried")
async def test_stop_is_sent_although_the_handshake_is_refused(home: Home) -> None:
    """A stop is tried on whatever is there."""
    client = await client_of(home, Relaxa, connect=False)
    client.bed.pin = b"\4\3\2\1"
    client.hug.connection.hold()
    with pytest.raises(BackHugError):
        await client.hug.stop()
    assert STOP in client.bed.received


async def test_another_device_is_never_written_to(home: Home) -> None:
    """A description is for the device that has its characteristics."""
    client = await client_of(home, Murmur, connect=False)
    device = client.path()
    assert device is not None
    with pytest.raises(UnknownProtocolError):
        await identify("Murmur", device, DescribedProtocol(described(text_of(Relaxa))))
    for signal in ('characteristics: ["2a00", "ffe9"]', 'model: "X"'):
        text = text_of(Murmur).replace("match:", f"match:\n  {signal}", 1)
        with pytest.raises(UnknownProtocolError):
            await identify("Murmur", device, DescribedProtocol(described(text)))
    assert client.bed.received == []


@pytest.mark.usefixtures("hurried")
async def test_stop_goes_on_until_it_works(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop that is not answered is repeated, and kept for the next connection."""
    monkeypatch.setattr(f"{DescribedProtocol.__module__}.STOP_INTERVAL", 0.05)
    client = await client_of(home, Relaxa)
    await client.hug.start(20)
    await client.shows(State.TREATING)
    client.bed.deaf = True
    with pytest.raises(StopPendingError):
        await client.hug.stop()
    assert client.bed.unheard > 3
    assert client.hug.stop_kept
    client.bed.deaf = False
    await until(lambda: client.bed.mode is Mode.LOWERING, "it is stopped")
    await until(lambda: not client.hug.stop_kept, "the stop is delivered")


async def test_unanswered_command_is_an_error(home: Home) -> None:
    """What is not answered has failed, unless the state shows otherwise."""
    client = await client_of(home, Relaxa)
    client.bed.silent = {0x10, 0x21}
    await client.hug.start(20)
    assert client.status.running
    client.bed._carry_out = lambda *_: 0  # type: ignore[method-assign]
    with pytest.raises(NoAnswerError):
        await client.hug.set_area(Area.LOWER_BACK)


async def test_state_is_assumed_where_none_is_reported(home: Home) -> None:
    """What was sent is shown, and said to be assumed."""
    client = await client_of(home, Murmur)
    features = client.hug.snapshot.features
    assert features is not None
    assert not features.reports_state
    assert features.can_pause
    assert (features.min_minutes, features.max_minutes) == (1, 60)
    await client.hug.start(10, strength=3, flow=Flow.WAVE)
    assert client.bed.lines == ["!FORCE 3", "!WAY WAVE", "!RUN"]
    assert (client.status.state, client.status.strength) == (State.TREATING, 3)
    assert client.status.flow is Flow.WAVE
    assert client.status.length == 600
    await client.hug.pause()
    assert client.bed.paused
    await client.shows(State.PAUSED)
    assert client.hug.snapshot.pause_ends_at is None
    await client.hug.resume()
    await client.hug.set_length(15)
    assert client.status.length == 900
    assert await client.hug.stop()
    await client.shows(State.STANDBY)
    assert not client.bed.running


async def test_refused_setting_starts_nothing(home: Home) -> None:
    """A strength that cannot be set before the start is not left to chance."""
    client = await client_of(home, Murmur)
    client.bed._carry_out = lambda *_: False  # type: ignore[method-assign]
    with pytest.raises(RefusedError):
        await client.hug.start(10, strength=3)
    assert client.bed.lines == ["!FORCE 3"]


async def test_stop_reaches_a_bed_whose_state_nobody_knows(home: Home) -> None:
    """Where no state is reported, each stop is written."""
    client = await client_of(home, Murmur)
    client.bed.running = True
    assert client.status.state is State.STANDBY
    await client.hug.stop()
    assert not client.bed.running


async def test_due_stop_is_sent_to_whatever_runs(home: Home) -> None:
    """Without session numbers a stop that is due is for any session."""
    client = await client_of(home, Murmur)
    client.bed.running = True
    client.hug.stop_when_connected({7}, None)
    client.bed.drop_link()
    await until(lambda: not client.bed.running, "it is stopped")
    await until(lambda: not client.hug.stop_kept, "it is delivered")


async def test_stop_keeps_any_session(home: Home) -> None:
    """A stop that cannot be delivered may find another session than the one that ran."""
    client = await client_of(home, Relaxa)
    client.bed.work(10)
    await client.shows(State.TREATING)
    client.hug.keep_stop()
    assert client.hug.stop_any_for is not None


def pass_time(client: DescribedClient[Any], seconds: float) -> None:
    """Let the session have begun so much earlier."""
    client.protocol._state._began_at -= seconds
    client.protocol._report()
    client.hug._receiver.changed.set()


async def test_client_ends_the_session_that_the_bed_does_not(home: Home) -> None:
    """Never longer than asked for, by the client's own clock."""
    client = await client_of(home, Murmur)
    await client.hug.start(10)
    pass_time(client, 590)
    assert client.status.seconds_left == 10
    pass_time(client, 11)
    await client.shows(State.STANDBY)
    assert not client.bed.running
    assert client.status.last_end is SessionEnd.COMPLETED


async def test_overdue_stop_is_not_sent_in_a_row(home: Home) -> None:
    """The bed has time to report the end."""
    client = await client_of(home, Relaxa)
    await client.hug.start(10)
    await client.shows(State.TREATING)
    client.bed.rest = lambda: None  # type: ignore[method-assign]
    pass_time(client, 3601)
    await until(lambda: STOP in client.bed.received, "it is stopped")
    await client.hug.set_area(Area.LOWER_BACK)
    assert client.bed.received.count(STOP) == 1
