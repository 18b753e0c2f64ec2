"""Tension values: the same whole per cents everywhere."""

from itertools import product
from typing import Any

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.device.model import (
    Phase,
    Region,
    SessionEnd,
    TensionScan,
)
from custom_components.backhug.session.events import SessionEvent, SessionEventType
from custom_components.backhug.session.record import Session
from tests.home import SimulatedBackHug

from .models import ApiModel

# 36.6 % and 33.46 %: the change of the exact values would be shown as -3.
BEFORE, AFTER = 93, 85
SESSION = Session(
    number=1,
    ended=dt_util.utcnow(),
    ended_by=SessionEnd.COMPLETED,
    before=TensionScan(Phase.BEFORE, (BEFORE,) * 28),
    after=TensionScan(Phase.AFTER, (AFTER,) * 28),
)
SHOWN = {"before": 37, "after": 33, "change": -4}


@pytest.fixture
async def measured(back_hug: SimulatedBackHug) -> SimulatedBackHug:
    """Return a BackHug with a session that reduced the tension from 36.6 % to 33.46 %."""
    back_hug.coordinator.history._sessions.append(SESSION)
    back_hug.coordinator.async_update_listeners()
    await back_hug.hass.async_block_till_done()
    return back_hug


async def test_sensors_agree(measured: SimulatedBackHug) -> None:
    """The change is the difference of the two values beside it."""
    assert {
        when: int(measured.value("sensor", f"tension_{when}")) for when in SHOWN
    } == SHOWN


async def test_action_agrees(measured: SimulatedBackHug) -> None:
    """`get_tension` returns the same for the back, each region and each finger."""
    response: Any = await measured.hass.services.async_call(
        DOMAIN,
        "get_tension",
        {"entity_id": measured.entity_id("switch", "session")},
        blocking=True,
        return_response=True,
    )
    (session,) = response["devices"][0]["sessions"]
    for when, tension in SHOWN.items():
        assert session[when] == {
            "back": tension,
            "regions": {region.value: tension for region in Region},
            "fingers": [tension] * 28,
        }


def test_event_agrees() -> None:
    """The event has the same values."""
    event = SessionEvent(SessionEventType.COMPLETED, SESSION, missed=False).as_dict()
    assert (event["tension_before"], event["tension_after"]) == (37, 33)


async def test_language_model_agrees(measured: SimulatedBackHug) -> None:
    """A language model reads the same values."""
    hass = measured.hass
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})
    async_expose_entity(
        hass, "conversation", measured.entity_id("switch", "session"), True
    )
    answer = await ApiModel(hass).call("get_history")
    (session,) = answer["sessions"]
    assert session["tension_percent"] == {
        when: {"back": tension, **{region.value: tension for region in Region}}
        for when, tension in SHOWN.items()
    }
    (week,) = answer["weekly_tension_percent"]
    assert (week["before"], week["after"]) == (SHOWN["before"], SHOWN["after"])
    # One session is not enough to say that it eases.
    assert (answer["eased_most"], answer["rising"]) == (None, [])


def test_change_is_the_difference_of_shown_values() -> None:
    """Whatever is measured."""
    for before, after in product(range(0, 255, 7), range(255)):
        session = Session(
            1,
            before=TensionScan(Phase.BEFORE, (before, None) * 2),
            after=TensionScan(Phase.AFTER, (after, None) * 2),
        )
        shown = session.shown()
        assert (
            shown["change"]["back"] == shown["after"]["back"] - shown["before"]["back"]
        )
        assert shown["change"]["fingers"][0] == (
            shown["after"]["fingers"][0] - shown["before"]["fingers"][0]
        )
