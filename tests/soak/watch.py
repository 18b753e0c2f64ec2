"""What happens at one device, and whether it may: each request must have been asked for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
import math
from typing import override

from custom_components.backhug.programmes.model import Fitted, begins
from simulator.back import Back, Observer, Opcode, Request, Status
from simulator.build import Area, Flow

LONGEST = 3600
"""Seconds of a session."""
STOP_ON_ITS_WAY = 10.0
"""Seconds in which a stop must follow a request that it did not overtake on the radio."""
ON_ITS_WAY = 0.1
"""Seconds in which a request may still arrive that was on the radio as a stop failed."""
EARLY = 2.0
"""Seconds that a step of a programme may be early: the device rounds its seconds."""
NOTICED = 12.0
"""Seconds after which Home Assistant must know of a change at the device: a lost notification is made good in five,
and a command may be on its way for nine."""


@dataclass(eq=False)
class Ask:
    """Something that a person asked for, and that the device may therefore be told."""

    number: int
    text: str
    allows: Callable[[Request], bool]
    lasts: bool = False
    """Whether it allows more than one request."""
    arming: bool = False
    """Whether a restart ends it, and any session."""
    programme: bool = False
    """Whether nobody asks for it just now: a strength that a person turned down stays the most."""
    until: float = math.inf
    """Seconds of the loop until which it allows anything."""


class Watch(Observer):
    """Sees what one device is told and does; collects what must not be in `violations`."""

    def __init__(self, back: Back) -> None:
        """Watch a device from now on."""
        self.back = back
        self.violations: list[str] = []
        self.changed_at = 0.0
        """When the device last showed something else, in seconds of the loop."""
        self.asks: list[Ask] = []
        self.void: list[Ask] = []
        """What was asked for before a stop that has come through, or has failed."""
        self.due: dict[int, float] = {}
        """The sessions that a person was told will be stopped, and when they asked, in seconds of the loop."""
        self.strengths = {back.strength}
        """Every strength that anybody has asked for."""
        self.bound: tuple[float, int] | None = None
        """The strength that a person has turned the session down to, and when, in seconds of the loop."""
        self.stops = 0
        """How often a person has asked for a stop."""
        self.starts = 0
        self._seen: set[int] = set()
        self._numbers = count(1)
        self._last_stop = 0
        self._stop_ended_at = -math.inf
        self._late: tuple[float, str] | None = None
        self._shown: Status | None = None
        self._level = back.strength
        self._levels: deque[tuple[float, int]] = deque(maxlen=20)
        """The strengths before the one of now, each with when it ended."""
        self._session = back.session_number

    # What persons do

    def ask(
        self,
        text: str,
        allows: Callable[[Request], bool],
        *,
        lasts: bool = False,
        arming: bool = False,
        programme: bool = False,
        until: float = math.inf,
    ) -> Ask:
        """Allow a request from now on, until a stop."""
        ask = Ask(next(self._numbers), text, allows, lasts, arming, programme, until)
        self.asks.append(ask)
        now = asyncio.get_running_loop().time()
        self.asks = [ask for ask in self.asks if ask.until >= now - 60][-200:]
        return ask

    def disarm(self) -> None:
        """Allow no start any more that waits for somebody: a restart or a release ends that."""
        self.asks = [ask for ask in self.asks if not ask.arming]

    def at_device(self) -> None:
        """Take note of what a person has just done at the device itself."""
        self._follow(by_person=True)

    def stepped(self, value: int, step: int) -> bool:
        """Whether a strength is so many levels from the one that the device has, or had a moment ago."""
        since = asyncio.get_running_loop().time() - NOTICED
        recent = [level for ended, level in self._levels if ended >= since]
        levels = self.back.build.strengths
        return any(
            value == min(max(level + step, 1), levels)
            for level in (*recent, self._level)
        )

    def _follow(self, *, by_person: bool) -> None:
        """Take up what the device is at now."""
        now = asyncio.get_running_loop().time()
        before, self._level = self._level, self.back.strength
        if before != self._level:
            self._levels.append((now, before))
        if self._session != self.back.session_number:
            # Whatever has waited for somebody to lie down is over.
            self._session, self.bound = self.back.session_number, None
            self.disarm()
        elif by_person and self.back.running and self._level < before:
            self.bound = now, self._level
        elif by_person and self.bound is not None and self._level > self.bound[1]:
            self.bound = None

    def stop_asked(self) -> int:
        """Return the number of a stop that a person asks for."""
        self.stops += 1
        self._last_stop = next(self._numbers)
        return self._last_stop

    def stop_ended(self, number: int) -> None:
        """Take note that a stop has come through, or has failed."""
        self._stop_ended_at = asyncio.get_running_loop().time()
        void = [ask for ask in self.asks if ask.number < number]
        self.void = (self.void + void)[-20:]
        self.asks = [ask for ask in self.asks if ask.number > number]

    # What the device is told

    @override
    def request_received(self, entry: Request) -> None:
        now = asyncio.get_running_loop().time()
        if entry.opcode == Opcode.STOP:
            self._stopped()
            return
        if entry.opcode == Opcode.START:
            self.starts += 1
        # What allows one request only is used up first.
        for ask in sorted(self.asks, key=lambda ask: ask.lasts):
            if now <= ask.until and ask.allows(entry):
                self._allowed(ask, entry)
                return
        name = f"{Opcode(entry.opcode).name} {entry.parameters.hex(' ')}"
        before = [ask.text for ask in self.void if ask.allows(entry)]
        over = [ask.text for ask in self.asks if ask.allows(entry)]
        if now - self._stop_ended_at < ON_ITS_WAY and before:
            return
        if over:
            self.violations.append(f"{name} comes too late: {over}")
        elif before:
            # The radio may still have had it, ahead of the stop.
            self._late = self._late or (
                now + STOP_ON_ITS_WAY,
                f"{name} was asked for before a stop: {before}",
            )
        else:
            asked = [ask.text for ask in self.asks]
            self.violations.append(f"nobody asked for {name}: {asked}")

    def _allowed(self, ask: Ask, entry: Request) -> None:
        """Take note of a request that was asked for."""
        if entry.opcode == Opcode.SET_STRENGTH:
            self.strengths.add(entry.parameters[0])
            if ask.programme:
                self._check_bound(entry.parameters[0])
        if not ask.lasts:
            self.asks.remove(ask)
        self._follow(by_person=not ask.programme)

    def _stopped(self) -> None:
        self._late = None
        if not self.stops:
            self.violations.append("nobody asked for a stop of this device")
        self.stop_ended(self._last_stop)

    def _check_bound(self, strength: int) -> None:
        """See that a programme leaves the strength turned down that a person turned down."""
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
        # It tells nobody what it shows now: what it showed before may be something else.
        self._shown = None

    def check(self, now: float) -> None:
        """Look at the strengths that there were, and whether a stop has followed where one had to."""
        # Not as they are seen: what a request has changed is shown before that request is told of.
        if nobodys := self._seen - self.strengths:
            self.violations.append(f"nobody asked for strength {nobodys}")
        self._seen.clear()
        if self._late is not None and now > self._late[0]:
            self.violations.append(self._late[1])
            self._late = None


# What a request must be to be what was asked for


def start(
    minutes: int | None = None,
    strength: int | None = None,
    area: str | None = None,
    flow: str | None = None,
) -> Callable[[Request], bool]:
    """Allow a start with these settings; what is not said may be as shown."""
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
    """Allow a setting; None is any value of it."""
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
