"""Stops by an action, its targets and its errors."""

from contextlib import suppress

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import area_registry as ar, device_registry as dr
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.device import timeouts
from tests.home import Home, SimulatedBackHug, until

from .action_calls import AREA, FLOW, LENGTH, SECOND, STOP, STRENGTH, act, target


def device_id(back_hug: SimulatedBackHug) -> str:
    """Return the id of the device."""
    (device,) = dr.async_entries_for_config_entry(
        dr.async_get(back_hug.hass), back_hug.entry.entry_id
    )
    return device.id


@pytest.fixture
async def two(home: Home, back_hug: SimulatedBackHug) -> list[SimulatedBackHug]:
    """Return two live BackHugs."""
    second = await home.add(SECOND)
    await home.seen(second)
    await second.set_up()
    return [back_hug, second]


async def test_stop_is_pending_while_the_link_is_lost(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop works on unavailable entities: it is pending, and the response says so."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await act(back_hug, "start_session", programme="short_break")
    await back_hug.shows("sensor", "programme_step", "1")
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")
    back_hug.coordinator._availability.async_close()
    back_hug.coordinator.async_update_listeners()
    assert back_hug.value("switch", "session") == "unavailable"
    with pytest.raises(HomeAssistantError) as error:
        await act(back_hug, "stop_session")
    assert error.value.translation_key == "stop_pending"
    assert back_hug.coordinator.stored.run is None
    back_hug.peripheral.appear()
    await until(lambda: back_hug.requests(STOP), "it is stopped")
    assert not back_hug.back.running


async def test_stop_overtakes_no_start_before_it(back_hug: SimulatedBackHug) -> None:
    """A stop called right after a start arrives last at the device."""
    hass = back_hug.hass
    starting = hass.async_create_task(act(back_hug, "start_session", minutes=20))
    stopping = hass.async_create_task(back_hug.call("switch", "turn_off", "session"))
    await stopping
    with suppress(HomeAssistantError):
        await starting
    assert not back_hug.back.running
    assert [request.opcode for request in back_hug.back.requests][-1] == STOP


async def test_stop_cancels_an_adjustment(back_hug: SimulatedBackHug) -> None:
    """A stop cancels the settings that are not yet sent."""
    await back_hug.treat()
    back_hug.faults.answer_delay = 0.3
    back_hug.faults.answers_affected = frozenset({AREA})
    adjusting = back_hug.hass.async_create_task(
        act(back_hug, "adjust_session", area="lower_back", flow="wave")
    )
    await until(lambda: back_hug.requests(AREA), "the first setting is sent")
    await act(back_hug, "stop_session")
    with pytest.raises(HomeAssistantError) as error:
        await adjusting
    assert error.value.translation_key == "stopped_first"
    assert back_hug.requests(FLOW) == []


async def test_adjustment_has_one_timeout_for_all_settings(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several settings share the timeout of one; the rest is not sent afterwards."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 2)
    back_hug.faults.answer_delay = 1.4
    with pytest.raises(HomeAssistantError) as error:
        await act(
            back_hug, "adjust_session", area="lower_back", flow="wave", strength=2
        )
    assert error.value.translation_key == "no_answer"
    back_hug.faults.clear()
    # Abandoned requests end with the connection.
    await back_hug.call("number", "set_value", "session_length", value=20)
    assert [request.opcode for request in back_hug.back.requests] == [
        STRENGTH,
        AREA,
        LENGTH,
    ]


async def test_stop_reaches_all_at_the_same_time(two: list[SimulatedBackHug]) -> None:
    """A device that hangs does not delay the stop of the others."""
    for back_hug in two:
        await back_hug.treat()
    two[0].faults.answer_times = 0
    hass = two[0].hass
    stopping = hass.async_create_task(
        hass.services.async_call(
            DOMAIN, "stop_session", {"entity_id": "all"}, blocking=True
        )
    )
    await until(lambda: not two[1].back.running, "the second is stopped")
    assert not stopping.done()
    two[0].faults.clear()
    await stopping
    assert not two[0].back.running


async def test_error_names_the_devices_that_failed(
    two: list[SimulatedBackHug], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every device is tried; the error names those that failed, and why."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 1)
    hass = two[0].hass
    both = {"device_id": [device_id(back_hug) for back_hug in two]}
    with pytest.raises(ServiceValidationError) as refused:
        await hass.services.async_call(
            DOMAIN, "start_session", {**both, "strength": 8}, blocking=True
        )
    assert refused.value.translation_key == "some_failed"
    placeholders = refused.value.translation_placeholders or {}
    assert placeholders["names"] == "BackHug-2"
    assert "BackHug-2 does not accept" in placeholders["reasons"]
    await two[0].shows("switch", "session", "on")
    assert two[1].back.requests == []

    two[1].back.switch_off()
    await two[1].shows("binary_sensor", "connected", "off")
    with pytest.raises(HomeAssistantError) as failed:
        await hass.services.async_call(DOMAIN, "pause_session", both, blocking=True)
    assert not isinstance(failed.value, ServiceValidationError)
    names = (failed.value.translation_placeholders or {})["names"]
    assert names == "BackHug-7F2A, BackHug-2"


async def test_area_targets_its_devices_only(
    hass: HomeAssistant, two: list[SimulatedBackHug]
) -> None:
    """An area targets the devices in it and no others."""
    area = ar.async_get(hass).async_create("Bedroom")
    dr.async_get(hass).async_update_device(device_id(two[1]), area_id=area.id)
    await hass.services.async_call(
        DOMAIN, "start_session", {"area_id": area.id}, blocking=True
    )
    assert len(two[1].back.requests) == 1
    assert two[0].back.requests == []


async def test_targets_without_a_backhug_are_refused(
    hass: HomeAssistant, back_hug: SimulatedBackHug
) -> None:
    """Targets without a BackHug, or with one that is not set up, are refused."""
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(
            DOMAIN, "stop_session", {"entity_id": "light.bedroom"}, blocking=True
        )
    assert error.value.translation_key == "no_device"
    wanted = target(back_hug)
    await hass.config_entries.async_unload(back_hug.entry.entry_id)
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(DOMAIN, "pause_session", wanted, blocking=True)
    assert error.value.translation_key == "not_set_up"


async def test_programming_errors_are_not_hidden(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception that is no device error is raised unchanged."""

    async def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(back_hug.coordinator.controller.back_hug, "pause", fail)
    with pytest.raises(ZeroDivisionError):
        await act(back_hug, "pause_session")
