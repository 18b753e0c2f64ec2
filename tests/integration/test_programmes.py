"""Programmes that run: every step once and in time, whatever happens in between."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from copy import replace
from datetime import timedelta
import logging
from time import monotonic
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.device import state, timeouts
from custom_components.backhug.programmes import step_sender
from custom_components.backhug.programmes.catalogue import BUILT_IN
from custom_components.backhug.programmes.model import fit
from simulator import protocol
from simulator.build import Build
from simulator.faults import Lost
from simulator.model import Result
from tests.home import Home, SimulatedBackHug, put_forward, until

from .conftest import OURS, warnings

START, STOP, PAUSE, RESUME, STRENGTH, AREA, FLOW, LENGTH = range(1, 9)
FULL_BACK, UPPER_BACK, LOWER_BACK, SHOULDER_BLADES = 0, 1, 3, 4
SLOW, MEDIUM, WAVE = 0, 1, 3

THREE_STEPS = {
    "strength_levels": 10,
    "steps": [
        {"area": "upper_back", "strength": 2, "flow": "medium", "minutes": 4},
        {"area": "shoulder_blades", "strength": 5, "flow": "wave", "minutes": 6},
        {"area": "full_back", "strength": 3, "flow": "slow", "minutes": 5},
    ],
}


def add_programme(
    back_hug: SimulatedBackHug, title: str = "Mine", data: dict[str, Any] = THREE_STEPS
) -> ConfigSubentry:
    """Add a user's own programme."""
    subentry = ConfigSubentry(
        data=MappingProxyType(data),
        subentry_type="programme",
        title=title,
        unique_id=None,
    )
    back_hug.hass.config_entries.async_add_subentry(back_hug.entry, subentry)
    return subentry


async def choose(back_hug: SimulatedBackHug, option: str) -> None:
    """Select a programme."""
    await back_hug.call("select", "select_option", "programme", option=option)


async def start(back_hug: SimulatedBackHug, option: str = "Mine") -> None:
    """Start a session that runs a programme; the back is scanned."""
    if option == "Mine":
        add_programme(back_hug)
    await choose(back_hug, option)
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "state", "treating")
    await back_hug.shows("sensor", "programme_step", "1")


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


def settings(back_hug: SimulatedBackHug) -> tuple[int, int, int]:
    """Return the device's settings: area, strength, flow."""
    return back_hug.back.area, back_hug.back.strength, back_hug.back.flow


async def pass_time(back_hug: SimulatedBackHug, seconds: float) -> None:
    """Let time pass for the device, which then notifies the time left."""
    back_hug.skip(seconds - 1)
    back_hug.clock.advance(1)
    await back_hug.hass.async_block_till_done()


async def set_to(back_hug: SimulatedBackHug, *expected: int) -> None:
    """Wait until the device has an area, a strength and a flow, and no request is under way."""
    await until(lambda: settings(back_hug) == expected, f"set to {expected}")
    await until(
        lambda: back_hug.coordinator.controller.runner._sender._task is None,
        "the step is sent",
    )
    await back_hug.hass.async_block_till_done()


async def reload(back_hug: SimulatedBackHug) -> None:
    """Restart Home Assistant, as far as the device and the integration can tell."""
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    await back_hug.set_up(live=False)


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


# Selection


async def test_selection_follows_own_programmes(back_hug: SimulatedBackHug) -> None:
    """Own programmes are added, renamed and removed live; the selection follows."""
    assert back_hug.value("select", "programme") == "none"
    assert back_hug.state("select", "programme").attributes["options"] == [
        "none",
        *BUILT_IN,
    ]
    subentry = add_programme(back_hug)
    add_programme(back_hug, "after work")
    options = back_hug.state("select", "programme").attributes["options"]
    assert options == ["none", *BUILT_IN, "after work", "Mine"]
    await choose(back_hug, "Mine")
    assert back_hug.state("select", "programme").attributes["minutes"] == 15
    back_hug.hass.config_entries.async_update_subentry(
        back_hug.entry, subentry, title="Ours"
    )
    assert back_hug.value("select", "programme") == "Ours"
    await reload(back_hug)
    assert back_hug.value("select", "programme") == "Ours"
    back_hug.hass.config_entries.async_remove_subentry(
        back_hug.entry, subentry.subentry_id
    )
    assert back_hug.value("select", "programme") == "none"
    await choose(back_hug, "short_break")
    await choose(back_hug, "none")
    assert back_hug.value("select", "programme") == "none"
    assert back_hug.coordinator.controller.runner.chosen is None


