"""Steps of the config flow for a BackHug with an unknown protocol: look at it, or use a description."""

from abc import abstractmethod
import asyncio
from typing import Any, Final

from homeassistant.components import bluetooth
from homeassistant.components.bluetooth import BluetoothServiceInfoBleak
from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
)
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from ..const import DOMAIN, MAKING_URL
from ..device.addresses import redacted_hex
from ..device.described import DescribedProtocol, DescriptionError, read_description
from ..device.errors import RadioError
from ..device.identification import is_backhug
from ..device.inspection import inspect
from ..device.model import clean_text
from .files import CONF_FILE, CONF_TEXT, Descriptions, async_find, async_save

LOOK_TIMEOUT: Final = 30
"""Seconds for connecting and reading everything that can be read."""
_PASTED: Final = "pasted.yaml"


class DescriptionFlow(ConfigFlow):
    """Asks what to do with a device of unknown protocol."""

    _address: str
    _found: dict[str, BluetoothServiceInfoBleak]

    def __init__(self) -> None:
        """Initialise the flow without a description."""
        self._descriptions = Descriptions()
        self._file = ""
        """The file of the chosen description; empty for the open profile."""
        self._label = ""

    @abstractmethod
    def _name(self) -> str:
        """Return the name of the chosen device."""

    @abstractmethod
    async def _async_contact_and_add(self) -> ConfigFlowResult | None:
        """Contact the device, by the chosen description if any, and add it; None if it is out of reach."""

    async def _async_find_descriptions(self) -> None:
        """Read the descriptions in the configuration folder."""
        self._descriptions = await async_find(self.hass)
        texts = await async_get_translations(
            self.hass, self.hass.config.language, "common", [DOMAIN]
        )
        self._label = texts[f"component.{DOMAIN}.common.experimental"]

    def _experimental(self, info: BluetoothServiceInfoBleak) -> str:
        """Return how a device that only a description recognises is named; empty for others."""
        files = self._descriptions.matching(info)
        if is_backhug(info.name, info.service_uuids) or not files:
            return ""
        name = f"{clean_text(info.name)} ({info.address})"
        return self._label.format(name=name, file=", ".join(files))

    def _protocol(self) -> DescribedProtocol | None:
        """Return the protocol of the chosen description; None for the open profile."""
        if not self._file:
            return None
        return DescribedProtocol(self._descriptions.usable[self._file])

    def _described(self) -> dict[str, str]:
        """Return what the entry stores of the chosen description."""
        return {
            CONF_FILE: self._file,
            CONF_TEXT: self._descriptions.texts[self._file],
        }

    async def async_step_unknown(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to do."""
        return self.async_show_menu(
            step_id="unknown",
            menu_options=["look", "describe"],
            description_placeholders={"name": self._name(), "making_url": MAKING_URL},
        )

    async def async_step_look(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what the device offers; nothing is written to it."""
        if user_input is not None:
            return await self.async_step_unknown()
        return self.async_show_form(
            step_id="look",
            data_schema=vol.Schema({}),
            description_placeholders={
                "name": self._name(),
                "report": "\n".join(await self._async_report()),
            },
        )

    async def _async_report(self) -> list[str]:
        """Return what is advertised and offered, without the address."""
        info = self._found[self._address]
        lines = [f"name {info.name[:3]}…" if info.name != info.address else "no name"]
        lines += [f"advertised service {uuid}" for uuid in info.service_uuids]
        lines += [
            f"advertised data of {company}: {redacted_hex(data, self._address)}"
            for company, data in info.manufacturer_data.items()
        ]
        device = bluetooth.async_ble_device_from_address(
            self.hass, self._address, connectable=True
        )
        try:
            if device is not None:
                async with asyncio.timeout(LOOK_TIMEOUT):
                    return lines + await inspect(self._name(), device)
        except RadioError, TimeoutError:
            pass
        return [*lines, "not connected"]

    async def async_step_describe(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a description: one of the files, or pasted."""
        error, problem = None, ""
        if user_input is None:
            await self._async_find_descriptions()
        else:
            try:
                self._file = await self._async_choose(user_input)
            except DescriptionError as wrong:
                error, problem = "description_unusable", str(wrong)
            except OSError as wrong:
                error, problem = "description_not_saved", str(wrong)
            else:
                if not self._file:
                    error = "description_missing"
                elif result := await self._async_contact_and_add():
                    return result
                else:
                    error = "description_unreachable"
        problems = "\n".join(self._descriptions.problems.values())
        return self.async_show_form(
            step_id="describe",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(
                    {
                        vol.Optional(CONF_FILE): SelectSelector(
                            SelectSelectorConfig(
                                options=list(self._descriptions.usable)
                            )
                        ),
                        vol.Optional(CONF_TEXT): TextSelector(
                            TextSelectorConfig(multiline=True)
                        ),
                    }
                ),
                user_input or {},
            ),
            errors={"base": error} if error else None,
            description_placeholders={
                "name": self._name(),
                "making_url": MAKING_URL,
                "problem": problem or problems,
            },
        )

    async def _async_choose(self, user_input: dict[str, Any]) -> str:
        """Return the file to use; what was pasted is saved first. Raises DescriptionError and OSError."""
        if not (text := user_input.get(CONF_TEXT, "").strip()):
            return str(user_input.get(CONF_FILE, ""))
        description = read_description(_PASTED, f"{text}\n")
        file = await async_save(self.hass, description, f"{text}\n")
        self._descriptions.usable[file] = description
        self._descriptions.texts[file] = f"{text}\n"
        return file
