"""Spoken questions about one BackHug."""

from __future__ import annotations

import math

from homeassistant.util import dt as dt_util

from ..coordinator import BackHugCoordinator
from ..device.model import State, TensionScan
from ..session.record import Tension
from .request import RefusedError, SpokenRequest
from .responses import Texts


async def async_time_left(request: SpokenRequest) -> str:
    """Return how long the session still runs."""
    coordinator, texts = request.coordinator, request.texts
    status = request.status
    if not coordinator.available or status is None:
        raise RefusedError(request.say("error_not_reachable"))
    if status.state is State.FINISHING:
        return request.say("finishing")
    if not status.running:
        if (until := coordinator.controller.start_on_occupancy.until) is not None:
            return request.say("armed", time=texts.time(until))
        return request.say("no_session")
    ends_at = coordinator.controller.back_hug.snapshot.ends_at
    if ends_at is None:
        return request.say(
            "time_left_paused", minutes=_minutes(texts, status.seconds_left)
        )
    seconds = (ends_at - dt_util.utcnow()).total_seconds()
    return request.say(
        "time_left", minutes=_minutes(texts, seconds), time=texts.time(ends_at)
    )


def _minutes(texts: Texts, seconds: float) -> str:
    return texts.minutes(max(math.ceil(seconds / 60), 1))


async def async_tension(request: SpokenRequest) -> str:
    """Return the last tension of the person who asks: of the back, and of its tensest region."""
    coordinator = request.coordinator
    if not coordinator.features.measures_tension:
        raise RefusedError(request.say("tension_never"))
    visible = coordinator.household.visible_to(request.intent.context)
    scan = None
    if coordinator.household.shows_tension_to(visible):
        scan = coordinator.controller.back_hug.snapshot.tension
    scan = scan or _last_scan(coordinator, visible)
    tension = None if scan is None else Tension.of(scan)
    if scan is None or tension is None or tension.back is None:
        return request.say("tension_unknown")
    regions = {
        region: value for region, value in tension.regions.items() if value is not None
    }
    tensest = max(regions, key=lambda region: regions[region])
    return request.say(
        f"tension_{scan.phase}",
        tension=tension.back,
        region=request.texts.region(tensest),
        highest=regions[tensest],
    )


def _last_scan(
    coordinator: BackHugCoordinator, visible: frozenset[str | None]
) -> TensionScan | None:
    for session in coordinator.history.newest(1, with_tension=True, of=visible):
        return session.after or session.before
    return None


async def async_programmes(request: SpokenRequest) -> str:
    """Return the names of the programmes that the device can run."""
    runner = request.coordinator.controller.runner
    names = [
        request.texts.programme(programme)
        for programme in runner.programmes.values()
        if runner.fitted(programme).steps
    ]
    return request.say(
        "programmes", count=len(names), programmes=request.texts.all_of(names)
    )
