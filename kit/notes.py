"""Notes of what was pressed when."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
import io
from itertools import pairwise
import re

PLAIN = ("start", "stop", "pause", "resume", "strength_up", "strength_down")
OCCUPIED = {"lie_down": 1, "get_up": 0}
"""What a person does on the device; the app writes nothing for it."""
VALUED = ("strength", "area", "flow", "minutes")
AREAS = (
    "full_back",
    "upper_back",
    "mid_back",
    "lower_back",
    "shoulder_blades",
    "along_spine",
    "left_side",
    "right_side",
)
FLOWS = ("slow", "medium", "fast", "wave", "pulse")
MOST_STRENGTH, MOST_MINUTES = 20, 60
MOST_NOTES = 2000
WORDS = {
    "on": "start",
    "off": "stop",
    "play": "start",
    "continue": "resume",
    "level": "strength",
    "intensity": "strength",
    "stronger": "strength_up",
    "softer": "strength_down",
    "weaker": "strength_down",
    "up": "strength_up",
    "down": "strength_down",
    "strength up": "strength_up",
    "strength down": "strength_down",
    "strength +": "strength_up",
    "strength -": "strength_down",
    "sit down": "lie_down",
    "stand up": "get_up",
    "zone": "area",
    "mode": "flow",
    "time": "minutes",
    "timer": "minutes",
    "length": "minutes",
}
CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")


class NoteError(Exception):
    """A line of the notes that cannot be understood."""

    def __init__(self, line: int, message: str) -> None:
        """Take the line, from 1, and the reason."""
        self.line = line
        super().__init__(f"notes, line {line}: {message}")


@dataclass(frozen=True, slots=True)
class Note:
    """One press; `time` counts seconds by the clock of whoever took the notes."""

    time: float
    action: str
    value: str | int | None = None
    line: int = 0

    @property
    def label(self) -> str:
        """Action and value in words."""
        return self.action if self.value is None else f"{self.action} {self.value}"


def read_notes(text: str) -> list[Note]:
    """Read CSV of time, action and value; raise NoteError with the line that is wrong."""
    notes: list[Note] = []
    text = text.removeprefix("\ufeff").replace("\0", "")
    first = text.lstrip().split("\n", 1)[0]
    separator = next((mark for mark in ";\t" if mark in first), ",")
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if (
                not any(cells)
                or cells[0].startswith("#")
                or (not notes and cells[0].lower() in {"time", "second"})
            ):
                continue
            if len(notes) >= MOST_NOTES:
                raise NoteError(reader.line_num, f"more than {MOST_NOTES} notes")
            notes.append(_note(cells, reader.line_num))
    except csv.Error as error:
        raise NoteError(reader.line_num, str(error)) from error
    for before, after in pairwise(notes):
        if after.time < before.time:
            raise NoteError(after.line, "its time is before that of the line above")
    return notes


def write_notes(notes: list[Note]) -> str:
    """Return notes as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("time", "action", "value"))
    for note in notes:
        writer.writerow(
            (f"{note.time:.2f}", note.action, "" if note.value is None else note.value)
        )
    return out.getvalue()


def _note(cells: list[str], line: int) -> Note:
    if len(cells) < 2 or not cells[1]:
        raise NoteError(
            line,
            "write the time, the action, and its value if it has one, with commas between them",
        )
    time = _time(cells[0], line)
    words = " ".join(cell for cell in cells[1:3] if cell).lower().replace("_", " ")
    words = WORDS.get(words, words)
    if (plain := words.replace(" ", "_")) in (*PLAIN, *OCCUPIED):
        return Note(time, plain, None, line)
    action, _, value = words.partition(" ")
    action = WORDS.get(action, action)
    if action in PLAIN and not value:
        return Note(time, action, None, line)
    if action not in VALUED:
        raise NoteError(
            line,
            f"“{words}” is not known. Known: {', '.join((*PLAIN, *VALUED, *OCCUPIED))}",
        )
    return Note(time, action, _value(action, value.strip(), line), line)


def _value(action: str, text: str, line: int) -> str | int:
    if action in {"area", "flow"}:
        choices = AREAS if action == "area" else FLOWS
        name = text.replace(" ", "_").replace("-", "_")
        if name not in choices:
            raise NoteError(
                line, f"“{text}” is no {action}. Known: {', '.join(choices)}"
            )
        return name
    most = MOST_STRENGTH if action == "strength" else MOST_MINUTES
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if not 1 <= number <= most:
        raise NoteError(line, f"{action} is a number from 1 to {most}")
    return number


def _time(text: str, line: int) -> float:
    if match := CLOCK.fullmatch(text):
        hours, minutes, seconds = match.groups()
        return (
            int(hours or 0) * 3600
            + int(minutes) * 60
            + float(seconds.replace(",", "."))
        )
    if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text, re.ASCII):
        return float(text)
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError) as error:
        raise NoteError(
            line, f"“{text}” is no time; write 20:15:03 or seconds"
        ) from error
