"""Requests to start on occupancy, and what ends them."""

from typing import Any

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.backhug.const import DOMAIN
from tests.home import SimulatedBackHug

from ..conftest import OURS

START = 1


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


async def lose(back_hug: SimulatedBackHug) -> None:
    """Lose the link until the device appears again."""
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")


async def starts_nothing(back_hug: SimulatedBackHug) -> None:
    """Check that nothing starts, also when somebody lies down again."""
    await back_hug.shows("sensor", "armed_until", "unknown")
    back_hug.back.get_up()
    await back_hug.shows("binary_sensor", "occupied", "off")
    back_hug.back.lie_down()
    await back_hug.shows("binary_sensor", "occupied", "on")
    assert back_hug.requests(START) == []


async def refused(back_hug: SimulatedBackHug, key: str, **data: Any) -> None:
    """Arm, and expect a refusal."""
    with pytest.raises(HomeAssistantError) as error:
        await arm(back_hug, **data)
    assert error.value.translation_key == key
    assert isinstance(error.value, ServiceValidationError) is (key != "released")
    assert back_hug.coordinator.controller.start_on_occupancy.until is None
    assert "BackHug-7F2A" in str(error.value)
