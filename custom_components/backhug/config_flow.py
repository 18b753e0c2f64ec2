"""Config flow: a BackHug is contacted only after the person has confirmed it."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
import re
from typing import Any, Final, override

from homeassistant.components import bluetooth
from homeassistant.components.bluetooth import (
    BluetoothServiceInfoBleak,
)
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_ADDRESS, UnitOfTime
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.util import language as language_util
import voluptuous as vol

from .const import (
    CONF_CONNECTION,
    CONF_FEATURES,
    CONF_IDLE_TIME,
    CONF_INFORMATION,
    CONF_LAST_CONTACT,
    CONF_TELL_UNREACHABLE,
    CONNECTION_ALWAYS,
    CONNECTION_ON_DEMAND,
    DEFAULT_IDLE_TIME,
    DOMAIN,
    HELP_URL,
    LANGUAGES,
    SUBENTRY_PROGRAMME,
)
from .coordinator import BackHugConfigEntry
from .device.client import Identity, identify, is_backhug
from .device.errors import (
    IncompatibleError,
    NotReachableError,
    RadioError,
    ReleasedError,
    UnsupportedVersionError,
)
from .device.model import clean_text, is_backhug_name
from .programmes.flow import ProgrammeFlow
from .reachability.obstacles import async_unreachable
from .session.history import History
from .storage import StoredState
from .voice.sentence_files import Installed, async_apply, async_installed, named

CONNECT_TIMEOUT: Final = 15
"""Seconds for connecting and reading what the device is, before a person is told that it failed."""
ACTIVE_SCAN: Final = 5
"""Seconds of active scan, for what a passive one does not show: the name."""
IDLE_TIMES: Final = (10, 3600)
"""Seconds, shortest and longest, after which an idle connection may be let go of."""
CONF_LANGUAGES: Final = "languages"
_GIVEN_TITLE: Final = r"BackHug[ -][0-9A-F]{4}"
"""A title that is an advertised name or made of an address, and not what a person calls it."""


def _options() -> vol.Schema:
    """Return the form of the options."""
    return vol.Schema(
        {
            vol.Required(CONF_CONNECTION, default=CONNECTION_ALWAYS): SelectSelector(
                SelectSelectorConfig(
                    options=[CONNECTION_ALWAYS, CONNECTION_ON_DEMAND],
                    translation_key=CONF_CONNECTION,
                )
            ),
            vol.Required(CONF_IDLE_TIME, default=DEFAULT_IDLE_TIME): vol.All(
                NumberSelector(
                    NumberSelectorConfig(
                        min=IDLE_TIMES[0],
                        max=IDLE_TIMES[1],
                        mode=NumberSelectorMode.BOX,
                        unit_of_measurement=UnitOfTime.SECONDS,
                    )
                ),
                vol.Coerce(int),
            ),
            vol.Required(CONF_TELL_UNREACHABLE, default=False): BooleanSelector(),
        }
    )


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

    @staticmethod
    @callback
    @override
    def async_get_options_flow(_entry: BackHugConfigEntry) -> BackHugOptionsFlow:
        """Return the flow that changes the options."""
        return BackHugOptionsFlow()

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
        await self._async_look_round()
        if not self._found:
            return self.async_abort(reason="no_devices_found")
        return self._show("user", self._choice())

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Contact the BackHug again, or let another one in reach take its place."""
        entry = self._get_reconfigure_entry()
        mine: str = entry.data[CONF_ADDRESS]
        if user_input is not None:
            self._address = user_input[CONF_ADDRESS]
            if self._address == mine:
                return await self._async_contact_again(entry)
            return await self._async_replace(entry)
        await self._async_look_round()
        self._address = mine
        return self._show("reconfigure", self._choice(entry))

    async def _async_look_round(self) -> None:
        """Find the devices in reach that are not set up."""
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

    def _choice(self, entry: BackHugConfigEntry | None = None) -> vol.Schema:
        """Return a choice among what was found, and the device of an entry."""
        choice = {
            address: f"{_title(info)} ({address})"
            for address, info in self._found.items()
        }
        field = vol.Required(CONF_ADDRESS)
        if entry is not None:
            # It need not be found: it does not advertise while it is connected.
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

    def _name(self) -> str:
        """Return the name of the device that is chosen."""
        if info := self._found.get(self._address):
            return _title(info)
        return self._get_reconfigure_entry().title

    async def _async_add(
        self, step_id: str, schema: vol.Schema | None
    ) -> ConfigFlowResult:
        """Contact the device, and add it or say why not."""
        await self._async_find_name()
        identity = await self._async_contact(self._async_identify())
        if identity is None:
            return self._show(step_id, schema, "cannot_connect")
        return self.async_create_entry(title=self._name(), data=self._data(identity))

    async def _async_contact_again(self, entry: BackHugConfigEntry) -> ConfigFlowResult:
        """Learn anew what the device of an entry is."""
        if entry.state is ConfigEntryState.LOADED and entry.runtime_data.hold:
            # It serves one client at a time, and that one may be needed for a stop.
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
        """Let another device take the place of that of an entry."""
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
            # Nobody could stop it any more.
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
            # An earlier version may have stored it without saying of which device it is.
            await History(self.hass, entry.entry_id, mine).async_load()
            await StoredState(self.hass, entry.entry_id, mine).async_load()
        data = {**entry.data, **self._data(identity)}
        data.pop(CONF_LAST_CONTACT, None)
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
        """Return what the other device is, or None if it could not be reached.

        An adapter makes one connection at a time: meanwhile nobody looks for one that is out of reach.
        """
        looked_for = (
            entry.state is ConfigEntryState.LOADED and not entry.runtime_data.available
        )
        if looked_for:
            await self.hass.config_entries.async_unload(entry.entry_id)
        identity = None
        try:
            identity = await self._async_contact(self._async_identify())
        finally:
            if looked_for and identity is None:
                self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return identity

    def _data(self, identity: Identity) -> dict[str, Any]:
        return {
            CONF_ADDRESS: self._address,
            CONF_FEATURES: identity.features._asdict(),
            CONF_INFORMATION: identity.information._asdict(),
        }

    async def _async_contact(
        self, identifying: Coroutine[Any, Any, Identity]
    ) -> Identity | None:
        """Return what a device is, or None if it could not be reached.

        Raises AbortFlow for a device that cannot be operated.
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
        """Learn the name, which is in the scan response only: a passive scan does not see it."""
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
        return await identify(self._name(), device)


class BackHugOptionsFlow(OptionsFlowWithReload):
    """Changes how the connection is kept and what is told of it, and what Assist understands."""

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what is to be changed."""
        return self.async_show_menu(
            step_id="init", menu_options=["connection", "voice"]
        )

    async def async_step_connection(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the options, and take them."""
        options = self.config_entry.options
        if user_input is not None:
            # Whether the connection is released is not asked here.
            return self.async_create_entry(data={**options, **user_input})
        return self.async_show_form(
            step_id="connection",
            data_schema=self.add_suggested_values_to_schema(_options(), options),
        )

    async def async_step_voice(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Install, update and remove the sentences; for all BackHugs, there being one Assist."""
        problem = None
        try:
            if user_input is not None:
                if left := await async_apply(self.hass, user_input[CONF_LANGUAGES]):
                    return self._show_left(left)
                return self._unchanged()
            languages = [
                language
                for language, installed in (await async_installed(self.hass)).items()
                if installed is not Installed.ABSENT
            ]
        except OSError as error:
            problem = str(error)
            languages = [] if user_input is None else user_input[CONF_LANGUAGES]
        if not languages and problem is None:
            languages = language_util.matches(self.hass.config.language, LANGUAGES)[:1]
        return self.async_show_form(
            step_id="voice",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_LANGUAGES, default=languages): SelectSelector(
                        SelectSelectorConfig(
                            options=list(LANGUAGES),
                            multiple=True,
                            mode=SelectSelectorMode.LIST,
                            translation_key=CONF_LANGUAGES,
                        )
                    )
                }
            ),
            errors=None if problem is None else {"base": "cannot_write"},
            description_placeholders={"problem": problem or ""},
        )

    def _show_left(self, left: list[Path]) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="voice_changed", description_placeholders={"files": named(left)}
        )

    async def async_step_voice_changed(
        self, _user_input: dict[str, Any]
    ) -> ConfigFlowResult:
        """Go on once the person has read what was left as it is."""
        return self._unchanged()

    def _unchanged(self) -> ConfigFlowResult:
        return self.async_create_entry(data=self.config_entry.options)
