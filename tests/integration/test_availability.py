"""Availability follows the link: no flapping, no stale values, one log line each."""

import asyncio
from datetime import timedelta

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.backhug import coordinator
from custom_components.backhug.device import timeouts
from custom_components.backhug.reachability.availability import FIRST_CONNECTION, GRACE
from tests.home import Home, SimulatedBackHug, put_forward, until

from .conftest import OURS, shown


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return what we logged at info or above."""
    return [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if record.name.startswith(OURS)
    ]


async def pass_grace(back_hug: SimulatedBackHug) -> None:
    """Let the grace of a lost link pass."""
    put_forward(back_hug.hass, timedelta(seconds=GRACE + 1))
    await back_hug.hass.async_block_till_done()


async def lose(back_hug: SimulatedBackHug) -> None:
    """Lose the link, and let it not come back."""
    back_hug.faults.refuse_connections = True
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")


async def test_short_drop_shows_in_connected_only(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A drop shorter than the grace period shows in *Connected* only."""
    await back_hug.treat()
    everything = [
        entity_id
        for entity_id in back_hug.hass.states.async_entity_ids()
        if entity_id != back_hug.entity_id("binary_sensor", "connected")
    ]
    histories = {entity_id: shown(back_hug.hass, entity_id) for entity_id in everything}
    connected = shown(back_hug.hass, back_hug.entity_id("binary_sensor", "connected"))
    back_hug.peripheral.drop_link()
    await until(lambda: back_hug.peripheral.connections == 2, "it is connected again")
    await back_hug.shows("binary_sensor", "connected", "on")
    # The grace timer is cancelled.
    await pass_grace(back_hug)
    assert connected == ["off", "on"]
    assert not any(STATE_UNAVAILABLE in states for states in histories.values())
    assert back_hug.value("sensor", "state") == "treating"
    assert said(caplog) == []


