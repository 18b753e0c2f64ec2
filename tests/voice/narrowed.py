"""Hassil's matcher, which tries only alternatives that may begin with the next letter of the sentence.

Hassil does the same for the values of lists. Our templates have hundreds of alternatives, each of which it would try for
each of the thousands of sentences in the tests: that is most of their time.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from importlib import import_module
from typing import Any, NamedTuple
from unittest.mock import patch

from hassil import string_matcher
from hassil.expression import Alternative, Expression, Sequence, TextChunk
from hassil.string_matcher import MatchContext, MatchSettings, match_expression

# The package has a function of this name.
_RECOGNIZE = import_module("hassil.recognize")


class _Start(NamedTuple):
    """How what an expression matches may begin."""

    letters: frozenset[str]
    may_be_empty: bool


class _Choice(NamedTuple):
    """An alternative and its items, in their order."""

    expression: Alternative
    """Kept, so that its id stays its own."""
    by_letter: dict[str, list[Expression]]
    otherwise: list[Expression]
    """Those that may begin with any letter, or match nothing."""


_choices: dict[int, _Choice] = {}


def _folded(letter: str) -> str:
    return letter.casefold()[0]


def _start(expression: Expression) -> _Start | None:
    """Return how an expression may begin; None if that depends on rules, lists or punctuation."""
    if isinstance(expression, TextChunk):
        text = expression.text.lstrip()
        if not text:
            return _Start(frozenset(), may_be_empty=True)
        if text[0].isalnum():
            return _Start(frozenset(_folded(text[0])), may_be_empty=False)
        return None
    if not isinstance(expression, Alternative | Sequence):
        return None
    letters: set[str] = set()
    may_be_empty = isinstance(expression, Sequence)
    for item in expression.items:
        if (start := _start(item)) is None:
            return None
        letters |= start.letters
        if isinstance(expression, Alternative):
            may_be_empty |= start.may_be_empty
        elif not start.may_be_empty:
            may_be_empty = False
            break
    return _Start(frozenset(letters), may_be_empty)


def _choice(expression: Alternative) -> _Choice:
    """Return the items of an alternative by their first letters."""
    if (found := _choices.get(id(expression))) is None:
        starts = [(item, _start(item)) for item in expression.items]
        some = [(item, start) for item, start in starts if start]
        every = {letter for _, start in some for letter in start.letters}

        def items(letter: str) -> list[Expression]:
            return [
                item
                for item, start in starts
                if start is None or start.may_be_empty or letter in start.letters
            ]

        found = _choices[id(expression)] = _Choice(
            expression, {letter: items(letter) for letter in every}, items("")
        )
    return found


def _match(
    settings: MatchSettings, context: MatchContext, expression: Expression
) -> Iterable[MatchContext]:
    if (
        not isinstance(expression, Alternative)
        or not context.is_start_of_word
        or settings.allow_unmatched_entities
        or settings.ignore_whitespace
        or context.get_open_wildcard() is not None
    ):
        return match_expression(settings, context, expression)
    letter = context.text.lstrip()[:1]
    if not letter.isalnum():
        return match_expression(settings, context, expression)
    choice = _choice(expression)
    items = choice.by_letter.get(_folded(letter), choice.otherwise)
    return (found for item in items for found in _match(settings, context, item))


def _replaced(
    match: Callable[..., Iterable[MatchContext]],
) -> AbstractContextManager[Any]:
    stack = ExitStack()
    for module in (string_matcher, _RECOGNIZE):
        stack.enter_context(patch.object(module, "match_expression", match))
    return stack


def narrowed() -> AbstractContextManager[Any]:
    """Have Hassil match so."""
    return _replaced(_match)


def original() -> AbstractContextManager[Any]:
    """Have Hassil match by itself."""
    return _replaced(match_expression)
