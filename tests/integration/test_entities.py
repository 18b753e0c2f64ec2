"""Entities: which ones a device has, and their properties."""

from collections.abc import Iterator
from copy import replace
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import snapshot_platform
from syrupy.assertion import SnapshotAssertion

from custom_components.backhug import PLATFORMS
from custom_components.backhug.const import DOMAIN
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, until

ALWAYS = {
    "binary_sensor.connected",
    "binary_sensor.problem",
    "button.stop",
    "calendar.plan",
    "event.session",
    "number.session_length",
    "number.strength",
    "select.area",
    "select.flow",
    "select.person",
    "select.programme",
    "sensor.fault",
    "sensor.last_session",
    "sensor.last_session_ended_by",
    "sensor.minutes_treated",
    "sensor.next_session_due",
    "sensor.programme_step",
    "sensor.session_ends",
    "sensor.sessions",
    "sensor.signal_strength",
    "sensor.state",
    "switch.hold_connection",
    "switch.session",
}
PAUSE = {"button.pause_resume"}
OCCUPANCY = {"binary_sensor.occupied", "sensor.armed_until"}
LEG_REST = {"binary_sensor.leg_rest"}
REGIONS = {
    "sensor.tension_left_upper",
    "sensor.tension_left_mid",
    "sensor.tension_left_lower",
    "sensor.tension_right_upper",
    "sensor.tension_right_mid",
    "sensor.tension_right_lower",
}
TENSION = REGIONS | {
    "image.tension_map",
    "image.tension_picture",
    "sensor.tension",
    "sensor.tension_after",
    "sensor.tension_before",
    "sensor.tension_change",
}
DISABLED = {
    "image.tension_picture",
    "sensor.sessions",
    "sensor.signal_strength",
} | REGIONS
EVERYTHING = ALWAYS | PAUSE | OCCUPANCY | LEG_REST | TENSION


def registered(
    hass: HomeAssistant, back_hug: SimulatedBackHug
) -> dict[str, er.RegistryEntry]:
    """Return the registry entries of a BackHug by platform and key."""
    prefix = f"{back_hug.build.address}_"
    entries = er.async_entries_for_config_entry(
        er.async_get(hass), back_hug.entry.entry_id
    )
    assert all(entry.unique_id.startswith(prefix) for entry in entries)
    return {
        f"{entry.domain}.{entry.unique_id.removeprefix(prefix)}": entry
        for entry in entries
    }


@pytest.fixture
def same_token() -> Iterator[None]:
    """Make the access token of an image constant."""
    with patch("random.SystemRandom.getrandbits", lambda *_: 1):
        yield


@pytest.mark.usefixtures("all_enabled", "same_token")
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_snapshot(
    home: Home, snapshot: SnapshotAssertion, platform: Platform
) -> None:
    """Registry entry and state of every entity match the snapshot.

    A changed unique id needs a migration: do not just update the snapshot.
    """
    if platform is Platform.CONVERSATION:
        assert await async_setup_component(home.hass, "homeassistant", {})
        assert await async_setup_component(home.hass, "conversation", {})
    back_hug = await home.add()
    await home.seen(back_hug)
    with patch("custom_components.backhug.PLATFORMS", [platform]):
        await back_hug.set_up()
        await snapshot_platform(
            home.hass, er.async_get(home.hass), snapshot, back_hug.entry.entry_id
        )


@pytest.mark.parametrize(
    ("build", "missing"),
    [
        pytest.param(Build(), set(), id="everything"),
        pytest.param(Build(can_pause=False), PAUSE, id="no pause"),
        pytest.param(Build(senses_occupancy=False), OCCUPANCY, id="no occupancy"),
        pytest.param(Build(reports_leg_rest=False), LEG_REST, id="no leg rest"),
        pytest.param(Build(measures_tension=False), TENSION, id="no tension"),
        pytest.param(
            Build(
                can_pause=False,
                senses_occupancy=False,
                reports_leg_rest=False,
                measures_tension=False,
            ),
            EVERYTHING - ALWAYS,
            id="nothing optional",
        ),
        pytest.param(Build(areas=(8, 15)), {"select.area"}, id="no area that we know"),
        pytest.param(Build(flows=(5,)), {"select.flow"}, id="no flow that we know"),
    ],
)
async def test_device_has_only_supported_entities(
    home: Home, build: Build, missing: set[str]
) -> None:
    """Entities without a feature of the device are missing; all others are available."""
    back_hug = await home.add(build)
    await home.seen(back_hug)
    await back_hug.set_up()
    entries = registered(home.hass, back_hug)
    assert set(entries) == EVERYTHING - missing
    for key, entry in entries.items():
        state = home.hass.states.get(entry.entity_id)
        if key in DISABLED:
            assert state is None
        else:
            assert state
            assert state.state != "unavailable"


