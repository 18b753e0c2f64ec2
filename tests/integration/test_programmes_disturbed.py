"""Programmes whose requests are refused, lost, or overtaken."""

from contextlib import suppress
from copy import replace
import logging

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.backhug.device import timeouts
from custom_components.backhug.programmes import step_sender
from simulator.faults import Lost
from simulator.model import Result
from tests.home import SimulatedBackHug, until

from .conftest import OURS
from .programme_runs import (
    AREA,
    FLOW,
    FULL_BACK,
    SHOULDER_BLADES,
    SLOW,
    START,
    STRENGTH,
    WAVE,
    add_programme,
    choose,
    pass_time,
    set_to,
    start,
)


async def fails(back_hug: SimulatedBackHug, key: str) -> None:
    """Start, and fail."""
    with pytest.raises(HomeAssistantError) as error:
        await back_hug.call("switch", "turn_on", "session")
    assert error.value.translation_key == key


async def test_refused_start_runs_no_programme(back_hug: SimulatedBackHug) -> None:
    """A programme whose start is refused does not run in a later session."""
    back_hug.back.get_up()
    await back_hug.shows("binary_sensor", "occupied", "off")
    await choose(back_hug, "short_break")
    await fails(back_hug, "nobody_on_it")
    assert back_hug.coordinator.stored.run is None
    back_hug.back.lie_down()
    back_hug.back.start_at_device(10)
    await back_hug.shows("switch", "session", "on")
    assert back_hug.value("sensor", "programme_step") == "unknown"


async def lose_the_start(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch, half: Lost
) -> None:
    """Start a programme without learning whether it began; then reconnect."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    add_programme(back_hug)
    await choose(back_hug, "Mine")
    connections = back_hug.peripheral.connections
    back_hug.faults.lose_writes = half
    back_hug.faults.answer_times = 0
    back_hug.faults.drop_notifications = True
    await fails(back_hug, "no_answer")
    back_hug.faults.clear()
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 9)
    await until(
        lambda: back_hug.peripheral.connections > connections, "it connects again"
    )
    await back_hug.shows("binary_sensor", "connected", "on")


async def test_unanswered_start_that_worked_runs(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start whose answer was lost runs its programme if it has worked."""
    await lose_the_start(back_hug, monkeypatch, Lost.RESPONSE)
    await back_hug.shows("sensor", "programme_step", "1")
    await pass_time(back_hug, 241)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
    assert len(back_hug.requests(START)) == 1


@pytest.mark.parametrize("somebody_else", [True, False])
async def test_unanswered_start_does_not_claim_another_session(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch, somebody_else: bool
) -> None:
    """Another session that began meanwhile is not the programme's."""
    if somebody_else:
        back_hug.faults.drop_notifications = True
        back_hug.back.start_at_device(30, 6)
    await lose_the_start(back_hug, monkeypatch, Lost.REQUEST)
    assert back_hug.value("switch", "session") == ("on" if somebody_else else "off")
    assert back_hug.value("sensor", "programme_step") == "unknown"
    assert back_hug.coordinator.stored.run is None


async def test_programme_waits_for_its_status(back_hug: SimulatedBackHug) -> None:
    """A programme waits for the status of its session if the first notification was lost."""
    add_programme(back_hug)
    await choose(back_hug, "Mine")
    back_hug.faults.drop_notifications = True
    await back_hug.call("switch", "turn_on", "session")
    assert back_hug.value("sensor", "programme_step") == "unknown"
    assert back_hug.coordinator.stored.run is not None
    back_hug.coordinator.async_update_listeners()
    assert back_hug.coordinator.stored.run is not None
    back_hug.faults.drop_notifications = False
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "programme_step", "1")


