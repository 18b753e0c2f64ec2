"""Answers to questions about the advice that is shown."""

from __future__ import annotations

from ..consultation.engine import Advice
from ..consultation.reasons import Reason
from .sayings import Saying, Show
from .understanding import Facts
from .vocabulary import Intent


def explanation(facts: Facts, advice: Advice) -> list[Saying] | None:
    """Return the answer to a question about the advice, or None if none is asked."""
    if facts.wants(Intent.WHY_LENGTH):
        return [*advice.reasons[:1]]
    if facts.wants(Intent.WHY_STRENGTH):
        return [*advice.reasons[1:]]
    if facts.wants(Intent.WHY):
        middle = [reason for each in advice.steps for reason in each.reasons]
        return [*_unique([*middle, *advice.reasons])]
    if facts.wants(Intent.PLAN):
        return [Show(advice, "plan")]
    if facts.wants(Intent.SHOW) and not facts.wants(Intent.SAVE, Intent.START):
        return [Show(advice, "steps")]
    return None


def _unique(reasons: list[Reason]) -> list[Reason]:
    """Return the reasons without repetitions."""
    return [
        reason for index, reason in enumerate(reasons) if reason not in reasons[:index]
    ]
