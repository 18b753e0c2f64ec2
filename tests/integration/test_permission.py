"""Permissions: an action needs the permission that the session switch needs."""

from typing import Any

from homeassistant.auth.const import (
    GROUP_ID_ADMIN,
    GROUP_ID_READ_ONLY,
    GROUP_ID_USER,
)
from homeassistant.auth.models import Group, User
from homeassistant.auth.permissions.models import PermissionLookup
from homeassistant.const import ENTITY_MATCH_ALL
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized, UnknownUser
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    intent,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.backhug.voice.responses import Texts
from development.model import Failed
from simulator.build import Build
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug

from .action_calls import act_as, somebody
from .conftest import as_at_first
from .models import ApiModel

SECOND = Build(name="BackHug-2", address="C0:FF:EE:00:00:02")
CONTROLS = [
    ("start_session", {}),
    ("start_session", {"when_occupied": True}),
    ("stop_session", {}),
    ("pause_session", {}),
    ("resume_session", {}),
    ("adjust_session", {"strength": 1}),
]
CONSULTATION: dict[str, Any] = {"cautions": "none", "feeling": "tired"}


@pytest.fixture
async def two(home: Home, back_hug: SimulatedBackHug) -> list[SimulatedBackHug]:
    """Return two live BackHugs, in one area and with one label, in a home with an owner."""
    second = await home.add(SECOND)
    await home.seen(second)
    await second.set_up()
    await home.hass.auth.async_create_user("owner")
    area = ar.async_get(home.hass).async_create("Wellness")
    label = lr.async_get(home.hass).async_create("Massage")
    both = [back_hug, second]
    for each in both:
        dr.async_get(home.hass).async_update_device(
            device_id(each), area_id=area.id, labels={label.label_id}
        )
    return both


def device_id(back_hug: SimulatedBackHug) -> str:
    """Return the id of the device."""
    (device,) = dr.async_entries_for_config_entry(
        dr.async_get(back_hug.hass), back_hug.entry.entry_id
    )
    return device.id


def running(back_hug: SimulatedBackHug) -> bool:
    """Return whether a session runs on the device."""
    return back_hug.back.running


def guest(
    hass: HomeAssistant, entities: dict[str, Any], domain: str = "entity_ids"
) -> User:
    """Return a user with a policy of their own."""
    user = MockUser(groups=[Group("guests", {"entities": {domain: entities}})])
    user.perm_lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))
    added: User = user.add_to_hass(hass)
    return added


def session(back_hug: SimulatedBackHug) -> str:
    """Return the id of the session switch."""
    return back_hug.entity_id("switch", "session")


@in_one_home(("action", "data"), CONTROLS)
async def test_read_only_user_controls_nothing(
    two: list[SimulatedBackHug], action: str, data: dict[str, Any]
) -> None:
    """A user who may not turn the session on may not start, change or stop it by an action."""
    first, _ = two
    hass = first.hass
    user = await somebody(hass, GROUP_ID_READ_ONLY)
    targets: list[dict[str, Any]] = [
        {"entity_id": session(first)},
        {"entity_id": ENTITY_MATCH_ALL},
        {"device_id": device_id(first)},
        {"area_id": "wellness"},
        {"label_id": "massage"},
    ]
    for target in targets:
        with pytest.raises(Unauthorized):
            await act_as(hass, user, action, **target, **data)
    assert [each.back.requests for each in two] == [[], []]
    assert first.coordinator.controller.start_on_occupancy.until is None


async def test_read_only_user_reads(two: list[SimulatedBackHug]) -> None:
    """Actions that only read need the permission to read; saving a programme needs more."""
    first, _ = two
    hass = first.hass
    user = await somebody(hass, GROUP_ID_READ_ONLY)
    target: dict[str, Any] = {"device_id": device_id(first)}
    assert await act_as(hass, user, "get_tension", True, **target)
    assert await act_as(hass, user, "consult", True, **target, **CONSULTATION)
    with pytest.raises(Unauthorized):
        await act_as(
            hass, user, "consult", True, **target, **CONSULTATION, save_as="Mine"
        )
    assert not first.entry.subentries


async def test_blind_user_reads_nothing(two: list[SimulatedBackHug]) -> None:
    """A user without any permission reads nothing."""
    first, _ = two
    user = guest(first.hass, {"light.one": True})
    asked: list[tuple[str, dict[str, Any]]] = [
        ("get_tension", {}),
        ("consult", CONSULTATION),
    ]
    for action, data in asked:
        with pytest.raises(Unauthorized):
            await act_as(
                first.hass, user, action, True, entity_id=session(first), **data
            )


@pytest.mark.parametrize("admin", [True, False])
async def test_users_control(two: list[SimulatedBackHug], admin: bool) -> None:
    """Users whom Home Assistant lets control everything may do everything."""
    first, second = two
    user = await somebody(first.hass, GROUP_ID_ADMIN if admin else GROUP_ID_USER)
    await act_as(first.hass, user, "start_session", area_id="wellness")
    assert running(first)
    assert running(second)
    await act_as(first.hass, user, "stop_session", entity_id=ENTITY_MATCH_ALL)
    assert not running(first)


