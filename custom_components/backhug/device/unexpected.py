"""Logging of unexpected errors: mistakes of a backend, a listener, or this package."""

from __future__ import annotations

import logging
import traceback

from .gatt_errors import UnexpectedError

_LOGGER = logging.getLogger(__name__)


class UnexpectedErrors:
    """Logs unexpected errors with their traceback, each kind once."""

    def __init__(self, name: str) -> None:
        """Take the name of the device for the log."""
        self._name = name
        self._logged: set[tuple[object, ...]] = set()

    def log_backend(self, error: BaseException | None, doing: str) -> None:
        """Log the cause of a GATT error if it is unexpected."""
        if isinstance(error, UnexpectedError):
            self.log(error.error, doing)

    def log(self, error: BaseException, doing: str) -> None:
        """Log an error raised while `doing` something, unless one of its kind was logged before."""
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