async def test_stored_state_is_removed_with_the_entry(
    hass: HomeAssistant, back_hug: SimulatedBackHug, hass_storage: dict[str, Any]
) -> None:
    """Stored state goes with the device."""
    await choose(back_hug, "short_break")
    await hass.async_block_till_done()
    key = f"backhug.programmes.{back_hug.entry.entry_id}"
    assert hass_storage[key]["data"]["chosen"] == "short_break"
    await hass.config_entries.async_remove(back_hug.entry.entry_id)
    assert key not in hass_storage


@pytest.mark.parametrize(
    "data",
    [
        pytest.param([1], id="no object"),
        pytest.param({"chosen": "short_break"}, id="something is missing"),
        pytest.param(
            {"chosen": "none", "run": None, "armed_until": None, "stop_due": ["x"]},
            id="no number",
        ),
    ],
)
async def test_unreadable_stored_state_starts_empty(
    back_hug: SimulatedBackHug,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    data: Any,
) -> None:
    """Unreadable stored state starts empty, and is logged once."""
    entries = back_hug.hass.config_entries
    await entries.async_unload(back_hug.entry.entry_id)
    key = f"backhug.programmes.{back_hug.entry.entry_id}"
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": data}
    await back_hug.set_up()
    (warning,) = warnings(caplog)
    assert "stored state of a BackHug cannot be read" in warning
    caplog.clear()
    assert back_hug.value("select", "programme") == "none"
    await choose(back_hug, "short_break")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"steps": []}, id="no steps"),
        pytest.param({"step": 9}, id="no such step"),
        pytest.param({"session": "x"}, id="no number"),
        pytest.param({"unsent": 3}, id="no settings"),
    ],
)
async def test_unreadable_run_is_dropped(
    back_hug: SimulatedBackHug,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    change: dict[str, Any],
) -> None:
    """A stored run that cannot be read is dropped and logged once; its session goes on."""
    await choose(back_hug, "short_break")
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "programme_step", "1")
    entries = back_hug.hass.config_entries
    await entries.async_unload(back_hug.entry.entry_id)
    key = f"backhug.programmes.{back_hug.entry.entry_id}"
    assert hass_storage[key]["data"]["run"] is not None
    hass_storage[key]["data"]["run"].update(change)
    await back_hug.set_up()
    (warning,) = warnings(caplog)
    assert "goes on without it" in warning
    caplog.clear()
    assert back_hug.value("sensor", "programme_step") == "unknown"
    assert back_hug.back.running


async def test_run_of_a_later_version_is_read(
    back_hug: SimulatedBackHug, hass_storage: dict[str, Any]
) -> None:
    """A run that a later version stored goes on with what is known."""
    await choose(back_hug, "short_break")
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "programme_step", "1")
    await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    stored = hass_storage[f"backhug.programmes.{back_hug.entry.entry_id}"]
    stored["minor_version"] = 9
    stored["data"]["mood"] = "fine"
    run = stored["data"]["run"]
    run["heat"] = 3
    run["unsent"]["heat"] = 2
    run["steps"][1] |= {"heat": 3, "area": "tail"}
    changes = [{"step": 1, "change": "warmed"}, {"step": 2, "change": "shortened"}]
    run["skipped"] = [{"wanted": 4, "used": 3, "heat": 3, **each} for each in changes]
    await back_hug.set_up()
    await back_hug.shows("sensor", "programme_step", "1")
    skipped = back_hug.state("sensor", "programme_step").attributes["skipped"]
    assert skipped == [{"step": 2, "change": "shortened", "wanted": 4, "used": 3}]
    area = back_hug.back.area
    back_hug.clock.advance(240)
    await back_hug.shows("sensor", "programme_step", "2")
    await until(lambda: back_hug.back.flow == 3, "the second step is set")
    assert back_hug.back.area == area
    assert back_hug.state("sensor", "programme_step").attributes["area"] is None


# Ends


async def by_switch(back_hug: SimulatedBackHug) -> None:
    """Stop from Home Assistant."""
    await back_hug.call("switch", "turn_off", "session")


async def at_device(back_hug: SimulatedBackHug) -> None:
    """Stop at the device."""
    back_hug.back.stop_at_device()


