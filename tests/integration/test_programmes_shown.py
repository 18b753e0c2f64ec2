"""Which programme is shown, chosen and stored."""

from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.programmes.catalogue import BUILT_IN
from tests.home import SimulatedBackHug, until

from .conftest import warnings
from .programme_runs import (
    SHOULDER_BLADES,
    THREE_STEPS,
    WAVE,
    add_programme,
    choose,
    pass_time,
    reload,
    set_to,
    start,
)


async def test_selection_follows_own_programmes(back_hug: SimulatedBackHug) -> None:
    """Own programmes are added, renamed and removed live; the selection follows."""
    assert back_hug.value("select", "programme") == "none"
    assert back_hug.state("select", "programme").attributes["options"] == [
        "none",
        *BUILT_IN,
    ]
    subentry = add_programme(back_hug)
    add_programme(back_hug, "after work")
    options = back_hug.state("select", "programme").attributes["options"]
    assert options == ["none", *BUILT_IN, "after work", "Mine"]
    await choose(back_hug, "Mine")
    assert back_hug.state("select", "programme").attributes["minutes"] == 15
    back_hug.hass.config_entries.async_update_subentry(
        back_hug.entry, subentry, title="Ours"
    )
    assert back_hug.value("select", "programme") == "Ours"
    await reload(back_hug)
    assert back_hug.value("select", "programme") == "Ours"
    back_hug.hass.config_entries.async_remove_subentry(
        back_hug.entry, subentry.subentry_id
    )
    assert back_hug.value("select", "programme") == "none"
    await choose(back_hug, "short_break")
    await choose(back_hug, "none")
    assert back_hug.value("select", "programme") == "none"
    assert back_hug.coordinator.controller.runner.chosen is None


async def test_stored_state_is_removed_with_the_entry(
    hass: HomeAssistant, back_hug: SimulatedBackHug, hass_storage: dict[str, Any]
) -> None:
    """Stored state goes with the device."""
    await choose(back_hug, "short_break")
    await hass.async_block_till_done()
    key = f"backhug.programmes.{back_hug.entry.entry_id}"
    assert hass_storage[key]["data"]["chosen"] == "short_break"
    await hass.config_entries.async_remove(back_hug.entry.entry_id)
    assert key not in hass_storage


@pytest.mark.parametrize(
    "data",
    [
        pytest.param([1], id="no object"),
        pytest.param(
            {"chosen": "none", "run": None, "armed_until": None, "stop_due": ["x"]},
            id="no number",
        ),
    ],
)
async def test_unreadable_stored_state_starts_empty(
    back_hug: SimulatedBackHug,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    data: Any,
) -> None:
    """Unreadable stored state starts empty, and is logged once."""
    entries = back_hug.hass.config_entries
    await entries.async_unload(back_hug.entry.entry_id)
    key = f"backhug.programmes.{back_hug.entry.entry_id}"
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": data}
    await back_hug.set_up()
    (warning,) = warnings(caplog)
    assert "stored state of a BackHug cannot be read" in warning
    caplog.clear()
    assert back_hug.value("select", "programme") == "none"
    await choose(back_hug, "short_break")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"steps": []}, id="no steps"),
        pytest.param({"step": 9}, id="no such step"),
        pytest.param({"session": "x"}, id="no number"),
        pytest.param({"unsent": 3}, id="no settings"),
    ],
)
async def test_unreadable_run_is_dropped(
    back_hug: SimulatedBackHug,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    change: dict[str, Any],
) -> None:
    """A stored run that cannot be read is dropped and logged once; its session goes on."""
    await choose(back_hug, "short_break")
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "programme_step", "1")
    entries = back_hug.hass.config_entries
    await entries.async_unload(back_hug.entry.entry_id)
    key = f"backhug.programmes.{back_hug.entry.entry_id}"
    assert hass_storage[key]["data"]["run"] is not None
    hass_storage[key]["data"]["run"].update(change)
    await back_hug.set_up()
    (warning,) = warnings(caplog)
    assert "continues without it" in warning
    caplog.clear()
    assert back_hug.value("sensor", "programme_step") == "unknown"
    assert back_hug.back.running


