"""Finds notes that the writes contradict, and presses that nobody noted."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..notes import Note
from .align import Alignment, Burst, Press
from .cautions import FoundCommand
from .late import late_remarks, moment, with_late_notes
from .templates import NAMES, Hole, Template
from .timeline import Timeline, Value

MOST_WRONG = 0.25  # share of notes
ACTIONS = {command: action for action, command in NAMES.items()}

type Meaning = tuple[str, dict[str, Value]]
"""An action, and the values that its payload has."""


@dataclass(slots=True)
class Review:
    """Presses as the writes have them, and what is to be asked about the notes."""

    presses: list[Press]
    remarks: list[tuple[float, str]] = field(default_factory=list)
    """When the press was, and the question."""


def review(
    alignment: Alignment, bursts: Sequence[Burst], commands: Sequence[FoundCommand]
) -> Review:
    """Take a note for what was written beside it, if that is what another press writes.

    Without a change, the presses are those of the alignment.
    """
    named = {ACTIONS.get(one.name, one.name): one for one in commands}
    given = with_late_notes(
        alignment, bursts, lambda note, burst: _fits(note, burst, named)
    )
    alignment = replace(alignment, presses=given)
    timeline = Timeline(given)
    changed: list[Press] = []
    remarks = late_remarks(given, alignment.offset)
    reread = [(press, _reread(press, named, timeline)) for press in given]
    wrong = Tally(press.note.action for press, found in reread if found)
    noted = Tally(press.note.action for press in given)
    for press, found in reread:
        action = press.note.action
        # Of a button that is not understood, most presses may be what another one writes.
        if found and (action in named or wrong[action] <= MOST_WRONG * noted[action]):
            changed.append(found)
            question = (
                f"{_line(press.note)}, “{press.note.label}”: the app wrote what it otherwise writes for "
                f"“{found.note.label}”, and it is taken for that. Was it? If not, correct the notes."
            )
            remarks.append((moment(press), question))
    if len(changed) > MOST_WRONG * len(given):
        return Review(given, late_remarks(given, alignment.offset))
    strange = [press for press in given if _is_strange(press, named)]
    if len(strange) <= MOST_WRONG * len(given):
        changed += [_unclear(press, named) for press in strange]
        remarks += [
            (
                moment(press),
                (
                    f"{_line(press.note)}, “{press.note.label}”: the app wrote something that no other note explains, or that "
                    "another note explains as well. What was pressed there?"
                ),
            )
            for press in strange
        ]
    by_line = {id(press.burst): press for press in changed}
    presses = [by_line.get(id(press.burst), press) for press in given]
    unnoted = _unnoted(alignment, bursts, named, Timeline(presses))
    if len(unnoted) <= MOST_WRONG * len(given):
        presses = sorted([*presses, *unnoted], key=moment)
        for press in unnoted:
            before = [one.note for one in given if moment(one) < moment(press)]
            question = (
                f"After {_line(before[-1]).lower()}, “{before[-1].label}”: the app wrote what it writes for "
                f"“{press.note.label}”, without a note. "
                + (
                    "Which one was it? Add it to the notes."
                    if press.note.action in NAMES and press.note.value is None
                    else "It is taken for that. Was it? If not, correct the notes."
                )
            )
            remarks.append((moment(press), question))
    return Review(presses, remarks)


def _line(note: Note) -> str:
    return f"Line {note.line} of the notes"


def _fits(note: Note, burst: Burst, named: dict[str, FoundCommand]) -> bool:
    """Return whether a note may be of what was written; of a button that is not understood, nothing else is known."""
    own = named.get(note.action)
    if own is None or own.carries:
        return bool(own) or not any(True for _ in _meanings(burst, named))
    return any(
        action == note.action and values.get(action) == note.value
        for action, values in _meanings(burst, named)
    )


def _reread(
    press: Press, named: dict[str, FoundCommand], timeline: Timeline
) -> Press | None:
    """Return a press with the note that its writes mean, None if its own may be right."""
    own, note = named.get(press.note.action), press.note
    if press.burst is None or (own is not None and own.carries):
        return None
    meanings = [*_meanings(press.burst, named)]
    # A payload may carry settings along: what was noted is among them.
    if any(
        action == note.action and values.get(action) == note.value
        for action, values in meanings
    ) or any(
        note.value is not None and values.get(note.action) == note.value
        for _, values in meanings
    ):
        return None
    other = _only(meanings, timeline.before(press.burst.start))
    if other is None:
        return None
    meant = replace(note, action=other[0], value=other[1].get(other[0]))
    return replace(press, note=meant, doubt=f"noted: {note.label}")


def _is_strange(press: Press, named: dict[str, FoundCommand]) -> bool:
    """Return whether nothing that is known was written beside a note of which other ones are understood."""
    own = named.get(press.note.action)
    return (
        press.burst is not None
        and own is not None
        and own.encodings.keys() <= {press.note.action}
        and not own.carries
        and not any(True for _ in _meanings(press.burst, named))
    )


def _unclear(press: Press, named: dict[str, FoundCommand]) -> Press:
    """Return a press of which at most the setting is known that it changed, and not to what."""
    assert press.burst is not None
    action = _shape(press.burst, named) or press.note.action
    note = replace(press.note, action=action, value=None)
    return replace(press, note=note, doubt=f"noted: {press.note.label}")


def _shape(burst: Burst, named: dict[str, FoundCommand]) -> str:
    """Return the one setting whose command writes this but for the value."""
    found = {
        action
        for action, command in named.items()
        if command.encodings.keys() == {action} and len(command.writes) == 1
        for message in burst.messages
        if _has_shape(command.writes[0], message.payload)
    }
    return found.pop() if len(found) == 1 else ""


def _has_shape(template: Template, payload: bytes) -> bool:
    holes = sorted(template.holes, key=_start)
    head, tail = template.payload[: holes[0].start], template.payload[holes[-1].stop :]
    if not head or not payload.startswith(head) or not payload.endswith(tail):
        return False
    return len(payload) > len(head) + len(tail)


def _unnoted(
    alignment: Alignment,
    bursts: Sequence[Burst],
    named: dict[str, FoundCommand],
    timeline: Timeline,
) -> list[Press]:
    """Return presses without a note, between the first note and the last."""
    used = {id(press.burst) for press in alignment.presses}
    times = [moment(press) for press in alignment.presses]
    found = []
    for burst in bursts:
        if id(burst) in used or not times[0] < burst.start < times[-1]:
            continue
        meaning = _only([*_meanings(burst, named)], timeline.before(burst.start))
        if meaning is None and (action := _shape(burst, named)):
            meaning = action, {}
        if meaning is not None:
            action, values = meaning
            note = Note(burst.start - alignment.offset, action, values.get(action))
            found.append(Press(note, burst.start, burst, "not noted"))
    return found


def _only(meanings: Sequence[Meaning], before: dict[str, Value]) -> Meaning | None:
    """Return the one thing that a write can mean: it changes no setting that it only carries along."""
    possible = [
        (action, values)
        for action, values in meanings
        if all(
            before.get(name, value) == value
            for name, value in values.items()
            if name != action
        )
        and (action not in values or before.get(action) != values[action])
    ]
    turn = {"treating": "pause", "paused": "resume"}.get(str(before.get("state")))
    if {action for action, _ in possible} == {"pause", "resume"}:
        # One key does both in turn.
        possible = [one for one in possible if one[0] == turn]
    return possible[0] if len(possible) == 1 else None


def _meanings(burst: Burst, named: dict[str, FoundCommand]) -> Iterator[Meaning]:
    """Yield the actions whose command writes what a burst holds, with the values in it."""
    payloads = {message.payload for message in burst.messages}
    for action, command in named.items():
        values: dict[str, Value] | None = {}
        for template in command.writes:
            read = next(
                (
                    found
                    for payload in payloads
                    if (found := _read(template, payload, command)) is not None
                ),
                None,
            )
            values = None if values is None or read is None else values | read
        if values is not None and not command.carries:
            yield action, values


def _read(
    template: Template, payload: bytes, command: FoundCommand
) -> dict[str, Value] | None:
    """Return the values of the parameters in a payload, None if it is of another make."""
    return _rest(template, sorted(template.holes, key=_start), 0, payload, command)


def _start(hole: Hole) -> int:
    return hole.start


def _rest(
    template: Template,
    holes: Sequence[Hole],
    at: int,
    payload: bytes,
    command: FoundCommand,
) -> dict[str, Value] | None:
    if not holes:
        return {} if payload == template.payload[at:] else None
    hole, *others = holes
    fixed = template.payload[at : hole.start]
    if not payload.startswith(fixed):
        return None
    left = payload[len(fixed) :]
    for value, octets in command.encodings[hole.parameter].items():
        if left.startswith(octets):
            found = _rest(template, others, hole.stop, left[len(octets) :], command)
            if found is not None:
                return {hole.parameter: value} | found
    return None
