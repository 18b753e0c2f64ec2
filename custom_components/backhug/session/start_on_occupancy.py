"""Start on occupancy: a session that begins when somebody lies down, within a limited time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..device.client import BackHug
from ..device.model import State, Status
from ..programmes.model import NO_PROGRAMME
from ..storage import StoredState
from .history import History
from .request import SessionRequest

_LOGGER = logging.getLogger(__name__)

DEFAULT_TIMEOUT: Final = timedelta(minutes=30)
LONGEST_TIMEOUT: Final = timedelta(hours=2)
LOOK_TIMEOUT: Final = 5.0
"""Seconds to connect and read the session number, with which later ones are compared."""


class StartOnOccupancy:
    """Starts a requested session on one BackHug when somebody lies down.

    Ends with any session that has begun since, here or at the device, seen or unseen; with a stop, the release of
    the connection, the timeout, or a restart.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        back_hug: BackHug,
        stored: StoredState,
        history: History,
        *,
        look: Callable[[float], Awaitable[Status | None]],
        start: Callable[[SessionRequest], Awaitable[None]],
        publish: Callable[[], None],
    ) -> None:
        """Initialize without a request.

        `look` returns a fresh status, or None if the device cannot be reached within so many seconds; `start`
        starts a session; `publish` is called when `until` has changed.
        """
        self._hass = hass
        self._entry = entry
        self._back_hug = back_hug
        self._stored = stored
        self._history = history
        self._look = look
        self._start_session = start
        self._publish = publish
        self._request: SessionRequest | None = None
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._release_connection: CALLBACK_TYPE | None = None
        self._starting = False
        self._closed = False
        self._stops = 0
        """How many stops there had been when the request was made."""
        self.until: datetime | None = None
        """When the request expires; None without one."""

    @property
    def programme(self) -> str | None:
        """The option of the requested programme, NO_PROGRAMME for settings; None without a request."""
        if (request := self._request) is None:
            return None
        programme = request.programme
        return NO_PROGRAMME if programme is None else programme.option

    async def async_arm(self, request: SessionRequest, timeout: timedelta) -> None:  # noqa: ASYNC109
        """Start a session when somebody lies down within `timeout`; at once if somebody already does.

        Raises ServiceValidationError if the device does not sense occupancy or a session runs, HomeAssistantError
        while the connection is released, and the errors of a start that is tried at once.
        """
        features = self._back_hug.snapshot.features
        assert features is not None
        if not features.senses_occupancy:
            raise self._refusal("occupancy_not_sensed")
        self._require_connection()
        stops = self._back_hug.stops
        if (status := await self._look(LOOK_TIMEOUT)) is not None:
            if status.running:
                raise self._refusal("wrong_state")
            request = replace(request, after=status.session)
            if status.occupied and status.state is not State.FINISHING:
                self.async_disarm()
                if await self._async_starts_now(request):
                    return
        elif (known := self._back_hug.snapshot.status) is not None and known.running:
            # Nobody could tell whether it is stopped before the device is back.
            raise self._refusal("wrong_state")
        else:
            request = replace(request, after=self._history.number)
        if self._back_hug.stops != stops:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="stopped_first",
            )
        # Released or unloaded meanwhile: nothing would end the request.
        self._require_connection()
        self.async_disarm()
        self._request, self._stops = request, stops
        timeout = min(timeout, LONGEST_TIMEOUT)
        self.until = dt_util.utcnow() + timeout
        # A delay instead of a time of day: if somebody sets the clock back it would wait for longer.
        self._cancel_timer = async_call_later(
            self._hass, timeout, self._async_timed_out
        )
        # Occupancy is only reported while connected.
        self._release_connection = self._back_hug.connection.need()
        self._stored.armed_until = self.until.isoformat()
        self._stored.async_save_soon()
        self._publish()

    async def _async_starts_now(self, request: SessionRequest) -> bool:
        """Start; return False if somebody has just got up, which the device had not reported yet."""
        try:
            await self._start_session(request)
        except HomeAssistantError as error:
            if error.translation_key != "nobody_on_it":
                raise
            return False
        return True

    @callback
    def async_disarm(self) -> None:
        """Drop the request."""
        armed = self._request is not None
        self._drop()
        if armed:
            self.until = None
            self._stored.armed_until = None
            self._stored.async_save_soon()

    @callback
    def async_close(self) -> None:
        """Drop the request, which is reported as ended at the next start; refuse later ones."""
        self._closed = True
        self._drop()

    def _drop(self) -> None:
        self._request = None
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
        if self._release_connection is not None:
            self._release_connection()
            self._release_connection = None

    @callback
    def async_end_stored(self) -> None:
        """Report a request that a restart has ended: nothing starts by itself after one."""
        if self._stored.armed_until is not None:
            _LOGGER.info(
                "%s no longer starts on occupancy, as requested until %s: Home Assistant has restarted",
                self._entry.title,
                self._stored.armed_until,
            )
            self._stored.armed_until = None
            self._stored.async_save_soon()

    @callback
    def async_update(self) -> None:
        """Start if somebody lies on the device."""
        if (request := self._request) is None or self._starting:
            return
        snapshot = self._back_hug.snapshot
        status = snapshot.status
        if not snapshot.connected or status is None:
            return
        if request.after is None and not status.occupied:
            # No session was known; whoever lies down from now on is the one to start for.
            self._request = request = replace(request, after=status.session)
        if (
            status.running
            or status.session != request.after
            or self._back_hug.stops != self._stops
        ):
            _LOGGER.info(
                "%s no longer starts on occupancy: a session may have begun since",
                self._entry.title,
            )
            self.async_disarm()
            self._publish()
        elif status.occupied and status.state in (State.STANDBY, State.FAULT):
            self._starting = True
            self._entry.async_create_background_task(
                self._hass, self._async_start(request), "BackHug start"
            )

    async def _async_start(self, request: SessionRequest) -> None:
        try:
            await self._start_session(request)
        except HomeAssistantError as error:
            if error.translation_key == "nobody_on_it":
                # Up again at once: wait for the next time.
                return
            if self._request is request:
                # Otherwise a stop came first, which the user knows.
                _LOGGER.log(
                    logging.INFO
                    if error.translation_key == "other_session"
                    else logging.WARNING,
                    "%s did not start on occupancy: %s",
                    self._entry.title,
                    error,
                )
            self._end(request)
        else:
            self._end(request)
        finally:
            self._starting = False

    @callback
    def _end(self, request: SessionRequest) -> None:
        if self._request is request:
            self.async_disarm()
            self._publish()

    @callback
    def _async_timed_out(self, _now: datetime) -> None:
        self._cancel_timer = None
        _LOGGER.info(
            "%s no longer starts on occupancy: nobody lay down in time",
            self._entry.title,
        )
        self.async_disarm()
        self._publish()

    def _require_connection(self) -> None:
        """Raise HomeAssistantError unless the connection is held, always or on demand."""
        if self._closed or not self._back_hug.connection.held:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="released",
                translation_placeholders={"name": self._entry.title},
            )

    def _refusal(self, key: str) -> ServiceValidationError:
        return ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"name": self._entry.title},
        )
