"""A resident of a household: one BackHug, and the requests that people make of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
import json
from pathlib import Path
import traceback
from typing import TYPE_CHECKING, Any, cast

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID, CONF_ADDRESS
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

import custom_components
from custom_components.backhug.const import DOMAIN
from custom_components.backhug.consultant.agent import Consultant
from custom_components.backhug.coordinator import BackHugCoordinator
from custom_components.backhug.programmes.model import NO_PROGRAMME
from simulator import protocol
from simulator.back import Back, End, Opcode
from simulator.build import Build
from simulator.clock import ManualClock
from simulator.faults import Faults
from simulator.peripheral import Peripheral
from tests.home import SimulatedBackHug

from .builds import DESCRIBED, OFFERED, described
from .checks import ATTEMPTS_FOR_A_PERSON, ATTEMPTS_FOR_A_STOP, COMMAND, Checks
from .ownership import Ownership
from .virtual_time import LoopClock
from .watch import Permission, Watch, programme_start, programme_steps, request

if TYPE_CHECKING:
    from .household import Household

ADVERTISING = 1.0
"""Seconds between two advertisements."""
STOP_WRITTEN = 0.5
"""Seconds after which a stop that is under way must be on disk."""

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
    """One BackHug of the household, and the requests that people make of it."""

    def __init__(self, household: Household, number: int, build: Build) -> None:
        """Initialize a BackHug that is not on the radio before `start`."""
        self.household = household
        self.hass = household.hass
        self.clock = LoopClock()
        back = Back(build, self.clock, seed=number)
        faults = Faults()
        peripheral = Peripheral(
            back, household.radio, faults=faults, interval=ADVERTISING
        )
        # Virtual time passes by itself: nobody advances it.
        clock = cast("ManualClock", self.clock)
        self.simulated = SimulatedBackHug(
            self.hass, build, clock, back, peripheral, faults
        )
        self.described = build == DESCRIBED
        """Whether the device's protocol is one that a person has described."""
        if self.described:
            self.simulated.entry = described(self.entry)
        self.back, self.peripheral, self.faults = back, peripheral, faults
        self.watch = Watch(back, offered=OFFERED if self.described else None)
        self.checks = Checks(self)
        self.ownership = Ownership(self)
        self.consultant: tuple[BackHugCoordinator, Consultant] | None = None
        """The consultant, and the coordinator whose it is."""
        self.away = False
        self.calls: dict[asyncio.Task[None], tuple[float, str]] = {}
        self.choosing: list[str] = []
        """Programmes whose choice is under way."""
        self.loading: asyncio.Task[Any] | None = None
        self.replaced = 0
        """How often the device was replaced."""
        self.stops_under_way: dict[int, StopRequest] = {}
        """Stops that are not answered yet, by their number in the watch."""
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
        """The name of the device."""
        return self.back.build.name

    @property
    def coordinator(self) -> BackHugCoordinator:
        """The coordinator, while the entry is loaded."""
        return self.simulated.coordinator

    async def start(self) -> None:
        """Put the device on the radio, and set up its entry."""
        self.back.lie_down()
        await self.peripheral.start()
        self.back.observe(self.watch)
        self.entry.add_to_hass(self.hass)
        await self.hass.config_entries.async_setup(self.entry.entry_id)

    # Requests of people

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
        """Call an action in the background; `ended` is called with the key of its error, or None."""
        self.spawn(
            text,
            self.hass.services.async_call(
                domain, service, data, blocking=True, return_response=returns
            ),
            ended,
        )

    def spawn(
        self,
        text: str,
        work: Coroutine[Any, Any, Any],
        ended: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        """Carry out a request in the background; `ended` is called as for `call`."""
        self.called += 1
        self.checks.allow_attempts(ATTEMPTS_FOR_A_PERSON)

        async def run() -> None:
            reason = None
            try:
                await work
            except HomeAssistantError as error:
                self.refused += 1
                reason = str(error.translation_key)
                if error.translation_domain == DOMAIN:
                    if reason not in _KEYS or not str(error):
                        self.violate(f"{text}: {error!r} has no text")
                elif error.translation_domain is None:
                    self.violate(f"{text}: {error!r}")
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 (each is a finding)
                self.violate(f"{text}: {''.join(traceback.format_exception(error))}")
            ended(reason)

        task = asyncio.get_running_loop().create_task(run())
        self.calls[task] = (asyncio.get_running_loop().time(), text)
        task.add_done_callback(self.calls.pop)

    def violate(self, text: str) -> None:
        """Add a violation to those of the household."""
        self.household.violations.append(f"{self.name}: {text}")

    def entity(self, platform: str, key: str) -> str | None:
        """Return the id of an entity; None if it does not exist."""
        return er.async_get(self.hass).async_get_entity_id(
            platform, DOMAIN, f"{self.entry.unique_id}_{key}"
        )

    def shown(self, platform: str, key: str) -> str | None:
        """Return the state of an entity; None if it has none."""
        entity_id = self.entity(platform, key)
        state = None if entity_id is None else self.hass.states.get(entity_id)
        return None if state is None else state.state

    def press(
        self,
        platform: str,
        service: str,
        key: str,
        permit: Callable[[], object],
        **data: Any,
    ) -> None:
        """Use an entity as a dashboard does: not while it is unavailable.

        `permit` permits the requests; it may return the function to call with the result, as for `call`.
        """
        entity_id = self.entity(platform, key)
        if entity_id is None or self.shown(platform, key) in (None, "unavailable"):
            return
        ended = permit()
        self.call(
            f"{platform}.{service} {data}",
            platform,
            service,
            {ATTR_ENTITY_ID: entity_id, **data},
            ended=cast("Any", ended) if callable(ended) else lambda _: None,
        )

    def act(self, service: str, ended: Any = None, **data: Any) -> None:
        """Call one of the integration's actions."""
        entity_id = self.entity("switch", "hold_connection")
        self.call(
            f"{service} {data}",
            DOMAIN,
            service,
            {ATTR_ENTITY_ID: entity_id, **data},
            ended=ended or (lambda _: None),
            returns=service in ("get_programmes", "get_tension"),
        )

    def permit(self, opcode: Opcode) -> Permission:
        """Permit a request without parameters."""
        return self.watch.permit(opcode.name, request(opcode))

    def may_be_chosen(self) -> set[str | None]:
        """Return the programmes that the next session may run: chosen ones, and those being chosen."""
        chosen = self.coordinator.controller.runner.chosen
        choosing = {None if each == NO_PROGRAMME else each for each in self.choosing}
        return choosing | {None if chosen is None else chosen.option}

    def own_strength_after(self, step: int) -> int | None:
        """Return the strength after a step up from the person's own one; None if that is not kept."""
        if step < 0 or not self.loaded:
            return None
        own = self.coordinator.controller.own_settings.pending.get("strength")
        return None if own is None else min(own + step, self.watch.levels)

    def permit_programme(self, option: str | None, **how: Any) -> None:
        """Permit the requests of a programme, as this device carries it out."""
        if not self.loaded or option is None:
            return
        runner = self.coordinator.controller.runner
        if (programme := runner.find(option)) is None:
            return
        fitted = runner.fitted(programme)
        if fitted.steps:
            self.watch.strengths |= {step.strength for step in fitted.steps}
            self.watch.permit(f"start {option}", programme_start(fitted), **how)
            self.watch.permit(
                f"steps of {option}",
                programme_steps(self.back, fitted),
                lasts=True,
                programme=True,
            )

    def stop(self, *, by_switch: bool = False) -> Callable[[str | None], None]:
        """Note a request to stop; return the function that checks its answer."""
        watch, number = self.watch, self.watch.stop_requested()
        self.checks.allow_attempts(ATTEMPTS_FOR_A_STOP)
        session = self.back.session_number if self.back.running else None
        was_loaded = self.loaded and self.entry.state is ConfigEntryState.LOADED
        requested_at = asyncio.get_running_loop().time()
        if session is not None:
            status = self.coordinator.data.status if was_loaded else None
            shown = status is not None and status.running and status.session == session
            self.stops_under_way[number] = StopRequest(requested_at, session, shown)

        def ended(reason: str | None) -> None:
            if watch is not self.watch:
                # The device was replaced.
                return
            self.stops_under_way.pop(number, None)
            if by_switch and reason is None and not was_loaded:
                # Home Assistant silently ignores calls to unavailable entities.
                return
            if reason is not None and reason.startswith(
                ("not_set_up", "not_reachable")
            ):
                self.violate(f"a stop was refused as {reason}")
            watch.stop_answered(number)
            runs = self.back.running and self.back.session_number == session
            if reason is None and runs:
                self.violate(f"a stop was accepted and session {session} runs")
            if reason in ("stop_pending", "stop_released") and runs:
                assert session is not None
                watch.due[session] = requested_at

        return ended

    def killed(self) -> None:
        """Note that Home Assistant is killed: callers get no answer, but stops on disk must be delivered."""
        now = asyncio.get_running_loop().time()
        for stop in self.stops_under_way.values():
            if stop.shown and STOP_WRITTEN < now - stop.requested_at < COMMAND:
                self.watch.due[stop.session] = stop.requested_at
        self.stops_under_way.clear()
        self.ownership.killed()
        for call in list(self.calls):
            call.cancel()

    # The device

    async def replace(self, sessions: int) -> None:
        """Replace the device by another one that has had so many sessions elsewhere."""
        old = self.back.build
        build = replace(
            old,
            address=f"{old.address[:-5]}{self.replaced + 0xA0:02X}{old.address[-3:]}",
        )
        back = Back(build, self.clock, seed=self.replaced)
        back.session_number = sessions
        back.last_end = End.COMPLETED if sessions else End.NONE
        back.lie_down()
        faults = Faults(
            supervision_timeout=self.household.faultless.supervision_timeout
        )
        peripheral = Peripheral(
            back, self.household.radio, faults=faults, interval=ADVERTISING
        )
        await peripheral.start()
        # Home Assistant must hear it first.
        await asyncio.sleep(3 * ADVERTISING)
        history = self.coordinator.history
        before = {self.back.session_number, *(each.number for each in history.sessions)}
        flow = await self.entry.start_reconfigure_flow(self.hass)
        if flow["type"] is FlowResultType.FORM:
            # No proxy may hear it.
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
        self.watch = Watch(back, offered=OFFERED if self.described else None)
        back.observe(self.watch)
        self.stops_under_way.clear()
        self.ownership = Ownership(self, self.ownership)
        self.checks.replaced(max(before), sessions)

    async def recover(self) -> None:
        """Clear every fault, and restore the services."""
        self.recover_now()
        if not self.peripheral.serves(protocol.CONTROL_POINT):
            await self.peripheral.restart(self.back.build)

    def clear_faults(self) -> None:
        """Clear the faults of the device."""
        if self.faults.hang_disconnect:
            # Only a reset of the proxy ends a disconnection that hangs.
            self.checks.interrupted()
            self.peripheral.drop_link()
        self.faults.clear()
        self.faults.supervision_timeout = self.household.faultless.supervision_timeout

    def recover_now(self) -> None:
        """Clear every fault that can be cleared at once."""
        self.clear_faults()
        self.back.switch_on()
        if self.away:
            self.away = False
            self.peripheral.appear()
        self.back.clear_fault()
