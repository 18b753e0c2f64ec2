"""The card operates a BackHug: by touch, by keyboard, in each size and colour."""

import asyncio
import re
from typing import Any

import pytest

from .card_page import call, check_accessibility, focus, lie_down, shows
from .conftest import DESKTOP, MEDIA, PHONE
from .scripts import CREATE_ASSISTANT, PAST_SESSIONS

# The browser serves all tests.
pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_session_from_start_to_stop(card: Any) -> None:
    """What is refused is said; what runs is shown; Stop is always in sight."""
    await card.evaluate(PAST_SESSIONS)
    await lie_down(card, on=False)
    start = card.get_by_role("button", name="Start", exact=True)
    stop = card.get_by_role("button", name="Stop", exact=True)
    await start.click()
    await card.get_by_text("Nobody is lying on BackHug").first.wait_for()
    assert "pending" not in (await start.get_attribute("class") or "")
    await lie_down(card)
    await start.click()
    await card.get_by_role("heading", name="Treating").wait_for()
    assert await card.get_by_text("Nobody is lying on BackHug").count() == 0
    await card.locator("backhug-card image[href*='image_proxy']").wait_for(
        state="attached"
    )
    assert re.fullmatch(
        r"\d+:\d\d", await card.get_by_role("timer").locator("time").inner_text()
    )
    box = await stop.bounding_box()
    assert box["height"] >= 64
    assert box["y"] + box["height"] <= PHONE["height"]
    await card.get_by_role("button", name="Pause").click()
    await card.get_by_role("button", name="Carry on").wait_for()
    await card.get_by_role(
        "heading", name=re.compile(r"Paused: ends by itself in \d:\d\d")
    ).wait_for()
    time = card.get_by_role("timer").locator("time")
    left = await time.inner_text()
    assert re.fullmatch(r"\d+:\d\d", left)
    # The time left stands still.
    await asyncio.sleep(1.5)
    assert await time.inner_text() == left
    await lie_down(card, on=False)
    await card.get_by_role(
        "heading", name=re.compile(r"you got up: ends in \d:\d\d")
    ).wait_for()
    await stop.click()
    await start.wait_for()


async def test_the_consultant_is_asked_in_assist(card: Any) -> None:
    """Home Assistant's dialog opens with the assistant of the consultant, who answers; without one, the card says so."""
    await card.get_by_role("button", name="Ask the consultant").click()
    await card.get_by_text(
        "No voice assistant uses this BackHug's consultant"
    ).first.wait_for()
    await card.evaluate(CREATE_ASSISTANT)
    await card.get_by_role("button", name="Ask the consultant").click()
    message = card.locator("ha-voice-command-dialog").get_by_role("textbox")
    await message.fill("my neck is stiff")
    await message.press("Enter")
    await card.get_by_text("I will make a massage programme for you").wait_for()
    await card.keyboard.press("Escape")
    await message.wait_for(state="hidden")


async def test_an_area_is_tapped_or_chosen_by_keyboard(card: Any) -> None:
    """Arrows move the focus, and only Space chooses: choosing moves fingers."""
    upper = card.get_by_role("radio", name="Upper back")
    mid = card.get_by_role("radio", name="Mid back")
    await upper.click()
    await card.locator(
        "backhug-card [aria-checked=true]", has_text="Upper back"
    ).wait_for()
    await shows(
        card, "sensor.simulator_backhug_state", "state.attributes.area === 'upper_back'"
    )
    assert await card.locator("backhug-card [role=radio][tabindex='0']").count() == 1
    await upper.press("ArrowDown")
    assert await mid.evaluate("(each) => each.getRootNode().activeElement === each")
    assert await mid.get_attribute("aria-checked") == "false"
    await mid.press("Space")
    await shows(
        card, "sensor.simulator_backhug_state", "state.attributes.area === 'mid_back'"
    )
    # On the drawing itself: the person's left is at the left.
    drawing = card.get_by_role("img", name="Seen from behind")
    box = await drawing.bounding_box()
    await drawing.click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.5})
    await card.locator(
        "backhug-card [aria-checked=true]", has_text="Left side"
    ).wait_for()
    await drawing.click(position={"x": box["width"] * 0.75, "y": box["height"] * 0.5})
    await card.locator(
        "backhug-card [aria-checked=true]", has_text="Right side"
    ).wait_for()

    # A slider says what it would set while it is dragged, and sets it when it is let go of.
    strength = card.get_by_label("Strength")
    await strength.evaluate(
        "(each) => { each.value = 2; each.dispatchEvent(new Event('input')); }"
    )
    await card.get_by_text("2 / 10").wait_for()
    await call(card, "select.select_option", "select.backhug_flow", option="pulse")
    await shows(card, "select.backhug_flow", "state.state === 'pulse'")
    assert await strength.input_value() == "2"
    await strength.evaluate("(each) => each.dispatchEvent(new Event('change'))")
    await shows(
        card, "sensor.simulator_backhug_state", "state.attributes.strength === 2"
    )
    # The settings in use become a programme under a name that the person gives.
    card.once("dialog", lambda dialog: dialog.accept("Mine"))
    await card.get_by_role("button", name="Save as programme").click()
    await shows(
        card,
        "select.backhug_programme",
        "state.attributes.options.includes('Mine')",
    )
    # A programme has areas of its own, and shows its steps; choosing an area leaves it.
    await card.get_by_label("Programme").select_option("short_break")
    await card.get_by_text(re.compile(r"Steps: \d+, \d+ min in all")).wait_for()
    assert await card.get_by_label("Strength").is_hidden()
    await card.get_by_role("button", name="Start", exact=True).click()
    await card.get_by_text(re.compile(r"Step 1 of \d+")).wait_for()
    await card.get_by_text("Next: Shoulder blades, 4 min").wait_for()
    assert await card.locator("backhug-card li.now").count() == 1
    # At once, while the device is still busy stopping: it counts for the next session.
    await card.get_by_role("button", name="Stop", exact=True).click()
    await card.get_by_role("radio", name="Full back").click()
    await card.locator(
        "backhug-card [aria-checked=true]", has_text="Full back"
    ).wait_for()
    assert await card.get_by_label("Programme").input_value() == "none"
    await shows(card, "sensor.backhug_state", "state.state === 'standby'")
    assert await card.get_by_role("radio", name="Full back").is_checked()


async def test_it_is_operated_by_keyboard_alone(card: Any) -> None:
    """Each control can be reached, and is operated by Enter or Space."""
    await focus(card, "Start")
    await card.keyboard.press("Enter")
    await card.get_by_role("heading", name="Treating").wait_for()
    await focus(card, "Pause")
    await card.keyboard.press("Space")
    await card.get_by_role("button", name="Carry on").wait_for()
    await focus(card, "Stop")
    await card.keyboard.press("Enter")
    await card.get_by_role("button", name="Start", exact=True).wait_for()


async def test_it_is_accessible_in_each_size_and_colour(card: Any) -> None:
    """In standby and in a session, on a phone and a large screen, in light, dark and forced colours."""
    for name in ("Start", "Stop"):
        for viewport, media in zip((PHONE, DESKTOP, PHONE), MEDIA, strict=True):
            await card.set_viewport_size(viewport)
            await card.emulate_media(**media)
            await check_accessibility(card)
        await card.get_by_role("button", name=name, exact=True).click()
        heading = "Treating" if name == "Start" else "Standby"
        await card.get_by_role("heading", name=heading).wait_for()
