"""The reconfigure flow, and another BackHug that takes the place of the first."""

from homeassistant.config_entries import SOURCE_BLUETOOTH, ConfigFlowResult
from homeassistant.const import CONF_ADDRESS
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er

from custom_components.backhug.const import DOMAIN
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


def choices(flow: ConfigFlowResult) -> dict[str, str]:
    """Return the listed devices."""
    schema = flow["data_schema"]
    assert schema is not None
    ((field, choice),) = schema.schema.items()
    assert field == CONF_ADDRESS
    container: dict[str, str] = choice.container
    assert field.default() == next(iter(container))
    return container


async def reloaded(back_hug: SimulatedBackHug, loaded: object) -> None:
    """Wait until the entry is reloaded."""
    await until(lambda: back_hug.coordinator is not loaded, "it is reloaded")
    await back_hug.live()


def unique_ids(back_hug: SimulatedBackHug) -> dict[str, str]:
    """Return the unique id of each entity."""
    entries = er.async_entries_for_config_entry(
        er.async_get(back_hug.hass), back_hug.entry.entry_id
    )
    return {entry.entity_id: entry.unique_id for entry in entries}


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


async def replaced(
    home: Home, back_hug: SimulatedBackHug, another: SimulatedBackHug
) -> None:
    """Replace a BackHug and wait until the new one is live."""
    loaded = back_hug.coordinator
    result = await choose(back_hug, await begin(back_hug), another.build)
    assert result["reason"] == "reconfigure_successful"
    another.entry = back_hug.entry
    await reloaded(another, loaded)
    await home.hass.async_block_till_done()


async def used(home: Home, sessions: int) -> SimulatedBackHug:
    """Put a used BackHug in reach, with a completed session."""
    another = await other(home)
    if sessions:
        another.back.session_number = sessions - 1
        another.back.start_at_device(20)
        another.skip(20 * 60 + 20)
    return another