async def test_run_of_a_later_version_is_read(
    back_hug: SimulatedBackHug, hass_storage: dict[str, Any]
) -> None:
    """A run that a later version stored goes on with what is known."""
    await choose(back_hug, "short_break")
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "programme_step", "1")
    await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    stored = hass_storage[f"backhug.programmes.{back_hug.entry.entry_id}"]
    stored["minor_version"] = 9
    stored["data"]["mood"] = "fine"
    run = stored["data"]["run"]
    run["heat"] = 3
    run["unsent"]["heat"] = 2
    run["steps"][1] |= {"heat": 3, "area": "tail"}
    changes = [{"step": 1, "change": "warmed"}, {"step": 2, "change": "shortened"}]
    run["skipped"] = [{"wanted": 4, "used": 3, "heat": 3, **each} for each in changes]
    await back_hug.set_up()
    await back_hug.shows("sensor", "programme_step", "1")
    skipped = back_hug.state("sensor", "programme_step").attributes["skipped"]
    assert skipped == [{"step": 2, "change": "shortened", "wanted": 4, "used": 3}]
    area = back_hug.back.area
    back_hug.clock.advance(240)
    await back_hug.shows("sensor", "programme_step", "2")
    await until(lambda: back_hug.back.flow == 3, "the second step is set")
    assert back_hug.back.area == area
    assert back_hug.state("sensor", "programme_step").attributes["area"] is None


async def test_chosen_programme_says_what_it_will_do(
    back_hug: SimulatedBackHug,
) -> None:
    """Its steps are those that the device will run."""
    add_programme(back_hug)
    assert "sequence" not in back_hug.state("select", "programme").attributes
    await choose(back_hug, "Mine")
    shown = back_hug.state("select", "programme").attributes
    assert shown["sequence"] == THREE_STEPS["steps"]
    assert shown["minutes"] == 15
    assert shown["applies_to"] == "next_session"
    assert shown["running"] is None


async def test_programme_of_the_action_is_shown_while_it_runs(
    back_hug: SimulatedBackHug,
) -> None:
    """The select shows what runs; afterwards the choice for the next session again."""
    add_programme(back_hug)
    await choose(back_hug, "short_break")
    await back_hug.hass.services.async_call(
        DOMAIN,
        "start_session",
        {"entity_id": back_hug.entity_id("switch", "session"), "programme": "Mine"},
        blocking=True,
    )
    await back_hug.shows("select", "programme", "Mine")
    shown = back_hug.state("select", "programme").attributes
    assert shown["applies_to"] == "running_session"
    assert (shown["running"], shown["next"]) == ("Mine", "short_break")
    assert shown["minutes"] == 15
    await back_hug.call("switch", "turn_off", "session")
    await back_hug.shows("select", "programme", "short_break")


async def test_choice_during_a_session_applies_to_the_next(
    back_hug: SimulatedBackHug,
) -> None:
    """It is shown at once, as the next one, and the running programme goes on."""
    await start(back_hug)
    await choose(back_hug, "short_break")
    assert back_hug.value("select", "programme") == "short_break"
    shown = back_hug.state("select", "programme").attributes
    assert shown["applies_to"] == "next_session"
    assert shown["running"] == "Mine"
    assert shown["minutes"] == 10
    await pass_time(back_hug, 240)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
    await back_hug.call("switch", "turn_off", "session")
    back_hug.clock.advance(20)
    await back_hug.shows("sensor", "state", "standby")
    await back_hug.call("switch", "turn_on", "session")
    await back_hug.shows("select", "programme", "short_break")
    shown = back_hug.state("select", "programme").attributes
    assert shown["applies_to"] == "running_session"


async def test_programme_stays_shown_while_its_session_is_being_stopped(
    back_hug: SimulatedBackHug,
) -> None:
    """No page takes the moment until the device stops for a session without a programme."""
    await start(back_hug)
    entity = back_hug.state("select", "programme").entity_id
    shown = async_capture_events(back_hug.hass, EVENT_STATE_CHANGED)
    await back_hug.call("switch", "turn_off", "session")
    await back_hug.shows("sensor", "state", "finishing")
    programmes = {
        event.data["new_state"].state
        for event in shown
        if event.data["entity_id"] == entity
    }
    assert programmes == {"Mine"}
    assert back_hug.value("select", "programme") == "Mine"


async def test_deleted_programme_is_not_shown(back_hug: SimulatedBackHug) -> None:
    """A programme that is deleted while it runs goes on, and is no option any more."""
    await start(back_hug)
    (subentry,) = back_hug.entry.subentries
    back_hug.hass.config_entries.async_remove_subentry(back_hug.entry, subentry)
    assert back_hug.value("select", "programme") == "none"
    shown = back_hug.state("select", "programme").attributes
    assert (shown["running"], shown["next"]) == ("Mine", "none")
    assert back_hug.value("sensor", "programme_step") == "1"


async def test_session_with_its_own_settings_is_refused_while_a_programme_runs(
    back_hug: SimulatedBackHug,
) -> None:
    """The programme goes on, and is shown."""
    await start(back_hug)
    with pytest.raises(HomeAssistantError) as error:
        await back_hug.hass.services.async_call(
            DOMAIN,
            "start_session",
            {"entity_id": back_hug.entity_id("switch", "session"), "strength": 6},
            blocking=True,
        )
    assert error.value.translation_key == "wrong_state"
    assert back_hug.value("sensor", "programme_step") == "1"
    await pass_time(back_hug, 240)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
