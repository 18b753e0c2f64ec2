"""The repair issue for a BackHug out of reach for a week, and its fixes."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.repairs import DOMAIN as REPAIRS, repairs_flow_manager
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug.const import (
    CONF_HOLD_CONNECTION,
    CONF_TELL_UNREACHABLE,
    DOMAIN,
)
from custom_components.backhug.reachability import unreachable
from tests.home import Home, SimulatedBackHug, put_forward, until

from .stops import stored


def ago(**time: int) -> datetime:
    """Return a time in the past."""
    return dt_util.utcnow() - timedelta(**time)


def issue(back_hug: SimulatedBackHug) -> ir.IssueEntry | None:
    """Return the repair issue of a BackHug."""
    return ir.async_get(back_hug.hass).async_get_issue(
        DOMAIN, f"unreachable_{back_hug.entry.entry_id}"
    )


async def last_contact(back_hug: SimulatedBackHug) -> datetime:
    """Return the stored last contact."""
    await back_hug.hass.async_block_till_done()
    last = (await stored(back_hug)).last_contact
    assert last is not None
    return last


async def missing(
    home: Home,
    last: datetime | None,
    *,
    live: bool = False,
    **options: Any,
) -> SimulatedBackHug:
    """Set up a BackHug that was last in contact at some time, and is off."""
    back_hug = await home.add(powered=live)
    if live:
        await home.seen(back_hug)
    back_hug.entry.add_to_hass(home.hass)
    home.hass.config_entries.async_update_entry(
        back_hug.entry,
        options={CONF_TELL_UNREACHABLE: True, **options},
    )
    state = await stored(back_hug)
    state.last_contact = last
    await state.async_save()
    await back_hug.set_up(live=live)
    return back_hug


async def next_check(home: Home) -> None:
    """Advance to the next check."""
    put_forward(home.hass, unreachable.CHECK_INTERVAL + timedelta(seconds=1))
    await home.hass.async_block_till_done()


async def age(home: Home, back_hug: SimulatedBackHug, **time: int) -> None:
    """Age the stored contact, and run the next check."""
    back_hug.coordinator.stored.last_contact = ago(**time)
    await next_check(home)


async def test_issue_is_off_by_default(home: Home) -> None:
    """By default there is no issue and nothing is stored; stored data is dropped."""
    back_hug = await missing(home, ago(days=30), **{CONF_TELL_UNREACHABLE: False})
    assert issue(back_hug) is None
    await home.hass.async_block_till_done()
    assert (await stored(back_hug)).last_contact is None
    await next_check(home)
    assert issue(back_hug) is None


async def test_issue_appears_after_a_week(home: Home) -> None:
    """The issue appears a week after the option was enabled, not before."""
    back_hug = await missing(home, None)
    assert abs(await last_contact(back_hug) - dt_util.utcnow()) < timedelta(minutes=1)
    await next_check(home)
    assert issue(back_hug) is None
    await age(home, back_hug, days=6, hours=23)
    assert issue(back_hug) is None
    await age(home, back_hug, days=7, minutes=1)
    found = issue(back_hug)
    assert found is not None
    assert found.is_fixable
    assert found.severity is ir.IssueSeverity.WARNING
    assert found.translation_key == "unreachable"
    assert found.translation_placeholders == {"name": "BackHug-7F2A"}


async def test_issue_survives_a_restart(home: Home) -> None:
    """A restart does not restart the week. Contact deletes the issue."""
    back_hug = await missing(home, ago(days=8))
    assert issue(back_hug) is not None
    back_hug.back.switch_on()
    await back_hug.live()
    assert issue(back_hug) is None
    assert dt_util.utcnow() - await last_contact(back_hug) < timedelta(minutes=1)


async def test_connected_device_is_not_missed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connected BackHug without news is not missed; once it is off, it is."""
    monkeypatch.setattr(unreachable, "LONG", timedelta(0))
    back_hug = await missing(home, None, live=True)
    await next_check(home)
    assert issue(back_hug) is None
    back_hug.back.switch_off()
    await back_hug.shows("binary_sensor", "connected", "off")
    await next_check(home)
    assert issue(back_hug) is not None


