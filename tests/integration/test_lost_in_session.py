"""A device that is lost in a session: the session is over after an hour for every purpose."""

import asyncio

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.backhug.device import timeouts
from custom_components.backhug.device.model import SessionEnd
from custom_components.backhug.session.controller import LONGEST_SESSION
from tests.home import Home, SimulatedBackHug, until

from .on_demand import set_up
from .out_of_reach import lose, pass_time
from .programme_runs import start


async def test_session_is_over_after_an_hour(back_hug: SimulatedBackHug) -> None:
    """No session is longer: after an hour it is over for every purpose."""
    await start(back_hug, "short_break")
    coordinator = back_hug.coordinator
    await lose(back_hug)
    assert not coordinator.in_session
    assert coordinator.may_be_in_session
    running = coordinator.controller.runner.programme
    assert running == "short_break"
    await pass_time(back_hug, LONGEST_SESSION + 1)
    assert coordinator.controller.back_hug.snapshot.status is None
    assert coordinator.controller.runner.programme is None
    assert coordinator.controller.runner.passed is None
    assert coordinator.history.running is None


async def test_running_session_counts_on_reconnection(
    back_hug: SimulatedBackHug,
) -> None:
    """The state of the device counts when it is back."""
    await start(back_hug, "short_break")
    await lose(back_hug)
    await pass_time(back_hug, LONGEST_SESSION + 1)
    back_hug.peripheral.appear()
    await back_hug.shows("switch", "session", "on")
    assert back_hug.coordinator.in_session
    await back_hug.shows("sensor", "programme_step", "1")
    assert back_hug.coordinator.history.running


async def test_end_is_published_on_reconnection(back_hug: SimulatedBackHug) -> None:
    """The end is published as soon as it is known."""
    await back_hug.treat()
    await lose(back_hug)
    await pass_time(back_hug, LONGEST_SESSION + 1)
    back_hug.back.stop_at_device()
    back_hug.clock.advance(20)
    back_hug.peripheral.appear()
    await until(lambda: back_hug.coordinator.history.last, "its end is published")
    last = back_hug.coordinator.history.last
    assert last
    assert (last.number, last.ended_by) == (1, SessionEnd.STOPPED_AT_DEVICE)


async def test_stop_after_an_hour_is_kept(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop is still kept for the session: pauses may have prolonged it."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await back_hug.treat()
    await lose(back_hug)
    await pass_time(back_hug, LONGEST_SESSION + 1)
    with pytest.raises(HomeAssistantError) as error:
        await back_hug.coordinator.controller.async_stop()
    assert error.value.translation_key == "stop_pending"
    back_hug.peripheral.appear()
    await until(lambda: not back_hug.back.running, "it is stopped")


async def test_short_drop_forgets_nothing(back_hug: SimulatedBackHug) -> None:
    """An hour after a short drop nothing is forgotten."""
    await back_hug.treat()
    await back_hug.reconnect()
    await pass_time(back_hug, LONGEST_SESSION + 1)
    assert back_hug.coordinator.in_session
    assert back_hug.value("switch", "session") == "on"


async def test_session_is_over_on_demand_too(home: Home) -> None:
    """On demand too; once back, the connection is closed as usual."""
    back_hug = await set_up(home)
    await back_hug.treat()
    await lose(back_hug)
    await pass_time(back_hug, LONGEST_SESSION + 1)
    assert not back_hug.coordinator.may_be_in_session
    back_hug.back.stop_at_device()
    back_hug.clock.advance(20)
    back_hug.peripheral.appear()
    await until(lambda: back_hug.coordinator.resting, "the connection rests")
    await pass_time(back_hug, LONGEST_SESSION + 1)
    assert back_hug.value("sensor", "state") == "standby"


async def test_session_is_over_while_released_too(back_hug: SimulatedBackHug) -> None:
    """A session that ran at the release is over an hour later."""
    await back_hug.treat()
    await back_hug.call("switch", "turn_off", "hold_connection")
    assert not back_hug.coordinator.in_session
    # The radio's own timers must not be fired: let it settle.
    await asyncio.sleep(0.2)
    await pass_time(back_hug, LONGEST_SESSION + 1)
    assert back_hug.coordinator.controller.back_hug.snapshot.status is None
    await back_hug.call("switch", "turn_on", "hold_connection")
    await back_hug.shows("switch", "session", "on")
