"""The length of a session, and settings that are reported after their answer."""

from __future__ import annotations

import pytest

from custom_components.backhug.device.model import Area, SessionEnd, State
from custom_components.backhug.device.protocols.described.held_values import (
    HELD_AT_MOST,
    SETTLED_AFTER,
)
from custom_components.backhug.device.protocols.protocol import Request
from simulator.vendors.relaxa import Relaxa
from tests.home import Home, until

from .described import client_of
from .described_state import AT_START, SET, UNSET, Device
from .description_texts import RELAXA


def test_newest_value_holds_until_it_is_reported() -> None:
    """The answer comes before the report, and a report of before may come between them."""
    device = Device(SET, "length", "strength", "area")
    before = {"length": 600, "strength": 2, "area": Area.FULL_BACK}
    device.reports(State.STANDBY, **before)
    device.set(minutes=30)
    device.set(Request.SET_STRENGTH, strength=4)
    shown = device.set(Request.SET_AREA, area=Area.LOWER_BACK)
    assert (shown.length, shown.strength, shown.area) == (1800, 4, Area.LOWER_BACK)
    assert device.reports(State.STANDBY, **before) == shown
    after = {"length": 1800, "strength": 4, "area": Area.LOWER_BACK}
    assert device.reports(State.STANDBY, **after) == shown
    assert not device.state.unconfirmed
    assert device.reports(State.STANDBY, **before).strength == 2


@pytest.mark.parametrize(
    ("reported", "later", "expected"),
    [
        (3, 0.1, 3),  # turned down by hand meanwhile
        (2, SETTLED_AFTER - 0.1, 5),
        (2, SETTLED_AFTER, 2),  # not taken
        (None, HELD_AT_MOST - 0.1, 5),
        (None, HELD_AT_MOST, 2),
    ],
)
def test_value_holds_no_longer(
    reported: int | None, later: float, expected: int
) -> None:
    """What the device reports counts as soon as it cannot be older."""
    device = Device(SET, "strength")
    device.reports(State.TREATING, strength=2)
    device.set(Request.SET_STRENGTH, strength=5)
    device.now += later
    if reported is not None:
        device.reports(State.TREATING, strength=reported)
    assert device.status.strength == expected


def test_reported_value_is_not_held() -> None:
    """A report before the answer is followed by what a person does at the device."""
    device = Device(SET, "strength")
    device.set(Request.SET_STRENGTH, strength=5)
    device.reports(State.TREATING, strength=5)
    device.set(Request.SET_STRENGTH, strength=5)
    assert not device.state.unconfirmed
    assert device.reports(State.TREATING, strength=4).strength == 4


def test_shorter_session_is_shown_at_once() -> None:
    """The seconds left are still those of before."""
    device = Device(SET, "length", "seconds_left")
    device.reports(State.TREATING, length=1800, seconds_left=1700)
    shown = device.set(minutes=10)
    assert (shown.length, shown.seconds_left) == (600, 600)
    assert device.reports(State.TREATING, length=600, seconds_left=500).length == 600


def test_client_keeps_the_time_where_no_length_can_be_set() -> None:
    """What is shown, and when it ends, is what was asked for, although the device has a length of its own."""
    device = Device(UNSET, "length", "seconds_left")
    device.reports(State.STANDBY, length=600, seconds_left=0)
    assert device.set(minutes=5).length == 300
    device.now += 60
    assert device.reports(State.STANDBY, length=600, seconds_left=0).length == 300
    shown = device.reports(State.TREATING, length=600, seconds_left=600)
    assert (shown.length, shown.seconds_left) == (300, 300)
    device.now += 100
    shown = device.reports(State.TREATING, length=600, seconds_left=500)
    assert (shown.length, shown.seconds_left) == (300, 200)
    assert device.state.overdue_at == device.now + 200
    device.now += 200
    device.state.stop_sent()
    assert device.reports(State.STANDBY).last_end is SessionEnd.COMPLETED


def test_device_ends_earlier_than_asked_for() -> None:
    """That end is shown; afterwards the length is again what was asked for."""
    device = Device(UNSET, "length", "seconds_left")
    device.set(minutes=30)
    shown = device.reports(State.TREATING, length=600, seconds_left=600)
    assert (shown.length, shown.seconds_left) == (600, 600)
    assert device.state.overdue_at == device.now + 1800
    assert device.reports(State.STANDBY, length=600, seconds_left=0).length == 1800


def test_length_is_reckoned_from_the_seconds_left() -> None:
    """What has passed is the difference of both; a device may count in minutes."""
    device = Device(UNSET, "seconds_left")
    device.set(minutes=30)
    shown = device.reports(State.TREATING, seconds_left=600)
    assert (shown.length, shown.seconds_left) == (600, 600)
    device.now += 70
    shown = device.reports(State.TREATING, seconds_left=540)
    assert (shown.length, shown.seconds_left) == (600, 540)
    # Somebody has set another time at the device.
    shown = device.reports(State.TREATING, seconds_left=1200)
    assert (shown.length, shown.seconds_left) == (1270, 1200)
    assert device.reports(State.STANDBY, seconds_left=0).length == 1800


def test_length_without_the_seconds_left() -> None:
    """The earlier end counts."""
    device = Device(UNSET, "length")
    device.set(minutes=30)
    assert device.reports(State.TREATING, length=600).seconds_left == 600
    device.now += 60
    assert device.status.seconds_left == 540
    device.set(minutes=5)
    assert device.status.seconds_left == 240


def test_length_of_the_next_session_where_only_a_start_sets_it() -> None:
    """Until then the device reports the length of the last one."""
    device = Device(AT_START, "length")
    device.reports(State.STANDBY, length=600)
    assert device.set(minutes=20).length == 1200
    device.now += HELD_AT_MOST
    assert device.reports(State.STANDBY, length=600).length == 1200
    assert device.set(Request.START, minutes=20).length == 1200
    assert device.reports(State.TREATING, length=1200).length == 1200


async def test_start_after_a_setting_has_the_new_value(home: Home) -> None:
    """Also where the start writes the area, and the bed reports it only later."""
    text = RELAXA.replace('"10 {minutes}"', '["21 {area}", "10 {minutes}"]').replace(
        'octets: ["55 aa 02 10 14 25"]',
        'octets: ["55 aa 02 21 02 24", "55 aa 02 10 14 25"]',
    )
    text = text.replace("with: {minutes: 20}", "with: {minutes: 20, area: lower_back}")
    client = await client_of(home, Relaxa, text)
    await until(lambda: client.status.area is Area.FULL_BACK, "the area is known")
    tell = client.bed.tell
    client.bed.tell = lambda: None  # type: ignore[method-assign]
    await client.hug.set_area(Area.LOWER_BACK)
    await client.hug.start(20)
    assert client.bed.area == 2
    client.bed.tell = tell  # type: ignore[method-assign]
    tell()
    await client.shows(State.TREATING)
