"""Recognises the time of day in what the app writes when it connects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
import re
from typing import Literal

from .wire import Message

SECONDS = 4  # octets of a number that counts seconds
DAY = 86400
JITTER = 2  # seconds
ENDIANS: tuple[Literal["little", "big"], ...] = ("little", "big")
DIGITS = re.compile(rb"([0-2][0-9])[:.]?([0-5][0-9])[:.]?([0-5][0-9])?(?![0-9])")

type Reading = Callable[[int], int | None]


def is_clock(messages: Sequence[Message]) -> bool:
    """Return whether payloads hold a time that goes on as their own times do."""
    return _counts_seconds(messages) or any(
        _goes_on(messages, times) for times in _times_of_day(messages)
    )


def _counts_seconds(messages: Sequence[Message]) -> bool:
    first = messages[0]
    for at in range(len(first.payload) - SECONDS + 1):
        for endian in ENDIANS:
            numbers = [
                int.from_bytes(message.payload[at : at + SECONDS], endian)
                for message in messages
            ]
            if all(
                abs(number - numbers[0] - (message.time - first.time)) <= 1
                for number, message in zip(numbers, messages, strict=True)
            ):
                return True
    return False


def _goes_on(messages: Sequence[Message], times: Sequence[tuple[int, int]]) -> bool:
    """Return whether times of day, in seconds and with their precision, go on as the capture's clock does."""
    first, (began, _) = messages[0], times[0]
    for message, (time, precision) in zip(messages, times, strict=True):
        apart = (time - began - (message.time - first.time)) % DAY
        if min(apart, DAY - apart) > max(JITTER, precision):
            return False
    return True


def _times_of_day(
    messages: Sequence[Message],
) -> Iterator[list[tuple[int, int]]]:
    """Yield what may be a time of day in each payload: hour and minute, and the second if there is one.

    All octets that differ belong to it, so that nothing else can be in them.
    """
    payloads = [message.payload for message in messages]
    found = [DIGITS.search(payload) for payload in payloads]
    parts = [DIGITS.split(payload, maxsplit=1) for payload in payloads]
    if len({(part[0], part[-1]) for part in parts}) == 1 and all(found):
        groups = [one.groups(b"0") for one in found if one is not None]
        exact = all(one[2] for one in found if one is not None)
        yield [
            (int(hour) * 3600 + int(minute) * 60 + int(second), 1 if exact else 60)
            for hour, minute, second in groups
        ]
    if len(set(map(len, payloads))) > 1:
        return
    differ = [
        at
        for at, column in enumerate(zip(*payloads, strict=True))
        if len({*column}) > 1
    ]
    for units in ((3600, 60, 1), (1, 60, 3600), (3600, 60), (60, 3600)):
        for at in range(len(payloads[0]) - len(units) + 1):
            if not {*differ} <= {*range(at, at + len(units))}:
                continue
            for read in (_binary, _decimal):
                times = [_time(payload[at:], units, read) for payload in payloads]
                sure = [time for time in times if time is not None]
                if len(sure) == len(payloads):
                    yield [(time, min(units)) for time in sure]


def _time(octets: bytes, units: Sequence[int], read: Reading) -> int | None:
    total = 0
    for octet, unit in zip(octets, units, strict=False):
        number = read(octet)
        if number is None or number >= (24 if unit == 3600 else 60):
            return None
        total += number * unit
    return total


def _binary(octet: int) -> int:
    return octet


def _decimal(octet: int) -> int | None:
    """Return what two decimal digits in an octet say, None if they are none."""
    high, low = divmod(octet, 16)
    return 10 * high + low if max(high, low) < 10 else None
