"""What is known of one BackHug: what came from the air, put together."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
import logging
from math import floor
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
from .protocols.open_profile import Opcode

_LOGGER = logging.getLogger(__name__)

_STEADY: Final = 2
"""Seconds. The device rounds the seconds left and the radio delays them: within this the end has not moved."""


FIELDS: Final = {
    Opcode.SET_STRENGTH: "strength",
    Opcode.SET_AREA: "area",
    Opcode.SET_FLOW: "flow",
    Opcode.SET_LENGTH: "minutes",
}
"""The field of Settings that a request sets."""


class ReportedState:
    """Takes values from the air, and shows what they come to. Never raises for a bad one."""

    def __init__(self, name: str, features: Features | None) -> None:
        """Begin with the features of the last connection, if there was one."""
        self._name = name
        self._assembler: profile.ScanAssembler | None = None
        self.features = features
        self.information: DeviceInformation | None = None
        self.status: Status | None = None
        self.ends_at: datetime | None = None
        self._ends_at_posix = 0
        self._ends_at_monotonic = 0.0
        self.tension: TensionScan | None = None
        self._scanned_in: int | None = None
        """The session to which the newest scan of the stream belongs."""
        self.record: TensionRecord | None = None
        self.wanted: dict[Opcode, int | Area | Flow] = {}
        """What a person set and the device has not yet confirmed, by the request that sets it."""
        self.counters: Counter[str] = Counter()
        """How often something was wrong with what came from the air, by kind."""

    def connected(self, features: Features) -> None:
        """Take the features of a new connection."""
        self.features = features
        self._assembler = profile.ScanAssembler(features.fingers)

    def receive_status(self, value: bytes) -> bool:
        """Take a Status; return whether it is well-formed."""
        assert self.features is not None
        try:
            self.status = profile.decode_status(value, self.features)
        except MalformedError as error:
            self.malformed("status", error)
            return False
        self.ends_at = self._end(self.status)
        return True

    @property
    def ends_in(self) -> float | None:
        """Seconds until the session ends, by a clock that nobody sets; None where there is no end."""
        return None if self.ends_at is None else self._ends_at_monotonic - monotonic()

    def receive_fragment(self, value: bytes) -> None:
        """Take a fragment of the Tension stream."""
        assert self._assembler is not None
        try:
            scan = self._assembler.add(value)
        except MalformedError as error:
            self.malformed("tension fragment", error)
            return
        if scan is not None:
            self.tension = scan
            self._scanned_in = self.status.session if self.status else None

    def receive_record(self, value: bytes) -> None:
        """Take a Tension record."""
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
            # A reading takes long: live scans of the session may have come before it.
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
        """Return all that is known, with what a person wants over what the device says."""
        # By position: one is made for each change.
        return Snapshot(
            self.status,
            None if self.status is None else self._settings(self.status),
            connected,
            resting,
            self.ends_at,
            self.tension,
            self.record,
            self.features,
            self.information,
            incompatible,
        )

    def malformed(self, what: str, error: MalformedError) -> None:
        """Count what is malformed, and log it once a kind; it changes nothing."""
        kind = f"malformed {what}"
        if not self.counters[kind]:
            _LOGGER.warning("%s sent a %s (%s): ignored", self._name, kind, error)
        self.counters[kind] += 1

    @staticmethod
    def setting(status: Status, opcode: Opcode) -> int | Area | Flow | None:
        """Return what a status says of the setting that a request sets."""
        match opcode:
            case Opcode.SET_STRENGTH:
                return status.strength
            case Opcode.SET_AREA:
                return status.area
            case Opcode.SET_FLOW:
                return status.flow
            case _:
                return -(-status.length // 60)

    def _settings(self, status: Status) -> Settings:
        """Return the settings, with what a person wants over what the device says."""
        told = Settings(
            status.strength, status.area, status.flow, -(-status.length // 60)
        )
        if not self.wanted:
            return told
        wanted: dict[str, Any] = {
            FIELDS[opcode]: value for opcode, value in self.wanted.items()
        }
        return told._replace(**wanted)

    def _end(self, status: Status) -> datetime | None:
        if not status.running or status.state is State.PAUSED:
            return None
        # Anew each time: if somebody sets the clock as a pause is missed, what is shown may stay as it was.
        self._ends_at_monotonic = monotonic() + status.seconds_left
        end = time() + status.seconds_left
        if self.ends_at is not None and abs(end - self._ends_at_posix) <= _STEADY:
            return self.ends_at
        self._ends_at_posix = floor(end)
        return datetime.fromtimestamp(self._ends_at_posix, UTC)
