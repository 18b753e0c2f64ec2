"""Finds the token: what the device gives in each connection, and the app writes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
import re
from typing import Protocol

from ..capture.att import Connection
from .answers import Answer, find_answer
from .features import find_split
from .framing import common_start
from .line_answers import LineAnswer, find_line_answer

LONGEST, SHORTEST = 8, 2  # octets
EARLY = 8  # messages of a connection in which the token is given
SOON = 2  # writes after that of which one repeats it
REACH = 24  # octets of a message
LEAST_CONNECTIONS = 2
LEAST_COMPUTED = 3  # connections: what is computed might agree by chance
MOST_GIVEN = 2  # times a connection
LEAST_WORD = 2  # characters


class Said(Protocol):
    """A message of the wire."""

    @property
    def time(self) -> float:
        """When it was said."""

    @property
    def payload(self) -> bytes:
        """Its payload."""


@dataclass(frozen=True, slots=True)
class Token:
    """Where the token is given and written, and what it was in each connection."""

    given: bytes  # how the message begins that holds it
    at: int  # octet, or piece of the line
    size: int  # 0 in a line
    split: str
    to: tuple[int, ...]  # octets at which it is written; none in a line
    values: tuple[tuple[float, float, bytes], ...]  # start, when it was given, token
    written: int
    # The token is what is computed of what is given.
    answer: Answer | LineAnswer | None = None

    @property
    def shown(self) -> bytes:
        """The first one: it stands for all of them."""
        return self.values[0][2]

    def of(self, time: float) -> bytes:
        """Return the token of the connection at this time."""
        before = [value for start, _, value in self.values if start <= time]
        return before[-1] if before else self.shown

    def normalised(self, payload: bytes, time: float) -> bytes:
        """Return what was written with the first token instead of its own."""
        own = self.of(time)
        if self.answer and self.split:
            return _word(own).sub(lambda _: self.shown, payload)
        if self.split:
            words = payload.split(self.split.encode())
            return self.split.encode().join(
                self.shown if word == own else word for word in words
            )
        for at in self.to:
            if payload[at : at + self.size] == own:
                payload = payload[:at] + self.shown + payload[at + self.size :]
        return payload

    def marked(self, payload: bytes) -> list[tuple[int, int]]:
        """Return where a normalised payload has the token: start and end."""
        if not self.split:
            return [
                (at, at + self.size)
                for at in self.to
                if payload[at : at + self.size] == self.shown
            ]
        if self.answer:
            return [one.span() for one in _word(self.shown).finditer(payload)]
        found, at = [], 0
        for word in payload.split(self.split.encode()):
            if word == self.shown:
                found.append((at, at + len(word)))
            at += len(word) + len(self.split)
        return found


def _word(word: bytes) -> re.Pattern[bytes]:
    """Return a pattern of a word of its own."""
    return re.compile(rb"(?<![0-9A-Za-z])" + re.escape(word) + rb"(?![0-9A-Za-z])")


def find_token(
    connections: Sequence[Connection],
    sent: Sequence[Said],
    received: Sequence[Said],
    is_text: bool,
) -> Token | None:
    """Return the token, if there are two connections at least with different ones."""
    talks = [
        (connection.start, early, own)
        for connection in connections
        if (early := _within(connection, received)[:EARLY])
        and (own := _within(connection, sent))
    ]
    if len(talks) < LEAST_CONNECTIONS:
        return None
    candidates = [
        token
        for token in (_in_lines(talks) if is_text else _in_octets(talks))
        if _is_new(token)
        and _is_rare(token, received, len(connections))
        and all(map(_is_soon, repeat(token), talks, token.values))
    ]
    if candidates:
        return max(candidates, key=lambda token: (token.written, token.size))
    if len(talks) < LEAST_COMPUTED:
        return None
    return next(
        (
            replace(token, written=_written(token, talks))
            for token in (_computed_lines(talks) if is_text else _computed(talks))
            if _is_new(token) and _is_rare(token, received, len(connections))
        ),
        None,
    )


def _is_new(token: Token) -> bool:
    """Return whether no connection has the token of another one."""
    return len({value for *_, value in token.values}) == len(token.values)


def _is_rare(token: Token, received: Sequence[Said], connections: int) -> bool:
    """Return whether it is given once a connection, or nearly so: what is reported again and again is a setting."""
    count = sum(one.payload.startswith(token.given) for one in received)
    return count <= MOST_GIVEN * connections


def _is_soon(
    token: Token,
    talk: tuple[float, list[Said], list[Said]],
    value: tuple[float, float, bytes],
) -> bool:
    """Return whether a connection repeats its token at once; a setting that is reported is pressed later."""
    following = [one for one in talk[2] if one.time > value[1]][:SOON]
    return any(
        token.marked(token.normalised(one.payload, one.time)) for one in following
    )


def _within(connection: Connection, messages: Sequence[Said]) -> list[Said]:
    return [one for one in messages if connection.start <= one.time <= connection.end]


type Talks = Sequence[tuple[float, list[Said], list[Said]]]


def _in_octets(talks: Talks) -> Iterator[Token]:
    first = talks[0][1]
    for index, message in enumerate(first):
        for size in range(LONGEST, SHORTEST - 1, -1):
            for at in range(min(REACH, len(message.payload) - size + 1)):
                value = message.payload[at : at + size]
                if len(set(value)) == 1 or not any(
                    value in one.payload for one in talks[0][2]
                ):
                    continue
                given = [_same(talk[1], index, at + size, message) for talk in talks]
                if token := _token(talks, given, at, size):
                    yield token


def _same(early: Sequence[Said], index: int, size: int, like: Said) -> Said | None:
    """Return the message of another connection that corresponds to the one of the first."""
    nearest = sorted(range(len(early)), key=lambda place: abs(place - index))
    for place in nearest:
        payload = early[place].payload
        if len(payload) >= size and payload[:1] == like.payload[:1]:
            return early[place]
    return None


def _token(
    talks: Talks, given: Sequence[Said | None], at: int, size: int
) -> Token | None:
    values = []
    places: set[int] | None = None
    for (start, _, own), message in zip(talks, given, strict=True):
        if message is None:
            return None
        value = message.payload[at : at + size]
        values.append((start, message.time, value))
        here = {
            place
            for one in own
            if one.time > message.time and (place := one.payload.find(value)) >= 0
        }
        places = here if places is None else places & here
    if not places:
        return None
    begun = common_start([one.payload[:at] for one in given if one is not None])
    if not begun:
        return None
    token = Token(begun, at, size, "", tuple(sorted(places)), tuple(values), 0)
    return replace(token, written=_written(token, talks))


def _computed(talks: Talks) -> Iterator[Token]:
    """Yield tokens of which the next write has not the octets, but what is computed of them."""
    for index, message in enumerate(talks[0][1]):
        given = [_same(talk[1], index, 1, message) for talk in talks]
        heard = [one for one in given if one is not None]
        replies = [
            next((own for own in talk[2] if own.time > one.time), None)
            for talk, one in zip(talks, heard, strict=False)
        ]
        written = [one.payload for one in replies if one is not None]
        if len(written) < len(talks) or len({one[:1] for one in written}) > 1:
            continue
        found = find_answer([one.payload for one in heard], written)
        if found is None:
            continue
        begun = common_start([one.payload[: found.at] for one in heard])
        size = len(found.written)
        values = tuple(
            (start, one.time, own[found.to : found.to + size])
            for (start, *_), one, own in zip(talks, heard, written, strict=True)
        )
        if begun:
            yield Token(begun, found.at, size, "", (found.to,), values, 0, found)


def _computed_lines(talks: Talks) -> Iterator[Token]:
    """Yield tokens of which the next line has not the words, but what is computed of one."""
    for index, message in enumerate(talks[0][1]):
        given = [_same(talk[1], index, 1, message) for talk in talks]
        heard = [one for one in given if one is not None]
        if len(heard) < len(talks) or not (
            split := find_split([one.payload for one in heard])
        ):
            continue
        replies = [
            next((own.payload for own in talk[2] if own.time > one.time), b"")
            for talk, one in zip(talks, heard, strict=True)
        ]
        lines = [one.payload.decode("latin-1").split(split) for one in heard]
        for at, words in enumerate(zip(*lines, strict=True)):
            given_words = [word.strip() for word in words]
            if at == 0 or len(set(given_words)) < len(words) or "" in given_words:
                continue
            for answers in _differing([one.decode("latin-1") for one in replies]):
                found = find_line_answer(given_words, answers)
                if found is None:
                    continue
                begun = common_start(
                    [
                        (split.join(line[:at]) + split).encode("latin-1")
                        for line in lines
                    ]
                )
                values = tuple(
                    (talk[0], one.time, answer.encode("latin-1"))
                    for talk, one, answer in zip(talks, heard, answers, strict=True)
                )
                yield Token(begun, at, 0, split, (), values, 0, found)


def _differing(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield the words of lines, cut at signs, that are others in each line."""
    cut = [re.findall(r"[0-9A-Za-z]+", line) for line in lines]
    if len(set(map(len, cut))) == 1:
        for words in zip(*cut, strict=True):
            if len(set(words)) == len(words):
                yield [*words]


def _in_lines(talks: Talks) -> Iterator[Token]:
    for index, message in enumerate(talks[0][1]):
        given = [_same(talk[1], index, 1, message) for talk in talks]
        lines = [one.payload for one in given if one is not None]
        split = find_split(lines)
        if len(lines) < len(talks) or not split:
            continue
        mark = split.encode()
        for at, word in enumerate(message.payload.split(mark)):
            values = tuple(
                (start, one.time, one.payload.split(mark)[at].strip())
                for (start, *_), one in zip(talks, given, strict=True)
                if one is not None
            )
            if len(word) < LEAST_WORD:
                continue
            begun = common_start(
                [mark.join(line.split(mark)[:at]) + mark for line in lines]
            )
            if at == 0 or not begun:
                continue
            token = Token(begun, at, 0, split, (), values, 0)
            yield replace(token, written=_written(token, talks))


def _written(token: Token, talks: Talks) -> int:
    """Return how many messages have it written back."""
    return sum(
        bool(token.marked(token.normalised(one.payload, one.time)))
        for (_, _, own), (_, since, _) in zip(talks, token.values, strict=True)
        for one in own
        if one.time > since
    )
