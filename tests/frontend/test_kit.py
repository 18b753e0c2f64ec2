"""The kit's page in a browser: an owner's evening, from the stopwatch to the description."""

from pathlib import Path

from aiohttp.test_utils import TestServer
import pytest

from kit.server import make_app
from tests.kit.evenings import csv, recorded
from tests.kit.vendors import Knodo

from .browser import FLAGS, async_playwright, chromium, packages
from .conftest import TIMEOUT

VIOLATIONS = """async () => (await axe.run(document)).violations.map(
    ({id, nodes}) => `${id}: ${nodes.map(({html, failureSummary}) => html + failureSummary).join()}`)"""


@pytest.mark.usefixtures("socket_enabled")
async def test_evening_in_the_browser(tmp_path: Path) -> None:
    """Notes, capture, a confirmed stop: then description and bundle can be saved."""
    axe = (packages() / "axe_playwright_python/axe.min.js").read_text()
    octets, notes = recorded(Knodo)
    written, log = tmp_path / "notes.csv", tmp_path / "my.log"
    written.write_text(csv(notes))
    log.write_bytes(octets)
    async with TestServer(make_app()) as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=FLAGS
        )
        page = await browser.new_page()
        page.set_default_timeout(TIMEOUT)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(str(server.make_url("/")))

        await page.get_by_role("button", name="lower back").click()
        since = page.locator("#since")
        assert await since.inner_text() == "1 notes; the last: area lower_back"
        await page.get_by_role("button", name="Delete the last").click()
        assert await since.inner_text() == "No notes yet."

        await page.locator("#notes-file").set_input_files(written)
        await page.get_by_text("Notes of notes.csv.").wait_for()
        await page.locator("#capture-file").set_input_files(log)
        await page.get_by_text("There is no description yet").wait_for()
        assert await page.get_by_role("radio").count() == 2
        save = page.get_by_role("button", name="Save the description")
        assert await save.is_disabled()

        stop = page.locator("[id='commands.stop']")
        await page.get_by_role("link", name="Show stop").click()
        assert page.url.endswith("#commands.stop")
        await stop.get_by_role("button", name="Accept").click()
        await page.get_by_text("Played back against the capture").wait_for()
        name = page.locator("[id='name'] textarea")
        await name.fill("Our bed")
        await name.blur()
        await page.get_by_text("Keep the quotes, commas").wait_for()
        await name.fill('"Our bed"')
        # An answer that comes while somebody types takes nothing away.
        await page.locator("#use-notes").evaluate("(each) => each.click()")
        await page.locator("body:not(.busy)").wait_for()
        assert await name.input_value() == '"Our bed"'
        await name.blur()
        await page.get_by_text('name: "Our bed"').wait_for()
        async with page.expect_download() as download:
            await save.click()
        saved = await (await download.value).path()
        assert saved.read_text() == await page.locator("#description").text_content()
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Make a bundle").click()
        assert (await download.value).suggested_filename == "backhug-capture.zip"

        await page.evaluate(axe)
        assert await page.evaluate(VIOLATIONS) == []
        assert errors == []
        await browser.close()
