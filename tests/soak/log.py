"""The log of a household: warnings, errors and repeated lines are violations."""

from __future__ import annotations

import logging
import traceback
from typing import override

OURS = "custom_components.backhug"

_EXPECTED = (
    "We found a custom integration backhug",
    "sent a malformed",
    "did not start on occupancy",
    "of a programme was refused",
    "missing or not currently available",
    "Removing a non-existing connecting",
)
"""Expected messages above info.

The first comes from Home Assistant for each custom integration, the last two from it for an entity that was just
unloaded and from habluetooth for a proxy that is unplugged while it connects. The others are ours, for people.
"""
_CONCERNS_US = (OURS, "homeassistant", "asyncio", "habluetooth", "bleak")
_LOST = ("is no longer connected", "is out of reach")
_BACK = "is connected again"
_NEVER_AVAILABLE = "is unavailable"
"""Logged when the first connection after set-up fails, whatever was logged before."""


class Log(logging.Handler):
    """Log handler that collects violations."""

    def __init__(self) -> None:
        """Begin without an outage."""
        super().__init__(logging.INFO)
        self.violations: list[str] = []
        self.lines = 0
        self._lost: dict[str, bool] = {}

    @override
    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        # Handlers that keep records, such as pytest's, would keep all frames of their errors.
        for argument in record.args if isinstance(record.args, tuple) else ():
            if isinstance(argument, BaseException):
                _forget_traceback(argument)
        if record.name.startswith(OURS):
            self.lines += 1
            name, found, _ = message.partition(f" {_NEVER_AVAILABLE}")
            if found:
                self._lost[f"{name} "] = True
            for text, lost in (*((text, True) for text in _LOST), (_BACK, False)):
                name, found, _ = message.partition(text)
                # A warning may quote an error with this text: that is no outage of its own.
                if found and " " not in name.rstrip():
                    if lost is self._lost.get(name):
                        self.violations.append(f"logged twice: {message}")
                    self._lost[name] = lost
        if (
            record.levelno > logging.INFO
            and record.name.startswith(_CONCERNS_US)
            and not any(text in message for text in _EXPECTED)
        ):
            trace = ""
            if record.exc_info and record.exc_info[1]:
                trace = "".join(traceback.format_exception(record.exc_info[1]))
            self.violations.append(
                f"{record.levelname} {record.name}: {message}{trace}"
            )

    def forget_outage(self, name: str) -> None:
        """Forget an outage, which an unload has ended."""
        self._lost.pop(f"{name} ", None)


def _forget_traceback(error: BaseException | None) -> None:
    """Remove the tracebacks of an error and of its causes."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
