"""Programmes that run: every step once and in time, whatever happens in between."""

from datetime import timedelta
from time import monotonic

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.device import state
from custom_components.backhug.programmes.catalogue import BUILT_IN
from custom_components.backhug.programmes.model import fit
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, put_forward

from .programme_runs import (
    AREA,
    FLOW,
    FULL_BACK,
    MEDIUM,
    PAUSE,
    RESUME,
    SHOULDER_BLADES,
    SLOW,
    START,
    STRENGTH,
    UPPER_BACK,
    WAVE,
    add_programme,
    choose,
    pass_time,
    reload,
    set_to,
    settings,
    start,
)


def timed_requests(
    back_hug: SimulatedBackHug,
) -> list[tuple[int, int, int | tuple[int, ...]]]:
    """Return the received requests with their times in seconds."""
    return [
        (
            int(each.at),
            each.opcode,
            each.parameters[0] if len(each.parameters) == 1 else tuple(each.parameters),
        )
        for each in back_hug.back.requests
    ]


FIRST = [(0, START, (15, 2, UPPER_BACK, MEDIUM))]
SECOND = [(240, AREA, SHOULDER_BLADES), (240, FLOW, WAVE), (240, STRENGTH, 5)]
THIRD = [(600, STRENGTH, 3), (600, AREA, FULL_BACK), (600, FLOW, SLOW)]


async def test_programme_sends_each_step_and_ends(back_hug: SimulatedBackHug) -> None:
    """A programme starts the session, sends each step as it begins, and ends with it."""
    await start(back_hug)
    state = back_hug.state("sensor", "programme_step")
    assert (
        dict(state.attributes).items()
        >= {
            "programme": "Mine",
            "steps": 3,
            "area": "upper_back",
            "strength": 2,
            "flow": "medium",
            "minutes": 4,
            "next_area": "shoulder_blades",
            "next_minutes": 6,
            "skipped": [],
        }.items()
    )
    ends_at = state.attributes["ends_at"]
    assert abs(ends_at - dt_util.utcnow() - timedelta(seconds=219)) < timedelta(
        seconds=3
    )
    await pass_time(back_hug, 219)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
    assert back_hug.value("sensor", "programme_step") == "2"
    await pass_time(back_hug, 358)
    assert timed_requests(back_hug) == FIRST + SECOND
    await pass_time(back_hug, 2)
    await set_to(back_hug, FULL_BACK, 3, SLOW)
    state = back_hug.state("sensor", "programme_step")
    assert state.state == "3"
    assert state.attributes["next_area"] is None
    assert state.attributes["next_minutes"] is None
    assert state.attributes["ends_at"] == back_hug.coordinator.data.ends_at
    await pass_time(back_hug, 300)
    await back_hug.shows("sensor", "state", "finishing")
    assert back_hug.value("sensor", "programme_step") == "unknown"
    assert "programme" not in back_hug.state("sensor", "programme_step").attributes
    assert timed_requests(back_hug) == FIRST + SECOND + THIRD
    assert back_hug.back.last_end == 1
    assert back_hug.coordinator.stored.run is None


async def test_each_step_is_sent_once_over_interruptions(
    back_hug: SimulatedBackHug,
) -> None:
    """Each step once and by the device's clock, over a pause, a lost link and a restart."""
    await start(back_hug)
    await pass_time(back_hug, 179)
    await back_hug.call("button", "press", "pause_resume")
    await pass_time(back_hug, 300)
    assert back_hug.value("sensor", "programme_step") == "1"
    assert back_hug.state("sensor", "programme_step").attributes["ends_at"] is None
    await back_hug.call("button", "press", "pause_resume")
    await pass_time(back_hug, 38)
    assert back_hug.value("sensor", "programme_step") == "1"
    await pass_time(back_hug, 2)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
    await pass_time(back_hug, 60)

    await back_hug.reconnect()
    await pass_time(back_hug, 60)
    assert await back_hug.hass.config_entries.async_reload(back_hug.entry.entry_id)
    await back_hug.live()
    state = back_hug.state("sensor", "programme_step")
    assert (state.state, state.attributes["programme"]) == ("2", "Mine")
    await pass_time(back_hug, 240)
    await set_to(back_hug, FULL_BACK, 3, SLOW)
    await pass_time(back_hug, 300)
    await back_hug.shows("sensor", "state", "finishing")
    assert [each[1:] for each in timed_requests(back_hug)] == [
        (START, (15, 2, UPPER_BACK, MEDIUM)),
        (PAUSE, ()),
        (RESUME, ()),
        *(each[1:] for each in SECOND),
        *(each[1:] for each in THIRD),
    ]
    # 300 seconds of pause later than without, to the second or two of a rounded clock.
    times = {each[0] for each in timed_requests(back_hug) if each[1] == STRENGTH}
    assert len(times) == 2
    assert min(times) in range(538, 543)
    assert max(times) in range(898, 903)


