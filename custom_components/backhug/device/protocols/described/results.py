"""Results of requests, and the errors that they stand for."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from ...errors import (
    NotSupportedError,
    RefusedError,
    RequestError,
    UnsupervisedError,
    WrongStateError,
)


class Result(IntEnum):
    """Outcome of a request."""

    DONE = 0
    REFUSED = 1
    NOT_SUPPORTED = 2
    WRONG_STATE = 3
    UNSUPERVISED = 4


_ERRORS: Final[dict[int, type[RequestError]]] = {
    Result.REFUSED: RefusedError,
    Result.NOT_SUPPORTED: NotSupportedError,
    Result.WRONG_STATE: WrongStateError,
    Result.UNSUPERVISED: UnsupervisedError,
}


def error_of(result: int) -> RequestError | None:
    """Return the error that a result stands for; None if the request was carried out."""
    return _ERRORS[result]() if result in _ERRORS else None
