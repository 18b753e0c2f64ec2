"""Holds a description against the capture that it was made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from .draft import Draft


@dataclass(slots=True)
class Playback:
    """What agrees, and what does not."""

    lines: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def play_back(draft: Draft, text: str) -> Playback:
    """Return what the description explains of the capture."""
    return Playback()
