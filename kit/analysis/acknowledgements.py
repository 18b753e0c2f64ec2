"""Tells an acknowledgement from a report that comes only because something changed."""

from __future__ import annotations

from collections.abc import Sequence
import re

from .cautions import FoundCommand

STATE_COMMANDS = frozenset({"start", "stop", "pause", "resume"})
LEAST_STATES = 3  # commands


def is_behind_report(heard: Sequence[bytes], status: set[bytes]) -> bool:
    """Return whether a report comes before the answer: it is then another report, of which nothing is known."""
    answer = next(
        (at for at, payload in enumerate(heard) if payload not in status), None
    )
    return bool(answer)


def drop_awaited_states(commands: Sequence[FoundCommand], is_text: bool) -> None:
    """Do not wait for a state: it comes only when it changes, so that a stop at rest would never be answered.

    It is of one kind for start, stop and pause, with another value each, and repeats nothing of the command.
    """
    kinds: dict[bytes, list[FoundCommand]] = {}
    for command in commands:
        if command.name in STATE_COMMANDS and command.answer:
            kinds.setdefault(_kind(command.answer, is_text), []).append(command)
    for alike in kinds.values():
        if (
            len(alike) >= LEAST_STATES
            and len({one.answer for one in alike}) > 1
            and not any(_repeats(one, is_text) for one in alike)
        ):
            for one in alike:
                one.answer = None


def _kind(answer: bytes, is_text: bool) -> bytes:
    return re.split(rb"[^$0-9A-Za-z]", answer)[0] if is_text else answer[:1]


def _repeats(command: FoundCommand, is_text: bool) -> bool:
    """Return whether the answer repeats how the command begins, or a word of it."""
    answer, written = command.answer or b"", command.writes[0].payload
    if is_text:
        words = re.findall(rb"[0-9A-Za-z]{2,}", answer)[1:]
        return bool(set(words) & set(re.findall(rb"[0-9A-Za-z]{2,}", written)))
    return written[0] in answer[1:]