async def by_fault(back_hug: SimulatedBackHug) -> None:
    """Cause a fault."""
    back_hug.back.overheat()


async def by_client(back_hug: SimulatedBackHug) -> None:
    """Stop by the client, not by the coordinator."""
    await back_hug.coordinator.controller.back_hug.stop()


@pytest.mark.parametrize("end", [by_switch, at_device, by_fault, by_client])
async def test_programme_ends_with_its_session(
    back_hug: SimulatedBackHug, end: Callable[[SimulatedBackHug], Awaitable[None]]
) -> None:
    """However a session ends, its programme ends too; the next session is untouched."""
    await start(back_hug)
    await end(back_hug)
    await back_hug.shows("switch", "session", "off")
    assert back_hug.value("sensor", "programme_step") == "unknown"
    assert back_hug.coordinator.stored.run is None
    back_hug.back.clear_fault()
    back_hug.clock.advance(20)
    await back_hug.shows("sensor", "state", "standby")
    back_hug.back.start_at_device(30)
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "state", "treating")
    await pass_time(back_hug, 300)
    assert settings(back_hug) == (UPPER_BACK, 2, MEDIUM)
    assert back_hug.requests(STRENGTH) == []


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


async def test_chosen_programme_says_what_it_will_do(
    back_hug: SimulatedBackHug,
) -> None:
    """Its steps are those that the device will run."""
    add_programme(back_hug)
    assert "sequence" not in back_hug.state("select", "programme").attributes
    await choose(back_hug, "Mine")
    shown = back_hug.state("select", "programme").attributes
    assert shown["sequence"] == THREE_STEPS["steps"]
    assert shown["minutes"] == 15
    assert shown["applies_to"] == "next_session"
    assert shown["running"] is None


async def test_programme_of_the_action_is_shown_while_it_runs(
    back_hug: SimulatedBackHug,
) -> None:
    """The select shows what runs; afterwards the choice for the next session again."""
    add_programme(back_hug)
    await choose(back_hug, "short_break")
    await back_hug.hass.services.async_call(
        DOMAIN,
        "start_session",
        {"entity_id": back_hug.entity_id("switch", "session"), "programme": "Mine"},
        blocking=True,
    )
    await back_hug.shows("select", "programme", "Mine")
    shown = back_hug.state("select", "programme").attributes
    assert shown["applies_to"] == "running_session"
    assert (shown["running"], shown["next"]) == ("Mine", "short_break")
    assert shown["minutes"] == 15
    await back_hug.call("switch", "turn_off", "session")
    await back_hug.shows("select", "programme", "short_break")


async def test_choice_during_a_session_applies_to_the_next(
    back_hug: SimulatedBackHug,
) -> None:
    """It is shown at once, as the next one, and the running programme goes on."""
    await start(back_hug)
    await choose(back_hug, "short_break")
    assert back_hug.value("select", "programme") == "short_break"
    shown = back_hug.state("select", "programme").attributes
    assert shown["applies_to"] == "next_session"
    assert shown["running"] == "Mine"
    assert shown["minutes"] == 10
    await pass_time(back_hug, 240)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
    await back_hug.call("switch", "turn_off", "session")
    back_hug.clock.advance(20)
    await back_hug.shows("sensor", "state", "standby")
    await back_hug.call("switch", "turn_on", "session")
    await back_hug.shows("select", "programme", "short_break")
    shown = back_hug.state("select", "programme").attributes
    assert shown["applies_to"] == "running_session"


async def test_programme_stays_shown_while_its_session_is_being_stopped(
    back_hug: SimulatedBackHug,
) -> None:
    """No page takes the moment until the device stops for a session without a programme."""
    await start(back_hug)
    entity = back_hug.state("select", "programme").entity_id
    shown = async_capture_events(back_hug.hass, EVENT_STATE_CHANGED)
    await back_hug.call("switch", "turn_off", "session")
    await back_hug.shows("sensor", "state", "finishing")
    programmes = {
        event.data["new_state"].state
        for event in shown
        if event.data["entity_id"] == entity
    }
    assert programmes == {"Mine"}
    assert back_hug.value("select", "programme") == "Mine"


