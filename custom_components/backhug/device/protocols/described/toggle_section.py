"""Finds the commands that toggle, and checks that the state is reported in which they may be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
import re
from typing import Final

from ...model import State
from .description import TOKEN, DescribedCommand, Description, Template
from .document import DescriptionError, Entry

SESSION: Final = ("start", "stop", "pause", "resume")
"""Commands that a key may toggle."""
_NEEDED: Final = {
    "start": (State.STANDBY, State.TREATING),
    "stop": (State.STANDBY, State.TREATING),
    "pause": (State.TREATING, State.PAUSED),
    "resume": (State.TREATING, State.PAUSED),
}
"""States that the device must report for each of them."""
_STEPS: Final = ("strength_up", "strength_down")
_ON_DEMAND: Final = ("start", "resume", "set_strength", "strength_up")
"""Commands that are never written unasked."""
_LONGEST_NUMBER: Final = 4


def with_toggles(
    section: Entry, description: Description, *, stored: bool
) -> Description:
    """Mark the commands that toggle. Raises DescriptionError for one that is not safe, or leaves it out if stored.

    Only *stop* stays in any case: what was in use must not lose it.
    """
    commands = dict(description.commands)
    for key, entry in section.pairs():
        name = key.scalar()
        try:
            if name in SESSION and (why := _why_it_toggles(name, description)):
                _check_toggle(name, why, entry, description)
                commands[name] = replace(commands[name], toggle=True)
            elif name in _STEPS and _same(name, _STEPS, description):
                raise entry.error(
                    "the same key makes it stronger and softer: delete strength_up and strength_down"
                )
            elif name == "read_status":
                _check_unasked(entry, description.commands[name].writes, description)
        except DescriptionError:
            if not stored:
                raise
            if name != "stop":
                del commands[name]
    return replace(description, commands=commands)


def check_unasked(session: Entry | None, description: Description) -> None:
    """Check that the handshake and the keep-alive start nothing. Raises DescriptionError."""
    if session is not None:
        written = [one.write for one in description.handshake if one.write is not None]
        if description.keep_alive is not None:
            written.append(description.keep_alive)
        _check_unasked(session, written, description)


def _check_unasked(
    entry: Entry, written: Sequence[Template], description: Description
) -> None:
    for name, command in description.commands.items():
        toggles = name in SESSION and _why_it_toggles(name, description)
        if name not in _ON_DEMAND and not toggles:
            continue
        # What comes before the last payload, such as a sign of life, does nothing alone.
        if any(_may_equal(each, command.writes[-1], description) for each in written):
            raise entry.error(
                f"this is written unasked, and {name} writes the same: delete it here"
            )


def _why_it_toggles(name: str, description: Description) -> str:
    """Return why a command toggles; nothing if it does not."""
    if description.commands[name].toggle:
        return "it toggles"
    same = _same(name, SESSION, description)
    return f"{same} writes the same" if same else ""


def _same(name: str, names: Sequence[str], description: Description) -> str:
    """Return another one of some commands that may write the same; nothing if there is none."""
    commands = description.commands
    return next(
        (
            other
            for other in names
            if other != name
            and other in commands
            and _may_be_same(commands[name], commands[other], description)
        ),
        "",
    )


def _check_toggle(name: str, why: str, entry: Entry, description: Description) -> None:
    for state in _NEEDED[name]:
        if state not in description.states:
            raise entry.error(
                f"{why}, so {name} is only safe where the device reports its state: "
                f"add the field state, with {state.value} in its map, or delete this command"
            )
    command = description.commands[name]
    if command.times > 1 and not command.same_counter:
        raise entry.error(f"{why}: delete times, a second press would undo it")


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