async def test_long_drop_makes_unavailable(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A longer drop makes entities unavailable; loss and return are logged once, at info."""
    await lose(back_hug)
    assert back_hug.value("sensor", "state") == "standby"
    await pass_grace(back_hug)
    states = {
        state.entity_id: state.state for state in back_hug.hass.states.async_all()
    }
    assert states.pop(back_hug.entity_id("binary_sensor", "connected")) == "off"
    assert states.pop(back_hug.entity_id("switch", "hold_connection")) == "on"
    assert states.pop(back_hug.entity_id("button", "stop")) == "unknown"
    # Programme, person, plan, start-on-occupancy and history are Home Assistant's own and stay.
    assert states.pop(back_hug.entity_id("select", "programme")) == "none"
    assert states.pop(back_hug.entity_id("select", "person")) == "guest"
    assert states.pop(back_hug.entity_id("sensor", "armed_until")) == "unknown"
    assert states.pop(back_hug.entity_id("sensor", "next_session_due")) == "unknown"
    assert states.pop(back_hug.entity_id("calendar", "plan")) == "off"
    del states[back_hug.entity_id("event", "session")]
    del states[back_hug.entity_id("sensor", "last_session")]
    del states[back_hug.entity_id("sensor", "minutes_treated")]
    for when in ("before", "after", "change"):
        del states[back_hug.entity_id("sensor", f"tension_{when}")]
    assert set(states.values()) == {STATE_UNAVAILABLE}
    # Failed attempts log nothing more.
    await until(
        lambda: back_hug.coordinator.controller.back_hug.connection.last_error,
        "one fails",
    )
    await pass_grace(back_hug)
    assert said(caplog) == [("INFO", "BackHug-7F2A is no longer connected")]

    back_hug.faults.clear()
    await back_hug.live()

    assert back_hug.value("sensor", "state") == "standby"
    assert said(caplog) == [
        ("INFO", "BackHug-7F2A is no longer connected"),
        ("INFO", "BackHug-7F2A is connected again"),
    ]


async def test_each_loss_and_return_is_logged_once(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """Each loss and each return is one line."""
    for _ in range(2):
        await lose(back_hug)
        await pass_grace(back_hug)
        back_hug.faults.clear()
        await back_hug.live()
    assert [message for _, message in said(caplog)] == [
        "BackHug-7F2A is no longer connected",
        "BackHug-7F2A is connected again",
    ] * 2


async def test_values_after_a_loss_are_current(back_hug: SimulatedBackHug) -> None:
    """After a loss the device's current values are shown."""
    await back_hug.treat()
    await lose(back_hug)
    await pass_grace(back_hug)
    back_hug.back.stop_at_device()
    back_hug.clock.advance(20)
    back_hug.back.set_at_device(strength=9)
    states = shown(back_hug.hass, back_hug.entity_id("sensor", "state"))
    back_hug.faults.clear()
    await back_hug.live()
    assert states == ["standby"]
    assert back_hug.value("number", "strength") == "9"
    assert back_hug.value("sensor", "last_session_ended_by") == "stopped_at_device"
    assert back_hug.value("sensor", "session_ends") == "unknown"


async def test_power_switch_is_followed_within_seconds(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """Switched off: unavailable within seconds; switched on: back within seconds."""
    back_hug.back.switch_off()
    await back_hug.shows("binary_sensor", "connected", "off")
    await pass_grace(back_hug)
    assert back_hug.value("sensor", "state") == STATE_UNAVAILABLE
    back_hug.back.switch_on()
    async with asyncio.timeout(5):
        await back_hug.live()
    assert len(said(caplog)) == 2


async def test_release_is_not_logged_as_a_loss(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """Releasing the connection is not logged as a loss, nor its return."""
    await back_hug.call("switch", "turn_off", "hold_connection")
    await pass_grace(back_hug)
    await back_hug.call("switch", "turn_on", "hold_connection")
    await back_hug.live()
    assert said(caplog) == []


async def test_release_during_the_grace_is_unavailable_at_once(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """Released while the link is down: unavailable at once."""
    await lose(back_hug)
    assert back_hug.value("sensor", "state") == "standby"
    await back_hug.call("switch", "turn_off", "hold_connection")
    assert back_hug.value("sensor", "state") == STATE_UNAVAILABLE
    await pass_grace(back_hug)
    assert said(caplog) == []


async def test_unload_cancels_the_grace(
    home: Home, back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """Unloading cancels the grace timer."""
    await lose(back_hug)
    await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    await pass_grace(back_hug)
    assert said(caplog) == []


async def test_unreadable_status_shows_nothing(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A device whose Status becomes unreadable shows no old value."""
    back_hug.faults.status = b"\x00\x01"
    back_hug.faults.drop_notifications = True
    back_hug.peripheral.drop_link()
    await until(lambda: back_hug.peripheral.connections == 2, "it is connected again")
    await back_hug.shows("sensor", "state", STATE_UNAVAILABLE)
    await back_hug.shows("binary_sensor", "connected", "on")
    assert [level for level, _ in said(caplog)] == ["WARNING"]
    back_hug.faults.clear()
    back_hug.peripheral.status_changed()
    await back_hug.shows("sensor", "state", "standby")
    caplog.clear()


async def test_silent_link_is_given_up(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that is up but silent is given up: its values are not live."""
    monkeypatch.setattr(timeouts, "QUIET_IDLE", 0.2)
    monkeypatch.setattr(timeouts, "QUIET_RUNNING", 0.2)
    monkeypatch.setattr(timeouts, "READ_TIMEOUT", 0.2)
    back_hug = await home.add()
    await home.seen(back_hug)
    await back_hug.set_up()
    # The radio would notice much later.
    back_hug.faults.supervision_timeout = 5
    vanished = home.hass.loop.time()
    back_hug.peripheral.vanish()
    await back_hug.shows("binary_sensor", "connected", "off")
    await pass_grace(back_hug)
    assert back_hug.value("sensor", "state") == STATE_UNAVAILABLE
    assert home.hass.loop.time() - vanished < 5
    back_hug.peripheral.appear()
    await back_hug.live()


async def test_unreadable_information_costs_no_connection(home: Home) -> None:
    """A device information text that cannot be read costs no connection."""
    back_hug = await home.add()
    back_hug.withhold("2A25")
    await home.seen(back_hug)
    await back_hug.set_up()
    await asyncio.sleep(0.1)
    history = [
        what for _, what in back_hug.coordinator.controller.back_hug.connection.history
    ]
    assert history == ["connected"]


async def test_signal_strength_is_written_at_a_modest_rate(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signal strength, once enabled, follows the advertisements at a modest rate."""
    back_hug = await home.add(advertise_while_connected=True)
    home.scanner.set_rssi(back_hug.build.address, -77)
    await home.seen(back_hug)
    await back_hug.set_up()
    er.async_get(home.hass).async_update_entity(
        back_hug.entity_id("sensor", "signal_strength"), disabled_by=None
    )
    await home.hass.config_entries.async_reload(back_hug.entry.entry_id)
    await back_hug.live()
    await back_hug.shows("sensor", "signal_strength", "-77")
    states = shown(home.hass, back_hug.entity_id("sensor", "signal_strength"))
    home.scanner.set_rssi(back_hug.build.address, -50)
    await asyncio.sleep(0.3)
    assert states == []
    monkeypatch.setattr(coordinator, "SIGNAL_INTERVAL", 0)
    await back_hug.shows("sensor", "signal_strength", "-50")
    # Unchanged: nothing is written.
    await asyncio.sleep(0.3)
    assert states == ["-50"]


async def test_unload_within_the_grace_logs_nothing(
    back_hug: SimulatedBackHug,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After unloading, a slow disconnection logs nothing."""
    await lose(back_hug)
    hass, link = back_hug.hass, back_hug.coordinator.controller.back_hug.connection
    release, begun, may_end = link.release, asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        begun.set()
        await may_end.wait()
        await release()

    monkeypatch.setattr(link, "release", slowly)
    unloading = hass.async_create_task(
        hass.config_entries.async_unload(back_hug.entry.entry_id)
    )
    await begun.wait()
    put_forward(hass, timedelta(seconds=GRACE + 1))
    await asyncio.sleep(0)
    may_end.set()
    await unloading
    assert "no longer connected" not in caplog.text


async def test_unload_with_commands_under_way_stays_unloaded(
    back_hug: SimulatedBackHug,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Commands under way at unload neither make it available again nor log a loss."""
    hass, unloaded = back_hug.hass, back_hug.coordinator
    hug = unloaded.controller.back_hug
    release = hug.connection.release
    asked: list[asyncio.Task[None]] = []

    async def late() -> None:
        await hug.set_strength(3)
        # The second waits before it is sent, and ends last.
        asked.append(asyncio.create_task(hug.set_strength(4)))
        await until(lambda: hug.reported.wanted)
        await release()

    monkeypatch.setattr(hug.connection, "release", late)
    assert await hass.config_entries.async_unload(back_hug.entry.entry_id)
    await asyncio.gather(*asked, return_exceptions=True)
    put_forward(hass, timedelta(seconds=GRACE + 1))
    await asyncio.sleep(0)
    assert not unloaded.available
    assert said(caplog) == []


async def test_settings_of_an_unknown_device_are_refused(home: Home) -> None:
    """A device that was never reached has nothing to set."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    with pytest.raises(HomeAssistantError) as error:
        back_hug.coordinator.controller.known_settings()
    assert str(error.value.translation_key).startswith("not_reachable")


async def test_never_available_is_logged_once(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """A device that is off since Home Assistant started is logged once, and once when it is back."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    for _ in range(2):
        put_forward(home.hass, timedelta(seconds=FIRST_CONNECTION + 1))
        await home.hass.async_block_till_done()
        assert said(caplog) == [("INFO", "BackHug-7F2A is unavailable")]
    caplog.clear()
    back_hug.back.switch_on()
    await back_hug.live()
    # Holding it again changes nothing.
    await back_hug.call("switch", "turn_on", "hold_connection")
    put_forward(home.hass, timedelta(seconds=FIRST_CONNECTION + 1))
    await home.hass.async_block_till_done()
    assert said(caplog) == [("INFO", "BackHug-7F2A is connected again")]


async def test_released_is_logged_only_when_held_again(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """A released connection is not missed until it is held again."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    await back_hug.call("switch", "turn_off", "hold_connection")
    later = timedelta(seconds=FIRST_CONNECTION + 1)
    put_forward(home.hass, later)
    await home.hass.async_block_till_done()
    assert said(caplog) == []
    await back_hug.call("switch", "turn_on", "hold_connection")
    put_forward(home.hass, later)
    await home.hass.async_block_till_done()
    assert said(caplog) == [("INFO", "BackHug-7F2A is unavailable")]
