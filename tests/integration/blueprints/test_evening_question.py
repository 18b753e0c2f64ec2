"""The evening session's question: when it is asked, and how it is answered."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
import pytest

from custom_components.backhug.plan.model import Change, Stage
from tests.home import Home, SimulatedBackHug, until

from ..living import MONDAY, SUNDAY, Hours, Phone, settle
from .automations import (
    ANNA,
    AUTOMATION,
    LATER,
    LIGHTS,
    NOT_TODAY,
    QUESTION,
    START,
    START_BUTTON,
    TAKEN_BACK,
    armed,
    last_triggered,
    lie_down,
    quiet,
    shine,
    use,
)


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
