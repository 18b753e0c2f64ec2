"""An existing installation: everything that commit a8d42b7 stored is loaded and kept.

The fixtures are the files that it wrote to `.storage`, of the entity registry only the keys used here. A session had
been completed, and a stop was due for the next one.
"""

from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.backhug.const import CONF_LAST_CONTACT, DOMAIN
from custom_components.backhug.device.model import SessionEnd
from tests.home import Home, SimulatedBackHug, until

_FILES: Final = Path(__file__).parent / "fixtures/installation"


def load(key: str) -> dict[str, Any]:
    """Return a stored file."""
    stored: dict[str, Any] = json.loads((_FILES / key).read_text())
    return stored


@pytest.fixture
async def existing(home: Home, hass_storage: dict[str, Any]) -> SimulatedBackHug:
    """Return the BackHug of the installation, which is switched off and not set up yet."""
    for path in _FILES.glob("backhug.*"):
        hass_storage[path.name] = load(path.name)
    (stored,) = load("core.config_entries")["data"]["entries"]
    back_hug = await home.add(powered=False)
    back_hug.entry = MockConfigEntry(
        domain=DOMAIN,
        **{
            key: stored[key]
            for key in ("entry_id", "data", "options", "title", "unique_id", "version")
        },
        subentries_data=stored["subentries"],
    )
    back_hug.entry.add_to_hass(home.hass)
    registry = er.async_get(home.hass)
    for entity in load("core.entity_registry")["data"]["entities"]:
        platform, _, object_id = entity["entity_id"].partition(".")
        registry.async_get_or_create(
            platform,
            entity["platform"],
            entity["unique_id"],
            config_entry=back_hug.entry,
            suggested_object_id=object_id,
        )
        registry.async_update_entity(entity["entity_id"], name=entity["name"])
    return back_hug


def entities(hass: HomeAssistant) -> dict[str, tuple[str, str | None]]:
    """Return the unique ids and names of all entities that are not new since, by id."""
    new = {
        "calendar.backhug_7f2a_plan",
        "sensor.backhug_7f2a_next_session_due",
        "image.backhug_7f2a_tension_map_picture",
        "button.backhug_7f2a_stop",
        "select.backhug_7f2a_person",
        "sensor.backhug_7f2a_fault",
    }
    return {
        entity.entity_id: (entity.unique_id, entity.name)
        for entity in er.async_get(hass).entities.values()
        if entity.platform == DOMAIN and entity.entity_id not in new
    }


async def test_everything_is_kept(existing: SimulatedBackHug) -> None:
    """Entities, options, programmes, history and the due stop are as they were."""
    before = entities(existing.hass)
    options = dict(existing.entry.options)
    await existing.set_up(live=False)
    assert entities(existing.hass) == before
    registry = er.async_get(existing.hass)
    assert not any(registry.entities[entity_id].disabled for entity_id in before)
    assert before["number.my_strength"] == (
        f"{existing.build.address}_strength",
        "My strength",
    )
    assert dict(existing.entry.options) == options
    assert existing.value("select", "programme") == "Mine"
    programme = existing.coordinator.controller.runner.chosen
    assert programme is not None
    assert [step.minutes for step in programme.steps] == [4, 6, 5]
    (session,) = existing.coordinator.history.sessions
    assert (session.number, session.ended_by) == (1, SessionEnd.COMPLETED)
    assert session.tension_change is not None
    assert existing.coordinator.history.treated == 20 * 60
    assert existing.coordinator.stored.stop_due == [2]


async def test_due_stop_is_delivered(existing: SimulatedBackHug) -> None:
    """The session that was to be stopped is stopped on the first connection, and is in the history."""
    existing.back.session_number = 1
    existing.back.switch_on()
    existing.back.start_at_device(15)
    assert existing.back.running
    await existing.set_up()
    await until(lambda: not existing.back.running, "it is stopped")
    await until(lambda: not existing.coordinator.stored.stop_is_kept, "it is over")
    history = existing.coordinator.history
    await until(lambda: len(history.sessions) == 2, "its end is reported")
    assert [each.number for each in history.sessions] == [1, 2]
    assert history.sessions[-1].programme == "Mine"


async def test_last_contact_moves_out_of_the_entry(
    existing: SimulatedBackHug, hass_storage: dict[str, Any]
) -> None:
    """The last contact moves from the config entry to the stored state, once."""
    (stored,) = load("core.config_entries")["data"]["entries"]
    contact = datetime.fromisoformat(stored["data"][CONF_LAST_CONTACT])
    await existing.set_up(live=False)
    assert CONF_LAST_CONTACT not in existing.entry.data
    assert existing.coordinator.stored.last_contact == contact
    saved = hass_storage[f"backhug.programmes.{existing.entry.entry_id}"]
    assert saved["minor_version"] == 3
    assert saved["data"]["address"] == existing.build.address
    assert saved["data"][CONF_LAST_CONTACT] == contact.isoformat()
    assert await existing.hass.config_entries.async_reload(existing.entry.entry_id)
    assert existing.coordinator.stored.last_contact == contact


async def test_unreadable_last_contact_is_dropped(existing: SimulatedBackHug) -> None:
    """A last contact that is not a time does not keep the entry from being set up."""
    existing.hass.config_entries.async_update_entry(
        existing.entry, data={**existing.entry.data, CONF_LAST_CONTACT: "yesterday"}
    )
    began = datetime.now(UTC)
    await existing.set_up(live=False)
    assert CONF_LAST_CONTACT not in existing.entry.data
    contact = existing.coordinator.stored.last_contact
    assert contact is not None
    assert contact >= began
