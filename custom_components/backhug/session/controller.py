"""Controls the sessions of one BackHug: start, stop, pause, adjust."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from typing import Any, Final

from homeassistant.components import bluetooth
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_call_later
from homeassistant.util.async_ import create_eager_task

from ..const import CONF_FEATURES, DOMAIN
from ..described.files import protocol_of
from ..device.client import BackHug
from ..device.errors import (
    BackHugError,
    InFaultError,
    NotReachableError,
    RadioError,
    ReleasedError,
    RequestError,
    StoppedFirstError,
    StopPendingError,
)
from ..device.model import (
    MAX_MINUTES,
    Adjustment,
    Area,
    Features,
    Flow,
    Settings,
    Snapshot,
    State,
    Status,
)
from ..programmes.own_settings import FIELDS, OwnSettings
from ..programmes.runner import ProgrammeRunner
from ..reachability.availability import idle_after
from ..reachability.obstacles import async_unreachable
from ..storage import StoredState
from .delivery import TemporaryConnection, async_answered
from .history import History
from .request import SessionRequest
from .start_on_occupancy import StartOnOccupancy

LONGEST_SESSION: Final = 60 * MAX_MINUTES
"""Seconds without a connection after which a session is over."""
STOP_GRACE: Final = 2.0
"""Seconds for a stop that is under way to get through before the connection is closed."""
STOP_WRITTEN_AFTER: Final = 0.3
"""Seconds after which a stop that is under way is saved: a power cut may follow."""


class SessionController:
    """Sends commands to one BackHug: the only path for entities, actions, voice and language models.

    Owns the client, the programme runner and start on occupancy. Commands raise ServiceValidationError if the
    device refuses them, otherwise HomeAssistantError, with translated texts.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        stored: StoredState,
        history: History,
        *,
        changed: Callable[[Snapshot, frozenset[str]], None],
        publish: Callable[[], None],
        started: Callable[[SessionRequest], AbstractContextManager[None]],
    ) -> None:
        """Initialize with the connection released.

        `changed` is that of the client; `publish` is called when something else that is shown may have changed;
        `started` is the context in which a session is started.
        """
        self._hass = hass
        self._entry = entry
        self._stored = stored
        self._publish = publish
        self._started = started
        self._address: str = entry.data[CONF_ADDRESS]
        self._stops: set[asyncio.Task[bool]] = set()
        self._closed = False
        self._cancel_session_timeout: CALLBACK_TYPE | None = None
        self.back_hug = BackHug(
            entry.title,
            lambda: bluetooth.async_ble_device_from_address(
                hass, self._address, connectable=True
            ),
            features=Features.from_dict(entry.data[CONF_FEATURES]),
            changed=changed,
            idle_after=idle_after(entry),
            address=self._address,
            protocol=protocol_of(entry.data),
        )

        self._temporary = TemporaryConnection(hass, entry, self._address, self.back_hug)
        self.own_settings = OwnSettings(
            self.back_hug, stored, doubted=lambda: history.doubted
        )
        self.runner = ProgrammeRunner(
            hass,
            entry,
            self.back_hug,
            stored,
            self.own_settings,
            command=self._async_command,
            doubted=lambda: history.doubted,
            publish=publish,
        )
        self.start_on_occupancy = StartOnOccupancy(
            hass,
            entry,
            self.back_hug,
            stored,
            history,
            look=self._async_look,
            start=self.async_start,
            publish=publish,
        )

    async def async_resume_stored(self) -> None:
        """Continue after a restart: kept stops and the running programme; needed by the entities."""
        await self.runner.async_load_names()
        self.back_hug.stop_when_connected(
            self._stored.stop_due, self._stored.stop_any_for
        )
        self.own_settings.async_resume()
        self.runner.async_resume()
        self.start_on_occupancy.async_end_stored()

    async def async_close(self) -> None:
        """End what is under way, and release the connection; stops that did not get through are kept."""
        self._closed = True
        self._async_cancel_session_timeout()
        self.start_on_occupancy.async_close()
        if self._stops and self.back_hug.connection.client is not None:
            await asyncio.wait(self._stops, timeout=STOP_GRACE)
        await self.runner.async_close()
        await self.back_hug.connection.release()
        if stops := set(self._stops):
            # A stop over a connection of its own is kept for the next set-up.
            for stop in stops:
                stop.cancel()
            await asyncio.wait(stops)
        await self._async_store_stop()

    @callback
    def async_hold(self) -> None:
        """Hold the connection, also for a stop that is under way over a temporary one."""
        self._temporary.async_close()
        self.back_hug.connection.hold()

    async def async_release(self) -> None:
        """Release the connection; nothing starts by itself after that."""
        await self.back_hug.connection.release()
        self.start_on_occupancy.async_disarm()

    @callback
    def async_follow(self, snapshot: Snapshot) -> None:
        """Follow what the device shows."""
        if snapshot.connected:
            self._async_cancel_session_timeout()
        elif self._cancel_session_timeout is None:
            self._cancel_session_timeout = async_call_later(
                self._hass, LONGEST_SESSION, self._async_session_timed_out
            )
        if self._stored.stop_is_kept and not self.back_hug.stop_kept:
            # Delivered: after a power cut it would stop another session.
            self._hass.async_create_task(
                self._async_store_stop(), "BackHug stored state"
            )

    @callback
    def _async_session_timed_out(self, _now: datetime) -> None:
        """Count the session as over that ran when the connection was lost: none is that long."""
        self._cancel_session_timeout = None
        self.back_hug.forget_session()

    @callback
    def _async_cancel_session_timeout(self) -> None:
        if self._cancel_session_timeout is not None:
            self._cancel_session_timeout()
            self._cancel_session_timeout = None

    @callback
    def async_update(self) -> None:
        """Take the next step of a programme, or start on occupancy, if that is due."""
        self.runner.async_update()
        self.own_settings.async_update()
        self.start_on_occupancy.async_update()

    # Start

    async def async_start_or_resume(self, asked_by: str | None = None) -> None:
        """Start a session as chosen and shown, for the person who asks, or resume a paused one."""
        status = self.back_hug.snapshot.status
        if self._paused:
            await self.async_resume()
        elif status is None or not status.running:
            programme = self.runner.chosen
            await self.async_start(SessionRequest(programme, asked_by=asked_by))

    async def async_start(self, request: SessionRequest) -> None:
        """Start a requested session."""
        with self._started(request):
            await self._async_start(request)

    async def _async_start(self, request: SessionRequest) -> None:
        if request.programme is not None:
            await self.runner.async_start(request.programme, request.after)
            return
        snapshot, shown = self.back_hug.snapshot, self.own_settings.shown
        if "strength" in self.own_settings.pending:
            await self._async_command(self.own_settings.async_refresh())
        request = request.with_settings(self.own_settings.pending)
        at_most = None
        if snapshot.resting and snapshot.settings is not None:
            # The device may have been set otherwise meanwhile: what the user saw counts, but a strength that was
            # turned down is not turned up again.
            assert shown is not None
            at_most = snapshot.settings.strength
            request = request.with_settings({"area": shown.area, "flow": shown.flow})
        assert snapshot.features is not None
        await self._async_command(
            self.back_hug.start(
                request.length(shown, snapshot.features),
                strength=request.strength,
                area=request.area,
                flow=request.flow,
                at_most=at_most,
                after=request.after,
            )
        )
        self.own_settings.async_release(*FIELDS)

    # Stop

    async def async_stop(self) -> bool:
        """Stop the session and all that would start or change one; return whether that ended a session.

        The stop goes on if its caller is cancelled.
        """
        self.start_on_occupancy.async_disarm()
        self.runner.async_stop()
        stop = self._hass.async_create_task(
            self._async_command(self._async_stop()), f"{self._entry.title} stop"
        )
        self._stops.add(stop)
        stop.add_done_callback(self._stops.discard)
        self._publish()
        return await async_answered(stop, self._entry.title)

    async def _async_stop(self) -> bool:
        delivering = create_eager_task(self._async_deliver_stop())
        try:
            await asyncio.wait({delivering}, timeout=STOP_WRITTEN_AFTER)
            await self._async_store_stop()
            return await delivering
        finally:
            delivering.cancel()
            await self._async_store_stop()

    async def _async_deliver_stop(self) -> bool:
        """Stop over the connection, or over a temporary one while it is released."""
        while True:
            try:
                return await self.back_hug.stop()
            except ReleasedError as error:
                self.back_hug.keep_stop()
                if self._closed:
                    raise StopPendingError from error
            if (ended := await self._temporary.async_stop()) is not None:
                self.back_hug.forget_stop()
                return ended

    async def _async_store_stop(self) -> None:
        """Store the kept stops: they are delivered also after a restart."""
        await self._stored.async_keep_stop(
            self.back_hug.stop_due, self.back_hug.stop_any_for
        )

    # Change the session, or the settings of the next one

    async def async_pause(self) -> None:
        """Pause the running session."""
        await self._async_command(self.back_hug.pause())

    async def async_resume(self) -> None:
        """Resume the paused session."""
        await self._async_command(self.back_hug.resume())

    async def async_pause_or_resume(self) -> None:
        """Pause the running session, or resume the paused one."""
        await (self.async_resume() if self._paused else self.async_pause())

    async def async_adjust(self, adjustment: Adjustment) -> None:
        """Change several settings, within the time of one command; a stop ends the rest."""
        resolved = self.own_settings.async_resolved(adjustment)
        adjustment = await self._async_command(resolved)
        await self._async_set(self.back_hug.adjust(adjustment), *adjustment.names)

    async def async_set_strength(self, level: int) -> None:
        """Set the strength, 1 … the number of levels."""
        await self._async_set(self.back_hug.set_strength(level), "strength")

    async def async_set_length(self, minutes: int) -> None:
        """Set the length of the whole session, in minutes (1–60)."""
        await self._async_set(self.back_hug.set_length(minutes), "minutes")

    async def async_set_area(self, area: Area) -> None:
        """Set the treatment area."""
        await self._async_set(self.back_hug.set_area(area), "area")

    async def async_set_flow(self, flow: Flow) -> None:
        """Set the flow."""
        await self._async_set(self.back_hug.set_flow(flow), "flow")

    async def _async_set(self, command: Coroutine[Any, Any, None], *names: str) -> None:
        """Set settings of the device, which is then shown in place of the person's own ones."""
        await self._async_command(command)
        self.own_settings.async_release(*names)
        self._publish()

    # Read

    async def async_read_strength(self) -> int:
        """Return the strength that the device reports now."""
        return await self._async_command(self.back_hug.strength())

    async def async_read(self) -> None:
        """Read the device, connecting on demand; does nothing while the connection is released."""

        async def read() -> None:
            # Released by the user, or read by the stop.
            with suppress(ReleasedError, StoppedFirstError):
                await self.back_hug.look()

        await self._async_command(read())

    def known_settings(self) -> Settings:
        """Return the settings of the session or, if none runs, of the next one; raises HomeAssistantError without any."""
        settings = self.own_settings.shown
        if settings is None:
            raise self._translated(NotReachableError())
        return settings

    async def _async_look(self, within: float) -> Status | None:
        """Return a fresh status; None if the device cannot be reached within so many seconds."""

        async def look() -> Status | None:
            try:
                return await self.back_hug.look(within)
            except RadioError:
                return None

        return await self._async_command(look())

    @property
    def _paused(self) -> bool:
        status = self.back_hug.snapshot.status
        return status is not None and status.state is State.PAUSED

    # Errors

    async def _async_command[T](self, command: Coroutine[Any, Any, T]) -> T:
        """Return the result of a command; raise Home Assistant's errors instead of the device's."""
        try:
            return await command
        except BackHugError as error:
            raise self._translated(error) from error

    def _translated(self, error: BackHugError) -> HomeAssistantError:
        """Return the error of Home Assistant for one of the device."""
        key = error.reason
        if isinstance(error, InFaultError):
            key = f"{key}_{error.fault}"
        elif isinstance(error, NotReachableError):
            key = async_unreachable(self._hass, self._address, key)
        kind = (
            ServiceValidationError
            if isinstance(error, RequestError)
            else HomeAssistantError
        )
        return kind(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"name": self._entry.title},
        )
