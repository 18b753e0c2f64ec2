"""Owns one BackHug: publishes what it shows, carries out what is asked of it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
import logging
import math
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, override

from bleak.backends.device import BLEDevice
from homeassistant.components import bluetooth
from homeassistant.components.bluetooth import BluetoothServiceInfoBleak
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_ADDRESS, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .arming import Arming
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
from .contact import Contact
from .device.client import COMMAND_TIMEOUT, BackHug
from .device.errors import (
    BackHugError,
    InFaultError,
    NoAnswerError,
    NotReachableError,
    ReleasedError,
    RequestError,
    StoppedFirstError,
)
from .device.model import (
    DeviceInformation,
    Features,
    Phase,
    Settings,
    Snapshot,
    State,
    Status,
    TensionScan,
)
from .history import History
from .memory import Memory
from .reachability import async_unreachable
from .runner import ProgrammeRunner
from .wish import DEFAULT_MINUTES, Wish

if TYPE_CHECKING:
    # Not at each start of Home Assistant.
    from .account import Account, Refusal
    from .consultation import Advice

_LOGGER = logging.getLogger(__name__)

GRACE: Final = 5
"""Seconds that the link may be down before the entities become unavailable."""
SEEN_AGAIN: Final = 60
"""Seconds in which a device that was let go of must have been seen again: it advertises at once."""
LIVE_INTERVAL: Final = 300
"""Seconds between two live values of the tension. The recorder keeps every one: a session of 30 minutes is
to add no more than 60 rows for all entities together, of which about 30 are changes that each happen once."""
SIGNAL_INTERVAL: Final = 60
"""Seconds between two values of the signal strength, for the same reason."""

_OF_SETTINGS: Final = frozenset({"area", "flow", "length", "minutes", "strength"})
_OF_FEW: Final = _OF_SETTINGS | {"leg_rest_raised", "occupied", "tension"}
"""Changes that only those listeners are told of whom they concern; any other is told to everybody."""

type BackHugConfigEntry = ConfigEntry[BackHugCoordinator]


def _idle_after(entry: BackHugConfigEntry) -> float | None:
    """Return after how many seconds an idle connection is let go of; None for never."""
    if entry.options.get(CONF_CONNECTION) != CONNECTION_ON_DEMAND:
        return None
    return float(entry.options.get(CONF_IDLE_TIME, DEFAULT_IDLE_TIME))


class BackHugCoordinator(DataUpdateCoordinator[Snapshot]):
    """Feeds one BackHug to its entities, and their wishes to it.

    The context of a listener is the set of the changes that concern few, and it: what a person sets, who
    lies there, live tension. A listener without one is told of every change.
    """

    config_entry: BackHugConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: BackHugConfigEntry, history: History
    ) -> None:
        """Begin with what the entry knows of the device."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title)
        self.address: str = entry.data[CONF_ADDRESS]
        self.features = Features.from_dict(entry.data[CONF_FEATURES])
        self.information = DeviceInformation(**entry.data[CONF_INFORMATION])
        self.back_hug = BackHug(
            entry.title,
            self._ble_device,
            features=self.features,
            changed=self._async_changed,
            idle_after=_idle_after(entry),
        )
        self.contact = Contact(hass, entry, lambda: self.data.connected)
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
        self._concerned: dict[frozenset[str], list[CALLBACK_TYPE]] = {}
        """Whom to tell of changes that concern few, as far as such changes came."""
        self.memory = Memory(hass, entry.entry_id)
        self.runner = ProgrammeRunner(self)
        self.arming = Arming(self)

    async def async_remember(self) -> None:
        """Take up what was before a restart; comes before the entities."""
        await self.memory.async_load()
        await self.runner.async_load_names()
        self.back_hug.stop_when_connected(self.memory.stop_due)
        self.runner.async_resume()
        self.arming.async_end_forgotten()
        # Before the entities: they show what these two make of a change.
        for update, concerns in (
            (self.runner.async_update, None),
            (self.arming.async_update, frozenset({"occupied"})),
        ):
            self.config_entry.async_on_unload(self.async_add_listener(update, concerns))

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
        """Whether a session runs, as far as we know."""
        return self.data.status is not None and self.data.status.running

    async def async_consult(self, account: Account) -> Advice | Refusal:
        """Return a programme made for a person and this device, or the refusal to make one."""
        # In a thread: it holds nothing up.
        await async_import_module(self.hass, f"{__package__}.consultation")
        from .consultation import consult

        return consult(account, self.features, self.history.sessions, self.resting_scan)

    @callback
    def async_keep_connection(self) -> CALLBACK_TYPE:
        """Have the connection made and kept until what is returned is called, also if it is made on demand.

        A connection that a person released stays released.
        """
        return self.back_hug.link.need()

    @callback
    def async_start(self) -> None:
        """Connect as soon as the device is in reach, unless the connection is released."""
        self.contact.async_start()
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
        self.history.async_start(self.async_update_listeners)
        # Who is set up while Home Assistant stops would not be told to let go any more.
        if self.hold and not self.hass.is_stopping:
            self.back_hug.link.hold()

    @override
    async def async_shutdown(self) -> None:
        """Let go of the connection."""
        # That may take long, and nothing is told of it meanwhile: the entry may be set up anew.
        self._async_end_grace()
        self.available = False
        self.arming.async_close()
        await super().async_shutdown()
        await self.runner.async_close()
        await self.back_hug.link.release()
        await self._async_remember_stop()
        self._async_end_grace()
        self.contact.async_stop()
        # Who is set up next finds out anew.
        self._async_forget_incompatible()
        await self.history.async_save()

    @override
    async def _async_update_data(self) -> Snapshot:
        """Read the device, as `homeassistant.update_entity` asks; on demand it is connected for that."""
        try:
            await self.back_hug.refresh()
        except ReleasedError:
            # That a person wants it so is no failure.
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
            self.back_hug.link.hold()
        else:
            await self.back_hug.link.release()
            self.arming.async_disarm()
            # A person let go: there is no drop to bridge.
            self._async_end_grace()
            self.available = False
        # Only from now on, or from the next time on, can it be missed.
        self.contact.async_made()
        self.async_update_listeners()

    async def async_start_session(self) -> None:
        """Start a session with what is chosen and shown; carry on with a paused one."""
        if self.status.state is State.PAUSED:
            await self.async_run(self.back_hug.resume())
        elif not self.status.running:
            await self.async_begin_session(Wish(programme=self.runner.chosen))

    async def async_begin_session(self, wish: Wish) -> None:
        """Start a session as wished for; what is left open is as the device shows it."""
        if wish.programme is not None:
            await self.runner.async_start(wish.programme)
            return
        settings = self.back_hug.snapshot.settings
        if self.resting and settings is not None:
            # Meanwhile somebody may have set the device otherwise: what the person saw counts.
            wish = wish._replace(
                strength=wish.strength or settings.strength,
                area=wish.area or settings.area,
                flow=wish.flow or settings.flow,
            )
        minutes = wish.minutes
        if minutes is None:
            minutes = DEFAULT_MINUTES if settings is None else settings.minutes
            minutes = max(minutes, self.features.min_minutes)
            minutes = min(minutes, self.features.max_minutes)
        await self.async_run(
            self.back_hug.start(
                minutes, strength=wish.strength, area=wish.area, flow=wish.flow
            )
        )

    async def async_stop_session(self) -> None:
        """Stop the session, and whatever would start or change one."""
        self.arming.async_disarm()
        self.runner.async_end()
        self.async_update_listeners()
        try:
            await self.async_run(self.back_hug.stop())
        finally:
            await self._async_remember_stop()

    async def _async_remember_stop(self) -> None:
        """Remember over a restart what a person was told will be stopped."""
        due = sorted(self.back_hug.stop_due)
        if due != self.memory.stop_due:
            self.memory.stop_due = due
            await self.memory.async_save()

    async def async_pause_or_resume(self) -> None:
        """Pause the running session, or carry on with the paused one."""
        if self.status.state is State.PAUSED:
            await self.async_run(self.back_hug.resume())
        else:
            await self.async_run(self.back_hug.pause())

    async def async_run(self, command: Coroutine[Any, Any, None]) -> None:
        """Carry out a command of the device, and tell in a person's words if it failed.

        Raises ServiceValidationError for what the device refuses, else HomeAssistantError.
        """
        try:
            await command
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

    async def async_run_all(
        self, commands: Iterable[Callable[[], Coroutine[Any, Any, None]]]
    ) -> None:
        """Carry out commands one after the other, all of them in the time that one may take.

        A stop ends all of them, also those that were not begun.
        """
        stops = self.back_hug.stops

        async def run() -> None:
            try:
                async with asyncio.timeout(COMMAND_TIMEOUT):
                    for command in commands:
                        if self.back_hug.stops != stops:
                            raise StoppedFirstError
                        await command()
            except TimeoutError as error:
                raise NoAnswerError from error

        await self.async_run(run())

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
        self.back_hug.link.advertised()
        self.contact.async_made()
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
        of_few = changed <= _OF_FEW
        if "tension" in changed:
            self._async_show_tension(snapshot.tension)
            # The regions show it too.
            of_few = of_few and self.resting_scan is not snapshot.tension
        if of_few:
            self.data = snapshot
            if not changed.isdisjoint(_OF_SETTINGS):
                self.history.async_see(self.status)
            self._async_update_few(changed)
            return
        self._async_follow_link(snapshot)
        if "incompatible" in changed:
            self._async_tell_incompatible(snapshot.incompatible)
        if not changed.isdisjoint(("features", "information")):
            self._async_store(snapshot)
        happenings = self.history.async_follow(snapshot, self.runner.programme)
        self.async_set_updated_data(snapshot)
        self.history.async_tell(happenings)

    @callback
    def _async_follow_link(self, snapshot: Snapshot) -> None:
        """Find out whether what is known still holds."""
        if snapshot.status is None:
            # Its status could not be understood: there is nothing to show over a short drop either.
            self.available = False
        if snapshot.connected:
            self._async_end_grace()
            self.contact.async_made()
            self.available = snapshot.status is not None
            if self._lost and self.available:
                self._lost = False
                _LOGGER.info("%s is connected again", self.name)
        elif snapshot.resting:
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
    def _async_update_few(self, changed: frozenset[str]) -> None:
        """Tell the listeners whom changes concern that concern few."""
        if (concerned := self._concerned.get(changed)) is None:
            concerned = self._concerned[changed] = [
                update
                for update, concerns in self._listeners.values()
                if concerns is None or not concerns.isdisjoint(changed)  # type: ignore[attr-defined]
            ]
        for update in concerned:
            update()

    @callback
    @override
    def async_add_listener(
        self, update_callback: CALLBACK_TYPE, context: Any = None
    ) -> CALLBACK_TYPE:
        """Tell a listener of changes: of all of them, or of those that concern it or everybody."""
        self._concerned = {}
        remove_listener = super().async_add_listener(update_callback, context)

        @callback
        def remove() -> None:
            self._concerned = {}
            remove_listener()

        return remove

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
            self.back_hug.link.gone()
            self._async_lose("is out of reach")

    @callback
    def _async_unseen(self, _service_info: BluetoothServiceInfoBleak) -> None:
        """Stop showing the last known values of a device that Home Assistant sees no more."""
        self.back_hug.link.gone()
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

    @callback
    def _async_store(self, snapshot: Snapshot) -> None:
        """Store what the device is, once it says something else than at the last connection."""
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
                CONF_FEATURES: features._asdict(),
                CONF_INFORMATION: information._asdict(),
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
