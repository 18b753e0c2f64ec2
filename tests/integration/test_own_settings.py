"""After a programme, the person's own settings are back, and no strength rises by itself."""

from typing import Any

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.backhug.const import DOMAIN
from simulator.model import Opcode
from tests.home import Home, SimulatedBackHug, until

from .conftest import warnings
from .on_demand import rests, set_up
from .programme_runs import (
    AREA,
    FLOW,
    LENGTH,
    STRENGTH,
    add_programme,
    choose,
    pass_time,
)

UPPER_BACK, LOWER_BACK, ALONG_SPINE = 1, 3, 5
WAVE = 3
OWN = ("6", "lower_back", "wave", "30")
"""What the person has set: strength, area, flow and minutes."""
FIRST_STEP = ("2", "upper_back", "medium", "15")
"""What the programme sets as it begins."""
STARTED_WITH_OWN = (30, 6, LOWER_BACK, WAVE)


def shown(back_hug: SimulatedBackHug) -> tuple[str, ...]:
    """Return the settings that the entities show."""
    return (
        back_hug.value("number", "strength"),
        back_hug.value("select", "area"),
        back_hug.value("select", "flow"),
        back_hug.value("number", "session_length"),
    )


async def set_own(back_hug: SimulatedBackHug) -> None:
    """Set what the person likes."""
    back_hug.back.set_at_device(strength=6, area=LOWER_BACK, flow=WAVE, minutes=30)
    await until(lambda: shown(back_hug) == OWN, "the settings are shown")


async def run(back_hug: SimulatedBackHug) -> None:
    """Run a programme into its first step."""
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "programme_step", "1")
    await back_hug.shows("number", "strength", "2")


async def end(back_hug: SimulatedBackHug) -> None:
    """Stop the session; choose no programme for the next one."""
    await back_hug.call("switch", "turn_off", "session")
    back_hug.clock.advance(20)
    await back_hug.shows("sensor", "state", "standby")
    await choose(back_hug, "none")


async def start(back_hug: SimulatedBackHug, **data: Any) -> tuple[int, ...]:
    """Start a session by the action; return the parameters received by the device."""
    await back_hug.hass.services.async_call(
        DOMAIN,
        "start_session",
        {"entity_id": back_hug.entity_id("switch", "session"), **data},
        blocking=True,
    )
    return tuple(back_hug.requests(Opcode.START)[-1].parameters)


@pytest.fixture
async def running(back_hug: SimulatedBackHug) -> SimulatedBackHug:
    """Return a BackHug that runs a programme since somebody had set it otherwise."""
    await set_own(back_hug)
    add_programme(back_hug)
    await choose(back_hug, "Mine")
    await run(back_hug)
    return back_hug


@pytest.fixture
async def ended(running: SimulatedBackHug) -> SimulatedBackHug:
    """Return a BackHug whose programme was stopped in its first step."""
    await end(running)
    return running


async def test_own_settings_are_back(ended: SimulatedBackHug) -> None:
    """They are shown, but not sent until a session is started with them."""
    assert shown(ended) == OWN
    assert (ended.back.strength, ended.back.area) == (2, UPPER_BACK)
    for opcode in (STRENGTH, AREA, FLOW, LENGTH):
        assert ended.requests(opcode) == []
    await ended.call("switch", "turn_on", "session")
    assert tuple(ended.requests(Opcode.START)[-1].parameters) == STARTED_WITH_OWN
    await until(lambda: shown(ended) == OWN, "the device has them")
    assert ended.coordinator.stored.own_settings is None


async def test_settings_of_the_programme_are_shown_while_it_runs(
    running: SimulatedBackHug,
) -> None:
    """A session shows what it does, to its end."""
    assert shown(running) == FIRST_STEP
    await pass_time(running, 700)
    await running.shows("number", "strength", "3")
    await pass_time(running, 180)
    await running.shows("sensor", "state", "finishing")
    assert shown(running) == OWN
    assert running.back.strength == 3


