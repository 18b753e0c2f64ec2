"""Stop by voice: its targets, its answers, and its precedence."""

import asyncio

import pytest

from custom_components.backhug.const import (
    CONF_CONNECTION,
    CONF_IDLE_TIME,
    CONNECTION_ON_DEMAND,
    DOMAIN,
)
from custom_components.backhug.device import timeouts
from custom_components.backhug.reachability import availability
from custom_components.backhug.voice import stop
from tests.home import Home, SimulatedBackHug, until

from .speaking import satellite, say


async def test_stop_includes_a_device_lost_in_a_session(
    talking: Home, two: list[SimulatedBackHug], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop targets both: the lost one may still run."""
    first, second = two
    await first.treat()
    monkeypatch.setattr(availability, "GRACE", 0.1)
    first.peripheral.vanish()
    first.peripheral.drop_link()
    await first.shows("switch", "session", "unavailable")
    await second.treat()
    assert "BackHug 2" in await say(talking, "stop the massage")
    assert not second.back.running
    first.peripheral.appear()
    await until(lambda: not first.back.running, "the other one is stopped")


async def test_stop_targets_running_sessions(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """Without a name all that run, and nothing else; first those in the speaker's room."""
    for back_hug in two:
        await back_hug.treat()
    office = satellite(talking, "Office")
    assert (
        await say(talking, "Stop the massage", device_id=office)
        == "Stopped: BackHug 2."
    )
    assert two[0].requests(2) == []
    assert await say(talking, "Stop the massage", device_id=office) == (
        "Stopped: Anna's BackHug."
    )
    assert [len(back_hug.requests(2)) for back_hug in two] == [1, 1]


async def test_stop_without_a_name_stops_both(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """Two run, and no name is given: both stop."""
    for back_hug in two:
        await back_hug.treat()
    assert (
        await say(talking, "Stop the massage")
        == "Stopped: Anna's BackHug and BackHug 2."
    )


async def test_stop_by_name_stops_that_one(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """The named one stops, and only it; one that does not run gets an answer too."""
    for back_hug in two:
        await back_hug.treat()
    assert await say(talking, "Stop BackHug 2") == "Stopped: BackHug 2."
    await two[1].shows("switch", "session", "off")
    assert await say(talking, "Stop BackHug 2") == (
        "No session is running on BackHug 2."
    )
    assert two[0].requests(2) == []


async def test_stop_of_a_device_not_set_up(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """The named one is stopped over a connection of its own; a session beside it goes on."""
    for back_hug in two:
        await back_hug.treat()
    await talking.hass.config_entries.async_unload(two[1].entry.entry_id)
    await until(lambda: not two[1].peripheral.connected, "the link is closed")
    assert await say(talking, "Stop BackHug 2") == "Stopped: BackHug 2."
    assert not two[1].back.running
    assert two[0].back.running


async def test_stop_of_an_idle_connection(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """An unseen session is stopped with the others; an idle device is not mentioned."""
    talking.hass.config_entries.async_update_entry(
        two[1].entry,
        options={CONF_CONNECTION: CONNECTION_ON_DEMAND, CONF_IDLE_TIME: 0.4},
    )
    assert await talking.hass.config_entries.async_reload(two[1].entry.entry_id)
    await until(lambda: two[1].coordinator.resting, "it rests")
    await two[0].treat()
    assert await say(talking, "Stop the massage") == "Stopped: Anna's BackHug."
    two[0].clock.advance(16)
    await two[0].shows("sensor", "state", "standby")
    await until(lambda: two[1].coordinator.resting, "it rests")
    await two[0].treat()
    two[1].back.start_at_device(30)
    assert (
        await say(talking, "Stop the massage")
        == "Stopped: Anna's BackHug and BackHug 2."
    )


async def test_stop_reports_an_unseen_session(
    talking: Home, one: SimulatedBackHug
) -> None:
    """A stop that has ended a session says so, even if the session was unseen."""
    talking.hass.config_entries.async_update_entry(
        one.entry,
        options={CONF_CONNECTION: CONNECTION_ON_DEMAND, CONF_IDLE_TIME: 0.4},
    )
    assert await talking.hass.config_entries.async_reload(one.entry.entry_id)
    await until(lambda: one.coordinator.resting, "it rests")
    one.back.start_at_device(30)
    one.clock.advance(30)
    assert await say(talking, "Stop the massage") == "Stopped: Anna's BackHug."
    assert not one.back.running


async def test_stop_is_answered_at_once(
    talking: Home, one: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that does not answer delays nobody, and the stop goes on."""
    await one.treat()
    monkeypatch.setattr(stop, "RESPONSE_TIMEOUT", 0.05)
    one.faults.answer_delay = 0.3
    assert await say(talking, "Stop the massage") == (
        "Stop sent, but not confirmed yet: Anna's BackHug. If it does not stop, use the device itself."
    )
    await until(lambda: one.requests(2), "it is sent")
    await talking.hass.async_block_till_done()


async def test_undelivered_stop_is_explained(
    talking: Home, one: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer says when it will be delivered."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await one.call("switch", "turn_off", "hold_connection")
    one.faults.refuse_connections = True
    speech = await say(talking, "Stop the massage")
    assert "released" in speech
    assert DOMAIN not in speech


async def test_stop_overtakes_waiting_commands(
    talking: Home, one: SimulatedBackHug
) -> None:
    """A stop by voice goes ahead of waiting commands."""
    await one.treat()
    waiting = [
        talking.hass.async_create_task(
            one.call("number", "set_value", "strength", value=value)
        )
        for value in (6, 7)
    ] + [
        talking.hass.async_create_task(
            one.call("select", "select_option", "area", option=option)
        )
        for option in ("upper_back", "lower_back")
    ]
    await asyncio.sleep(0)
    assert await say(talking, "Stop the massage") == "Stopped: Anna's BackHug."
    await asyncio.gather(*waiting, return_exceptions=True)
    opcodes = [each.opcode for each in one.back.requests]
    assert 2 in opcodes
    assert opcodes[opcodes.index(2) + 1 :] == []
    assert len(opcodes) < 1 + 1 + len(waiting)
