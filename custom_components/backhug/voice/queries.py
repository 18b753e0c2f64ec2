"""Spoken questions about one BackHug."""

from __future__ import annotations

import math

from homeassistant.util import dt as dt_util

from ..coordinator import BackHugCoordinator
from ..device.model import State, TensionScan
from ..session.history import KEPT
from ..session.record import Tension
from .request import SLOT_ABOUT, RefusedError, SpokenRequest, current_setting, strength


async def async_time_left(request: SpokenRequest) -> str:
    """Return how long the session still runs."""
    coordinator, texts = request.coordinator, request.texts
    status = request.status
    if not coordinator.available or status is None:
        raise RefusedError(request.say("error_not_reachable"))
    if status.state is State.FINISHING:
        return request.say("finishing")
    if request.minutes_left is None:
        if (until := coordinator.controller.start_on_occupancy.until) is not None:
            return request.say("armed", time=texts.time(until))
        return request.say("no_session")
    minutes = texts.minutes(request.minutes_left)
    ends_at = coordinator.controller.back_hug.snapshot.ends_at
    if ends_at is None:
        return request.say("time_left_paused", minutes=minutes)
    return request.say("time_left", minutes=minutes, time=texts.time(ends_at))


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


async def async_question(request: SpokenRequest) -> str:
    """Answer a question about the device, by the slot `about`."""
    match request.slot(SLOT_ABOUT):
        case "occupied":
            return _occupied(request)
        case "last_session":
            return _last_session(request)
        case "effect":
            return _effect(request)
        case "programme":
            return _programme(request)
        case "area":
            area = request.coordinator.controller.known_settings().area
            if area is None:
                raise RefusedError(request.say("error_wrong_state"))
            return current_setting(request, "area", area=request.texts.area(area))
    return strength(request)


def _occupied(request: SpokenRequest) -> str:
    """Return whether somebody lies on the device."""
    if not request.coordinator.features.senses_occupancy:
        raise RefusedError(request.say("occupied_never"))
    status = request.status
    if not request.coordinator.available or status is None:
        raise RefusedError(request.say("error_not_reachable"))
    return request.say("occupied" if status.occupied else "free")


def _last_session(request: SpokenRequest) -> str:
    """Return when the last session of the person who asks ended."""
    coordinator = request.coordinator
    visible = coordinator.household.visible_to(request.intent.context)
    for last in coordinator.history.newest(1, of=visible):
        if last.ended is not None:
            ended = dt_util.as_local(last.ended)
            days = (dt_util.now().date() - ended.date()).days
            key = {0: "last_today", 1: "last_yesterday"}.get(days, "last_days")
            speech = request.say(key, time=request.texts.time(ended), days=days)
            if last.treated is None:
                return speech
            minutes = request.texts.minutes(max(math.ceil(last.treated / 60), 1))
            lasted = request.say("last_minutes", minutes=minutes)
            return f"{speech} {lasted}"
    return request.say("last_never")


def _effect(request: SpokenRequest) -> str:
    """Return how the tension changed in the last session in which it was measured twice."""
    coordinator = request.coordinator
    if not coordinator.features.measures_tension:
        raise RefusedError(request.say("tension_never"))
    visible = coordinator.household.visible_to(request.intent.context)
    for session in coordinator.history.newest(KEPT, of=visible):
        change = session.tension_change
        if change is not None and change.back is not None:
            key = "effect_lower" if change.back < 0 else "effect_higher"
            return request.say(
                key if change.back else "effect_same", points=abs(change.back)
            )
    return request.say("effect_unknown")


def _programme(request: SpokenRequest) -> str:
    """Return which programme runs."""
    runner = request.coordinator.controller.runner
    if not request.target.in_session:
        return request.say("no_session")
    if (programme := runner.find(runner.programme or "")) is None:
        return request.say("programme_none")
    return request.say(
        "programme_running", programme=request.texts.programme(programme)
    )
