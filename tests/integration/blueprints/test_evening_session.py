"""The blueprints, run by Home Assistant's automations against the simulator."""

import asyncio
from collections.abc import Callable, Generator
from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any

from homeassistant.components.automation import automations_with_blueprint
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    setup_test_component_platform,
)

from custom_components.backhug.device import connection
from custom_components.backhug.plan.model import Change, Stage
from tests.home import Home, SimulatedBackHug, until

from ..conftest import warnings
from ..living import MONDAY, SUNDAY, Hours, Lamp, Phone, settle

BLUEPRINTS = Path(__file__).parents[3] / "blueprints/automation/backhug"
START = 1
START_BUTTON, LATER, NOT_TODAY = "Start when I lie down", "Later", "Not today"
QUESTION, REMINDER = "Time for a session?", "Time for a break?"
EVENING_FAILED = "The session could not be prepared. Home Assistant shows why."
BREAK_FAILED = "The break could not be prepared. Home Assistant shows why."
TAKEN_BACK = "clear_notification"
LIGHTS = {"light.ceiling": 255, "light.reading": 128, "light.corner": 20}
DIMMED = {"light.ceiling": 38, "light.reading": 38, "light.corner": 20}
AUTOMATION = "automation.tested"
ANNA = "person.anna"
DESK, COMPUTER = "binary_sensor.desk", "binary_sensor.computer_active"


@pytest.fixture
def hours(hass: HomeAssistant) -> Generator[Hours]:
    """Start on a Monday, at eight in the morning."""
    hours = Hours()
    with hours.run(hass):
        yield hours


@pytest.fixture
async def back_hug(
    hours: Hours,  # noqa: ARG001 - before all that holds for the time
    home: Home,
) -> SimulatedBackHug:
    """Return a live BackHug that is not occupied."""
    back_hug = await home.add(occupied=False)
    await home.seen(back_hug)
    await back_hug.set_up()
    return back_hug


@pytest.fixture
def phone(hass: HomeAssistant) -> Phone:
    """Return a phone."""
    return Phone(hass)


@pytest.fixture
async def lamps(hass: HomeAssistant) -> dict[str, Lamp]:
    """Return lamps of several brightnesses, one of them off."""
    lamps = {
        name: Lamp(name, brightness)
        for name, brightness in (
            ("ceiling", 255),
            ("reading", 128),
            ("corner", 20),
            ("off", None),
        )
    }
    setup_test_component_platform(hass, "light", lamps.values())
    assert await async_setup_component(hass, "light", {"light": {"platform": "test"}})
    assert await async_setup_component(hass, "scene", {})
    await hass.async_block_till_done()
    return lamps


def shine(hass: HomeAssistant) -> dict[str, int]:
    """Return the brightness of each lamp that is on."""
    return {
        state.entity_id: state.attributes["brightness"]
        for state in hass.states.async_all("light")
        if state.state == "on"
    }


async def use(home: Home, back_hug: SimulatedBackHug, name: str, **inputs: Any) -> None:
    """Create an automation from a blueprint, as Home Assistant does."""
    hass = back_hug.hass
    target = Path(hass.config.path("blueprints/automation/backhug"))
    shutil.copytree(BLUEPRINTS, target)
    path = f"backhug/{name}.yaml"
    config = {
        "alias": "Tested",
        "use_blueprint": {
            "path": path,
            "input": {
                "session": back_hug.entity_id("event", "session"),
                **inputs,
            },
        },
    }
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    await hass.async_block_till_done()
    assert automations_with_blueprint(hass, path) == [AUTOMATION]
    assert hass.states.is_state(AUTOMATION, "on")
    # It would wait for the next day.
    home.on_close(lambda: switch(hass, "off"))


async def switch(hass: HomeAssistant, to: str) -> None:
    """Turn the automation on or off."""
    await hass.services.async_call(
        "automation", f"turn_{to}", {"entity_id": AUTOMATION}, blocking=True
    )


