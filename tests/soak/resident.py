"""A resident of a household: one BackHug, what persons ask of it, and what must hold for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
import json
import math
from pathlib import Path
import traceback
from typing import TYPE_CHECKING, Any, Final, cast

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID, CONF_ADDRESS
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

import custom_components
from custom_components.backhug.const import DOMAIN
from custom_components.backhug.coordinator import BackHugCoordinator
from custom_components.backhug.device.model import State
from custom_components.backhug.programmes.model import NO_PROGRAMME
from simulator import protocol
from simulator.back import Back, End, Opcode
from simulator.build import Build
from simulator.clock import ManualClock
from simulator.faults import Faults
from simulator.peripheral import Peripheral
from tests.home import SimulatedBackHug

from .virtual_time import LoopClock
from .watch import LONGEST, Ask, Watch, programme_start, programme_steps, request

if TYPE_CHECKING:
    from .household import Household

COMMAND = 10.0
"""Seconds in which whoever asks for something must have an answer."""
AGREE = 5.0
"""Seconds in which the entities must show what the device does."""
QUIET = 31.0
"""Seconds after which a lost notification of an idle device is made good."""
NOTIFYING: Final[dict[str, Any]] = {
    "drop_notifications": False,
    "notification_times": 1,
    "reorder_notifications": False,
    "tear_notifications": False,
}
"""The faults of what a device notifies, as they are when there are none: they keep nobody from reaching it."""
RECONNECT = 120.0
"""Seconds in which a device that can be reached must be: the longest back-off and one whole attempt."""
ADVERTISING = 1.0
"""Seconds between two advertisements."""
PER_ATTEMPT = 30.0
"""Seconds to each connection that is tried while a device keeps failing."""
ATTEMPTS_AT_ONCE = 20.0
"""Connections that may be tried in quick succession: the ramp of the back-off."""
ATTEMPTS_FOR_A_PERSON = 4.0
"""Connections more that each command of a person allows, or each time that the device comes back."""
ATTEMPTS_FOR_A_STOP = 20.0
"""Connections more that a stop allows: it is tried again each few seconds, for a minute."""
STOP_WRITTEN = 0.5
"""Seconds after which a stop that is under way must be on disk."""
LOSS_NOTICED = 60.0
"""Seconds in which Home Assistant must have noticed that the connection is lost."""
AT_REST = (None, State.STANDBY, State.FAULT)
"""States in which no session runs or ends; None if the state is not known."""
REFUSING: Final[dict[str, Any]] = {
    "refuse_connections": False,
    "hang_connect": False,
    "hang_disconnect": False,
}
"""The faults with which there is no connection at all, as they are when there are none."""

_KEYS = frozenset(
    json.loads(
        (
            Path(custom_components.__path__[0]) / "backhug/translations/en.json"
        ).read_text()
    )["exceptions"]
)


@dataclass(frozen=True)
class StopRequest:
    """A stop that a person has requested, and that is not answered yet."""

    requested_at: float
    """Seconds of the event loop."""
    session: int
    """The session that ran then."""
    shown: bool
    """Whether Home Assistant showed that session."""


class Resident:
    """One BackHug of the household, and what persons ask of it."""

    def __init__(self, household: Household, number: int, build: Build) -> None:
        """Put a BackHug on the radio, once started."""
        self.household = household
        self.hass = household.hass
        self.clock = LoopClock()
        back = Back(build, self.clock, seed=number)
        faults = Faults()
        peripheral = Peripheral(
            back, household.radio, faults=faults, interval=ADVERTISING
        )
        # Its time passes by itself: nobody advances it.
        clock = cast("ManualClock", self.clock)
        self.simulated = SimulatedBackHug(
            self.hass, build, clock, back, peripheral, faults
        )
        self.back, self.peripheral, self.faults = back, peripheral, faults
        self.watch = Watch(back)
        self.ill_at = asyncio.get_running_loop().time()
        """When something was last wrong with the way to it, in seconds of the loop."""
        self.faulty_at = self.ill_at
        """When it last had any fault, likewise."""
        self.unreadable_at = self.ill_at
        """When nobody could last have read how it is, likewise."""
        self.awaiting_since: float | None = None
        """When something was first seen on its way to it that no person asked for, likewise."""
        self.away = False
        self.calls: dict[asyncio.Task[None], tuple[float, str]] = {}
        self.choosing: list[str] = []
        """Programmes whose choice is under way."""
        self.loading: asyncio.Task[Any] | None = None
        self.replaced = 0
        """How many devices had this place before."""
        self.kept: tuple[int, int] | None = None
        """The newest session as this device took the place of another one, and how many this one had elsewhere."""
        self.stops_under_way: dict[int, StopRequest] = {}
        """Stops that are not answered yet, by their number in the watch."""
        self.linked_at = self.ill_at
        """When there may last have been a connection, in seconds of the event loop."""
        self._connections = 0
        self._attempts = 0
        self._may_attempt = ATTEMPTS_AT_ONCE
        self._attempts_at = self.ill_at
        self.called = 0
        self.refused = 0

    @property
    def loaded(self) -> bool:
        """Whether the entry is loaded, and not about to be unloaded."""
        return self.entry.state is ConfigEntryState.LOADED and self.loading is None

    @property
    def entry(self) -> Any:
        """The config entry."""
        return self.simulated.entry

    @property
    def name(self) -> str:
        """What it is called."""
        return self.back.build.name

    @property
    def coordinator(self) -> BackHugCoordinator:
        """The coordinator, while the entry is loaded."""
        return self.simulated.coordinator

    async def start(self) -> None:
        """Appear, and be set up."""
        self.back.lie_down()
        await self.peripheral.start()
        self.back.observe(self.watch)
        self.entry.add_to_hass(self.hass)
        await self.hass.config_entries.async_setup(self.entry.entry_id)

    # What persons ask for

    def call(
        self,
        text: str,
        domain: str,
        service: str,
        data: dict[str, Any],
        *,
        ended: Callable[[str | None], None] = lambda _: None,
        returns: bool = False,
    ) -> None:
        """Call an action, and go on; `ended` is told how it failed, or None."""
        self._spawn(
            text,
            self.hass.services.async_call(
                domain, service, data, blocking=True, return_response=returns
            ),
            ended,
        )

    def _spawn(
        self,
        text: str,
        work: Coroutine[Any, Any, Any],
        ended: Callable[[str | None], None],
    ) -> None:
        self.called += 1
        self.wake()

        async def run() -> None:
            reason = None
            try:
                await work
            except HomeAssistantError as error:
                self.refused += 1
                reason = str(error.translation_key)
                if error.translation_domain == DOMAIN:
                    if reason not in _KEYS or not str(error):
                        self._violate(f"{text}: {error!r} has no text")
                elif error.translation_domain is None:
                    self._violate(f"{text}: {error!r}")
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 (each is a finding)
                self._violate(f"{text}: {''.join(traceback.format_exception(error))}")
            ended(reason)

        task = asyncio.get_running_loop().create_task(run())
        self.calls[task] = (asyncio.get_running_loop().time(), text)
        task.add_done_callback(self.calls.pop)

    def _violate(self, text: str) -> None:
        self.household.violations.append(text)

    def entity(self, platform: str, key: str) -> str | None:
        """Return the id of an entity, while there is one."""
        return er.async_get(self.hass).async_get_entity_id(
            platform, DOMAIN, f"{self.entry.unique_id}_{key}"
        )

    def shown(self, platform: str, key: str) -> str | None:
        """Return what an entity shows."""
        entity_id = self.entity(platform, key)
        state = None if entity_id is None else self.hass.states.get(entity_id)
        return None if state is None else state.state

    def press(
        self,
        platform: str,
        service: str,
        key: str,
        ask: Callable[[], object],
        **data: Any,
    ) -> None:
        """Use an entity as a dashboard does: not while it cannot be used."""
        entity_id = self.entity(platform, key)
        if entity_id is None or self.shown(platform, key) in (None, "unavailable"):
            return
        ended = ask()
        self.call(
            f"{platform}.{service} {data}",
            platform,
            service,
            {ATTR_ENTITY_ID: entity_id, **data},
            ended=cast("Any", ended) if callable(ended) else lambda _: None,
        )

    def act(self, service: str, ended: Any = None, **data: Any) -> None:
        """Call one of our actions."""
        entity_id = self.entity("switch", "hold_connection")
        self.call(
            f"{service} {data}",
            DOMAIN,
            service,
            {ATTR_ENTITY_ID: entity_id, **data},
            ended=ended or (lambda _: None),
            returns=service in ("get_programmes", "get_tension"),
        )

    def ask(self, opcode: Opcode) -> Ask:
        """Allow a request without parameters."""
        return self.watch.ask(opcode.name, request(opcode))

    def may_be_chosen(self) -> set[str | None]:
        """Return what the next session may run: what is chosen, and what is just being chosen."""
        chosen = self.coordinator.controller.runner.chosen
        choosing = {None if each == NO_PROGRAMME else each for each in self.choosing}
        return choosing | {None if chosen is None else chosen.option}

    def own_strength_after(self, step: int) -> int | None:
        """Return the strength after a step up from the person's own one; None if that is not kept."""
        if step < 0 or not self.loaded:
            return None
        own = self.coordinator.controller.own_settings.pending.get("strength")
        return None if own is None else min(own + step, self.back.build.strengths)

    def ask_programme(self, option: str | None, **how: Any) -> None:
        """Allow what a programme makes of this device."""
        if not self.loaded or option is None:
            return
        runner = self.coordinator.controller.runner
        if (programme := runner.find(option)) is None:
            return
        fitted = runner.fitted(programme)
        if fitted.steps:
            self.watch.strengths |= {step.strength for step in fitted.steps}
            self.watch.ask(f"start {option}", programme_start(fitted), **how)
            self.watch.ask(
                f"steps of {option}",
                programme_steps(self.back, fitted),
                lasts=True,
                programme=True,
            )

    def stop(self, *, by_switch: bool = False) -> Callable[[str | None], None]:
        """Take note that a person asks for a stop, and see that they get it or learn that they do not."""
        watch, number = self.watch, self.watch.stop_asked()
        self._may_attempt += ATTEMPTS_FOR_A_STOP
        session = self.back.session_number if self.back.running else None
        was_loaded = self.loaded and self.entry.state is ConfigEntryState.LOADED
        asked_at = asyncio.get_running_loop().time()
        if session is not None:
            status = self.coordinator.data.status if was_loaded else None
            shown = status is not None and status.running and status.session == session
            self.stops_under_way[number] = StopRequest(asked_at, session, shown)

        def ended(reason: str | None) -> None:
            if watch is not self.watch:
                # Another device has taken its place.
                return
            self.stops_under_way.pop(number, None)
            if by_switch and reason is None and not was_loaded:
                # Home Assistant drops what is asked of an entity that is unavailable, and says nothing.
                return
            if reason == "not_set_up":
                self._violate(f"{self.name}: a stop was refused as {reason}")
            watch.stop_ended(number)
            runs = self.back.running and self.back.session_number == session
            if reason is None and runs:
                self._violate(
                    f"{self.name}: a stop was accepted and session {session} runs"
                )
            if reason in ("stop_pending", "stop_released") and runs:
                assert session is not None
                watch.due[session] = asked_at

        return ended

    def killed(self) -> None:
        """Note that Home Assistant is killed: nobody gets an answer any more, but what is on disk holds."""
        now = asyncio.get_running_loop().time()
        for stop in self.stops_under_way.values():
            if stop.shown and STOP_WRITTEN < now - stop.requested_at < COMMAND:
                self.watch.due[stop.session] = stop.requested_at
        self.stops_under_way.clear()
        for call in list(self.calls):
            call.cancel()

    # What must hold

    @property
    def there(self) -> bool:
        """Whether the device is within reach of a proxy, and serves whoever is connected to it."""
        return (
            self.back.powered
            and not self.away
            and self.peripheral.serves(protocol.CONTROL_POINT)
            and self.household.reaches(self)
            and not self.household.cancelling
        )

    def interrupted(self) -> None:
        """Take note that the connection is about to be lost."""
        self.ill_at = self.unreadable_at = asyncio.get_running_loop().time()
        self.wake()

    def wake(self) -> None:
        """Take note of a reason to connect at once."""
        self._may_attempt += ATTEMPTS_FOR_A_PERSON

    async def replace(self, sessions: int) -> None:
        """Let another BackHug take this place, one that has had so many sessions elsewhere."""
        old = self.back.build
        build = replace(
            old,
            address=f"{old.address[:-5]}{self.replaced + 0xA0:02X}{old.address[-3:]}",
        )
        back = Back(build, self.clock, seed=self.replaced)
        back.session_number = sessions
        back.last_end = End.COMPLETED if sessions else End.NONE
        back.lie_down()
        faults = Faults(supervision_timeout=self.household.right.supervision_timeout)
        peripheral = Peripheral(
            back, self.household.radio, faults=faults, interval=ADVERTISING
        )
        await peripheral.start()
        # Home Assistant must have heard it, by whichever proxy.
        await asyncio.sleep(3 * ADVERTISING)
        history = self.coordinator.history
        before = {self.back.session_number, *(each.number for each in history.sessions)}
        flow = await self.entry.start_reconfigure_flow(self.hass)
        if flow["type"] is FlowResultType.FORM:
            # Nobody may hear it.
            with suppress(InvalidData):
                flow = await self.hass.config_entries.flow.async_configure(
                    flow["flow_id"], {CONF_ADDRESS: build.address}
                )
        if flow["type"] is FlowResultType.FORM:
            self.hass.config_entries.flow.async_abort(flow["flow_id"])
        if flow.get("reason") != "reconfigure_successful":
            back.switch_off()
            await peripheral.stop()
            return
        self.kept = max(before), sessions
        self.back.switch_off()
        await self.peripheral.stop()
        simulated = SimulatedBackHug(
            self.hass, build, self.simulated.clock, back, peripheral, faults
        )
        simulated.entry = self.entry
        self.simulated = simulated
        self.back, self.peripheral, self.faults = back, peripheral, faults
        self.away = False
        self.replaced += 1
        self.watch = Watch(back)
        back.observe(self.watch)
        self.stops_under_way.clear()
        self._attempts = self._connections = 0
        self.interrupted()

    def check(self, now: float) -> None:
        """Note what must not be."""
        watch = self.watch
        watch.check(now)
        for violation in watch.violations + self.peripheral.complaints:
            self._violate(f"{self.name}: {violation}")
        watch.violations.clear()
        # What was told long ago would be most of what grows in an hour.
        del self.back.requests[:-1000]
        self.peripheral.complaints.clear()
        # They are for tests that look at them; here they would only grow.
        self.peripheral.refused.clear()
        for began, text in self.calls.values():
            if now - began > COMMAND + 0.1:
                self._violate(f"{self.name}: {text} takes {now - began:.1f} s")
        self._check_attempts(now)
        self._check_history()
        self._check_over(now)
        there = self.there and self.loaded
        self._note_what_is_wrong(now, there=there)
        if there:
            self._check_shown(now)

    def _check_attempts(self, now: float) -> None:
        """See that a device that keeps failing does not keep the radio busy."""
        if not self.back.powered or self.away:
            # Whoever was away is connected at once.
            self._may_attempt = max(self._may_attempt, ATTEMPTS_AT_ONCE)
        attempts = sum(
            scanner.central.attempts[self.back.build.address]
            for scanner, _ in self.household.scanners
        )
        made: float = max(attempts - self._attempts, 0)
        if replace(self.faults, **REFUSING) != self.household.right:
            # The services are then discovered again, over another connection.
            made /= 2
        allowed = self._may_attempt + (now - self._attempts_at) / PER_ATTEMPT
        # A proxy that was replaced begins at 0.
        self._may_attempt = allowed - made
        self._attempts, self._attempts_at = attempts, now
        if self._may_attempt < 0:
            self._violate(f"{self.name}: connected to again and again")
            self._may_attempt = ATTEMPTS_AT_ONCE
        # What was not used is not saved up.
        self._may_attempt = min(self._may_attempt, 2 * ATTEMPTS_AT_ONCE)

    def _check_history(self) -> None:
        """See that no session is remembered that the device which took this place had elsewhere."""
        if self.kept is None or not self.loaded:
            return
        before, elsewhere = self.kept
        for session in self.coordinator.history.sessions:
            if before < session.number <= elsewhere:
                self._violate(f"{self.name}: session {session.number} was elsewhere")
                self.kept = None
                return

    def _check_over(self, now: float) -> None:
        """Check that a session counts as over an hour after the connection to its device was lost."""
        connections, self._connections = self._connections, self.peripheral.connections
        connected = self.loaded and self.coordinator.data.connected
        if connected or connections != self._connections:
            self.linked_at = now
        if not self.loaded or now - self.linked_at <= LONGEST + LOSS_NOTICED:
            return
        coordinator = self.coordinator
        status = coordinator.data.status
        runner, running = coordinator.controller.runner, coordinator.history.running
        found = {
            "the state": None if status is None else status.state,
            "the switch": self.shown("switch", "session"),
            "voice": coordinator.may_be_in_session,
            "replacing": coordinator.in_session,
            "the history": None if running is None else running.number,
            "the programme": runner.programme,
            "the time that has passed": runner.passed,
        }
        expected = {
            "the state": AT_REST,
            "the switch": (None, "off", "unavailable", "unknown"),
            "voice": (False,),
            "replacing": (False,),
        }
        for purpose, value in found.items():
            if value not in expected.get(purpose, (None,)):
                self._violate(
                    f"{self.name}: lost for {now - self.linked_at:.0f} s, but in session for {purpose}: {value}"
                )

    def _check_stops(self, now: float) -> None:
        """Check that the running session is not one whose stop was promised."""
        requested_at = self.watch.due.get(self.back.session_number, -math.inf)
        if self.back.running and now - requested_at < LONGEST:
            self._violate(f"{self.name}: a stop that was promised has not come")

    def _note_what_is_wrong(self, now: float, *, there: bool) -> None:
        if self.faults != self.household.right:
            self.faulty_at = now
        if not there or replace(self.faults, **NOTIFYING) != self.household.right:
            self.ill_at = now
        if not there or self.faults.status is not None:
            self.unreadable_at = now

    def _check_shown(self, now: float) -> None:
        # An adapter makes one connection at a time: who hangs keeps the others waiting.
        others = self.household.residents
        if now - max(each.ill_at for each in others) > RECONNECT:
            self.check_reached()
            if self.coordinator.hold:
                self._check_stops(now)
        well = now - max(self.ill_at, self.faulty_at) > QUIET
        hug = self.coordinator.controller.back_hug
        on_its_way = (
            hug._control._awaited or hug.reported.wanted or hug._queue._turn.locked()
        )
        if self.calls or not on_its_way or not well:
            self.awaiting_since = None
        elif self.awaiting_since is None:
            self.awaiting_since = now
        elif now - self.awaiting_since > COMMAND:
            self._violate(f"{self.name}: something is still awaited")
        # What is on its way, as a step of a programme, is shown before the device has it.
        if self.calls or on_its_way or not self.coordinator.data.connected:
            return
        since = now - max(self.unreadable_at, self.watch.changed_at, self.connected_at)
        # Whatever else is wrong: who is connected for so long has read it.
        if since > (AGREE if well else QUIET + AGREE):
            self.check_agrees()

    @property
    def connected_at(self) -> float:
        """When the connection was made, in seconds of the loop."""
        noted = [
            when
            for when, what in self.coordinator.controller.back_hug.connection.history
            if what == "connected"
        ]
        wall = dt_util.utcnow().timestamp()
        now = asyncio.get_running_loop().time()
        # The wall clock may have jumped since: then it does not matter any more.
        return now - min(max(wall - noted[-1], 0.0), now) if noted else now

    def check_reached(self) -> None:
        """See that the connection is there, unless a person let go of it or nothing needs it."""
        coordinator = self.coordinator
        if coordinator.hold and not (
            coordinator.data.connected or coordinator.data.resting
        ):
            link = coordinator.controller.back_hug.connection
            self._violate(f"{self.name} is not reached: {list(link.history)[-6:]}")

    def check_agrees(self) -> None:
        """See that the entities show what the device does."""
        status, build = self.back.status(), self.back.build
        expected: dict[tuple[str, str], str | None] = {
            ("sensor", "state"): status.state.name.lower(),
            ("sensor", "last_session_ended_by"): status.last_end.name.lower(),
            ("switch", "session"): "on" if self.back.running else "off",
            ("number", "strength"): str(status.strength),
            ("number", "session_length"): str(-(-status.length // 60)),
            ("binary_sensor", "connected"): "on",
            ("binary_sensor", "problem"): "on" if status.fault else "off",
        }
        if build.senses_occupancy:
            occupied = "on" if self.back.occupied else "off"
            expected["binary_sensor", "occupied"] = occupied
        if build.reports_leg_rest:
            raised = "on" if self.back.leg_rest_raised else "off"
            expected["binary_sensor", "leg_rest"] = raised
        for (platform, key), value in expected.items():
            if (shown := self.shown(platform, key)) != value:
                self._violate(
                    f"{self.name}: {platform} {key} shows {shown}, not {value}"
                )
        self._check_stops(asyncio.get_running_loop().time())
        ends = self.shown("sensor", "session_ends")
        if status.state.name in ("SCANNING", "TREATING"):
            end = dt_util.parse_datetime(ends or "")
            left = None if end is None else (end - dt_util.utcnow()).total_seconds()
            if left is None or abs(left - status.seconds_left) > AGREE:
                self._violate(
                    f"{self.name}: ends in {left} s, not in {status.seconds_left} s"
                )
        elif ends != "unknown":
            self._violate(f"{self.name}: ends {ends}")

    async def recover(self) -> None:
        """Make everything well."""
        self.recover_now()
        if not self.peripheral.serves(protocol.CONTROL_POINT):
            await self.peripheral.restart(self.back.build)

    def go_right(self) -> None:
        """End every fault."""
        if self.faults.hang_disconnect:
            # What hung ends now, as with the reset of a proxy: nobody else can end it.
            self.interrupted()
            self.peripheral.drop_link()
        self.faults.clear()
        self.faults.supervision_timeout = self.household.right.supervision_timeout

    def recover_now(self) -> None:
        """Make everything well that takes no time."""
        self.go_right()
        self.back.switch_on()
        if self.away:
            self.away = False
            self.peripheral.appear()
        self.back.clear_fault()
