"""Sends the settings of a step to the device."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from functools import partial
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_call_later

from ..device.client import BackHug
from ..device.model import Area, Flow, Status, is_weaker
from ..storage import StoredState
from .model import Change, Skipped
from .run import Run

_LOGGER = logging.getLogger(__name__)

RETRY: Final = 10
"""Seconds before settings that did not get through are sent again."""


class StepSender:
    """Sends the settings of the current step of a run, one after the other, until each has got through.

    A setting that somebody has changed since the step began is not sent.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        back_hug: BackHug,
        stored: StoredState,
        *,
        command: Callable[[Coroutine[Any, Any, None]], Awaitable[None]],
        publish: Callable[[], None],
    ) -> None:
        """Initialize.

        `command` carries out a command of the client and raises HomeAssistantError; `publish` is called when
        sending has ended or is to be repeated.
        """
        self._hass = hass
        self._entry = entry
        self._back_hug = back_hug
        self._stored = stored
        self._command = command
        self._publish = publish
        self._run: Run | None = None
        self._task: asyncio.Task[None] | None = None
        self._cancel_retry_timer: CALLBACK_TYPE | None = None

    @callback
    def async_send(self, run: Run) -> None:
        """Begin to send what is unsent, unless that is under way or waits to be repeated."""
        if not run.unsent or self._task or self._cancel_retry_timer:
            return
        self._run = run
        # Not eagerly: the task publishes, which comes back here before the task is stored.
        self._task = self._entry.async_create_background_task(
            self._hass,
            self._async_send(run),
            "BackHug programme step",
            eager_start=False,
        )
        self._task.add_done_callback(self._async_sent)

    @callback
    def async_cancel(self) -> None:
        """Send nothing after the setting that is under way."""
        self._run = None
        self.async_cancel_retry()

    @callback
    def async_cancel_retry(self) -> None:
        """Cancel the wait for the next attempt."""
        if self._cancel_retry_timer is not None:
            self._cancel_retry_timer()
            self._cancel_retry_timer = None

    async def async_close(self) -> None:
        """Cancel the setting that is under way, too."""
        self.async_cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _async_send(self, run: Run) -> None:
        await self._stored.async_save()
        while run is self._run and (name := self._next(run)):
            step, number, before = run.steps[run.step], run.step, run.unsent[name]
            try:
                await self._command(self._setter(run, name))
            except HomeAssistantError as error:
                if error.translation_key == "stopped_first":
                    return
                refused = isinstance(error, ServiceValidationError)
                if not refused or error.translation_key == "busy":
                    await self._async_retry_later(run, number)
                    return
                _LOGGER.warning(
                    "The %s of step %s of a programme was refused: %s",
                    name,
                    step.number,
                    error,
                )
                wanted = run.settings[name]
                run.skipped += (Skipped(step.number, Change.REFUSED, wanted),)
                run.sending = None
            if run.step == number and run.unsent.get(name) == before:
                run.unsent.pop(name, None)

    async def _async_retry_later(self, run: Run, step: int) -> None:
        """Try again after `RETRY` seconds, or with the next connection."""
        if run is self._run and run.step == step:
            self._stored.run = run.as_dict()
            await self._stored.async_save()
            self.async_cancel_retry()
            self._cancel_retry_timer = async_call_later(
                self._hass, RETRY, self._async_retry
            )

    @callback
    def _async_retry(self, _now: datetime) -> None:
        self._cancel_retry_timer = None
        self._publish()

    @callback
    def _async_sent(self, _task: asyncio.Task[None]) -> None:
        self._task = None
        self._publish()

    def _next(self, run: Run) -> str | None:
        """Return the setting to send next: a weaker strength first, a stronger one last."""
        status = self._back_hug.snapshot.status
        assert status is not None
        order = ["area", "flow"]
        weaker = status.strength is None or is_weaker(run.level, status.strength)
        order.insert(0 if weaker else 2, "strength")
        for name in order:
            if self._value(run, name, status) is not None:
                return name
            # It is set already, or somebody has changed it.
            run.unsent.pop(name, None)
        return None

    def _value(self, run: Run, name: str, status: Status) -> int | Area | Flow | None:
        """Return the value of a setting that is still to be sent; None otherwise."""
        if run is not self._run or name not in run.unsent:
            return None
        shown, wanted = getattr(status, name), run.settings[name]
        return wanted if shown == run.unsent[name] and shown != wanted else None

    def _setter(self, run: Run, name: str) -> Coroutine[Any, Any, None]:
        match run.settings[name]:
            case Area() as area:
                return self._back_hug.set_area(area)
            case Flow() as flow:
                return self._back_hug.set_flow(flow)
            case _:
                # It must not replace what somebody sets meanwhile.
                return self._back_hug.choose(name, partial(self._strength, run))

    def _strength(self, run: Run, status: Status) -> int | Area | Flow | None:
        """Return the strength to send, from a fresh status; None if none is to be sent any more."""
        strength = self._value(run, "strength", status)
        if isinstance(strength, int):
            run.sending = strength
        return strength