async def over(hass: HomeAssistant) -> None:
    """Wait until the automation is idle."""
    await until(
        lambda: (
            (state := hass.states.get(AUTOMATION)) and state.attributes["current"] == 0
        ),
        "the automation is done",
    )


async def quiet(hass: HomeAssistant, phone: Phone, *messages: str) -> None:
    """Check that nothing runs, and that the phone got no other messages."""
    await over(hass)
    assert phone.messages == [*messages]


def armed(back_hug: SimulatedBackHug) -> bool:
    """Return whether start on occupancy is active."""
    return back_hug.value("sensor", "armed_until") != "unknown"


def last_triggered(hass: HomeAssistant) -> Any:
    """Return the time of the automation's last run."""
    state = hass.states.get(AUTOMATION)
    assert state
    return state.attributes["last_triggered"]


# The evening session


@pytest.fixture
async def evening(
    home: Home, back_hug: SimulatedBackHug, phone: Phone, lamps: dict[str, Lamp]
) -> SimulatedBackHug:
    """Return a BackHug with a question at half past eight, or when Anna comes home.

    The automation still has the inputs that older versions of the blueprint asked for.
    """
    back_hug.hass.states.async_set(ANNA, "not_home")
    await use(
        home,
        back_hug,
        "evening_session",
        phone=phone.device_id,
        people=[ANNA],
        days=["mon", "tue"],
        lights=[f"light.{name}" for name in lamps],
        last_session="sensor.last_session_once",
        armed_until="sensor.armed_until_once",
    )
    return back_hug


async def arm(evening: SimulatedBackHug, hours: Hours, phone: Phone) -> None:
    """Get the question, and answer yes."""
    await hours.until(20, 30)
    await phone.received(QUESTION)
    phone.press(START_BUTTON)
    await until(lambda: armed(evening), "it is armed")
    await settle()


async def lie_down(evening: SimulatedBackHug) -> None:
    """Lie down; wait for the session and the dimmed lights."""
    evening.back.lie_down()
    await evening.shows("switch", "session", "on")
    await until(lambda: shine(evening.hass) == DIMMED, "the lights are dimmed")


async def complete(back_hug: SimulatedBackHug) -> None:
    """Stay until the session is over."""
    back_hug.skip(60 * 60)
    back_hug.peripheral.drop_link()


async def stop(back_hug: SimulatedBackHug) -> None:
    """Turn it off."""
    await back_hug.call("switch", "turn_off", "session")


async def leave(back_hug: SimulatedBackHug) -> None:
    """Get up while the back is scanned."""
    back_hug.back.get_up()


async def overheat(back_hug: SimulatedBackHug) -> None:
    """Overheat."""
    back_hug.back.overheat()


async def lose(back_hug: SimulatedBackHug) -> None:
    """End while the link is lost; the end is seen later."""
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")
    back_hug.back.stop_at_device()
    back_hug.peripheral.appear()


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (complete, "completed"),
        (stop, "stopped"),
        (leave, "person_left"),
        (overheat, "fault"),
        (lose, "stopped"),
    ],
)
async def test_evening_from_question_to_restored_lights(
    hass: HomeAssistant,
    evening: SimulatedBackHug,
    hours: Hours,
    phone: Phone,
    end: Callable[[SimulatedBackHug], Any],
    expected: str,
) -> None:
    """Asked, armed, lain down, dimmed; restored however it ends. Not asked again that day."""
    await arm(evening, hours, phone)
    assert phone.buttons() == [START_BUTTON, LATER, NOT_TODAY]
    assert shine(hass) == LIGHTS
    assert evening.requests(START) == []
    await lie_down(evening)
    assert len(evening.requests(START)) == 1
    await end(evening)
    await until(lambda: shine(hass) == LIGHTS, "the lights are restored")
    await over(hass)
    assert evening.state("event", "session").attributes["event_type"] == expected
    assert hass.states.async_all("scene") == []
    hass.states.async_set(ANNA, "home")
    await settle()
    await quiet(hass, phone, QUESTION)
    await hours.until(20, 30, MONDAY + timedelta(days=1))
    await phone.received(QUESTION, QUESTION)


