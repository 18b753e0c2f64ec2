"""Beds of invented vendors in Home Assistant, by descriptions in the person's configuration."""

from pathlib import Path
from typing import Any

from homeassistant.components import bluetooth
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigFlowResult
from homeassistant.const import ATTR_ASSUMED_STATE, CONF_SOURCE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.backhug.const import (
    CONF_DESCRIPTION,
    CONF_SUPERVISED,
    DOMAIN,
    TROUBLE_URL,
)
from custom_components.backhug.described import flow as described_flow
from custom_components.backhug.diagnostics import async_get_config_entry_diagnostics
from custom_components.backhug.session.delivery import async_stop_once
from simulator.vendors.murmur import Murmur
from simulator.vendors.relaxa import Mode, Relaxa
from tests.device.described import text_of
from tests.home import Home, until

from .described_beds import (
    call,
    entity,
    folder_in,
    murmur_in,
    relaxa_in,
    set_up,
    start,
    submit,
    value,
)


@pytest.fixture(autouse=True)
def folder(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return the folder of descriptions; scans take no time."""
    return folder_in(tmp_path, hass, monkeypatch)


def placeholder(result: ConfigFlowResult, name: str) -> str:
    """Return what is put into the text of a form."""
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    return placeholders[name]


async def test_bed_is_operated_by_a_description(home: Home, folder: Path) -> None:
    """Session, strength by steps, area, stop and state."""
    hass = home.hass
    (folder / "lx.yaml").write_text(text_of(Relaxa))
    bed = await relaxa_in(home)
    flow = await start(hass)
    assert flow["data_schema"] is not None
    (choice,) = flow["data_schema"].schema.values()
    assert choice.container == {
        bed.address: f"RLX-0042 ({bed.address}): lx.yaml (experimental, made by you)"
    }
    hass.config_entries.flow.async_abort(flow["flow_id"])
    assert bed.connections == 0
    entry = await set_up(home, bed)
    assert entry.data[CONF_DESCRIPTION]["file"] == "lx.yaml"
    for lacking in (
        ("number", "strength"),
        ("select", "flow"),
        ("select", "programme"),
        ("sensor", "sessions"),
        ("sensor", "fault"),
        ("sensor", "tension"),
        ("binary_sensor", "problem"),
        ("binary_sensor", "occupied"),
        ("button", "pause_resume"),
    ):
        assert entity(hass, bed, *lacking) is None, lacking

    await call(hass, bed, "number.set_value", "session_length", value=10)
    await call(hass, bed, "select.select_option", "area", option="lower_back")
    await call(hass, bed, "switch.turn_on", "session")
    await until(lambda: value(hass, bed, "sensor", "state") == "treating", "it runs")
    assert (bed.left, bed.area) == (600, 2)
    await call(hass, bed, "button.press", "stronger")
    await until(lambda: bed.strength == 3, "it is stronger")
    await call(hass, bed, "button.press", "softer")
    await until(lambda: bed.strength == 2, "it is softer")
    await call(hass, bed, "button.press", "stop")
    await until(lambda: value(hass, bed, "sensor", "state") == "finishing", "it ends")
    bed.clock.advance(5)  # type: ignore[attr-defined]
    await until(lambda: value(hass, bed, "sensor", "state") == "standby", "it rests")
    state = hass.states.get(entity(hass, bed, "switch", "session") or "")
    assert state is not None
    assert ATTR_ASSUMED_STATE not in state.attributes
    assert bed.unheard == 0


async def test_state_is_marked_as_assumed(home: Home, folder: Path) -> None:
    """Strength above half only after a session that was stopped."""
    hass = home.hass
    (folder / "murmur.yaml").write_text(text_of(Murmur))
    bed = await murmur_in(home)
    entry = await set_up(home, bed)
    state = hass.states.get(entity(hass, bed, "switch", "session") or "")
    assert state is not None
    assert state.attributes[ATTR_ASSUMED_STATE]
    with pytest.raises(ServiceValidationError, match="above half"):
        await call(hass, bed, "number.set_value", "strength", value=3)
    await call(hass, bed, "number.set_value", "strength", value=2)
    await call(hass, bed, "switch.turn_on", "session")
    await until(lambda: bed.running, "it runs")
    assert CONF_SUPERVISED not in entry.data
    await call(hass, bed, "switch.turn_off", "session")
    await until(lambda: not bed.running, "it is stopped")
    assert entry.data[CONF_SUPERVISED]
    await call(hass, bed, "number.set_value", "strength", value=3)
    assert bed.level == 3

    # Another text is another description.
    (folder / "murmur.yaml").write_text(text_of(Murmur) + "# changed\n")
    await hass.config_entries.async_reload(entry.entry_id)
    assert CONF_SUPERVISED not in entry.data
    assert entry.data[CONF_DESCRIPTION]["text"].endswith("# changed\n")


async def test_mistake_in_a_file_is_reported(home: Home, folder: Path) -> None:
    """The device goes on with what the file said before."""
    hass = home.hass
    file = folder / "lx.yaml"
    file.write_text(text_of(Relaxa))
    bed = await relaxa_in(home)
    entry = await set_up(home, bed)
    file.write_text(text_of(Relaxa).replace("size: 7", "size: seven"))
    (folder / "binary.yaml").write_bytes(b"\xff\xfe")
    await hass.config_entries.async_reload(entry.entry_id)
    issues = ir.async_get(hass)
    issue = issues.async_get_issue(DOMAIN, "description_lx.yaml")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert "line 49: write a whole number" in issue.translation_placeholders["problem"]
    # Only the flow reads the files of others.
    assert issues.async_get_issue(DOMAIN, "description_binary.yaml") is None
    await start(hass)
    assert issues.async_get_issue(DOMAIN, "description_binary.yaml") is not None
    await until(lambda: entry.runtime_data.available, "it is live")
    file.write_text(text_of(Relaxa))
    await hass.config_entries.async_reload(entry.entry_id)
    assert issues.async_get_issue(DOMAIN, "description_lx.yaml") is None
    file.unlink()
    await hass.config_entries.async_reload(entry.entry_id)
    assert issues.async_get_issue(DOMAIN, "description_lx.yaml") is None
    await until(lambda: entry.runtime_data.available, "it is live")


async def test_unknown_device_is_looked_at_and_described(
    home: Home, folder: Path
) -> None:
    """Nothing is written before the person has chosen a description."""
    hass = home.hass
    advertised = b"\x34\x12\x05\xc4\x00\x00\x00\x1a\x01\x06"
    bed = await relaxa_in(home, "BackHug-LX", advertised)
    await until(
        lambda: hass.config_entries.flow.async_progress_by_handler(DOMAIN),
        "it is found",
    )
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    result = await submit(hass, flow)
    assert result["step_id"] == "unknown"
    result = await submit(hass, result, next_step_id="look")
    report = placeholder(result, "report")
    assert "advertised service 0000ffe0-0000-1000-8000-00805f9b34fb" in report
    assert "0000ffe1-0000-1000-8000-00805f9b34fb write-without-response" in report
    assert "advertised data of 4660: 05 .. .. .. .. .. .. 06" in report
    assert "BackHug-LX" not in report
    assert bed.address not in report
    result = await submit(hass, result)
    assert result["step_id"] == "unknown"
    result = await submit(hass, result, next_step_id="describe")
    assert result["errors"] is None
    result = await submit(hass, result)
    assert result["errors"] == {"base": "description_missing"}
    result = await submit(hass, result, text="format: 2")
    assert result["errors"] == {"base": "description_unusable"}
    assert "pasted.yaml, line 1" in placeholder(result, "problem")
    assert bed.received == []

    text = text_of(Relaxa).replace('name: "RLX-"', 'name: "BackHug"')
    (folder / "relaxa_lx.yaml").write_text("another one")
    bed.faults.refuse_connections = True
    result = await submit(hass, result, text=text)
    assert result["errors"] == {"base": "description_unreachable"}
    bed.faults.clear()
    result = await submit(hass, result, file="relaxa_lx_2.yaml")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (folder / "relaxa_lx_2.yaml").read_text() == text
    entry = result["result"]
    await until(lambda: entry.runtime_data.available, "it is live")
    flow = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={CONF_SOURCE: SOURCE_RECONFIGURE, "entry_id": entry.entry_id},
    )
    result = await submit(hass, flow, address=bed.address)
    assert result["reason"] == "reconfigure_successful"
    assert CONF_DESCRIPTION in entry.data


def break_folder(folder: Path) -> None:
    """Put a file where the folder belongs."""
    folder.rmdir()
    folder.write_text("a file")


async def test_description_that_cannot_be_saved(home: Home, folder: Path) -> None:
    """The person is told why."""
    hass = home.hass
    await relaxa_in(home, "BackHug-LX")
    await until(
        lambda: hass.config_entries.flow.async_progress_by_handler(DOMAIN),
        "it is found",
    )
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    result = await submit(hass, flow)
    result = await submit(hass, result, next_step_id="describe")
    break_folder(folder)
    result = await submit(hass, result, text=text_of(Relaxa))
    assert result["errors"] == {"base": "description_not_saved"}


async def test_device_that_cannot_be_looked_at(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it advertises is shown all the same."""
    hass = home.hass
    bed = await relaxa_in(home, "BackHug-LX")
    await until(
        lambda: hass.config_entries.flow.async_progress_by_handler(DOMAIN),
        "it is found",
    )
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    result = await submit(hass, flow)
    monkeypatch.setattr(described_flow, "LOOK_TIMEOUT", 0)
    result = await submit(hass, result, next_step_id="look")
    assert placeholder(result, "report").endswith("not connected")
    result = await submit(hass, result)
    await bed.stop()
    monkeypatch.setattr(
        bluetooth, "async_ble_device_from_address", lambda *_, **__: None
    )
    result = await submit(hass, result, next_step_id="look")
    assert placeholder(result, "report").endswith("not connected")


async def test_ambiguous_descriptions_are_chosen_by_the_person(
    home: Home, folder: Path
) -> None:
    """A device that two descriptions match is not guessed at."""
    hass = home.hass
    for name in ("one.yaml", "two.yaml"):
        (folder / name).write_text(text_of(Relaxa))
    bed = await relaxa_in(home)
    result = await submit(hass, await start(hass), address=bed.address)
    assert result["step_id"] == "describe"
    result = await submit(hass, result, file="two.yaml")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await until(lambda: result["result"].runtime_data.available, "it is live")


async def test_locked_device_is_refused(home: Home, folder: Path) -> None:
    """A wrong PIN is reported, with a link to what to do."""
    hass = home.hass
    (folder / "lx.yaml").write_text(text_of(Relaxa))
    bed = await relaxa_in(home)
    entry = await set_up(home, bed)
    bed.pin = b"\4\4\4\4"
    bed.drop_link()
    issues, issue_id = ir.async_get(hass), f"incompatible_{entry.entry_id}"
    await until(lambda: issues.async_get_issue(DOMAIN, issue_id), "it is reported")
    issue = issues.async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.learn_more_url == TROUBLE_URL


async def test_stop_over_a_connection_of_its_own(home: Home, folder: Path) -> None:
    """Also while the entry is not loaded."""
    (folder / "lx.yaml").write_text(text_of(Relaxa))
    bed = await relaxa_in(home)
    entry = await set_up(home, bed)
    await home.hass.config_entries.async_unload(entry.entry_id)
    await until(lambda: not bed.connected, "it is let go")
    bed.work(10)
    assert await async_stop_once(home.hass, entry, entry.data["address"])
    assert bed.mode is Mode.LOWERING
    await home.hass.async_block_till_done()


async def test_diagnostics_hold_unexplained_frames(home: Home, folder: Path) -> None:
    """An owner can send one file."""
    (folder / "lx.yaml").write_text(text_of(Relaxa))
    bed = await relaxa_in(home)
    entry = await set_up(home, bed)
    bed._say(b"\x99\1")
    found: dict[str, Any] = {}

    async def read() -> None:
        found.update(await async_get_config_entry_diagnostics(home.hass, entry))

    await until(
        lambda: entry.runtime_data.controller.back_hug.unexplained, "it is heard"
    )
    await read()
    assert found["unexplained"] == ["99 01"]
