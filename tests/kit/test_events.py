"""One message for each value that changed."""

import pytest
import yaml

from kit.analysis.acknowledgements import drop_awaited_states
from kit.analysis.cautions import FoundCommand
from kit.analysis.templates import Template
from kit.capture import read_capture
from kit.proposal import Verdict
from kit.workbench import Workbench, WorkbenchError

from .evenings import bench_of, csv, described, fields_of, recorded
from .vendors.ikaro import Ikaro

STATES = {"00": "standby", "01": "treating", "02": "paused"}


def test_each_value_has_its_own_message() -> None:
    """The state is that of the message that also knows the pause, not the minutes."""
    assert fields_of(described(Ikaro)) == {
        "01.state": {"octet": 1, "map": STATES},
        "02.strength": {"octet": 1},
        "03.area": {
            "octet": 1,
            "map": {"01": "full_back", "02": "upper_back", "03": "lower_back"},
        },
    }


def test_no_command_waits_for_what_comes_only_with_a_change() -> None:
    """A stop at rest would never be answered."""
    commands = described(Ikaro)["commands"]
    awaiting = [name for name, value in commands.items() if "await" in value]
    assert awaiting == ["read_status"]


def test_the_app_asks_for_the_state_and_so_can_home_assistant() -> None:
    """The last message of the answer is awaited, whatever it reports; one key starts and resumes."""
    data = described(Ikaro)
    asked = {"write": "0e 00", "await": "05"}
    assert data["session"]["handshake"] == [asked | {"within": 1.0}]
    assert data["commands"]["read_status"] == asked


def test_the_owner_says_how_long_a_session_is() -> None:
    """The minutes left hardly change in an evening of short sessions."""
    remarks = bench_of(Ikaro).current.study.remarks
    assert any("Then say --ends-after 12" in line for line in remarks)
    data, notes = recorded(Ikaro)
    bench = Workbench(ends_after=12)
    bench.open(read_capture(data, "capture"))
    bench.take_notes(csv(notes))
    bench.judge("commands.stop", Verdict.ACCEPTED)
    made = yaml.safe_load(bench.describe().text)
    assert fields_of(made)["05.seconds_left"] == {"octet": 1, "scale": 60}
    assert made["limits"] == {"ends_after": 12}
    assert not any("--ends-after" in line for line in bench.current.study.remarks)
    assert bench.play_back().wrong == []


def test_on_the_page_the_owner_corrects_it() -> None:
    """It is left open until then, and again afterwards."""
    bench = bench_of(Ikaro)
    bench.judge("commands.stop", Verdict.ACCEPTED)
    path = "limits.ends_after"
    assert bench.current.used(path) is None
    for wrong in (0, 61):
        with pytest.raises(WorkbenchError, match="1 to 60"):
            bench.judge(path, Verdict.CORRECTED, wrong)
    bench.judge(path, Verdict.CORRECTED, 12)
    made = yaml.safe_load(bench.describe().text)
    assert made["limits"] == {"ends_after": 12}
    assert "05.seconds_left" in fields_of(made)
    bench.judge(path, Verdict.OPEN)
    assert "limits" not in yaml.safe_load(bench.describe().text)


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        ({"start": "01 01", "stop": "01 00", "pause": "01 02"}, False),  # states
        ({"start": "06 10", "stop": "06 11", "pause": "06 12"}, True),  # repeated
        ({"start": "06 00", "stop": "06 00", "pause": "06 00"}, True),  # always alike
        ({"start": "90 00", "stop": "91 00", "pause": "92 00"}, True),  # its own
    ],
)
def test_an_acknowledgement_is_awaited(answers: dict[str, str], kept: bool) -> None:
    """It repeats the command, or is always the same."""
    writes = {"start": b"\x10\0", "stop": b"\x11\0", "pause": b"\x12\0"}
    commands = [
        FoundCommand(
            name, [Template(writes[name])], [], "", 1.0, answer=bytes.fromhex(answer)
        )
        for name, answer in answers.items()
    ]
    drop_awaited_states(commands, is_text=False)
    assert [one.answer is not None for one in commands] == [kept] * 3


@pytest.mark.parametrize(
    "answer", ["ST,ON ST,OFF ST,HOLD", "ACK,RUN ACK,HALT ACK,REST"]
)
def test_an_acknowledgement_in_words_is_awaited(answer: str) -> None:
    """A word of the command is in it."""
    commands = [
        FoundCommand(name, [Template(write)], [], "", 1.0, answer=one.encode("latin-1"))
        for name, write, one in zip(
            ("start", "stop", "pause"),
            (b"$RUN", b"$HALT", b"$REST"),
            answer.split(),
            strict=True,
        )
    ]
    drop_awaited_states(commands, is_text=True)
    assert all(one.answer is not None for one in commands) == ("ACK" in answer)


def test_a_state_that_was_never_reported_is_refused() -> None:
    """A mistyped value would never be shown."""
    with pytest.raises(WorkbenchError, match="never reported that"):
        bench_of(Ikaro).name_states({"07": "finishing"})


def test_naming_a_state_keeps_the_rest() -> None:
    """The vectors stay, and what nobody has confirmed stays tentative."""
    bench = bench_of(Ikaro)
    bench.judge("commands.stop", Verdict.ACCEPTED)
    before = bench.describe().text
    bench.name_states({"02": "paused"})
    assert bench.describe().text == before
    assert "02: paused, as you said" in bench.current.study.remarks


def test_a_state_that_disagrees_with_the_notes_is_wrong() -> None:
    """Each start, pause, resume and stop is compared, also where nothing came after it."""
    bench = bench_of(Ikaro)
    bench.judge("commands.stop", Verdict.ACCEPTED)
    right = "The state shown agrees with 12 of 12 starts, stops and pauses."
    assert right in bench.play_back().lines
    bench.name_states({"02": "treating"})
    bench.judge(
        "commands.resume", Verdict.OPEN
    )  # it needs a state that knows the pause
    assert [line.partition(", ")[2] for line in bench.play_back().wrong] == [
        "pause: the description then shows treating."
    ] * 3
