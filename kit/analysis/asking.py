"""Finds writes of the opening that the device answers by reports of everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .messages import FoundMessage
from .rhythm import Step
from .wire import Wire

ANSWER = 0.6  # seconds
APART = 0.15  # seconds between two reports of one answer


def of_any_state(step: Step, messages: Sequence[FoundMessage], wire: Wire) -> Step:
    """Return a step that awaits a report whatever it reports: the last one of several."""
    begun = step.answer or b""  # it may be cut
    group = next(
        (one for one in messages if one.fields and begun.startswith(one.match)), None
    )
    if group is None:
        return step
    answers = _answers(step, messages, wire)
    kinds = {tuple(one.match for one in answer) for answer in answers}
    last = answers[0][-1] if len(kinds) == 1 and answers[0] else group
    return replace(step, answer=last.match or None)


def answers_state(step: Step, messages: Sequence[FoundMessage], wire: Wire) -> bool:
    """Return whether each of these writes is answered by the state."""
    answers = _answers(step, messages, wire)
    return bool(answers) and all(
        any(item.name == "state" for group in answer for item in group.fields)
        for answer in answers
    )


def _answers(
    step: Step, messages: Sequence[FoundMessage], wire: Wire
) -> list[list[FoundMessage]]:
    """Return the kinds of messages that answer each write of a step."""
    found = []
    writes = [one.time for one in wire.sent]
    for time in (one.time for one in wire.sent if one.payload == step.payload):
        end = min([other for other in writes if other > time] + [float("inf")])
        answer: list[FoundMessage] = []
        at = time
        for message in wire.received:
            limit = at + (APART if answer else ANSWER)
            if time < message.time < end and message.time <= limit:
                group = _group_of(message.payload, messages)
                if group is not None:
                    answer.append(group)
                at = message.time
        found.append(answer)
    return found


def _group_of(payload: bytes, messages: Sequence[FoundMessage]) -> FoundMessage | None:
    return next(
        (
            group
            for group in messages
            if payload.startswith(group.match) and group.size in {None, len(payload)}
        ),
        None,
    )