@pytest.mark.parametrize("away", ["link", "restart"])
async def test_step_due_during_a_loss_is_sent_on_reconnection(
    back_hug: SimulatedBackHug, away: str
) -> None:
    """A step that began during a loss is sent once, on reconnection."""
    await start(back_hug)
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")
    if away == "restart":
        await reload(back_hug)
    back_hug.clock.advance(300)
    assert settings(back_hug) == (UPPER_BACK, 2, MEDIUM)
    back_hug.peripheral.appear()
    await back_hug.live()
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
    back_hug.back.set_at_device(strength=7)
    await back_hug.shows("number", "strength", "7")
    await reload(back_hug)
    await back_hug.live()
    await pass_time(back_hug, 30)
    assert settings(back_hug) == (SHOULDER_BLADES, 7, WAVE)
    assert len(back_hug.requests(STRENGTH)) == 1


async def test_only_the_current_step_is_sent(back_hug: SimulatedBackHug) -> None:
    """Only the current step is sent, never one that is over."""
    await start(back_hug)
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")
    back_hug.clock.advance(600)
    back_hug.peripheral.appear()
    await set_to(back_hug, FULL_BACK, 3, SLOW)
    assert back_hug.value("sensor", "programme_step") == "3"
    assert [each[1:] for each in timed_requests(back_hug)][1:] == [
        (AREA, FULL_BACK),
        (FLOW, SLOW),
        (STRENGTH, 3),
    ]


async def test_change_by_hand_lasts_until_the_next_step(
    back_hug: SimulatedBackHug,
) -> None:
    """A manual change lasts until the next step, over a reconnection too."""
    await start(back_hug)
    await back_hug.call("number", "set_value", "strength", value=4)
    back_hug.back.set_at_device(flow=SLOW)
    await back_hug.reconnect()
    await pass_time(back_hug, 200)
    assert settings(back_hug) == (UPPER_BACK, 4, SLOW)
    await pass_time(back_hug, 20)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)


async def test_steps_keep_their_times_in_a_longer_session(
    back_hug: SimulatedBackHug,
) -> None:
    """Steps begin on time whatever the length is changed to."""
    await start(back_hug)
    await back_hug.call("number", "set_value", "session_length", value=8)
    await pass_time(back_hug, 219)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
    await back_hug.call("number", "set_value", "session_length", value=40)
    await pass_time(back_hug, 360)
    await set_to(back_hug, FULL_BACK, 3, SLOW)
    await pass_time(back_hug, 600)
    assert back_hug.value("sensor", "programme_step") == "3"
    assert len(back_hug.requests(STRENGTH)) == 2


