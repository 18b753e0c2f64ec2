"""Setters: the newest value of a setting wins, and steps are relative to a fresh Status."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from . import timeouts
from .commands import Command, CommandQueue
from .errors import (
    BusyError,
    InvalidParameterError,
    NotSupportedError,
    UnknownValueError,
)
from .model import Adjustment, Area, Features, Flow, Status, is_weaker
from .protocols.protocol import Request, Values
from .state import FIELDS, ReportedState

type Value = int | Area | Flow
type Choice = Callable[[Status], Value | None]
"""Chooses the value of a setting from a fresh Status when it is sent; None leaves the setting as it is."""

_REQUESTS: Final = {field: request for request, field in FIELDS.items()}


def check(
    features: Features,
    *,
    strength: int | None = None,
    area: Area | None = None,
    flow: Flow | None = None,
    minutes: int | None = None,
) -> None:
    """Raise InvalidParameterError if the device does not offer one of these values."""
    if not (
        (strength is None or 1 <= strength <= features.strength_levels)
        and (area is None or area in features.areas)
        and (flow is None or flow in features.flows)
        and (minutes is None or features.min_minutes <= minutes <= features.max_minutes)
    ):
        raise InvalidParameterError


class Setters:
    """Sends settings through the command queue."""

    def __init__(
        self,
        queue: CommandQueue,
        reported: ReportedState,
        publish: Callable[[], None],
    ) -> None:
        """Begin with no value pending; `publish` is called when a pending value has changed."""
        self._queue = queue
        self._reported = reported
        self._publish = publish
        self._loop = asyncio.get_running_loop()
        self._newest: dict[Request, int] = {}
        """The number of the newest call, by setting."""
        self._written_at: dict[Request, float] = {}
        self._settled: dict[Request, asyncio.Event] = {}
        """Set once the newest value of a setting was sent or dropped."""

    async def set(
        self, request: Request, value: Value, deadline: float | None = None
    ) -> None:
        """Send a value, unless a newer one replaces it before it is sent."""
        stops = self._queue.stops
        mine = self._newest[request] = self._newest.get(request, 0) + 1

        def superseded() -> bool:
            return self._newest[request] != mine

        settled = self._settled[request] = asyncio.Event()
        self._reported.wanted[request] = value
        self._publish()
        interval = timeouts.SETTER_INTERVAL
        try:
            due = self._written_at.get(request, -interval) + interval
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            if superseded():
                return
            self._written_at[request] = self._loop.time()
            command = Command(
                request,
                _values(request, value),
                lambda _, now: self._reported.setting(now, request) == value,
                stops,
                superseded,
            )
            await self._queue.run(command, deadline)
        finally:
            settled.set()
            if not superseded():
                del self._reported.wanted[request]
                self._publish()

    async def press(self, request: Request) -> None:
        """Raise or lower the strength by one step."""
        if not self._queue.features.steps_strength:
            raise NotSupportedError

        def changed(before: Status | None, now: Status) -> bool:
            return before is None or before.strength != now.strength

        await self._queue.run(Command(request, Values(), changed, self._queue.stops))

    async def _press_often(self, request: Request, steps: int) -> None:
        stops = self._queue.stops
        for _ in range(steps):
            self._queue.check_not_stopped(stops)
            await self.press(request)

    async def choose(self, setting: str, choice: Choice) -> None:
        """Set a field of `Settings` to a chosen value. See `BackHug.choose`."""
        await self._choose(_REQUESTS[setting], choice, self._queue.deadline())

    async def adjust(self, adjustment: Adjustment, within: float | None = None) -> None:
        """Change several settings. See `BackHug.adjust`."""
        stops, deadline = self._queue.stops, self._queue.deadline(within)
        for change in await self._changes(adjustment, deadline):
            self._queue.check_not_stopped(stops)
            await change()

    async def _changes(
        self, adjustment: Adjustment, deadline: float
    ) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        """Return the changes of an adjustment in their order."""
        strength, strength_step = adjustment.strength, adjustment.strength_step
        check(
            self._queue.features,
            strength=strength,
            area=adjustment.area,
            flow=adjustment.flow,
            minutes=adjustment.minutes,
        )
        changes: list[Callable[[], Coroutine[Any, Any, None]]] = [
            partial(self.set, request, value, deadline)
            for request, value in (
                (Request.SET_AREA, adjustment.area),
                (Request.SET_FLOW, adjustment.flow),
                (Request.SET_LENGTH, adjustment.minutes),
            )
            if value is not None
        ]
        if adjustment.minutes_step is not None:
            longer = partial(self._minutes_after, adjustment.minutes_step)
            changes.append(partial(self._choose, Request.SET_LENGTH, longer, deadline))
        if strength is not None:
            weaker = False
            if changes:
                status = await self._queue.look(deadline)
                weaker = is_weaker(strength, status.strength)
            changes.insert(
                0 if weaker else len(changes),
                partial(self.set, Request.SET_STRENGTH, strength, deadline),
            )
        if strength_step is not None and self._queue.features.steps_strength:
            request = (
                Request.STRENGTH_DOWN if strength_step < 0 else Request.STRENGTH_UP
            )
            changes.insert(
                0 if strength_step < 0 else len(changes),
                partial(self._press_often, request, abs(strength_step)),
            )
        elif strength_step is not None:
            stronger = partial(self._strength_after, strength_step)
            changes.insert(
                0 if strength_step < 0 else len(changes),
                partial(self._choose, Request.SET_STRENGTH, stronger, deadline),
            )
        return changes

    async def _choose(self, request: Request, choice: Choice, deadline: float) -> None:
        """Send the value that is chosen when the command takes its turn."""
        stops, newest = self._queue.stops, self._newest.get(request, 0)
        chosen: Value | None = None

        def parameters(status: Status) -> Values | None:
            nonlocal chosen
            if request is Request.SET_STRENGTH:
                self._queue.check_strength()
            chosen = choice(status)
            return None if chosen is None else _values(request, chosen)

        if (settled := self._settled.get(request)) is not None:
            try:
                async with asyncio.timeout_at(deadline):
                    await settled.wait()
            except TimeoutError as error:
                raise BusyError from error
        command = Command(
            request,
            parameters,
            lambda _, now: self._reported.setting(now, request) == chosen,
            stops,
            lambda: self._newest.get(request, 0) != newest,
        )
        await self._queue.run(command, deadline)

    def _strength_after(self, step: int, status: Status) -> int:
        """Return the level after a step, within what the device offers."""
        level = number(self._reported.setting(status, Request.SET_STRENGTH))
        return _after(step, level, 1, self._queue.features.strength_levels)

    def _minutes_after(self, step: int, status: Status) -> int:
        """Return the length after a step, within what is offered and not yet elapsed."""
        features = self._queue.features
        shortest = features.min_minutes
        if status.running:
            shortest = max(shortest, (status.length - status.seconds_left) // 60 + 1)
        minutes = number(self._reported.setting(status, Request.SET_LENGTH))
        return _after(step, minutes, shortest, features.max_minutes)


def _values(request: Request, value: Value) -> Values:
    return Values(**{FIELDS[request]: value})  # type: ignore[arg-type]


def number(value: object) -> int:
    """Return a number that the device reports. Raises UnknownValueError if it reports none."""
    if not isinstance(value, int):
        raise UnknownValueError
    return value


def _after(step: int, value: int, lowest: int, highest: int) -> int:
    """Return a value after a step within bounds; a value outside of them never moves against the step."""
    if step < 0:
        return min(max(value + step, lowest), value)
    return max(min(value + step, highest), value)
