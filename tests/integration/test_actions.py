"""The actions, for one BackHug and for several, in every state."""

from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.device import timeouts
from custom_components.backhug.device.model import Area, Flow, Phase, TensionScan
from custom_components.backhug.programmes.catalogue import BUILT_IN
from custom_components.backhug.programmes.model import NO_PROGRAMME
from custom_components.backhug.service_fields import SETTINGS
from custom_components.backhug.session.record import Session
from development.action_reference import RESPONSES
from simulator.build import Build
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug, until

from .conftest import as_at_first
from .test_programmes import add_programme

START, STOP, PAUSE, RESUME, STRENGTH, AREA, FLOW, LENGTH = range(1, 9)
SECOND = Build(name="BackHug-2", address="C0:FF:EE:00:00:02", strengths=5)


async def act(back_hug: SimulatedBackHug, action: str, **data: Any) -> None:
    """Call an action for one BackHug."""
    await back_hug.hass.services.async_call(
        DOMAIN, action, {**target(back_hug), **data}, blocking=True
    )


def target(back_hug: SimulatedBackHug) -> dict[str, Any]:
    """Return a BackHug as a target."""
    return {"entity_id": back_hug.entity_id("switch", "session")}


def requests(back_hug: SimulatedBackHug) -> list[tuple[int, ...]]:
    """Return the requests that the device received."""
    return [(each.opcode, *each.parameters) for each in back_hug.back.requests]


def device_id(back_hug: SimulatedBackHug) -> str:
    """Return the id of the device."""
    (device,) = dr.async_entries_for_config_entry(
        dr.async_get(back_hug.hass), back_hug.entry.entry_id
    )
    return device.id


@pytest.fixture
async def two(home: Home, back_hug: SimulatedBackHug) -> list[SimulatedBackHug]:
    """Return two live BackHugs."""
    second = await home.add(SECOND)
    await home.seen(second)
    await second.set_up()
    return [back_hug, second]


@in_one_home(
    ("data", "expected"),
    [
        ({}, (20, 255, 255, 255)),
        ({"minutes": 30}, (30, 255, 255, 255)),
        (
            {"strength": "4", "area": "lower_back", "flow": "wave", "minutes": 12.0},
            (12, 4, 3, 3),
        ),
        ({"programme": "none", "strength": 2}, (20, 2, 255, 255)),
        ({"programme": "short_break"}, (10, 4, 1, 1)),
        ({"programme": " MINE "}, (15, 2, 1, 1)),
        ({"programme": "none", "when_occupied": False}, (20, 255, 255, 255)),
    ],
)
async def test_start_sends_the_requested_settings(
    back_hug: SimulatedBackHug, data: dict[str, Any], expected: tuple[int, ...]
) -> None:
    """A start sends the requested settings."""
    if not back_hug.entry.subentries:
        add_programme(back_hug)
    await as_at_first(back_hug)
    await act(back_hug, "start_session", **data)
    assert requests(back_hug) == [(START, *expected)]
    await back_hug.shows("switch", "session", "on")


async def test_start_without_settings_runs_the_selected_programme(
    back_hug: SimulatedBackHug,
) -> None:
    """Without settings the selected programme runs; with settings it does not."""
    await back_hug.call("select", "select_option", "programme", option="short_break")
    await act(back_hug, "start_session")
    await back_hug.shows("sensor", "programme_step", "1")
    await act(back_hug, "stop_session")
    back_hug.clock.advance(20)
    await back_hug.shows("sensor", "state", "standby")
    await act(back_hug, "start_session", minutes=8)
    await back_hug.shows("switch", "session", "on")
    assert back_hug.value("sensor", "programme_step") == "unknown"
    with pytest.raises(ServiceValidationError) as error:
        await act(back_hug, "start_session")
    assert error.value.translation_key == "wrong_state"


