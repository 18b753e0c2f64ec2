"""Takes the pictures of the dashboards that the documentation offers to copy, from its very text."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import sin
import re
import time
from typing import Any

from playwright.sync_api import Browser
import yaml

from .browser import shrink
from .client import Client, InstanceError
from .console import say
from .instance import HOST, REPOSITORY

PAGE = REPOSITORY / "docs/dashboards.md"
TARGET = REPOSITORY / "docs/images"
URL_PATH = "example-dashboards"
LIMIT = 250_000
"""Bytes of a picture at most: the documentation shall load quickly."""
SECOND = "BackHug-26C4"
SIZES: dict[str, tuple[int, int, float]] = {
    "lying": (412, 840, 1.5),
    "tiles": (1720, 720, 0.75),
    "tension": (1100, 760, 1),
    "several": (1720, 920, 0.75),
}
"""Width, height, and pixels of the picture for each of the page, by the path of the view."""


def views() -> Iterator[dict[str, Any]]:
    """Yield the views that the documentation shows."""
    for block in re.findall(
        r"^```yaml\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL
    ):
        yield yaml.safe_load(block)


async def add_second(client: Client) -> None:
    """Add the second BackHug, which is discovered."""
    for flow in await client.command({"type": "config_entries/flow/progress"}):
        if flow["handler"] == "backhug":
            await client.post(
                f"/api/config/config_entries/flow/{flow['flow_id']}", json={}
            )
    await client.wait(
        lambda: client.state("binary_sensor.backhug_26c4_connected") == "on", 60
    )


async def remember(client: Client) -> None:
    """Let there have been a session on most of the last sixty days: made up, for the charts."""
    before: list[dict[str, Any]] = []
    after: list[dict[str, Any]] = []
    minutes: list[dict[str, Any]] = []
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    total = 0
    for day in range(60):
        start = (today - timedelta(days=60 - day)).isoformat()
        tense = round(58 - day / 6 + 5 * sin(day * 1.9) + 3 * sin(day / 3))
        eased = tense - round(11 + 3 * sin(day * 2.7))
        total += (0, 20, 30, 0, 25, 20, 45)[day % 7]
        before.append({"start": start, "mean": tense, "min": tense, "max": tense})
        after.append({"start": start, "mean": eased, "min": eased, "max": eased})
        minutes.append({"start": start, "state": total, "sum": total})
    for sensor, stats in (
        ("tension_before", before),
        ("tension_after", after),
        ("minutes_treated", minutes),
    ):
        counted = stats is minutes
        await client.command(
            {
                "type": "recorder/import_statistics",
                "metadata": {
                    "mean_type": 0 if counted else 1,
                    "has_sum": counted,
                    "name": None,
                    "source": "recorder",
                    "statistic_id": f"sensor.backhug_{sensor}",
                    "unit_class": "duration" if counted else "unitless",
                    "unit_of_measurement": "min" if counted else "%",
                },
                "stats": stats,
            }
        )


async def show(port: int, *, made_up: bool) -> None:
    """Put the views on a dashboard of their own, and the second device beside the first.

    `made_up`: with weeks that never were, which is for an instance that nobody else uses.
    """
    async with Client.connect(port) as client:
        await add_second(client)
        if made_up:
            await remember(client)
        known = await client.command({"type": "lovelace/dashboards/list"})
        if not any(each["url_path"] == URL_PATH for each in known):
            await client.command(
                {
                    "type": "lovelace/dashboards/create",
                    "url_path": URL_PATH,
                    "title": "Examples",
                    "mode": "storage",
                }
            )
        await client.command(
            {
                "type": "lovelace/config/save",
                "url_path": URL_PATH,
                "config": {"views": [*views()]},
            }
        )


def take(browser: Browser, port: int) -> None:
    """Take the picture of each view, light and dark."""
    for view in views():
        width, height, scale = SIZES[view["path"]]
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": width, "height": height},
                device_scale_factor=scale,
                color_scheme=scheme,
                locale="en-GB",
                timezone_id="Europe/London",
            )
            page.on("pageerror", lambda error: say(f"The page reports: {error}"))
            page.goto(f"http://{HOST}:{port}/{URL_PATH}/{view['path']}?kiosk")
            page.wait_for_selector("hui-sections-view hui-tile-card")
            # Charts and animations have no event for their end.
            time.sleep(4)
            path = TARGET / f"dashboards-{view['path']}-{scheme}.png"
            page.screenshot(path=path)
            page.close()
            shrink(path)
            octets = path.stat().st_size
            say(f"{path.relative_to(REPOSITORY)}: {octets // 1000} kB")
            if octets > LIMIT:
                msg = f"{path.name} is too large"
                raise InstanceError(msg)
