"""Finds the commands that toggle, and checks that the state is reported in which they may be sent."""

from __future__ import annotations

from dataclasses import replace
import re
from typing import Final

from ...model import State
from .description import TOKEN, DescribedCommand, Description, Template
from .document import Entry

SESSION: Final = ("start", "stop", "pause", "resume")
"""Commands that a key may toggle."""
_NEEDED: Final = {
    "start": (State.STANDBY, State.TREATING),
    "stop": (State.STANDBY, State.TREATING),
    "pause": (State.TREATING, State.PAUSED),
    "resume": (State.TREATING, State.PAUSED),
}
"""States that the device must report for each of them."""
_LONGEST_NUMBER: Final = 4


def with_toggles(section: Entry, description: Description) -> Description:
    """Mark the commands that toggle. Raises DescriptionError."""
    commands = dict(description.commands)
    reported = description.states
    for key, entry in section.pairs():
        if (name := key.scalar()) not in SESSION:
            continue
        command = commands[name]
        why = "it toggles"
        if not command.toggle:
            same = [
                other
                for other in SESSION
                if other != name
                and other in commands
                and _may_be_same(command, commands[other], description)
            ]
            if not same:
                continue
            why = f"{same[0]} writes the same"
        for state in _NEEDED[name]:
            if state not in reported:
                raise entry.error(
                    f"{why}, so {name} is only safe where the device reports its state: "
                    f"add the field state, with {state.value} in its map, or delete this command"
                )
        if command.times > 1:
            raise entry.error(f"{why}: delete times, a second press would undo it")
        commands[name] = replace(command, toggle=True)
    return replace(description, commands=commands)


def _may_be_same(
    one: DescribedCommand, other: DescribedCommand, description: Description
) -> bool:
    """Return whether two commands may write the same; a key that is held longer is another one."""
    if one.release is not None is not other.release and one.hold != other.hold:
        return False
    return len(one.writes) == len(other.writes) and all(
        _may_equal(first, second, description)
        for first, second in zip(one.writes, other.writes, strict=True)
    )


def _may_equal(one: Template, other: Template, description: Description) -> bool:
    constant, varied = (other, one) if one.parameters else (one, other)
    if constant.parameters:
        return constant.parts == varied.parts
    # A fixed frame may end with octets that fill it up.
    framing = description.framing
    fill = framing.fill if framing.kind == "fixed" else b""
    *first, last = varied.parts
    ends = [last.rstrip(fill) if isinstance(last, bytes) else last]
    pattern = b"".join(_pattern(part, description) for part in (*first, *ends))
    written = b"".join(
        part if isinstance(part, bytes) else TOKEN.encode() for part in constant.parts
    )
    return (
        re.fullmatch(
            pattern + b"(?:" + re.escape(fill) + b")*",
            written.rstrip(fill) + fill * _LONGEST_NUMBER,
        )
        is not None
    )


def _pattern(part: bytes | str, description: Description) -> bytes:
    if isinstance(part, bytes):
        return re.escape(part)
    if part == TOKEN:
        return TOKEN.encode()
    codes = description.parameters[part].codes.values()
    return b"(?:" + b"|".join(map(re.escape, codes)) + b")"
