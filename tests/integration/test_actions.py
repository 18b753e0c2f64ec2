"""The actions, for one BackHug and for several, in every state."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.device.model import Area, Flow, Phase, TensionScan
from custom_components.backhug.programmes.catalogue import BUILT_IN
from custom_components.backhug.programmes.model import NO_PROGRAMME
from custom_components.backhug.service_fields import SETTINGS
from custom_components.backhug.session.record import Session
from development.action_reference import RESPONSES
from simulator.build import Build
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug, until

from .action_calls import (
    AREA,
    FLOW,
    LENGTH,
    SECOND,
    START,
    STRENGTH,
    act,
    paths,
    target,
)
from .conftest import as_at_first
from .programme_runs import add_programme


def requests(back_hug: SimulatedBackHug) -> list[tuple[int, ...]]:
    """Return the requests that the device received."""
    return [(each.opcode, *each.parameters) for each in back_hug.back.requests]


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


# Tension


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
