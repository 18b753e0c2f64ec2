"""The tension map: fetched and read as a dashboard does, while the device scans."""

from http import HTTPStatus
from typing import override
from xml.etree import ElementTree as ET

from aiohttp import web
from aiohttp.test_utils import TestClient
from homeassistant.components.image.const import DATA_COMPONENT
from homeassistant.core import HomeAssistant

from custom_components.backhug.device.model import Phase
from simulator.model import Observer, Phase as SimulatedPhase
from tests.home import SimulatedBackHug, until

type Client = TestClient[web.Request, web.Application]

SVG = "{http://www.w3.org/2000/svg}"


class Clock:
    """Clock of the image and the coordinator; it advances only when it is set."""

    def __init__(self) -> None:
        """Start at an arbitrary time."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time, in seconds."""
        return self.now


def tension_map(back_hug: SimulatedBackHug) -> str:
    """Return the state of the image."""
    return back_hug.value("image", "tension_map")


async def backs(client: Client, back_hug: SimulatedBackHug) -> list[ET.Element]:
    """Fetch the image as a dashboard does; return the backs in it."""
    address = back_hug.state("image", "tension_map").attributes["entity_picture"]
    response = await client.get(address)
    assert response.status == HTTPStatus.OK
    assert response.content_type == "image/svg+xml"
    root = ET.fromstring(await response.text())
    return root.findall(f"{SVG}g[@class='back']")


def touching(back: ET.Element) -> list[bool]:
    """Return for each finger of a back whether it is drawn as touching."""
    spots = back.findall(f"{SVG}ellipse")
    return [spot.attrib["class"] == "finger" for spot in spots]


def sizes(back: ET.Element) -> float:
    """Return the sum of the sizes of all spots of a back."""
    return sum(float(spot.attrib["rx"]) for spot in back.findall(f"{SVG}ellipse"))


def measured(back_hug: SimulatedBackHug) -> Phase | None:
    """Return the phase of the newest received scan."""
    tension = back_hug.coordinator.controller.back_hug.snapshot.tension
    return None if tension is None else tension.phase


class LastScan(Observer):
    """Records the last scan of a device."""

    efforts: tuple[int | None, ...] | None = None

    @override
    def scanned(
        self,
        phase: SimulatedPhase,
        number: int,
        efforts: tuple[int, ...],
    ) -> None:
        """Record a scan."""
        self.efforts = tuple(None if effort == 255 else effort for effort in efforts)


async def scan(back_hug: SimulatedBackHug, seconds: float = 1) -> None:
    """Let the device scan the back for some time; wait for its last scan."""
    last = LastScan()
    back_hug.back.observe(last)
    back_hug.clock.advance(seconds)
    assert last.efforts is not None

    def arrived() -> bool:
        tension = back_hug.coordinator.controller.back_hug.snapshot.tension
        return tension is not None and tension.efforts == last.efforts

    await until(arrived, "the last scan has arrived")
    await back_hug.hass.async_block_till_done()


async def finish(back_hug: SimulatedBackHug, seconds: float = 30) -> None:
    """Let a session end, and wait until the device is in standby and its record is read."""
    back_hug.clock.advance(seconds)
    await back_hug.shows("sensor", "state", "standby")
    await until(
        lambda: (
            (record := back_hug.coordinator.controller.back_hug.snapshot.record)
            and record.after
        ),
        "the record is read",
    )
    await back_hug.hass.async_block_till_done()


def write_tokens(hass: HomeAssistant, back_hug: SimulatedBackHug) -> None:
    """Update the token as the image platform does every five minutes."""
    entity = hass.data[DATA_COMPONENT].get_entity(
        back_hug.entity_id("image", "tension_map")
    )
    assert entity is not None
    entity.async_update_token()
    entity.async_write_ha_state()