async def updated(back_hug: SimulatedBackHug, **changes: Any) -> None:
    """Restart the device with a firmware that has other features."""
    loaded = back_hug.coordinator
    await back_hug.peripheral.restart(replace(back_hug.build, **changes))
    await until(
        lambda: (
            back_hug.entry.state is ConfigEntryState.LOADED
            and back_hug.coordinator is not loaded
        ),
        "the entry is reloaded",
    )
    await back_hug.live()
    # The cached services may be of the other firmware.
    back_hug.peripheral.complaints.clear()


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        (
            {"can_pause": False, "reports_leg_rest": False, "areas": (8,)},
            PAUSE | LEG_REST | {"select.area"},
        ),
        (
            {"senses_occupancy": False, "measures_tension": False, "flows": (5,)},
            OCCUPANCY | TENSION | {"select.flow"},
        ),
    ],
)
async def test_unsupported_entities_are_removed(
    home: Home, changes: dict[str, Any], missing: set[str]
) -> None:
    """They return with the feature, with the user's settings; the other entities are unchanged."""
    back_hug = await home.add()
    await home.seen(back_hug)
    await back_hug.set_up()
    registry = er.async_get(home.hass)
    before = registered(home.hass, back_hug)
    mine, disabled = (sorted(missing) * 2)[:2]
    platform, key = mine.split(".")
    registry.async_update_entity(
        before[mine].entity_id, new_entity_id=f"{platform}.my_{key}", name="Mine"
    )
    if disabled != mine:
        registry.async_update_entity(
            before[disabled].entity_id, disabled_by=er.RegistryEntryDisabler.USER
        )
    before = registered(home.hass, back_hug)
    await updated(back_hug, **changes)
    assert registered(home.hass, back_hug) == {
        key: entry for key, entry in before.items() if key not in missing
    }
    assert home.hass.states.get(f"{platform}.my_{key}") is None
    await updated(back_hug)
    after = registered(home.hass, back_hug)
    assert set(after) == set(before)
    for each, entry in after.items():
        for attribute in ("id", "entity_id", "name", "disabled_by"):
            assert getattr(entry, attribute) == getattr(before[each], attribute)