async def test_settings_of_the_action_come_first(ended: SimulatedBackHug) -> None:
    """What the action leaves out is as shown; then nothing is kept any more."""
    assert await start(ended, strength=1, area="along_spine") == (
        30,
        1,
        ALONG_SPINE,
        WAVE,
    )
    await end(ended)
    assert shown(ended) == ("1", "along_spine", "wave", "30")


async def test_own_settings_stay_over_several_programmes(
    ended: SimulatedBackHug,
) -> None:
    """They are those from before the first one."""
    await choose(ended, "Mine")
    await run(ended)
    await end(ended)
    assert shown(ended) == OWN


async def test_strength_that_was_turned_down_stays_down(
    running: SimulatedBackHug,
) -> None:
    """Somebody found the programme too strong: their own, higher strength is not back."""
    running.back.set_at_device(strength=1)
    await running.shows("number", "strength", "1")
    await end(running)
    assert shown(running) == ("1", *OWN[1:])
    assert await start(running) == (30, 255, LOWER_BACK, WAVE)


async def test_weaker_strength_is_back_although_it_was_turned_down(
    back_hug: SimulatedBackHug,
) -> None:
    """The person's own strength is lower than what the programme was turned down to."""
    back_hug.back.set_at_device(strength=1)
    await back_hug.shows("number", "strength", "1")
    await choose(back_hug, "short_break")
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(21)
    await back_hug.shows("number", "strength", "4")
    back_hug.back.set_at_device(strength=2)
    await back_hug.shows("number", "strength", "2")
    await end(back_hug)
    await back_hug.shows("number", "strength", "1")
    assert (await start(back_hug))[1] == 1


@pytest.mark.parametrize("strength", [2, 4])
async def test_setting_by_hand_replaces_the_own_one(
    ended: SimulatedBackHug, strength: int
) -> None:
    """A strength that is set is the device's, even if the device has it already."""
    await ended.call("number", "set_value", "strength", value=strength)
    await ended.shows("number", "strength", str(strength))
    assert shown(ended)[1:] == OWN[1:]
    assert ended.back.strength == strength
    await ended.call("select", "select_option", "area", option="along_spine")
    await ended.call("select", "select_option", "flow", option="slow")
    await ended.call("number", "set_value", "session_length", value=25)
    await until(
        lambda: shown(ended) == (str(strength), "along_spine", "slow", "25"),
        "all is shown as set",
    )
    assert await start(ended) == (25, 255, 255, 255)


async def test_setting_at_the_device_replaces_the_own_one(
    ended: SimulatedBackHug,
) -> None:
    """Somebody has set it there since, and to and fro is set as well."""
    ended.back.set_at_device(strength=1)
    await ended.shows("number", "strength", "1")
    ended.back.set_at_device(strength=2)
    await ended.shows("number", "strength", "2")
    assert shown(ended) == ("2", *OWN[1:])
    assert await start(ended) == (30, 255, LOWER_BACK, WAVE)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"strength_step": 1}, "7"),
        ({"strength_step": 9}, "10"),
        # A step down is taken by the device: it never goes up there.
        ({"strength_step": -1}, "1"),
    ],
)
async def test_step_of_the_strength(
    ended: SimulatedBackHug, data: dict[str, int], expected: str
) -> None:
    """Stronger is stronger than what is shown; softer is softer than the device."""
    await ended.hass.services.async_call(
        DOMAIN,
        "adjust_session",
        {"entity_id": ended.entity_id("switch", "session"), **data},
        blocking=True,
    )
    await ended.shows("number", "strength", expected)
    assert shown(ended)[1:] == OWN[1:]


@pytest.mark.parametrize(
    ("step", "expected"), [(5, "35"), (-5, "25"), (59, "60"), (-59, "5")]
)
async def test_step_of_the_length(
    ended: SimulatedBackHug, step: int, expected: str
) -> None:
    """Longer and shorter are from what is shown, within what the device offers."""
    await ended.hass.services.async_call(
        DOMAIN,
        "adjust_session",
        {"entity_id": ended.entity_id("switch", "session"), "minutes_step": step},
        blocking=True,
    )
    await ended.shows("number", "session_length", expected)
    assert shown(ended)[:3] == OWN[:3]


