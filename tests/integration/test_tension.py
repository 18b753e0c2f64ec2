"""Tension as the sensors show it: unknown until it is measured, then before, live and after."""

from homeassistant.components.sensor import ATTR_STATE_CLASS
import pytest

from custom_components.backhug import coordinator
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, until

from .conftest import arrived, shown

REGIONS = [
    "left_upper",
    "left_mid",
    "left_lower",
    "right_upper",
    "right_mid",
    "right_lower",
]


@pytest.mark.usefixtures("all_enabled")
async def test_tension_follows_the_scans(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tension is unknown until measured, then before, live and after; never 0."""
    monkeypatch.setattr(coordinator, "LIVE_INTERVAL", 0)
    keys = ["tension", *(f"tension_{region}" for region in REGIONS)]
    history = {
        key: shown(back_hug.hass, back_hug.entity_id("sensor", key)) for key in keys
    }

    def measured() -> str | None:
        phase: str | None = back_hug.state("sensor", "tension").attributes["measured"]
        return phase

    assert {back_hug.value("sensor", key) for key in keys} == {"unknown"}
    assert measured() is None
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(10)
    await arrived(back_hug)
    assert {back_hug.value("sensor", key) for key in keys} == {"unknown"}

    back_hug.clock.advance(9)
    await until(lambda: measured() == "before", "the tension before is shown")
    record = back_hug.back.record
    assert record.before
    expected = {"tension": per_cent(record.before)} | {
        f"tension_{region}": per_cent(efforts)
        for region, efforts in in_regions(record.before).items()
    }
    assert {key: back_hug.value("sensor", key) for key in keys} == expected
    before = int(expected["tension"])

    back_hug.clock.advance(5)
    await until(lambda: measured() == "live", "the live tension is shown")
    back_hug.skip(20 * 60 - 27)
    back_hug.clock.advance(3)
    await back_hug.shows("sensor", "state", "finishing")
    back_hug.clock.advance(15)
    await until(lambda: measured() == "after", "the tension after is shown")
    assert back_hug.back.record.after
    assert back_hug.value("sensor", "tension") == per_cent(back_hug.back.record.after)
    assert int(back_hug.value("sensor", "tension")) < before
    for key in keys:
        assert all(0 < int(value) <= 100 for value in history[key]), key
        attributes = back_hug.state("sensor", key).attributes
        assert attributes["unit_of_measurement"] == "%"
        assert attributes[ATTR_STATE_CLASS] == "measurement"


@pytest.mark.usefixtures("all_enabled")
async def test_scan_without_touch_is_unknown(home: Home) -> None:
    """A scan in which no finger touches anything is unknown, not 0."""
    back_hug = await home.add(Build(senses_occupancy=False), occupied=False)
    await home.seen(back_hug)
    await back_hug.set_up()
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(19)
    await until(
        lambda: back_hug.state("sensor", "tension").attributes["measured"] == "before",
        "the scan is shown",
    )
    assert back_hug.value("sensor", "tension") == "unknown"
    assert back_hug.value("sensor", "tension_left_upper") == "unknown"


@pytest.mark.usefixtures("all_enabled")
async def test_region_without_touch_is_unknown(back_hug: SimulatedBackHug) -> None:
    """A region that no finger touches is unknown; the others are shown."""
    fingers = back_hug.build.fingers
    rows = fingers // 2
    efforts = [127] * fingers
    for row in range(rows):
        if 3 * row < rows:
            efforts[row] = 255
    for first in (0, 16):
        part = efforts[first : first + 16]
        back_hug.peripheral.inject_stream(bytes([0, 7, first, fingers, *part]))
    await back_hug.shows("sensor", "tension", "50")
    assert back_hug.value("sensor", "tension_left_upper") == "unknown"
    assert back_hug.value("sensor", "tension_right_upper") == "50"


async def test_tension_record_is_read_at_start(home: Home) -> None:
    """The record of a session that ran before Home Assistant started is shown."""
    back_hug = await home.add()
    back_hug.back.start_at_device(20)
    back_hug.clock.advance(20 * 60 + 20)
    await home.seen(back_hug)
    await back_hug.set_up()
    assert back_hug.back.record.after
    assert back_hug.value("sensor", "tension") == per_cent(back_hug.back.record.after)
    assert back_hug.state("sensor", "tension").attributes["measured"] == "after"
    assert back_hug.coordinator.history.number == 1


def in_regions(efforts: tuple[int, ...]) -> dict[str, list[int]]:
    """Return the efforts of each region, as the profile's text divides the fingers."""
    rows = len(efforts) // 2
    regions: dict[str, list[int]] = {region: [] for region in REGIONS}
    for finger, effort in enumerate(efforts):
        side = "left" if finger < rows else "right"
        row = finger % rows
        height = "upper" if 3 * row < rows else "mid" if 3 * row < 2 * rows else "lower"
        regions[f"{side}_{height}"].append(effort)
    return regions


def per_cent(efforts: tuple[int, ...] | list[int]) -> str:
    """Return the tension of some fingers as it is to be shown."""
    touching = [effort for effort in efforts if effort != 255]
    return str(round(100 * sum(touching) / len(touching) / 254))