async def test_entity_of_a_later_version_is_kept(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Only entities that this version defines are removed."""
    registry = er.async_get(home.hass)
    entity = registry.async_get_or_create(
        "sensor",
        DOMAIN,
        f"{back_hug.build.address}_mood",
        config_entry=back_hug.entry,
    )
    await home.hass.config_entries.async_reload(back_hug.entry.entry_id)
    assert registry.async_get(entity.entity_id)


async def test_categories_and_defaults(home: Home, back_hug: SimulatedBackHug) -> None:
    """Main controls have no category, because voice assistants expose only those."""
    entries = registered(home.hass, back_hug)
    categories = {
        key: entry.entity_category
        for key, entry in entries.items()
        if entry.entity_category
    }
    assert categories == {
        "binary_sensor.connected": EntityCategory.DIAGNOSTIC,
        "sensor.fault": EntityCategory.DIAGNOSTIC,
        "sensor.signal_strength": EntityCategory.DIAGNOSTIC,
        "switch.hold_connection": EntityCategory.CONFIG,
    }
    disabled = {key for key, entry in entries.items() if entry.disabled_by}
    assert disabled == DISABLED


async def test_existing_installation_keeps_enabled_regions(home: Home) -> None:
    """A region sensor that an earlier version enabled stays enabled; the new ones are disabled."""
    back_hug = await home.add()
    back_hug.entry.add_to_hass(home.hass)
    registry = er.async_get(home.hass)
    existing = registry.async_get_or_create(
        "sensor",
        DOMAIN,
        f"{back_hug.build.address}_tension_left_upper",
        config_entry=back_hug.entry,
        suggested_object_id="my_left_shoulder",
    )
    await home.seen(back_hug)
    await back_hug.set_up()
    entries = registered(home.hass, back_hug)
    assert entries["sensor.tension_left_upper"].entity_id == existing.entity_id
    assert home.hass.states.get("sensor.my_left_shoulder") is not None
    disabled = {key for key, entry in entries.items() if entry.disabled_by}
    assert disabled == DISABLED - {"sensor.tension_left_upper"}


@pytest.mark.parametrize(
    ("build", "key", "options", "shown"),
    [
        pytest.param(
            Build(areas=tuple(range(8))),
            "area",
            [
                "full_back",
                "upper_back",
                "mid_back",
                "lower_back",
                "shoulder_blades",
                "along_spine",
                "left_side",
                "right_side",
            ],
            "full_back",
            id="all areas",
        ),
        pytest.param(
            Build(areas=(3, 7)),
            "area",
            ["lower_back", "right_side"],
            "lower_back",
            id="two areas",
        ),
        pytest.param(
            Build(areas=(2, 9, 15)),
            "area",
            ["mid_back"],
            "mid_back",
            id="areas that we do not know",
        ),
        pytest.param(
            Build(flows=(0, 1, 2, 3, 4)),
            "flow",
            ["slow", "medium", "fast", "wave", "pulse"],
            "slow",
            id="all flows",
        ),
        pytest.param(
            Build(flows=(4, 12)), "flow", ["pulse"], "pulse", id="flows we do not know"
        ),
    ],
)
async def test_select_offers_known_options_of_the_device(
    home: Home, build: Build, key: str, options: list[str], shown: str
) -> None:
    """Options are those of the device that the profile defines, in the profile's order."""
    back_hug = await home.add(build)
    await home.seen(back_hug)
    await back_hug.set_up()
    state = back_hug.state("select", key)
    assert state.attributes["options"] == options
    assert state.state == shown


async def test_undefined_area_is_unknown(home: Home) -> None:
    """An area that the profile does not define is unknown; another one can be selected."""
    back_hug = await home.add(Build(areas=(2, 9)))
    await home.seen(back_hug)
    await back_hug.set_up()
    back_hug.back.set_at_device(area=9)
    await back_hug.shows("select", "area", "unknown")
    await back_hug.call("select", "select_option", "area", option="mid_back")
    assert back_hug.back.area == 2
    assert back_hug.value("select", "area") == "mid_back"


async def test_area_that_is_not_offered_is_unknown(back_hug: SimulatedBackHug) -> None:
    """An area that the device reports but does not offer is unknown."""
    back_hug.back.area = 7
    back_hug.peripheral.status_changed()
    await back_hug.shows("select", "area", "unknown")
    assert "right_side" not in back_hug.state("select", "area").attributes["options"]


@pytest.mark.parametrize(
    ("build", "strengths", "minutes"),
    [
        (Build(), (1, 10), (5, 60)),
        (Build(strengths=1), (1, 1), (5, 60)),
        (Build(strengths=20, shortest=1, longest=15), (1, 20), (1, 15)),
        (Build(shortest=20, longest=255), (1, 10), (20, 60)),
    ],
)
async def test_numbers_have_the_bounds_of_the_device(
    home: Home, build: Build, strengths: tuple[int, int], minutes: tuple[int, int]
) -> None:
    """A session is never longer than 60 minutes."""
    back_hug = await home.add(build)
    await home.seen(back_hug)
    await back_hug.set_up()
    for key, bounds in (("strength", strengths), ("session_length", minutes)):
        attributes = back_hug.state("number", key).attributes
        assert (attributes["min"], attributes["max"]) == bounds
        assert attributes["step"] == 1
        assert attributes["mode"] == "slider"