async def test_timer_starts_steps_between_notifications(
    hass: HomeAssistant, back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timer starts the step even without notifications."""
    await start(back_hug)
    back_hug.skip(219)
    now, began = dt_util.utcnow(), monotonic()

    async def at(seconds: float) -> None:
        monkeypatch.setattr(state, "monotonic", lambda: began + seconds)
        put_forward(hass, now + timedelta(seconds=seconds) - dt_util.utcnow())
        await hass.async_block_till_done()

    await at(210)
    assert back_hug.value("sensor", "programme_step") == "1"
    await at(221)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)


async def test_programme_fits_the_levels_of_the_device(home: Home) -> None:
    """A programme is fitted to a device with other levels, and lists what it lacks."""
    back_hug = await home.add(Build(strengths=5, areas=(0, 1), flows=(1,)))
    await home.seen(back_hug)
    await back_hug.set_up()
    await choose(back_hug, "shoulder_blades")
    attributes = back_hug.state("select", "programme").attributes
    assert attributes["minutes"] == 20
    assert attributes["steps"] == 4
    fitted = fit(BUILT_IN["shoulder_blades"], back_hug.coordinator.features)
    assert attributes["skipped"] == [each.as_dict() for each in fitted.skipped]
    assert {
        "step": 3,
        "change": "area_replaced",
        "wanted": "shoulder_blades",
        "used": "upper_back",
    } in attributes["skipped"]
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "programme_step", "1")
    assert timed_requests(back_hug) == [(0, START, (20, 1, 0, 1))]
    shown = back_hug.state("sensor", "programme_step").attributes["skipped"]
    assert shown == attributes["skipped"]
    await pass_time(back_hug, 165)
    await set_to(back_hug, 1, 2, 1)
    await pass_time(back_hug, 300)
    await set_to(back_hug, 1, 3, 1)


async def test_unknown_areas_and_flows_are_left_out(home: Home) -> None:
    """For a device without known areas and flows only the strength is sent."""
    back_hug = await home.add(Build(areas=(9,), flows=(9,)))
    await home.seen(back_hug)
    await back_hug.set_up()
    await start(back_hug, "short_break")
    await pass_time(back_hug, 225)
    await set_to(back_hug, 9, 5, 9)
    assert timed_requests(back_hug) == [
        (0, START, (10, 4, 255, 255)),
        (246, STRENGTH, 5),
    ]


async def test_programme_without_supported_steps_is_refused(home: Home) -> None:
    """A programme without any supported step is refused, and nothing is sent."""
    back_hug = await home.add(Build(areas=(6,)))
    await home.seen(back_hug)
    await back_hug.set_up()
    await choose(back_hug, "short_break")
    with pytest.raises(ServiceValidationError) as error:
        await back_hug.call("switch", "turn_on", "session")
    assert error.value.translation_key == "programme_not_offered"
    assert back_hug.back.requests == []


# Ends


@pytest.mark.parametrize("running", [True, False])
async def test_session_with_its_own_settings_is_not_shown_as_the_programme(
    back_hug: SimulatedBackHug, running: bool
) -> None:
    """The chosen programme stays the next one, and is not shown as running."""
    if running:
        await start(back_hug)
        await back_hug.call("switch", "turn_off", "session")
        back_hug.clock.advance(20)
        await back_hug.shows("sensor", "state", "standby")
    else:
        add_programme(back_hug)
        await choose(back_hug, "Mine")
    await back_hug.hass.services.async_call(
        DOMAIN,
        "start_session",
        {
            "entity_id": back_hug.entity_id("switch", "session"),
            "strength": 6,
            "minutes": 20,
        },
        blocking=True,
    )
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "state", "treating")
    assert back_hug.value("sensor", "programme_step") == "unknown"
    assert "programme" not in back_hug.state("sensor", "programme_step").attributes
    assert back_hug.coordinator.controller.runner.programme is None
    assert back_hug.state("event", "session").attributes["programme"] is None
    assert back_hug.value("select", "programme") == "none"
    shown = back_hug.state("select", "programme").attributes
    assert (shown["applies_to"], shown["next"]) == ("running_session", "Mine")
    assert "sequence" not in shown
    await pass_time(back_hug, 300)
    assert back_hug.back.strength == 6
    await back_hug.call("switch", "turn_off", "session")
    back_hug.clock.advance(20)
    await back_hug.shows("sensor", "state", "standby")
    assert back_hug.value("select", "programme") == "Mine"
    await back_hug.call("switch", "turn_on", "session")
    await back_hug.shows("sensor", "programme_step", "1")
    assert back_hug.state("event", "session").attributes["programme"] == "Mine"
