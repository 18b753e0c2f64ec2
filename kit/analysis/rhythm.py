"""What the app says by itself: keep-alive, polls, and the opening of a connection."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
import re
from statistics import median

from ..capture.att import Connection
from .framing import common_start
from .wire import Message

LEAST_REPEATS = 5
LEAST_SHARE = 0.7
TOLERANCE = 0.15
MOST_JITTER = 1.0  # seconds: a timer is more regular than an owner who repeats a series of presses
FOLLOWS = 0.6  # seconds
SHORTEST, LONGEST = 0.4, 65.0  # seconds
COVERAGE = 0.4  # of the connections' time
ANSWER = 2.0  # seconds
MOST_STEPS = 16
MOST_CHANGES = 0.5  # of what recurs with the settings in it
CERTAIN = 3  # octets of an answer that was seen once


@dataclass(frozen=True, slots=True)
class Repeated:
    """A payload that is written at regular intervals."""

    payload: bytes
    every: float
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Step:
    """One write of the handshake and what answered it."""

    payload: bytes
    answer: bytes | None
    seconds: float
    seen: int  # connections that had it
    time: float = 0.0  # in the first connection


def follow(times: Sequence[float], others: Sequence[float], within: float) -> int:
    """Return how many of `times` come at most so many seconds after one of `others`, which are in order."""
    count = 0
    for time in times:
        place = bisect_left(others, time)
        count += place > 0 and time - others[place - 1] <= within
    return count


def find_repeated(sent: Sequence[Message]) -> list[Repeated]:
    """Return payloads that recur regularly over a large part of the time, most frequent first."""
    times: dict[bytes, list[float]] = {}
    for message in sent:
        times.setdefault(message.payload, []).append(message.time)
    if not sent:
        return []
    whole = sent[-1].time - sent[0].time
    found = []
    led = _led(sent)
    for payload, at in times.items():
        if led.get(payload, 0) > len(at) / 2:
            continue  # it belongs to what was written just before: a release, or a poll after each press
        if len(at) < LEAST_REPEATS or at[-1] - at[0] < COVERAGE * whole:
            continue
        gaps = [after - before for before, after in pairwise(at)]
        usual = median(gaps)
        allowed = min(TOLERANCE * usual, MOST_JITTER)
        near = sum(abs(gap - usual) <= allowed for gap in gaps)
        if SHORTEST <= usual <= LONGEST and near >= LEAST_SHARE * len(gaps):
            found.append(Repeated(payload, round(usual, 1), len(at), near / len(gaps)))
    found.sort(key=lambda item: -item.count)
    return found


def find_carrying(sent: Sequence[Message]) -> list[Repeated]:
    """Return what recurs regularly with the settings in it, each payload by itself.

    Such writes begin with the same octet and have one size; they change only now and then.
    """
    heads = [
        replace(one, payload=one.payload[:1] + bytes([len(one.payload) & 0xFF]))
        for one in sent
    ]
    found = []
    for item in find_repeated(heads):
        own = [
            one
            for one, head in zip(sent, heads, strict=True)
            if head.payload == item.payload
        ]
        changes = sum(
            before.payload != after.payload for before, after in pairwise(own)
        )
        if changes <= MOST_CHANGES * len(own):
            found += [
                replace(item, payload=one) for one in {one.payload for one in own}
            ]
    return found


def _led(sent: Sequence[Message]) -> dict[bytes, int]:
    """Return how often each payload follows another one at once."""
    led: dict[bytes, int] = {}
    for before, after in pairwise(sent):
        if after.payload != before.payload and after.time - before.time <= FOLLOWS:
            led[after.payload] = led.get(after.payload, 0) + 1
    return led


def find_handshake(
    connections: Sequence[Connection],
    sent: Sequence[Message],
    received: Sequence[Message],
    presses: Sequence[float],
    by_itself: set[bytes],
    commands: set[bytes],
    is_text: bool,
) -> list[Step]:
    """Return the writes that open every connection.

    `presses` are the times of presses, in order; `by_itself` are payloads of keep-alive and
    polls, which are passed over; with one of `commands` the opening is over.
    """
    openings = _openings(connections, sent, presses, by_itself, commands)
    if not openings or (not presses and len(openings) < 2):
        return []
    first = openings[0]
    steps = []
    for index, message in enumerate(first[:MOST_STEPS]):
        if not all(
            index < len(opening) and opening[index].payload == message.payload
            for opening in openings
        ):
            break
        seen = [opening[index] for opening in openings]
        answers = [_answer(one, sent, received) for one in seen]
        common = _common([answer[0] for answer in answers if answer])
        if common and len(seen) == 1 and not is_text:
            common = common[:CERTAIN]  # the rest may be another one next time
        waits = [answer[1] for answer in answers if answer]
        steps.append(
            Step(
                message.payload,
                common,
                round(max(waits, default=0.0), 2),
                len(seen),
                message.time,
            )
        )
    return steps


def find_different(
    connections: Sequence[Connection],
    sent: Sequence[Message],
    presses: Sequence[float],
    by_itself: set[bytes],
    commands: set[bytes],
    is_text: bool = False,
) -> list[Message]:
    """Return the first writes of openings, which begin alike, that are others in each connection."""
    openings = _openings(connections, sent, presses, by_itself, commands)
    for messages in zip(*openings, strict=False):
        different = {message.payload for message in messages}
        if len(different) > 1:
            alike = len({_kind(payload, is_text) for payload in different}) == 1
            return [*messages] if alike and len(different) == len(messages) else []
    return []


def _kind(payload: bytes, is_text: bool) -> bytes | int:
    """Return what different values of one kind of message share: the word before the first digit, or the size."""
    return re.split(rb"[0-9]", payload)[0] if is_text else len(payload)


def _openings(
    connections: Sequence[Connection],
    sent: Sequence[Message],
    presses: Sequence[float],
    by_itself: set[bytes],
    commands: set[bytes],
) -> list[list[Message]]:
    """Return the first writes of each connection."""
    openings: list[list[Message]] = []
    talks = [
        [one for one in sent if connection.start <= one.time <= connection.end]
        for connection in connections
    ]
    # What no connection has twice belongs to its opening.
    tallies = [Tally(message.payload for message in own) for own in talks]
    by_itself = {
        payload for payload in by_itself if any(tally[payload] > 1 for tally in tallies)
    }
    for connection, own in zip(connections, talks, strict=True):
        if own:
            following = bisect_left(presses, connection.start)
            until = presses[following] if following < len(presses) else None
            openings.append(_opening(own, until, by_itself, commands))
    return openings


def _opening(
    own: Sequence[Message],
    until: float | None,
    by_itself: set[bytes],
    commands: set[bytes],
) -> list[Message]:
    """Return the first writes of a connection, up to a press or a repetition."""
    opening: list[Message] = []
    for message in own:
        if message.payload in commands or (
            until is not None and until - 0.05 <= message.time
        ):
            break
        if any(message.payload == earlier.payload for earlier in opening):
            break
        # What opens the connection may be repeated later to keep it.
        if message.payload not in by_itself or not opening:
            opening.append(message)
    return opening


def _answer(
    message: Message, sent: Sequence[Message], received: Sequence[Message]
) -> tuple[bytes, float] | None:
    following = min(
        (other.time for other in sent if other.time > message.time),
        default=message.time + ANSWER,
    )
    limit = min(following, message.time + ANSWER)
    for other in received:
        if message.time < other.time <= limit:
            return other.payload, other.time - message.time
    return None


def _common(answers: Sequence[bytes]) -> bytes | None:
    if not answers:
        return None
    return common_start(answers) or None
