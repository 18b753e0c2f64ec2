"""State of one BackHug, assembled from received values."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
import logging
import math
from time import monotonic, time
from typing import Any, Final

from .errors import MalformedError
from .model import (
    Area,
    DeviceInformation,
    Features,
    Flow,
    Settings,
    Snapshot,
    State,
    Status,
    TensionRecord,
    TensionScan,
)
from .protocols import open_profile as profile
from .protocols.protocol import Request

_LOGGER = logging.getLogger(__name__)

_JITTER: Final = 2
"""Seconds. The device rounds the seconds left and the radio delays them: a smaller shift of the end is ignored."""

LONGEST_PAUSE: Final = 600
"""Seconds of pause after which the device ends the session (profile, Status)."""
GRACE: Final = 60
"""Seconds after the person left after which the device ends a paused session (profile, Status)."""

FIELDS: Final = {
    Request.SET_STRENGTH: "strength",
    Request.SET_AREA: "area",
    Request.SET_FLOW: "flow",
    Request.SET_LENGTH: "minutes",
}
"""Field of Settings that each request sets."""


class ReportedState:
    """Decodes received values and keeps the result. Malformed values are counted, never raised."""

    def __init__(self, name: str, features: Features | None) -> None:
        """Initialize with the features of the last connection, if there was one."""
        self._name = name
        self._assembler: profile.ScanAssembler | None = None
        self.features = features
        self.information: DeviceInformation | None = None
        self.status: Status | None = None
        self.ends_at: datetime | None = None
        self._ends_at_posix = 0
        self._ends_at_monotonic = 0.0
        self.pause_ends_at: datetime | None = None
        self._last: Status | None = None
        """Last status of this connection."""
        self._paused_at: float | None = None
        self._left_at = math.inf
        self.tension: TensionScan | None = None
        self._scanned_in: int | None = None
        """Session of the newest scan from the stream."""
        self.record: TensionRecord | None = None
        self.wanted: dict[Request, int | Area | Flow] = {}
        """Settings that the device has not yet confirmed, by the request that sets them."""
        self.counters: Counter[str] = Counter()
        """Number of malformed or unexpected values, by kind."""

    def connected(self, features: Features) -> None:
        """Start decoding with the features of a new connection."""
        self.features = features
        self._assembler = profile.ScanAssembler(features.fingers)
        # A pause that is under way may be another one than before.
        self._last = self._paused_at = None
        self._left_at = math.inf

    def forget_status(self) -> None:
        """Forget the status: it is not valid any more."""
        self.status = self.ends_at = self.pause_ends_at = None

    def receive_status(self, value: bytes | Status) -> bool:
        """Take a Status, decoded already or not; return whether it is well-formed."""
        assert self.features is not None
        try:
            status = (
                value
                if isinstance(value, Status)
                else profile.decode_status(value, self.features)
            )
        except MalformedError as error:
            self.malformed("status", error)
            return False
        self.pause_ends_at = self._pause_end(status)
        self.status = status
        self.ends_at = self._end(status)
        return True

    @property
    def ends_in(self) -> float | None:
        """Seconds until the session ends, by the monotonic clock; None if it has no end."""
        return None if self.ends_at is None else self._ends_at_monotonic - monotonic()

    def receive_fragment(self, value: bytes) -> bool:
        """Decode a fragment of the Tension stream; return whether it completes a scan."""
        assert self._assembler is not None
        try:
            scan = self._assembler.add(value)
        except MalformedError as error:
            self.malformed("tension fragment", error)
            return False
        if scan is None:
            return False
        self.tension = scan
        self._scanned_in = self.status.session if self.status else None
        return True

    def receive_record(self, value: bytes) -> None:
        """Decode a Tension record."""
        assert self.features is not None
        try:
            record = profile.decode_record(value, self.features)
        except MalformedError as error:
            self.malformed("tension record", error)
            return
        known, self.record = self.record, record
        if record.after is not None and record != known:
            self.tension = record.after
        elif (
            record.before is not None
            and (known is None or record.session != known.session)
            # Reading takes long: live scans of this session may be newer.
            and record.session != self._scanned_in
        ):
            self.tension = record.before

    def snapshot(
        self,
        *,
        connected: bool,
        resting: bool = False,
        incompatible: str | None = None,
    ) -> Snapshot:
        """Return the state, with unconfirmed settings in place of the reported ones."""
        return Snapshot(
            status=self.status,
            settings=None if self.status is None else self._settings(self.status),
            connected=connected,
            resting=resting,
            ends_at=self.ends_at,
            pause_ends_at=self.pause_ends_at,
            tension=self.tension,
            record=self.record,
            features=self.features,
            information=self.information,
            incompatible=incompatible,
        )

    def malformed(self, what: str, error: MalformedError) -> None:
        """Count a malformed value; log the first of each kind."""
        kind = f"malformed {what}"
        if not self.counters[kind]:
            _LOGGER.warning("%s sent a %s (%s): ignored", self._name, kind, error)
        self.counters[kind] += 1

    @staticmethod
    def setting(status: Status, request: Request) -> int | Area | Flow | None:
        """Return the value in a status of the setting that a request sets."""
        match request:
            case Request.SET_STRENGTH:
                return status.strength
            case Request.SET_AREA:
                return status.area
            case Request.SET_FLOW:
                return status.flow
            case _:
                return -(-status.length // 60)

    def _settings(self, status: Status) -> Settings:
        """Return the settings in a status, overridden by unconfirmed ones."""
        reported = Settings(
            strength=status.strength,
            area=status.area,
            flow=status.flow,
            minutes=-(-status.length // 60),
        )
        wanted: dict[str, Any] = {
            FIELDS[request]: value for request, value in self.wanted.items()
        }
        return replace(reported, **wanted)

    def _pause_end(self, status: Status) -> datetime | None:
        """Return when the pause ends by itself; None if its beginning was not seen."""
        assert self.features is not None
        if not self.features.ends_pauses:
            return None
        paused = status.state is State.PAUSED
        empty = self.features.senses_occupancy and not status.occupied
        before, self._last = self._last, status
        if before is not None:
            if paused and before.state is not State.PAUSED:
                self._paused_at = time()
            if empty and before.occupied:
                self._left_at = time()
        if not paused or self._paused_at is None:
            return None
        end = self._paused_at + LONGEST_PAUSE
        if empty:
            end = min(end, self._left_at + GRACE)
        return datetime.fromtimestamp(math.floor(end), UTC)

    def _end(self, status: Status) -> datetime | None:
        if not status.running or status.state is State.PAUSED:
            return None
        # Updated each time: the wall clock may be set, and then `ends_at` may stay as it was.
        self._ends_at_monotonic = monotonic() + status.seconds_left
        end = time() + status.seconds_left
        if self.ends_at is not None and abs(end - self._ends_at_posix) <= _JITTER:
            return self.ends_at
        self._ends_at_posix = math.floor(end)
        return datetime.fromtimestamp(self._ends_at_posix, UTC)
