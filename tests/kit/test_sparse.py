"""A device that reports changes only, and keys that do several things in turn."""

from typing import override

import pytest

from kit.analysis.align import Press
from kit.analysis.timeline import Timeline
from kit.analysis.wire import Message
from kit.notes import Note
from kit.proposal import Verdict

from .evenings import bench_of, described, fields, writes
from .vendors.hesper import Hesper


def test_reports_of_changes_are_understood() -> None:
    """What comes at once after a press and is the last before the next one shows the press."""
    data = described(Hesper)
    assert fields(data) == {
        "strength": {"octet": 2, "bits": [4, 7]},
        "area": {
            "octet": 2,
            "bits": [0, 3],
            "map": {"01": "full_back", "02": "upper_back", "03": "lower_back"},
        },
        "length": {"octet": 4, "scale": 60},
        "state": {
            "octet": 1,
            "bits": [4, 7],
            "map": {"00": "standby", "08": "treating", "0c": "paused"},
        },
    }


def test_a_report_is_no_answer() -> None:
    """A key that changes nothing brings none; only stop is acknowledged."""
    data = described(Hesper)
    awaited = {name: command.get("await") for name, command in data["commands"].items()}
    stop = awaited.pop("stop")
    assert str(stop).startswith("a2 12")
    assert awaited.pop("read_status") == "02"  # for the key that pauses and resumes
    assert set(awaited.values()) == {None}
    # The opening asks for a report, which may be any.
    assert data["session"]["handshake"][0]["await"] == "02"


def test_reports_that_nobody_understands_are_no_answers_either() -> None:
    """They follow every press and differ each time; some begin alike by chance."""

    class Secret(Hesper):
        @override
        def status(self) -> bytes:
            payload = bytes([0x02, *(self.replied * odd & 0xFF for odd in (37, 91))])
            return self.frame(0x1F, self.replied, payload)

        @override
        def run(self, seconds: float) -> None:
            super().run(min(seconds, 3.5))

    bench = bench_of(Secret)
    values = [
        item.value
        for item in bench.current.proposals
        if item.path.startswith("commands.") and item.path != "commands.stop"
    ]
    assert len(values) == 6
    assert not any("await" in str(value) for value in values)


def test_a_frame_that_is_sent_again_is_one_press() -> None:
    """Its number is the same: the device ignores the second one."""
    assert described(Hesper)["commands"]["stop"]["write"] == "12 00" + 7 * " ff"
    assert "times" not in described(Hesper)["commands"]["stop"]
    remarks = bench_of(Hesper).current.study.remarks
    assert any("sent 3 frames again with the same number" in line for line in remarks)


def test_a_key_that_goes_round_is_left_out() -> None:
    """The owner learns why there are no minutes."""
    assert "set_length" not in writes(described(Hesper))
    (remark,) = [
        line
        for line in bench_of(Hesper).current.study.remarks
        if line.startswith("minutes: ")
    ]
    assert "every press writes the same" in remark


def test_a_key_that_pauses_and_resumes_is_named() -> None:
    """It is proposed where the state is reported, and left out elsewhere."""
    commands = writes(described(Hesper))
    assert commands["pause"] == commands["resume"] == "13 00" + 7 * " ff"

    class Silent(Hesper):
        @override
        def report(self) -> None:
            pass

    for vendor, verdict in ((Hesper, Verdict.PROPOSED), (Silent, Verdict.OPEN)):
        bench = bench_of(vendor)
        remarks = bench.current.study.remarks
        assert any("pause and resume write the same" in line for line in remarks)
        proposal = bench.current.find("commands.pause")
        assert proposal is not None
        assert proposal.verdict is verdict
        assert "does the opposite in turn" in proposal.evidence


@pytest.mark.parametrize("other", ["start", "resume"])
def test_a_key_that_also_starts_is_no_stop(other: str) -> None:
    """Pressed at rest it would set the device in motion."""

    class Toggling(Hesper):
        keys = Hesper.keys | {"stop": 0x14, other: 0x14}

    bench = bench_of(Toggling)
    assert bench.current.find("commands.stop") is None
    assert any(
        line.startswith(f"{other} and stop write the same")
        for line in bench.current.study.remarks
    )


def test_reports_by_a_clock_count_when_they_are_settled_only() -> None:
    """Soon after a press they may still show what was before."""
    presses = [Press(Note(at, "strength", at), at, None) for at in range(1, 60, 3)]
    timeline = Timeline(presses)
    steady = [Message(at + 0.4, b"", b"", sent=False) for at in range(60)]
    shown = [message.time for message, _ in timeline.settled(steady)]
    assert 2.4 in shown
    assert 1.4 not in shown
    changes = [Message(at + 0.4, b"", b"", sent=False) for at in range(1, 60, 3)]
    assert [message for message, _ in timeline.settled(changes)] == changes
