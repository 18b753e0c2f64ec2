"""Image: the tension of the back, to look at."""

from time import monotonic
from typing import Final, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import Phase, State, TensionScan
from .entity import BackHugEntity, Described, offered

# A picture is drawn in a millisecond.
PARALLEL_UPDATES = 0

REDRAW_INTERVAL: Final = 10
"""Seconds between two pictures of a running session, however often somebody asks for one."""
TELL_INTERVAL: Final = 300
"""Seconds between two states of a running session.

A dashboard fetches the picture anew when the state or the access token changes, and only then; but each
state is a row in the recorder. So the state is told at once of what stays (the scan before, the scan
after) and of the first live scan, later seldom; whoever opens the picture in between is served a fresh
one, without a state. Home Assistant itself changes the token every five minutes, and writes a row for
that: the time of the picture moves along with it and costs nothing.
"""
_SETTLED: Final = frozenset({State.PAUSED, State.STANDBY, State.FAULT})
"""States in which the last live scan stays the newest; while finishing the scan after may follow."""


def _shown(coordinator: BackHugCoordinator) -> tuple[TensionScan, ...]:
    """Return the scans to draw: before and after one session, else the newest, if there is one."""
    snapshot = coordinator.controller.back_hug.snapshot
    tension, record = snapshot.tension, snapshot.record
    if tension is None:
        return ()
    if tension.phase is Phase.AFTER and record is not None and record.before:
        # The scan after is told first, and stands in the record a little later.
        awaited = record.after is None and record.session == coordinator.status.session
        if awaited or record.after == tension:
            return record.before, tension
    return (tension,)


def _live(scans: tuple[TensionScan, ...]) -> bool:
    return any(scan.phase is Phase.LIVE for scan in scans)


DESCRIPTIONS: tuple[Described[ImageEntityDescription, tuple[TensionScan, ...]], ...] = (
    Described(
        ImageEntityDescription(key="tension_map"),
        _shown,
        offered_fn=lambda features: features.measures_tension,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the image of one BackHug, if it measures tension."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugImage(coordinator, described)
        for described in offered(coordinator, Platform.IMAGE, DESCRIPTIONS)
    )


class BackHugImage(BackHugEntity[tuple[TensionScan, ...]], ImageEntity):
    """The tension of a back: live during a session, then before beside after."""

    _attr_content_type = "image/svg+xml"

    def __init__(
        self,
        coordinator: BackHugCoordinator,
        described: Described[ImageEntityDescription, tuple[TensionScan, ...]],
    ) -> None:
        """Begin with nothing told and nothing drawn."""
        BackHugEntity.__init__(self, coordinator, described)
        self._told: tuple[TensionScan, ...] = ()
        self._told_at = 0.0
        self._drawn: tuple[TensionScan, ...] | None = None
        self._drawn_at = 0.0
        self._picture = b""
        self._was_available = False
        ImageEntity.__init__(self, coordinator.hass)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state, but only if there is another picture, at a modest rate."""
        told = self.available and self._tell(TELL_INTERVAL)
        if told or self.available is not self._was_available:
            self._was_available = self.available
            self.async_write_ha_state()

    @callback
    @override
    def async_update_token(self) -> None:
        """Change the access token; Home Assistant then writes the state, so let it tell of the picture."""
        super().async_update_token()
        if self._was_available:
            self._tell(0)

    @override
    async def async_image(self) -> bytes | None:
        """Return the picture of now; nothing while the device is not there."""
        if not self.available:
            return None
        scans = _shown(self.coordinator)
        if self._drawn is None or self._outdates(
            scans, self._drawn, self._drawn_at, REDRAW_INTERVAL
        ):
            picture = await self.hass.async_add_executor_job(self._draw, scans)
            self._drawn, self._drawn_at = scans, monotonic()
            self._picture = picture
        return self._picture

    @callback
    def _tell(self, interval: float) -> bool:
        """Make now the time of the picture, which is the state, if there is another one than that last told.

        The interval, in seconds, is that between two live ones.
        """
        scans = _shown(self.coordinator)
        if not self._outdates(scans, self._told, self._told_at, interval):
            return False
        self._told, self._told_at = scans, monotonic()
        self._attr_image_last_updated = dt_util.utcnow()
        return True

    def _outdates(
        self,
        scans: tuple[TensionScan, ...],
        former: tuple[TensionScan, ...],
        since: float,
        interval: float,
    ) -> bool:
        """Return whether scans are to be shown instead of former ones, shown since then."""
        if scans == former:
            return False
        if self.coordinator.status.state in _SETTLED:
            return True
        if not _live(scans) or not _live(former):
            return True
        return monotonic() - since >= interval

    def _draw(self, scans: tuple[TensionScan, ...]) -> bytes:
        # Loaded when somebody looks; here, in a thread, it holds nothing up.
        from .session.tension_map import draw

        return draw(self.coordinator.features.fingers, *scans).encode()
