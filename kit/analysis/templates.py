"""Finds the parameters in what a command writes."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
import re

from .align import Press
from .encodings import in_spite_of_slips, linear
from .timeline import Timeline, Value
from .wire import Message

NAMES = {
    "strength": "set_strength",
    "area": "set_area",
    "flow": "set_flow",
    "minutes": "set_length",
}
PARAMETERS = ("strength", "area", "flow", "minutes")
KNOWN = 0.4  # share of presses before which a setting must be known
AGREED = 0.9  # share of those that must agree
LEAST_BUT_ONE = 4  # presses of which one may be left out
LEAST_REPEATED = 1  # presses that confirm an earlier one
# Words of a line: cut at signs other than a decimal point, and between letters and digits.
PIECES = re.compile(
    rb"((?:[^0-9A-Za-z.]|(?<![0-9])\.|\.(?![0-9]))+|(?<=[A-Za-z])(?=[0-9]))"
)

type Encodings = dict[str, dict[Value, bytes]]
type Column = Sequence[tuple[Press, Message]]
type Explained = tuple[Hole, dict[Value, bytes]]


@dataclass(frozen=True, slots=True)
class Hole:
    """A parameter in a payload."""

    parameter: str
    start: int
    stop: int


@dataclass(slots=True)
class Template:
    """A payload with parameters; text is octets as well."""

    payload: bytes
    holes: list[Hole] = field(default_factory=list)

    def written(self, is_text: bool) -> str:
        """Return it as a description writes it."""
        pieces: list[str] = []
        at = 0
        for hole in sorted(self.holes, key=lambda hole: hole.start):
            pieces += [self._plain(at, hole.start, is_text), "{" + hole.parameter + "}"]
            at = hole.stop
        pieces.append(self._plain(at, len(self.payload), is_text))
        return ("" if is_text else " ").join(piece for piece in pieces if piece)

    def _plain(self, start: int, stop: int, is_text: bool) -> str:
        piece = self.payload[start:stop]
        return piece.decode("latin-1") if is_text else piece.hex(" ")


def _has_size(parameter: str, size: int, known: Encodings) -> bool:
    """Return whether a parameter may have so many octets: as elsewhere, if it is known from there."""
    return all(len(octets) == size for octets in known.get(parameter, {}).values())


def is_release(press: Template, release: Template) -> bool:
    """Return whether a second payload releases what the first one presses: the same with zero at its end."""
    return (
        press.holes == release.holes != []
        and press.payload[-1:] != release.payload[-1:] == b"\0"
        and len(press.payload) == len(release.payload)
        and all(hole.stop < len(press.payload) for hole in press.holes)
        and replace(press, payload=press.payload[:-1])
        == replace(release, payload=release.payload[:-1])
    )


type FoundTemplate = tuple[Template, float, Encodings]


def find_template(
    action: str, column: Column, timeline: Timeline, is_text: bool, known: Encodings
) -> FoundTemplate:
    """Return the payload with its parameters, the share of presses that it explains, and how values are encoded."""
    found = _template(action, column, timeline, is_text, known)
    if action not in NAMES or len(column) < LEAST_BUT_ONE:
        return found
    if not _misfits(found, column, timeline):
        return found
    # One of the notes may be wrong, and something else was pressed.
    for left_out in range(len(column)):
        others = [*column[:left_out], *column[left_out + 1 :]]
        better = _template(action, others, timeline, is_text, known)
        repeated = len(others) - len(better[2].get(action, others))
        if repeated >= LEAST_REPEATED and not _misfits(better, others, timeline):
            return better[0], len(others) / len(column), better[2]
    return found


def _misfits(found: FoundTemplate, column: Column, timeline: Timeline) -> bool:
    """Return whether a payload is not what its note and the template make."""
    template, _, encodings = found
    for press, message in column:
        values = timeline.after(press.burst.start if press.burst else press.time)
        made, at = b"", 0
        for hole in sorted(template.holes, key=lambda hole: hole.start):
            code = encodings[hole.parameter].get(values.get(hole.parameter, ""), b"")
            made += template.payload[at : hole.start] + code
            at = hole.stop
        if made + template.payload[at:] != message.payload:
            return True
    return False


def _template(
    action: str, column: Column, timeline: Timeline, is_text: bool, known: Encodings
) -> FoundTemplate:
    if is_text:
        return _text_template(action, column, timeline)
    size = Tally(len(message.payload) for _, message in column).most_common(1)[0][0]
    same = [
        (press, message) for press, message in column if len(message.payload) == size
    ]
    payloads = [message.payload for _, message in same]
    modal = Tally(payloads).most_common(1)[0][0]
    varying = [
        at for at in range(size) if len({payload[at] for payload in payloads}) > 1
    ]
    template = Template(modal)
    encodings: Encodings = {}
    kept = len(varying) > 1 and _explain(
        action, same, timeline, varying[0], varying[-1] + 1, {}
    )
    alone = [_explain(action, same, timeline, at, at + 1, known) for at in varying]
    if (
        kept
        and action in NAMES
        and not any(hole and hole[0].parameter != action for hole in alone)
        and _has_gap(varying)
    ):
        # The checksum changes along with the value: both are written as one.
        template.holes.append(kept[0])
        encodings[kept[0].parameter] = kept[1]
        varying = []
    for at in varying:
        if any(hole.start <= at < hole.stop for hole in template.holes):
            continue
        hole = _explain(action, same, timeline, at, at + 1, known)
        if at + 1 in varying:
            wide = _explain(action, same, timeline, at, at + 2, known)
            other = _explain(action, same, timeline, at + 1, at + 2, known)
            if (
                wide is not None
                and _is_one(wide, hole, other)
                and _has_size(wide[0].parameter, 2, known)
            ):
                hole = wide
        if hole is None:
            continue
        place, encoding = hole
        template.holes.append(place)
        encodings[place.parameter] = encoding
    filled = {at for hole in template.holes for at in range(hole.start, hole.stop)}
    fits = sum(
        all(payload[at] == modal[at] for at in range(size) if at not in filled)
        for payload in payloads
    )
    return template, fits / len(column), encodings


def _is_one(wide: Explained, first: Explained | None, second: Explained | None) -> bool:
    """Return whether two octets are one value, and not a value each."""
    if linear(wide[1], levels=False):
        return True
    if first is None or second is None:
        return True
    return first[0].parameter == second[0].parameter


def _has_gap(varying: Sequence[int]) -> bool:
    """Return whether octets that never change lie between those that do."""
    return varying[-1] - varying[0] >= len(varying)


def _explain(
    action: str,
    column: Column,
    timeline: Timeline,
    start: int,
    stop: int,
    known_encodings: Encodings,
) -> Explained | None:
    """Return the parameter that the octets follow; that of the press first."""
    order = (
        [action, *(name for name in PARAMETERS if name != action)]
        if action in NAMES
        else list(PARAMETERS)
    )
    best: tuple[int, Explained] | None = None
    for parameter in order:
        encoding: dict[Value, Tally[bytes]] = {}
        known = 0
        for press, message in column:
            values = timeline.after(press.burst.start if press.burst else press.time)
            if parameter in values:
                known += 1
                encoding.setdefault(values[parameter], Tally())[
                    message.payload[start:stop]
                ] += 1
        usual = {value: tally.most_common(1)[0][0] for value, tally in encoding.items()}
        agreed = sum(tally.most_common(1)[0][1] for tally in encoding.values())
        if parameter == action and (slipped := in_spite_of_slips(encoding)):
            usual, agreed = slipped, known
        enough = agreed >= AGREED * known and known >= KNOWN * len(column)
        elsewhere = known_encodings.get(parameter, {})
        # A description has one encoding of a parameter: what contradicts it follows something else.
        if parameter != action and any(
            elsewhere.get(value, octets) != octets for value, octets in usual.items()
        ):
            continue
        if len(usual) >= 2 and enough and len(set(usual.values())) == len(usual):
            encoded = usual
        else:
            written = {message.payload[start:stop] for _, message in column}
            agrees = usual and all(
                elsewhere.get(value) == octets for value, octets in usual.items()
            )
            if not (agrees and enough and written <= set(elsewhere.values())):
                continue
            encoded = elsewhere
        # Of two that explain it, the one that was known at more of the presses.
        if best is None or known > best[0]:
            best = known, (Hole(parameter, start, stop), encoded)
        if parameter == action:
            break
    return best[1] if best else None


def _text_template(
    action: str, column: Column, timeline: Timeline
) -> tuple[Template, float, Encodings]:
    """Cut lines at what is no letter or digit; the piece that changes is the parameter."""
    modal = Tally(message.payload for _, message in column).most_common(1)[0][0]
    pieces = _pieces(modal)
    usable = [
        (press, message, line)
        for press, message in column
        if len(line := _pieces(message.payload)) == len(pieces)
    ]
    template = Template(modal)
    encodings: Encodings = {}
    explained = True
    at = 0
    for index, piece in enumerate(pieces):
        if len({line[index] for _, _, line in usable}) > 1:
            size = max(len(line[index]) for _, _, line in usable)
            padded = [
                (press, replace(message, payload=line[index].ljust(size)))
                for press, message, line in usable
            ]
            found = _explain(action, padded, timeline, 0, size, {})
            if found is None:
                explained = False
            else:
                parameter, encoding = found[0].parameter, found[1]
                template.holes.append(Hole(parameter, at, at + len(piece)))
                encodings[parameter] = {
                    value: word.rstrip() for value, word in encoding.items()
                }
        at += len(piece)
    fits = sum(explained or message.payload == modal for _, message, _ in usable)
    return template, fits / len(column), encodings


def _pieces(line: bytes) -> list[bytes]:
    return [piece or b"" for piece in PIECES.split(line)]
