"""Fixtures of the tests of the integration inside Home Assistant."""

from collections.abc import Generator
from datetime import timedelta
import logging
from typing import Any
from unittest.mock import patch

from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.components.recorder import (
    CONF_COMMIT_INTERVAL,
    DEFAULT_COMMIT_INTERVAL,
)
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.backhug.const import CONF_DEFAULT_PERSON, GUEST
from custom_components.backhug.programmes.own_settings import FIELDS
from custom_components.backhug.reachability.availability import GRACE
from tests.home import Home, SimulatedBackHug, put_forward, until

from .family import Family

OURS = "custom_components.backhug"


@pytest.fixture
def recorder_config() -> dict[str, Any]:
    """Commit now and then, as in a home, and not each change of a state by itself."""
    return {CONF_COMMIT_INTERVAL: DEFAULT_COMMIT_INTERVAL}


@pytest.fixture(autouse=True)
def no_unexpected_warnings(
    home: Home, caplog: pytest.LogCaptureFixture
) -> Generator[None]:
    """Fail a test that logs an unexpected warning or breaks the device's profile.

    A test that expects a warning looks at it and clears the log.
    """
    caplog.set_level(logging.INFO, OURS)
    yield
    assert warnings(caplog) == []
    for back_hug in home.back_hugs:
        assert back_hug.peripheral.complaints == []


@pytest.fixture
async def passive_home(home: Home) -> Home:
    """Return a home whose only Bluetooth proxy scans passively: it sees no names."""
    home.remove_scanner()
    await home.add_scanner("00:00:00:00:5C:02", passive=True)
    return home


@pytest.fixture
async def back_hug(home: Home) -> SimulatedBackHug:
    """Return a live, occupied BackHug."""
    back_hug = await home.add()
    await home.seen(back_hug)
    await back_hug.set_up()
    return back_hug


@pytest.fixture
async def off(home: Home) -> SimulatedBackHug:
    """Return a BackHug that is set up and switched off."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    return back_hug


@pytest.fixture
async def family(hass: HomeAssistant) -> Family:
    """Return Anna and Ben; and an owner, who is linked to no person."""
    assert await async_setup_component(hass, "person", {})
    owner = await hass.auth.async_create_user("Owner", group_ids=[GROUP_ID_ADMIN])
    family = Family(hass)
    family.users["Owner"] = owner.id
    await family.join("Anna")
    await family.join("Ben")
    return family


@pytest.fixture
async def shared(family: Family, home: Home) -> SimulatedBackHug:  # noqa: ARG001 (they are there first)
    """Return a BackHug whose household has decided that nobody is the default."""
    back_hug = await home.add()
    await home.seen(back_hug)
    back_hug.entry.add_to_hass(home.hass)
    home.hass.config_entries.async_update_entry(
        back_hug.entry, options={CONF_DEFAULT_PERSON: GUEST}
    )
    await back_hug.set_up()
    return back_hug


@pytest.fixture
def all_enabled() -> Generator[None]:
    """Enable entities that are disabled by default."""
    with patch.object(Entity, "entity_registry_enabled_default", True):
        yield


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return snapshots as Home Assistant writes them: no times, ids as names."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return our log records at warning or above."""
    return [
        message
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING
        and record.name.startswith((OURS, "homeassistant."))
        and "custom integration backhug which" not in (message := record.getMessage())
        # Wall-clock time, which depends on the machine's load.
        and not message.startswith("Updating state for")
    ]


def shown(hass: HomeAssistant, entity_id: str) -> list[str]:
    """Return the growing list of an entity's states from now on."""
    states: list[str] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == entity_id and event.data["new_state"]:
            states.append(event.data["new_state"].state)

    hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    return states


def requests(back_hug: SimulatedBackHug) -> list[tuple[int, ...]]:
    """Return the requests received since the last call: opcodes with parameters."""
    received = [(each.opcode, *each.parameters) for each in back_hug.back.requests]
    back_hug.back.requests.clear()
    return received


async def arrived(back_hug: SimulatedBackHug) -> None:
    """Wait until what the device has notified is known here."""
    left = back_hug.back.seconds_left

    def status_known() -> bool:
        status = back_hug.coordinator.controller.back_hug.reported.status
        return status is not None and (
            status.seconds_left == left
            and status.state == back_hug.back.state.name.lower()
        )

    await until(status_known, "the device's status is known here")
    await back_hug.hass.async_block_till_done()


async def as_at_first(back_hug: SimulatedBackHug) -> None:
    """End a session at the device, and set what was set at first."""
    back_hug.coordinator.controller.own_settings.async_release(*FIELDS)
    back_hug.back.stop_at_device()
    # The last seconds are notified.
    back_hug.skip(14)
    back_hug.clock.advance(2)
    back_hug.back.set_at_device(strength=3, area=0, flow=0, minutes=20)
    for platform, key, value in (
        ("sensor", "state", "standby"),
        ("number", "strength", "3"),
        ("select", "area", "full_back"),
        ("select", "flow", "slow"),
        ("number", "session_length", "20"),
    ):
        await back_hug.shows(platform, key, value)
    back_hug.back.requests.clear()


async def out_of_reach(back_hug: SimulatedBackHug) -> None:
    """Keep the device out of reach while it treats, until it appears again."""
    await back_hug.treat()
    requests(back_hug)
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")
    put_forward(back_hug.hass, timedelta(seconds=GRACE + 1))
    await back_hug.shows("switch", "session", "unavailable")
