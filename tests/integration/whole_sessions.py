"""Whole sessions, seen by Home Assistant or not."""

from custom_components.backhug.session.record import Session
from tests.home import SimulatedBackHug, until


def run_at_device(back_hug: SimulatedBackHug, minutes: int) -> None:
    """Run a whole session at the device."""
    back_hug.back.start_at_device(minutes)
    back_hug.skip(60 * minutes + 20)


async def complete(back_hug: SimulatedBackHug, minutes: int = 20) -> Session:
    """Run a whole session that Home Assistant sees; return its record."""
    await back_hug.treat(minutes)
    number = back_hug.back.session_number
    record = back_hug.coordinator.controller.back_hug.reported
    await until(lambda: record.record and record.record.before, "before is read")
    back_hug.skip(60 * minutes - 22)
    back_hug.clock.advance(2)
    await back_hug.shows("sensor", "state", "finishing")
    back_hug.clock.advance(15)
    await back_hug.shows("sensor", "state", "standby")
    await until(
        lambda: (last := back_hug.coordinator.history.last) and last.number == number,
        "it is remembered",
    )
    await back_hug.hass.async_block_till_done()
    last = back_hug.coordinator.history.last
    assert last is not None
    return last
