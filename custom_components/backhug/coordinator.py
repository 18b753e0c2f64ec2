"""Owns one BackHug: publishes what it shows, carries out what is asked of it."""

import asyncio
from collections.abc import Coroutine
from dataclasses import asdict
from datetime import datetime
import logging
import math
from time import monotonic
from typing import Any, Final, override

from bleak.backends.device import BLEDevice
from homeassistant.components import bluetooth
from homeassistant.components.bluetooth import BluetoothServiceInfoBleak
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_ADDRESS, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util.async_ import create_eager_task

from .const import (
    CONF_CONNECTION,
    CONF_FEATURES,
    CONF_HOLD_CONNECTION,
    CONF_IDLE_TIME,
    CONF_INFORMATION,
    CONNECTION_ON_DEMAND,
    DEFAULT_IDLE_TIME,
    DOMAIN,
    HELP_URL,
)
from .device.client import BackHug
from .device.errors import (
    BackHugError,
    InFaultError,
    NotReachableError,
    RadioError,
    ReleasedError,
    RequestError,
    StoppedFirstError,
    StopPendingError,
)
from .device.model import (
    MAX_MINUTES,
    Adjustment,
    DeviceInformation,
    Features,
    Phase,
    Settings,
    Snapshot,
    State,
    Status,
    TensionScan,
)
from .programmes.runner import ProgrammeRunner
from .programmes.storage import StoredState
from .reachability import async_unreachable
from .session.history import History
from .session.request import DEFAULT_MINUTES, SessionRequest
from .session.start_on_occupancy import StartOnOccupancy
from .session.stopping import async_answered, async_stop_once
from .session.tracker import SessionEvent
from .unreachable import UnreachableMonitor

_LOGGER = logging.getLogger(__name__)

GRACE: Final = 5
"""Seconds that the link may be down before the entities become unavailable."""
SEEN_AGAIN: Final = 60
"""Seconds in which a device that was let go of must have been seen again: it advertises at once."""
LONGEST_SESSION: Final = 60 * MAX_MINUTES
"""Seconds after which a session is over of a device that is not connected."""
LIVE_INTERVAL: Final = 300
"""Seconds between two live values of the tension. The recorder keeps every one: a session of 30 minutes is
to add no more than 60 rows for all entities together, of which about 30 are changes that each happen once."""
STOP_GRACE: Final = 2.0
"""Seconds that a stop which is under way has to come through before the connection is closed."""
STOP_WRITTEN_AFTER: Final = 0.3
"""Seconds after which a stop that has not come through yet is written to disk: a power cut may follow."""
SIGNAL_INTERVAL: Final = 60
"""Seconds between two values of the signal strength, for the same reason."""

_SETTINGS: Final = frozenset({"area", "flow", "length", "minutes", "strength"})
"""Changes of which the history only keeps the newest: they are events of no session."""

type BackHugConfigEntry = ConfigEntry[BackHugCoordinator]


def _idle_after(entry: BackHugConfigEntry) -> float | None:
    """Return after how many seconds an idle connection is let go of; None for never."""
    if entry.options.get(CONF_CONNECTION) != CONNECTION_ON_DEMAND:
        return None
    return float(entry.options.get(CONF_IDLE_TIME, DEFAULT_IDLE_TIME))