@in_one_home("by", ["entity_ids", "device_ids", "area_ids"])
async def test_policy_of_one_device_allows_that_one(
    two: list[SimulatedBackHug], by: str
) -> None:
    """A policy for one BackHug allows it alone, and as one of all."""
    first, second = two
    hass = first.hass
    study = ar.async_get(hass).async_get_or_create("Study")
    dr.async_get(hass).async_update_device(device_id(first), area_id=study.id)
    key = {
        "entity_ids": session(first),
        "device_ids": device_id(first),
        "area_ids": study.id,
    }[by]
    user = guest(hass, {key: {"control": True}}, by)
    ids = [device_id(each) for each in two]
    targets: list[dict[str, Any]] = [
        {"device_id": ids},
        {"label_id": "massage"},
        {"entity_id": [session(first), session(second)]},
        {"entity_id": session(second)},
    ]
    for target in targets:
        with pytest.raises(Unauthorized):
            await act_as(hass, user, "start_session", **target)
    assert not running(first)
    await act_as(hass, user, "start_session", device_id=ids[0])
    assert running(first)
    await act_as(hass, user, "stop_session", entity_id=ENTITY_MATCH_ALL)
    assert not running(first)
    assert second.back.requests == []
    await as_at_first(first)


async def test_named_entities_need_permission_too(two: list[SimulatedBackHug]) -> None:
    """A permission for the switch does not suffice for another named entity, nor the reverse."""
    first, _ = two
    hass = first.hass
    state = first.entity_id("sensor", "state")
    for allowed in (session(first), state):
        user = guest(hass, {allowed: {"control": True}})
        with pytest.raises(Unauthorized):
            await act_as(hass, user, "start_session", entity_id=state)
    both = {each: {"control": True} for each in (session(first), state)}
    await act_as(hass, guest(hass, both), "start_session", entity_id=state)
    assert running(first)


async def test_missing_switch_grants_nothing(two: list[SimulatedBackHug]) -> None:
    """Without the switch a limited user has no permission."""
    first, _ = two
    hass = first.hass
    user = await somebody(hass)
    target: dict[str, Any] = {"device_id": device_id(first)}
    er.async_get(hass).async_remove(session(first))
    with pytest.raises(Unauthorized):
        await act_as(hass, user, "start_session", **target)
    await act_as(hass, None, "start_session", **target)
    assert running(first)


async def test_unknown_user_has_no_permission(two: list[SimulatedBackHug]) -> None:
    """A user who does not exist, or no longer, may do nothing."""
    first, _ = two
    with pytest.raises(UnknownUser):
        await act_as(first.hass, MockUser(), "start_session", entity_id=session(first))
    assert not running(first)


# Assistants


@in_one_home(
    "intent_type", ["BackHugStartSession", "BackHugStopSession", "BackHugStronger"]
)
async def test_voice_has_the_permission_of_its_user(
    two: list[SimulatedBackHug], intent_type: str
) -> None:
    """A speaker may do what they may do by hand, and gets an explanation."""
    first, _ = two
    hass = first.hass
    assert await async_setup_component(hass, "intent", {})
    await hass.async_block_till_done()
    user = await somebody(hass, GROUP_ID_READ_ONLY)
    response = await intent.async_handle(
        hass,
        "test",
        intent_type,
        {"name": {"value": "BackHug-7F2A"}},
        context=Context(user_id=user.id),
    )
    assert response.error_code is intent.IntentResponseErrorCode.FAILED_TO_HANDLE
    said = response.speech["plain"]["speech"]
    assert said == "You are not allowed to do that with BackHug-7F2A."
    assert first.back.requests == []


async def test_voice_passes_on_other_errors(hass: HomeAssistant) -> None:
    """Other errors are spoken in their own words."""
    texts = await Texts.async_load(hass, "en")
    assert texts.error(HomeAssistantError("Out of order"), "it") == "Out of order"


@in_one_home(
    ("tool", "args"),
    [
        ("start_session", {}),
        ("stop_session", {}),
        ("adjust_session", {"strength_step": -1}),
        (
            "save_programme",
            {
                "name": "Mine",
                "steps": [
                    {"area": "full_back", "flow": "slow", "strength": 2, "minutes": 9}
                ],
            },
        ),
    ],
)
async def test_model_has_the_permission_of_its_user(
    two: list[SimulatedBackHug], tool: str, args: dict[str, Any]
) -> None:
    """A model may do for a user what that user may do."""
    first, _ = two
    hass = first.hass
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, component, {})
    user = await somebody(hass, GROUP_ID_READ_ONLY)
    model = ApiModel(hass, user_id=user.id)
    with pytest.raises(Failed, match="not allowed"):
        await model.call(tool, device_name="BackHug-7F2A", **args)
    assert first.back.requests == []
    assert not first.entry.subentries
