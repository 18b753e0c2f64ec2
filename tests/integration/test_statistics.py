"""Long-term statistics of the history: each session is in them once."""

from datetime import timedelta

from homeassistant.components.recorder import Recorder
from homeassistant.util.dt import utcnow
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
    statistics_during_period,
)

from tests.home import Home, until


@pytest.fixture
async def home(
    recorder_mock: Recorder,  # noqa: ARG001 (it is to be there before all else)
    home: Home,
) -> Home:
    """Return a home that records."""
    return home


async def test_each_session_counts_once(home: Home) -> None:
    """Seen, missed and over a restart: the minutes add up, and the tension is recorded."""
    began = utcnow()
    began = began.replace(minute=began.minute // 5 * 5, second=0, microsecond=0)
    back_hug = await home.add()
    await home.seen(back_hug)
    await back_hug.set_up()
    await back_hug.treat(20)
    back_hug.skip(20 * 60 - 22)
    back_hug.clock.advance(20)
    history = back_hug.coordinator.history
    await until(lambda: history.last, "the first session is over")
    await home.hass.async_block_till_done()
    assert await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    back_hug.back.start_at_device(25)
    back_hug.skip(25 * 60 + 20)
    await back_hug.set_up()
    assert back_hug.value("sensor", "minutes_treated") == "45"
    back_hug.peripheral.drop_link()
    await until(lambda: back_hug.peripheral.connections == 3, "connected again")
    await home.hass.async_block_till_done()
    last = back_hug.coordinator.history.last
    assert last is not None
    assert last.number == 2

    await async_wait_recording_done(home.hass)
    for period in (began, began + timedelta(minutes=5)):
        do_adhoc_statistics(home.hass, start=period)
    await async_wait_recording_done(home.hass)
    minutes, *tensions = (
        back_hug.entity_id("sensor", key)
        for key in (
            "minutes_treated",
            "tension_before",
            "tension_after",
            "tension_change",
        )
    )
    found = await home.hass.async_add_executor_job(
        lambda: statistics_during_period(
            home.hass, began, period="5minute", types={"sum", "mean"}
        )
    )
    assert found[minutes][-1]["sum"] == 45
    for tension in tensions:
        assert found[tension][-1]["mean"] is not None
