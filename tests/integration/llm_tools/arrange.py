"""Devices, answers and calls that the tests of the tools share."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.helpers import area_registry as ar, device_registry as dr
import pytest

from development.model import Failed, Model
from simulator.build import Build
from tests.home import SimulatedBackHug

START, STOP, PAUSE, RESUME, STRENGTH, AREA, FLOW, LENGTH = range(1, 9)
SECOND = Build(name="Guest BackHug", address="C0:FF:EE:00:00:02", areas=(0, 7))
ANSWERS: dict[str, Any] = {
    "safety_questions_asked": True,
    "cautions": ["none"],
    "feeling": "stiff",
    "firmness": "medium",
    "experience": "occasional",
    "minutes": 25,
    "day_time": "evening",
    "discomfort": {"left_upper": 2, "right_upper": 1},
}

type Connect = Callable[[], AbstractAsyncContextManager[Model]]


def room(back_hug: SimulatedBackHug, name: str) -> ar.AreaEntry:
    """Put a BackHug into a room."""
    area = ar.async_get(back_hug.hass).async_get_or_create(name)
    devices = dr.async_get(back_hug.hass)
    (device,) = dr.async_entries_for_config_entry(devices, back_hug.entry.entry_id)
    devices.async_update_device(device.id, area_id=area.id)
    return area


def expose(back_hug: SimulatedBackHug, exposed: bool) -> None:
    """Expose a BackHug to the assistant, or not."""
    async_expose_entity(
        back_hug.hass, "conversation", back_hug.entity_id("switch", "session"), exposed
    )


async def get_up(back_hug: SimulatedBackHug) -> None:
    """Have the person get up."""
    back_hug.back.get_up()
    await back_hug.shows("binary_sensor", "occupied", "off")


async def refused(model: Model, tool: str, **args: Any) -> str:
    """Call a tool that refuses; return its message."""
    with pytest.raises(Failed) as failed:
        await model.call(tool, **args)
    return str(failed.value)
