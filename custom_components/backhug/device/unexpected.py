"""Errors that nobody expects: mistakes of a backend, of a listener, or of ours."""

from __future__ import annotations

import logging
import traceback

_LOGGER = logging.getLogger(__name__)


class UnexpectedErrors:
    """Logs unexpected errors with their traceback, each kind once."""

    def __init__(self, name: str) -> None:
        """Log them for the device of this name."""
        self._name = name
        self._logged: set[tuple[object, ...]] = set()

    def log(self, error: BaseException, doing: str) -> None:
        """Log an error that was raised while `doing` something, unless one of its kind was logged before."""
        places = [
            (frame.f_code.co_filename, line)
            for frame, line in traceback.walk_tb(error.__traceback__)
        ]
        kind = (doing, type(error), *places[-1:])
        if kind not in self._logged:
            self._logged.add(kind)
            _LOGGER.log(
                logging.ERROR,
                "%s: unexpected error while %s",
                self._name,
                doing,
                exc_info=error,
            )
