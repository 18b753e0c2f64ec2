"""Issue about BackHugs with the same name: an assistant can tell them apart only by their areas or by numbers."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    issue_registry as ir,
)

from ..const import DOMAIN

ISSUE_SAME_NAME: Final = "same_name"


@callback
def async_watch_names(hass: HomeAssistant) -> CALLBACK_TYPE:
    """Keep the issue up to date with the names of the devices; return a function that ends this."""

    @callback
    def changed(_event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        _async_check(hass)

    _async_check(hass)
    return hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, changed)


@callback
def _async_check(hass: HomeAssistant) -> None:
    """Create the issue if two devices have the same name, or delete it."""
    registry = dr.async_get(hass)
    named: dict[str, list[dr.DeviceEntry]] = defaultdict(list)
    for entry in hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    ):
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
            named[device.name_by_user or device.name or entry.title].append(device)
    for name, devices in sorted(named.items()):
        if len(devices) > 1:
            ir.async_create_issue(
                hass,
                DOMAIN,
                ISSUE_SAME_NAME,
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                translation_key=ISSUE_SAME_NAME,
                translation_placeholders={
                    "name": name,
                    "suggestions": ", ".join(_suggestions(hass, name, devices)),
                },
            )
            return
    ir.async_delete_issue(hass, DOMAIN, ISSUE_SAME_NAME)


def _suggestions(
    hass: HomeAssistant, name: str, devices: list[dr.DeviceEntry]
) -> list[str]:
    """Return a different name for each device: with its area, or with a number."""
    areas = ar.async_get(hass)
    found: list[str] = []
    for number, device in enumerate(devices, 1):
        area = areas.async_get_area(device.area_id or "")
        suggestion = f"{name} {number if area is None else area.name}"
        found.append(f"{name} {number}" if suggestion in found else suggestion)
    return found
