"""The end before the start: by a stop, a release, the timeout, another session or a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
import logging

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.backhug.device import timeouts
from tests.home import SimulatedBackHug, put_forward, until

from .arming import START, arm, logged, lose, release, starts_nothing, stop, turn_off


async def time(back_hug: SimulatedBackHug) -> None:
    """Let the timeout pass."""
    put_forward(back_hug.hass, timedelta(minutes=30, seconds=1))
    await back_hug.hass.async_block_till_done()


@pytest.mark.parametrize("end", [stop, turn_off, release, time])
async def test_ends_by_stop_release_or_timeout(
    empty: SimulatedBackHug,
    caplog: pytest.LogCaptureFixture,
    end: Callable[[SimulatedBackHug], Awaitable[None]],
) -> None:
    """A stop, switching off, a release or the timeout ends it."""
    await arm(empty)
    await end(empty)
    assert empty.value("sensor", "armed_until") == "unknown"
    assert empty.coordinator.stored.armed_until is None
    empty.back.lie_down()
    await empty.hass.async_block_till_done()
    if end is not release:
        await empty.shows("binary_sensor", "occupied", "on")
    assert empty.requests(START) == []
    said = [each for each in logged(caplog, logging.INFO) if "on occupancy" in each]
    assert said == (
        ["BackHug-7F2A no longer starts on occupancy: nobody lay down in time"]
        if end is time
        else []
    )


async def test_ends_with_another_session(empty: SimulatedBackHug) -> None:
    """A session that begins otherwise ends it."""
    await arm(empty)
    empty.peripheral.vanish()
    empty.peripheral.drop_link()
    await empty.shows("binary_sensor", "connected", "off")
    empty.back.lie_down()
    empty.back.start_at_device(10)
    empty.peripheral.appear()
    await empty.shows("switch", "session", "on")
    await empty.shows("sensor", "armed_until", "unknown")
    assert empty.requests(START) == []


async def test_stop_while_connecting_ends_it(
    empty: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop while the device is being connected ends it before it began."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await lose(empty)
    arming_ = empty.hass.async_create_task(arm(empty))
    await until(
        lambda: empty.coordinator.controller.back_hug.connection._demand.needs,
        "it is looked for",
    )
    with pytest.raises(HomeAssistantError):
        await stop(empty)
    with pytest.raises(HomeAssistantError) as error:
        await arming_
    assert error.value.translation_key == "stopped_first"
    empty.peripheral.appear()
    await empty.shows("binary_sensor", "connected", "on")
    await starts_nothing(empty)


async def test_stop_of_the_client_ends_it(empty: SimulatedBackHug) -> None:
    """A stop of the client ends it too."""
    await arm(empty)
    await empty.coordinator.controller.back_hug.stop()
    empty.back.lie_down()
    await starts_nothing(empty)


async def test_failed_start_ends_it(
    empty: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A failed start is logged once, and ends it."""
    await arm(empty)
    empty.back.overheat()
    await empty.shows("sensor", "state", "fault")
    empty.back.lie_down()
    await empty.shows("sensor", "armed_until", "unknown")
    assert logged(caplog, logging.WARNING) == [
        (
            "BackHug-7F2A did not start on occupancy: BackHug-7F2A is too "
            "hot. Let it cool down, and try again later"
        )
    ]
    caplog.clear()


async def test_stop_overtakes_its_start(
    empty: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A stop overtakes a start that is under way."""
    await arm(empty)
    empty.faults.answer_delay = 0.2
    empty.faults.answers_affected = frozenset({START})
    empty.back.lie_down()
    await until(lambda: empty.requests(START), "the start is sent")
    await turn_off(empty)
    await until(
        lambda: not empty.coordinator.controller.start_on_occupancy._starting,
        "it is over",
    )
    await empty.shows("switch", "session", "off")
    assert not empty.back.running
    assert empty.value("sensor", "armed_until") == "unknown"
    caplog.clear()


async def test_stop_cancels_its_waiting_start(empty: SimulatedBackHug) -> None:
    """A stop overtakes a start that is not sent yet, which is then never sent."""
    await arm(empty)
    empty.faults.answer_delay = 0.3
    empty.faults.answers_affected = frozenset({5})
    setting = empty.hass.async_create_task(
        empty.call("number", "set_value", "strength", value=7)
    )
    await until(lambda: empty.requests(5), "the strength is sent")
    empty.back.lie_down()
    await until(
        lambda: empty.coordinator.controller.start_on_occupancy._starting,
        "the start waits",
    )
    await turn_off(empty)
    await until(
        lambda: not empty.coordinator.controller.start_on_occupancy._starting,
        "it is over",
    )
    with suppress(HomeAssistantError):
        await setting
    assert empty.requests(START) == []


async def test_restart_ends_it(
    empty: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A restart ends it, which is logged once."""
    await arm(empty)
    for _ in range(2):
        await empty.hass.config_entries.async_unload(empty.entry.entry_id)
        await empty.set_up()
    assert empty.value("sensor", "armed_until") == "unknown"
    said = [each for each in logged(caplog, logging.INFO) if "on occupancy" in each]
    assert len(said) == 1
    assert said[0].startswith(
        "BackHug-7F2A no longer starts on occupancy, as requested until 20"
    )
    empty.back.lie_down()
    await empty.shows("binary_sensor", "occupied", "on")
    assert empty.requests(START) == []


async def test_stop_during_the_reading_prevents_the_start(
    back_hug: SimulatedBackHug,
) -> None:
    """A stop while the device is connected to be read prevents the start."""
    back_hug.faults.refuse_connections = True
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")
    arming_ = back_hug.hass.async_create_task(arm(back_hug))
    await asyncio.sleep(0.1)
    stopping = back_hug.hass.async_create_task(back_hug.call("button", "press", "stop"))
    await asyncio.sleep(0.1)
    back_hug.faults.refuse_connections = False
    with pytest.raises(HomeAssistantError) as error:
        await arming_
    assert error.value.translation_key == "stopped_first"
    await stopping
    assert back_hug.requests(START) == []
    assert back_hug.coordinator.controller.start_on_occupancy.until is None
