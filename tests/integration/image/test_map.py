"""The content of the tension map."""

from copy import replace
from http import HTTPStatus
from xml.etree import ElementTree as ET

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.backhug.device.model import Phase
from simulator.build import Build
from simulator.model import Opcode
from tests.home import Home, SimulatedBackHug, until

from ..conftest import shown
from .tension_maps import (
    Client,
    Clock,
    backs,
    finish,
    measured,
    scan,
    sizes,
    tension_map,
    touching,
    write_tokens,
)


async def test_image_follows_the_session(
    back_hug: SimulatedBackHug, client: Client, clock: Clock
) -> None:
    """It shows no scan, the scan before, live scans, then before and after, each with a new state."""
    states = shown(back_hug.hass, back_hug.entity_id("image", "tension_map"))
    assert tension_map(back_hug) == "unknown"
    (empty,) = await backs(client, back_hug)
    assert touching(empty) == []

    await back_hug.treat()
    await scan(back_hug)
    record = back_hug.back.record
    assert record.before
    (live,) = await backs(client, back_hug)
    assert touching(live) == [effort != 255 for effort in record.before]
    assert len(states) == 2, "before, and the first live"

    clock.now += 1200
    back_hug.skip(20 * 60 - 30)
    await scan(back_hug, 15)
    # The scan after is shown before the record contains it.
    assert back_hug.value("sensor", "state") == "finishing"
    after_at = tension_map(back_hug)
    pair = await backs(client, back_hug)
    assert len(pair) == 2
    assert sizes(pair[0]) > sizes(pair[1])

    await finish(back_hug, 15)
    assert tension_map(back_hug) == after_at
    assert [ET.tostring(back) for back in await backs(client, back_hug)] == [
        ET.tostring(back) for back in pair
    ]

    # The next session begins: the pair stays until there is a new scan.
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(10)
    await back_hug.shows("sensor", "state", "scanning")
    assert len(await backs(client, back_hug)) == 2
    assert tension_map(back_hug) == after_at
    back_hug.clock.advance(9)
    await until(lambda: measured(back_hug) is Phase.BEFORE, "it was scanned before")
    assert len(await backs(client, back_hug)) == 1
    assert tension_map(back_hug) > after_at
    assert sorted(set(states)) == states


@pytest.mark.parametrize("ended_by", [Opcode.PAUSE, Opcode.STOP])
async def test_last_live_scan_is_published(
    back_hug: SimulatedBackHug, client: Client, ended_by: Opcode
) -> None:
    """If no live scan follows, the last one gets a state and an image at once."""
    await back_hug.treat()
    await scan(back_hug)
    (first,) = await backs(client, back_hug)
    back_hug.skip(600)
    await scan(back_hug)
    shown = tension_map(back_hug)
    if ended_by is Opcode.PAUSE:
        await back_hug.call("button", "press", "pause_resume")
        await back_hug.shows("sensor", "state", "paused")
    else:
        await back_hug.call("switch", "turn_off", "session")
        back_hug.clock.advance(16)
        await back_hug.shows("sensor", "state", "standby")
    assert tension_map(back_hug) > shown
    (last,) = await backs(client, back_hug)
    assert sizes(last) < sizes(first)


async def test_unavailable_device_has_no_image(
    back_hug: SimulatedBackHug, client: Client
) -> None:
    """The image is not served while the device is unavailable, and is unchanged afterwards."""
    await back_hug.treat()
    await scan(back_hug)
    await back_hug.call("switch", "turn_off", "session")
    back_hug.clock.advance(16)
    await back_hug.shows("sensor", "state", "standby")
    shown = tension_map(back_hug)
    drawn = [ET.tostring(back) for back in await backs(client, back_hug)]

    await back_hug.call("switch", "turn_off", "hold_connection")
    assert tension_map(back_hug) == "unavailable"
    write_tokens(back_hug.hass, back_hug)
    assert tension_map(back_hug) == "unavailable"
    address = back_hug.state("image", "tension_map").attributes["entity_picture"]
    assert (await client.get(address)).status == HTTPStatus.INTERNAL_SERVER_ERROR

    await back_hug.call("switch", "turn_on", "hold_connection")
    await back_hug.live()
    assert tension_map(back_hug) == shown
    assert [ET.tostring(back) for back in await backs(client, back_hug)] == drawn


async def test_last_session_is_shown_after_reload(
    back_hug: SimulatedBackHug, client: Client
) -> None:
    """The scans before and after are restored from the record of the device."""
    await back_hug.treat()
    back_hug.skip(20 * 60 - 30)
    await finish(back_hug)
    drawn = [ET.tostring(back) for back in await backs(client, back_hug)]
    assert len(drawn) == 2
    assert await back_hug.hass.config_entries.async_reload(back_hug.entry.entry_id)
    await back_hug.live()
    assert tension_map(back_hug) not in {"unknown", "unavailable"}
    assert [ET.tostring(back) for back in await backs(client, back_hug)] == drawn


async def test_scans_of_two_sessions_are_never_paired(
    back_hug: SimulatedBackHug, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scan after is shown alone if the scan before belongs to another session or is missing."""
    await back_hug.treat()
    back_hug.skip(20 * 60 - 30)
    await finish(back_hug)
    assert len(await backs(client, back_hug)) == 2
    device = back_hug.coordinator.controller.back_hug
    record = device.snapshot.record
    assert record is not None
    # It is read once more in standby.
    monkeypatch.setattr(device.reported, "receive_record", lambda _: None)
    for other in (
        None,
        replace(record, before=None),
        replace(record, session=record.session - 1, after=None),
        replace(record, after=record.before),
    ):
        device.reported.record = other
        device._publish()
        assert len(await backs(client, back_hug)) == 1


@pytest.mark.parametrize("fingers", [2, 24, 26, 64])
async def test_image_has_a_spot_for_every_finger(
    home: Home, hass_client: ClientSessionGenerator, fingers: int
) -> None:
    """The number of spots is that of the device."""
    back_hug = await home.add(Build(fingers=fingers))
    await home.seen(back_hug)
    await back_hug.set_up()
    await back_hug.treat()
    await until(lambda: measured(back_hug) is Phase.LIVE, "it is treating")
    (back,) = await backs(await hass_client(), back_hug)
    assert len(touching(back)) == fingers
