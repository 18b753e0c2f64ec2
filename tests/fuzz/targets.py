"""Fuzz targets: each takes octets from the air or from a file, and must not raise.

Used by Hypothesis in the suite, and by a fuzzer that is guided by coverage in `scripts/fuzz`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
import json
from typing import Any, Final

from bluetooth_data_tools import parse_advertisement_data

from custom_components.backhug.device.errors import IncompatibleError, MalformedError
from custom_components.backhug.device.identification import is_backhug
from custom_components.backhug.device.model import (
    MAX_MINUTES,
    Area,
    Features,
    Flow,
    clean_text,
)
from custom_components.backhug.device.protocols import open_profile as profile
from custom_components.backhug.device.protocols.control_point import ControlPoint
from custom_components.backhug.device.protocols.protocol import Channel
from custom_components.backhug.device.state import ReportedState
from custom_components.backhug.programmes.editing import from_stored
from custom_components.backhug.programmes.model import Programme, fit
from custom_components.backhug.programmes.run import Run
from custom_components.backhug.session.record import Session
from custom_components.backhug.session.tracker import Tracker, TrackerState

FEATURES: Final = tuple(
    Features(
        strength_levels=levels,
        fingers=fingers,
        areas=tuple(Area)[:areas],
        flows=tuple(Flow)[:flows],
        min_minutes=5,
        max_minutes=60,
        can_pause=True,
        senses_occupancy=senses,
        reports_leg_rest=True,
        measures_tension=True,
    )
    for levels, fingers, areas, flows, senses in (
        (10, 28, 6, 4, True),
        (20, 64, 8, 5, False),
        (1, 2, 1, 1, True),
    )
)
_CHANNEL: Final = Channel(profile.SERVICE, profile.CONTROL_POINT)
_KINDS_OF_NONSENSE: Final = 5
_NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)
_NOT_STORED_BY_US: Final = (AttributeError, LookupError, TypeError, ValueError)
"""What whoever reads a file expects, and answers by beginning anew."""


def advertisement(data: bytes) -> None:
    """Take an advertisement as a scanner hears it."""
    heard = parse_advertisement_data((data,))
    name = heard.local_name or ""
    is_backhug(name, heard.service_uuids)
    shown = clean_text(name)
    assert len(shown) <= 40
    assert not set(shown) & set("<>&[]()`|\n\r\t\0*")


def features(data: bytes) -> None:
    """Decode Features."""
    try:
        read = profile.decode_features(data)
    except IncompatibleError, MalformedError:
        return
    assert 1 <= read.min_minutes <= read.max_minutes <= MAX_MINUTES
    assert 1 <= read.strength_levels <= 20
    assert read.fingers % 2 == 0
    stored = json.loads(json.dumps(asdict(read)))
    assert Features.from_dict(stored) == read
    fit(Programme("key", ()), read)


def information(data: bytes) -> None:
    """Take the texts of the Device Information service."""
    for text in profile.decode_information("model", data).values():
        assert text == clean_text(text)
        assert len(text) <= 40


def _receive(
    reported: ReportedState, control: ControlPoint, kind: int, value: bytes
) -> None:
    """Take one value, as the client does."""
    match kind:
        case 0:
            reported.receive_status(value)
        case 1:
            reported.receive_fragment(value)
        case 2:
            reported.receive_record(value)
        case _:
            try:
                assert not control.answered(value, _CHANNEL)
            except MalformedError as error:
                reported.malformed("answer", error)


def values(data: bytes) -> None:
    """Take a sequence of values: how the device is chosen, then length and kind before each of them."""
    offered = FEATURES[data[0] % len(FEATURES)] if data else FEATURES[0]
    reported = ReportedState("fuzzed", None)
    reported.connected(offered)
    tracker = Tracker(TrackerState())
    control = ControlPoint()
    now = _NOW
    rest = memoryview(data)[1:]
    while len(rest) > 1:
        kind, length = rest[0], rest[1] % 140
        value, rest = bytes(rest[2 : 2 + length]), rest[2 + length :]
        if kind % 5 == 4:
            now += timedelta(seconds=length)
        else:
            _receive(reported, control, kind % 5, value)
        snapshot = reported.snapshot(connected=kind < 224)
        update = tracker.follow(snapshot, now, (now - _NOW).total_seconds())
        update.sessions += tracker.give_up().sessions if kind % 7 == 6 else []
        for event in update.events:
            json.dumps(event.as_dict())
        for session in update.sessions:
            stored = json.loads(json.dumps(session.as_dict()))
            assert Session.from_dict(stored).as_dict() == session.as_dict()
            _tension(session)
        stored = json.loads(json.dumps(tracker.state.as_dict()))
        assert TrackerState.from_dict(stored).as_dict() == tracker.state.as_dict()
        if snapshot.tension is not None:
            assert len(snapshot.tension.efforts) == offered.fingers
            assert all(
                tension is None or 0 <= tension <= 100
                for tension in snapshot.tension.regions.values()
            )
        if snapshot.settings is not None:
            strength = snapshot.settings.strength
            assert strength is None or 1 <= strength <= offered.strength_levels
            assert 0 <= snapshot.settings.minutes <= MAX_MINUTES
    assert len(reported.counters) <= _KINDS_OF_NONSENSE
    assert reported.wanted == {}
    assert control._awaited == {}


def _tension(session: Session) -> None:
    for tension in (
        session.tension_before,
        session.tension_after,
        session.tension_change,
    ):
        if tension is not None:
            json.dumps(tension.shown())


def stored(data: bytes) -> None:
    """Load a stored file: it is understood or refused."""
    try:
        content: Any = json.loads(data)
    except ValueError, RecursionError:
        return
    take(content)


def take(content: Any) -> None:
    """Take a value from a file."""
    with suppress(*_NOT_STORED_BY_US):
        session = Session.from_dict(content)
        json.dumps(session.as_dict())
    with suppress(*_NOT_STORED_BY_US):
        tracker = Tracker(TrackerState.from_dict(content))
        json.dumps(tracker.state.as_dict())
    with suppress(*_NOT_STORED_BY_US):
        Run.from_dict(content)
    with suppress(*_NOT_STORED_BY_US):
        Features.from_dict(content)
    with suppress(*_NOT_STORED_BY_US, ZeroDivisionError):
        from_stored("key", "name", content)


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    target.__name__: target
    for target in (advertisement, features, information, values, stored)
}


def everything(data: bytes) -> None:
    """Give the octets to the target that the first of them names."""
    if data:
        targets = tuple(TARGETS.values())
        targets[data[0] % len(targets)](data[1:])
