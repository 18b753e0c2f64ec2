"""A note that was taken some seconds early or late."""

from dataclasses import replace

import pytest

from kit.analysis.late import clock

from .evenings import bench_of, recorded
from .test_doubts import asked, bench_with, found
from .vendors import Knodo, Lumbara
from .vendors.ikaro import Ikaro
from .vendors.vendor import Vendor


@pytest.mark.parametrize(
    ("vendor", "label", "seconds", "shown"),
    [
        (Lumbara, "area upper_back", 1.9, "area upper_back"),
        (Knodo, "pause", -1.9, "state paused"),
        (Ikaro, "resume", 1.9, "state treating"),
    ],
)
def test_it_is_one_question_and_costs_nothing(
    vendor: type[Vendor], label: str, seconds: float, shown: str
) -> None:
    """The line, how late, when the app wrote it, and what the device reported then."""
    notes = [*recorded(vendor)[1]]
    at = next(
        i
        for i, note in enumerate(notes)
        if note.label == label
        and notes[i - 1].time < note.time + seconds < notes[i + 1].time
    )
    written = notes[at].time
    notes[at] = replace(notes[at], time=written + seconds)
    bench = bench_with(vendor, tuple(notes))
    (question,) = asked(bench)
    way = "late" if seconds > 0 else "early"
    assert question.startswith(
        f"Line {at + 1} of the notes, “{label}”, seems 2 s {way}: the app wrote it at "
    )
    assert question.endswith(f"Correct? The device then reported {shown}.")
    assert found(bench) == found(bench_of(vendor))


def test_times_are_shown_as_they_are_noted() -> None:
    """By the clock, or in seconds."""
    assert clock(73861.2) == "20:31:01"
    assert clock(61.25) == "61.2"
    assert clock(1_795_000_000)[2::3] == "::"
