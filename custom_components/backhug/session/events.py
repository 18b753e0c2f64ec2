"""Session events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ..device.model import SessionEnd
from .record import Session


class SessionEventType(StrEnum):
    """Types of session events."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    COMPLETED = "completed"
    STOPPED = "stopped"
    PERSON_LEFT = "person_left"
    FAULT = "fault"


ENDS: Final = {
    SessionEnd.COMPLETED: SessionEventType.COMPLETED,
    SessionEnd.PERSON_LEFT: SessionEventType.PERSON_LEFT,
    SessionEnd.FAULT: SessionEventType.FAULT,
}
"""Event types of the ends of a session; every other end is `stopped`."""
_ENDED: Final = frozenset({*ENDS.values(), SessionEventType.STOPPED})


@dataclass(frozen=True)
class SessionEvent:
    """An event of a session."""

    type: SessionEventType
    session: Session
    missed: bool
    """Whether it happened while the device was not connected, and is reported late."""

    @property
    def ends(self) -> bool:
        """Whether it is the end of a session."""
        return self.type in _ENDED

    def summary(self) -> dict[str, Any]:
        """Return what the logbook tells of the end of a session."""
        session = self.session
        minutes = session.minutes
        if self.type is not SessionEventType.COMPLETED:
            minutes = None if session.treated is None else session.treated // 60
        return {
            "type": self.type.value,
            "minutes": minutes,
            "tension_before": _whole(session.before.back if session.before else None),
            "tension_after": _whole(session.after.back if session.after else None),
        }

    def eased(self) -> dict[str, Any]:
        """Return the region whose tension has fallen most, and by how much; empty if none has."""
        change = self.session.tension_change
        fallen = {
            region: -points
            for region, points in ({} if change is None else change.regions).items()
            if points is not None and points < 0
        }
        if not fallen:
            return {}
        region = max(fallen, key=fallen.__getitem__)
        return {"eased_most": region.value, "eased_by": fallen[region]}

    def as_dict(self) -> dict[str, Any]:
        """Return the attributes of the event entity."""
        session = self.session
        return {
            "session": session.number,
            "missed": self.missed,
            "ended_by": _value(session.ended_by),
            "programme": session.programme,
            "minutes": session.minutes,
            "strength": session.strength,
            "area": _value(session.area),
            "flow": _value(session.flow),
            "tension_before": _whole(session.before.back if session.before else None),
            "tension_after": _whole(session.after.back if session.after else None),
        }


def _value(member: StrEnum | None) -> str | None:
    return None if member is None else member.value


def _whole(tension: float | None) -> int | None:
    return None if tension is None else round(tension)
