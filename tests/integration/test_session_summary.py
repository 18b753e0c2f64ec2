"""The blueprint of the session summary, run by Home Assistant's own automations against the simulator."""

from collections.abc import Awaitable, Callable
from pathlib import Path
import re
import shutil
from typing import Any

from homeassistant.components.automation import automations_with_blueprint
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_load_integrations
from homeassistant.setup import async_setup_component
import pytest

from custom_components.backhug.const import DOMAIN
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, until

from .living import Phone, settle

BLUEPRINTS = Path(__file__).parents[2] / "blueprints/automation/backhug"
PATH = "backhug/session_summary.yaml"
AUTOMATION = "automation.tested"
SUMMARY = re.compile(
    r"Completed, 20 min, tension \d+ → \d+ %, eased most at the \w+ \w+ \(by \d+ points\)\."
)


@pytest.fixture
def phone(hass: HomeAssistant) -> Phone:
    """Return a phone."""
    return Phone(hass)


async def use(hass: HomeAssistant, back_hug: SimulatedBackHug, **inputs: Any) -> None:
    """Make an automation from the blueprint, as Home Assistant does."""
    shutil.copytree(BLUEPRINTS, hass.config.path("blueprints/automation/backhug"))
    inputs["session"] = back_hug.entity_id("event", "session")
    config = {
        "alias": "Tested",
        "use_blueprint": {"path": PATH, "input": inputs},
    }
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    await hass.async_block_till_done()
    assert automations_with_blueprint(hass, PATH) == [AUTOMATION]
    assert hass.states.is_state(AUTOMATION, "on")


async def complete(back_hug: SimulatedBackHug) -> None:
    """Complete a session of 20 minutes."""
    await back_hug.treat()
    back_hug.skip(20 * 60 - 22)
    back_hug.clock.advance(17)
    await until(
        lambda: (
            back_hug.state("event", "session").attributes["event_type"] == "completed"
        ),
        "the session is completed",
    )


async def stop(back_hug: SimulatedBackHug) -> None:
    """Stop a session in its third minute."""
    await back_hug.treat()
    back_hug.clock.advance(150)
    await back_hug.hass.async_block_till_done()
    await back_hug.call("switch", "turn_off", "session")


async def lose(back_hug: SimulatedBackHug) -> None:
    """End a session while the link is away, which is learnt later."""
    await back_hug.treat()
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")
    back_hug.back.stop_at_device()
    back_hug.peripheral.appear()
    await back_hug.shows("switch", "session", "off")


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("renamed", [False, True])
async def test_summary_with_the_picture(
    hass: HomeAssistant, home: Home, phone: Phone, renamed: bool
) -> None:
    """Minutes, before and after, where it eased most, and the PNG of this device, whatever it is called."""
    other = await home.add(Build(name="BackHug-2", address="C0:FF:EE:00:00:02"))
    back_hug = await home.add()
    for each in (other, back_hug):
        await home.seen(each)
        await each.set_up()
    picture = back_hug.entity_id("image", "tension_picture")
    if renamed:
        (device,) = dr.async_entries_for_config_entry(
            dr.async_get(hass), back_hug.entry.entry_id
        )
        dr.async_get(hass).async_update_device(device.id, name_by_user="Sofa")
    await use(hass, back_hug, phone=phone.device_id)
    await complete(back_hug)
    await until(lambda: phone.notifications, "the summary is sent")
    (notification,) = phone.notifications
    assert SUMMARY.fullmatch(notification["message"])
    tension = back_hug.state("event", "session").attributes
    before, after = tension["tension_before"], tension["tension_after"]
    assert f"tension {before} → {after} %" in notification["message"]
    assert notification["title"] == ("Sofa" if renamed else back_hug.entry.title)
    assert notification["data"] == {
        "tag": AUTOMATION,
        "image": f"/api/image_proxy/{picture}",
    }


async def test_summary_without_the_picture(
    hass: HomeAssistant, back_hug: SimulatedBackHug, phone: Phone
) -> None:
    """The image is disabled by default: the words come, never the SVG that the app does not show."""
    await use(hass, back_hug, phone=phone.device_id, title="Done")
    await complete(back_hug)
    await until(lambda: phone.notifications, "the summary is sent")
    (notification,) = phone.notifications
    assert notification["title"] == "Done"
    assert notification["data"] == {"tag": AUTOMATION}


async def test_summary_in_german(
    hass: HomeAssistant, back_hug: SimulatedBackHug, phone: Phone
) -> None:
    """It is in the language of Home Assistant."""
    hass.config.language = "de"
    await async_load_integrations(hass, {DOMAIN})
    await use(hass, back_hug, phone=phone.device_id)
    await complete(back_hug)
    await until(lambda: phone.notifications, "the summary is sent")
    assert re.fullmatch(
        r"Abgeschlossen, 20 Min\., Verspannung \d+ → \d+ %, "
        r"am meisten gelöst [\w ]+ \(um \d+ Punkte\)\.",
        phone.messages[0],
    )


@pytest.mark.parametrize(
    ("end", "inputs", "expected"),
    [
        (stop, {}, ["Stopped, 2 min."]),
        (stop, {"ends": ["completed"]}, []),
        (lose, {}, ["Stopped."]),
        (lose, {"missed": False}, []),
    ],
)
async def test_other_ends(
    hass: HomeAssistant,
    back_hug: SimulatedBackHug,
    phone: Phone,
    end: Callable[[SimulatedBackHug], Awaitable[None]],
    inputs: dict[str, Any],
    expected: list[str],
) -> None:
    """Without a measurement there are minutes only; what is not asked for is not sent."""
    await use(hass, back_hug, phone=phone.device_id, **inputs)
    await end(back_hug)
    await until(
        lambda: (
            back_hug.state("event", "session").attributes["event_type"] == "stopped"
        ),
        "the session is over",
    )
    await settle()
    await hass.async_block_till_done()
    assert phone.messages == expected
