"""The log of a household: what must not be in it."""

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
"""What may be said above info: the first by Home Assistant, of each custom integration; the last two of
who uses an entity that was unloaded a moment ago, and by habluetooth of a
proxy that is unplugged while it connects. The others by us, of what a person has to know."""
_CONCERNS_US = (OURS, "homeassistant", "asyncio", "habluetooth", "bleak")
_LOST = ("is no longer connected", "is out of reach")
_BACK = "is connected again"
_NEVER_AVAILABLE = "is unavailable"
"""Since set-up, whatever was logged before it."""


class Log(logging.Handler):
    """Keeps what must not be logged."""

    def __init__(self) -> None:
        """Begin with no outage told."""
        super().__init__(logging.INFO)
        self.violations: list[str] = []
        self.lines = 0
        self._lost: dict[str, bool] = {}

    @override
    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        # Whoever keeps the record, as pytest does, keeps all that its errors came through.
        for argument in record.args if isinstance(record.args, tuple) else ():
            if isinstance(argument, BaseException):
                _forget_where(argument)
        if record.name.startswith(OURS):
            self.lines += 1
            name, found, _ = message.partition(f" {_NEVER_AVAILABLE}")
            if found:
                self._lost[f"{name} "] = True
            for text, lost in (*((text, True) for text in _LOST), (_BACK, False)):
                name, found, _ = message.partition(text)
                # A warning may quote what an error says of it: that is no outage of its own.
                if found and " " not in name.rstrip():
                    if lost is self._lost.get(name):
                        self.violations.append(f"told again: {message}")
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

    def begin_anew(self, name: str) -> None:
        """Forget an outage that an unload has ended."""
        self._lost.pop(f"{name} ", None)


def _forget_where(error: BaseException | None) -> None:
    """Take from an error, and from those that led to it, what they came through."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
