"""How often the tension map writes a state."""

from http import HTTPStatus
from xml.etree import ElementTree as ET

from custom_components.backhug import image
from tests.home import SimulatedBackHug

from ..conftest import shown
from .tension_maps import (
    Client,
    Clock,
    backs,
    finish,
    scan,
    sizes,
    tension_map,
    write_tokens,
)


async def test_live_scans_write_few_states(
    back_hug: SimulatedBackHug, client: Client, clock: Clock
) -> None:
    """A request is served a new image every ten seconds; states are written less often."""
    await back_hug.treat(40)
    await scan(back_hug)
    shown = tension_map(back_hug)
    (first,) = await backs(client, back_hug)

    back_hug.skip(600)
    await scan(back_hug)
    (again,) = await backs(client, back_hug)
    assert ET.tostring(again) == ET.tostring(first)
    clock.now += image.REDRAW_INTERVAL
    (later,) = await backs(client, back_hug)
    assert sizes(later) < sizes(first)
    assert tension_map(back_hug) == shown

    clock.now += image.STATE_INTERVAL - image.REDRAW_INTERVAL - 1
    await scan(back_hug)
    assert tension_map(back_hug) == shown
    clock.now += 1
    await scan(back_hug)
    assert tension_map(back_hug) > shown


async def test_new_token_updates_the_time_of_the_image(
    back_hug: SimulatedBackHug, client: Client
) -> None:
    """The state that Home Assistant writes with a new token has the current time of the image."""
    await back_hug.treat()
    await scan(back_hug)
    address = back_hug.state("image", "tension_map").attributes["entity_picture"]
    shown = tension_map(back_hug)
    await scan(back_hug)
    assert tension_map(back_hug) == shown
    write_tokens(back_hug.hass, back_hug)
    assert tension_map(back_hug) > shown
    assert (await client.get(address)).status == HTTPStatus.OK

    shown = tension_map(back_hug)
    write_tokens(back_hug.hass, back_hug)
    assert tension_map(back_hug) == shown
    assert (await client.get(address)).status == HTTPStatus.FORBIDDEN


async def test_session_writes_at_most_14_states(
    back_hug: SimulatedBackHug, client: Client, clock: Clock
) -> None:
    """A session of 30 minutes, fetched all the time, is at most 14 rows in the recorder."""
    states = shown(back_hug.hass, back_hug.entity_id("image", "tension_map"))
    await back_hug.treat(30)
    for passed in range(20, 30 * 60 - 40, 20):
        clock.now += 20
        back_hug.skip(19)
        await scan(back_hug)
        if passed % 300 == 100:
            write_tokens(back_hug.hass, back_hug)
        await backs(client, back_hug)
    await finish(back_hug, 60)
    assert len(await backs(client, back_hug)) == 2
    assert 10 <= len(states) <= 14
