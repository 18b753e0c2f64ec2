"""The actions that look into programmes, and save one. Nothing is sent to the devices."""

from __future__ import annotations

from dataclasses import asdict

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.util.json import JsonValueType

from ..programmes.editing import one_step
from ..programmes.user_programmes import async_save_programme
from ..service_fields import (
    ATTR_NAME,
    async_new_name,
    async_targets,
    invalid,
    raise_errors,
)


async def async_get_programmes(call: ServiceCall) -> ServiceResponse:
    """Return the programmes as each device runs them, of all devices or of none."""
    coordinators, errors = await async_targets(call, POLICY_READ)
    raise_errors(errors, len(errors) + len(coordinators))
    devices: list[JsonValueType] = []
    for coordinator in coordinators:
        runner = coordinator.controller.runner
        programmes: list[JsonValueType] = []
        for programme in runner.programmes.values():
            fitted = runner.fitted(programme)
            programmes.append(
                {
                    "key": programme.key,
                    "name": runner.name(programme),
                    "own": programme.name is not None,
                    "minutes": fitted.minutes,
                    "steps": [step.shown() for step in fitted.steps],
                    "skipped": [skipped.as_dict() for skipped in fitted.skipped],
                }
            )
        title = coordinator.config_entry.title
        devices.append({"name": title, "programmes": programmes})
    return {"devices": devices}


async def async_save_settings(call: ServiceCall) -> ServiceResponse:
    """Save the settings in use as a programme of the household."""
    coordinators, errors = await async_targets(call)
    raise_errors(errors, len(errors) + len(coordinators))
    if len(coordinators) > 1:
        raise invalid("one_device")
    (coordinator,) = coordinators
    entry = coordinator.config_entry
    name = await async_new_name(call.hass, entry, call.data.get(ATTR_NAME))
    settings = coordinator.controller.known_settings()
    if (stored := one_step(settings, coordinator.features)) is None:
        raise invalid("settings_unknown", name=entry.title)
    saved = async_save_programme(call.hass, entry, name, stored)
    return {
        "devices": [
            {
                "name": entry.title,
                "key": saved.subentry_id,
                "saved_as": name,
                **asdict(settings),
            }
        ]
    }
