"""Well-formed seeds, written by the simulator, which does not know the decoder."""

from __future__ import annotations

from collections.abc import Callable
import json
from typing import Final, override

from custom_components.backhug.device.model import Area
from custom_components.backhug.programmes.model import FittedStep
from custom_components.backhug.programmes.run import Run
from custom_components.backhug.session.record import Session
from simulator import protocol
from simulator.advertising import advertisement, scan_response
from simulator.back import Back, Build, ManualClock, Observer, Phase

STATUS, FRAGMENT, RECORD, ANSWER, TIME = range(5)
"""How the target `values` tells kinds apart."""


def value(kind: int, octets: bytes) -> bytes:
    """Return a value as the target `values` takes it."""
    return bytes((kind, len(octets))) + octets


class _Listener(Observer):
    """Records the values that a device would send."""

    def __init__(self, back: Back) -> None:
        self.sent: list[bytes] = []
        self._back = back

    @override
    def status_changed(self) -> None:
        self.sent.append(value(STATUS, protocol.encode_status(self._back.status())))

    @override
    def scanned(self, phase: Phase, number: int, efforts: tuple[int, ...]) -> None:
        self.sent += (
            value(FRAGMENT, fragment)
            for fragment in protocol.encode_scan(phase, number, efforts)
        )


def _session() -> list[bytes]:
    """Return sessions: a part of their notifications, with the record after them."""
    clock = ManualClock()
    back = Back(Build(), clock)
    listener = _Listener(back)
    back.observe(listener)
    back.lie_down()
    back.start_at_device(20)
    seeds: list[bytes] = []
    for seconds in (21, 5, 1200, 30):
        clock.advance(seconds)
        record = protocol.encode_record(back.record, back.build.fingers)
        record_value = value(RECORD, record)
        seeds.append(b"\0" + b"".join(listener.sent[:12]) + record_value)
        seeds.append(b"\0" + b"".join(listener.sent[-6:]) + record_value)
        listener.sent.clear()
    return seeds


def _stored() -> list[bytes]:
    session = Session(number=7, minutes=20, strength=3, area=Area.FULL_BACK).as_dict()
    step = FittedStep(1, Area.FULL_BACK, 3, None, 10)
    run = Run(session=7, key="gentle_start", name=None, steps=(step,), skipped=())
    stored = (
        session,
        {"last": 6, "current": session, "paused": False},
        run.as_dict(),
        {"strength_levels": 10, "steps": [{"strength": 3, "minutes": 5}]},
    )
    return [json.dumps(content).encode() for content in stored]


SEEDS: Final[dict[str, Callable[[], list[bytes]]]] = {
    "advertisement": lambda: [
        bytes(advertisement(Build())),
        bytes(scan_response(Build())),
    ],
    "features": lambda: [protocol.encode_features(Build(major=n)) for n in (1, 2)],
    "information": lambda: [b"Simulated BackHug", "Rücken\0".encode()],
    "values": _session,
    "stored": _stored,
}