async def test_contact_is_stored_once_a_day(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contact is stored once a day and at unload, not for each advertisement."""
    monkeypatch.setattr(unreachable, "NOTE_INTERVAL", 0)
    last = ago(hours=23)
    back_hug = await missing(home, last, live=True)
    await back_hug.call("number", "set_value", "strength", value=8)
    assert await last_contact(back_hug) == last
    # A connection counts, however old the last contact is.
    await age(home, back_hug, days=8)
    assert issue(back_hug) is None
    await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    assert dt_util.utcnow() - await last_contact(back_hug) < timedelta(minutes=1)


async def test_released_is_not_missed(home: Home) -> None:
    """While released there is no issue; held again, the week starts again."""
    back_hug = await missing(home, ago(days=8))
    assert issue(back_hug) is not None
    await back_hug.call("switch", "turn_off", "hold_connection")
    assert issue(back_hug) is None
    await next_check(home)
    assert issue(back_hug) is None
    await back_hug.call("switch", "turn_on", "hold_connection")
    await next_check(home)
    assert issue(back_hug) is None


async def test_released_is_not_missed_after_a_restart(home: Home) -> None:
    """A released BackHug is not missed after a restart either."""
    back_hug = await missing(home, ago(days=8), **{CONF_HOLD_CONNECTION: False})
    assert issue(back_hug) is None


async def test_removal_deletes_the_issue(home: Home) -> None:
    """The issue goes with its BackHug."""
    back_hug = await missing(home, ago(days=8))
    found = issue(back_hug)
    await home.hass.config_entries.async_remove(back_hug.entry.entry_id)
    assert found is not None
    assert issue(back_hug) is None


async def test_disabled_device_has_no_issue(home: Home) -> None:
    """A disabled device has no issue; an ignored issue stays ignored."""
    back_hug = await missing(home, ago(days=8))
    ir.async_ignore_issue(
        home.hass, DOMAIN, f"unreachable_{back_hug.entry.entry_id}", ignore=True
    )
    assert await home.hass.config_entries.async_reload(back_hug.entry.entry_id)
    found = issue(back_hug)
    assert found is not None
    assert found.dismissed_version is not None
    await home.hass.config_entries.async_set_disabled_by(
        back_hug.entry.entry_id, ConfigEntryDisabler.USER
    )
    assert issue(back_hug) is None


# Fixes


async def fix(back_hug: SimulatedBackHug, way: str) -> dict[str, Any]:
    """Start the repair, and choose a fix."""
    hass = back_hug.hass
    assert await async_setup_component(hass, REPAIRS, {})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    found = issue(back_hug)
    assert found is not None
    flow = await manager.async_init(DOMAIN, context={"issue_id": found.issue_id})
    assert flow["type"] is FlowResultType.MENU
    assert flow["menu_options"] == ["wait", "reconfigure", "silence", "forget"]
    texts = await async_get_translations(hass, "en", "issues", [DOMAIN])
    step = f"component.{DOMAIN}.issues.unreachable.fix_flow.step"
    for option in flow["menu_options"]:
        assert texts[f"{step}.init.menu_options.{option}"]
    assert "{name}" in texts[f"{step}.init.description"]
    return dict(await manager.async_configure(flow["flow_id"], {"next_step_id": way}))


async def test_fix_waits_another_week(home: Home) -> None:
    """Wait another week."""
    back_hug = await missing(home, ago(days=8))
    result = await fix(back_hug, "wait")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issue(back_hug) is None
    await next_check(home)
    assert issue(back_hug) is None
    await age(home, back_hug, days=8)
    assert issue(back_hug) is not None


async def test_fix_waits_while_not_loaded(home: Home) -> None:
    """Another week also starts while the entry is not loaded."""
    back_hug = await missing(home, ago(days=8))
    found = issue(back_hug)
    await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    assert issue(back_hug) == found
    await fix(back_hug, "wait")
    await back_hug.set_up(live=False)
    assert issue(back_hug) is None
    assert dt_util.utcnow() - await last_contact(back_hug) < timedelta(minutes=1)


async def test_fix_disables_the_issue(home: Home) -> None:
    """Disable the option."""
    back_hug = await missing(home, ago(days=8))
    loaded = back_hug.coordinator
    result = await fix(back_hug, "silence")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await until(lambda: back_hug.coordinator is not loaded, "it is reloaded")
    await home.hass.async_block_till_done()
    await next_check(home)
    assert issue(back_hug) is None
    assert back_hug.entry.options == {CONF_TELL_UNREACHABLE: False}


async def test_fix_removes_the_device(home: Home) -> None:
    """Remove the entry, after confirmation."""
    back_hug = await missing(home, ago(days=8))
    form = await fix(back_hug, "forget")
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "forget"
    assert back_hug.entry.state is ConfigEntryState.LOADED
    manager = repairs_flow_manager(home.hass)
    assert manager is not None
    result = await manager.async_configure(form["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert home.hass.config_entries.async_entries(DOMAIN) == []
    assert issue(back_hug) is None


async def test_fix_reconfigures(home: Home) -> None:
    """Find this device or another one; the issue stays until there is contact."""
    back_hug = await missing(home, ago(days=8))
    result = await fix(back_hug, "reconfigure")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure"
    assert issue(back_hug) is not None
    kind, flow_id = result["next_flow"]
    assert kind == "config_flow"
    form = home.hass.config_entries.flow.async_get(flow_id)
    assert form["step_id"] == "reconfigure"
    home.hass.config_entries.flow.async_abort(flow_id)
