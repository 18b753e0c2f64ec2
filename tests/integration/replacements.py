"""Devices that replace another one."""

from homeassistant.config_entries import (
    SOURCE_BLUETOOTH,
    ConfigFlowResult,
)
from homeassistant.const import CONF_ADDRESS
from homeassistant.data_entry_flow import FlowResultType

from custom_components.backhug.const import (
    DOMAIN,
)
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, until

OTHER = Build(
    name="BackHug-26AB", address="C0:FF:EE:00:26:AB", serial="SIM-26AB", fingers=26
)


async def begin(back_hug: SimulatedBackHug) -> ConfigFlowResult:
    """Start the reconfigure flow."""
    flow: ConfigFlowResult = await back_hug.entry.start_reconfigure_flow(back_hug.hass)
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "reconfigure"
    return flow


async def choose(
    back_hug: SimulatedBackHug, flow: ConfigFlowResult, build: Build
) -> ConfigFlowResult:
    """Choose a device."""
    return await back_hug.hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_ADDRESS: build.address}
    )


async def reloaded(back_hug: SimulatedBackHug, loaded: object) -> None:
    """Wait until the entry is reloaded."""
    await until(lambda: back_hug.coordinator is not loaded, "it is reloaded")
    await back_hug.live()


async def other(home: Home) -> SimulatedBackHug:
    """Put another BackHug in reach and wait for its discovery."""
    another = await home.add(OTHER)
    await home.seen(another)
    await until(lambda: offered(home, OTHER), "it is discovered")
    return another


def offered(home: Home, build: Build) -> bool:
    """Return whether a BackHug is discovered."""
    return any(
        flow["context"].get("unique_id") == build.address
        and flow["context"]["source"] == SOURCE_BLUETOOTH
        for flow in home.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    )
