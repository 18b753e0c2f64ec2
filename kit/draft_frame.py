"""Proposals of what surrounds the payload."""

from __future__ import annotations

from collections.abc import Iterator

from .analysis.checksums import Checksum
from .analysis.counters import RunningNumber
from .analysis.wire import Wire
from .proposal import Proposal, Verdict


def propose_frame(wire: Wire) -> Iterator[Proposal]:
    """Propose frame, checksum and counter."""
    frame: dict[str, object] = {"kind": wire.kind}
    if wire.header:
        frame["header"] = wire.header.hex(" ")
        if wire.received and wire.reply_header != wire.header and wire.reply_header:
            frame["reply_header"] = wire.reply_header.hex(" ")
    if wire.trailer:
        frame["trailer"] = wire.trailer.hex(" ")
    if wire.size:
        frame["size"] = wire.size
    if wire.length:
        frame["length"] = _length(wire)
    if wire.escape:
        frame["escape"] = {
            f"{octet:02x}": code.hex(" ") for octet, code in wire.escape.items()
        }
    certain = {"length": 0.95, "text": 0.95, "delimited": 0.9, "fixed": 0.8}.get(
        wire.kind, 0.6
    )
    yield Proposal("frame", "Frame", frame, wire.evidence, certain)
    if wire.checksum:
        yield _checksum(wire, wire.checksum)
    if wire.counter:
        yield _counter(wire.counter)


def _checksum(wire: Wire, checksum: Checksum) -> Proposal:
    spec: dict[str, object] = {"name": checksum.name}
    if checksum.start:
        spec["from"] = checksum.start
    if checksum.at >= 0:
        spec["at"] = checksum.at
        if checksum.stop is None:
            spec["to"] = checksum.at
    if checksum.size > 1 and checksum.big and not wire.is_text:
        spec["endian"] = "big"
    if (variant := checksum.variant) is not None:
        width = 2 * checksum.size
        found = {
            "polynomial": variant.polynomial,
            "initial": variant.initial,
            "final": variant.final,
        }
        spec |= {key: f"{value:0{width}x}" for key, value in found.items() if value}
        spec |= {"reflected": True} if variant.reflected else {}
    if wire.separator:
        spec["separator"] = wire.separator.decode("latin-1")
    if wire.lower:
        spec["case"] = "lower"
    if wire.checksum_sent_only and wire.kind != "raw":
        spec["check"] = False
    share = checksum.matched / max(1, checksum.tried)
    certain = share * min(1.0, 0.4 + checksum.matched * checksum.size / 10)
    evidence = (
        f"{checksum.name} {checksum.place}: right in {checksum.matched} "
        f"of {checksum.tried} different frames"
    )
    proposal = Proposal("frame.checksum", "Checksum", spec, evidence, round(certain, 2))
    if wire.checksum_kept:
        proposal.verdict = Verdict.OPEN
        proposal.evidence += (
            "; a description cannot say it, so it stays with each value"
        )
    return proposal


def _counter(counter: RunningNumber) -> Proposal:
    spec: dict[str, object] = {"at": counter.at}
    if counter.size == 2:
        spec |= {"size": 2} | ({"endian": "big"} if counter.big else {})
    if counter.first:
        spec["first"] = counter.first
    if counter.last is not None:
        spec["last"] = counter.last
    evidence = (
        f"octet {counter.at}: one more in {counter.share:.0%} of {counter.steps} steps"
    )
    certain = round(counter.share * 0.95, 2)
    return Proposal("frame.counter", "Counter", spec, evidence, certain)


def _length(wire: Wire) -> dict[str, object]:
    """Return the length field as a description has it: what it counts, and what is added."""
    length = wire.length
    assert length is not None
    overhead = len(wire.header) + length.size + len(wire.trailer)
    overhead += wire.counter.size if wire.counter else 0
    overhead += wire.checksum.size if wire.checksum and not wire.checksum_kept else 0
    adds = {
        "payload": overhead - length.extra,
        "after": length.at + length.size - length.extra,
        "frame": -length.extra,
    }
    counts = next((name for name, add in adds.items() if add == 0), "after")
    spec: dict[str, object] = {"at": length.at} if length.at != len(wire.header) else {}
    spec |= (
        {"size": length.size}
        | ({"endian": "big"} if length.big and length.size == 2 else {})
        | {"counts": counts}
    )
    if adds[counts]:
        spec["add"] = adds[counts]
    return spec
