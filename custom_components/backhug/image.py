"""Images: tension map of the back, as SVG and as PNG."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import Phase, State, TensionScan
from .entity import BackHugEntity, BackHugEntityDescription, offered
from .session.record import Tension
from .texts import server_text

# Drawing takes milliseconds, a PNG tenths of a second.
PARALLEL_UPDATES = 0

REDRAW_INTERVAL: Final = 10
"""Minimum time in seconds between two drawings of live scans."""
STATE_INTERVAL: Final = 300
"""Minimum time in seconds between two states for live scans.

A dashboard fetches the image only when the state or the access token changes, but every state is a row in
the recorder. The scans before and after a session and the first live scan get a state at once. In between,
a request is served the current image without a new state. Home Assistant writes a state with a new token
every five minutes anyway, and the time of the image is updated with it.
"""
_SETTLED: Final = frozenset({State.PAUSED, State.STANDBY, State.FAULT})
"""States in which no further live scan follows; while finishing, the scan after may follow."""


@dataclass(frozen=True, kw_only=True)
class BackHugImageEntityDescription(BackHugEntityDescription, ImageEntityDescription):
    """Describes a BackHug image."""

    content_type: str
    draw_fn: Callable[
        [HomeAssistant, int, tuple[TensionScan, ...]], Callable[[], bytes]
    ]
    """Return what draws the scans of a device with this number of fingers, in the executor.

    The modules that draw are imported there, on first use.
    """


def _shown(coordinator: BackHugCoordinator) -> tuple[TensionScan, ...]:
    """Return the scans to draw: those before and after one session, else the newest one, if any."""
    snapshot = coordinator.controller.back_hug.snapshot
    tension, record = snapshot.tension, snapshot.record
    if tension is None:
        return ()
    if tension.phase is Phase.AFTER and record is not None and record.before:
        # The scan is notified before the record is updated.
        awaited = record.after is None and record.session == coordinator.status.session
        if awaited or record.after == tension:
            return record.before, tension
    return (tension,)


def _describe(hass: HomeAssistant, scans: tuple[TensionScan, ...]) -> str:
    """Return what an image of scans shows, in the language of Home Assistant."""
    if not scans:
        return server_text(hass, "map_empty")
    return " ".join(_describe_scan(hass, scan) for scan in scans)


def _describe_scan(hass: HomeAssistant, scan: TensionScan) -> str:
    tension = Tension.of(scan)
    regions = {
        value: region for region, value in tension.regions.items() if value is not None
    }
    if not regions:
        return server_text(hass, "map_untouched")
    assert tension.back is not None
    highest = max(regions)
    return server_text(
        hass,
        f"map_{scan.phase}",
        tension=tension.back,
        region=server_text(hass, f"region_{regions[highest]}"),
        highest=highest,
    )


def _live(scans: tuple[TensionScan, ...]) -> bool:
    return any(scan.phase is Phase.LIVE for scan in scans)


def _svg(
    _hass: HomeAssistant, fingers: int, scans: tuple[TensionScan, ...]
) -> Callable[[], bytes]:
    def draw() -> bytes:
        from .session.tension_map import draw

        return draw(fingers, *scans).encode()

    return draw


def _png(
    hass: HomeAssistant, fingers: int, scans: tuple[TensionScan, ...]
) -> Callable[[], bytes]:
    left, right = server_text(hass, "map_left"), server_text(hass, "map_right")
    backs: list[tuple[TensionScan | None, str]]
    backs = [(scan, _title(hass, scan)) for scan in scans]
    backs = backs or [(None, server_text(hass, "map_empty"))]

    def draw() -> bytes:
        from .session.tension_picture import draw_picture

        return draw_picture(fingers, backs, left, right)

    return draw


def _title(hass: HomeAssistant, scan: TensionScan) -> str:
    title = server_text(hass, f"map_title_{scan.phase}")
    tension = Tension.of(scan).back
    return title if tension is None else f"{title}: {tension} %"


DESCRIPTIONS: tuple[BackHugImageEntityDescription, ...] = (
    BackHugImageEntityDescription(
        key="tension_map",
        offered_fn=lambda features: features.measures_tension,
        content_type="image/svg+xml",
        draw_fn=_svg,
    ),
    BackHugImageEntityDescription(
        key="tension_picture",
        # For those whose notifications or widgets show it: the address of an image is recorded every five minutes.
        entity_registry_enabled_default=False,
        offered_fn=lambda features: features.measures_tension,
        content_type="image/png",
        draw_fn=_png,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the images."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugImage(coordinator, description)
        for description in offered(coordinator, Platform.IMAGE, DESCRIPTIONS)
    )


class BackHugImage(BackHugEntity, ImageEntity):
    """Tension map: live during a session, afterwards the scans before and after it."""

    _unrecorded_attributes = frozenset({"content_type", "description"})
    entity_description: BackHugImageEntityDescription

    def __init__(
        self,
        coordinator: BackHugCoordinator,
        description: BackHugImageEntityDescription,
    ) -> None:
        """Initialize the image."""
        BackHugEntity.__init__(self, coordinator, description)
        self._attr_content_type = description.content_type
        self._published: tuple[TensionScan, ...] = ()
        """Scans as of the image's time, which is the state."""
        self._published_at = 0.0
        self._drawn: tuple[TensionScan, ...] | None = None
        """Scans in the cached image."""
        self._drawn_at = 0.0
        self._image = b""
        self._was_available = False
        ImageEntity.__init__(self, coordinator.hass)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the format, and a description for people who do not see the image."""
        return {
            "content_type": self.content_type,
            "description": _describe(self.hass, self._published),
        }

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if availability or, at a limited rate, the image has changed."""
        published = self.available and self._publish(STATE_INTERVAL)
        if published or self.available is not self._was_available:
            self._was_available = self.available
            self.async_write_ha_state()

    @callback
    @override
    def async_update_token(self) -> None:
        """Update the access token, and the time of the image: Home Assistant writes the state next."""
        super().async_update_token()
        if self._was_available:
            self._publish(0)

    @override
    async def async_image(self) -> bytes | None:
        """Return the current image; None while the device is unavailable."""
        if not self.available:
            return None
        scans = _shown(self.coordinator)
        if self._drawn is None or self._supersedes(
            scans, self._drawn, self._drawn_at, REDRAW_INTERVAL
        ):
            fingers = self.coordinator.features.fingers
            draw = self.entity_description.draw_fn(self.hass, fingers, scans)
            image = await self.hass.async_add_executor_job(draw)
            self._drawn, self._drawn_at = scans, monotonic()
            self._image = image
        return self._image

    @callback
    def _publish(self, interval: float) -> bool:
        """Update the time of the image if it has changed; return whether it has.

        `interval` is the minimum time in seconds between two updates for live scans.
        """
        scans = _shown(self.coordinator)
        if not self._supersedes(scans, self._published, self._published_at, interval):
            return False
        self._published, self._published_at = scans, monotonic()
        self._attr_image_last_updated = dt_util.utcnow()
        return True

    def _supersedes(
        self,
        scans: tuple[TensionScan, ...],
        former: tuple[TensionScan, ...],
        since: float,
        interval: float,
    ) -> bool:
        """Return whether scans replace the former ones, which were published or drawn at `since`."""
        if scans == former:
            return False
        if self.coordinator.status.state in _SETTLED:
            return True
        if not _live(scans) or not _live(former):
            return True
        return monotonic() - since >= interval
