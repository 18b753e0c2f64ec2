"""From a tap on the card until the device has it, in a real browser."""

from statistics import median
import sys
from typing import Final

from .measure import Bar, Row, Scale, milliseconds

AREAS: Final = ("Upper back", "Mid back")
"""The areas that are tapped in turn."""
CONNECTED: Final = "binary_sensor.backhug_connected"

DASHBOARD: Final = "tapped-card"
MEASURE: Final = """(card) => {
    const {connection} = document.querySelector("home-assistant").hass;
    const send = connection.sendMessagePromise;
    connection.sendMessagePromise = async function (message) {
        const began = performance.now();
        try {
            return await send.call(this, message);
        } finally {
            if (message.type === "call_service") window.action = performance.now() - began;
        }
    };
    card.addEventListener("click", ({timeStamp}) => (window.tapped = timeStamp));
    new MutationObserver(() => {
        if (window.tapped && card.shadowRoot.querySelector("[role=radio].done[aria-checked=true]"))
            requestAnimationFrame(() => {
                window.taken ??= performance.now() - window.tapped - window.action;
            });
    }).observe(card.shadowRoot, {subtree: true, attributes: true});
}"""
"""Measures each tap: `action` is the time of the action, `taken` all else until the next frame shows it as confirmed."""


async def tap(scale: Scale) -> list[Row]:
    """Tap areas in turn; measure what the page adds from the tap until it is drawn as confirmed."""
    from playwright.async_api import async_playwright

    from development.browser import FLAGS, NoChromiumError, find_chromium
    from development.client import Client
    from development.screenshot import OWN_PORT, instance

    try:
        path = find_chromium()
    except NoChromiumError as error:
        print(f"tap: skipped. {error}", file=sys.stderr)
        return []
    taken: list[float] = []
    actions: list[float] = []
    with instance(OWN_PORT) as port:
        async with Client.connect(port) as client:
            await client.wait(lambda: client.state(CONNECTED) == "on", 60)
            where = {"url_path": DASHBOARD}
            await client.command(
                {"type": "lovelace/dashboards/create", "title": "Card", **where}
            )
            config = {"strategy": {"type": "custom:backhug"}}
            await client.command(
                {"type": "lovelace/config/save", "config": config, **where}
            )
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
            page = await browser.new_page(locale="en-GB")
            await page.goto(f"http://127.0.0.1:{port}/{DASHBOARD}")
            await page.get_by_role("radio", name=AREAS[0]).wait_for()
            await page.locator("backhug-card").evaluate(MEASURE)
            for number in range(scale.times(20)):
                await page.evaluate("window.tapped = window.taken = undefined")
                area = AREAS[number % len(AREAS)]
                await page.get_by_role("radio", name=area).click()
                await page.wait_for_function("window.taken !== undefined")
                taken.append(await page.evaluate("window.taken / 1000"))
                actions.append(await page.evaluate("window.action / 1000"))
            await browser.close()
    return [
        Row(
            "tap → shown as confirmed, in the page beyond the action",
            milliseconds(median(taken)),
            "ms",
            Bar("≤", 150),
            {
                "slowest": f"{milliseconds(max(taken))} ms",
                "action": f"{milliseconds(median(actions))} ms",
            },
        )
    ]
