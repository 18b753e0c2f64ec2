"""Tells what a press writes by itself from what the app also writes, and a key's release from the press."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence

from .align import Press
from .templates import NAMES
from .wire import Message

LEAST_SHARE = 0.6
LEAST_POLLS = 3
LEAST_ENDS = 0.9  # share of presses

type Kept = list[tuple[Press, list[Message]]]
"""Presses, each with the messages that are its own."""


def messages_of(press: Press) -> tuple[Message, ...]:
    """Return what is written with a press that writes something."""
    assert press.burst is not None
    return press.burst.messages


def runs_of(messages: Sequence[Message]) -> list[list[Message]]:
    """Return messages as they follow each other, each once with its repetitions."""
    runs: list[list[Message]] = []
    for message in messages:
        for run in runs:
            if run[0].payload == message.payload:
                run.append(message)
                break
        else:
            runs.append([message])
    return runs


def find_polls(
    presses: Sequence[Press], sent: Sequence[Message], shared: Sequence[bytes]
) -> list[bytes]:
    """Return what the app also writes without a press, after the first one."""
    bursts = [press.burst for press in presses if press.burst]
    inside = Tally(message.payload for burst in bursts for message in burst.messages)
    times = {message.time for burst in bursts for message in burst.messages}
    first = min(times, default=0.0)
    outside = Tally(
        message.payload
        for message in sent
        if message.time > first and message.time not in times
    )
    return [
        payload
        for payload, count in outside.items()
        # A press that was not noted is no poll.
        if (count >= LEAST_POLLS and count > inside[payload])
        or (payload in shared and not _is_last(payload, presses, count))
    ]


def _is_last(payload: bytes, presses: Sequence[Press], outside: int) -> bool:
    """Return whether presses end with it, and little else has it: a release that also opens connections."""
    ends = [
        messages[-1].payload == payload
        for press in presses
        if press.burst
        and len(messages := messages_of(press)) > 1
        and any(message.payload == payload for message in messages)
    ]
    return sum(ends) >= LEAST_ENDS * len(ends) and outside < LEAST_ENDS * len(ends) / 2


def find_shared(by_action: dict[str, list[Press]]) -> list[bytes]:
    """Return payloads that presses of different kinds have in common, and that are not all they write."""
    actions: Tally[bytes] = Tally()
    alone: set[bytes] = set()
    for presses in by_action.values():
        seen: Tally[bytes] = Tally()
        for press in presses:
            assert press.burst is not None
            key = press.burst.key
            seen.update(key)
            if len(key) == 1:
                alone.add(key[0])
        actions.update(
            payload
            for payload, count in seen.items()
            if count >= LEAST_SHARE * len(presses)
        )
    return [
        payload
        for payload, count in actions.items()
        if count > 1 and payload not in alone
    ]


def own_messages(
    press: Press, shared: Sequence[bytes], polls: set[bytes]
) -> list[Message]:
    """Return what only this kind of press writes, or what it writes first."""
    messages = [
        message for message in messages_of(press) if message.payload not in polls
    ]
    own = [message for message in messages if message.payload not in shared]
    return own or [
        message for message in messages if message.payload == messages[0].payload
    ]


def find_release(
    presses: Sequence[Press], own: Sequence[Sequence[Message]], shared: set[bytes]
) -> bytes | None:
    """Return the payload that follows in every press and that other presses end with as well."""
    tally: Tally[bytes] = Tally()
    for press, messages in zip(presses, own, strict=True):
        last = messages_of(press)[-1]
        if last.payload in shared and last.time > messages[-1].time:
            tally[last.payload] += 1
    if not tally:
        return None
    payload, count = tally.most_common(1)[0]
    return payload if count >= LEAST_SHARE * len(presses) else None


def find_own_release(action: str, kept: Kept) -> tuple[bytes, Kept] | None:
    """Return a release that only this key has: the same octets with zeros at the end."""
    if action in NAMES:
        return None
    pairs = [runs_of(messages) for _, messages in kept]
    seconds = {runs[1][0].payload for runs in pairs}
    if len(seconds) != 1:
        return None
    release = seconds.pop()
    first = pairs[0][0][0].payload
    if len(first) != len(release) or release[-1:] != b"\0" or first[:1] != release[:1]:
        return None
    return release, [(press, runs_of(messages)[0]) for press, messages in kept]
