"""Automations from the blueprints: inputs, messages, answers, and what they change in the home."""

from pathlib import Path
import shutil
from typing import Any

from homeassistant.components.automation import automations_with_blueprint
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from tests.home import Home, SimulatedBackHug, until

from ..living import Hours, Phone, settle

BLUEPRINTS = Path(__file__).parents[3] / "blueprints/automation/backhug"
START = 1
START_BUTTON, LATER, NOT_TODAY = "Start when I lie down", "Later", "Not today"
QUESTION, REMINDER = "Time for a session?", "Time for a break?"
EVENING_FAILED = (
    "The session could not be prepared. The log of Home Assistant says why."
)
BREAK_FAILED = "The break could not be prepared. The log of Home Assistant says why."
TAKEN_BACK = "clear_notification"
LIGHTS = {"light.ceiling": 255, "light.reading": 128, "light.corner": 20}
DIMMED = {"light.ceiling": 38, "light.reading": 38, "light.corner": 20}
AUTOMATION = "automation.tested"
ANNA = "person.anna"
DESK, COMPUTER = "binary_sensor.desk", "binary_sensor.computer_active"


def shine(hass: HomeAssistant) -> dict[str, int]:
    """Return the brightness of each lamp that is on."""
    return {
        state.entity_id: state.attributes["brightness"]
        for state in hass.states.async_all("light")
        if state.state == "on"
    }


async def use(home: Home, back_hug: SimulatedBackHug, name: str, **inputs: Any) -> None:
    """Create an automation from a blueprint, as Home Assistant does."""
    hass = back_hug.hass
    target = Path(hass.config.path("blueprints/automation/backhug"))
    shutil.copytree(BLUEPRINTS, target)
    path = f"backhug/{name}.yaml"
    config = {
        "alias": "Tested",
        "use_blueprint": {
            "path": path,
            "input": {
                "session": back_hug.entity_id("event", "session"),
                **inputs,
            },
        },
    }
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    await hass.async_block_till_done()
    assert automations_with_blueprint(hass, path) == [AUTOMATION]
    assert hass.states.is_state(AUTOMATION, "on")
    # It would wait for the next day.
    home.on_close(lambda: switch(hass, "off"))


async def switch(hass: HomeAssistant, to: str) -> None:
    """Turn the automation on or off."""
    await hass.services.async_call(
        "automation", f"turn_{to}", {"entity_id": AUTOMATION}, blocking=True
    )


async def over(hass: HomeAssistant) -> None:
    """Wait until the automation is idle."""
    await until(
        lambda: (
            (state := hass.states.get(AUTOMATION)) and state.attributes["current"] == 0
        ),
        "the automation is done",
    )


async def quiet(hass: HomeAssistant, phone: Phone, *messages: str) -> None:
    """Check that nothing runs, and that the phone got no other messages."""
    await over(hass)
    assert phone.messages == [*messages]


def armed(back_hug: SimulatedBackHug) -> bool:
    """Return whether start on occupancy is active."""
    return back_hug.value("sensor", "armed_until") != "unknown"


def last_triggered(hass: HomeAssistant) -> Any:
    """Return the time of the automation's last run."""
    state = hass.states.get(AUTOMATION)
    assert state
    return state.attributes["last_triggered"]


async def arm(evening: SimulatedBackHug, hours: Hours, phone: Phone) -> None:
    """Get the question, and answer yes."""
    await hours.until(20, 30)
    await phone.received(QUESTION)
    phone.press(START_BUTTON)
    await until(lambda: armed(evening), "it is armed")
    await settle()


async def lie_down(evening: SimulatedBackHug) -> None:
    """Lie down; wait for the session and the dimmed lights."""
    evening.back.lie_down()
    await evening.shows("switch", "session", "on")
    await until(lambda: shine(evening.hass) == DIMMED, "the lights are dimmed")


async def stop(back_hug: SimulatedBackHug) -> None:
    """Turn it off."""
    await back_hug.call("switch", "turn_off", "session")
