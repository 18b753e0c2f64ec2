"""The one config entry of the simulator, imported from the YAML configuration."""

from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult

from .const import DOMAIN


class SimulatorConfigFlow(ConfigFlow, domain=DOMAIN):
    """The flow of the simulator, which nobody uses: entities need an entry."""

    async def async_step_import(self, import_data: dict[str, Any]) -> ConfigFlowResult:
        """Make the entry."""
        return self.async_create_entry(title="BackHug simulator", data=import_data)
