"""Permissions of users on a BackHug: those on its session switch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from homeassistant.components.switch import DOMAIN as SWITCH
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN


@callback
def async_session_switch(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str | None:
    """Return the entity id of the session switch, or None if it is not registered."""
    return er.async_get(hass).async_get_entity_id(
        SWITCH, DOMAIN, f"{entry.data[CONF_ADDRESS]}_session"
    )


async def async_permission(
    hass: HomeAssistant, context: Context | None, policy: str
) -> Callable[[str | None], bool]:
    """Return a predicate: whether the user of a context has a permission on an entity.

    Administrators have every permission, and so have contexts without a user, such as those of automations.
    Raises UnknownUser.
    """
    if context is None or context.user_id is None:
        return lambda _: True
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context, permission=policy, user_id=context.user_id)
    if user.is_admin:
        return lambda _: True
    check = user.permissions.check_entity
    return lambda entity_id: entity_id is not None and check(entity_id, policy)


async def async_require(
    hass: HomeAssistant, context: Context | None, entity_id: str | None, policy: str
) -> None:
    """Raise Unauthorized if the user of a context lacks a permission on an entity."""
    permitted = await async_permission(hass, context, policy)
    if not permitted(entity_id):
        raise Unauthorized(context=context, entity_id=entity_id, permission=policy)
