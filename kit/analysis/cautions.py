"""Commands as they are found, and which of them are dropped for safety."""

from __future__ import annotations

from dataclasses import dataclass, field

from .align import Press
from .templates import Hole, Template
from .timeline import Value
from .wire import Message


@dataclass(slots=True)
class FoundCommand:
    """A command, how it is written, and why."""

    name: str
    writes: list[Template]
    presses: list[Press]
    evidence: str
    confidence: float
    release: Template | None = None
    hold: float = 0.1
    repeat: float = 0.0  # seconds between two presses of a held key
    times: int = 1
    every: float = 0.1
    answer: bytes | None = None
    toggles: bool = False  # another command writes the same
    carries: set[Hole] = field(
        default_factory=set
    )  # settings along, of which one set was chosen
    encodings: dict[str, dict[Value, bytes]] = field(default_factory=dict)
    vector: list[tuple[dict[str, Value], list[Message]]] = field(default_factory=list)


@dataclass(slots=True)
class FoundCommands:
    """All commands, polls, and remarks."""

    commands: list[FoundCommand] = field(default_factory=list)
    polls: list[bytes] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def drop_doubtful(found: FoundCommands) -> None:
    """Drop what follows chance, changes a setting, or starts what it should stop."""
    _drop_chance(found)
    _warn_of_toggles(found)
    _drop_setting(found)


def _drop_chance(found: FoundCommands) -> None:
    """Drop a stop that carries something along which no other command has: octets of chance follow anything."""
    holes = {
        hole
        for one in found.commands
        for template in one.writes
        for hole in template.holes
    }
    for command in [one for one in found.commands if not one.carries <= holes]:
        found.commands.remove(command)
        found.remarks.append(
            f"{command.name}: its presses write different things each time; press it more often."
        )


def _drop_setting(found: FoundCommands) -> None:
    """Drop a pause and a resume that carry a setting along which they would change."""
    holes = {
        (template.payload[:1], len(template.payload), hole)
        for command in found.commands
        for template in command.writes
        for hole in template.holes
    }
    for command in [one for one in found.commands if one.name in {"pause", "resume"}]:
        for template in command.writes:
            kind = template.payload[:1], len(template.payload)
            lacking = sorted(
                hole.parameter
                for *other, hole in holes
                if tuple(other) == kind and hole not in template.holes
            )
            if lacking and template.holes:
                found.commands.remove(command)
                found.remarks.append(
                    f"{command.name}: it carries {', '.join(lacking)} along, always the same one: "
                    "press it with others, so that it does not change them."
                )
                break


def _warn_of_toggles(found: FoundCommands) -> None:
    """Name keys that do two things in turn, and drop a stop that such a key is: it would start what is at rest."""
    named = {command.name: command for command in found.commands}
    for name in ("start", "resume"):
        if "stop" in named and _write_the_same(named, "stop", name):
            found.commands.remove(named.pop("stop"))
            found.remarks.append(
                f"{name} and stop write the same: a key that alternates between them is not a stop."
            )
    if _write_the_same(named, "pause", "resume"):
        found.remarks.append(
            "pause and resume write the same: one key does both in turn, so that pressed at the wrong moment it does the "
            "opposite. It is of use only if the device reports whether it is paused."
        )
        for name in ("pause", "resume"):
            named[name].toggles = True


def _write_the_same(
    named: dict[str, FoundCommand], one_name: str, other_name: str
) -> bool:
    one, other = named.get(one_name), named.get(other_name)
    if one is None or other is None:
        return False
    return _written(one) == _written(other)


def _written(command: FoundCommand) -> tuple[object, ...]:
    payloads = [template.payload for template in command.writes]
    release = command.release and command.release.payload
    return payloads, release, command.hold if command.release else 0
