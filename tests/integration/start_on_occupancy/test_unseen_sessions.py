"""Sessions that Home Assistant did not see: they end a request made before them."""

from contextlib import suppress
import logging

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.backhug.session import start_on_occupancy
from tests.home import Home, SimulatedBackHug, until

from ..on_demand import rests, set_up
from .arming import START, arm, logged, lose, refused, starts_nothing

ENDED = "BackHug-7F2A no longer starts on occupancy: a session may have begun since"


def run_at_device(back_hug: SimulatedBackHug) -> None:
    """Start and stop a session at the device, which stays occupied."""
    back_hug.back.lie_down()
    back_hug.back.start_at_device(10)
    back_hug.clock.advance(60)
    back_hug.back.stop_at_device()
    back_hug.clock.advance(30)
    assert not back_hug.back.running


async def test_ends_with_an_unseen_session(
    empty: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A session that began and ended without a connection ends it, which is logged once."""
    await arm(empty)
    await lose(empty)
    run_at_device(empty)
    empty.peripheral.appear()
    await empty.shows("binary_sensor", "connected", "on")
    await starts_nothing(empty)
    assert logged(caplog, logging.INFO).count(ENDED) == 1


async def test_session_before_a_start_that_waits(
    empty: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A start that was under way when the connection was lost does not follow such a session."""
    await arm(empty)
    empty.faults.answer_delay = 5
    empty.faults.answers_affected = frozenset({5})
    setting = empty.hass.async_create_task(
        empty.call("number", "set_value", "strength", value=7)
    )
    await until(lambda: empty.requests(5), "the strength is sent")
    empty.back.lie_down()
    await until(
        lambda: empty.coordinator.controller.start_on_occupancy._starting,
        "the start waits",
    )
    await lose(empty)
    empty.faults.clear()
    run_at_device(empty)
    empty.peripheral.appear()
    with suppress(HomeAssistantError):
        await setting
    await starts_nothing(empty)
    assert logged(caplog, logging.WARNING) == []


async def test_counter_that_dips_starts_nothing(empty: SimulatedBackHug) -> None:
    """A session number that goes back starts nothing."""
    empty.back.session_number = 7
    await empty.reconnect()
    await arm(empty)
    await lose(empty)
    empty.back.session_number = 0
    empty.back.lie_down()
    empty.peripheral.appear()
    await starts_nothing(empty)


async def test_earlier_unseen_sessions_do_not_end_it(home: Home) -> None:
    """Earlier unseen sessions do not end it: it begins by reading the device."""
    back_hug = await set_up(home)
    back_hug.back.get_up()
    await rests(home, back_hug)
    run_at_device(back_hug)
    back_hug.back.get_up()
    await arm(back_hug)
    assert back_hug.value("sensor", "armed_until") != "unknown"
    back_hug.back.lie_down()
    await back_hug.shows("switch", "session", "on")
    assert len(back_hug.requests(START)) == 1


async def test_refused_in_an_unseen_session(home: Home) -> None:
    """It is refused while an unseen session runs at the device."""
    back_hug = await set_up(home)
    await rests(home, back_hug)
    back_hug.back.start_at_device(20)
    await refused(back_hug, "wrong_state")


async def out_of_reach(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lose the connection, and shorten the time to look for the device."""
    monkeypatch.setattr(start_on_occupancy, "LOOK_TIMEOUT", 0.1)
    await lose(back_hug)


async def test_refused_in_a_session_whose_end_would_be_unseen(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused in a session whose end would not be seen."""
    await back_hug.treat()
    await out_of_reach(back_hug, monkeypatch)
    await refused(back_hug, "wrong_state")


async def test_out_of_reach_compares_with_the_last_known_session(
    empty: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of reach, later sessions are compared with the last known one."""
    await out_of_reach(empty, monkeypatch)
    await arm(empty)
    empty.back.lie_down()
    empty.peripheral.appear()
    await empty.shows("switch", "session", "on")
    assert len(empty.requests(START)) == 1


async def test_ends_with_another_number_out_of_reach(
    empty: SimulatedBackHug,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Another number than the last known one ends it, to be safe."""
    await out_of_reach(empty, monkeypatch)
    await arm(empty)
    run_at_device(empty)
    empty.peripheral.appear()
    await starts_nothing(empty)
    assert logged(caplog, logging.INFO).count(ENDED) == 1


async def test_device_never_seen_waits_for_the_next_person(home: Home) -> None:
    """A device that was never seen may have had a session: it waits for somebody to lie down."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    await arm(back_hug)
    back_hug.back.switch_on()
    await back_hug.live()
    await starts_nothing(back_hug)
