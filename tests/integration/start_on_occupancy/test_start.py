"""Start on occupancy: within a limited time, and only once."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.device import timeouts
from custom_components.backhug.session import start_on_occupancy as arming
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, put_forward, until

from ..conftest import OURS
from ..test_on_demand import rests, set_up

START, STOP = 1, 2


async def arm(back_hug: SimulatedBackHug, **data: Any) -> None:
    """Arm a BackHug."""
    await back_hug.hass.services.async_call(
        DOMAIN,
        "start_session",
        {
            "entity_id": back_hug.entity_id("switch", "session"),
            "when_occupied": True,
            **data,
        },
        blocking=True,
    )


def logged(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    """Return what we logged at a level."""
    return [
        each.getMessage()
        for each in caplog.records
        if each.name.startswith(OURS) and each.levelno == level
    ]


@pytest.fixture
async def empty(home: Home) -> SimulatedBackHug:
    """Return a live BackHug that is not occupied."""
    back_hug = await home.add(occupied=False)
    await home.seen(back_hug)
    await back_hug.set_up()
    return back_hug


async def test_starts_when_somebody_lies_down(empty: SimulatedBackHug) -> None:
    """The requested session starts when somebody lies down."""
    assert empty.value("sensor", "armed_until") == "unknown"
    await arm(empty, strength=4, minutes=15)
    until_ = dt_util.parse_datetime(empty.value("sensor", "armed_until"))
    assert until_
    assert abs(until_ - dt_util.utcnow() - timedelta(minutes=30)) < timedelta(seconds=5)
    assert empty.back.requests == []
    empty.back.lie_down()
    await empty.shows("switch", "session", "on")
    await empty.shows("sensor", "armed_until", "unknown")
    assert [bytes(request.parameters) for request in empty.requests(START)] == [
        bytes([15, 4, 255, 255])
    ]
    # Once: a second session was not requested.
    empty.back.stop_at_device()
    empty.clock.advance(20)
    await empty.shows("sensor", "state", "standby")
    empty.back.get_up()
    empty.back.lie_down()
    await empty.hass.async_block_till_done()
    assert len(empty.requests(START)) == 1


async def test_starts_at_once_if_somebody_lies_there(
    back_hug: SimulatedBackHug,
) -> None:
    """It starts at once if somebody already lies there; the chosen programme runs."""
    await back_hug.call("select", "select_option", "programme", option="short_break")
    await arm(back_hug)
    await back_hug.shows("switch", "session", "on")
    assert back_hug.value("sensor", "armed_until") == "unknown"
    await back_hug.shows("sensor", "programme_step", "1")


async def test_person_who_just_got_up_is_noticed(back_hug: SimulatedBackHug) -> None:
    """If somebody has just got up, which the device has not reported yet, it waits."""
    back_hug.back.get_up()
    assert back_hug.value("binary_sensor", "occupied") == "on"
    await arm(back_hug)
    assert back_hug.value("sensor", "armed_until") != "unknown"
    await back_hug.shows("binary_sensor", "occupied", "off")
    assert back_hug.value("switch", "session") == "off"
    back_hug.back.lie_down()
    await back_hug.shows("switch", "session", "on")
    await back_hug.shows("sensor", "armed_until", "unknown")


async def test_waits_if_somebody_gets_up_before_the_start(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If somebody gets up just before the start, it waits."""
    with monkeypatch.context() as patch:
        patch.setattr(back_hug.back.control_point, "_carry_out", lambda *_: 4)
        await arm(back_hug)
    assert back_hug.value("sensor", "armed_until") != "unknown"
    back_hug.back.get_up()
    await back_hug.shows("binary_sensor", "occupied", "off")
    back_hug.back.lie_down()
    await back_hug.shows("switch", "session", "on")


async def test_refused_immediate_start_is_raised(back_hug: SimulatedBackHug) -> None:
    """Any other refusal of an immediate start is raised, and nothing waits."""
    back_hug.back.overheat()
    await back_hug.shows("sensor", "state", "fault")
    with pytest.raises(HomeAssistantError):
        await arm(back_hug)
    assert back_hug.value("sensor", "armed_until") == "unknown"


