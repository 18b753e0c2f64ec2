"""Takes the pictures of a newcomer's path: discovered, added, a section, the first session. Nobody writes YAML."""

from collections.abc import Callable
from typing import Any, Literal

from playwright.sync_api import Browser, Page

from .browser import shrink
from .client import Client, InstanceError
from .console import say
from .instance import HOST, REPOSITORY

TARGET = REPOSITORY / "docs/images"
LIMIT = 200_000
"""Bytes of a picture at most."""
DASHBOARD = "my-home"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LARGE = {"width": 640, "height": 520}
PHONE = {"width": 412, "height": 915}
SETTLED = 1500
"""Milliseconds: animations have no event for their end."""


async def prepare(port: int) -> None:
    """Leave one device, which waits to be discovered, and make an empty dashboard."""
    async with Client.connect(port) as client:
        await client.act(
            "switch.turn_on", "switch.simulator_backhug_somebody_lies_on_it"
        )
        await client.act("switch.turn_off", "switch.simulator_backhug_26c4_in_reach")
        for flow in await client.command({"type": "config_entries/flow/progress"}):
            await client.delete(f"/api/config/config_entries/flow/{flow['flow_id']}")
        entries = await client.command(
            {"type": "config_entries/get", "domain": "backhug"}
        )
        for entry in entries:
            await client.delete(f"/api/config/config_entries/entry/{entry['entry_id']}")
        await client.command(
            {
                "type": "lovelace/dashboards/create",
                "url_path": DASHBOARD,
                "title": "My home",
            }
        )
        views = [{"type": "sections", "title": "Home", "sections": []}]
        await client.command(
            {
                "type": "lovelace/config/save",
                "url_path": DASHBOARD,
                "config": {"views": views},
            }
        )


def take(browser: Browser, port: int) -> None:
    """Go the path on an instance of our own, with a light and a dark picture of each step."""
    page = browser.new_page(
        viewport=LARGE,
        device_scale_factor=1.5,
        locale="en-GB",
        timezone_id="Europe/London",
        base_url=f"http://{HOST}:{port}",
    )
    page.on("pageerror", lambda error: say(f"The page reports: {error}"))

    def picture(name: str) -> None:
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(SETTLED)
            path = TARGET / f"path-{name}-{scheme}.png"
            page.screenshot(path=path)
            shrink(path)
            octets = path.stat().st_size
            say(f"{path.relative_to(REPOSITORY)}: {octets // 1000} kB")
            if octets > LIMIT:
                msg = f"{path.name} is too large"
                raise InstanceError(msg)

    _add(page, picture)
    _make_section(page, picture)
    page.set_viewport_size(PHONE)
    page.goto(f"/{DASHBOARD}/0")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("heading", name="Treating").wait_for()
    page.locator("backhug-card image[href]").wait_for(state="attached")
    # Clicking has scrolled to the end.
    page.mouse.move(PHONE["width"] / 2, PHONE["height"] / 2)
    page.mouse.wheel(0, -5000)
    page.wait_for_timeout(4 * SETTLED)
    picture("4-session")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("heading", name="Standby").wait_for()
    page.close()


def _add(page: Page, picture: Callable[[str], Any]) -> None:
    """Add the device that was discovered."""
    page.goto("/config/integrations/dashboard")
    page.get_by_text("Discovered").wait_for()
    picture("1-discovered")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Submit").click()
    finish = page.get_by_role("button", name="Skip and finish")
    finish.wait_for()
    picture("2-added")
    finish.click()


def _make_section(page: Page, picture: Callable[[str], Any]) -> None:
    """Make the section from its preview. The page is loaded again before: the card came with the device."""
    page.goto(f"/{DASHBOARD}/0?edit=1")
    page.get_by_role("button", name="Create section").click()
    page.get_by_text("Automatic section").first.click()
    offered = page.get_by_text("Everything that a BackHug offers")
    offered.wait_for()
    page.get_by_text("Community sections").evaluate("(each) => each.scrollIntoView()")
    picture("3-section")
    offered.click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Done").click()
