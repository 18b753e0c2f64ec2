"""Calls of the actions."""

from typing import Any

from custom_components.backhug.const import DOMAIN
from simulator.build import Build
from tests.home import SimulatedBackHug

START, STOP, PAUSE, RESUME, STRENGTH, AREA, FLOW, LENGTH = range(1, 9)


SECOND = Build(name="BackHug-2", address="C0:FF:EE:00:00:02", strengths=5)


async def act(back_hug: SimulatedBackHug, action: str, **data: Any) -> None:
    """Call an action for one BackHug."""
    await back_hug.hass.services.async_call(
        DOMAIN, action, {**target(back_hug), **data}, blocking=True
    )


def target(back_hug: SimulatedBackHug) -> dict[str, Any]:
    """Return a BackHug as a target."""
    return {"entity_id": back_hug.entity_id("switch", "session")}