async def test_no_counts_for_the_day(
    hass: HomeAssistant, evening: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """No counts for the whole day and both occasions, not for the next day."""
    await hours.until(18, 0)
    hass.states.async_set(ANNA, "home")
    await phone.received(QUESTION)
    phone.press(NOT_TODAY)
    await quiet(hass, phone, QUESTION)
    assert not armed(evening)
    asked = last_triggered(hass)
    await hours.until(20, 30)
    await settle()
    await quiet(hass, phone, QUESTION)
    assert last_triggered(hass) == asked
    await hours.until(20, 30, MONDAY + timedelta(days=1))
    await phone.received(QUESTION, QUESTION)
    assert evening.requests(START) == []


async def test_later_asks_again(
    evening: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """Asked again after the chosen time, twice; then armed."""
    await hours.until(20, 30)
    await phone.received(QUESTION)
    for asked in (2, 3):
        phone.press(LATER)
        await settle()
        await hours.pass_(minutes=44)
        assert len(phone.messages) == asked - 1
        await hours.pass_(minutes=2)
        await phone.received(*[QUESTION] * asked)
    phone.press(START_BUTTON)
    await until(lambda: armed(evening), "it is armed")
    await lie_down(evening)


async def test_session_answers_the_question(
    hass: HomeAssistant, evening: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """A session that begins meanwhile answers the question; its lights stay."""
    await hours.until(20, 30)
    await phone.received(QUESTION)
    evening.back.lie_down()
    evening.back.start_at_device(20)
    await phone.received(QUESTION, TAKEN_BACK)
    assert phone.notifications[0]["data"]["tag"] == AUTOMATION
    assert phone.notifications[1]["data"] == {"tag": AUTOMATION}
    await quiet(hass, phone, QUESTION, TAKEN_BACK)
    assert shine(hass) == LIGHTS


async def test_session_cancels_the_second_question(
    hass: HomeAssistant, evening: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """A session before the second question cancels it."""
    await hours.until(20, 30)
    await phone.received(QUESTION)
    phone.press(LATER)
    await settle()
    evening.back.lie_down()
    evening.back.start_at_device(20)
    await phone.received(QUESTION, TAKEN_BACK)
    await quiet(hass, phone, QUESTION, TAKEN_BACK)


async def test_unanswered_question_is_withdrawn(
    hass: HomeAssistant, evening: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """A question without an answer is withdrawn."""
    await hours.until(20, 30)
    await phone.received(QUESTION)
    await hours.pass_(hours=2.9)
    assert phone.messages == [QUESTION]
    await hours.pass_(hours=0.2)
    await phone.received(QUESTION, TAKEN_BACK)
    await quiet(hass, phone, QUESTION, TAKEN_BACK)
    # The button of it is of no use any more.
    phone.notifications.pop()
    phone.press(START_BUTTON)
    await quiet(hass, phone, QUESTION)
    assert not armed(evening)


async def test_no_question_after_a_session(
    hass: HomeAssistant, evening: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """Not asked after a session, nor while one runs or is prepared; but on the next day."""
    evening.back.lie_down()
    evening.back.start_at_device(20)
    await evening.shows("switch", "session", "on")
    await hours.until(18, 0)
    hass.states.async_set(ANNA, "home")
    await settle()
    await quiet(hass, phone)
    evening.back.stop_at_device()
    await until(
        lambda: evening.value("sensor", "last_session") != "unknown", "it is known"
    )
    await hours.until(20, 30)
    await settle()
    await quiet(hass, phone)
    assert last_triggered(hass) is None
    await hours.until(20, 30, MONDAY + timedelta(days=1))
    await phone.received(QUESTION)


async def test_prepared_session_needs_no_question(
    hass: HomeAssistant, evening: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """A prepared session needs no question."""
    await hours.until(20, 15)
    await hass.services.async_call(
        "backhug",
        "start_session",
        {"entity_id": evening.entity_id("event", "session"), "when_occupied": True},
        blocking=True,
    )
    await hours.until(20, 30)
    await settle()
    await quiet(hass, phone)
    assert armed(evening)


async def test_days_limit_both_occasions(
    hass: HomeAssistant,
    evening: SimulatedBackHug,  # noqa: ARG001
    hours: Hours,
    phone: Phone,
) -> None:
    """Neither occasion counts on a day that is not chosen."""
    await hours.until(18, 0, SUNDAY)
    hass.states.async_set(ANNA, "home")
    await hours.until(20, 30, SUNDAY)
    await settle()
    await quiet(hass, phone)


@pytest.mark.parametrize(
    ("hour", "was", "asked"),
    [
        (16, "not_home", False),
        (17, "not_home", True),
        (21, "work", True),
        (22, "not_home", False),
        (18, "unavailable", False),
        (18, "unknown", False),
    ],
)
async def test_arrival_asks_within_the_window(
    hass: HomeAssistant,
    home: Home,
    back_hug: SimulatedBackHug,
    hours: Hours,
    phone: Phone,
    hour: int,
    was: str,
    asked: bool,
) -> None:
    """Asked on arrival within the window; without a time nothing else counts."""
    hass.states.async_set(ANNA, was)
    await use(
        home,
        back_hug,
        "evening_session",
        phone=phone.device_id,
        use_time=False,
        people=[ANNA],
    )
    await hours.until(hour, 0)
    hass.states.async_set(ANNA, "home")
    await settle()
    if asked:
        await phone.received(QUESTION)
    else:
        await hours.until(23, 0)
        await settle()
        await quiet(hass, phone)


async def test_defaults_suffice(
    hass: HomeAssistant,
    home: Home,
    back_hug: SimulatedBackHug,
    hours: Hours,
    phone: Phone,
) -> None:
    """With defaults: asked at the time, no lights, the selected programme."""
    hass.states.async_set(ANNA, "not_home")
    await back_hug.call("select", "select_option", "programme", option="short_break")
    await use(home, back_hug, "evening_session", phone=phone.device_id)
    await hours.until(18, 0)
    hass.states.async_set(ANNA, "home")
    await settle()
    await quiet(hass, phone)
    await hours.until(20, 30)
    await phone.received(QUESTION)
    phone.press(START_BUTTON)
    await until(lambda: armed(back_hug), "it is armed")
    back_hug.back.lie_down()
    await back_hug.shows("sensor", "programme_step", "1")
    assert (
        back_hug.state("sensor", "programme_step").attributes["programme"]
        == "short_break"
    )
    await over(hass)


async def test_asked_only_when_the_plan_advises(
    hass: HomeAssistant,
    home: Home,
    back_hug: SimulatedBackHug,
    hours: Hours,
    phone: Phone,
) -> None:
    """With the option, it asks on the days of the plan only, and never without one."""
    await use(
        home, back_hug, "evening_session", phone=phone.device_id, only_when_due=True
    )
    plans = back_hug.coordinator.household.plans
    await hours.until(20, 30)
    await quiet(hass, phone)
    plans.async_begin(None, (Stage(1, 1, 7, 20, 3),))
    plans.async_change(None, Change.PAUSE)
    await hours.until(20, 30, MONDAY + timedelta(days=1))
    await quiet(hass, phone)
    plans.async_change(None, Change.RESUME)
    await hours.until(20, 30, MONDAY + timedelta(days=2))
    await phone.received(QUESTION)


@pytest.mark.parametrize(
    ("programme", "runs"), [("none", None), ("evening_wind_down", "evening_wind_down")]
)
async def test_chosen_programme_runs(
    hass: HomeAssistant,
    home: Home,
    back_hug: SimulatedBackHug,
    hours: Hours,
    phone: Phone,
    programme: str,
    runs: str | None,
) -> None:
    """The chosen programme runs; somebody who already lies there need not get up."""
    await use(
        home,
        back_hug,
        "evening_session",
        phone=phone.device_id,
        programme=programme,
        at="19:00:00",
    )
    await hours.until(19, 0)
    await phone.received(QUESTION)
    back_hug.back.lie_down()
    await back_hug.shows("binary_sensor", "occupied", "on")
    phone.press(START_BUTTON)
    await back_hug.shows("switch", "session", "on")
    await over(hass)
    attributes = back_hug.state("sensor", "programme_step").attributes
    assert attributes.get("programme") == runs
    assert phone.messages == [QUESTION]
    assert len(back_hug.requests(START)) == 1


async def test_nothing_happens_if_nobody_lies_down(
    hass: HomeAssistant, evening: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """The time to lie down passes: nothing starts, nothing is dimmed or sent."""
    await arm(evening, hours, phone)
    await hours.pass_(minutes=29)
    assert armed(evening)
    await hours.pass_(minutes=2)
    await until(lambda: not armed(evening), "it is not armed any more")
    await settle()
    await hours.pass_(seconds=11)
    await quiet(hass, phone, QUESTION)
    evening.back.lie_down()
    await evening.shows("binary_sensor", "occupied", "on")
    assert evening.requests(START) == []
    assert shine(hass) == LIGHTS


async def test_stop_before_the_session_dims_nothing(
    hass: HomeAssistant, evening: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """Stop before the session: nothing is dimmed."""
    await arm(evening, hours, phone)
    await stop(evening)
    assert not armed(evening)
    await settle()
    await hours.pass_(seconds=11)
    await quiet(hass, phone, QUESTION)
    assert shine(hass) == LIGHTS


async def test_time_waits_for_the_radio(
    back_hug: SimulatedBackHug, hours: Hours, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home's time does not outrun a radio at work."""
    # It reconnects often.
    monkeypatch.setattr(connection, "FIRST_BACK_OFF", 0.05)
    for ticks in range(0, 60, 6):
        back_hug.peripheral.drop_link()
        for _ in range(ticks):
            await asyncio.sleep(0)
        await hours.pass_(seconds=11)
        await until(
            lambda: back_hug.coordinator.controller.back_hug.connection.client,
            "it is back",
        )


async def test_released_connection_is_reported(
    hass: HomeAssistant,
    evening: SimulatedBackHug,
    hours: Hours,
    phone: Phone,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With a released connection it says that there will be no session."""
    await evening.call("switch", "turn_off", "hold_connection")
    await hours.until(20, 30)
    await phone.received(QUESTION)
    phone.press(START_BUTTON)
    await until(lambda: warnings(caplog), "the log tells why")
    assert "released" in warnings(caplog)[0]
    await settle()
    await hours.pass_(seconds=11)
    await phone.received(QUESTION, EVENING_FAILED)
    await over(hass)
    assert shine(hass) == LIGHTS
    caplog.clear()


async def test_light_switched_off_stays_off(
    hass: HomeAssistant, evening: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """A light switched off during the session stays off."""
    await arm(evening, hours, phone)
    await lie_down(evening)
    await hass.services.async_call(
        "light", "turn_off", {"entity_id": "light.reading"}, blocking=True
    )
    await stop(evening)
    await over(hass)
    assert shine(hass) == {"light.ceiling": 255, "light.corner": 20}
    assert hass.states.async_all("scene") == []


async def test_lights_return_without_an_end(
    hass: HomeAssistant, evening: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """A BackHug that is gone for good does not leave the room dark."""
    await arm(evening, hours, phone)
    await lie_down(evening)
    evening.peripheral.vanish()
    evening.peripheral.drop_link()
    await evening.shows("binary_sensor", "connected", "off")
    await hours.pass_(hours=1.9)
    assert shine(hass) == DIMMED
    await hours.pass_(hours=0.2)
    await until(lambda: shine(hass) == LIGHTS, "the lights are restored")
    await over(hass)


async def test_pause_is_no_end(
    hass: HomeAssistant, evening: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """A pause is no end."""
    await arm(evening, hours, phone)
    await lie_down(evening)
    evening.clock.advance(21)
    await evening.shows("sensor", "state", "treating")
    await evening.call("button", "press", "pause_resume")
    await evening.shows("sensor", "state", "paused")
    assert shine(hass) == DIMMED
    await evening.call("button", "press", "pause_resume")
    await evening.shows("sensor", "state", "treating")
    assert shine(hass) == DIMMED
    await stop(evening)
    await until(lambda: shine(hass) == LIGHTS, "the lights are restored")


# The break at the desk


@pytest.fixture
async def desk(home: Home, back_hug: SimulatedBackHug, phone: Phone) -> None:
    """Remind after two hours of work, from nine to six, on Mondays and Tuesdays.

    The sensors are found under any entity id.
    """
    registry = er.async_get(back_hug.hass)
    for key, other in ("last_session", "pause"), ("armed_until", "waiting"):
        registry.async_update_entity(
            back_hug.entity_id("sensor", key), new_entity_id=f"sensor.{other}"
        )
    await back_hug.hass.async_block_till_done()
    back_hug.hass.states.async_set(DESK, "off")
    back_hug.hass.states.async_set(COMPUTER, "off")
    await use(
        home,
        back_hug,
        "break_at_desk",
        phone=phone.device_id,
        at_work=[DESK, COMPUTER],
        days=["mon", "tue"],
    )


async def nothing(phone: Phone, *messages: str) -> None:
    """Check that the phone got no other messages, whatever runs."""
    await settle()
    assert phone.messages == [*messages]


@pytest.mark.usefixtures("desk")
async def test_break_reminds_every_two_hours(
    hass: HomeAssistant, back_hug: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """Reminded two hours after work begins, armed, and again two hours after the break."""
    hass.states.async_set(COMPUTER, "on")
    await hours.until(10, 55)
    await nothing(phone)
    await hours.until(11, 0)
    await phone.received(REMINDER)
    assert phone.buttons() == [START_BUTTON]
    assert back_hug.requests(START) == []
    phone.press(START_BUTTON)
    await until(lambda: armed(back_hug), "it is armed")
    await over(hass)
    await hours.pass_(minutes=5)
    back_hug.back.lie_down()
    await back_hug.shows("sensor", "programme_step", "1")
    assert (
        back_hug.state("sensor", "programme_step").attributes["programme"]
        == "short_break"
    )
    await hours.pass_(minutes=25)
    await stop(back_hug)
    await until(
        lambda: back_hug.value("sensor", "last_session") != "unknown", "it is known"
    )
    back_hug.back.get_up()
    await hours.until(13, 25)
    await nothing(phone, REMINDER)
    await hours.until(13, 35)
    await phone.received(REMINDER, REMINDER)


@pytest.mark.usefixtures("desk")
async def test_new_reminder_replaces_the_old(
    hass: HomeAssistant, hours: Hours, phone: Phone
) -> None:
    """Reminded again only after another two hours, in place of the old reminder."""
    hass.states.async_set(DESK, "on")
    await hours.until(11, 0)
    await phone.received(REMINDER)
    for minute in (5, 30, 55):
        await hours.until(11 if minute < 30 else 12, minute)
        await nothing(phone, REMINDER)
    await hours.until(13, 5)
    await until(lambda: phone.messages.count(REMINDER) == 2, "it reminds again")
    assert {each["data"]["tag"] for each in phone.notifications} == {AUTOMATION}
    hass.states.async_set(DESK, "off")
    await hours.until(15, 6)
    await until(lambda: phone.messages[-1] == TAKEN_BACK, "it is taken back")
    await over(hass)
    assert phone.messages.count(REMINDER) == 2


@pytest.mark.usefixtures("desk")
async def test_any_session_is_a_break(
    hass: HomeAssistant, back_hug: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """A session that begins otherwise is a break too."""
    hass.states.async_set(DESK, "on")
    await hours.until(11, 0)
    await phone.received(REMINDER)
    back_hug.back.lie_down()
    back_hug.back.start_at_device(20)
    await phone.received(REMINDER, TAKEN_BACK)
    await over(hass)
    # Nor does it remind while a session runs.
    await hours.until(13, 5)
    await nothing(phone, REMINDER, TAKEN_BACK)


@pytest.mark.usefixtures("desk")
async def test_reminds_only_at_work(
    hass: HomeAssistant, hours: Hours, phone: Phone
) -> None:
    """Reminded only while somebody has been at work for a quarter of an hour."""
    await hours.until(12, 0)
    await nothing(phone)
    hass.states.async_set(DESK, "on")
    await hours.until(12, 10)
    await nothing(phone)
    hass.states.async_set(DESK, "unavailable")
    await hours.until(12, 30)
    await nothing(phone)
    hass.states.async_set(DESK, "on")
    await hours.until(12, 50)
    await phone.received(REMINDER)


@pytest.mark.usefixtures("desk")
async def test_no_reminder_outside_working_hours(
    hass: HomeAssistant, hours: Hours, phone: Phone
) -> None:
    """Neither in the evening nor on other days, nor as working hours begin."""
    await hours.until(17, 59)
    hass.states.async_set(DESK, "on")
    await hours.until(18, 20)
    await nothing(phone)
    await hours.until(9, 10, MONDAY + timedelta(days=1))
    await nothing(phone)
    await hours.until(12, 0, SUNDAY)
    await nothing(phone)
    assert last_triggered(hass) is None


@pytest.mark.usefixtures("desk")
async def test_prepared_break_needs_no_reminder(
    hass: HomeAssistant, back_hug: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """A prepared session needs no reminder."""
    hass.states.async_set(DESK, "on")
    await hours.until(10, 50)
    await hass.services.async_call(
        "backhug",
        "start_session",
        {"entity_id": back_hug.entity_id("event", "session"), "when_occupied": True},
        blocking=True,
    )
    await hours.until(11, 10)
    await nothing(phone)


@pytest.mark.usefixtures("desk")
async def test_released_connection_prevents_the_break(
    hass: HomeAssistant,
    back_hug: SimulatedBackHug,
    hours: Hours,
    phone: Phone,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With a released connection it says that there will be no break."""
    await back_hug.call("switch", "turn_off", "hold_connection")
    hass.states.async_set(DESK, "on")
    await hours.until(11, 0)
    await phone.received(REMINDER)
    phone.press(START_BUTTON)
    await until(lambda: warnings(caplog), "the log tells why")
    await settle()
    await hours.pass_(seconds=11)
    await phone.received(REMINDER, BREAK_FAILED)
    await over(hass)
    caplog.clear()


@pytest.mark.usefixtures("desk")
async def test_break_of_somebody_lying_there_starts_at_once(
    hass: HomeAssistant, back_hug: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """Somebody who already lies there gets their break at once."""
    hass.states.async_set(DESK, "on")
    await hours.until(11, 0)
    await phone.received(REMINDER)
    back_hug.back.lie_down()
    await back_hug.shows("binary_sensor", "occupied", "on")
    phone.press(START_BUTTON)
    await back_hug.shows("switch", "session", "on")
    await over(hass)
    assert phone.messages == [REMINDER]
