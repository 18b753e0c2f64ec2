"""Lines that mean no, presses that write nothing, and frames to look at."""

from pathlib import Path
from typing import override

import pytest

from kit.__main__ import main
from kit.analysis.align import Burst, Press
from kit.analysis.refusals import is_refusal
from kit.analysis.silent import silent_presses
from kit.analysis.wire import Message
from kit.frames import list_frames
from kit.notes import Note

from .evenings import bench_of, csv, described, recorded
from .vendors import Knodo, Lumbara


class Refusing(Lumbara):
    """Every command is acknowledged, and minutes are refused while a session runs."""

    @override
    def say(self, action: str, value: str | int | None) -> None:
        super().say(action, value)
        self.recorder.wait(0.05)
        busy = action == "area" and value == "upper_back"
        self.notify(self.line("NAK,ZONE,4" if busy else f"ACK,{action.upper()}"))


def test_a_refusal_is_named_and_awaited() -> None:
    """A press that was refused does not hide the acknowledgement of the others."""
    data = described(Refusing)
    commands = data["commands"]
    assert {value["refused"] for value in commands.values()} == {"$NAK,"}
    assert commands["set_area"]["await"] == "$ACK,AREA"
    (evidence,) = [
        item.evidence
        for item in bench_of(Refusing).current.proposals
        if "refuses" in item.evidence
    ]
    assert evidence.endswith("by it, such as $NAK,ZONE,4")


def test_octets_tell_no_refusal() -> None:
    """Nor does a word that only begins like one."""
    assert is_refusal(b"$NAK,3", is_text=True)
    assert is_refusal(b"ERROR 3", is_text=True)
    assert not is_refusal(b"NAKED", is_text=True)
    assert not is_refusal(b"NAK", is_text=False)


@pytest.mark.parametrize(
    ("carriers", "writes", "said"),
    [
        (
            ["start"],
            1,
            "minutes: 3 of 4 presses wrote nothing; start carries the minutes. Line 4, “minutes 20”, wrote 12 14. That is",
        ),
        (
            [],
            0,
            "minutes: 3 of 3 presses wrote nothing. What was pressed is in no other write either, so that it cannot be set.",
        ),
        ([], 3, ""),
    ],
)
def test_presses_that_write_nothing_are_said_to(
    carriers: list[str], writes: int, said: str
) -> None:
    """The app keeps what was chosen until start."""
    presses = [Press(Note(at, "minutes", 10, at + 1), at, None) for at in range(3)]
    burst = Burst(9, (Message(9, b"\x12\x14", b"", sent=True),))
    presses += [Press(Note(9, "minutes", 20, 4), 9, burst)] * writes
    text = silent_presses("minutes", presses, carriers, is_text=False)
    assert text.partition(" too little")[0] == said


def test_look_prints_the_frames(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line for each note: what was pressed, written and received."""
    data, notes = recorded(Lumbara)
    (tmp_path / "log").write_bytes(data)
    (tmp_path / "notes").write_text(csv(notes))
    assert main(["look", str(tmp_path / "log"), "--frames"]) == 0
    assert " s | wrote $LVL,4 | received $ST,ON,4," in capsys.readouterr().err
    arguments = ["--frames", "--notes", str(tmp_path / "notes")]
    assert main(["look", str(tmp_path / "log"), *arguments]) == 0
    said = capsys.readouterr().err
    assert " area lower back | wrote $ZONE,LOW | received $ST,ON," in said


def test_many_frames_are_not_all_shown() -> None:
    """Octets are shown in hexadecimal."""
    lines = [*list_frames(bench_of(Knodo).current.study)]
    assert len(lines) == len(recorded(Knodo)[1])
    assert any("| wrote 20 01 | received a0 20 00, b0 01" in line for line in lines)


def test_messages_that_nobody_understands_have_an_example() -> None:
    """It helps to find out what they are."""
    evidence = [
        item.evidence
        for item in bench_of(Knodo).current.proposals
        if item.path.startswith("messages.other")
    ]
    assert evidence
    assert all(", such as " in text for text in evidence)
