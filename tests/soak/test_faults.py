"""Each fault by itself: calls are answered, a stop stops, and everything works again afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from custom_components.backhug.device import timeouts
from simulator.back import Opcode
from simulator.model import State

from .builds import BUILDS
from .checks import AGREE, COMMAND, QUIET, RECONNECT
from .household import Household, ViolationError
from .radio_faults import FAULTS, clear_faults, inject_fault, set_clock
from .requests import arm, set_strength, start_programme, start_session, stop, turn_on
from .resident import Resident
from .virtual_time import VirtualTime

type Scene = Callable[[Household, Resident], Coroutine[Any, Any, None]]

STATES = (
    State.STANDBY,
    State.SCANNING,
    State.TREATING,
    State.PAUSED,
    State.FINISHING,
    State.FAULT,
)


def play(time: VirtualTime, scene: Scene) -> None:
    """Play a scene in a household with one BackHug."""

    async def run() -> None:
        async with running_household(time) as (household, resident):
            await scene(household, resident)

    with asyncio.Runner(loop_factory=time.new_loop) as runner:
        runner.run(run())


@asynccontextmanager
async def running_household(
    time: VirtualTime,
) -> AsyncIterator[tuple[Household, Resident]]:
    """Yield a household with one connected BackHug, and check it at the end."""
    household = Household(time)
    await household.start([BUILDS[0]])
    try:
        await asyncio.sleep(AGREE)
        yield household, household.residents[0]
        await household.recover()
    finally:
        await household.close()


async def become(resident: Resident, state: State) -> None:
    """Bring the device into a state."""
    resident.recover_now()
    back = resident.back
    back.stop_at_device()
    await asyncio.sleep(20)
    resident.watch.strengths.add(4)
    match state:
        case State.SCANNING:
            back.start_at_device(30, 4)
        case State.TREATING | State.PAUSED | State.FINISHING:
            back.start_at_device(30, 4)
            await asyncio.sleep(25)
            if state is State.PAUSED:
                back.pause_at_device()
            if state is State.FINISHING:
                back.stop_at_device()
        case State.FAULT:
            back.overheat()
    await asyncio.sleep(1)
    assert back.state is state


async def answered(household: Household, resident: Resident) -> None:
    """Wait until every call is answered, within ten seconds."""
    if resident.calls:
        _, late = await asyncio.wait(resident.calls, timeout=COMMAND)
        assert not late
    household.check()


@pytest.mark.parametrize("loss", ["link", "reach", "power"])
def test_loss_in_each_state(virtual_time: VirtualTime, loss: str) -> None:
    """The connection, the reach or the power is lost, with or without commands under way."""

    async def scene(household: Household, resident: Resident) -> None:
        for state in STATES:
            for busy in (False, True):
                await become(resident, state)
                if busy:
                    set_strength(resident, 6)
                    stop(resident)
                    # The requests are on the radio.
                    await asyncio.sleep(0.02)
                resident.checks.interrupted()
                if loss == "link":
                    resident.peripheral.drop_link()
                elif loss == "power":
                    resident.back.switch_off()
                else:
                    resident.away = True
                    resident.peripheral.vanish()
                await answered(household, resident)
                assert busy <= (
                    resident.back.state not in (State.TREATING, State.PAUSED)
                    or bool(resident.watch.due)
                    or loss == "reach"
                )
                await household.recover()

    play(virtual_time, scene)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[0]}-{fault[1]}")
def test_fault(virtual_time: VirtualTime, fault: tuple[str, Any]) -> None:
    """Commands end in time under a fault, and everything works again without it."""

    async def scene(household: Household, resident: Resident) -> None:
        await become(resident, State.TREATING)
        inject_fault(resident, fault)
        household.check()
        set_strength(resident, 6)
        await answered(household, resident)
        await asyncio.sleep(QUIET)
        stop(resident)
        await answered(household, resident)
        resident.checks.interrupted()
        resident.peripheral.drop_link()
        start_session(resident, 20, 3)
        await answered(household, resident)
        await asyncio.sleep(QUIET)
        household.check()
        clear_faults(resident)
        await resident.clock.rest(RECONNECT + QUIET - AGREE)
        await asyncio.sleep(AGREE)
        household.check()
        stop(resident)
        await answered(household, resident)
        assert not resident.back.running

    play(virtual_time, scene)


@pytest.mark.parametrize("exchange", ["start", "set", "stop"])
def test_loss_at_each_packet(virtual_time: VirtualTime, exchange: str) -> None:
    """An exchange that is cut at any packet is carried out or not; a stop is delivered in the end."""
    outcomes: set[bool] = set()

    async def scene(household: Household, resident: Resident) -> None:
        # Each packet has at least five octets (the header of L2CAP and an opcode) and is lost as a whole.
        for octets in range(1, 64, 5):
            state = State.STANDBY if exchange == "start" else State.TREATING
            if resident.back.state is not state:
                await become(resident, state)
            resident.peripheral.complaints.clear()
            resident.watch.starts = 0
            household.check()
            resident.faults.lose_after_octets = octets
            resident.checks.interrupted()
            if exchange == "start":
                start_session(resident, 20, 3)
            elif exchange == "set":
                set_strength(resident, 1 + octets % 9)
            else:
                stop(resident)
            await answered(household, resident)
            lost = resident.faults.lose_after_octets is None
            outcomes.add(lost)
            resident.faults.lose_after_octets = None
            # The back-off restores the token of one connection.
            await resident.clock.rest(40)
            assert resident.watch.starts <= 1
            if exchange == "stop":
                assert not resident.back.running
            if not lost:
                break
        household.check()

    play(virtual_time, scene)
    # Lost at each packet, and not lost after the last one.
    assert outcomes == {True, False}


def test_loss_at_each_packet_of_coming_up(virtual_time: VirtualTime) -> None:
    """The next attempt succeeds wherever the preparation of a connection is cut."""
    left: list[int] = []

    async def scene(household: Household, resident: Resident) -> None:
        for octets in range(1, 2000, 23):
            resident.checks.interrupted()
            resident.peripheral.drop_link()
            for scanner, _ in household.scanners:
                # Without a cache the preparation is longest.
                scanner.central.services.clear()
            resident.faults.lose_after_octets = octets
            # The back-off restores the tokens of two connections.
            await asyncio.sleep(90)
            assert resident.coordinator.available
            left.append(resident.faults.lose_after_octets or 0)
            resident.faults.lose_after_octets = None
        household.check()

    play(virtual_time, scene)
    assert left[0] == 0
    # The preparation takes fewer octets than were tried.
    assert left[-1] > 0


@pytest.mark.parametrize("seconds", [-90000.0, -3600.0, -5.0, 5.0, 3600.0, 90000.0])
def test_clock_is_set(virtual_time: VirtualTime, seconds: float) -> None:
    """A programme continues whatever the wall clock is set to, and its end is right within seconds."""

    async def scene(household: Household, resident: Resident) -> None:
        start_programme(resident, "after_desk")
        await asyncio.sleep(60)
        for _ in range(4):
            await set_clock(household, seconds)
            # The end may be wrong until the next Status.
            resident.coordinator.async_update_listeners()
            await asyncio.sleep(0.3)
            resident.coordinator.async_update_listeners()
            household.check()
            await asyncio.sleep(AGREE + 1)
            household.check()
            resident.checks.check_agrees()
            await resident.clock.rest(5 * 60)
        request = [
            (request.opcode, *request.parameters)
            for request in resident.back.requests
            if request.opcode in (Opcode.SET_STRENGTH, Opcode.SET_AREA)
        ]
        # Each step of after_desk once, in order.
        assert [value for opcode, value in request if opcode == Opcode.SET_AREA] == [
            1,
            4,
            3,
        ]

    play(virtual_time, scene)


def test_clock_is_set_back_by_a_pause_that_was_missed(
    virtual_time: VirtualTime,
) -> None:
    """The next step of a programme is not early although its end by the wall clock is unchanged."""

    async def scene(household: Household, resident: Resident) -> None:
        start_programme(resident, "gentle_start")
        await asyncio.sleep(30)
        resident.faults.drop_notifications = True
        resident.back.pause_at_device()
        await asyncio.sleep(4)
        resident.back.resume_at_device()
        await set_clock(household, -4)
        resident.faults.drop_notifications = False
        resident.back.requests.clear()
        await asyncio.sleep(268)
        assert resident.back.requests == []
        await asyncio.sleep(5)
        assert [request.opcode for request in resident.back.requests] == [
            Opcode.SET_AREA,
            Opcode.SET_FLOW,
        ]

    play(virtual_time, scene)


def test_missing_readings_are_a_violation(
    virtual_time: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without readings of Status, lost notifications leave a wrong state for too long."""

    async def scene(household: Household, resident: Resident) -> None:
        await become(resident, State.TREATING)
        resident.faults.drop_notifications = True
        resident.back.pause_at_device()
        household.check()
        await asyncio.sleep(QUIET + AGREE + 1)
        with pytest.raises(ViolationError, match="state shows treating, not paused"):
            household.check()

    monkeypatch.setattr(timeouts, "QUIET_RUNNING", 100.0)
    play(virtual_time, scene)


