"""Steps of a person at a page with the card: actions, waiting, the keyboard, accessibility."""

from typing import Any

import pytest

from .browser import packages
from .scripts import CALL, FOCUSED, VIOLATIONS

POLLING = 50
"""Milliseconds between two looks at a state."""


async def call(page: Any, action: str, entity_id: str, **data: Any) -> None:
    """Perform an action on an entity."""
    await page.evaluate(CALL, [*action.split("."), entity_id, data])


async def shows(page: Any, entity_id: str, expression: str) -> None:
    """Wait until an expression holds for the state object of an entity, `state`."""
    await page.wait_for_function(
        f"(state => {expression})(document.querySelector('home-assistant').hass.states['{entity_id}'])",
        # Not for each frame: then there is one each time.
        polling=POLLING,
    )


async def lie_down(page: Any, *, on: bool = True) -> None:
    """Have somebody lie down on the simulated BackHug, or get up."""
    await call(
        page,
        f"switch.turn_{'on' if on else 'off'}",
        "switch.simulator_backhug_somebody_lies_on_it",
    )
    state = "on" if on else "off"
    await shows(page, "binary_sensor.backhug_occupied", f"state.state === '{state}'")


async def check_accessibility(page: Any) -> None:
    """Check the card with axe-core, and that nothing is wider than the card."""
    if not await page.evaluate("'axe' in window"):
        source = packages() / "axe_playwright_python/axe.min.js"
        await page.evaluate(source.read_text())
    card = page.locator("backhug-card")
    violations: list[str] = await card.evaluate(VIOLATIONS)
    for _ in range(10):
        # Colours may still fade from one theme to the other.
        if violations:
            violations = await card.evaluate(VIOLATIONS)
    assert violations == []
    assert not await card.evaluate("(each) => each.scrollWidth > each.clientWidth")


async def focus(page: Any, name: str) -> None:
    """Go to the control of that name with the Tab key."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate(FOCUSED) == name:
            return
    pytest.fail(f"Tab does not reach {name}")