@in_one_home(
    ("data", "key", "placeholders"),
    [
        ({"strength": 0}, "invalid_field", {"field": "strength", "allowed": "1…10"}),
        ({"strength": 11}, "invalid_field", {"field": "strength", "value": "11"}),
        ({"strength": 2.5}, "invalid_field", {"field": "strength"}),
        ({"strength": True}, "invalid_field", {"field": "strength"}),
        ({"strength": "strong"}, "invalid_field", {"value": "strong"}),
        ({"strength": float("inf")}, "invalid_field", {"field": "strength"}),
        ({"strength": None}, "invalid_field", {"field": "strength"}),
        ({"minutes": 61}, "invalid_field", {"field": "minutes", "allowed": "5…60"}),
        (
            {"area": "left_side"},
            "invalid_field",
            {
                "field": "area",
                "allowed": "full_back, upper_back, mid_back, lower_back, "
                "shoulder_blades, along_spine",
            },
        ),
        (
            {"flow": "pulse"},
            "invalid_field",
            {"field": "flow", "allowed": "slow, medium, fast, wave"},
        ),
        (
            {"programme": "other"},
            "invalid_field",
            {"field": "programme", "value": "other"},
        ),
        (
            {"programme": "short_break", "minutes": 5},
            "one_of_two",
            {"field": "programme", "other": "minutes"},
        ),
        ({"when_occupied": "perhaps"}, "invalid_field", {"allowed": "true, false"}),
        ({"timeout": 60}, "timeout_without_when_occupied", {}),
    ],
)
async def test_start_refuses_invalid_input(
    back_hug: SimulatedBackHug,
    data: dict[str, Any],
    key: str,
    placeholders: dict[str, str],
) -> None:
    """Invalid input is refused with the field and its valid values; nothing is sent."""
    with pytest.raises(ServiceValidationError) as error:
        await act(back_hug, "start_session", **data)
    assert error.value.translation_key == key
    assert (error.value.translation_placeholders or {}).items() >= placeholders.items()
    assert all(value in str(error.value) for value in placeholders.values())
    assert back_hug.back.requests == []


async def test_pause_and_resume(back_hug: SimulatedBackHug) -> None:
    """A session pauses and resumes."""
    await back_hug.treat()
    await act(back_hug, "pause_session")
    await back_hug.shows("sensor", "state", "paused")
    await act(back_hug, "resume_session")
    await back_hug.shows("sensor", "state", "treating")


@in_one_home(
    ("data", "expected"),
    [
        ({"strength_step": -1}, [(STRENGTH, 2)]),
        ({"strength_step": "+2"}, [(STRENGTH, 5)]),
        ({"strength_step": -9}, [(STRENGTH, 1)]),
        ({"strength_step": 10}, [(STRENGTH, 10)]),
        ({"minutes_step": 5}, [(LENGTH, 25)]),
        ({"minutes_step": -19}, [(LENGTH, 5)]),
        ({"minutes_step": 60}, [(LENGTH, 60)]),
        ({"minutes": 40}, [(LENGTH, 40)]),
        (
            {"strength": 7, "area": "mid_back", "flow": "fast", "minutes": 10},
            [(AREA, 2), (FLOW, 2), (LENGTH, 10), (STRENGTH, 7)],
        ),
        ({"strength": 1, "area": "mid_back"}, [(STRENGTH, 1), (AREA, 2)]),
    ],
)
async def test_adjust_sets_values_and_steps(
    back_hug: SimulatedBackHug, data: dict[str, Any], expected: list[tuple[int, ...]]
) -> None:
    """Settings change, absolutely or by steps, within the range that the device offers."""
    await as_at_first(back_hug)
    await act(back_hug, "adjust_session", **data)
    assert requests(back_hug) == expected


async def test_adjust_does_not_end_a_running_session(
    back_hug: SimulatedBackHug,
) -> None:
    """A length shorter than the time already treated is refused; the session goes on."""
    await back_hug.treat()
    back_hug.skip(7 * 60)
    back_hug.clock.advance(1)
    await until(
        lambda: (back_hug.coordinator.controller.runner.passed or 0) > 430,
        "the time is known",
    )
    await act(back_hug, "adjust_session", minutes_step=-15)
    assert back_hug.back.length == 8 * 60
    assert back_hug.back.running


