"""Names settings that the app keeps until another press carries them."""

from __future__ import annotations

from collections.abc import Sequence

from .align import Press


def silent_presses(
    action: str, presses: Sequence[Press], carriers: Sequence[str], is_text: bool
) -> str:
    """Return in words that most presses of a setting wrote nothing; empty if they wrote something."""
    wrote = [press for press in presses if press.burst]
    silent = len(presses) - len(wrote)
    if silent <= len(wrote):
        return ""
    said = f"{action}: {silent} of {len(presses)} presses wrote nothing"
    if carriers:
        said += f"; {carriers[0]} carries the {action}"
    for press in wrote:
        assert press.burst is not None
        payload = press.burst.messages[0].payload
        text = payload.decode("latin-1") if is_text else payload.hex(" ")
        said += f". Line {press.note.line}, “{press.note.label}”, wrote {text}"
    if not carriers:
        return f"{said}. What was pressed is in no other write either, so that it cannot be set."
    return (
        f"{said}. That is too little for a command of its own: "
        f"it is left out, and {carriers[0]} sets it."
    )