async def test_stop_during_the_start_leaves_no_programme(
    back_hug: SimulatedBackHug,
) -> None:
    """A stop during the start leaves no programme running."""
    add_programme(back_hug)
    await choose(back_hug, "Mine")
    back_hug.faults.answer_delay = 0.3
    back_hug.faults.answers_affected = frozenset({START})
    starting = back_hug.hass.async_create_task(
        back_hug.call("switch", "turn_on", "session")
    )
    await until(lambda: back_hug.requests(START), "the start is sent")
    await back_hug.coordinator.controller.async_stop()
    try:
        await starting
    except HomeAssistantError as error:
        assert error.translation_key in ("busy", "stopped_first")  # noqa: PT017
    assert back_hug.coordinator.stored.run is None
    assert not back_hug.back.running


async def test_unreadable_status_runs_no_programme(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a status the session number is unknown, and no programme runs."""
    add_programme(back_hug)
    await choose(back_hug, "Mine")
    client = back_hug.coordinator.controller.back_hug
    client.snapshot = replace(client.snapshot, status=None, settings=None)
    back_hug.faults.drop_notifications = True
    await back_hug.coordinator.controller.runner.async_start(
        back_hug.coordinator.controller.runner.programmes["short_break"]
    )
    del caplog
    assert back_hug.coordinator.stored.run is None


async def test_lost_setting_is_sent_again(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting of a step that failed is sent again after a while."""
    monkeypatch.setattr(step_sender, "RETRY", 0.2)
    await start(back_hug)
    point = back_hug.back.control_point
    carry_out = point._carry_out

    def busy(opcode: int, parameters: bytes) -> Result:
        return Result.BUSY if opcode == FLOW else carry_out(opcode, parameters)

    monkeypatch.setattr(point, "_carry_out", busy)
    await pass_time(back_hug, 220)
    await until(lambda: len(back_hug.requests(FLOW)) > 1, "it is sent again")
    monkeypatch.setattr(point, "_carry_out", carry_out)
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
    assert len(back_hug.requests(STRENGTH)) == len(back_hug.requests(AREA)) == 1


async def test_rest_of_a_step_is_sent_on_reconnection(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of a step is sent on reconnection, unless changed meanwhile."""
    await start(back_hug)
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    back_hug.faults.answer_times = 0
    back_hug.faults.answers_affected = frozenset({FLOW})
    await pass_time(back_hug, 220)
    await until(lambda: back_hug.requests(FLOW), "the flow is sent")
    back_hug.back.set_at_device(strength=4)
    await until(lambda: back_hug.peripheral.connections == 2, "it connects again")
    await back_hug.shows("binary_sensor", "connected", "on")
    # The flow was set; somebody chose a strength themselves: both stay.
    await set_to(back_hug, SHOULDER_BLADES, 4, WAVE)
    assert not back_hug.coordinator.controller.runner.run or not (
        back_hug.coordinator.controller.runner.run.unsent
    )
    assert back_hug.requests(STRENGTH) == []
    assert len(back_hug.requests(FLOW)) == 1


async def test_restart_within_a_step_sends_the_rest(back_hug: SimulatedBackHug) -> None:
    """After a restart within a step the rest is sent, and nothing twice."""
    await start(back_hug)
    back_hug.faults.answer_times = 0
    back_hug.faults.answers_affected = frozenset({FLOW})
    await pass_time(back_hug, 220)
    await until(lambda: back_hug.requests(FLOW), "the flow is sent")
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    back_hug.faults.clear()
    await back_hug.set_up()
    await set_to(back_hug, SHOULDER_BLADES, 5, WAVE)
    assert [len(back_hug.requests(each)) for each in (AREA, FLOW, STRENGTH)] == [
        1,
        1,
        1,
    ]


async def test_next_step_waits_for_the_current_one(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that begins while the previous one is being sent follows it."""
    monkeypatch.setattr(step_sender, "RETRY", 0.1)
    await start(back_hug)
    back_hug.faults.answer_delay = 0.2
    back_hug.faults.answers_affected = frozenset({AREA})
    await pass_time(back_hug, 220)
    await until(lambda: back_hug.requests(AREA), "the area is sent")
    await pass_time(back_hug, 360)
    await set_to(back_hug, FULL_BACK, 3, SLOW)
    assert back_hug.value("sensor", "programme_step") == "3"


async def test_refused_setting_is_logged_once(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A refused setting is logged once, and the rest goes on."""
    await start(back_hug)
    back_hug.faults.answer_result = 2
    back_hug.faults.answers_affected = frozenset({FLOW})
    await pass_time(back_hug, 220)
    await until(lambda: back_hug.back.strength == 5, "the strength is sent")
    await back_hug.shows("sensor", "programme_step", "2")
    await until(
        lambda: back_hug.state("sensor", "programme_step").attributes["skipped"],
        "it is said",
    )
    assert back_hug.state("sensor", "programme_step").attributes["skipped"] == [
        {"step": 2, "change": "refused", "wanted": "wave", "used": None}
    ]
    said = [
        each.getMessage()
        for each in caplog.records
        if each.name.startswith(OURS) and each.levelno >= logging.WARNING
    ]
    assert said == [
        (
            "The flow of step 2 of a programme was refused: BackHug-7F2A does not accept "
            "this value right now. Choose one that it offers; a running session must be "
            "longer than the time that has already passed"
        )
    ]
    caplog.clear()


async def test_stop_overtakes_the_rest_of_a_step(back_hug: SimulatedBackHug) -> None:
    """A stop overtakes the rest of a step."""
    await start(back_hug)
    back_hug.faults.answer_delay = 0.2
    back_hug.faults.answers_affected = frozenset({AREA})
    await pass_time(back_hug, 220)
    await until(lambda: back_hug.requests(AREA), "the area is sent")
    await back_hug.call("switch", "turn_off", "session")
    await until(
        lambda: back_hug.coordinator.controller.runner._sender._task is None,
        "nothing is under way",
    )
    assert not back_hug.back.running
    assert back_hug.requests(STRENGTH) == back_hug.requests(FLOW) == []


async def test_stop_overtakes_a_waiting_step(back_hug: SimulatedBackHug) -> None:
    """A stop overtakes a waiting step, of which nothing is sent."""
    await start(back_hug)
    back_hug.faults.answer_delay = 2.0
    back_hug.faults.answers_affected = frozenset({STRENGTH})
    setting = back_hug.hass.async_create_task(
        back_hug.call("number", "set_value", "strength", value=4)
    )
    await until(lambda: back_hug.requests(STRENGTH), "the strength is sent")
    before = back_hug.coordinator.controller.back_hug.snapshot.settings
    back_hug.skip(219)
    back_hug.clock.advance(1)
    await until(
        lambda: back_hug.coordinator.controller.back_hug.snapshot.settings != before,
        "the step waits for its turn",
    )
    await back_hug.call("switch", "turn_off", "session")
    with suppress(HomeAssistantError):
        await setting
    await until(
        lambda: back_hug.coordinator.controller.runner._sender._task is None,
        "nothing is under way",
    )
    assert back_hug.requests(AREA) == back_hug.requests(FLOW) == []


async def test_next_step_replaces_a_failed_one(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed step is not retried once the next one has begun."""
    await start(back_hug)
    point = back_hug.back.control_point
    carry_out = point._carry_out

    def busy(opcode: int, parameters: bytes) -> Result:
        return Result.BUSY if opcode == FLOW else carry_out(opcode, parameters)

    monkeypatch.setattr(point, "_carry_out", busy)
    back_hug.faults.answer_delay = 0.3
    back_hug.faults.answers_affected = frozenset({FLOW})
    await pass_time(back_hug, 220)
    await until(lambda: back_hug.requests(FLOW), "the flow is sent")
    await pass_time(back_hug, 360)
    monkeypatch.setattr(point, "_carry_out", carry_out)
    await set_to(back_hug, FULL_BACK, 3, SLOW)
    assert [each.parameters[0] for each in back_hug.requests(FLOW)] == [WAVE, SLOW]
