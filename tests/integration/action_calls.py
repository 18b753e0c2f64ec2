"""Calls of the actions, also as a user, and their responses."""

from typing import Any

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant

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


def paths(value: Any, path: str = "") -> set[str]:
    """Return the paths in a response as the reference writes them."""
    match value:
        case dict():
            return {
                each
                for key, part in value.items()
                for each in paths(
                    part, f"{path}.{'*' if path.endswith('regions') else key}"
                )
            }
        case list():
            return {each for part in value for each in paths(part, f"{path}[]")}
    return {path.removeprefix(".")}


async def somebody(hass: HomeAssistant, group: str = GROUP_ID_USER) -> User:
    """Return a user of a group."""
    user: User = await hass.auth.async_create_user("somebody", group_ids=[group])
    return user


async def act_as(
    hass: HomeAssistant,
    user: User | None,
    action: str,
    response: bool = False,
    **data: Any,
) -> Any:
    """Call an action as a user does."""
    context = Context(user_id=None if user is None else user.id)
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, context=context, return_response=response
    )
