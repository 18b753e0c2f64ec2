"""Tables of cases that one test goes through in the same home."""

from collections.abc import Callable, Coroutine, Iterable
from functools import wraps
import inspect
from typing import Any

import pytest

_PARAM = type(pytest.param())

type Test = Callable[..., Coroutine[Any, Any, None]]


def in_one_home(
    names: str | tuple[str, ...], cases: Iterable[Any]
) -> Callable[[Test], Test]:
    """Run a test for each case, as a subtest, without arranging the home again.

    Takes its arguments like `pytest.mark.parametrize`. Each case begins in the home that the one before has left.
    """
    single = isinstance(names, str)
    table = [
        case
        if isinstance(case, _PARAM)
        else pytest.param(*((case,) if single else case))
        for case in cases
    ]
    arguments = (names,) if isinstance(names, str) else names

    def decorate(test: Test) -> Test:
        signature = inspect.signature(test)
        fixtures = [
            parameter.replace(kind=parameter.KEYWORD_ONLY)
            for name, parameter in signature.parameters.items()
            if name not in arguments
        ]

        @wraps(test)
        async def run(*, subtests: pytest.Subtests, **arranged: Any) -> None:
            for case in table:
                values = dict(zip(arguments, case.values, strict=True))
                with subtests.test(
                    str(case.id or ""),
                    # As ASCII text: other values could not be sent to the process that reports them.
                    **{name: ascii(value) for name, value in values.items()},
                ):
                    await test(**arranged, **values)

        subtests = inspect.Parameter(
            "subtests", inspect.Parameter.KEYWORD_ONLY, annotation=pytest.Subtests
        )
        vars(run)["__signature__"] = signature.replace(parameters=[*fixtures, subtests])
        return run

    return decorate
