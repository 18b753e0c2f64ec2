"""The options flow."""

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest

from custom_components.backhug.const import (
    CONF_CONNECTION,
    CONF_HOLD_CONNECTION,
    CONF_IDLE_TIME,
    CONF_TELL_UNREACHABLE,
    CONNECTION_ALWAYS,
    CONNECTION_ON_DEMAND,
)
from tests.home import Home, SimulatedBackHug, until


async def connection_form(back_hug: SimulatedBackHug) -> ConfigFlowResult:
    """Open the form with the connection options."""
    options = back_hug.hass.config_entries.options
    menu = await options.async_init(back_hug.entry.entry_id)
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["connection", "people", "voice"]
    return await options.async_configure(
        menu["flow_id"], {"next_step_id": "connection"}
    )


async def test_connection_options_apply_after_a_reload(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The form shows the stored options; saving reloads the entry."""
    options = home.hass.config_entries.options
    flow = await connection_form(back_hug)
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "connection"
    schema = flow["data_schema"]
    assert schema is not None
    assert schema({}) == {
        CONF_CONNECTION: CONNECTION_ALWAYS,
        CONF_IDLE_TIME: 60,
        CONF_TELL_UNREACHABLE: False,
    }
    loaded = back_hug.coordinator
    result = await options.async_configure(
        flow["flow_id"],
        {CONF_CONNECTION: CONNECTION_ON_DEMAND, CONF_IDLE_TIME: 3600.0},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await until(lambda: back_hug.coordinator is not loaded, "it is reloaded")
    await back_hug.live()
    assert back_hug.entry.options == {
        CONF_CONNECTION: CONNECTION_ON_DEMAND,
        CONF_IDLE_TIME: 3600,
        CONF_TELL_UNREACHABLE: False,
    }
    assert (
        back_hug.coordinator.controller.back_hug.connection._demand.idle_after == 3600
    )
    flow = await connection_form(back_hug)
    schema = flow["data_schema"]
    assert schema is not None
    suggested = {str(key): key.description for key in schema.schema}
    assert suggested[CONF_IDLE_TIME] == {"suggested_value": 3600}
    loaded = back_hug.coordinator
    await options.async_configure(
        flow["flow_id"], {CONF_CONNECTION: CONNECTION_ALWAYS, CONF_IDLE_TIME: 10}
    )
    await until(lambda: back_hug.coordinator is not loaded, "it is reloaded")
    await back_hug.live()
    assert (
        back_hug.coordinator.controller.back_hug.connection._demand.idle_after is None
    )


@pytest.mark.parametrize("seconds", [9, 3601])
async def test_idle_time_out_of_bounds_is_refused(
    home: Home, back_hug: SimulatedBackHug, seconds: int
) -> None:
    """The bounds are 10 seconds and one hour."""
    options = home.hass.config_entries.options
    flow = await connection_form(back_hug)
    with pytest.raises(InvalidData) as raised:
        await options.async_configure(
            flow["flow_id"],
            {CONF_CONNECTION: CONNECTION_ON_DEMAND, CONF_IDLE_TIME: seconds},
        )
    assert list(raised.value.schema_errors) == [CONF_IDLE_TIME]
    options.async_abort(flow["flow_id"])


async def test_released_connection_stays_released(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Changing the options does not reconnect."""
    await back_hug.call("switch", "turn_off", "hold_connection")
    options = home.hass.config_entries.options
    flow = await connection_form(back_hug)
    loaded = back_hug.coordinator
    await options.async_configure(
        flow["flow_id"], {CONF_CONNECTION: CONNECTION_ON_DEMAND, CONF_IDLE_TIME: 10}
    )
    await until(lambda: back_hug.coordinator is not loaded, "it is reloaded")
    await home.hass.async_block_till_done()
    assert back_hug.entry.options[CONF_HOLD_CONNECTION] is False
    assert back_hug.value("switch", "hold_connection") == STATE_OFF
    assert back_hug.peripheral.connections == 1
    await back_hug.call("switch", "turn_on", "hold_connection")
    await back_hug.shows("binary_sensor", "connected", STATE_ON)


async def test_session_continues_after_a_change(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Changing the options in a session reconnects only."""
    await back_hug.treat()
    options = home.hass.config_entries.options
    flow = await connection_form(back_hug)
    loaded = back_hug.coordinator
    await options.async_configure(
        flow["flow_id"], {CONF_CONNECTION: CONNECTION_ON_DEMAND, CONF_IDLE_TIME: 10}
    )
    await until(lambda: back_hug.coordinator is not loaded, "it is reloaded")
    await back_hug.live()
    assert back_hug.value("sensor", "state") == "treating"
    assert back_hug.requests(2) == []
