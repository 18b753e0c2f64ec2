"""A session counter that dips, jumps or returns: over the link, in history and sensor."""

from collections.abc import Awaitable, Callable

from homeassistant.const import STATE_UNKNOWN
import pytest

from custom_components.backhug.device import connection as link
from custom_components.backhug.session import counter, history
from custom_components.backhug.session.record import Session
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug, until

from .conftest import warnings
from .event_log import EventLog
from .programme_runs import choose


@pytest.fixture
async def used(home: Home, monkeypatch: pytest.MonkeyPatch) -> SimulatedBackHug:
    """Return a live BackHug that has counted 300 sessions, and two more that Home Assistant has seen."""
    # It reconnects often.
    monkeypatch.setattr(link, "FIRST_BACK_OFF", 0.05)
    back_hug = await home.add()
    back_hug.back.session_number = 300
    await home.seen(back_hug)
    await back_hug.set_up()
    for number in (301, 302):
        await back_hug.call("switch", "turn_on", "session")
        await back_hug.shows("sensor", "state", "scanning")
        await back_hug.call("switch", "turn_off", "session")
        back_hug.clock.advance(60)
        await back_hug.shows("sensor", "state", "standby")
        await remembered(back_hug, number)
    return back_hug


async def remembered(back_hug: SimulatedBackHug, number: int) -> None:
    """Wait until a session is in the history."""
    await until(
        lambda: (last := back_hug.coordinator.history.last) and last.number == number,
        f"session {number} is in the history",
    )


async def notified(back_hug: SimulatedBackHug, number: int) -> None:
    """Let the device notify a number."""
    back_hug.back.session_number = number
    back_hug.peripheral.status_changed()
    known = back_hug.coordinator.controller.back_hug.reported
    await until(lambda: known.status and known.status.session == number, "it has come")


async def reconnected(back_hug: SimulatedBackHug, number: int) -> None:
    """Let the device show a number on another connection."""
    back_hug.back.session_number = number
    await back_hug.reconnect()


SHOWN = pytest.mark.parametrize("show", [notified, reconnected])


@pytest.mark.parametrize("further", [None, -1, 2, 598])
@in_one_home("show", [notified, reconnected])
async def test_one_reading_is_not_believed(
    used: SimulatedBackHug,
    monkeypatch: pytest.MonkeyPatch,
    show: Callable[[SimulatedBackHug, int], Awaitable[None]],
    further: int | None,
) -> None:
    """One reading is neither stored nor published nor shown."""
    monkeypatch.setattr(counter, "SECOND_READING", 60)
    last = used.back.session_number
    wrong = 0 if further is None else last + further
    sessions = used.coordinator.history.sessions
    events = EventLog(used)
    for _ in range(2):
        await show(used, wrong)
        assert used.coordinator.history.doubted
        assert used.coordinator.history.number == last
        await show(used, last)
        assert not used.coordinator.history.doubted
    assert used.coordinator.history.sessions == sessions
    assert events.kinds == []
    await used.call("switch", "turn_on", "session")
    await events.has(("started", False))
    assert used.coordinator.history.number == last + 1
    await used.call("switch", "turn_off", "session")
    used.clock.advance(60)
    await remembered(used, last + 1)


@SHOWN
async def test_reset_is_believed_on_the_second_reading(
    used: SimulatedBackHug,
    monkeypatch: pytest.MonkeyPatch,
    show: Callable[[SimulatedBackHug, int], Awaitable[None]],
) -> None:
    """A second reading confirms a reset without other news of the device; then sessions count on."""
    monkeypatch.setattr(counter, "SECOND_READING", 0.5)
    monkeypatch.setattr(history, "SECOND_READING", 0.5)
    sessions = used.coordinator.history.sessions
    events = EventLog(used)
    await show(used, 0)
    assert used.coordinator.history.number == 302
    await until(lambda: used.coordinator.history.number == 0, "it is believed")
    assert events.kinds == []
    await used.call("switch", "turn_on", "session")
    await used.call("switch", "turn_off", "session")
    await remembered(used, 1)
    assert used.coordinator.history.sessions[:-1] == sessions
    await events.has(("started", False), ("stopped", False))


