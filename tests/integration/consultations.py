"""Measurements, own programmes and stored data that the tests of consultations share."""

import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant

from custom_components.backhug.device.model import Phase, SessionEnd, TensionScan
from custom_components.backhug.session.record import Session
from tests.home import SimulatedBackHug

RISING = tuple(
    Session(
        number=number,
        ended_by=SessionEnd.COMPLETED,
        before=TensionScan(Phase.BEFORE, (100,) * 28),
        after=TensionScan(Phase.AFTER, (127,) * 28),
    )
    for number in (1, 2)
)


def own(back_hug: SimulatedBackHug) -> dict[str, Any]:
    """Return the steps of the user's own programmes."""
    return {
        subentry.title: subentry.data["steps"]
        for subentry in back_hug.entry.subentries.values()
    }


def everything_stored(hass: HomeAssistant, back_hug: SimulatedBackHug) -> str:
    """Return everything stored about a device."""
    entry = json.dumps(back_hug.entry.as_dict(), default=str)
    kept = [path.read_text() for path in Path(hass.config.path(".storage")).glob("*")]
    return "\n".join((entry, *kept))
