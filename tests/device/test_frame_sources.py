"""Frames of several characteristics."""

from __future__ import annotations

from custom_components.backhug.device.protocols.described.framing import FrameReader

from .described import described
from .description_texts import RELAXA


def test_pieces_of_two_characteristics_do_not_mix() -> None:
    """A frame goes on where it has begun."""
    text = RELAXA.replace('notify: "ffe2"', 'notify: ["ffe2", "ffe3"]')
    description = described(text)
    assert [uuid[4:8] for uuid in description.link.notifying] == ["ffe2", "ffe3"]
    reader = FrameReader(description.framing)
    frame = bytes.fromhex("55 ab 07 80 01 03 02 04 b0 00 41")
    assert list(reader.feed(frame[:6], "one")) == []
    assert list(reader.feed(frame[:4], "other")) == []
    assert list(reader.feed(frame[6:], "one")) == [frame]
    assert list(reader.feed(frame[4:] + frame, "other")) == [frame, frame]
