"""What was written and received, in the order of time, for an owner to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from .analysis.late import clock, moment
from .analysis.study import Study
from .analysis.wire import Message, Wire

MOST_SHOWN = 8  # of one press
MOST_SAMPLES = 2


def list_frames(study: Study) -> Iterator[str]:
    """Yield a line for each note: time, what was pressed, written and received.

    Without notes there is a line for each write.
    """
    wire = study.wire
    if wire is None:
        return
    if study.alignment is None:
        times = [message.time for message in wire.sent]
        for message, (start, end) in zip(
            wire.sent, pairwise([*times, float("inf")]), strict=True
        ):
            wrote = plain(message.payload, is_text=wire.is_text)
            heard = _heard(wire, start, end)
            yield f"{start - times[0]:8.1f} s | wrote {wrote} | {heard}"
        return
    presses = study.alignment.presses
    times = [moment(press) for press in presses] + [float("inf")]
    for press, (start, end) in zip(presses, pairwise(times), strict=True):
        wrote = _shown(press.burst.messages, wire) if press.burst else "nothing"
        label = press.note.label.replace("_", " ")
        doubt = f" ({press.doubt})" if press.doubt else ""
        at = clock(start - study.alignment.offset)
        yield f"{at} {label}{doubt} | wrote {wrote} | {_heard(wire, start, end)}"


def samples(messages: Sequence[Message], *, is_text: bool) -> str:
    """Return one or two payloads of a kind, the first ones that differ."""
    different = dict.fromkeys(message.payload for message in messages)
    shown = [plain(one, is_text=is_text) for one in [*different][:MOST_SAMPLES]]
    return " and ".join(shown)


def plain(payload: bytes, *, is_text: bool) -> str:
    """Return a payload as a description writes it."""
    return payload.decode("latin-1") if is_text else payload.hex(" ")


def _heard(wire: Wire, start: float, end: float) -> str:
    heard = [one for one in wire.received if start < one.time < end]
    return f"received {_shown(heard, wire)}" if heard else "received nothing"


def _shown(messages: Sequence[Message], wire: Wire) -> str:
    """Return payloads, each once."""
    different = [*dict.fromkeys(message.payload for message in messages)]
    shown = [plain(one, is_text=wire.is_text) for one in different[:MOST_SHOWN]]
    more = len(different) - len(shown)
    return ", ".join(shown) + (f", and {more} others" if more else "")