@pytest.mark.parametrize(
    ("data", "key", "placeholders"),
    [
        ({}, "nothing_to_adjust", {}),
        (
            {"strength": 3, "strength_step": 1},
            "one_of_two",
            {"field": "strength", "other": "strength_step"},
        ),
        (
            {"minutes": 30, "minutes_step": 1},
            "one_of_two",
            {"field": "minutes", "other": "minutes_step"},
        ),
        ({"strength_step": 11}, "invalid_field", {"allowed": "-10…10"}),
        ({"minutes_step": 61}, "invalid_field", {"allowed": "-60…60"}),
        ({"area": "full_back", "flow": "x"}, "invalid_field", {"field": "flow"}),
    ],
)
async def test_adjust_refuses_invalid_input(
    back_hug: SimulatedBackHug,
    data: dict[str, Any],
    key: str,
    placeholders: dict[str, str],
) -> None:
    """One invalid value refuses the whole adjustment."""
    with pytest.raises(ServiceValidationError) as error:
        await act(back_hug, "adjust_session", **data)
    assert error.value.translation_key == key
    assert (error.value.translation_placeholders or {}).items() >= placeholders.items()
    assert back_hug.back.requests == []


async def test_step_from_an_unknown_level_is_refused(home: Home) -> None:
    """A step from an unknown level is refused."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    for data in ({"strength_step": 1}, {"minutes_step": 1}, {"strength": 3}):
        with pytest.raises(HomeAssistantError) as error:
            await act(back_hug, "adjust_session", **data)
        assert error.value.translation_key == "not_reachable"
    with pytest.raises(HomeAssistantError) as error:
        await act(back_hug, "start_session")
    assert error.value.translation_key == "not_reachable"


# Stop


async def test_stop_is_pending_while_the_link_is_lost(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop works on unavailable entities: it is pending, and the response says so."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await act(back_hug, "start_session", programme="short_break")
    await back_hug.shows("sensor", "programme_step", "1")
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")
    back_hug.coordinator._availability.async_close()
    back_hug.coordinator.async_update_listeners()
    assert back_hug.value("switch", "session") == "unavailable"
    with pytest.raises(HomeAssistantError) as error:
        await act(back_hug, "stop_session")
    assert error.value.translation_key == "stop_pending"
    assert back_hug.coordinator.stored.run is None
    back_hug.peripheral.appear()
    await until(lambda: back_hug.requests(STOP), "it is stopped")
    assert not back_hug.back.running


async def test_stop_overtakes_no_start_before_it(back_hug: SimulatedBackHug) -> None:
    """A stop called right after a start arrives last at the device."""
    hass = back_hug.hass
    starting = hass.async_create_task(act(back_hug, "start_session", minutes=20))
    stopping = hass.async_create_task(back_hug.call("switch", "turn_off", "session"))
    await stopping
    with suppress(HomeAssistantError):
        await starting
    assert not back_hug.back.running
    assert [request.opcode for request in back_hug.back.requests][-1] == STOP


async def test_stop_cancels_an_adjustment(back_hug: SimulatedBackHug) -> None:
    """A stop cancels the settings that are not yet sent."""
    await back_hug.treat()
    back_hug.faults.answer_delay = 0.3
    back_hug.faults.answers_affected = frozenset({AREA})
    adjusting = back_hug.hass.async_create_task(
        act(back_hug, "adjust_session", area="lower_back", flow="wave")
    )
    await until(lambda: back_hug.requests(AREA), "the first setting is sent")
    await act(back_hug, "stop_session")
    with pytest.raises(HomeAssistantError) as error:
        await adjusting
    assert error.value.translation_key == "stopped_first"
    assert back_hug.requests(FLOW) == []


async def test_adjustment_has_one_timeout_for_all_settings(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several settings share the timeout of one; the rest is not sent afterwards."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 2)
    back_hug.faults.answer_delay = 1.4
    with pytest.raises(HomeAssistantError) as error:
        await act(
            back_hug, "adjust_session", area="lower_back", flow="wave", strength=2
        )
    assert error.value.translation_key == "no_answer"
    back_hug.faults.clear()
    # Abandoned requests end with the connection.
    await back_hug.call("number", "set_value", "session_length", value=20)
    assert [request.opcode for request in back_hug.back.requests] == [
        STRENGTH,
        AREA,
        LENGTH,
    ]


async def test_stop_reaches_all_at_the_same_time(two: list[SimulatedBackHug]) -> None:
    """A device that hangs does not delay the stop of the others."""
    for back_hug in two:
        await back_hug.treat()
    two[0].faults.answer_times = 0
    hass = two[0].hass
    stopping = hass.async_create_task(
        hass.services.async_call(
            DOMAIN, "stop_session", {"entity_id": "all"}, blocking=True
        )
    )
    await until(lambda: not two[1].back.running, "the second is stopped")
    assert not stopping.done()
    two[0].faults.clear()
    await stopping
    assert not two[0].back.running


async def test_error_names_the_devices_that_failed(
    two: list[SimulatedBackHug], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every device is tried; the error names those that failed, and why."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 1)
    hass = two[0].hass
    both = {"device_id": [device_id(back_hug) for back_hug in two]}
    with pytest.raises(ServiceValidationError) as refused:
        await hass.services.async_call(
            DOMAIN, "start_session", {**both, "strength": 8}, blocking=True
        )
    assert refused.value.translation_key == "some_failed"
    placeholders = refused.value.translation_placeholders or {}
    assert placeholders["names"] == "BackHug-2"
    assert "BackHug-2 does not take" in placeholders["reasons"]
    await two[0].shows("switch", "session", "on")
    assert two[1].back.requests == []

    two[1].back.switch_off()
    await two[1].shows("binary_sensor", "connected", "off")
    with pytest.raises(HomeAssistantError) as failed:
        await hass.services.async_call(DOMAIN, "pause_session", both, blocking=True)
    assert not isinstance(failed.value, ServiceValidationError)
    names = (failed.value.translation_placeholders or {})["names"]
    assert names == "BackHug-7F2A, BackHug-2"


async def test_area_targets_its_devices_only(
    hass: HomeAssistant, two: list[SimulatedBackHug]
) -> None:
    """An area targets the devices in it and no others."""
    area = ar.async_get(hass).async_create("Bedroom")
    dr.async_get(hass).async_update_device(device_id(two[1]), area_id=area.id)
    await hass.services.async_call(
        DOMAIN, "start_session", {"area_id": area.id}, blocking=True
    )
    assert len(two[1].back.requests) == 1
    assert two[0].back.requests == []


async def test_targets_without_a_backhug_are_refused(
    hass: HomeAssistant, back_hug: SimulatedBackHug
) -> None:
    """Targets without a BackHug, or with one that is not set up, are refused."""
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(
            DOMAIN, "stop_session", {"entity_id": "light.bedroom"}, blocking=True
        )
    assert error.value.translation_key == "no_device"
    wanted = target(back_hug)
    await hass.config_entries.async_unload(back_hug.entry.entry_id)
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(DOMAIN, "pause_session", wanted, blocking=True)
    assert error.value.translation_key == "not_set_up"


async def test_programming_errors_are_not_hidden(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception that is no device error is raised unchanged."""

    async def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(back_hug.coordinator.controller.back_hug, "pause", fail)
    with pytest.raises(ZeroDivisionError):
        await act(back_hug, "pause_session")


