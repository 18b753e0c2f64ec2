"""Everything that can be said about one device from its traffic and the notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..devices import Device
from ..notes import Note
from .align import Alignment, Burst, align, find_bursts
from .asking import answers_state, of_any_state
from .cautions import FoundCommands
from .clocks import is_clock
from .commands import find_commands
from .counters import constant_octets
from .doubts import review
from .framing import Frame
from .messages import FoundMessage, find_messages
from .minutes_left import find_minutes_left
from .occupancy import find_occupancy
from .reported import reported
from .rhythm import (
    Repeated,
    Step,
    find_carrying,
    find_different,
    find_handshake,
    find_repeated,
    follow,
)
from .secrecy import looks_encrypted, never_repeats
from .timeline import Timeline
from .wire import Message, Wire

ANSWER = 0.6  # seconds
LEAST_ANSWERED = 0.7


@dataclass(slots=True)
class Study:
    """What was found, with the traffic that it was found in."""

    device: Device
    notes: list[Note]
    wire: Wire | None
    alignment: Alignment | None = None
    repeated: list[Repeated] = field(default_factory=list)
    handshake: list[Step] = field(default_factory=list)
    commands: FoundCommands = field(default_factory=FoundCommands)
    messages: list[FoundMessage] = field(default_factory=list)
    opens_differently: bool = False
    carrying: set[bytes] = field(default_factory=set)  # settings, again and again
    encrypted: str = ""  # what that means, if payloads look so
    polls: list[bytes] = field(default_factory=list)  # answered by a status
    asks: list[Step] = field(default_factory=list)  # opening, answered by the state
    constants: dict[int, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def fit(wire: Wire | None, notes: Sequence[Note]) -> float:
    """Return how well the notes fit what was written to a device, 0…1."""
    if wire is None:
        return 0.0
    by_itself = {item.payload for item in find_repeated(wire.sent)}
    found = align(notes, find_bursts(wire.sent, by_itself))
    return found.confidence if found else 0.0


def study(
    device: Device,
    wire: Wire | None,
    notes: Sequence[Note],
    ends_after: int | None = None,
) -> Study:
    """Study one device; without notes only frame, rhythm and opening are found.

    `ends_after` are the minutes after which it ends a session by itself, if the owner says so.
    """
    found = Study(device, list(notes), wire)
    if wire is None:
        found.remarks.append(
            "Nothing was written to this device: press the buttons of the app while it records."
        )
        return found
    found.remarks += wire.remarks
    if words := _secrecy(wire):
        found.encrypted = words
        found.remarks.append(words)
    found.constants = constant_octets(
        [Frame(m.time, m.octets, m.octets, m.sent) for m in wire.sent]
    )
    found.repeated = find_repeated(wire.sent)
    by_itself = {item.payload for item in found.repeated}
    if not by_itself and not wire.is_text and (carrying := find_carrying(wire.sent)):
        by_itself = found.carrying = {item.payload for item in carrying}
        found.remarks.append(
            f"The app repeats its settings every {carrying[0].every} s, even when nothing is pressed. A description "
            "cannot do that: it is left out."
        )
    bursts = find_bursts(wire.sent, by_itself)
    found.alignment = align(notes, bursts)
    if found.alignment is None:
        if notes:
            found.remarks.append(
                "The notes fit nowhere in this capture: are they from the same recording, and is it the right device?"
            )
        found.handshake = _handshake(found, wire, [], by_itself, set())
        return found
    secret = found.encrypted and never_repeats([one.payload for one in wire.sent])
    questions: list[tuple[float, str]] = []
    if not secret:
        found.alignment, questions = _reviewed(found.alignment, bursts, wire)
    presses = found.alignment.presses
    timeline = Timeline(presses)
    found.messages = find_messages(wire.received, timeline, wire.is_text)
    if remark := find_occupancy(
        found.messages, notes, found.alignment.offset, is_text=wire.is_text
    ):
        found.remarks.append(remark)
    found.remarks += find_minutes_left(found.messages, timeline, ends_after)
    found.remarks += _with_reports(questions, found.messages, timeline)
    found.remarks += [
        f"{group.name}: {question}"
        for group in found.messages
        for item in group.fields
        for question in item.questions
    ]
    status = {
        message.payload
        for group in found.messages
        if group.fields
        for message in group.messages
    }
    if secret:
        return found  # what seems to follow the presses is chance
    found.commands = find_commands(
        presses, timeline, wire.sent, wire.received, status, wire.is_text
    )
    found.remarks += found.commands.remarks
    by_itself |= set(found.commands.polls)
    found.polls = _answered(by_itself, wire, status)
    times = sorted(press.burst.start for press in presses if press.burst)
    commands = {
        message.payload
        for press in presses
        if press.burst
        for message in press.burst.messages
    } - by_itself
    found.handshake = _handshake(found, wire, times, by_itself, commands)
    found.asks = [
        step for step in found.handshake if answers_state(step, found.messages, wire)
    ]
    return found


def _reviewed(
    alignment: Alignment, bursts: Sequence[Burst], wire: Wire
) -> tuple[Alignment, list[tuple[float, str]]]:
    """Return the presses without the mistakes of the notes, and which ones these are."""
    presses = alignment.presses
    commands = find_commands(
        presses, Timeline(presses), wire.sent, (), set(), wire.is_text
    )
    reviewed = review(alignment, bursts, commands.commands)
    return replace(alignment, presses=reviewed.presses), reviewed.remarks


def _with_reports(
    questions: Sequence[tuple[float, str]],
    messages: Sequence[FoundMessage],
    timeline: Timeline,
) -> list[str]:
    """Return questions about notes with what the device itself reported after the press."""
    texts = []
    for time, question in questions:
        before, after = timeline.before(time), timeline.after(time)
        changed = [name for name in after if after[name] != before.get(name)]
        shown = [
            f"{name} {value}"
            for name in changed
            if (value := reported(messages, name, time, timeline.next_press(time)))
            is not None
        ]
        said = f" The device then reported {', '.join(shown)}." if shown else ""
        texts.append(question + said)
    return texts


def _secrecy(wire: Wire) -> str:
    """Return what follows from encryption by the app, or nothing if there is none."""
    sent = [message.payload for message in wire.sent]
    if looks_encrypted(sent):
        return "What the app writes looks encrypted: its octets look random. " + (
            "A description cannot help here, unless the cipher and its key are known; otherwise the protocol needs code."
            if never_repeats(sent)
            else "The same press still writes the same octets, so that a description can repeat the presses, "
            "and no other values."
        )
    if looks_encrypted([message.payload for message in wire.received]):
        return "What the device reports looks encrypted: its state stays unknown."
    return ""


def _handshake(
    found: Study,
    wire: Wire,
    times: list[float],
    by_itself: set[bytes],
    commands: set[bytes],
) -> list[Step]:
    """Return what opens each connection, without asking for the status."""
    connections = found.device.connections
    sent = [message for message in wire.sent if message.payload not in found.carrying]
    different = find_different(
        connections, sent, times, by_itself, commands, wire.is_text
    )
    if different and is_clock(different):
        found.remarks.append(
            "What opens the connection tells the device the time. A description cannot do that: the step is left out."
        )
        sent = [message for message in sent if message not in different]
        different = find_different(
            connections, sent, times, by_itself, commands, wire.is_text
        )
    if different and found.alignment is not None:  # else it may be a press
        found.opens_differently = True
        found.remarks.append(
            f"What opens the connection is different each time{_example(different[0], wire)}. It seems to be computed, and "
            "none of the known functions does it: record three connections. If this message stays, the protocol needs code."
        )
    steps = find_handshake(
        connections,
        sent,
        wire.received,
        times,
        by_itself,
        commands,
        wire.is_text,
    )
    return [
        of_any_state(step, found.messages, wire)
        for step in steps
        if step.payload not in found.polls
    ]


def _example(answer: Message, wire: Wire) -> str:
    """Return what the app answered to what."""
    asked = [one for one in wire.received if one.time < answer.time]
    if not asked:
        return ""
    said = (
        [one.payload.decode("latin-1") for one in (asked[-1], answer)]
        if wire.is_text
        else [one.payload.hex(" ") for one in (asked[-1], answer)]
    )
    return f": to “{said[0]}” the app answered “{said[1]}”"


def _answered(payloads: set[bytes], wire: Wire, status: set[bytes]) -> list[bytes]:
    """Return the payloads that the device answers by its status."""
    reports = [message.time for message in wire.received if message.payload in status]
    # A report follows a write as a write precedes a report.
    backwards = [-report for report in reversed(reports)]
    found = []
    for payload in payloads:
        times = [message.time for message in wire.sent if message.payload == payload]
        answered = follow([-time for time in times], backwards, ANSWER)
        unasked = len(reports) > 2 * len(times)
        if times and answered >= LEAST_ANSWERED * len(times) and not unasked:
            found.append(payload)
    return found