def test_step_on_its_way(virtual_time: VirtualTime) -> None:
    """A step of a programme that is shown before it has arrived is a violation only if it never arrives."""

    async def scene(household: Household, resident: Resident) -> None:
        start_programme(resident, "gentle_start")
        await asyncio.sleep(5 * 60 - 1)
        resident.back.requests.clear()
        for _ in range(500):
            await asyncio.sleep(0.005)
            household.check()
        assert resident.back.requests
        async with resident.coordinator.controller.back_hug._queue._turn:
            household.check()
            await asyncio.sleep(COMMAND + 1)
            with pytest.raises(ViolationError, match="still awaited"):
                household.check()

    play(virtual_time, scene)


def test_clock_is_set_while_armed(virtual_time: VirtualTime) -> None:
    """Start on occupancy expires independently of the wall clock."""

    async def scene(household: Household, resident: Resident) -> None:
        resident.back.get_up()
        await asyncio.sleep(AGREE)
        arm(resident, 20, None)
        await answered(household, resident)
        assert resident.shown("sensor", "armed_until") != "unknown"
        await set_clock(household, -3600)
        await asyncio.sleep(21)
        assert resident.shown("sensor", "armed_until") == "unknown"
        resident.back.lie_down()
        await asyncio.sleep(AGREE)
        assert not resident.back.running

    play(virtual_time, scene)