async def test_deleted_programme_is_not_shown(back_hug: SimulatedBackHug) -> None:
    """A programme that is deleted while it runs goes on, and is no option any more."""
    await start(back_hug)
    (subentry,) = back_hug.entry.subentries
    back_hug.hass.config_entries.async_remove_subentry(back_hug.entry, subentry)
    assert back_hug.value("select", "programme") == "none"
    shown = back_hug.state("select", "programme").attributes
    assert (shown["running"], shown["next"]) == ("Mine", "none")
    assert back_hug.value("sensor", "programme_step") == "1"


async def test_session_with_its_own_settings_is_refused_while_a_programme_runs(
    back_hug: SimulatedBackHug,
) -> None:
    """The programme goes on, and is shown."""
    await start(back_hug)
    with pytest.raises(HomeAssistantError) as error:
        await back_hug.hass.services.async_call(
            DOMAIN,
            "start_session",
            {"entity_id": back_hug.entity_id("switch", "session"), "strength": 6},
            blocking=True,
        )
    assert error.value.translation_key == "wrong_state"
    assert back_hug.value("sensor", "programme_step") == "1"
    await pass_time(back_hug, 240)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)


async def test_run_goes_on_only_in_its_session(back_hug: SimulatedBackHug) -> None:
    """After a restart a programme goes on only in the same session."""
    await start(back_hug)
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    back_hug.back.stop_at_device()
    back_hug.clock.advance(20)
    back_hug.back.start_at_device(30)
    back_hug.clock.advance(300)
    await back_hug.set_up()
    assert back_hug.value("sensor", "programme_step") == "unknown"
    assert back_hug.requests(STRENGTH) == []
    assert back_hug.coordinator.stored.run is None


async def test_programme_waits_in_an_unknown_state(back_hug: SimulatedBackHug) -> None:
    """A device in an unknown state gets no request but stop; the programme waits."""
    await start(back_hug)

    status = bytearray(protocol.encode_status(back_hug.back.status()))
    status[0] = 9
    back_hug.skip(300)
    back_hug.peripheral.inject_status(bytes(status))
    await back_hug.shows("sensor", "state", "unknown")
    assert back_hug.requests(STRENGTH) == []
    back_hug.clock.advance(1)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)


# Failures


async def fails(back_hug: SimulatedBackHug, key: str) -> None:
    """Start, and fail."""
    with pytest.raises(HomeAssistantError) as error:
        await back_hug.call("switch", "turn_on", "session")
    assert error.value.translation_key == key


async def test_refused_start_runs_no_programme(back_hug: SimulatedBackHug) -> None:
    """A programme whose start is refused does not run in a later session."""
    back_hug.back.get_up()
    await back_hug.shows("binary_sensor", "occupied", "off")
    await choose(back_hug, "short_break")
    await fails(back_hug, "nobody_on_it")
    assert back_hug.coordinator.stored.run is None
    back_hug.back.lie_down()
    back_hug.back.start_at_device(10)
    await back_hug.shows("switch", "session", "on")
    assert back_hug.value("sensor", "programme_step") == "unknown"


async def lose_the_start(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch, half: Lost
) -> None:
    """Start a programme without learning whether it began; then reconnect."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    add_programme(back_hug)
    await choose(back_hug, "Mine")
    connections = back_hug.peripheral.connections
    back_hug.faults.lose_writes = half
    back_hug.faults.answer_times = 0
    back_hug.faults.drop_notifications = True
    await fails(back_hug, "no_answer")
    back_hug.faults.clear()
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 9)
    await until(
        lambda: back_hug.peripheral.connections > connections, "it connects again"
    )
    await back_hug.shows("binary_sensor", "connected", "on")


async def test_unanswered_start_that_worked_runs(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start whose answer was lost runs its programme if it has worked."""
    await lose_the_start(back_hug, monkeypatch, Lost.RESPONSE)
    await back_hug.shows("sensor", "programme_step", "1")
    await pass_time(back_hug, 241)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
    assert len(back_hug.requests(START)) == 1


@pytest.mark.parametrize("somebody_else", [True, False])
async def test_unanswered_start_does_not_claim_another_session(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch, somebody_else: bool
) -> None:
    """Another session that began meanwhile is not the programme's."""
    if somebody_else:
        back_hug.faults.drop_notifications = True
        back_hug.back.start_at_device(30, 6)
    await lose_the_start(back_hug, monkeypatch, Lost.REQUEST)
    assert back_hug.value("switch", "session") == ("on" if somebody_else else "off")
    assert back_hug.value("sensor", "programme_step") == "unknown"
    assert back_hug.coordinator.stored.run is None


