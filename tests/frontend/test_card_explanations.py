"""The card explains a problem with the device, and what helps."""

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
