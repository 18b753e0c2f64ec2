"""Watches one device: each request that it receives must have been requested by somebody."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
import math
from typing import override

from custom_components.backhug.device.model import Features
from custom_components.backhug.programmes.model import Fitted, begins
from simulator.back import Back, Observer, Opcode, Request, Status
from simulator.build import Area, Flow

LONGEST = 3600
"""Seconds of a session."""
STOP_ON_ITS_WAY = 10.0
"""Seconds within which a stop must follow a request that it has not overtaken on the radio."""
ON_ITS_WAY = 0.1
"""Seconds within which a request may still arrive that was on the radio when a stop failed."""
EARLY = 2.0
"""Seconds by which a step of a programme may be early: the device rounds its seconds."""
NOTICED = 12.0
"""Seconds after which Home Assistant must know of a change at the device.

A lost notification is made good within five, and a command may be on its way for nine.
"""


@dataclass(eq=False)
class Permission:
    """Permission for requests to the device, because a person has requested them."""

    number: int
    text: str
    allows: Callable[[Request], bool]
    lasts: bool = False
    """Whether it permits more than one request."""
    arming: bool = False
    """Whether it is for a start on occupancy, which a restart and any session end."""
    programme: bool = False
    """Whether a programme sends the requests: a strength that a person turned down limits it."""
    until: float = math.inf
    """When it expires, in seconds of the event loop."""


class Watch(Observer):
    """Observer of one device; collects violations."""

    def __init__(self, back: Back, *, offered: Features | None = None) -> None:
        """Begin with the present state of a device, which nobody has to have requested.

        `offered` is what the device offers by a description. Home Assistant then does not notice firmware with other
        features, and itself ends a session that lasts an hour, pauses included.
        """
        self.back = back
        self._offered = offered
        self.violations: list[str] = []
        self.changed_at = 0.0
        """When the state of the device last changed, in seconds of the event loop."""
        self.permissions: list[Permission] = []
        self.revoked: list[Permission] = []
        """Permissions from before a stop that has been answered."""
        self.due: dict[int, float] = {}
        """Sessions whose stop is promised, each with the time of the request in seconds of the event loop."""
        self.strengths = {back.strength}
        """Every strength that anybody has requested."""
        self.bound: tuple[float, int] | None = None
        """When a person turned the strength down in this session, in seconds of the event loop, and to which level."""
        self.stops = 0
        """How many stops people have requested."""
        self.starts = 0
        """How many starts the device has received."""
        self._seen: set[int] = set()
        self._numbers = count(1)
        self._last_stop = 0
        self._stop_ended_at = -math.inf
        self._late: tuple[float, str] | None = None
        self._shown: Status | None = None
        self._level = back.strength
        self._levels: deque[tuple[float, int]] = deque(maxlen=20)
        """Earlier strengths, each with the time when it ended."""
        self._session = back.session_number
        self._reported = back.session_number
        self.began_at = 0.0
        """When the device reported this session first, in seconds of the event loop."""

    # What people do

    def permit(
        self,
        text: str,
        allows: Callable[[Request], bool],
        *,
        lasts: bool = False,
        arming: bool = False,
        programme: bool = False,
        until: float = math.inf,
    ) -> Permission:
        """Permit requests from now on, until a stop."""
        permission = Permission(
            next(self._numbers), text, allows, lasts, arming, programme, until
        )
        self.permissions.append(permission)
        now = asyncio.get_running_loop().time()
        self.permissions = [
            each for each in self.permissions if each.until >= now - 60
        ][-200:]
        return permission

    def disarm(self) -> None:
        """End start on occupancy, as a restart or a release does."""
        self.permissions = [each for each in self.permissions if not each.arming]

    def at_device(self) -> None:
        """Note that a person has just operated the device itself."""
        self._follow(by_person=True)

    @property
    def levels(self) -> int:
        """How many strength levels Home Assistant takes the device to have."""
        if self._offered is not None:
            return self._offered.strength_levels
        return self.back.build.strengths

    def stepped(self, value: int, step: int) -> bool:
        """Return whether a strength is `step` levels from the one that the device has, or had a moment ago."""
        since = asyncio.get_running_loop().time() - NOTICED
        recent = [level for ended, level in self._levels if ended >= since]
        return any(
            value == min(max(level + step, 1), self.levels)
            for level in (*recent, self._level)
        )

    def _follow(self, *, by_person: bool) -> None:
        """Follow the strength and the session number of the device."""
        now = asyncio.get_running_loop().time()
        before, self._level = self._level, self.back.strength
        if before != self._level:
            self._levels.append((now, before))
        if self._session != self.back.session_number:
            # Any session ends start on occupancy.
            self._session, self.bound = self.back.session_number, None
            self.disarm()
        elif by_person and self.back.running and self._level < before:
            self.bound = now, self._level
        elif by_person and self.bound is not None and self._level > self.bound[1]:
            self.bound = None

    def stop_requested(self) -> int:
        """Return the number of a stop that a person requests now."""
        self.stops += 1
        self._last_stop = next(self._numbers)
        return self._last_stop

    def stop_answered(self, number: int) -> None:
        """Note the answer to a stop: nothing from before it is permitted any more."""
        self._stop_ended_at = asyncio.get_running_loop().time()
        revoked = [each for each in self.permissions if each.number < number]
        self.revoked = (self.revoked + revoked)[-20:]
        self.permissions = [each for each in self.permissions if each.number > number]

    # What the device receives and shows

    @override
    def request_received(self, entry: Request) -> None:
        now = asyncio.get_running_loop().time()
        if entry.opcode == Opcode.STOP:
            self._stopped()
            return
        if entry.opcode == Opcode.START:
            self.starts += 1
        # Permissions for a single request are used up first.
        for permission in sorted(self.permissions, key=lambda each: each.lasts):
            if now <= permission.until and permission.allows(entry):
                self._permitted(permission, entry)
                return
        name = f"{Opcode(entry.opcode).name} {entry.parameters.hex(' ')}"
        before = [each.text for each in self.revoked if each.allows(entry)]
        expired = [each.text for each in self.permissions if each.allows(entry)]
        if now - self._stop_ended_at < ON_ITS_WAY and before:
            return
        if expired:
            self.violations.append(f"{name} comes too late: {expired}")
        elif before:
            # It may have been on the radio already, ahead of the stop.
            self._late = self._late or (
                now + STOP_ON_ITS_WAY,
                f"{name} was requested before a stop: {before}",
            )
        else:
            requested = [each.text for each in self.permissions]
            self.violations.append(f"nobody requested {name}: {requested}")

    def _permitted(self, permission: Permission, entry: Request) -> None:
        """Note a request that was permitted."""
        if entry.opcode == Opcode.SET_STRENGTH:
            self.strengths.add(entry.parameters[0])
            if permission.programme:
                self._check_bound(entry.parameters[0])
        if not permission.lasts:
            self.permissions.remove(permission)
        self._follow(by_person=not permission.programme)

    def _stopped(self) -> None:
        self._late = None
        lasted = asyncio.get_running_loop().time() - self.began_at
        if not self.stops and (self._offered is None or lasted < LONGEST):
            self.violations.append("nobody requested a stop of this device")
        self.stop_answered(self._last_stop)

    def _check_bound(self, strength: int) -> None:
        """Check that a programme does not raise a strength that a person has turned down."""
        if self.bound is not None:
            since, bound = self.bound
            passed = asyncio.get_running_loop().time() - since
            if strength > bound and passed > NOTICED:
                self.violations.append(
                    f"a programme sets {strength}, turned down to {bound} by a person"
                )

    @override
    def status_changed(self) -> None:
        status = self.back.status()
        shown = self._shown
        if self._reported != status.session_number:
            self._reported = status.session_number
            self.began_at = asyncio.get_running_loop().time()
        if shown is None or (
            shown.state,
            shown.strength,
            shown.area,
            shown.flow,
            shown.flags,
            shown.length,
            shown.session_number,
            shown.last_end,
        ) != (
            status.state,
            status.strength,
            status.area,
            status.flow,
            status.flags,
            status.length,
            status.session_number,
            status.last_end,
        ):
            self.changed_at = asyncio.get_running_loop().time()
        self._shown = status
        self._seen.add(status.strength)
        if status.length > LONGEST or self.back.passed() > LONGEST + 1:
            self.violations.append(f"a session of {status.length} s")

    @override
    def power_changed(self) -> None:
        # It reports nothing while it is off: the next report may be a change.
        self._shown = None

    def check(self, now: float) -> None:
        """Check the strengths since the last check, and that a stop has followed where one had to."""
        # Not at once: observers get a changed status before the request that has changed it.
        if unrequested := self._seen - self.strengths:
            self.violations.append(f"nobody requested strength {unrequested}")
        self._seen.clear()
        if self._late is not None and now > self._late[0]:
            self.violations.append(self._late[1])
            self._late = None


# Filters for requests


def start(
    minutes: int | None = None,
    strength: int | None = None,
    area: str | None = None,
    flow: str | None = None,
) -> Callable[[Request], bool]:
    """Allow a start with these settings; those not given may have any value."""
    wanted = (
        minutes,
        strength,
        None if area is None else _area(area),
        None if flow is None else _flow(flow),
    )

    def allows(request: Request) -> bool:
        return request.opcode == Opcode.START and all(
            value is None or value == given
            for value, given in zip(wanted, request.parameters[:4], strict=True)
        )

    return allows


def setting(opcode: Opcode, value: int | str | None) -> Callable[[Request], bool]:
    """Allow a setting; None allows any value."""
    if isinstance(value, str):
        value = _area(value) if opcode is Opcode.SET_AREA else _flow(value)

    def allows(request: Request) -> bool:
        return request.opcode == opcode and value in (None, request.parameters[0])

    return allows


def request(opcode: Opcode) -> Callable[[Request], bool]:
    """Allow a request without parameters."""
    return lambda request: request.opcode == opcode


def programme_start(fitted: Fitted) -> Callable[[Request], bool]:
    """Allow the start of a programme."""
    first = fitted.steps[0]
    return start(fitted.minutes, first.strength, first.area, first.flow)


def programme_steps(back: Back, fitted: Fitted) -> Callable[[Request], bool]:
    """Allow the settings of the steps of a programme, each from its beginning on."""

    def allows(request: Request) -> bool:
        # After the session it is a setting of the next one.
        passed = back.passed() + EARLY if back.running else math.inf
        return any(
            begin <= passed
            and (
                (request.opcode, *request.parameters[:1])
                in (
                    (Opcode.SET_STRENGTH, step.strength),
                    (Opcode.SET_AREA, None if step.area is None else _area(step.area)),
                    (Opcode.SET_FLOW, None if step.flow is None else _flow(step.flow)),
                )
            )
            for begin, step in zip(begins(fitted.steps), fitted.steps, strict=True)
        )

    return allows


_AREAS = {area.name.lower(): area for area in Area} | {
    "along_spine": Area.ALONG_THE_SPINE
}


def _area(name: str) -> int:
    return _AREAS[str(name)].value


def _flow(name: str) -> int:
    return Flow[str(name).upper()].value