async def test_programme_waits_for_its_status(back_hug: SimulatedBackHug) -> None:
    """A programme waits for the status of its session if the first notification was lost."""
    add_programme(back_hug)
    await choose(back_hug, "Mine")
    back_hug.faults.drop_notifications = True
    await back_hug.call("switch", "turn_on", "session")
    assert back_hug.value("sensor", "programme_step") == "unknown"
    assert back_hug.coordinator.stored.run is not None
    back_hug.coordinator.async_update_listeners()
    assert back_hug.coordinator.stored.run is not None
    back_hug.faults.drop_notifications = False
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "programme_step", "1")


async def test_stop_during_the_start_leaves_no_programme(
    back_hug: SimulatedBackHug,
) -> None:
    """A stop during the start leaves no programme running."""
    add_programme(back_hug)
    await choose(back_hug, "Mine")
    back_hug.faults.answer_delay = 0.3
    back_hug.faults.answers_affected = frozenset({START})
    starting = back_hug.hass.async_create_task(
        back_hug.call("switch", "turn_on", "session")
    )
    await until(lambda: back_hug.requests(START), "the start is sent")
    await back_hug.coordinator.controller.async_stop()
    try:
        await starting
    except HomeAssistantError as error:
        assert error.translation_key in ("busy", "stopped_first")  # noqa: PT017
    assert back_hug.coordinator.stored.run is None
    assert not back_hug.back.running


