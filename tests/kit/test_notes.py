"""Notes are read as owners write them, and found in the capture whatever their clock says."""

import random

import pytest

from kit.analysis.align import align, find_bursts
from kit.analysis.rhythm import find_repeated
from kit.analysis.wire import find_wire
from kit.notes import Note, NoteError, read_notes, write_notes
from kit.proposal import Verdict

from .evenings import bench_of, csv, devices_of, recorded
from .vendors import VENDORS, Knodo
from .vendors.vendor import Vendor


def test_all_ways_of_writing_are_understood() -> None:
    """Clock times or seconds, commas or semicolons, words or names."""
    notes = read_notes(
        "time;action;value\n20:15:03;start\n20:15:06,5;strength 3\n20:15:10;Area;lower back\n\n# pause\n20:16:00;softer\n"
    )
    assert [(note.time, note.action, note.value) for note in notes] == [
        (72903.0, "start", None),
        (72906.5, "strength", 3),
        (72910.0, "area", "lower_back"),
        (72960.0, "strength_down", None),
    ]
    assert [
        note.action
        for note in read_notes("1,on\n2,off\n3.5,strength up\n4,timer 20\n5,mode slow")
    ] == [
        "start",
        "stop",
        "strength_up",
        "minutes",
        "flow",
    ]


def test_notes_are_written_as_they_are_read() -> None:
    """A saved file gives the same notes."""
    notes = [
        Note(1.5, "start"),
        Note(4.0, "strength", 3),
        Note(9.25, "area", "full_back"),
    ]
    assert [(note.time, note.label) for note in read_notes(write_notes(notes))] == [
        (note.time, note.label) for note in notes
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,start\n2", "notes, line 2: write the time"),
        ("1,start\nnow,stop", "notes, line 2: “now” is no time"),
        ("1,dance", "notes, line 1: “dance” is not known"),
        ("1,area,roof", "notes, line 1: “roof” is no area"),
        ("1,strength,99", "notes, line 1: strength is a number from 1 to 20"),
        ("1,minutes,²", "notes, line 1: minutes is a number from 1 to 60"),
        ("5,start\n4,stop", "notes, line 2: its time is before"),
        ("1,start\n" * 2001, "notes, line 2001: more than 2000"),
    ],
)
def test_a_note_that_is_not_understood_is_told_with_its_line(
    text: str, said: str
) -> None:
    """The owner learns what to write instead."""
    with pytest.raises(NoteError) as error:
        read_notes(text)
    assert str(error.value).startswith(said)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("shift", [0.0, 3600.4, -86400.0 * 200])
def test_the_offset_of_the_clock_is_found(vendor: type[Vendor], shift: float) -> None:
    """An hour or half a year makes no difference, nor does a person who is half a second late."""
    data, notes = recorded(vendor)
    wire = find_wire(devices_of(data)[0])
    assert wire is not None
    chance = random.Random(2)
    late = [
        Note(note.time + shift + chance.uniform(-0.5, 0.5), note.action, note.value)
        for note in notes
    ]
    late.sort(key=lambda note: note.time)
    found = align(
        late,
        find_bursts(wire.sent, {item.payload for item in find_repeated(wire.sent)}),
    )
    assert found is not None
    assert found.offset == pytest.approx(1234.5 - shift, abs=0.6)
    assert found.matched == len(notes)
    assert found.confidence > 0.5


def test_a_forgotten_note_and_one_too_many_do_no_harm() -> None:
    """The others still find their place."""
    data, notes = recorded(Knodo)
    wire = find_wire(devices_of(data)[0])
    assert wire is not None
    some = [note for index, note in enumerate(notes) if index % 9 != 4]
    some.insert(5, Note(some[4].time + 1.2, "pause"))
    found = align(some, find_bursts(wire.sent, {b"\x7e"}))
    assert found is not None
    assert found.offset == pytest.approx(1234.5, abs=0.3)
    assert found.matched >= len(some) - 1
    assert found.unexplained >= 4


def test_notes_of_another_evening_fit_nowhere() -> None:
    """Presses that the capture does not have are not forced onto it."""
    data, _ = recorded(Knodo)
    wire = find_wire(devices_of(data)[0])
    assert wire is not None
    others = [Note(at * 47.0, "start" if at % 2 else "stop") for at in range(30)]
    assert align(others, find_bursts(wire.sent, {b"\x7e"})) is None
    assert align([], []) is None


def test_judgements_survive_more_notes() -> None:
    """What the owner accepted, corrected or left out stays; another device begins without judgements."""
    bench = bench_of(Knodo)
    paths = [proposal.path for proposal in bench.current.proposals]
    name, stop, left_out = "name", "commands.stop", paths[-1]
    bench.judge(name, Verdict.CORRECTED, "Our bed")
    bench.judge(stop, Verdict.ACCEPTED)
    bench.judge(left_out, Verdict.OPEN)
    _, notes = recorded(Knodo)

    def judged() -> list[Verdict]:
        found = [bench.current.find(path) for path in (name, stop, left_out)]
        return [proposal.verdict for proposal in found if proposal]

    kept = [Verdict.CORRECTED, Verdict.ACCEPTED, Verdict.OPEN]
    assert judged() == kept
    bench.take_notes(csv((*notes, Note(notes[-1].time + 5, "pause"))))
    assert judged() == kept
    corrected = bench.current.find(name)
    assert corrected
    assert corrected.value == "Our bed"
    # Without notes there is no stop to accept; they come back with it.
    bench.take_notes("")
    assert judged()[0] is Verdict.CORRECTED
    bench.take_notes(csv(notes))
    assert judged() == kept
    assert bench.device
    bench.choose(bench.device.key)
    assert Verdict.CORRECTED not in judged()
