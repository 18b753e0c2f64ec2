"""The start: at once, or as soon as somebody lies down."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest

from simulator.build import Build
from tests.home import Home, SimulatedBackHug, until

from .arming import START, arm, refused, release


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
