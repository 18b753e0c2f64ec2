"""Coordinator for one BackHug."""

from dataclasses import asdict
import logging
import math
from time import monotonic
from typing import Final, override

from homeassistant.components import bluetooth
from homeassistant.components.bluetooth import BluetoothServiceInfoBleak
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_ADDRESS, EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .const import (
    CONF_DESCRIPTION,
    CONF_FEATURES,
    CONF_HOLD_CONNECTION,
    CONF_INFORMATION,
    CONF_SUPERVISED,
    DOMAIN,
    HELP_URL,
    HELP_URLS,
)
from .device.model import (
    DeviceInformation,
    Features,
    Phase,
    Settings,
    Snapshot,
    Status,
    TensionScan,
)
from .people.household import Household
from .reachability.availability import Availability
from .reachability.unreachable import UnreachableMonitor, async_migrate_last_contact
from .session.controller import SessionController
from .session.events import SessionEvent
from .session.history import History
from .session.kept_length import KeptLength
from .storage import StoredState

_LOGGER = logging.getLogger(__name__)

LIVE_INTERVAL: Final = 300
"""Seconds between two live values of the tension.

The recorder keeps every value: all entities together should add no more than 60 rows in a session of 30 minutes,
of which about 30 are changes that happen once.
"""
SIGNAL_INTERVAL: Final = 60
"""Seconds between two values of the signal strength, likewise."""
PUBLISH_INTERVAL: Final = 10
"""Seconds between two live scans that are published: no entity shows them more often."""

_SETTINGS: Final = frozenset({"area", "flow", "length", "minutes", "strength"})
"""Changes that are no session events: the history keeps only the newest of them."""

type BackHugConfigEntry = ConfigEntry[BackHugCoordinator]


