"""Session numbers: which readings are believed."""

from copy import replace

import pytest

from custom_components.backhug.device.model import Area, Flow, SessionEnd, State, Status
from custom_components.backhug.device.timeouts import SECOND_READING
from custom_components.backhug.session.counter import Counter, Reading

STANDBY = Status(
    state=State.STANDBY,
    fault=None,
    strength=3,
    area=Area.FULL_BACK,
    flow=Flow.SLOW,
    occupied=False,
    leg_rest_raised=False,
    paused_by_leaving=False,
    length=1200,
    session=0,
    last_end=SessionEnd.COMPLETED,
    seconds_left=0,
)
LATER = SECOND_READING
SOON = SECOND_READING - 0.1


def doubted(counter: Counter) -> bool:
    """Return whether a number is doubted."""
    return counter.doubted


def unconfirmed(counter: Counter) -> bool:
    """Return whether a second reading is needed."""
    return counter.unconfirmed


def read(
    counter: Counter, number: int, at: float, state: State = State.STANDBY
) -> Reading:
    """Have a number read."""
    return counter.read(replace(STANDBY, session=number, state=state), at)


@pytest.mark.parametrize("number", [300, 301])
def test_expected(number: int) -> None:
    """The same number and the next one are believed at once."""
    counter = Counter(300)
    assert read(counter, number, 0) is Reading.BELIEVED
    assert counter.number == number
    assert not unconfirmed(counter)


def test_overflow() -> None:
    """0 follows the highest number."""
    counter = Counter(2**32 - 1)
    assert read(counter, 0, 0) is Reading.BELIEVED


@pytest.mark.parametrize("number", [0, 299, 302, 900])
def test_for_one_reading(number: int) -> None:
    """A number that only one reading shows is never believed."""
    counter = Counter(300)
    for at in (0, 100):
        assert read(counter, number, at) is Reading.DOUBTED
        assert doubted(counter)
        assert counter.number == 300
        assert read(counter, 300, at + LATER) is Reading.BELIEVED
        assert not doubted(counter)


@pytest.mark.parametrize("number", [0, 299, 302, 900])
def test_second_reading(number: int) -> None:
    """A second reading that agrees confirms the first one, but not at the same moment."""
    counter = Counter(300)
    assert read(counter, number, 0) is Reading.DOUBTED
    assert read(counter, number, SOON) is Reading.DOUBTED
    assert read(counter, number, LATER) is Reading.BELIEVED
    assert counter.number == number
    assert not unconfirmed(counter)


def test_second_reading_of_the_next_session() -> None:
    """A session that begins between two readings does not make them disagree."""
    counter = Counter(300)
    read(counter, 0, 0)
    assert read(counter, 1, SOON) is Reading.DOUBTED
    assert read(counter, 1, LATER) is Reading.BELIEVED


def test_readings_that_disagree() -> None:
    """Each restarts the wait for a second one."""
    counter = Counter(300)
    read(counter, 0, 0)
    assert read(counter, 900, LATER) is Reading.DOUBTED
    assert read(counter, 900, LATER + SOON) is Reading.DOUBTED
    assert read(counter, 900, LATER + LATER) is Reading.BELIEVED


def test_first_reading() -> None:
    """The first reading is believed, unless the second one says something else."""
    counter = Counter(None)
    assert read(counter, 0, 0) is Reading.FIRST
    assert unconfirmed(counter)
    assert read(counter, 300, SOON) is Reading.FIRST
    assert counter.number == 300
    assert read(counter, 300, SOON + SOON) is Reading.BELIEVED
    assert unconfirmed(counter)
    assert read(counter, 300, SOON + LATER) is Reading.BELIEVED
    assert not unconfirmed(counter)
    assert read(counter, 0, 100) is Reading.DOUBTED


@pytest.mark.parametrize("number", [7, 8])
def test_first_reading_is_confirmed_by_a_session(number: int) -> None:
    """A running session confirms the first number."""
    counter = Counter(None)
    running = State.TREATING if number == 7 else State.STANDBY
    assert read(counter, 7, 0, running) is Reading.FIRST
    assert read(counter, number, SOON, State.TREATING) is Reading.BELIEVED
    assert not unconfirmed(counter)
    assert read(counter, 0, SOON) is Reading.DOUBTED
