"""How a programme ends."""

from collections.abc import Awaitable, Callable

import pytest

from simulator import protocol
from tests.home import SimulatedBackHug

from .programme_runs import (
    MEDIUM,
    SHOULDER_BLADES,
    STRENGTH,
    UPPER_BACK,
    WAVE,
    pass_time,
    set_to,
    settings,
    start,
)


async def by_switch(back_hug: SimulatedBackHug) -> None:
    """Stop from Home Assistant."""
    await back_hug.call("switch", "turn_off", "session")


async def at_device(back_hug: SimulatedBackHug) -> None:
    """Stop at the device."""
    back_hug.back.stop_at_device()


async def by_fault(back_hug: SimulatedBackHug) -> None:
    """Cause a fault."""
    back_hug.back.overheat()


async def by_client(back_hug: SimulatedBackHug) -> None:
    """Stop by the client, not by the coordinator."""
    await back_hug.coordinator.controller.back_hug.stop()


@pytest.mark.parametrize("end", [by_switch, at_device, by_fault, by_client])
async def test_programme_ends_with_its_session(
    back_hug: SimulatedBackHug, end: Callable[[SimulatedBackHug], Awaitable[None]]
) -> None:
    """However a session ends, its programme ends too; the next session is untouched."""
    await start(back_hug)
    await end(back_hug)
    await back_hug.shows("switch", "session", "off")
    assert back_hug.value("sensor", "programme_step") == "unknown"
    assert back_hug.coordinator.stored.run is None
    back_hug.back.clear_fault()
    back_hug.clock.advance(20)
    await back_hug.shows("sensor", "state", "standby")
    back_hug.back.start_at_device(30)
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "state", "treating")
    await pass_time(back_hug, 300)
    assert settings(back_hug) == (UPPER_BACK, 2, MEDIUM)
    assert back_hug.requests(STRENGTH) == []


async def test_run_goes_on_only_in_its_session(back_hug: SimulatedBackHug) -> None:
    """After a restart a programme goes on only in the same session."""
    await start(back_hug)
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    back_hug.back.stop_at_device()
    back_hug.clock.advance(20)
    back_hug.back.start_at_device(30)
    back_hug.clock.advance(300)
    await back_hug.set_up()
    assert back_hug.value("sensor", "programme_step") == "unknown"
    assert back_hug.requests(STRENGTH) == []
    assert back_hug.coordinator.stored.run is None


async def test_programme_waits_in_an_unknown_state(back_hug: SimulatedBackHug) -> None:
    """A device in an unknown state gets no request but stop; the programme waits."""
    await start(back_hug)

    status = bytearray(protocol.encode_status(back_hug.back.status()))
    status[0] = 9
    back_hug.skip(300)
    back_hug.peripheral.inject_status(bytes(status))
    await back_hug.shows("sensor", "state", "unknown")
    assert back_hug.requests(STRENGTH) == []
    back_hug.clock.advance(1)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