async def test_waits_until_the_last_session_is_over(
    back_hug: SimulatedBackHug,
) -> None:
    """It waits until the device has finished the last session."""
    await back_hug.treat()
    await back_hug.call("switch", "turn_off", "session")
    await back_hug.shows("sensor", "state", "finishing")
    await arm(back_hug)
    assert back_hug.value("sensor", "armed_until") != "unknown"
    back_hug.clock.advance(15)
    await back_hug.shows("switch", "session", "on")
    await back_hug.shows("sensor", "armed_until", "unknown")


async def stop(back_hug: SimulatedBackHug) -> None:
    """Stop by the action."""
    await back_hug.hass.services.async_call(
        DOMAIN,
        "stop_session",
        {"entity_id": back_hug.entity_id("switch", "session")},
        blocking=True,
    )


async def turn_off(back_hug: SimulatedBackHug) -> None:
    """Turn the session off."""
    await back_hug.call("switch", "turn_off", "session")


async def release(back_hug: SimulatedBackHug) -> None:
    """Release the connection."""
    await back_hug.call("switch", "turn_off", "hold_connection")


async def time(back_hug: SimulatedBackHug) -> None:
    """Let the timeout pass."""
    put_forward(back_hug.hass, timedelta(minutes=30, seconds=1))
    await back_hug.hass.async_block_till_done()


@pytest.mark.parametrize("end", [stop, turn_off, release, time])
async def test_ends_by_stop_release_or_timeout(
    empty: SimulatedBackHug,
    caplog: pytest.LogCaptureFixture,
    end: Callable[[SimulatedBackHug], Awaitable[None]],
) -> None:
    """A stop, switching off, a release or the timeout ends it."""
    await arm(empty)
    await end(empty)
    assert empty.value("sensor", "armed_until") == "unknown"
    assert empty.coordinator.stored.armed_until is None
    empty.back.lie_down()
    await empty.hass.async_block_till_done()
    if end is not release:
        await empty.shows("binary_sensor", "occupied", "on")
    assert empty.requests(START) == []
    said = [each for each in logged(caplog, logging.INFO) if "on occupancy" in each]
    assert said == (
        ["BackHug-7F2A no longer starts on occupancy: nobody lay down in time"]
        if end is time
        else []
    )


async def test_ends_with_another_session(empty: SimulatedBackHug) -> None:
    """A session that begins otherwise ends it."""
    await arm(empty)
    empty.peripheral.vanish()
    empty.peripheral.drop_link()
    await empty.shows("binary_sensor", "connected", "off")
    empty.back.lie_down()
    empty.back.start_at_device(10)
    empty.peripheral.appear()
    await empty.shows("switch", "session", "on")
    await empty.shows("sensor", "armed_until", "unknown")
    assert empty.requests(START) == []


async def test_starts_on_reconnection(empty: SimulatedBackHug) -> None:
    """If somebody lies down without a connection, it starts on reconnection."""
    await arm(empty)
    empty.peripheral.vanish()
    empty.peripheral.drop_link()
    await empty.shows("binary_sensor", "connected", "off")
    empty.back.lie_down()
    empty.peripheral.appear()
    await empty.shows("switch", "session", "on")
    assert len(empty.requests(START)) == 1


async def lose(back_hug: SimulatedBackHug) -> None:
    """Lose the link until the device appears again."""
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")


def run_at_device(back_hug: SimulatedBackHug) -> None:
    """Start and stop a session at the device, which stays occupied."""
    back_hug.back.lie_down()
    back_hug.back.start_at_device(10)
    back_hug.clock.advance(60)
    back_hug.back.stop_at_device()
    back_hug.clock.advance(30)
    assert not back_hug.back.running


