"""Fixtures of the blueprints' tests: a Monday, a BackHug, a phone, lamps, and the evening session."""

from collections.abc import Generator

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import setup_test_component_platform

from tests.home import Home, SimulatedBackHug

from ..living import Hours, Lamp, Phone
from .automations import ANNA, use


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
