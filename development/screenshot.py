"""Takes the pictures of the card and of the dashboards that the documentation shows."""

import argparse
import asyncio
from collections.abc import Generator
from contextlib import contextmanager
import socket
import subprocess
import sys
import time
from typing import Literal

from playwright.sync_api import Browser

from . import examples, newcomer
from .browser import NoChromiumError, chromium, find_chromium, shrink
from .client import Client, InstanceError
from .console import say
from .instance import HOST, REPOSITORY

TARGET = REPOSITORY / "docs/images"
LIMIT = 200_000
"""Bytes of a picture at most: the documentation shall load quickly."""
OWN_PORT = 8199

URL_PATH = "card-page"
SIZE = {"width": 860, "height": 1090}


@contextmanager
def instance(port: int) -> Generator[int]:
    """Use the instance that runs on that port, or one of our own; gives its port."""
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            say(f"Using the instance on port {port}.")
            yield port
            return
    say("Starting an instance for the pictures ...")
    process = subprocess.Popen(  # noqa: S603, a script of ours
        [
            REPOSITORY / "scripts/develop",
            "--reset",
            f"--port={OWN_PORT}",
            "--config=.cache/screenshot",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if "is ready" in line:
                break
        else:
            msg = "It did not start."
            raise InstanceError(msg)
        yield OWN_PORT
    finally:
        process.terminate()
        process.communicate(timeout=30)


async def treat(port: int) -> None:
    """Have somebody treated: a short session, so that there is a history, and a long one.

    It is still running when this returns.
    """
    async with Client.connect(port) as client:
        act = client.act

        async def until(entity_id: str, *states: str) -> None:
            await client.wait(lambda: client.state(entity_id) in states, 120)

        async def start(minutes: int, strength: int, area: str, flow: str) -> None:
            await act("switch.turn_off", "switch.backhug_session")
            await until("sensor.backhug_state", "standby")
            length = "number.backhug_session_length"
            await act("number.set_value", length, value=minutes)
            await act("number.set_value", "number.backhug_strength", value=strength)
            await act("select.select_option", "select.backhug_area", option=area)
            await act("select.select_option", "select.backhug_flow", option=flow)
            await act("switch.turn_on", "switch.backhug_session")
            await until("sensor.backhug_state", "treating")

        say("Running two sessions ...")
        await until("binary_sensor.backhug_connected", "on")
        person = "switch.simulator_backhug_somebody_lies_on_it"
        await act("switch.turn_on", person)
        await start(20, 4, "full_back", "slow")
        # To its end: only then is the tension measured after it.
        await until("sensor.backhug_state", "standby")
        await start(45, 6, "shoulder_blades", "wave")
        await asyncio.sleep(35)


async def end(port: int) -> None:
    """Stop the session again."""
    async with Client.connect(port) as client:
        await client.act("switch.turn_off", "switch.backhug_session")


async def add_page(port: int) -> None:
    """Add the dashboard that comes with the integration."""
    async with Client.connect(port) as client:
        known = await client.command({"type": "lovelace/dashboards/list"})
        if not any(each["url_path"] == URL_PATH for each in known):
            await client.command(
                {
                    "type": "lovelace/dashboards/create",
                    "url_path": URL_PATH,
                    "title": "BackHug",
                }
            )
        await client.command(
            {
                "type": "lovelace/config/save",
                "url_path": URL_PATH,
                "config": {"strategy": {"type": "custom:backhug"}},
            }
        )


def take(browser: Browser, port: int, scheme: Literal["light", "dark"]) -> None:
    """Take the picture of that dashboard, and say if the page had something to complain about."""
    page = browser.new_page(
        viewport=SIZE,
        color_scheme=scheme,
        locale="en-GB",
        timezone_id="Europe/London",
    )
    page.on("pageerror", lambda error: say(f"The page reports: {error}"))
    page.goto(f"http://{HOST}:{port}/{URL_PATH}/0?kiosk")
    page.locator("backhug-card image[href]").wait_for(state="attached")
    # Charts and animations have no event for their end.
    time.sleep(5)
    path = TARGET / f"card-{scheme}.png"
    page.screenshot(path=path)
    page.close()
    shrink(path)
    octets = path.stat().st_size
    say(f"{path.relative_to(REPOSITORY)}: {octets // 1000} kB")
    if octets > LIMIT:
        msg = f"{path.name} is too large"
        raise InstanceError(msg)


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--card", action="store_true")
    parser.add_argument("--examples", action="store_true")
    parser.add_argument("--newcomer", action="store_true")
    arguments = parser.parse_args()
    TARGET.mkdir(parents=True, exist_ok=True)
    find_chromium()
    if arguments.newcomer:
        # It removes a device, so that it is done on an instance of our own only.
        with instance(OWN_PORT) as port:
            asyncio.run(newcomer.prepare(port))
            with chromium() as browser:
                newcomer.take(browser, port)
        return
    with instance(arguments.port) as port:
        asyncio.run(treat(port))
        asyncio.run(examples.show(port, made_up=port == OWN_PORT))
        asyncio.run(add_page(port))
        with chromium() as browser:
            if not arguments.examples:
                take(browser, port, "light")
                take(browser, port, "dark")
            if not arguments.card:
                examples.take(browser, port)
        asyncio.run(end(port))


if __name__ == "__main__":
    try:
        main()
    except (NoChromiumError, InstanceError) as error:
        say(str(error))
        sys.exit(1)
