"""A restart of Home Assistant while it keeps the time of a session."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug.session.stopping import async_stop_entry
from simulator.vendors.murmur import Murmur
from tests.device.described import text_of
from tests.home import Home, until

from .described_beds import call, folder_in, murmur_in, set_up, value


async def set_up_murmur(
    home: Home, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Murmur, ConfigEntry[Any]]:
    """Return a bed that runs until it is stopped, and reports nothing."""
    folder = folder_in(directory, home.hass, monkeypatch)
    (folder / "murmur.yaml").write_text(text_of(Murmur))
    bed = await murmur_in(home)
    return bed, await set_up(home, bed)


async def test_session_ends_when_it_was_asked_to(
    home: Home,
    hass_storage: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also if Home Assistant is not running then; the length set at rest is kept, too."""
    hass, entries = home.hass, home.hass.config_entries
    bed, entry = await set_up_murmur(home, tmp_path, monkeypatch)

    async def restart(**stored: Any) -> None:
        await entries.async_unload(entry.entry_id)
        hass_storage[f"backhug.programmes.{entry.entry_id}"]["data"] |= stored
        await entries.async_setup(entry.entry_id)
        await until(lambda: entry.runtime_data.available, "it is live")
        await hass.async_block_till_done()

    def ends_at() -> datetime | None:
        stored = hass_storage[f"backhug.programmes.{entry.entry_id}"]["data"]
        return dt_util.parse_datetime(stored["session_ends_at"] or "")

    await call(hass, bed, "number.set_value", "session_length", value=5)
    await restart()
    assert value(hass, bed, "number", "session_length") == "5"
    assert ends_at() is None
    await call(hass, bed, "switch.turn_on", "session")
    await hass.async_block_till_done()
    end = ends_at()
    assert end is not None
    assert (
        timedelta(0)
        <= dt_util.utcnow() + timedelta(minutes=5) - end
        < timedelta(seconds=60)
    )

    await restart(asked_minutes=100)
    assert ends_at() == end
    await restart(
        session_ends_at=(dt_util.utcnow() + timedelta(seconds=100)).isoformat()
    )
    assert bed.running
    assert 90 < entry.runtime_data.status.seconds_left <= 100
    await restart(session_ends_at=(dt_util.utcnow() - timedelta(hours=9)).isoformat())
    await until(lambda: not bed.running, "it is stopped")
    await until(lambda: ends_at() is None, "no end is stored")


async def test_stop_of_an_unloaded_entry_ends_the_session(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next set-up shows no session and stops none."""
    hass = home.hass
    bed, entry = await set_up_murmur(home, tmp_path, monkeypatch)
    await call(hass, bed, "switch.turn_on", "session")
    await hass.config_entries.async_unload(entry.entry_id)
    await until(lambda: not bed.connected, "it is released")
    await async_stop_entry(hass, entry)
    assert not bed.running
    await until(lambda: not bed.connected, "it is released")
    await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: entry.runtime_data.available, "it is live")
    assert value(hass, bed, "switch", "session") == "off"
