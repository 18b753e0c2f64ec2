"""Start when I lie down: a session that waits for somebody, for a limited time."""

from __future__ import annotations

from datetime import datetime, timedelta
import logging
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..device.model import State
from .request import SessionRequest

if TYPE_CHECKING:
    from ..coordinator import BackHugCoordinator

_LOGGER = logging.getLogger(__name__)

DEFAULT_TIMEOUT: Final = timedelta(minutes=30)
LONGEST_TIMEOUT: Final = timedelta(hours=2)
LOOK_TIMEOUT: Final = 5.0
"""Seconds to connect for a look at the device, to which sessions that begin later are compared."""


class StartOnOccupancy:
    """Starts a session on one BackHug when somebody lies down, if a person asked for that.

    It ends with any session that has begun since, wherever and whether we saw it or not, a stop, the release
    of the connection, its time, or a restart.
    """

    def __init__(self, coordinator: BackHugCoordinator) -> None:
        """Begin disarmed."""
        self._coordinator = coordinator
        self._wish: SessionRequest | None = None
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._release_connection: CALLBACK_TYPE | None = None
        self._starting = False
        self._stops = 0
        """How many stops there were before it."""
        self.until: datetime | None = None
        """When the arming ends by itself; None while not armed."""

    async def async_arm(self, request: SessionRequest, timeout: timedelta) -> None:  # noqa: ASYNC109
        """Start a session when somebody lies down within `timeout`; at once if somebody already does.

        Raises ServiceValidationError where occupancy is not sensed or a session runs, HomeAssistantError
        while the connection is released, and what a start raises if it is tried at once.
        """
        coordinator = self._coordinator
        name = coordinator.config_entry.title
        if not coordinator.features.senses_occupancy:
            raise _refusal("occupancy_not_sensed", name)
        if not coordinator.hold:
            raise _released(name)
        stops = coordinator.back_hug.stops
        if (status := await coordinator.async_look(LOOK_TIMEOUT)) is not None:
            if status.running:
                raise _refusal("wrong_state", name)
            request = request._replace(after=status.session)
            if status.occupied and status.state is not State.FINISHING:
                self.async_disarm()
                if await self._async_starts_now(request):
                    return
        elif coordinator.may_be_in_session:
            # Whether it is stopped before the device is back could not be told.
            raise _refusal("wrong_state", name)
        else:
            request = request._replace(after=coordinator.history.number)
        if coordinator.back_hug.stops != stops:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="stopped_first",
            )
        self.async_disarm()
        self._wish, self._stops = request, stops
        timeout = min(timeout, LONGEST_TIMEOUT)
        self.until = dt_util.utcnow() + timeout
        # Not at a time of day: if somebody sets the clock back it would wait for longer.
        self._cancel_timer = async_call_later(
            coordinator.hass, timeout, self._time_is_up
        )
        # Only a connected device tells that somebody lies down.
        self._release_connection = coordinator.async_keep_connection()
        coordinator.stored.armed_until = self.until.isoformat()
        coordinator.stored.async_save_soon()
        coordinator.async_update_listeners()

    async def _async_starts_now(self, request: SessionRequest) -> bool:
        """Start; return whether it did: somebody may have got up, and the device had not told yet."""
        try:
            await self._coordinator.async_begin_session(request)
        except HomeAssistantError as error:
            if error.translation_key != "nobody_on_it":
                raise
            return False
        return True

    @callback
    def async_disarm(self) -> None:
        """Start nothing any more."""
        armed = self._wish is not None
        self.async_close()
        if armed:
            self.until = None
            self._coordinator.stored.armed_until = None
            self._coordinator.stored.async_save_soon()

    @callback
    def async_close(self) -> None:
        """Leave it to the next start of Home Assistant to say that the arming is over."""
        self._wish = None
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
        if self._release_connection is not None:
            self._release_connection()
            self._release_connection = None

    @callback
    def async_end_forgotten(self) -> None:
        """Say that a restart has ended an arming: nothing starts by itself after one."""
        memory = self._coordinator.stored
        if memory.armed_until is not None:
            _LOGGER.info(
                "%s is no longer armed: it was until %s, and a restart has ended that",
                self._coordinator.name,
                memory.armed_until,
            )
            memory.armed_until = None
            memory.async_save_soon()

    @callback
    def async_update(self) -> None:
        """Start if somebody lies there now."""
        if (request := self._wish) is None or self._starting:
            return
        snapshot = self._coordinator.back_hug.snapshot
        status = snapshot.status
        if not snapshot.connected or status is None:
            return
        if request.after is None and not status.occupied:
            # Nothing was known of it, but whoever lies down does so from now on.
            self._wish = request = request._replace(after=status.session)
        if (
            status.running
            or status.session != request.after
            or self._coordinator.back_hug.stops != self._stops
        ):
            # Somebody was faster, here or at the device, seen or unseen: who lies there may have had enough.
            _LOGGER.info(
                "%s is no longer armed: a session may have begun since",
                self._coordinator.name,
            )
            self.async_disarm()
            self._coordinator.async_update_listeners()
        elif status.occupied and status.state in (State.STANDBY, State.FAULT):
            self._starting = True
            self._coordinator.config_entry.async_create_background_task(
                self._coordinator.hass, self._async_start(request), "BackHug start"
            )

    async def _async_start(self, request: SessionRequest) -> None:
        try:
            await self._coordinator.async_begin_session(request)
        except HomeAssistantError as error:
            if error.translation_key == "nobody_on_it":
                # Up again at once: the next time, then.
                return
            if self._wish is request:
                # Else a stop came first, and a person knows.
                _LOGGER.log(
                    logging.INFO
                    if error.translation_key == "other_session"
                    else logging.WARNING,
                    "%s did not start when somebody lay down: %s",
                    self._coordinator.name,
                    error,
                )
            self._end(request)
        else:
            self._end(request)
        finally:
            self._starting = False

    @callback
    def _end(self, request: SessionRequest) -> None:
        if self._wish is request:
            self.async_disarm()
            self._coordinator.async_update_listeners()

    @callback
    def _time_is_up(self, _now: datetime) -> None:
        self._cancel_timer = None
        _LOGGER.info(
            "%s is no longer armed: nobody lay down in time", self._coordinator.name
        )
        self.async_disarm()
        self._coordinator.async_update_listeners()


def _refusal(key: str, name: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"name": name},
    )


def _released(name: str) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="released",
        translation_placeholders={"name": name},
    )
