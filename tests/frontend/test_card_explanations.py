"""The card explains a problem with the device, and the change of tension after a session."""

from typing import Any

import pytest

from .card_page import POLLING, call, shows
from .scripts import DISABLE, ENTRY, GONE, MOUNT, UNMOUNT

# The browser serves all tests.
pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_device_that_is_away_is_explained(card: Any) -> None:
    """In words, with what helps; and Stop works all the time."""
    stop = card.get_by_role("button", name="Stop", exact=True)
    await card.get_by_role("button", name="Start", exact=True).click()
    await card.get_by_role("heading", name="Treating").wait_for()
    await call(card, "switch.turn_off", "switch.backhug_hold_connection")
    await card.get_by_role("heading", name="Released for the phone app").wait_for()
    await card.get_by_role("button", name="Take it back").click()
    await card.get_by_role("heading", name="Treating").wait_for()
    await call(card, "switch.turn_off", "switch.simulator_backhug_in_reach")
    await call(card, "button.press", "button.simulator_backhug_drop_the_link")
    await card.get_by_role("heading", name="Out of reach").wait_for()
    await stop.click()
    await card.get_by_text("The stop did not reach").first.wait_for()
    assert await stop.is_enabled()


async def test_what_is_wrong_is_explained(card: Any) -> None:
    """A fault, a device that was removed, an entry that is disabled, and a connection that rests."""
    await card.get_by_role("button", name="Start", exact=True).click()
    await card.get_by_role("heading", name="Treating").wait_for()
    await call(card, "button.press", "button.simulator_backhug_finger_blocked")
    await card.get_by_role("heading", name="A finger is blocked").wait_for()
    await call(card, "button.press", "button.simulator_backhug_fault_clears")
    await card.get_by_role("button", name="Start", exact=True).wait_for()
    await card.evaluate(MOUNT, ["gone", {}])
    other = card.locator("body > backhug-card")
    await other.get_by_role("heading", name="No BackHug").wait_for()
    assert await other.get_by_role("button", name="Stop", exact=True).is_visible()
    resting = {"binary_sensor.backhug_connected": {"state": "off", "attributes": {}}}
    await card.evaluate(MOUNT, [None, resting])
    await other.get_by_role("heading", name="Not connected right now").wait_for()
    await other.first.get_by_role("button", name="Start", exact=True).wait_for()
    await card.evaluate(UNMOUNT)
    device = await card.evaluate(ENTRY)
    await card.evaluate(DISABLE, "user")
    try:
        await card.wait_for_function(GONE, polling=POLLING)
        await card.evaluate(MOUNT, [device, {}])
        await other.get_by_role("heading", name="Not set up at the moment").wait_for()
        assert await other.get_by_role("button", name="Stop", exact=True).is_visible()
        await other.get_by_role("button", name="Open the device page").click()
        await card.wait_for_url(f"**/config/devices/device/{device}")
    finally:
        await card.evaluate(DISABLE, None)
    await shows(card, "sensor.backhug_state", "state?.state === 'standby'")


async def test_after_a_session_it_shows_what_has_eased(card: Any) -> None:
    """Before and after in figures and words, with the pictures, and where it eased most.

    The states are made up: only a session of 20 minutes is measured, and that takes a minute here.
    """
    ended = "2026-11-28T20:00:00+00:00"
    figures = {"tension_before": 53, "tension_after": 41, "tension_change": -12}
    states = {
        f"sensor.backhug_{key}": {"state": str(value), "attributes": {}}
        for key, value in figures.items()
    }
    states["sensor.backhug_tension"] = {
        "state": "41",
        "attributes": {"measured": "after"},
    }
    states["image.backhug_tension_map"] = {
        "state": ended,
        "attributes": {"entity_picture": "/static/icons/favicon.ico?after"},
    }
    states["sensor.backhug_last_session"] = {
        "entity_id": "sensor.backhug_last_session",
        "state": ended,
        "attributes": {"device_class": "timestamp"},
    }
    change = {"regions": {"left_upper": -21, "left_mid": -3, "right_lower": 2}}
    found = {
        "sessions": [{"change": change}],
        "weeks": [{"after": {"back": back}} for back in (41, None, 48)],
        "rises": [{"region": "right_mid", "since": "2026-11-09", "points": 4}],
    }
    await card.evaluate(MOUNT, [None, states, {"devices": [found]}])
    other = card.locator("body > backhug-card")
    await other.get_by_text("53 % → 41 %").wait_for()
    await other.get_by_text("12 points less tension than before").wait_for()
    await other.get_by_text("It eased most here: upper left.").wait_for()
    await other.get_by_text("week by week: 48 % → 41 %").wait_for()
    points = await other.locator("polyline").get_attribute("points")
    assert points == "0,-48 1,-41"
    rise = other.get_by_text("risen from week to week since")
    assert "2026 here: middle right." in await rise.inner_text()
    assert "?after" in await other.locator("img").get_attribute("src")
