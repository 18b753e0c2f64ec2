"""Config, options and subentry flows. A device is contacted only after the user confirms."""

import asyncio
from collections.abc import Coroutine
from dataclasses import asdict
import re
from typing import Any, Final, override

from homeassistant.components import bluetooth
from homeassistant.components.bluetooth import BluetoothServiceInfoBleak
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
import voluptuous as vol

from .const import (
    CONF_DESCRIPTION,
    CONF_FEATURES,
    CONF_INFORMATION,
    CONF_LAST_CONTACT,
    CONF_SUPERVISED,
    DOMAIN,
    HELP_URL,
    SUBENTRY_PROGRAMME,
)
from .consultation.flow import ConsultationFlow
from .consultation.questionnaire import Page
from .coordinator import BackHugConfigEntry
from .described.files import protocol_of
from .described.flow import DescriptionFlow
from .device.errors import (
    IncompatibleError,
    NotReachableError,
    RadioError,
    ReleasedError,
    UnknownProtocolError,
    UnsupportedVersionError,
)
from .device.identification import Identity, identify, is_backhug
from .device.model import clean_text, is_backhug_name
from .people.options import PeopleOptionsFlow, async_initial_options
from .programmes.flow import ProgrammeFlow
from .reachability.obstacles import async_unreachable
from .reachability.options import connection_options
from .session.history import History
from .storage import StoredState
from .voice.options import VoiceOptionsFlow

CONNECT_TIMEOUT: Final = 15
"""Seconds for connecting and reading the identity."""
ACTIVE_SCAN: Final = 5
"""Seconds of active scan: only a scan response contains the name."""
_GIVEN_TITLE: Final = r"BackHug[ -][0-9A-F]{4}"
"""A title from the advertised name or the address, not from the user."""


def _title(info: BluetoothServiceInfoBleak) -> str:
    """Return the advertised name without markup, or one made from the address."""
    if is_backhug_name(info.name):
        return clean_text(info.name)
    return f"BackHug {info.address[-5:].replace(':', '')}"