# Tension


def paths(value: Any, path: str = "") -> set[str]:
    """Return the paths in a response as the reference writes them."""
    match value:
        case dict():
            return {
                each
                for key, part in value.items()
                for each in paths(
                    part, f"{path}.{'*' if path.endswith('regions') else key}"
                )
            }
        case list():
            return {each for part in value for each in paths(part, f"{path}[]")}
    return {path.removeprefix(".")}


async def tension(hass: HomeAssistant, **data: Any) -> Any:
    """Ask for the tension."""
    response = await hass.services.async_call(
        DOMAIN, "get_tension", data, blocking=True, return_response=True
    )
    assert response is not None
    return response["devices"]


async def test_get_tension_returns_the_last_sessions(
    hass: HomeAssistant, back_hug: SimulatedBackHug
) -> None:
    """Before, after and change of the last sessions, by region and by finger."""
    assert await tension(hass, **target(back_hug)) == [
        {
            "name": "BackHug-7F2A",
            "sessions": [],
            "weeks": [],
            "eased_most": None,
            "rises": [],
        }
    ]
    history = back_hug.coordinator.history

    def remembered(count: int) -> bool:
        last = history.last
        return len(history.sessions) == count and bool(last and last.before)

    for count, minutes in enumerate((20, 10), 1):
        await back_hug.treat(minutes)
        back_hug.skip(minutes * 60 - 22)
        back_hug.clock.advance(2)
        await back_hug.shows("sensor", "state", "finishing")
        back_hug.clock.advance(15)
        await back_hug.shows("sensor", "state", "standby")
        await until(partial(remembered, count), "it is remembered")
    (device,) = await tension(hass, **target(back_hug), sessions=5)
    short, long = device["sessions"]
    assert (short["number"], short["minutes"], short["after"], short["change"]) == (
        2,
        10,
        None,
        None,
    )
    assert long["ended_by"] == "completed"
    assert long["area"] == "full_back"
    assert set(long["before"]["regions"]) == {
        f"{side}_{row}"
        for side in ("left", "right")
        for row in ("upper", "mid", "lower")
    }
    assert len(long["after"]["fingers"]) == 28
    assert long["change"]["back"] == long["after"]["back"] - long["before"]["back"] < 0
    (week,) = device["weeks"]
    assert set(week["before"]["regions"]) == set(long["before"]["regions"])
    assert (device["eased_most"], device["rises"]) == (None, [])
    for weeks, effort in ((1, 20), (2, 10)):
        former = Session(
            number=1,
            ended=dt_util.utcnow() - timedelta(weeks=weeks),
            before=TensionScan(Phase.BEFORE, (effort,) * 28),
            after=TensionScan(Phase.AFTER, (0,) * 28),
        )
        history._sessions.appendleft(former)
    (device,) = await tension(hass, **target(back_hug), sessions=5)
    newest, _, first = device["weeks"]
    assert device["rises"][0] == {
        "region": None,
        "since": first["week"],
        "points": newest["before"]["back"] - first["before"]["back"],
    }
    assert paths({"devices": [{**device, "sessions": [long]}]}) == set(
        RESPONSES["get_tension"]
    )
    (device,) = await tension(hass, **target(back_hug))
    assert device["sessions"] == [short]


