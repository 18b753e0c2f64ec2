"""What a status shows besides the settings: bits of the state, states that pass, and lines of no interest."""

from pathlib import Path
from typing import override

import pytest
import yaml

from kit.__main__ import main
from kit.analysis.align import Press
from kit.analysis.features import Feature
from kit.analysis.fields import find_fields
from kit.analysis.timeline import Timeline
from kit.analysis.wire import Message
from kit.notes import Note
from kit.workbench import WorkbenchError

from .evenings import bench_of, csv, described, fields, recorded
from .vendors import Knodo, Lumbara, Oken


class Warming(Lumbara):
    """It warms up after a start, goes home after a stop, and reports its memory unasked."""

    def __init__(self) -> None:
        """Begin at rest."""
        super().__init__()
        self.began = self.ended = self.count = 0.0

    @override
    def say(self, action: str, value: str | int | None) -> None:
        if action == "start":
            self.began = self.recorder.time
        if action == "stop":
            self.ended = self.recorder.time
        super().say(action, value)

    @override
    def status(self) -> bytes:
        state, now = self.state, self.recorder.time
        self.count += 1
        if self.count % 12 == 0:
            on = 30 if state.running == "treating" else 29
            return self.line(f"DBG heap={11450 + self.count:.0f} t={on}")
        treating = state.running == "treating"
        run = "on" if treating else "off"
        if now - (self.began if treating else self.ended) < 1.9:
            run = "warm" if treating else "end"
        zone = self.words[state.area]
        return self.line(f"ST,{run},{state.strength},{zone},{state.left:.0f}")


class Flagged(Knodo):
    """The octet of the area has a bit that says whether a session runs."""

    @override
    def frame(
        self, payload: bytes, header: bytes = b"\x5a\xc3", number: int | None = None
    ) -> bytes:
        if header == b"\x5a\xc4" and payload[0] == 0xB0:
            on = 0x80 if self.state.running != "standby" else 0
            payload = payload[:4] + bytes([payload[4] | on]) + payload[5:]
        return super().frame(payload, header, number)


def test_bits_that_follow_the_state_are_split_off() -> None:
    """The area is known in standby too, where it was reported without them."""
    assert fields(described(Flagged))["area"] == {
        "octet": 4,
        "bits": [0, 6],
        "map": {"10": "full_back", "11": "shoulder_blades", "14": "lower_back"},
    }
    assert fields(described(Knodo))["area"] == {
        "octet": 4,
        "map": {"10": "full_back", "11": "shoulder_blades", "14": "lower_back"},
    }


def test_states_that_pass_are_left_open_and_asked_for() -> None:
    """Neither is what comes after a start a session, nor what comes after a stop a standby."""
    assert fields(described(Warming))["state"] == {
        "part": 1,
        "map": {"on": "treating", "off": "standby"},
    }
    asked = [
        line for line in bench_of(Warming).current.study.remarks if "left open" in line
    ]
    assert [line.partition(" is reported for")[0] for line in asked] == [
        "status: “end”",
        "status: “warm”",
    ]
    assert "after start, and then “on”" in asked[1]
    assert "add warm as scanning" in asked[1]
    assert "add end as finishing" in asked[0]


@pytest.mark.parametrize(
    ("pressed", "temperatures"),
    [
        # It rises by itself, and never falls again.
        (["start", "start", "start", "stop"], [29, 29, 29, 29, 29, 29, 30, 30]),
        # Each value comes once.
        ([f"strength {level}" for level in range(1, 5)], [29, 31, 32, 30]),
    ],
)
def test_what_agrees_by_chance_is_no_field(
    pressed: list[str], temperatures: list[int]
) -> None:
    """A few lines of no interest may agree with what was pressed."""
    presses = [Press(Note(0, "start"), 0, None)]
    for at, label in enumerate(pressed, 1):
        action, _, value = label.partition(" ")
        note = Note(10 * at, action, int(value) if value else None)
        presses.append(Press(note, note.time, None))
    step = 10 * len(pressed) / len(temperatures)
    lines = [
        Message(12 + step * at, b"#dbg %d" % value, b"", sent=False)
        for at, value in enumerate(temperatures)
    ]
    places = [Feature(part=1, split=" ")]
    assert find_fields(lines, places, Timeline(presses)) == []


def test_a_rare_line_has_no_field_that_another_one_has() -> None:
    """It would overrule what is reported all the time."""
    names = [message["name"] for message in described(Warming)["messages"]]
    assert [name for name in names if name.startswith("status")] == ["status"]


def test_the_owner_names_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the command line; on the page the map is corrected."""
    data, notes = recorded(Warming)
    (tmp_path / "log").write_bytes(data)
    (tmp_path / "notes").write_text(csv(notes))
    arguments = ["describe", str(tmp_path / "log"), "--notes", str(tmp_path / "notes")]
    arguments += ["--confirm", "stop", "--state", "warm=scanning"]
    assert main([*arguments, "end=finishing"]) == 0
    description = yaml.safe_load(capsys.readouterr().out)
    assert fields(description)["state"]["map"] == {
        "on": "treating",
        "off": "standby",
        "warm": "scanning",
        "end": "finishing",
    }
    assert main([*arguments, "end=asleep"]) == 2
    assert "States are standby, scanning" in capsys.readouterr().err


def test_there_may_be_no_state_to_name() -> None:
    """Oken reports nothing."""
    with pytest.raises(WorkbenchError, match="No state was found"):
        bench_of(Oken).name_states({"warm": "scanning"})
    bench_of(Oken).name_states({})