class BackHugConfigFlow(DescriptionFlow, domain=DOMAIN):
    """Add a BackHug, or reconfigure one."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Initialise the flow."""
        super().__init__()
        self._found: dict[str, BluetoothServiceInfoBleak] = {}
        self._address = ""

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the subentry flow for a user's own programmes."""
        return {SUBENTRY_PROGRAMME: ProgrammeSubentryFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(_entry: BackHugConfigEntry) -> BackHugOptionsFlow:
        """Return the options flow."""
        return BackHugOptionsFlow()

    @override
    async def async_step_bluetooth(
        self, discovery_info: BluetoothServiceInfoBleak
    ) -> ConfigFlowResult:
        """Handle a discovered BackHug."""
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
        """Add the BackHug after confirmation."""
        if user_input is None:
            return self._show("bluetooth_confirm", None)
        return await self._async_add("bluetooth_confirm", None)

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a device in reach."""
        if user_input is not None:
            self._address = user_input[CONF_ADDRESS]
            await self.async_set_unique_id(self._address, raise_on_progress=False)
            self._abort_if_unique_id_configured()
            return await self._async_add("user", self._choice())
        await self._async_discover()
        if not self._found:
            return self.async_abort(reason="no_devices_found")
        return self._show("user", self._choice())

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Update the identity of the BackHug, or replace it with another one in reach."""
        entry = self._get_reconfigure_entry()
        mine: str = entry.data[CONF_ADDRESS]
        if user_input is not None:
            self._address = user_input[CONF_ADDRESS]
            if self._address == mine:
                return await self._async_contact_again(entry)
            return await self._async_replace(entry)
        await self._async_discover()
        self._address = mine
        return self._show("reconfigure", self._choice(entry))

    async def _async_discover(self) -> None:
        """Find devices in reach that are not set up."""
        await self._async_find_descriptions()
        await bluetooth.async_request_active_scan(self.hass, ACTIVE_SCAN)
        configured = self._async_current_ids(include_ignore=False)
        self._found = {
            info.address: info
            for info in bluetooth.async_discovered_service_info(
                self.hass, connectable=False
            )
            if info.address not in configured
            and (
                is_backhug(info.name, info.service_uuids)
                or self._descriptions.matching(info)
            )
        }

    def _choice(self, entry: BackHugConfigEntry | None = None) -> vol.Schema:
        """Return a form to choose a discovered device, or the device of the entry."""
        choice = {
            address: self._experimental(info) or f"{_title(info)} ({address})"
            for address, info in self._found.items()
        }
        field = vol.Required(CONF_ADDRESS)
        if entry is not None:
            # It does not advertise while it is connected.
            mine = entry.data[CONF_ADDRESS]
            choice = {mine: f"{entry.title} ({mine})"} | choice
            field = vol.Required(CONF_ADDRESS, default=mine)
        return vol.Schema({field: vol.In(choice)})

    def _show(
        self, step_id: str, schema: vol.Schema | None, error: str | None = None
    ) -> ConfigFlowResult:
        placeholders = {}
        if self._address:
            placeholders["name"] = self._name()
        if error == "cannot_connect":
            error = async_unreachable(self.hass, self._address, error)
        return self.async_show_form(
            step_id=step_id,
            data_schema=schema,
            errors={"base": error} if error else None,
            description_placeholders=placeholders,
        )

    @override
    def _name(self) -> str:
        """Return the name of the chosen device."""
        if info := self._found.get(self._address):
            return _title(info)
        return self._get_reconfigure_entry().title

    async def _async_add(
        self, step_id: str, schema: vol.Schema | None
    ) -> ConfigFlowResult:
        """Contact the device and add it, or show the form with an error."""
        await self._async_find_name()
        info = self._found[self._address]
        if not is_backhug(info.name, info.service_uuids):
            # Several that match are ambiguous: the person chooses.
            if len(files := self._descriptions.matching(info)) != 1:
                return await self.async_step_describe()
            (self._file,) = files
        try:
            added = await self._async_contact_and_add()
        except AbortFlow as abort:
            if abort.reason != UnknownProtocolError.reason:
                raise
            return await self.async_step_unknown()
        return added or self._show(step_id, schema, "cannot_connect")

    @override
    async def _async_contact_and_add(self) -> ConfigFlowResult | None:
        """Contact the device and add it; None if it is out of reach."""
        identity = await self._async_contact(self._async_identify())
        if identity is None:
            return None
        return self.async_create_entry(
            title=self._name(),
            data=self._data(identity),
            options=async_initial_options(self.hass),
        )

    async def _async_contact_again(self, entry: BackHugConfigEntry) -> ConfigFlowResult:
        """Update the identity of the entry's device."""
        if entry.state is ConfigEntryState.LOADED and entry.runtime_data.hold:
            # The device serves one client, and a stop may need this connection.
            identifying = entry.runtime_data.controller.back_hug.identify()
        else:
            identifying = self._async_identify()
        identity = await self._async_contact(identifying)
        if identity is None:
            return self._show("reconfigure", self._choice(entry), "cannot_connect")
        return self.async_update_reload_and_abort(
            entry, data={**entry.data, **self._data(identity)}
        )

    async def _async_replace(self, entry: BackHugConfigEntry) -> ConfigFlowResult:
        """Replace the device of the entry."""
        other = self.hass.config_entries.async_entry_for_domain_unique_id(
            DOMAIN, self._address
        )
        if other is not None and other.source != SOURCE_IGNORE:
            return self.async_abort(reason="already_configured")
        await self._async_find_name()
        identity = await self._async_identify_instead_of(entry)
        if identity is None:
            return self._show("reconfigure", self._choice(entry), "cannot_connect")
        if entry.state is ConfigEntryState.LOADED and entry.runtime_data.in_session:
            # The session could no longer be stopped.
            return self._show("reconfigure", self._choice(entry), "in_session")
        if other is not None:
            await self.hass.config_entries.async_remove(other.entry_id)
        for flow in self._async_in_progress(include_uninitialized=True):
            if flow["context"].get("unique_id") == self._address:
                self.hass.config_entries.flow.async_abort(flow["flow_id"])
        mine = entry.data[CONF_ADDRESS]
        if entry.state is ConfigEntryState.LOADED:
            entry.runtime_data.history.async_settle()
        else:
            # Loading assigns data of earlier versions, stored without an address, to this device.
            await History(self.hass, entry.entry_id, mine).async_load()
            await StoredState(self.hass, entry.entry_id, mine).async_load()
        data = {**entry.data, **self._data(identity)}
        for key in (CONF_LAST_CONTACT, CONF_SUPERVISED):
            data.pop(key, None)
        return self.async_update_reload_and_abort(
            entry,
            unique_id=self._address,
            title=(
                self._name() if re.fullmatch(_GIVEN_TITLE, entry.title) else entry.title
            ),
            data=data,
        )

    async def _async_identify_instead_of(
        self, entry: BackHugConfigEntry
    ) -> Identity | None:
        """Return the identity of the other device, or None if it cannot be reached.

        An adapter makes one connection at a time, so an entry that keeps trying to connect is unloaded.
        """
        connecting = (
            entry.state is ConfigEntryState.LOADED and not entry.runtime_data.available
        )
        if connecting:
            await self.hass.config_entries.async_unload(entry.entry_id)
        identity = None
        try:
            identity = await self._async_contact(self._async_identify())
        finally:
            if connecting and identity is None:
                self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return identity

    def _data(self, identity: Identity) -> dict[str, Any]:
        data: dict[str, Any] = {
            CONF_ADDRESS: self._address,
            CONF_FEATURES: asdict(identity.features),
            CONF_INFORMATION: asdict(identity.information),
        }
        if self._file:
            data[CONF_DESCRIPTION] = self._described()
        return data

    async def _async_contact(
        self, identifying: Coroutine[Any, Any, Identity]
    ) -> Identity | None:
        """Return the identity of a device, or None if it cannot be reached.

        Raises AbortFlow for an incompatible device.
        """
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                return await identifying
        except RadioError, ReleasedError, TimeoutError:
            return None
        except IncompatibleError as error:
            placeholders = {"name": self._name(), "help_url": HELP_URL}
            if isinstance(error, UnsupportedVersionError):
                placeholders["version"] = error.version
            raise AbortFlow(error.reason, placeholders) from error

    async def _async_find_name(self) -> None:
        """Scan actively for the name: only a scan response contains it."""
        if is_backhug_name(self._found[self._address].name):
            return
        await bluetooth.async_request_active_scan(self.hass, ACTIVE_SCAN)
        if info := bluetooth.async_last_service_info(
            self.hass, self._address, connectable=False
        ):
            self._found[self._address] = info

    async def _async_identify(self) -> Identity:
        device = bluetooth.async_ble_device_from_address(
            self.hass, self._address, connectable=True
        )
        if device is None:
            raise NotReachableError("no path")
        protocol = self._protocol()
        if self.source == SOURCE_RECONFIGURE:
            protocol = protocol_of(self._get_reconfigure_entry().data)
        return await identify(self._name(), device, protocol)


class ProgrammeSubentryFlow(ProgrammeFlow, ConsultationFlow):
    """Create a programme, by hand or in a consultation, or edit one."""

    async def async_step_user(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how to create the programme."""
        return self.async_show_menu(
            step_id="user", menu_options=["own", Page.SAFETY.value]
        )


class BackHugOptionsFlow(PeopleOptionsFlow, VoiceOptionsFlow):
    """Options for the connection, its notifications, the people, and the sentences of Assist."""

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which options to change."""
        return self.async_show_menu(
            step_id="init", menu_options=["connection", "people", "voice"]
        )

    async def async_step_connection(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the connection options."""
        options = self.config_entry.options
        if user_input is not None:
            # A released connection is stored there too, and stays released.
            return self.async_create_entry(data={**options, **user_input})
        return self.async_show_form(
            step_id="connection",
            data_schema=self.add_suggested_values_to_schema(
                connection_options(), options
            ),
        )
