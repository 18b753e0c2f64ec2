"""Plays a description back: against the capture that it was made of, and against a device made of itself."""

from __future__ import annotations

from collections import Counter as Tally

from custom_components.backhug.device.errors import MalformedError
from custom_components.backhug.device.protocols.described.description import Description
from custom_components.backhug.device.protocols.described.document import (
    DescriptionError,
)
from custom_components.backhug.device.protocols.described.file import read_description

from .analysis.align import Press
from .analysis.templates import NAMES
from .analysis.timeline import Timeline, Value
from .analysis.wire import Wire
from .mirror import Mirror
from .proposal import Draft
from .states import Playback, compare_states

SHOWN = 3


def play_back(draft: Draft, text: str, name: str = "description") -> Playback:
    """Read the description as Home Assistant does, and hold it against the capture.

    Without notes that fit, only the frames are compared. Errors begin with the name.
    """
    playback = Playback()
    study, wire = draft.study, draft.study.wire
    if not text or wire is None:
        return playback
    try:
        description = read_description(name, text)
    except DescriptionError as error:
        playback.wrong.append(f"Home Assistant would refuse it: {error}")
        return playback
    playback.lines.append("Home Assistant reads it, and all its vectors are right.")
    all_presses = study.alignment.presses if study.alignment else []
    timeline = Timeline(all_presses)
    carrying = {item.name for item in study.commands.commands if item.carries}
    presses = [
        press
        for press in all_presses
        if NAMES.get(press.note.action, press.note.action) not in carrying
    ]
    _presses(playback, description, wire, presses, timeline)
    _reports(playback, description, wire, timeline)
    compare_states(playback, _shown_states(description, wire), all_presses)
    _mirror(playback, description, all_presses, timeline)
    return playback


def values_of(
    description: Description, name: str, known: dict[str, Value]
) -> dict[str, object] | None:
    """Return the values of a command's parameters as the description offers them, None if one is unknown."""
    values: dict[str, object] = {}
    for parameter in description.commands[name].parameters:
        offered = {
            str(value): value for value in description.parameters[parameter].codes
        }
        if parameter not in known or str(known[parameter]) not in offered:
            return None
        values[parameter] = offered[str(known[parameter])]
    return values


def _presses(
    playback: Playback,
    description: Description,
    wire: Wire,
    presses: list[Press],
    timeline: Timeline,
) -> None:
    """Encode each press, and compare with what the app wrote."""
    right = 0
    wrong: Tally[str] = Tally()
    for press in presses:
        name = NAMES.get(press.note.action, press.note.action)
        if press.burst is None or name not in description.commands:
            continue
        values = values_of(description, name, timeline.after(press.burst.start))
        if values is None:
            continue
        written = {message.octets for message in press.burst.messages}
        command = description.commands[name]
        token = wire.token.of(press.burst.start) if wire.token else None
        templates = [*command.writes]
        templates += [command.release] if command.release is not None else []
        payloads = [description.fill(template, values, token) for template in templates]
        numbers = [_number(wire, message.octets) for message in press.burst.messages]
        made = all(
            any(
                description.framing.encode(payload, number) in written
                for number in numbers
            )
            for payload in payloads
        )
        if made:
            right += 1
        else:
            wrong[name] += 1
    playback.lines.append(
        f"{right} of {right + wrong.total()} presses are encoded as the app wrote them."
    )
    playback.wrong += [
        f"{name}: {count} presses are encoded differently from the app."
        for name, count in wrong.items()
    ]


def _number(wire: Wire, octets: bytes) -> int:
    if wire.counter is None:
        return 0
    field_ = octets[wire.counter.at : wire.counter.at + wire.counter.size]
    return int.from_bytes(field_, "big" if wire.counter.big else "little")


def _reports(
    playback: Playback, description: Description, wire: Wire, timeline: Timeline
) -> None:
    """Decode each report, and compare with what had been pressed."""
    explained = agreed = compared = 0
    broken: list[str] = []
    for message in wire.received:
        try:
            payload = description.framing.decode(message.octets)
            found = description.message(payload)
            values = {} if found is None else found.read(payload)
        except MalformedError:
            broken.append(message.octets.hex(" "))
            continue
        explained += found is not None
        settled = timeline.at(message.time)
        if not values or settled is None:
            continue
        for name in ("state", "area", "flow", "strength"):
            if name in values and name in settled and settled.get("state") != "standby":
                compared += 1
                agreed += str(values[name]) == str(settled[name])
    if wire.received:
        playback.lines.append(
            f"{explained} of {len(wire.received)} received frames are explained."
        )
    if compared:
        playback.lines.append(
            f"{agreed} of {compared} reported values agree with what was pressed."
        )
        if agreed < 0.9 * compared:
            playback.wrong.append("Many reports disagree with what was pressed.")
    for octets in broken[:SHOWN]:
        playback.lines.append(f"Not a frame: {octets}")


def _shown_states(
    description: Description, wire: Wire
) -> list[tuple[float, str | None]]:
    """Return the state of each report that has one, None where it means nothing."""
    shown: list[tuple[float, str | None]] = []
    for message in wire.received:
        try:
            payload = description.framing.decode(message.octets)
            found = description.message(payload)
            if found is None or "state" not in found.fields:
                continue
            state = found.read(payload).get("state")
        except MalformedError:
            continue
        shown.append((message.time, None if state is None else str(state)))
    return shown


def _mirror(
    playback: Playback,
    description: Description,
    presses: list[Press],
    timeline: Timeline,
) -> None:
    """Operate a device that is made of the description, in the order of the evening."""
    mirror = Mirror(description)
    done = 0
    for step in description.handshake:
        if not mirror.shake(step):
            playback.wrong.append(
                "A device made of this description does not answer the handshake as awaited."
            )
    for press in presses:
        name = NAMES.get(press.note.action, press.note.action)
        if name not in description.commands:
            continue
        time = press.burst.start if press.burst else press.time
        values = values_of(description, name, timeline.after(time))
        if values is None:
            continue
        problem = mirror.carry_out(name, values)
        if problem:
            playback.wrong.append(f"{press.note.label}: {problem}")
            return
        done += 1
    playback.lines.append(
        f"A device made of this description carried out {done} commands, and reported them."
    )
