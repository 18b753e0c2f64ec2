"""Puts L2CAP frames together from their fragments."""

from __future__ import annotations

import struct

from .events import Fragment

ATT_CHANNEL, SECURITY_CHANNEL = 4, 6


class Reassembly:
    """Frames that are on their way, by link and direction."""

    def __init__(self) -> None:
        """Begin with nothing received."""
        self._partial: dict[tuple[int, bool | None], bytes] = {}

    def add(self, fragment: Fragment) -> tuple[int, bytes, bool | None] | None:
        """Take a fragment; return channel, payload and direction once a frame is whole."""
        sent = fragment.sent
        if not fragment.start and sent is None:
            # The file does not say: it belongs to the frame that waits for more.
            sent = next(
                (way for link, way in self._partial if link == fragment.link), None
            )
        key = (fragment.link, sent)
        data = (
            fragment.data
            if fragment.start
            else self._partial.get(key, b"") + fragment.data
        )
        if not fragment.start and key not in self._partial:
            return None
        if len(data) < 4:
            self._partial[key] = data
            return None
        length, channel = struct.unpack("<HH", data[:4])
        if len(data) < 4 + length:
            self._partial[key] = data
            return None
        self._partial.pop(key, None)
        return channel, data[4 : 4 + length], sent

    def forget(self, link: int) -> None:
        """Drop what is incomplete of a link that ended."""
        for key in [key for key in self._partial if key[0] == link]:
            del self._partial[key]