async def test_missed_sessions_are_published_on_the_second_reading(
    used: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several missed sessions are counted, and the last one is published."""
    monkeypatch.setattr(counter, "SECOND_READING", 0.5)
    monkeypatch.setattr(history, "SECOND_READING", 0.5)
    events = EventLog(used)
    await reconnected(used, 305)
    assert events.kinds == []
    await remembered(used, 305)
    await events.has(("stopped", True))
    numbers = [session.number for session in used.coordinator.history.sessions]
    assert numbers == [301, 302, 303, 304, 305]


async def test_second_reading_follows_on_the_next_connection(
    used: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the link is lost before the second reading, the next connection begins with one."""
    monkeypatch.setattr(counter, "SECOND_READING", 1)
    monkeypatch.setattr(history, "SECOND_READING", 1)
    used.back.session_number = 0
    await used.reconnect()
    used.peripheral.vanish()
    used.peripheral.drop_link()
    await used.shows("binary_sensor", "connected", "off")
    timer = used.coordinator.history
    await until(lambda: timer._cancel_second_reading is None, "it could not be read")
    assert used.coordinator.history.number == 302
    used.peripheral.appear()
    await until(lambda: used.coordinator.history.number == 0, "it is believed")


async def test_failed_second_reading_confirms_nothing(
    used: SimulatedBackHug,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A failed second reading confirms nothing; the next notification does."""
    monkeypatch.setattr(counter, "SECOND_READING", 0.2)
    monkeypatch.setattr(history, "SECOND_READING", 0.2)
    used.faults.status = b"torn"
    await notified(used, 0)
    (warning,) = await until_warned(caplog)
    assert "malformed status" in warning
    caplog.clear()
    assert used.coordinator.history.number == 302
    used.faults.status = None
    used.back.start_at_device(20)
    await until(lambda: used.coordinator.history.number == 1, "it is believed")


async def until_warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Wait for a warning, and return its text."""
    await until(lambda: warnings(caplog), "a warning")
    return warnings(caplog)


async def test_first_reading_has_no_past(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that shows another number for a moment while it is added has no past."""
    for module in (counter, history):
        monkeypatch.setattr(module, "SECOND_READING", 0.2)
    back_hug = await home.add()
    await home.seen(back_hug)
    await back_hug.set_up()
    await reconnected(back_hug, 300)
    assert back_hug.coordinator.history.number == 300
    assert back_hug.coordinator.history.sessions == ()
    assert back_hug.value("event", "session") == STATE_UNKNOWN
    await until(
        lambda: back_hug.coordinator.history._cancel_second_reading is None,
        "it is confirmed",
    )
    await reconnected(back_hug, 301)
    await remembered(back_hug, 301)


async def test_programme_survives_one_wrong_reading(used: SimulatedBackHug) -> None:
    """A number that is not believed does not end a programme."""
    await choose(used, "short_break")
    await used.call("switch", "turn_on", "session")
    used.clock.advance(21)
    await used.shows("sensor", "programme_step", "1")
    await notified(used, 7)
    await notified(used, 303)
    assert used.value("sensor", "programme_step") == "1"
    used.clock.advance(240)
    await used.shows("sensor", "programme_step", "2")


async def test_settings_during_doubt_belong_to_no_session(
    used: SimulatedBackHug,
) -> None:
    """Settings made while the number is in doubt are not recorded for the session before."""
    await used.treat()
    await notified(used, 7)
    used.back.set_at_device(strength=9)
    await used.shows("number", "strength", "9")
    running = used.coordinator.history.running
    assert running is not None
    assert (running.number, running.strength) == (303, 3)


async def test_counted_sessions_displace_no_known_one(
    used: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five hundred are kept: counted ones only as far as there is room."""
    monkeypatch.setattr(counter, "SECOND_READING", 0)
    kept = used.coordinator.history
    known = [*kept.sessions]
    monkeypatch.setattr(history, "KEPT", 10)
    await reconnected(used, 900)
    await remembered(used, 900)
    assert len(kept.sessions) == 10
    assert [*kept.sessions[:2]] == known
    assert [each for each in kept.sessions if each.known] == [*known, kept.last]
    assert kept.sessions[2:-1] == tuple(
        Session(number=number, missed=True) for number in range(893, 900)
    )
