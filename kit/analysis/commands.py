"""Finds which writes belong to which press, and which octets follow a value."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from .acknowledgements import drop_awaited_states, is_behind_report
from .align import Press
from .cautions import FoundCommand, FoundCommands, drop_doubtful
from .framing import common_start
from .presses import (
    LEAST_SHARE,
    Kept,
    find_own_release,
    find_polls,
    find_release,
    find_shared,
    messages_of,
    own_messages,
    runs_of,
)
from .refusals import is_refusal
from .rhythm import follow
from .silent import silent_presses
from .templates import NAMES, Encodings, Template, find_template, is_release
from .timeline import Timeline, Value
from .wire import Message

PASSES = 2
# Commands that cannot have parameters.
STEPS = frozenset({"strength_up", "strength_down"})
FIXED = STEPS | {"stop"}
SHORTEST_HOLD, LONGEST_HOLD = 0.02, 2.0
LEAST_HELD, LONGEST_REPEAT = 2, 1.0
MOST_TIMES = 10
ANSWER = 0.6  # seconds
UNASKED = 1.0  # seconds after a write
LEAST_ANSWERS = 3  # commands
MOST_WRITES = 4


def find_commands(
    presses: Sequence[Press],
    timeline: Timeline,
    sent: Sequence[Message],
    received: Sequence[Message],
    status: set[bytes],
    is_text: bool,
) -> FoundCommands:
    """Return what each kind of press writes; `status` are payloads that only report."""
    found = FoundCommands()
    writes = [message.time for message in sent]
    by_action: dict[str, list[Press]] = {}
    for press in presses:
        if press.burst:
            by_action.setdefault(press.note.action, []).append(press)
    shared = find_shared(by_action)
    found.polls = find_polls(presses, sent, shared)
    # What one command tells of a parameter helps to understand another one that carries it along.
    known: Encodings = {}
    for _ in range(PASSES):
        for action, pressed in by_action.items():
            command = _command(
                action, pressed, timeline, shared, set(found.polls), is_text, known
            )
            if command and action in command.encodings:
                known[action] = command.encodings[action]
    lost = []
    for action, pressed in by_action.items():
        command = _command(
            action, pressed, timeline, shared, set(found.polls), is_text, known
        )
        if command is None:
            lost.append(action)
            continue
        command.answer = _answer(command, writes, received, status, is_text)
        found.commands.append(command)
    for action in lost:
        all_ = [press for press in presses if press.note.action == action]
        carriers = [one.name for one in found.commands if action in one.encodings]
        found.remarks.append(
            silent_presses(action, all_, carriers, is_text)
            or _not_found(action, by_action[action])
        )
    _drop_reports(found, received)
    drop_awaited_states(found.commands, is_text)
    drop_doubtful(found)
    return found


def _not_found(action: str, presses: Sequence[Press]) -> str:
    """Return why presses are no command."""
    keys = {press.burst.key for press in presses if press.burst}
    values = {press.note.value for press in presses}
    if action in NAMES and len(keys) == 1 and len(values) > 1:
        return (
            f"{action}: every press writes the same, whatever is chosen: the key goes on from one value to the next. "
            "A description cannot say that; it is left out."
        )
    return (
        f"{action}: its presses write different things each time, or settings along with it; "
        "press it more often."
    )


def _command(
    action: str,
    presses: Sequence[Press],
    timeline: Timeline,
    shared: Sequence[bytes],
    polls: set[bytes],
    is_text: bool,
    known: Encodings,
) -> FoundCommand | None:
    own = [own_messages(press, shared, polls) for press in presses]
    kept = [
        (press, messages)
        for press, messages in zip(presses, own, strict=True)
        if messages
    ]
    if not kept:
        return None
    usual = Tally(len(runs_of(messages)) for _, messages in kept).most_common(1)[0][0]
    if usual > MOST_WRITES:
        return None
    kept = [
        (press, messages) for press, messages in kept if len(runs_of(messages)) == usual
    ]
    release = find_release(
        [press for press, _ in kept], [m for _, m in kept], set(shared) - polls
    )
    if release is None and usual == 2 and (split := find_own_release(action, kept)):
        release, kept = split
        usual = 1
    command = FoundCommand(
        NAMES.get(action, action), [], [press for press, _ in kept], "", 0.0
    )
    explained = 1.0
    for index in range(usual):
        column = [(press, runs_of(messages)[index][0]) for press, messages in kept]
        template, share, encodings = find_template(
            action, column, timeline, is_text, known
        )
        explained = min(explained, share)
        command.writes.append(template)
        command.encodings |= encodings
    if explained < LEAST_SHARE or (action in NAMES and action not in command.encodings):
        return None
    if action in FIXED and not _fix(command, kept, timeline):
        return None
    if release is None and usual == 2 and is_release(*command.writes):
        command.release = command.writes.pop()
        command.hold = _hold(
            [messages[-1].time - messages[0].time for _, messages in kept], command
        )
    else:
        _repetition(command, kept, release)
    _vectors(command, kept, timeline)
    values = {press.note.value for press in command.presses}
    command.confidence = round(
        explained
        * len(kept)
        / len(presses)
        * min(1.0, 0.4 + 0.2 * (len(values) if action in NAMES else len(kept))),
        2,
    )
    command.evidence = _evidence(command, action, len(kept), len(presses), values)
    return command


def _fix(command: FoundCommand, kept: Kept, timeline: Timeline) -> bool:
    """Make a stop constant that carries the settings along: the one with the least strength."""
    if not any(template.holes for template in command.writes):
        return True
    if command.name != "stop":
        return False

    def strength(item: tuple[Press, list[Message]]) -> int:
        values = timeline.after(messages_of(item[0])[0].time)
        level = values.get("strength")
        return level if isinstance(level, int) else 0

    runs = runs_of(min(kept, key=strength)[1])
    command.carries = {hole for template in command.writes for hole in template.holes}
    command.writes = [Template(run[0].payload) for run in runs]
    command.encodings = {}
    return True


def _repetition(command: FoundCommand, kept: Kept, release: bytes | None) -> None:
    """Tell a held key, which ends with a release, from a payload that is repeated."""
    command.release = None if release is None else Template(release)
    counts = [len(messages) / len(command.writes) for _, messages in kept]
    if release is not None:
        holds = []
        for press, messages in kept:
            after = [
                m.time
                for m in messages_of(press)
                if m.payload == release and m.time > messages[0].time
            ]
            if after:
                holds.append(min(after) - messages[0].time)
        command.hold = _hold(holds, command) if holds else 0.1
        if median(counts) >= LEAST_HELD:
            command.repeat = min(LONGEST_REPEAT, _usual_gap(kept))
        return
    # A held key may go on: of steps the shortest press counts.
    usual = min(counts) if command.name in STEPS else median(counts)
    times = int(min(MOST_TIMES, usual))
    if times > 1:
        command.times = times
        command.every = _usual_gap(kept)


def _usual_gap(kept: Kept) -> float:
    """Return the seconds between two of the same payload."""
    gaps = [
        after.time - before.time
        for _, messages in kept
        for before, after in pairwise(messages)
    ]
    return round(min(LONGEST_HOLD, max(SHORTEST_HOLD, median(gaps))), 2)


def _hold(seconds: Sequence[float], command: FoundCommand) -> float:
    """Return how long a key is held; of steps the shortest press counts."""
    usual = min(seconds) if command.name in STEPS else median(seconds)
    return round(min(LONGEST_HOLD, max(SHORTEST_HOLD, usual)), 2)


def _vectors(command: FoundCommand, kept: Kept, timeline: Timeline) -> None:
    """Keep one example of each value."""
    seen: set[tuple[tuple[str, Value], ...]] = set()
    for press, messages in kept:
        values = timeline.after(press.burst.start if press.burst else press.time)
        names = [
            hole.parameter for template in command.writes for hole in template.holes
        ]
        chosen = {name: values[name] for name in names if name in values}
        runs = runs_of(messages)[: len(command.writes)]
        if len(chosen) != len(set(names)) or tuple(chosen.items()) in seen:
            continue
        if not all(
            _matches(t, run[0].payload, chosen, command)
            for t, run in zip(command.writes, runs, strict=True)
        ):
            continue
        seen.add(tuple(chosen.items()))
        command.vector.append((chosen, [run[0] for run in runs]))


def _matches(
    template: Template, payload: bytes, values: dict[str, Value], command: FoundCommand
) -> bool:
    built = bytearray()
    at = 0
    for hole in sorted(template.holes, key=lambda hole: hole.start):
        built += template.payload[at : hole.start] + command.encodings[
            hole.parameter
        ].get(values[hole.parameter], b"")
        at = hole.stop
    return bytes(built + template.payload[at:]) == payload


def _answer(
    command: FoundCommand,
    writes: Sequence[float],
    received: Sequence[Message],
    status: set[bytes],
    is_text: bool,
) -> bytes | None:
    """Return how the answer begins that follows every press and little else."""
    answers: list[bytes] = []
    behind = 0
    for press in command.presses:
        end = messages_of(press)[-1].time
        start = messages_of(press)[0].time
        heard = [m.payload for m in received if start < m.time <= end + ANSWER]
        near = [payload for payload in heard if payload not in status]
        if near and is_refusal(near[0], is_text):
            continue
        answers.append(near[0] if near else b"")
        behind += is_behind_report(heard, status)
    if not all(answers) or len(answers) < 2 or behind == len(answers):
        return None
    common = common_start(answers)
    if not common:
        return None
    # An acknowledgement comes after a write only; what also comes unasked is a report.
    everywhere = [
        message.time for message in received if message.payload.startswith(common)
    ]
    asked = follow(everywhere, writes, UNASKED)
    return common if asked == len(everywhere) else None


def _drop_reports(found: FoundCommands, received: Sequence[Message]) -> None:
    """Do not wait for what many commands bring and what is never the same: a report that nobody understood."""
    tally = Tally(command.answer for command in found.commands)
    for answer, count in tally.items():
        if answer is None or count < LEAST_ANSWERS:
            continue
        whole = {
            message.payload
            for message in received
            if message.payload.startswith(answer)
        }
        if len(whole) > count:
            for command in found.commands:
                command.answer = None if command.answer == answer else command.answer


def _evidence(
    command: FoundCommand,
    action: str,
    kept: int,
    presses: int,
    values: set[Value | None],
) -> str:
    text = f"{kept} of {presses} presses of “{action}” write it"
    if action in NAMES:
        text += f", with {len(values)} values: " + ", ".join(
            str(value) for value in sorted(values, key=str)
        )
    if command.release is not None:
        text += f"; a release follows after {command.hold} s"
    if command.repeat:
        text += f", and until then it is repeated every {command.repeat} s"
    if command.times > 1:
        text += f"; {command.times} times, {command.every} s apart"
    if command.carries:
        text += "; it carries settings along: those of the softest press are written"
    if kept < 2:
        text += "; seen only once"
    return text