class BackHugCoordinator(DataUpdateCoordinator[Snapshot]):
    """Publishes what one BackHug shows; `controller` commands it."""

    config_entry: BackHugConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: BackHugConfigEntry, history: History
    ) -> None:
        """Initialize from the config entry, without any Bluetooth."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title)
        self.address: str = entry.data[CONF_ADDRESS]
        self.features = Features.from_dict(entry.data[CONF_FEATURES])
        self.information = DeviceInformation.from_dict(entry.data[CONF_INFORMATION])
        self.history = history
        self.stored = StoredState(hass, entry.entry_id, self.address)
        self.household = Household(
            hass, entry, self.stored, history, self.async_update_listeners
        )
        self.controller = SessionController(
            hass,
            entry,
            self.stored,
            history,
            changed=self._async_changed,
            publish=self.async_update_listeners,
            started=self.household.choice.started,
        )
        self.data = self.controller.back_hug.snapshot
        self.unreachable_monitor = UnreachableMonitor(
            hass, entry, self.stored, lambda: self.data.connected
        )
        self.platforms: list[Platform] = []
        """The platforms that are set up."""
        self.tension: TensionScan | None = None
        """The newest scan; live ones at most every `LIVE_INTERVAL` seconds."""
        self.resting_scan: TensionScan | None = None
        """The newest scan from before or after a session."""
        self.signal_strength: int | None = None
        """Signal strength of the last advertisement, in dBm."""
        self._availability = Availability(
            hass, entry, self.controller.back_hug, self.async_update_listeners
        )
        self._incompatible = f"incompatible_{entry.entry_id}"
        self._signal_at = -math.inf
        self._tension_at = -math.inf
        self._published_at = -math.inf
        """When a live scan was last published."""

    async def async_load(self) -> None:
        """Load the stored state; needed by the entities."""
        await self.stored.async_load()
        self.household.choice.async_resume()
        await async_migrate_last_contact(self.hass, self.config_entry, self.stored)
        await self.controller.async_resume_stored()
        kept_length = KeptLength(self.controller.back_hug, self.stored)
        kept_length.async_resume()
        self.config_entry.async_on_unload(
            self.async_add_listener(kept_length.async_update)
        )
        # Before the entities, which show the result.
        self.config_entry.async_on_unload(
            self.async_add_listener(self.controller.async_update)
        )

    @property
    def available(self) -> bool:
        """Whether the entities show what the device reports.

        Stays true over a short drop of the connection, and while an idle connection is closed and the device is
        believed to be in reach: they then show the last report.
        """
        return self._availability.available

    @property
    def status(self) -> Status:
        """The status that the device reports; only while `available`."""
        assert self.data.status is not None
        return self.data.status

    @property
    def settings(self) -> Settings:
        """The settings of the session or, if none runs, of the next one; only while `available`."""
        return self.controller.known_settings()

    @property
    def hold(self) -> bool:
        """Whether the user wants Home Assistant to hold the connection."""
        return bool(self.config_entry.options.get(CONF_HOLD_CONNECTION, True))

    @property
    def resting(self) -> bool:
        """Whether an idle connection is closed, and the last report is shown."""
        return self.data.resting

    @property
    def in_session(self) -> bool:
        """Whether the device reports that a session runs."""
        return self.available and self.may_be_in_session

    @property
    def may_be_in_session(self) -> bool:
        """Whether a session runs, or ran when the device went out of reach."""
        return self.data.status is not None and self.data.status.running

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
            # Not once: an unload while Home Assistant stops could not remove the listener, and would log that.
            self.hass.bus.async_listen(
                EVENT_HOMEASSISTANT_STOP, self._async_home_assistant_stops
            )
        )
        if service_info := bluetooth.async_last_service_info(
            self.hass, self.address, connectable=True
        ):
            # Once connected, the device may not advertise any more.
            self.signal_strength = service_info.rssi
        self.history.async_start(self.async_update_listeners, self._async_read_again)
        self.household.async_start()
        # An entry that is set up while Home Assistant stops would never release the connection.
        if self.hold and not self.hass.is_stopping:
            self._async_hold()

    @override
    async def async_shutdown(self) -> None:
        """Release the connection."""
        self._availability.async_close()
        await super().async_shutdown()
        await self.controller.async_close()
        self.unreachable_monitor.async_stop()
        # The next set-up finds out again.
        self._async_delete_incompatible_issue()
        # While Home Assistant stops, the entry stays loaded, and a stop must still be saved.
        last = self.config_entry.state is not ConfigEntryState.LOADED
        await self.history.async_close(last=last)
        await self.stored.async_close(last=last)

    @override
    async def _async_update_data(self) -> Snapshot:
        """Read the device, for `homeassistant.update_entity`; connects on demand."""
        try:
            await self.controller.async_read()
        except HomeAssistantError as error:
            raise UpdateFailed(
                translation_domain=error.translation_domain,
                translation_key=error.translation_key,
                translation_placeholders=error.translation_placeholders,
            ) from error
        return self.controller.back_hug.snapshot

    async def async_hold_connection(self, hold: bool) -> None:
        """Hold the connection, or release it for another client, until this is called again."""
        self.hass.config_entries.async_update_entry(
            self.config_entry,
            options={**self.config_entry.options, CONF_HOLD_CONNECTION: hold},
        )
        if hold:
            self._async_hold()
        else:
            await self.controller.async_release()
            self._availability.async_close()
        # An absence counts from now on, or from the next time that the connection is held.
        self.unreachable_monitor.async_note_contact()
        self.async_update_listeners()

    @callback
    def _async_hold(self) -> None:
        self._availability.async_expect_connection()
        self.controller.async_hold()

    # What the device shows

    @callback
    def _async_changed(self, snapshot: Snapshot, changed: frozenset[str]) -> None:
        """Publish a change."""
        if self._shutdown_requested:
            if not snapshot.connected:
                # The history keeps how long the session was seen to run.
                self.history.async_follow(snapshot)
            return
        if "tension" in changed:
            shown = self._async_take_tension(snapshot.tension)
            if changed == {"tension"} and not shown:
                self.data = snapshot
                return
        self._availability.async_follow(snapshot)
        if snapshot.connected:
            self.unreachable_monitor.async_note_contact()
        self.controller.async_follow(snapshot)
        if "incompatible" in changed:
            self._async_report_incompatible(snapshot.incompatible)
        if snapshot.connected and self.controller.back_hug.supervised:
            self._async_store_supervised()
        if not changed.isdisjoint(("features", "information")):
            self._async_store_identity(snapshot)
        events: list[SessionEvent] = []
        if changed <= _SETTINGS and snapshot.status is not None:
            self.history.async_see(snapshot.status)
        else:
            events = self._async_follow(snapshot)
        self.async_set_updated_data(snapshot)
        self.history.async_notify(events)

    async def _async_read_again(self) -> None:
        """Have the history follow a second reading of the Status, even without a change."""
        back_hug = self.controller.back_hug
        if await back_hug.read_again() and not self._shutdown_requested:
            events = self._async_follow(back_hug.snapshot)
            self.async_update_listeners()
            self.history.async_notify(events)

    @callback
    def _async_follow(self, snapshot: Snapshot) -> list[SessionEvent]:
        """Have the history follow a snapshot; return the session events."""
        choice = self.household.choice
        events = self.history.async_follow(
            snapshot, self.controller.runner.programme, choice.person_of(snapshot)
        )
        choice.async_follow(snapshot)
        return events

    @callback
    def _async_take_tension(self, tension: TensionScan | None) -> bool:
        """Take a new scan; live ones at a low rate. Return whether an entity may show it."""
        now = monotonic()
        if tension is None or tension.phase is not Phase.LIVE:
            self.resting_scan = tension or self.resting_scan
            self.tension, self._tension_at = tension, now
            # The first live scan is published at once.
            self._published_at = -math.inf
            return True
        if now - self._tension_at >= LIVE_INTERVAL:
            self.tension, self._tension_at = tension, now
        elif now - self._published_at < PUBLISH_INTERVAL:
            return False
        self._published_at = now
        return True

    # Bluetooth

    @callback
    def _async_advertised(self, service_info: BluetoothServiceInfoBleak) -> None:
        self.controller.back_hug.connection.advertised()
        self.unreachable_monitor.async_note_contact()
        now = monotonic()
        if now - self._signal_at >= SIGNAL_INTERVAL:
            self._signal_at = now
            if service_info.rssi != self.signal_strength:
                self.signal_strength = service_info.rssi
                self.async_update_listeners()

    @callback
    def _async_unseen(self, _service_info: BluetoothServiceInfoBleak) -> None:
        self._availability.async_unseen()

    async def _async_home_assistant_stops(self, _event: Event) -> None:
        await self.async_shutdown()

    # What the device is

    @callback
    def _async_report_incompatible(self, reason: str | None) -> None:
        """Raise a repair issue for a device that cannot be operated since a firmware update."""
        if reason is None:
            self._async_delete_incompatible_issue()
            return
        ir.async_create_issue(
            self.hass,
            DOMAIN,
            self._incompatible,
            is_fixable=False,
            learn_more_url=HELP_URLS.get(reason, HELP_URL),
            severity=ir.IssueSeverity.ERROR,
            translation_key=reason,
            translation_placeholders={"name": self.config_entry.title},
        )

    @callback
    def _async_delete_incompatible_issue(self) -> None:
        ir.async_delete_issue(self.hass, DOMAIN, self._incompatible)

    @callback
    def _async_store_supervised(self) -> None:
        """Store that a stop was seen to end a session of a described device."""
        data = self.config_entry.data
        if CONF_DESCRIPTION in data and CONF_SUPERVISED not in data:
            self.hass.config_entries.async_update_entry(
                self.config_entry, data={**data, CONF_SUPERVISED: True}
            )

    @callback
    def _async_store_identity(self, snapshot: Snapshot) -> None:
        """Store features and device information that differ from those of the last connection."""
        if self.config_entry.data[CONF_ADDRESS] != self.address:
            # Another device has replaced this one, and the entry is about to be reloaded.
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
            # Other features mean other entities.
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
