"""Config flow: a BackHug is contacted only after the person has confirmed it."""

import asyncio
from dataclasses import asdict
from typing import Any, Final, override

from homeassistant.components import bluetooth
from homeassistant.components.bluetooth import (
    BluetoothReachabilityIntent,
    BluetoothServiceInfoBleak,
)
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
)
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
import voluptuous as vol

from .const import (
    CONF_FEATURES,
    CONF_INFORMATION,
    DOMAIN,
    HELP_URL,
    SUBENTRY_PROGRAMME,
)
from .device.client import Identity, identify, is_backhug
from .device.errors import (
    IncompatibleError,
    NotReachableError,
    UnsupportedVersionError,
)
from .device.model import clean_text, is_backhug_name
from .programme_flow import ProgrammeFlow

CONNECT_TIMEOUT: Final = 15
"""Seconds for connecting and reading what the device is, before a person is told that it failed."""
ACTIVE_SCAN: Final = 5
"""Seconds of active scan, for what a passive one does not show: the name."""


def _title(info: BluetoothServiceInfoBleak) -> str:
    """Return a name to show: the advertised one if there is one, never markup from the air."""
    if is_backhug_name(info.name):
        return clean_text(info.name)
    return f"BackHug {info.address[-5:].replace(':', '')}"


class BackHugConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds a BackHug that is in reach."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Begin with nothing found."""
        self._found: dict[str, BluetoothServiceInfoBleak] = {}
        self._address = ""

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what a person adds to a BackHug: programmes of their own."""
        return {SUBENTRY_PROGRAMME: ProgrammeFlow}

    @override
    async def async_step_bluetooth(
        self, discovery_info: BluetoothServiceInfoBleak
    ) -> ConfigFlowResult:
        """Offer a BackHug that Home Assistant's Bluetooth has found."""
        if not is_backhug(discovery_info.name, discovery_info.service_uuids):
            return self.async_abort(reason="not_a_backhug")
        await self.async_set_unique_id(discovery_info.address)
        self._abort_if_unique_id_configured()
        self._address = discovery_info.address
        self._found[self._address] = discovery_info
        self.context["title_placeholders"] = {"name": _title(discovery_info)}
        return await self.async_step_bluetooth_confirm()

    async def async_step_bluetooth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add the BackHug once the person has confirmed."""
        if user_input is None:
            self._set_confirm_only()
            return self._show("bluetooth_confirm", None)
        return await self._async_add("bluetooth_confirm", None)

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Let the person choose among the devices in reach."""
        if user_input is not None:
            self._address = user_input[CONF_ADDRESS]
            await self.async_set_unique_id(self._address, raise_on_progress=False)
            self._abort_if_unique_id_configured()
            return await self._async_add("user", self._choice())
        await bluetooth.async_request_active_scan(self.hass, ACTIVE_SCAN)
        configured = self._async_current_ids(include_ignore=False)
        self._found = {
            info.address: info
            for info in bluetooth.async_discovered_service_info(
                self.hass, connectable=False
            )
            if info.address not in configured
            and is_backhug(info.name, info.service_uuids)
        }
        if not self._found:
            return self.async_abort(reason="no_devices_found")
        return self._show("user", self._choice())

    def _choice(self) -> vol.Schema:
        return vol.Schema(
            {
                vol.Required(CONF_ADDRESS): vol.In(
                    {
                        address: f"{_title(info)} ({address})"
                        for address, info in self._found.items()
                    }
                )
            }
        )

    def _show(
        self, step_id: str, schema: vol.Schema | None, *, reason: str = ""
    ) -> ConfigFlowResult:
        placeholders = {"reason": reason}
        if info := self._found.get(self._address):
            placeholders["name"] = _title(info)
        return self.async_show_form(
            step_id=step_id,
            data_schema=schema,
            errors={"base": "cannot_connect"} if reason else None,
            description_placeholders=placeholders,
        )

    async def _async_add(
        self, step_id: str, schema: vol.Schema | None
    ) -> ConfigFlowResult:
        """Contact the device, and add it or say why not."""
        await self._async_find_name()
        info = self._found[self._address]
        try:
            identity = await self._async_identify(_title(info))
        except NotReachableError, TimeoutError:
            reason = bluetooth.async_address_reachability_diagnostics(
                self.hass, self._address, BluetoothReachabilityIntent.CONNECTION
            )
            return self._show(step_id, schema, reason=reason)
        except IncompatibleError as error:
            placeholders = {"name": _title(info), "help_url": HELP_URL}
            if isinstance(error, UnsupportedVersionError):
                placeholders["version"] = error.version
            raise AbortFlow(error.reason, placeholders) from error
        return self.async_create_entry(
            title=_title(info),
            data={
                CONF_ADDRESS: self._address,
                CONF_FEATURES: asdict(identity.features),
                CONF_INFORMATION: asdict(identity.information),
            },
        )

    async def _async_find_name(self) -> None:
        """Learn the name, which is in the scan response only: a passive scan does not see it."""
        if is_backhug_name(self._found[self._address].name):
            return
        await bluetooth.async_request_active_scan(self.hass, ACTIVE_SCAN)
        if info := bluetooth.async_last_service_info(
            self.hass, self._address, connectable=False
        ):
            self._found[self._address] = info

    async def _async_identify(self, name: str) -> Identity:
        device = bluetooth.async_ble_device_from_address(
            self.hass, self._address, connectable=True
        )
        if device is None:
            raise NotReachableError("no path")
        async with asyncio.timeout(CONNECT_TIMEOUT):
            return await identify(name, device)
