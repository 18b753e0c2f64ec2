"""Samples of what a pattern matches."""

from collections.abc import Iterable, Iterator
from random import Random
import re._constants as ops  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from typing import Any

_IGNORED = (ops.ASSERT, ops.ASSERT_NOT, ops.AT)
_SPACE = (ops.LITERAL, ord(" "))
_OPTIONAL = 0.3
"""Share of samples with an optional part."""


def alternatives(pattern: str) -> list[Any]:
    """Return the alternatives of a pattern, parsed."""
    return list(_alternatives(parser.parse(pattern)))


def sample(alternative: Iterable[Any], random: Random) -> str:
    """Return what an alternative may match; what stands before or after it is ignored."""
    return " ".join("".join(_parts(alternative, random)).split())


def _alternatives(tree: Any) -> Iterator[Any]:
    parts = [each for each in tree if each[0] not in _IGNORED and each != _SPACE]
    if len(parts) == 1 and parts[0][0] is ops.BRANCH:
        for each in parts[0][1][1]:
            yield from _alternatives(each)
    elif len(parts) == 1 and parts[0][0] is ops.SUBPATTERN:
        yield from _alternatives(parts[0][1][3])
    else:
        yield tree


def _parts(tree: Iterable[Any], random: Random) -> Iterator[str]:
    for op, value in tree:
        if op is ops.LITERAL:
            yield chr(value)
        elif op is ops.IN:
            yield _character(*value[0])
        elif op is ops.ANY:
            yield "e"
        elif op is ops.BRANCH:
            yield from _parts(random.choice(value[1]), random)
        elif op is ops.SUBPATTERN:
            yield from _parts(value[3], random)
        elif op in (ops.MAX_REPEAT, ops.MIN_REPEAT):
            least, most, repeated = value
            times = max(least, int(most > 0 and random.random() < _OPTIONAL))
            for _ in range(times):
                yield from _parts(repeated, random)
        else:
            assert op in _IGNORED, op


def _character(op: Any, value: Any) -> str:
    if op is ops.LITERAL:
        return chr(value)
    if op is ops.RANGE:
        return chr(value[0])
    return "5" if value is ops.CATEGORY_DIGIT else "e"
