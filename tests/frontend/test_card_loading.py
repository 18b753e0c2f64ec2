"""The card appears on a dashboard, in a section and in its editor."""

import asyncio
from contextlib import suppress
import re
from typing import Any

import pytest
import pytest_asyncio

from .card_page import POLLING
from .conftest import DESKTOP, PHONE, SECTION, TIMEOUT, OpenPage, new_context, new_page
from .scripts import (
    BUSY_HOUSE,
    COUNT_CHANGES,
    LATE_APP,
    LAYOUT_SHIFT,
    MOUNT,
    OFFERS,
    SECTION_OF_TWO,
    TURNING,
)

# The browser serves all tests.
pytestmark = pytest.mark.asyncio(loop_scope="package")

LOADS = 20
SMALL = {"width": PHONE["width"], "height": 100}
"""A screen that takes little to draw."""
LATE = 0.8
"""Seconds by which the frontend's own code is late: the card is then loaded before it."""
PATIENCE = 10
"""Seconds for one of several clicks, also on a busy machine."""


@pytest_asyncio.fixture(autouse=True, scope="module", loop_scope="package")
async def alone(pages: Any) -> None:
    """Leave the pages of other tests: they would go on drawing each change."""
    for page in pages.pages:
        await page.goto("about:blank")


async def test_a_large_screen_in_german(open_page: OpenPage) -> None:
    """The card is there, does not move about, and is still while nothing happens."""
    page = await open_page(
        "/test-dashboard", DESKTOP, language="de", script=LAYOUT_SHIFT
    )
    card = page.locator("backhug-card")
    await card.get_by_role("radio", name="Entlang der Wirbelsäule").wait_for()
    await card.get_by_role("button", name="Stopp", exact=True).wait_for()
    assert not await card.evaluate("(each) => each.scrollWidth > each.clientWidth")
    assert await page.evaluate("window.shift") < 0.1
    await card.evaluate(COUNT_CHANGES)
    await page.evaluate(BUSY_HOUSE)
    assert await page.evaluate("window.changes") == 0
    # From right to left a person's left stays at the left of the drawing.
    await page.evaluate(MOUNT, [None, {}])
    await page.evaluate("document.body.dir = 'rtl'")
    other = page.locator("body > backhug-card")
    left, right, drawing, areas = [
        await each.bounding_box()
        for each in (
            other.get_by_text("Links", exact=True),
            other.get_by_text("Rechts", exact=True),
            other.get_by_role("img", name="Von hinten gesehen"),
            other.get_by_role("radiogroup"),
        )
    ]
    assert left["x"] < right["x"]
    assert areas["x"] < drawing["x"]
    await other.evaluate("(each) => each.remove()")
    await page.emulate_media(reduced_motion="reduce")
    stop = card.get_by_role("button", name="Stopp", exact=True)
    assert await stop.evaluate(TURNING) == "8s"
    # A section has every BackHug, or the one that is named.
    for config, names in (
        ({}, ["BackHug", "Second"]),
        ({"device": "second"}, ["Second"]),
    ):
        assert await page.evaluate(SECTION_OF_TWO, [config]) == names
    suggested, foreign, offered = await page.evaluate(OFFERS)
    assert suggested["config"]["type"] == "custom:backhug-card"
    assert foreign is None
    assert offered == [
        ["backhug-card", "card"],
        ["backhug", "section"],
        ["backhug", "dashboard"],
    ]


async def load_again(page: Any) -> None:
    """Load a page again and again; the card appears each time."""
    for _ in range(LOADS - 1):
        await page.reload(wait_until="commit")
        await page.locator("backhug-card h2").wait_for()
    await page.get_by_role("button", name="Stop", exact=True).wait_for()


async def test_the_card_appears_each_time(newest: int, browser: Any) -> None:
    """Also on the newest Home Assistant, which loads it at another point of its start."""
    async with await new_context(browser, newest) as context:
        page = await new_page(context, SECTION, SMALL)
        await load_again(page)


async def test_the_card_appears_each_time_with_a_late_frontend(
    pages: Any, open_page: OpenPage
) -> None:
    """The oldest Home Assistant replaces the registry of elements as it starts: what is defined before is lost."""
    start = await (await pages.request.get("/")).text()
    app = re.search(r"/frontend_latest/app\.\w+\.js", start)
    assert app
    script = LATE_APP % {"app": app[0], "milliseconds": 1000 * LATE}
    page = await open_page(SECTION, SMALL, script=script)
    await load_again(page)
    assert await page.evaluate("sessionStorage.late") == str(LOADS)


async def test_two_cards_and_their_editor(open_page: OpenPage) -> None:
    """Both cards have their texts; a BackHug is chosen in a form, without YAML."""
    page = await open_page("/test-card?edit=1", DESKTOP)
    # There are two, which load their texts at the same time.
    for name in ("Stop", "Full back"):
        await page.get_by_text(name, exact=True).nth(1).wait_for()
    await page.locator("hui-card-edit-mode").first.click()
    save = page.get_by_role("button", name="Save", exact=True)
    assert await save.is_disabled()
    opener = page.get_by_text("Select a device")
    choices = page.locator("ha-combo-box-item", has_text="BackHug")
    await opener.click()
    await choices.first.wait_for()
    assert await choices.count() == 1
    # The list may be drawn again, or close, before it takes a click, and the button with its form: a click would
    # wait for what is gone.
    async with asyncio.timeout(TIMEOUT / 1000):
        while await save.is_disabled():
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await (choices.first if await choices.count() else opener).click()
            await asyncio.sleep(POLLING / 1000)
