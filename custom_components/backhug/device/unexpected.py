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
        raised = traceback.extract_tb(error.__traceback__)[-1:]
        kind = (doing, type(error), *((at.filename, at.lineno) for at in raised))
        if kind not in self._logged:
            self._logged.add(kind)
            _LOGGER.error(
                "%s: unexpected error while %s", self._name, doing, exc_info=error
            )