@pytest.mark.parametrize("seconds", [-3600.0, 3600.0])
def test_clock_is_set_as_a_session_ends(
    virtual_time: VirtualTime, seconds: float
) -> None:
    """The duration of a session does not depend on the wall clock."""

    async def scene(household: Household, resident: Resident) -> None:
        turn_on(resident)
        await asyncio.sleep(5)
        set_strength(resident, 4)
        await asyncio.sleep(95.5)
        await set_clock(household, seconds)
        stop(resident)
        await answered(household, resident)
        await asyncio.sleep(20)
        session = resident.coordinator.history.last
        assert session is not None
        assert session.treated is not None
        assert abs(session.treated - 100) <= 1
        assert session.strength == 4

    play(virtual_time, scene)


def test_same_fault_after_the_power_was_off(virtual_time: VirtualTime) -> None:
    """A fault that returns after a power cycle is shown within five seconds."""

    async def scene(household: Household, resident: Resident) -> None:
        await become(resident, State.FAULT)
        resident.checks.interrupted()
        resident.back.switch_off()
        await asyncio.sleep(1)
        resident.back.switch_on()
        await asyncio.sleep(RECONNECT + QUIET)
        household.check()
        assert resident.shown("sensor", "state") == "standby"
        resident.back.overheat()
        household.check()
        await asyncio.sleep(AGREE)
        household.check()
        assert resident.shown("sensor", "state") == "fault"

    play(virtual_time, scene)


def test_stop_is_kept_over_a_restart(virtual_time: VirtualTime) -> None:
    """A stop that could not be delivered is delivered after a restart."""

    async def scene(household: Household, resident: Resident) -> None:
        turn_on(resident)
        await asyncio.sleep(30)
        assert resident.back.state is State.TREATING
        resident.away = True
        resident.peripheral.vanish()
        stop(resident)
        await answered(household, resident)
        assert list(resident.watch.due) == [resident.back.session_number]
        await household.hass.config_entries.async_reload(resident.entry.entry_id)
        resident.recover_now()
        await asyncio.sleep(RECONNECT)
        assert not resident.back.running

    play(virtual_time, scene)
