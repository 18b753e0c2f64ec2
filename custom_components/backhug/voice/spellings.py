"""Words as templates of Home Assistant write them, and numbers in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, takewhile
from typing import Final

from hassil.numbers import get_rbnf_engine

_LARGEST_NUMBER: Final = 99
"""Of numbers in words."""


def spelt_numbers(language: str) -> Iterator[tuple[int, str]]:
    """Return numbers and their words; not one, which is an article, too."""
    engine = get_rbnf_engine(language)
    for number in (0, *range(2, _LARGEST_NUMBER + 1)):
        for spelt in engine.format_number(number).text_by_ruleset.values():
            yield number, spelt


def alternatives(words: Sequence[str]) -> str:
    """Return sorted words as alternatives of a template, those that begin alike together: this is fast to match."""
    found = []
    for first, group in groupby(words, key=lambda word: word[:1]):
        alike = list(group)
        if not first:
            continue
        if len(alike) == 1:
            found.append(alike[0])
            continue
        ends = zip(alike[0], alike[-1], strict=False)
        begin = "".join(
            one for one, _ in takewhile(lambda pair: len({*pair}) == 1, ends)
        )
        rest = [word[len(begin) :] for word in alike]
        inner = alternatives(rest)
        found.append(f"{begin}[{inner}]" if "" in rest else f"{begin}({inner})")
    return "|".join(found)