async def starts_nothing(back_hug: SimulatedBackHug) -> None:
    """Check that nothing starts, also when somebody lies down again."""
    await back_hug.shows("sensor", "armed_until", "unknown")
    back_hug.back.get_up()
    await back_hug.shows("binary_sensor", "occupied", "off")
    back_hug.back.lie_down()
    await back_hug.shows("binary_sensor", "occupied", "on")
    assert back_hug.requests(START) == []


ENDED = "BackHug-7F2A no longer starts on occupancy: a session may have begun since"


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
    monkeypatch.setattr(arming, "LOOK_TIMEOUT", 0.1)
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


async def test_stop_while_connecting_ends_it(
    empty: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop while the device is being connected ends it before it began."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await lose(empty)
    arming_ = empty.hass.async_create_task(arm(empty))
    await until(
        lambda: empty.coordinator.controller.back_hug.connection._demand.needs,
        "it is looked for",
    )
    with pytest.raises(HomeAssistantError):
        await stop(empty)
    with pytest.raises(HomeAssistantError) as error:
        await arming_
    assert error.value.translation_key == "stopped_first"
    empty.peripheral.appear()
    await empty.shows("binary_sensor", "connected", "on")
    await starts_nothing(empty)


async def test_stop_of_the_client_ends_it(empty: SimulatedBackHug) -> None:
    """A stop of the client ends it too."""
    await arm(empty)
    await empty.coordinator.controller.back_hug.stop()
    empty.back.lie_down()
    await starts_nothing(empty)


async def test_waits_for_a_device_that_is_off(home: Home) -> None:
    """It also waits for a device that is switched on later."""
    back_hug = await home.add(occupied=False, powered=False)
    await back_hug.set_up(live=False)
    await arm(back_hug)
    assert back_hug.value("sensor", "armed_until") != "unknown"
    back_hug.back.switch_on()
    await back_hug.live()
    back_hug.back.lie_down()
    await back_hug.shows("switch", "session", "on")


async def test_second_request_replaces_the_first(empty: SimulatedBackHug) -> None:
    """A second request replaces the first."""
    await arm(empty, minutes=10)
    await arm(empty, minutes=30, timeout={"hours": 2})
    until_ = dt_util.parse_datetime(empty.value("sensor", "armed_until"))
    assert until_
    assert until_ - dt_util.utcnow() > timedelta(minutes=119)
    empty.back.lie_down()
    await until(lambda: empty.requests(START), "it starts")
    assert empty.requests(START)[0].parameters[0] == 30


async def test_waits_for_the_next_time(empty: SimulatedBackHug) -> None:
    """If somebody gets up before the start, it waits for the next time."""
    await arm(empty)
    empty.faults.answer_result = 4
    empty.faults.answers_affected = frozenset({START})
    empty.back.get_up()
    original = empty.back.control_point._carry_out
    empty.back.control_point._carry_out = lambda *_: 4  # type: ignore[assignment]
    empty.back.lie_down()
    await until(lambda: empty.requests(START), "a start is tried")
    await empty.hass.async_block_till_done()
    await until(
        lambda: not empty.coordinator.controller.start_on_occupancy._starting,
        "it is over",
    )
    assert empty.value("sensor", "armed_until") != "unknown"
    empty.back.control_point._carry_out = original
    empty.faults.clear()
    empty.back.get_up()
    await empty.shows("binary_sensor", "occupied", "off")
    empty.back.lie_down()
    await empty.shows("switch", "session", "on")


async def test_failed_start_ends_it(
    empty: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A failed start is logged once, and ends it."""
    await arm(empty)
    empty.back.overheat()
    await empty.shows("sensor", "state", "fault")
    empty.back.lie_down()
    await empty.shows("sensor", "armed_until", "unknown")
    assert logged(caplog, logging.WARNING) == [
        (
            "BackHug-7F2A did not start on occupancy: BackHug-7F2A is too "
            "hot. Let it cool down, and try again later"
        )
    ]
    caplog.clear()


async def test_stop_overtakes_its_start(
    empty: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A stop overtakes a start that is under way."""
    await arm(empty)
    empty.faults.answer_delay = 0.2
    empty.faults.answers_affected = frozenset({START})
    empty.back.lie_down()
    await until(lambda: empty.requests(START), "the start is sent")
    await turn_off(empty)
    await until(
        lambda: not empty.coordinator.controller.start_on_occupancy._starting,
        "it is over",
    )
    await empty.shows("switch", "session", "off")
    assert not empty.back.running
    assert empty.value("sensor", "armed_until") == "unknown"
    caplog.clear()


async def test_stop_cancels_its_waiting_start(empty: SimulatedBackHug) -> None:
    """A stop overtakes a start that is not sent yet, which is then never sent."""
    await arm(empty)
    empty.faults.answer_delay = 0.3
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
    await turn_off(empty)
    await until(
        lambda: not empty.coordinator.controller.start_on_occupancy._starting,
        "it is over",
    )
    with suppress(HomeAssistantError):
        await setting
    assert empty.requests(START) == []


async def test_restart_ends_it(
    empty: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A restart ends it, which is logged once."""
    await arm(empty)
    for _ in range(2):
        await empty.hass.config_entries.async_unload(empty.entry.entry_id)
        await empty.set_up()
    assert empty.value("sensor", "armed_until") == "unknown"
    said = [each for each in logged(caplog, logging.INFO) if "on occupancy" in each]
    assert len(said) == 1
    assert said[0].startswith(
        "BackHug-7F2A no longer starts on occupancy, as requested until 20"
    )
    empty.back.lie_down()
    await empty.shows("binary_sensor", "occupied", "on")
    assert empty.requests(START) == []


async def refused(back_hug: SimulatedBackHug, key: str, **data: Any) -> None:
    """Arm, and expect a refusal."""
    with pytest.raises(HomeAssistantError) as error:
        await arm(back_hug, **data)
    assert error.value.translation_key == key
    assert isinstance(error.value, ServiceValidationError) is (key != "released")
    assert back_hug.coordinator.controller.start_on_occupancy.until is None
    assert str(error.value).startswith("BackHug-7F2A") or "BackHug-7F2A" in str(
        error.value
    )


async def test_refused_in_session_fault_and_release(back_hug: SimulatedBackHug) -> None:
    """It is refused in a session, while released, and in a fault."""
    await back_hug.treat()
    await refused(back_hug, "wrong_state")
    back_hug.back.overheat()
    await back_hug.shows("sensor", "state", "fault")
    await refused(back_hug, "in_fault_too_hot")
    await release(back_hug)
    await refused(back_hug, "released")


@pytest.mark.parametrize(
    "longest", [{"hours": 2, "seconds": 1}, {"seconds": 0}, "soon", -5, "2:00:01"]
)
async def test_timeout_above_two_hours_is_refused(
    empty: SimulatedBackHug, longest: object
) -> None:
    """The timeout is two hours at most."""
    await refused(empty, "invalid_field", timeout=longest)


async def test_refused_without_an_occupancy_sensor(
    home: Home, hass: HomeAssistant
) -> None:
    """It is refused without an occupancy sensor, and there is no such entity."""
    back_hug = await home.add(Build(senses_occupancy=False))
    await home.seen(back_hug)
    await back_hug.set_up()
    await refused(back_hug, "occupancy_not_sensed")
    assert not [
        state for state in hass.states.async_all("sensor") if "armed" in state.entity_id
    ]


async def test_stop_during_the_reading_prevents_the_start(
    back_hug: SimulatedBackHug,
) -> None:
    """A stop while the device is connected to be read prevents the start."""
    back_hug.faults.refuse_connections = True
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")
    arming_ = back_hug.hass.async_create_task(arm(back_hug))
    await asyncio.sleep(0.1)
    stopping = back_hug.hass.async_create_task(back_hug.call("button", "press", "stop"))
    await asyncio.sleep(0.1)
    back_hug.faults.refuse_connections = False
    with pytest.raises(HomeAssistantError) as error:
        await arming_
    assert error.value.translation_key == "stopped_first"
    await stopping
    assert back_hug.requests(START) == []
    assert back_hug.coordinator.controller.start_on_occupancy.until is None
