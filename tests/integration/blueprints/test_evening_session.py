"""The evening session after the answer: prepared, started, the lights dimmed and restored."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from tests.home import Home, SimulatedBackHug, until

from ..conftest import warnings
from ..living import MONDAY, Hours, Phone, settle
from .automations import (
    ANNA,
    DIMMED,
    EVENING_FAILED,
    LATER,
    LIGHTS,
    NOT_TODAY,
    QUESTION,
    START,
    START_BUTTON,
    arm,
    armed,
    lie_down,
    over,
    quiet,
    shine,
    stop,
    use,
)


async def complete(back_hug: SimulatedBackHug) -> None:
    """Stay until the session is over."""
    back_hug.skip(60 * 60)
    back_hug.peripheral.drop_link()


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