class BackHugCoordinator(DataUpdateCoordinator[Snapshot]):
    """Feeds one BackHug to its entities, and their wishes to it."""

    config_entry: BackHugConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: BackHugConfigEntry, history: History
    ) -> None:
        """Begin with what the entry knows of the device."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title)
        self.address: str = entry.data[CONF_ADDRESS]
        self.features = Features.from_dict(entry.data[CONF_FEATURES])
        self.information = DeviceInformation.from_dict(entry.data[CONF_INFORMATION])
        self.back_hug = BackHug(
            entry.title,
            self._ble_device,
            features=self.features,
            changed=self._async_changed,
            idle_after=_idle_after(entry),
            address=self.address,
        )
        self.unreachable_monitor = UnreachableMonitor(
            hass, entry, lambda: self.data.connected
        )
        self.data = self.back_hug.snapshot
        self.history = history
        """The sessions that are over, and what happens to the running one."""
        self.tension: TensionScan | None = None
        """The newest scan; of live ones a few."""
        self.resting_scan: TensionScan | None = None
        """The newest scan that was made before or after a session, not while one ran."""
        self.available = False
        """Whether the entities show what the device reports: true over a short drop of the link.

        Also true while the link rests and the device is believed to be in reach: they then show what it
        reported last.
        """
        self.signal_strength: int | None = None
        """Of the last advertisement, in dBm."""
        self._incompatible = f"incompatible_{entry.entry_id}"
        self._signal_at = -math.inf
        self._tension_at = -math.inf
        self._lost = False
        self._cancel_grace: CALLBACK_TYPE | None = None
        self._cancel_forgetting: CALLBACK_TYPE | None = None
        self._stops: set[asyncio.Task[bool]] = set()
        self.stored = StoredState(hass, entry.entry_id, self.address)
        self.runner = ProgrammeRunner(self)
        self.start_on_occupancy = StartOnOccupancy(self)

    async def async_remember(self) -> None:
        """Take up what was before a restart; comes before the entities."""
        await self.stored.async_load()
        await self.runner.async_load_names()
        self.back_hug.stop_when_connected(
            self.stored.stop_due, self.stored.stop_any_for
        )
        self.runner.async_resume()
        self.start_on_occupancy.async_end_forgotten()
        # Before the entities: they show what these two make of a change.
        for update in (self.runner.async_update, self.start_on_occupancy.async_update):
            self.config_entry.async_on_unload(self.async_add_listener(update))

    @property
    def status(self) -> Status:
        """What the device reports; there while `available`."""
        assert self.data.status is not None
        return self.data.status

    @property
    def settings(self) -> Settings:
        """What a person set; there while `available`."""
        assert self.data.settings is not None
        return self.data.settings

    def known_settings(self) -> Settings:
        """Return what is set, as far as it is known; raises HomeAssistantError where nothing is."""
        settings = self.back_hug.snapshot.settings
        if settings is None:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key=self._text_key(NotReachableError()),
                translation_placeholders=self._placeholders(),
            )
        return settings

    @property
    def hold(self) -> bool:
        """Whether a person wants Home Assistant to hold the connection."""
        return bool(self.config_entry.options.get(CONF_HOLD_CONNECTION, True))

    @property
    def resting(self) -> bool:
        """Whether what is shown is as last known: the connection is made on demand, and nothing needs it."""
        return self.data.resting

    @property
    def in_session(self) -> bool:
        """Whether a session runs, as the device reports."""
        return self.available and self.may_be_in_session

    @property
    def may_be_in_session(self) -> bool:
        """Whether a session runs as far as we know: also one on a device that is out of reach since."""
        return self.data.status is not None and self.data.status.running

    @callback
    def async_keep_connection(self) -> CALLBACK_TYPE:
        """Have the connection made and kept until what is returned is called, also if it is made on demand.

        A connection that a person released stays released.
        """
        return self.back_hug.connection.need()

    @callback
    def async_start(self) -> None:
        """Connect as soon as the device is in reach, unless the connection is released."""
        self.unreachable_monitor.async_start()
        self.config_entry.async_on_unload(
            bluetooth.async_track_unavailable(
                self.hass, self._async_unseen, self.address, connectable=True
            )
        )
        self.config_entry.async_on_unload(
            bluetooth.async_register_advertisement_callback(
                self.hass, self._async_advertised, self.address
            )
        )
        self.config_entry.async_on_unload(
            # Not once: an unload that is under way as Home Assistant stops could not end it, and would log that.
            self.hass.bus.async_listen(
                EVENT_HOMEASSISTANT_STOP, self._async_home_assistant_stops
            )
        )
        if service_info := bluetooth.async_last_service_info(
            self.hass, self.address, connectable=True
        ):
            # A device that is connected at once may advertise no more.
            self.signal_strength = service_info.rssi
        self.history.async_start(self.async_update_listeners, self._async_read_again)
        # Who is set up while Home Assistant stops would not be told to let go any more.
        if self.hold and not self.hass.is_stopping:
            self.back_hug.connection.hold()

    @override
    async def async_shutdown(self) -> None:
        """Let go of the connection."""
        # That may take long, and nothing is told of it meanwhile: the entry may be set up anew.
        self._async_end_grace()
        self._async_end_forgetting()
        self.available = False
        self.start_on_occupancy.async_close()
        await super().async_shutdown()
        if self._stops and self.back_hug.connection.client is not None:
            await asyncio.wait(self._stops, timeout=STOP_GRACE)
        await self.runner.async_close()
        await self.back_hug.connection.release()
        if stops := set(self._stops):
            # What is under way over a connection of its own is kept for the next set-up.
            for stop in stops:
                stop.cancel()
            await asyncio.wait(stops)
        await self._async_remember_stop()
        self._async_end_grace()
        self.unreachable_monitor.async_stop()
        # Who is set up next finds out anew.
        self._async_forget_incompatible()
        await self.history.async_save()

    @override
    async def _async_update_data(self) -> Snapshot:
        """Read the device, as `homeassistant.update_entity` asks; on demand it is connected for that."""
        try:
            await self.back_hug.look()
        except ReleasedError, StoppedFirstError:
            # That a person wants it so is no failure; a stop looks by itself.
            pass
        except BackHugError as error:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key=self._text_key(error),
                translation_placeholders=self._placeholders(),
            ) from error
        return self.back_hug.snapshot

    async def async_hold_connection(self, hold: bool) -> None:
        """Hold the connection, or release it for another client until the person says otherwise."""
        self.hass.config_entries.async_update_entry(
            self.config_entry,
            options={**self.config_entry.options, CONF_HOLD_CONNECTION: hold},
        )
        if hold:
            self.back_hug.connection.hold()
        else:
            await self.back_hug.connection.release()
            self.start_on_occupancy.async_disarm()
            # A person let go: there is no drop to bridge.
            self._async_end_grace()
            self.available = False
        # Only from now on, or from the next time on, can it be missed.
        self.unreachable_monitor.async_note_contact()
        self.async_update_listeners()

    async def async_start_session(self) -> None:
        """Start a session with what is chosen and shown; carry on with a paused one."""
        if self.status.state is State.PAUSED:
            await self.async_run(self.back_hug.resume())
        elif not self.status.running:
            await self.async_begin_session(SessionRequest(programme=self.runner.chosen))

    async def async_begin_session(self, request: SessionRequest) -> None:
        """Start a session as wished for; what is left open is as the device shows it."""
        if request.programme is not None:
            await self.runner.async_start(request.programme, request.after)
            return
        settings = self.back_hug.snapshot.settings
        at_most = None
        if self.resting and settings is not None:
            # Meanwhile somebody may have set the device otherwise: what the person saw counts. But what was
            # turned down is not turned up again.
            at_most = settings.strength
            request = request._replace(
                area=request.area or settings.area,
                flow=request.flow or settings.flow,
            )
        minutes = request.minutes
        if minutes is None:
            minutes = DEFAULT_MINUTES if settings is None else settings.minutes
            minutes = max(minutes, self.features.min_minutes)
            minutes = min(minutes, self.features.max_minutes)
        await self.async_run(
            self.back_hug.start(
                minutes,
                strength=request.strength,
                area=request.area,
                flow=request.flow,
                at_most=at_most,
                after=request.after,
            )
        )

    async def async_stop_session(self) -> bool:
        """Stop the session, and whatever would start or change one; return whether that ended a session.

        The stop goes on if its caller gives it up.
        """
        self.start_on_occupancy.async_disarm()
        self.runner.async_end()
        stop = self.hass.async_create_task(
            self.async_run(self._async_stop()), f"{self.name} stop"
        )
        self._stops.add(stop)
        stop.add_done_callback(self._stops.discard)
        self.async_update_listeners()
        return await async_answered(stop, self.config_entry.title)

    async def _async_stop(self) -> bool:
        delivering = create_eager_task(self._async_deliver_stop())
        try:
            await asyncio.wait({delivering}, timeout=STOP_WRITTEN_AFTER)
            await self._async_remember_stop()
            return await delivering
        finally:
            delivering.cancel()
            await self._async_remember_stop()

    async def _async_deliver_stop(self) -> bool:
        """Stop over the connection; if a person has released it, over one that is made for this only."""
        try:
            return await self.back_hug.stop()
        except ReleasedError as error:
            self.back_hug.keep_stop()
            if self._shutdown_requested:
                raise StopPendingError from error
        try:
            ended = await async_stop_once(self.hass, self.config_entry)
        except BackHugError as error:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="stop_released",
                translation_placeholders={"name": self.config_entry.title},
            ) from error
        self.back_hug.forget_stop()
        return ended

    async def _async_remember_stop(self) -> None:
        """Remember over a restart what a person was told will be stopped."""
        await self.stored.async_keep_stop(
            self.back_hug.stop_due, self.back_hug.stop_any_for
        )

    async def async_pause_or_resume(self) -> None:
        """Pause the running session, or carry on with the paused one."""
        if self.status.state is State.PAUSED:
            await self.async_run(self.back_hug.resume())
        else:
            await self.async_run(self.back_hug.pause())

    async def async_run[T](self, command: Coroutine[Any, Any, T]) -> T:
        """Carry out a command of the device, and tell in a person's words if it failed.

        Raises ServiceValidationError for what the device refuses, else HomeAssistantError.
        """
        try:
            return await command
        except BackHugError as error:
            raise (
                ServiceValidationError
                if isinstance(error, RequestError)
                else HomeAssistantError
            )(
                translation_domain=DOMAIN,
                translation_key=self._text_key(error),
                translation_placeholders=self._placeholders(),
            ) from error

    async def async_look(self, within: float) -> Status | None:
        """Return what the device reports now; None if it cannot be reached within so many seconds."""

        async def look() -> Status | None:
            try:
                return await self.back_hug.look(within)
            except RadioError:
                return None

        return await self.async_run(look())

    async def async_adjust(self, adjustment: Adjustment) -> None:
        """Change several settings in the time that one may take; a stop ends all that is left of it."""
        await self.async_run(self.back_hug.adjust(adjustment))

    def _text_key(self, error: BackHugError) -> str:
        """Return the key of the text that tells an error."""
        if isinstance(error, InFaultError):
            return f"{error.reason}_{error.fault}"
        if isinstance(error, NotReachableError):
            return async_unreachable(self.hass, self.address, error.reason)
        return error.reason

    def _placeholders(self) -> dict[str, str]:
        return {"name": self.config_entry.title}

    def _ble_device(self) -> BLEDevice | None:
        return bluetooth.async_ble_device_from_address(
            self.hass, self.address, connectable=True
        )

    @callback
    def _async_advertised(self, service_info: BluetoothServiceInfoBleak) -> None:
        self.back_hug.connection.advertised()
        self.unreachable_monitor.async_note_contact()
        now = monotonic()
        if now - self._signal_at >= SIGNAL_INTERVAL:
            self._signal_at = now
            if service_info.rssi != self.signal_strength:
                self.signal_strength = service_info.rssi
                self.async_update_listeners()

    @callback
    def _async_changed(self, snapshot: Snapshot, changed: frozenset[str]) -> None:
        """Publish what the device shows."""
        if self._shutdown_requested:
            # Whoever is set up next follows it; here it would be available again, and then missed.
            if not snapshot.connected:
                # How long the session was seen to run is remembered.
                self.history.async_follow(snapshot)
            return
        if "tension" in changed:
            self._async_show_tension(snapshot.tension)
        self._async_follow_link(snapshot)
        if self.stored.stop_is_kept and not self.back_hug.stop_kept:
            # Delivered: after a power cut it must not be delivered again, to another session.
            self.hass.async_create_task(self._async_remember_stop(), "BackHug memory")
        if "incompatible" in changed:
            self._async_tell_incompatible(snapshot.incompatible)
        if not changed.isdisjoint(("features", "information")):
            self._async_store(snapshot)
        happenings: list[SessionEvent] = []
        if changed <= _SETTINGS and snapshot.status is not None:
            self.history.async_see(snapshot.status)
        else:
            happenings = self.history.async_follow(snapshot, self.runner.programme)
        self.async_set_updated_data(snapshot)
        self.history.async_tell(happenings)

    async def _async_read_again(self) -> None:
        """Have the history follow a second reading of the Status, also if that says the same as the first one."""
        if await self.back_hug.read_again() and not self._shutdown_requested:
            happenings = self.history.async_follow(
                self.back_hug.snapshot, self.runner.programme
            )
            self.async_update_listeners()
            self.history.async_tell(happenings)

    @callback
    def _async_follow_link(self, snapshot: Snapshot) -> None:
        """Find out whether what is known still holds."""
        if snapshot.status is None:
            # Its status could not be understood: there is nothing to show over a short drop either.
            self.available = False
        if snapshot.connected:
            self._async_end_grace()
            self.unreachable_monitor.async_note_contact()
            self.available = snapshot.status is not None
            if self._lost and self.available:
                self._lost = False
                _LOGGER.info("%s is connected again", self.name)
            self._async_end_forgetting()
        elif self._cancel_forgetting is None:
            self._cancel_forgetting = async_call_later(
                self.hass, LONGEST_SESSION, self._async_forget_session
            )
        if snapshot.connected:
            return
        if snapshot.resting:
            if not self.data.resting:
                self._cancel_grace = async_call_later(
                    self.hass, SEEN_AGAIN, self._async_look_for
                )
        else:
            if self.data.resting:
                # It was let go of; now it is wanted, and cannot be had.
                self._async_end_grace()
            if self.available and self._cancel_grace is None:
                self._cancel_grace = async_call_later(
                    self.hass, GRACE, self._async_give_up
                )

    @callback
    def _async_give_up(self, _now: datetime) -> None:
        """Stop showing old values as live ones."""
        self._async_lose("is no longer connected")

    @callback
    def _async_look_for(self, _now: datetime) -> None:
        """Stop showing the last known values of a device that has not advertised since it was let go of."""
        self._cancel_grace = None
        if not bluetooth.async_address_present(
            self.hass, self.address, connectable=True
        ):
            self.back_hug.connection.gone()
            self._async_lose("is out of reach")

    @callback
    def _async_unseen(self, _service_info: BluetoothServiceInfoBleak) -> None:
        """Stop showing the last known values of a device that Home Assistant sees no more."""
        self.back_hug.connection.gone()
        if self.resting and self.available:
            self._async_lose("is out of reach")

    @callback
    def _async_lose(self, what: str) -> None:
        self._async_end_grace()
        self.available = False
        self._lost = True
        _LOGGER.info("%s %s", self.name, what)
        self.async_update_listeners()

    @callback
    def _async_forget_session(self, _now: datetime) -> None:
        """Count the session as over that ran when the connection was lost: none is that long."""
        self._cancel_forgetting = None
        self.back_hug.forget_session()

    @callback
    def _async_end_forgetting(self) -> None:
        if self._cancel_forgetting is not None:
            self._cancel_forgetting()
            self._cancel_forgetting = None

    @callback
    def _async_end_grace(self) -> None:
        if self._cancel_grace is not None:
            self._cancel_grace()
            self._cancel_grace = None

    @callback
    def _async_tell_incompatible(self, reason: str | None) -> None:
        """Tell the person about a device that a new firmware has made one that cannot be operated."""
        if reason is None:
            self._async_forget_incompatible()
            return
        ir.async_create_issue(
            self.hass,
            DOMAIN,
            self._incompatible,
            is_fixable=False,
            learn_more_url=HELP_URL,
            severity=ir.IssueSeverity.ERROR,
            translation_key=reason,
            translation_placeholders={"name": self.config_entry.title},
        )

    @callback
    def _async_forget_incompatible(self) -> None:
        ir.async_delete_issue(self.hass, DOMAIN, self._incompatible)

    @callback
    def _async_show_tension(self, tension: TensionScan | None) -> None:
        """Show a new scan; of live ones, some at a modest rate."""
        now = monotonic()
        if tension is not None and tension.phase is not Phase.LIVE:
            self.resting_scan = tension
        elif tension is not None and now - self._tension_at < LIVE_INTERVAL:
            return
        self.tension, self._tension_at = tension, now

    @property
    def _replaced(self) -> bool:
        """Whether another device has taken the place of this one, and the entry is about to be reloaded."""
        return bool(self.config_entry.data[CONF_ADDRESS] != self.address)

    @callback
    def _async_store(self, snapshot: Snapshot) -> None:
        """Store what the device is, once it says something else than at the last connection."""
        if self._replaced:
            return
        features = snapshot.features or self.features
        information = snapshot.information or self.information
        if (features, information) == (self.features, self.information):
            return
        reload = features != self.features
        self.features, self.information = features, information
        self.hass.config_entries.async_update_entry(
            self.config_entry,
            data={
                **self.config_entry.data,
                CONF_FEATURES: asdict(features),
                CONF_INFORMATION: asdict(information),
            },
        )
        if reload:
            # A new firmware offers other things: other entities.
            self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)
        registry = dr.async_get(self.hass)
        if device := registry.async_get_device_by_connection(
            (dr.CONNECTION_BLUETOOTH, self.address), self.config_entry.entry_id
        ):
            registry.async_update_device(
                device.id,
                hw_version=information.hardware,
                model=information.model,
                serial_number=information.serial,
                sw_version=information.firmware,
            )

    async def _async_home_assistant_stops(self, _event: Event) -> None:
        await self.async_shutdown()
