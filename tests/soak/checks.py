"""Checks of one resident of a household: what must hold after each step."""

from __future__ import annotations

import asyncio
from dataclasses import replace
import math
from typing import TYPE_CHECKING, Any, Final

from homeassistant.util import dt as dt_util

from custom_components.backhug.device.model import State
from simulator import protocol
from simulator.back import Status

from .watch import LONGEST

if TYPE_CHECKING:
    from .resident import Resident

COMMAND = 10.0
"""Seconds within which every call must be answered."""
AGREE = 5.0
"""Seconds within which the entities must show a change at the device."""
QUIET = 31.0
"""Seconds after which a lost notification of an idle device is made good."""
RECONNECT = 120.0
"""Seconds within which a reachable device must be connected: the longest back-off and one whole attempt."""
LOSS_NOTICED = 60.0
"""Seconds within which Home Assistant must notice that the connection is lost."""

_PER_ATTEMPT = 30.0
"""Seconds for each attempt to connect while a device keeps failing."""
_ATTEMPTS_AT_ONCE = 20.0
"""Attempts that may be made in quick succession: the ramp of the back-off."""
ATTEMPTS_FOR_A_PERSON = 4.0
"""Additional attempts for each command of a person, and each time that the device returns."""
ATTEMPTS_FOR_A_STOP = 20.0
"""Additional attempts for a stop, which is tried every few seconds for a minute."""

_AT_REST: Final = (None, State.STANDBY, State.FAULT)
"""States in which no session runs or ends; None if the state is not known."""
_NOTIFYING: Final[dict[str, Any]] = {
    "drop_notifications": False,
    "notification_times": 1,
    "reorder_notifications": False,
    "tear_notifications": False,
}
"""Faults of notifications, which prevent no connection, with their values while absent."""
_REFUSING: Final[dict[str, Any]] = {
    "refuse_connections": False,
    "hang_connect": False,
    "hang_disconnect": False,
}
"""Faults that prevent every connection, with their values while absent."""


