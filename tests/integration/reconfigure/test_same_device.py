"""Reconfiguring with the same BackHug: it is contacted again."""

from copy import replace

from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.backhug.const import (
    CONF_FEATURES,
    CONF_INFORMATION,
)
from custom_components.backhug.device.model import (
    Features,
)
from tests.home import Home, SimulatedBackHug, features_of, until

from .replacements import begin, choices, choose, reloaded


@pytest.mark.parametrize("running", [False, True])
async def test_held_connection_updates_the_identity(
    back_hug: SimulatedBackHug, running: bool
) -> None:
    """No second connection is made, and a session continues."""
    if running:
        await back_hug.treat()
    flow = await begin(back_hug)
    build = back_hug.build
    assert choices(flow) == {build.address: f"BackHug-7F2A ({build.address})"}
    loaded = back_hug.coordinator
    connections: list[int] = []
    back_hug.entry.async_on_unload(
        lambda: connections.append(back_hug.peripheral.connections)
    )
    result = await choose(back_hug, flow, build)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    await reloaded(back_hug, loaded)
    assert connections == [1]
    assert back_hug.entry.unique_id == build.address
    assert back_hug.requests(2) == []


async def test_released_device_is_contacted_and_released(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Its features are stored."""
    await back_hug.call("switch", "turn_off", "hold_connection")
    new = replace(back_hug.build, strengths=5, firmware="2.0.0")
    await back_hug.peripheral.restart(new)
    await home.seen(back_hug)
    loaded = back_hug.coordinator
    flow = await begin(back_hug)
    result = await choose(back_hug, flow, new)
    assert result["reason"] == "reconfigure_successful"
    await until(lambda: back_hug.coordinator is not loaded, "it is reloaded")
    await home.hass.async_block_till_done()
    assert Features.from_dict(back_hug.entry.data[CONF_FEATURES]) == features_of(new)
    assert back_hug.entry.data[CONF_INFORMATION]["firmware"] == "2.0.0"
    await until(lambda: not home.scanner.central.allocated, "it is released")
    assert back_hug.peripheral.connections == 2


async def test_unreachable_device_can_be_tried_again(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The form shows the reason."""
    await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    back_hug.back.switch_off()
    back_hug.faults.refuse_connections = True
    flow = await begin(back_hug)
    result = await choose(back_hug, flow, back_hug.build)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "cannot_connect"}
    placeholders = result["description_placeholders"]
    assert placeholders
    assert placeholders["name"] == "BackHug-7F2A"
    back_hug.faults.refuse_connections = False
    back_hug.back.switch_on()
    await home.seen(back_hug)
    result = await choose(back_hug, flow, back_hug.build)
    assert result["reason"] == "reconfigure_successful"
    await until(lambda: hasattr(back_hug.entry, "runtime_data"), "it is loaded")
    await back_hug.live()


async def test_incompatible_device_changes_nothing(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The flow aborts with the reason."""
    await back_hug.call("switch", "turn_off", "hold_connection")
    before = dict(back_hug.entry.data)
    new = replace(back_hug.build, major=2)
    await back_hug.peripheral.restart(new)
    await home.seen(back_hug)
    result = await choose(back_hug, await begin(back_hug), new)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "unsupported_version"
    placeholders = result["description_placeholders"]
    assert placeholders
    assert placeholders["version"].startswith("2.")
    assert dict(back_hug.entry.data) == before
