"""What the owner says of the length of a session."""

import pytest

from kit.owner import Minutes, OwnerError, read_minutes, with_minutes
from kit.proposal import Verdict
from kit.workbench import WorkbenchError

from .evenings import bench_of
from .vendors import Knodo, Lumbara, Oken


def test_a_range_with_or_without_a_step() -> None:
    """As the app offers them."""
    assert read_minutes("10-45/5") == Minutes(10, 45, 5)
    assert [*read_minutes("5-7").values] == [5, 6, 7]


@pytest.mark.parametrize(
    "text", ["", "10", "45-10", "10-61", "0-10", "10-45/0", "10-44/5"]
)
def test_a_range_must_be_one(text: str) -> None:
    """Sixty minutes are the most."""
    with pytest.raises(OwnerError, match="such as 10-45/5"):
        read_minutes(text)


@pytest.mark.parametrize(
    ("spec", "is_text", "made"),
    [
        ({"min": 10, "max": 20}, False, {10: "0a", 15: "0f", 20: "14"}),
        (
            {"min": 10, "max": 20, "scale": 60, "size": 2, "endian": "big"},
            False,
            {10: "02 58", 15: "03 84", 20: "04 b0"},
        ),
        ({"min": 10, "max": 20, "digits": 3}, True, {10: "010", 15: "015", 20: "020"}),
    ],
)
def test_steps_become_a_map(
    spec: dict[str, object], is_text: bool, made: dict[int, str]
) -> None:
    """The device may refuse what lies between."""
    minutes = Minutes(10, 20, 5)
    assert with_minutes(spec, minutes, [10, 20], is_text=is_text) == {"map": made}


def test_what_was_pressed_must_be_among_them() -> None:
    """And the octets must follow a rule."""
    with pytest.raises(OwnerError, match="12 was pressed"):
        with_minutes({"min": 12, "max": 20}, Minutes(10, 20, 5), [12], is_text=False)
    with pytest.raises(OwnerError, match="follow no rule"):
        with_minutes({"map": {10: "01"}}, Minutes(10, 20), [10], is_text=False)
    with pytest.raises(WorkbenchError, match="no command with minutes"):
        bench_of(Oken).set_minutes(Minutes(10, 20))


def test_the_kit_asks_for_the_shortest_and_the_longest() -> None:
    """What was not pressed is not offered otherwise."""
    bench = bench_of(Knodo)
    bench.judge("commands.stop", Verdict.ACCEPTED)
    asked = "Is 30 the longest and 10 the shortest in the app?"
    assert any(asked in line for line in bench.describe().missing)
    bench.set_minutes(Minutes(10, 40, 5))
    assert not any(asked in line for line in bench.describe().missing)
    assert '40: "09 60"' in bench.describe().text
    assert bench.play_back().wrong == []


def test_without_notes_a_press_is_no_computed_answer() -> None:
    """What differs between connections may be what was pressed."""
    bench = bench_of(Lumbara)
    bench.notes = []
    bench.choose(bench.devices[0].key)
    assert not any("seems to be computed" in x for x in bench.current.study.remarks)
