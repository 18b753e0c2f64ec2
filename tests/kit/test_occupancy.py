"""Somebody gets up and lies down while the phone records."""

from typing import override

from kit.capture import read_capture
from kit.notes import Note, read_notes
from kit.proposal import Verdict
from kit.workbench import Workbench

from .evenings import csv
from .vendors import Knodo
from .vendors.vendor import LINK, Vendor


class Sensing(Knodo):
    """A message of its own says each second whether somebody is on it."""

    occupied = True
    moves = (10.0, 24.0, 40.0, 60.0)

    @override
    def run(self, seconds: float) -> None:
        passed = self.recorder.time - 1_790_000_000
        self.occupied = sum(passed > move for move in self.moves) % 2 == 0
        payload = bytes([0xB7, 0x11, self.occupied << 2 | 0x40])
        frame = self.frame(payload, b"\x5a\xc4", self.replies.take())
        self.recorder.notify(LINK, self.notify_handle, frame)
        super().run(seconds)


def recorded_with_moves(vendor: type[Vendor], moves: tuple[float, ...]) -> Workbench:
    """Return an evening whose owner also noted how they got up and lay down."""
    device = vendor()
    notes = device.evening()
    offset = -1234.5
    noted = [
        Note(1_790_000_000 + move + offset, "lie_down" if at % 2 else "get_up")
        for at, move in enumerate(moves)
    ]
    bench = Workbench()
    bench.open(read_capture(device.recorder.btsnoop(), "capture"))
    bench.take_notes(csv(tuple(sorted([*notes, *noted], key=lambda one: one.time))))
    return bench


def test_a_bit_follows_who_is_on_it() -> None:
    """The notes take no writes away from the presses."""
    bench = recorded_with_moves(Sensing, Sensing.moves)
    bench.judge("commands.stop", Verdict.ACCEPTED)
    proposal = next(
        item for item in bench.current.proposals if item.path.endswith(".occupied")
    )
    assert proposal.value == {"octet": 2, "bits": [2, 2]}
    assert "4 notes of lying down and getting up" in proposal.evidence
    assert bench.play_back().wrong == []
    assert "48 of 48 presses" in bench.play_back().lines[1]


def test_no_report_may_follow_them() -> None:
    """The owner learns that."""
    bench = recorded_with_moves(Knodo, (10.0, 24.0, 40.0))
    assert any("getting up: note" in line for line in bench.current.study.remarks)


def test_the_words() -> None:
    """Up and down are still steps of the strength."""
    text = "1,lie down\n2,sit down\n3,get up\n4,stand up\n5,up\n6,down\n"
    assert [note.action for note in read_notes(text)] == [
        *("lie_down", "lie_down", "get_up", "get_up"),
        *("strength_up", "strength_down"),
    ]