async def test_unreadable_status_runs_no_programme(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a status the session number is unknown, and no programme runs."""
    add_programme(back_hug)
    await choose(back_hug, "Mine")
    client = back_hug.coordinator.controller.back_hug
    client.snapshot = replace(client.snapshot, status=None, settings=None)
    back_hug.faults.drop_notifications = True
    await back_hug.coordinator.controller.runner.async_start(
        back_hug.coordinator.controller.runner.programmes["short_break"]
    )
    del caplog
    assert back_hug.coordinator.stored.run is None


async def test_lost_setting_is_sent_again(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting of a step that failed is sent again after a while."""
    monkeypatch.setattr(step_sender, "RETRY", 0.2)
    await start(back_hug)
    point = back_hug.back.control_point
    carry_out = point._carry_out

    def busy(opcode: int, parameters: bytes) -> Result:
        return Result.BUSY if opcode == FLOW else carry_out(opcode, parameters)

    monkeypatch.setattr(point, "_carry_out", busy)
    await pass_time(back_hug, 220)
    await until(lambda: len(back_hug.requests(FLOW)) > 1, "it is sent again")
    monkeypatch.setattr(point, "_carry_out", carry_out)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
    assert len(back_hug.requests(STRENGTH)) == len(back_hug.requests(AREA)) == 1


async def test_rest_of_a_step_is_sent_on_reconnection(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of a step is sent on reconnection, unless changed meanwhile."""
    await start(back_hug)
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    back_hug.faults.answer_times = 0
    back_hug.faults.answers_affected = frozenset({FLOW})
    await pass_time(back_hug, 220)
    await until(lambda: back_hug.requests(FLOW), "the flow is sent")
    back_hug.back.set_at_device(strength=4)
    await until(lambda: back_hug.peripheral.connections == 2, "it connects again")
    await back_hug.shows("binary_sensor", "connected", "on")
    # The flow was set; somebody chose a strength themselves: both stay.
    await set_to(back_hug, SHOULDER_BLADES, 4, WAVE)
    assert not back_hug.coordinator.controller.runner.run or not (
        back_hug.coordinator.controller.runner.run.unsent
    )
    assert back_hug.requests(STRENGTH) == []
    assert len(back_hug.requests(FLOW)) == 1


async def test_restart_within_a_step_sends_the_rest(back_hug: SimulatedBackHug) -> None:
    """After a restart within a step the rest is sent, and nothing twice."""
    await start(back_hug)
    back_hug.faults.answer_times = 0
    back_hug.faults.answers_affected = frozenset({FLOW})
    await pass_time(back_hug, 220)
    await until(lambda: back_hug.requests(FLOW), "the flow is sent")
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    back_hug.faults.clear()
    await back_hug.set_up()
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
    assert [len(back_hug.requests(each)) for each in (AREA, FLOW, STRENGTH)] == [
        1,
        1,
        1,
    ]


async def test_next_step_waits_for_the_current_one(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that begins while the previous one is being sent follows it."""
    monkeypatch.setattr(step_sender, "RETRY", 0.1)
    await start(back_hug)
    back_hug.faults.answer_delay = 0.2
    back_hug.faults.answers_affected = frozenset({AREA})
    await pass_time(back_hug, 220)
    await until(lambda: back_hug.requests(AREA), "the area is sent")
    await pass_time(back_hug, 360)
    await set_to(back_hug, FULL_BACK, 3, SLOW)
    assert back_hug.value("sensor", "programme_step") == "3"


async def test_refused_setting_is_logged_once(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A refused setting is logged once, and the rest goes on."""
    await start(back_hug)
    back_hug.faults.answer_result = 2
    back_hug.faults.answers_affected = frozenset({FLOW})
    await pass_time(back_hug, 220)
    await until(lambda: back_hug.back.strength == 5, "the strength is sent")
    await back_hug.shows("sensor", "programme_step", "2")
    await until(
        lambda: back_hug.state("sensor", "programme_step").attributes["skipped"],
        "it is said",
    )
    assert back_hug.state("sensor", "programme_step").attributes["skipped"] == [
        {"step": 2, "change": "refused", "wanted": "wave", "used": None}
    ]
    said = [
        each.getMessage()
        for each in caplog.records
        if each.name.startswith(OURS) and each.levelno >= logging.WARNING
    ]
    assert said == [
        (
            "The flow of step 2 of a programme was refused: BackHug-7F2A does not take "
            "this value now. Choose one that it offers; a running session must be "
            "longer than what has already passed"
        )
    ]
    caplog.clear()


async def test_stop_overtakes_the_rest_of_a_step(back_hug: SimulatedBackHug) -> None:
    """A stop overtakes the rest of a step."""
    await start(back_hug)
    back_hug.faults.answer_delay = 0.2
    back_hug.faults.answers_affected = frozenset({AREA})
    await pass_time(back_hug, 220)
    await until(lambda: back_hug.requests(AREA), "the area is sent")
    await back_hug.call("switch", "turn_off", "session")
    await until(
        lambda: back_hug.coordinator.controller.runner._sender._task is None,
        "nothing is under way",
    )
    assert not back_hug.back.running
    assert back_hug.requests(STRENGTH) == back_hug.requests(FLOW) == []


async def test_stop_overtakes_a_waiting_step(back_hug: SimulatedBackHug) -> None:
    """A stop overtakes a waiting step, of which nothing is sent."""
    await start(back_hug)
    back_hug.faults.answer_delay = 2.0
    back_hug.faults.answers_affected = frozenset({STRENGTH})
    setting = back_hug.hass.async_create_task(
        back_hug.call("number", "set_value", "strength", value=4)
    )
    await until(lambda: back_hug.requests(STRENGTH), "the strength is sent")
    before = back_hug.coordinator.controller.back_hug.snapshot.settings
    back_hug.skip(219)
    back_hug.clock.advance(1)
    await until(
        lambda: back_hug.coordinator.controller.back_hug.snapshot.settings != before,
        "the step waits for its turn",
    )
    await back_hug.call("switch", "turn_off", "session")
    with suppress(HomeAssistantError):
        await setting
    await until(
        lambda: back_hug.coordinator.controller.runner._sender._task is None,
        "nothing is under way",
    )
    assert back_hug.requests(AREA) == back_hug.requests(FLOW) == []


async def test_next_step_replaces_a_failed_one(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed step is not retried once the next one has begun."""
    await start(back_hug)
    point = back_hug.back.control_point
    carry_out = point._carry_out

    def busy(opcode: int, parameters: bytes) -> Result:
        return Result.BUSY if opcode == FLOW else carry_out(opcode, parameters)

    monkeypatch.setattr(point, "_carry_out", busy)
    back_hug.faults.answer_delay = 0.3
    back_hug.faults.answers_affected = frozenset({FLOW})
    await pass_time(back_hug, 220)
    await until(lambda: back_hug.requests(FLOW), "the flow is sent")
    await pass_time(back_hug, 360)
    monkeypatch.setattr(point, "_carry_out", carry_out)
    await set_to(back_hug, FULL_BACK, 3, SLOW)
    assert [each.parameters[0] for each in back_hug.requests(FLOW)] == [WAVE, SLOW]
