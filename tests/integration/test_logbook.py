"""The logbook lines of a BackHug."""

from datetime import datetime
import re
from typing import Any

from homeassistant.components.logbook.processor import EventProcessor
from homeassistant.components.recorder import Recorder
from homeassistant.helpers.entityfilter import INCLUDE_EXCLUDE_FILTER_SCHEMA
from homeassistant.helpers.translation import async_load_integrations
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.backhug.const import DOMAIN, EVENT_SESSION_ENDED
from custom_components.backhug.session.events import SessionEvent, SessionEventType
from custom_components.backhug.session.record import Session
from development.instance import REPOSITORY
from tests.home import Home, SimulatedBackHug, until


@pytest.fixture
async def home(
    recorder_mock: Recorder,  # noqa: ARG001 (it is to be there before all else)
    home: Home,
) -> Home:
    """Return a home that records."""
    return home


@pytest.fixture
async def started(back_hug: SimulatedBackHug) -> datetime:
    """Set up the logbook; return the time from which lines count."""
    assert await async_setup_component(back_hug.hass, "logbook", {})
    await back_hug.hass.async_block_till_done()
    return dt_util.utcnow()


async def lines(back_hug: SimulatedBackHug, since: datetime) -> list[dict[str, Any]]:
    """Return the recorded lines of the event entity, as its activity shows them."""
    hass = back_hug.hass
    await async_wait_recording_done(hass)
    processor = EventProcessor(
        hass,
        (EVENT_SESSION_ENDED,),
        entity_ids=[back_hug.entity_id("event", "session")],
    )
    return await hass.async_add_executor_job(
        processor.get_events, since, dt_util.utcnow()
    )


async def ends(back_hug: SimulatedBackHug, since: datetime) -> list[str]:
    """Return the lines in words; they belong to the event entity and name the device."""
    found = [line for line in await lines(back_hug, since) if "message" in line]
    for line in found:
        assert line["domain"] == DOMAIN
        assert line["name"] == back_hug.entry.title
        assert line["entity_id"] == back_hug.entity_id("event", "session")
    return [line["message"] for line in found]


async def complete(back_hug: SimulatedBackHug) -> tuple[int, int]:
    """Complete a session; return the tension before and after it."""
    await back_hug.treat()
    back_hug.skip(20 * 60 - 22)
    back_hug.clock.advance(17)
    await until(
        lambda: (
            back_hug.state("event", "session").attributes["event_type"] == "completed"
        ),
        "the session is completed",
    )
    attributes = back_hug.state("event", "session").attributes
    return attributes["tension_before"], attributes["tension_after"]


async def test_completed_session_in_words(
    back_hug: SimulatedBackHug, started: datetime
) -> None:
    """Its length and its tension are in the line, in the language of Home Assistant."""
    before, after = await complete(back_hug)
    assert await ends(back_hug, started) == [
        f"completed, 20 min, tension {before} → {after} %"
    ]
    back_hug.hass.config.language = "de"
    await async_load_integrations(back_hug.hass, {DOMAIN})
    assert await ends(back_hug, started) == [
        f"abgeschlossen, 20 Min., Verspannung {before} → {after} %"
    ]


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("get_up", "ended because the person left"),
        ("overheat", "ended by a fault"),
        ("stop_at_device", "stopped"),
    ],
)
async def test_other_ends_in_words(
    back_hug: SimulatedBackHug, started: datetime, end: str, words: str
) -> None:
    """A session that has just started has no minutes and no tension."""
    await back_hug.call("switch", "turn_on", "session")
    await back_hug.shows("switch", "session", "on")
    getattr(back_hug.back, end)()
    await back_hug.shows("switch", "session", "off")
    await back_hug.hass.async_block_till_done()
    assert await ends(back_hug, started) == [words]


@pytest.mark.parametrize(
    ("treated", "words"), [(305, "stopped, 5 min"), (None, "stopped")]
)
async def test_stopped_session_counts_the_minutes_that_it_ran(
    back_hug: SimulatedBackHug, started: datetime, treated: int | None, words: str
) -> None:
    """Its length as it was set says nothing of that."""
    session = Session(7, minutes=20, treated=treated)
    event = SessionEvent(SessionEventType.STOPPED, session, missed=True)
    back_hug.coordinator.history.async_notify([event])
    await back_hug.hass.async_block_till_done()
    assert await ends(back_hug, started) == [words]


async def test_reconnect_adds_no_line(
    back_hug: SimulatedBackHug, started: datetime
) -> None:
    """Neither the end nor its event is repeated when the device comes back."""
    await complete(back_hug)
    before = await lines(back_hug, started)
    await back_hug.reconnect()
    assert await lines(back_hug, started) == before


async def test_reload_adds_no_end(
    back_hug: SimulatedBackHug, started: datetime
) -> None:
    """The line in words is not repeated; Home Assistant itself writes the states again."""
    await complete(back_hug)
    before = await ends(back_hug, started)
    assert len(before) == 1
    assert await back_hug.hass.config_entries.async_reload(back_hug.entry.entry_id)
    await back_hug.live()
    assert await ends(back_hug, started) == before


def test_documented_filter_keeps_only_the_sessions() -> None:
    """And all that is not the BackHug's."""
    documentation = (REPOSITORY / "docs/entities.md").read_text()
    (yaml,) = re.findall(r"```yaml\n(logbook:.*?)```", documentation, re.DOTALL)
    configuration: Any = parse_yaml(yaml)
    shown = INCLUDE_EXCLUDE_FILTER_SCHEMA(configuration["logbook"])
    assert shown("event.backhug_session_event")
    assert shown("light.hall")
    assert not any(map(shown, ("sensor.backhug_state", "switch.backhug_session")))
