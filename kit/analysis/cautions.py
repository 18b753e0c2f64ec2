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
    """Drop a stop that is the same as start: a key that does both in turn is none."""
    named = {command.name: command for command in found.commands}
    stop, start = named.get("stop"), named.get("start")
    if (
        stop
        and start
        and [t.payload for t in stop.writes] == [t.payload for t in start.writes]
    ):
        found.commands.remove(stop)
        found.remarks.append(
            "start and stop write the same: a key that does both in turn is no stop."
        )