async def test_get_tension_refuses_invalid_input(
    hass: HomeAssistant, home: Home
) -> None:
    """Devices without a tension sensor and counts out of range are refused."""
    back_hug = await home.add(Build(measures_tension=False))
    await home.seen(back_hug)
    await back_hug.set_up()
    with pytest.raises(ServiceValidationError) as error:
        await tension(hass, **target(back_hug))
    assert error.value.translation_key == "tension_not_measured"
    second = await home.add(SECOND)
    await home.seen(second)
    await second.set_up()
    with pytest.raises(ServiceValidationError) as error:
        await tension(hass, **target(second), sessions=501)
    assert error.value.translation_key == "invalid_field"


# Descriptions


async def test_responses_are_documented(
    hass: HomeAssistant, back_hug: SimulatedBackHug
) -> None:
    """docs/actions.md names every field of the responses."""
    documented = set(RESPONSES["consult"])
    asked: dict[str, Any] = {"feeling": "stiff", "left_upper": 2, **target(back_hug)}
    for cautions in ("none", "pacemaker"):
        response: Any = await hass.services.async_call(
            DOMAIN,
            "consult",
            {**asked, "cautions": cautions},
            blocking=True,
            return_response=True,
        )
        found = paths(response)
        assert found <= set(RESPONSES["consult"])
        documented -= found
    assert documented == set()
    response = await hass.services.async_call(
        DOMAIN, "stop_session", target(back_hug), blocking=True, return_response=True
    )
    assert paths(response) == set(RESPONSES["stop_session"])


def test_selectors_match_the_model() -> None:
    """The selectors offer exactly what the model has."""
    services: Any = load_yaml(str(Path("custom_components/backhug/services.yaml")))
    for fields in (
        services["start_session"]["fields"],
        services["adjust_session"]["fields"],
    ):
        assert set(SETTINGS) <= set(fields)
        assert all(
            "example" in field and "selector" in field for field in fields.values()
        )
        assert fields["area"]["selector"]["select"]["options"] == list(Area)
        assert fields["flow"]["selector"]["select"]["options"] == list(Flow)
    options = services["start_session"]["fields"]["programme"]["selector"]["select"]
    assert options["options"] == [NO_PROGRAMME, *BUILT_IN]
