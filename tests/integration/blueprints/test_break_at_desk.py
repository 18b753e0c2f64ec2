"""The break at the desk: reminders at work, and the break that follows."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from tests.home import Home, SimulatedBackHug, until

from ..conftest import warnings
from ..living import MONDAY, SUNDAY, Hours, Phone, settle
from .automations import (
    AUTOMATION,
    BREAK_FAILED,
    COMPUTER,
    DESK,
    REMINDER,
    START,
    START_BUTTON,
    TAKEN_BACK,
    armed,
    last_triggered,
    over,
    stop,
    use,
)


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


@pytest.fixture
async def reminded(hass: HomeAssistant, desk: None, hours: Hours, phone: Phone) -> None:  # noqa: ARG001 (it is in use)
    """Work from nine until the reminder at eleven."""
    hass.states.async_set(DESK, "on")
    await hours.until(11, 0)
    await phone.received(REMINDER)


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


@pytest.mark.usefixtures("reminded")
async def test_new_reminder_replaces_the_old(
    hass: HomeAssistant, hours: Hours, phone: Phone
) -> None:
    """Reminded again only after another two hours, in place of the old reminder."""
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


@pytest.mark.usefixtures("reminded")
async def test_any_session_is_a_break(
    hass: HomeAssistant, back_hug: SimulatedBackHug, hours: Hours, phone: Phone
) -> None:
    """A session that begins otherwise is a break too."""
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


@pytest.mark.usefixtures("reminded")
async def test_break_of_somebody_lying_there_starts_at_once(
    hass: HomeAssistant, back_hug: SimulatedBackHug, phone: Phone
) -> None:
    """Somebody who already lies there gets their break at once."""
    back_hug.back.lie_down()
    await back_hug.shows("binary_sensor", "occupied", "on")
    phone.press(START_BUTTON)
    await back_hug.shows("switch", "session", "on")
    await over(hass)
    assert phone.messages == [REMINDER]