@pytest.mark.parametrize("when", ["running", "ended", "between"])
async def test_own_settings_survive_a_restart(
    running: SimulatedBackHug, when: str
) -> None:
    """During the programme, after it, and if it ends meanwhile."""
    if when == "ended":
        await end(running)
    assert await running.hass.config_entries.async_unload(running.entry.entry_id)
    if when == "between":
        running.back.stop_at_device()
    await running.set_up()
    if when == "running":
        assert shown(running) == FIRST_STEP
    await end(running)
    assert shown(running) == OWN
    assert await start(running) == STARTED_WITH_OWN


async def test_strength_turned_down_before_a_restart(running: SimulatedBackHug) -> None:
    """It stays down, too."""
    running.back.set_at_device(strength=1)
    await running.shows("number", "strength", "1")
    assert await running.hass.config_entries.async_unload(running.entry.entry_id)
    running.back.stop_at_device()
    await running.set_up()
    assert shown(running) == ("1", *OWN[1:])


async def test_another_session_meanwhile(running: SimulatedBackHug) -> None:
    """Nobody knows how the programme left the device: what it shows counts."""
    assert await running.hass.config_entries.async_unload(running.entry.entry_id)
    running.back.stop_at_device()
    running.clock.advance(20)
    running.back.start_at_device(20)
    await running.set_up()
    await end(running)
    assert shown(running) == (*FIRST_STEP[:3], "20")
    assert running.coordinator.stored.own_settings is None


async def test_failed_start_keeps_them(ended: SimulatedBackHug) -> None:
    """A start that is refused changes nothing."""
    ended.back.get_up()
    await ended.shows("binary_sensor", "occupied", "off")
    with pytest.raises(HomeAssistantError) as error:
        await start(ended)
    assert error.value.translation_key == "nobody_on_it"
    assert shown(ended) == OWN
    ended.back.lie_down()
    await ended.shows("binary_sensor", "occupied", "on")
    assert await start(ended) == STARTED_WITH_OWN


@pytest.mark.parametrize("turned_down", [False, True])
async def test_connection_on_demand(home: Home, turned_down: bool) -> None:
    """What was turned down while the connection rested is not turned up by the next start."""
    back_hug = await set_up(home)
    await set_own(back_hug)
    await choose(back_hug, "gentle_start")
    await run(back_hug)
    await end(back_hug)
    await rests(home, back_hug)
    assert shown(back_hug) == OWN
    if turned_down:
        back_hug.back.set_at_device(strength=1)
    started = await start(back_hug)
    assert started == (30, 1 if turned_down else 6, LOWER_BACK, WAVE)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"own": [1]}, FIRST_STEP),
        ({"session": "x"}, FIRST_STEP),
        # What the device does not offer, or what a later version stored.
        (
            {"own": {"strength": 11, "area": "tail", "flow": "wave", "heat": 3}},
            ("2", "upper_back", "wave", "15"),
        ),
    ],
)
async def test_stored_settings_that_cannot_be_used(
    ended: SimulatedBackHug,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    change: dict[str, Any],
    expected: tuple[str, ...],
) -> None:
    """They are left out, and the device's are shown."""
    assert await ended.hass.config_entries.async_unload(ended.entry.entry_id)
    key = f"backhug.programmes.{ended.entry.entry_id}"
    hass_storage[key]["data"]["own_settings"].update(change)
    await ended.set_up()
    assert shown(ended) == expected
    unreadable = [each for each in warnings(caplog) if "own settings" in each]
    assert len(unreadable) == (expected == FIRST_STEP)
    caplog.clear()


async def test_programme_without_a_readable_status_keeps_nothing(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Settings that were never read are not restored after a programme."""
    back_hug = await home.add()
    await home.seen(back_hug)
    back_hug.faults.status = b"\0"
    await back_hug.set_up(live=False)
    await back_hug.shows("binary_sensor", "connected", "on")
    caplog.clear()
    assert back_hug.coordinator.controller.own_settings.shown is None
    await start(back_hug, programme="gentle_start")
    assert back_hug.coordinator.controller.runner.run is not None
    assert back_hug.coordinator.stored.own_settings is None