class Checks:
    """Checks one resident, and remembers what has impaired it.

    Times are in seconds of the event loop.
    """

    def __init__(self, resident: Resident) -> None:
        """Begin with a device that is about to be connected."""
        self._resident = resident
        now = asyncio.get_running_loop().time()
        self.impaired_at = now
        """When the path to the device was last impaired."""
        self._faulty_at = now
        """When a fault was last injected."""
        self._unreadable_at = now
        """When the state of the device could last not be read."""
        self._awaiting_since: float | None = None
        """Since when something is awaited that is not the answer to a call."""
        self._linked_at = now
        """When there may last have been a connection."""
        self._connections = 0
        self._attempts = 0
        self._may_attempt = _ATTEMPTS_AT_ONCE
        self._attempts_at = now
        self.elsewhere: tuple[int, int] | None = None
        """The newest session when this device replaced another one, and the number of its sessions before that."""

    @property
    def reachable(self) -> bool:
        """Whether a proxy reaches the device, and the device serves connections."""
        resident = self._resident
        return (
            resident.back.powered
            and not resident.away
            and resident.peripheral.serves(protocol.CONTROL_POINT)
            and resident.household.hears(resident)
            and not resident.household.cancelling
        )

    def interrupted(self) -> None:
        """Note that the connection is about to be lost."""
        self.impaired_at = self._unreadable_at = asyncio.get_running_loop().time()
        self.allow_attempts(ATTEMPTS_FOR_A_PERSON)

    def allow_attempts(self, attempts: float) -> None:
        """Allow additional attempts to connect."""
        self._may_attempt += attempts

    def replaced(self, newest: int, sessions: int) -> None:
        """Note that another device has taken the place of this one.

        `newest` is the newest session of the former one, `sessions` the number of sessions of the new one.
        """
        self.elsewhere = newest, sessions
        self._attempts = self._connections = 0
        self.interrupted()

    def check(self, now: float) -> None:
        """Add what is violated to the violations of the household."""
        resident = self._resident
        watch, peripheral = resident.watch, resident.peripheral
        watch.check(now)
        for violation in watch.violations + peripheral.complaints:
            resident.violate(violation)
        watch.violations.clear()
        # Otherwise they would be most of the memory after an hour.
        del resident.back.requests[:-1000]
        peripheral.complaints.clear()
        peripheral.refused.clear()
        for began, text in resident.calls.values():
            if now - began > COMMAND + 0.1:
                resident.violate(f"{text} takes {now - began:.1f} s")
        self._check_attempts(now)
        self._check_history()
        resident.ownership.check()
        self._check_over(now)
        readable = self.reachable and resident.loaded
        self._note_impairments(now, readable=readable)
        if readable:
            self._check_shown(now)

    def _check_attempts(self, now: float) -> None:
        """Check that a device that keeps failing does not keep the radio busy."""
        resident = self._resident
        if not resident.back.powered or resident.away:
            # A device that returns is connected at once.
            self._may_attempt = max(self._may_attempt, _ATTEMPTS_AT_ONCE)
        attempts = sum(
            scanner.central.attempts[resident.back.build.address]
            for scanner, _ in resident.household.scanners
        )
        made: float = max(attempts - self._attempts, 0)
        if replace(resident.faults, **_REFUSING) != resident.household.faultless:
            # Services that may be stale are discovered again over a second connection.
            made /= 2
        allowed = self._may_attempt + (now - self._attempts_at) / _PER_ATTEMPT
        # The counter of a proxy that was replugged begins at 0.
        self._may_attempt = allowed - made
        self._attempts, self._attempts_at = attempts, now
        if self._may_attempt < 0:
            resident.violate("connected to again and again")
            self._may_attempt = _ATTEMPTS_AT_ONCE
        # Unused attempts are not saved up.
        self._may_attempt = min(self._may_attempt, 2 * _ATTEMPTS_AT_ONCE)

    def _check_history(self) -> None:
        """Check that the history has no session that this device had before it replaced another one."""
        resident = self._resident
        if self.elsewhere is None or not resident.loaded:
            return
        newest, elsewhere = self.elsewhere
        for session in resident.coordinator.history.sessions:
            if newest < session.number <= elsewhere:
                resident.violate(f"session {session.number} was elsewhere")
                self.elsewhere = None
                return

    def _check_over(self, now: float) -> None:
        """Check that a session counts as over an hour after the connection to its device was lost."""
        resident = self._resident
        connections = resident.peripheral.connections
        connected = resident.loaded and resident.coordinator.data.connected
        if connected or connections != self._connections:
            self._linked_at = now
        self._connections = connections
        lost_for = now - self._linked_at
        if not resident.loaded or lost_for <= LONGEST + LOSS_NOTICED:
            return
        coordinator = resident.coordinator
        status, running = coordinator.data.status, coordinator.history.running
        runner = coordinator.controller.runner
        counts_for: dict[str, bool] = {
            "state": (status and status.state) not in _AT_REST,
            "switch": resident.shown("switch", "session") == "on",
            "voice": coordinator.may_be_in_session,
            "replacing": coordinator.in_session,
            "history": running is not None,
            "programme": runner.programme is not None or runner.passed is not None,
        }
        if in_session := [purpose for purpose, counts in counts_for.items() if counts]:
            resident.violate(f"lost for {lost_for:.0f} s, but in session: {in_session}")

    def _check_stops(self, now: float) -> None:
        """Check that the running session is not one whose stop was promised."""
        resident = self._resident
        requested_at = resident.watch.due.get(resident.back.session_number, -math.inf)
        if resident.back.running and now - requested_at < LONGEST:
            resident.violate("a stop that was promised was not delivered")

    def _note_impairments(self, now: float, *, readable: bool) -> None:
        faults, faultless = self._resident.faults, self._resident.household.faultless
        if faults != faultless:
            self._faulty_at = now
        if not readable or replace(faults, **_NOTIFYING) != faultless:
            self.impaired_at = now
        if not readable or faults.status is not None:
            self._unreadable_at = now

    def _check_shown(self, now: float) -> None:
        resident = self._resident
        # An adapter makes one connection at a time: a device that hangs delays the others.
        residents = resident.household.residents
        if now - max(each.checks.impaired_at for each in residents) > RECONNECT:
            self.check_connected()
            if resident.coordinator.hold:
                self._check_stops(now)
        well = now - max(self.impaired_at, self._faulty_at) > QUIET
        hug = resident.coordinator.controller.back_hug
        on_its_way = (
            hug._control._awaited or hug.reported.wanted or hug._queue._turn.locked()
        )
        if resident.calls or not on_its_way or not well:
            self._awaiting_since = None
        elif self._awaiting_since is None:
            self._awaiting_since = now
        elif now - self._awaiting_since > COMMAND:
            resident.violate("something is still awaited")
        # A value on its way, such as a step of a programme, is shown before the device has it.
        if resident.calls or on_its_way or not resident.coordinator.data.connected:
            return
        since = now - max(
            self._unreadable_at, resident.watch.changed_at, self._connected_at
        )
        # Status is read on a connection even if no notification arrives.
        if since > (AGREE if well else QUIET + AGREE):
            self.check_agrees()

    @property
    def _connected_at(self) -> float:
        """When the connection was made."""
        connection = self._resident.coordinator.controller.back_hug.connection
        noted = [when for when, what in connection.history if what == "connected"]
        wall = dt_util.utcnow().timestamp()
        now = asyncio.get_running_loop().time()
        # After a jump of the wall clock it is the present time at the latest.
        return now - min(max(wall - noted[-1], 0.0), now) if noted else now

    def check_connected(self) -> None:
        """Check that the device is connected, unless the connection is released or idle on demand."""
        coordinator = self._resident.coordinator
        if coordinator.hold and not (
            coordinator.data.connected or coordinator.data.resting
        ):
            connection = coordinator.controller.back_hug.connection
            self._resident.violate(f"not connected: {list(connection.history)[-6:]}")

    def check_agrees(self) -> None:
        """Check that the entities show the state of the device."""
        resident = self._resident
        back, shown = resident.back, resident.shown
        status = back.status()
        # After a programme, the person's own settings are shown until the next start sends them.
        own = resident.coordinator.controller.own_settings.pending
        minutes = -(-status.length // 60)
        expected: dict[tuple[str, str], str | None] = {
            ("sensor", "state"): status.state.name.lower(),
            ("switch", "session"): "on" if back.running else "off",
            ("number", "strength"): str(own.get("strength", status.strength)),
            ("number", "session_length"): str(own.get("minutes", minutes)),
            ("binary_sensor", "connected"): "on",
            ("binary_sensor", "problem"): "on" if status.fault else "off",
        }
        if not resident.described:
            # No description says how a session has ended.
            ended_by = status.last_end.name.lower()
            expected["sensor", "last_session_ended_by"] = ended_by
        elif not back.running:
            # What a person chose is shown until the next start sends it, also if the device refused it at rest.
            del expected["number", "strength"], expected["number", "session_length"]
        if back.build.senses_occupancy:
            occupied = "on" if back.occupied else "off"
            expected["binary_sensor", "occupied"] = occupied
        if back.build.reports_leg_rest:
            raised = "on" if back.leg_rest_raised else "off"
            expected["binary_sensor", "leg_rest"] = raised
        for (platform, key), value in expected.items():
            if (found := shown(platform, key)) != value:
                resident.violate(f"{platform} {key} shows {found}, not {value}")
        self._check_stops(asyncio.get_running_loop().time())
        self._check_end(status, shown("sensor", "session_ends"))

    def _check_end(self, status: Status, ends: str | None) -> None:
        """Check that an entity shows when the session ends."""
        resident = self._resident
        if status.state.name in ("SCANNING", "TREATING"):
            end = dt_util.parse_datetime(ends or "")
            left = None if end is None else (end - dt_util.utcnow()).total_seconds()
            latest = earliest = float(status.seconds_left)
            if resident.described:
                # Home Assistant ends the session an hour after it saw it first, pauses included.
                now = asyncio.get_running_loop().time()
                earliest = min(latest, resident.watch.began_at + LONGEST - now)
            if left is None or not earliest - AGREE <= left <= latest + AGREE:
                resident.violate(f"ends in {left} s, not in {earliest}…{latest} s")
        elif ends != "unknown":
            resident.violate(f"ends {ends}")
