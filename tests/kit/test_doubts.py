"""A mistake in the notes is named, and costs nothing of the description."""

from dataclasses import replace

import pytest

from kit.capture import read_capture
from kit.notes import Note
from kit.proposal import Verdict
from kit.workbench import Workbench, presses

from .evenings import bench_of, csv, recorded
from .vendors import Knodo, Lumbara, Oken, Pixa
from .vendors.hesper import Hesper
from .vendors.liegewerk import Liegewerk
from .vendors.vendor import Vendor


def bench_with(vendor: type[Vendor], notes: tuple[Note, ...]) -> Workbench:
    """Return the evening of a vendor with other notes."""
    bench = Workbench()
    bench.open(read_capture(recorded(vendor)[0], "capture"))
    bench.take_notes(csv(notes))
    return bench


def found(bench: Workbench) -> dict[str, object]:
    """Return what is proposed of commands and fields."""
    return {
        item.path: item.value
        for item in bench.current.proposals
        if item.path.startswith(("commands.", "messages.status", "parameters."))
    }


def asked(bench: Workbench) -> list[str]:
    """Return the questions about the notes."""
    return [line for line in bench.current.study.remarks if "of the notes, “" in line]


@pytest.mark.parametrize(
    ("vendor", "at", "noted"),
    [
        (Knodo, 29, ("minutes", 15)),
        (Lumbara, 26, ("strength", 4)),
        (Lumbara, 34, ("strength", 6)),
        (Oken, 19, ("stop", None)),
        (Pixa, 20, ("strength", 4)),
    ],
)
def test_one_wrong_note_is_taken_for_what_was_pressed(
    vendor: type[Vendor], at: int, noted: tuple[str, str | int | None]
) -> None:
    """The owner learns which line it is, and everything is found as with right notes."""
    notes = [*recorded(vendor)[1]]
    pressed = notes[at].label
    wrong = notes[at] = replace(notes[at], action=noted[0], value=noted[1])
    bench = bench_with(vendor, tuple(notes))
    (question,) = asked(bench)
    assert question.startswith(f"Line {at + 1} of the notes, “{wrong.label}”: ")
    assert f"“{pressed}”, and it is taken for that" in question
    assert presses(bench.current.study)[at]["label"] == (
        f"{pressed} (noted: {wrong.label})"
    )
    assert found(bench) == found(bench_of(vendor))


def test_a_press_that_nobody_noted_is_named() -> None:
    """What was reported after it does not count against the fields."""
    notes = recorded(Lumbara)[1]
    at = next(i for i, note in enumerate(notes) if note.label == "area upper_back")
    bench = bench_with(Lumbara, notes[:at] + notes[at + 1 :])
    (question,) = asked(bench)
    assert question.startswith(f"After line {at} of the notes, “{notes[at - 1].label}”")
    assert "“area upper_back”, without a note" in question
    assert presses(bench.current.study)[at]["label"] == "area upper_back (not noted)"
    assert found(bench) == found(bench_of(Lumbara))


def test_many_wrong_notes_are_not_corrected() -> None:
    """Another evening's notes are no slips."""
    notes = recorded(Knodo)[1]
    swapped = {"pause": "resume", "resume": "start", "start": "pause"}
    wrong = tuple(
        replace(note, action=swapped.get(note.action, note.action))
        if index % 2
        else note
        for index, note in enumerate(notes)
    )
    assert asked(bench_with(Knodo, notes)) == []
    labels = [row["label"] for row in presses(bench_with(Knodo, wrong).current.study)]
    assert labels == [note.label for note in wrong]


def test_a_level_that_was_never_pressed_is_asked_for() -> None:
    """A description has no gap: strength is left out, and the rest can be read."""
    notes = tuple(note for note in recorded(Liegewerk)[1] if note.value != 3)
    bench = bench_with(Liegewerk, notes)
    levels = bench.current.find("parameters.strength")
    assert levels is not None
    assert levels.verdict is Verdict.OPEN
    assert "level 3 is not in it" in levels.evidence
    bench.judge("commands.stop", Verdict.ACCEPTED)
    assert bench.play_back().wrong == []
    assert "No strength." in bench.describe().missing


def test_a_value_that_nobody_noted_is_asked_for() -> None:
    """Until the next press nobody knows what is set, so that no report is taken for what was set before."""
    notes = tuple(note for note in recorded(Knodo)[1] if note.value != "lower_back")
    bench = bench_with(Knodo, notes)
    assert [line.rpartition("“")[2] for line in asked(bench)] == [
        "area”, without a note. Which one was it? Add it to the notes."
    ] * 3
    place = bench.current.find("messages.status.area")
    assert place is not None
    assert place.value == {
        "octet": 4,
        "map": {"10": "full_back", "11": "shoulder_blades"},
    }


def test_a_key_that_pauses_and_resumes_means_what_it_did() -> None:
    """Without its note it is known by the state."""
    notes = recorded(Hesper)[1]
    for action in ("pause", "resume"):
        at = next(i for i, note in enumerate(notes) if note.action == action)
        bench = bench_with(Hesper, notes[:at] + notes[at + 1 :])
        labels = [row["label"] for row in presses(bench.current.study)]
        assert labels[at] == f"{action} (not noted)"
        assert found(bench) == found(bench_of(Hesper))


def test_a_note_of_a_key_that_goes_round_may_be_wrong_too() -> None:
    """The key itself is not understood."""
    notes = [*recorded(Hesper)[1]]
    at = next(i for i, note in enumerate(notes) if note.action == "strength_up")
    notes[at] = replace(notes[at], action="minutes", value=20)
    bench = bench_with(Hesper, tuple(notes))
    label = presses(bench.current.study)[at]["label"]
    assert label == "strength_up (noted: minutes 20)"
