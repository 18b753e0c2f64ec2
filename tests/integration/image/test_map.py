"""Tension map: its content, and how often it writes a state."""

from copy import replace
from http import HTTPStatus
import re
from typing import override
from xml.etree import ElementTree as ET

from aiohttp import web
from aiohttp.test_utils import TestClient
from homeassistant.components.image.const import DATA_COMPONENT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_load_integrations
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.backhug import coordinator, image
from custom_components.backhug.const import DOMAIN
from custom_components.backhug.device.model import Phase, TensionScan
from custom_components.backhug.session.record import Tension
from custom_components.backhug.session.tension_picture import draw_picture
from simulator.build import Build
from simulator.model import Observer, Opcode, Phase as SimulatedPhase
from tests.home import Home, SimulatedBackHug, until

from ..conftest import shown

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


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace and return the clock of the image and the coordinator."""
    clock = Clock()
    monkeypatch.setattr(image, "monotonic", clock)
    monkeypatch.setattr(coordinator, "monotonic", clock)
    return clock


@pytest.fixture
async def client(
    clock: Clock,  # noqa: ARG001, before the set-up
    back_hug: SimulatedBackHug,  # noqa: ARG001, sets up the HTTP server
    hass_client_no_auth: ClientSessionGenerator,
) -> Client:
    """Return an unauthenticated HTTP client."""
    client: Client = await hass_client_no_auth()
    return client


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


def description(back_hug: SimulatedBackHug) -> str:
    """Return what the image shows, in words."""
    text: str = back_hug.state("image", "tension_map").attributes["description"]
    return text


async def test_description_says_what_the_image_shows(
    back_hug: SimulatedBackHug,
) -> None:
    """The description follows the image, for people who do not see it."""
    assert description(back_hug) == "No tension is measured yet."
    await back_hug.treat()
    await scan(back_hug)
    assert re.fullmatch(
        r"During the session: tension \d+ %, highest at the upper (left|right) \(\d+ %\)\.",
        description(back_hug),
    )
    back_hug.skip(20 * 60 - 30)
    await finish(back_hug)
    session = back_hug.coordinator.history.last
    assert session is not None
    words = []
    for when, tension in (
        ("Before", session.tension_before),
        ("After", session.tension_after),
    ):
        assert tension is not None
        highest = max(value for value in tension.regions.values() if value is not None)
        words.append(
            rf"{when} the session: tension {tension.back} %, highest at the [a-z ]+ \({highest} %\)\."
        )
    assert re.fullmatch(" ".join(words), description(back_hug))


async def test_description_of_a_scan_without_contact(
    back_hug: SimulatedBackHug,
) -> None:
    """A scan in which no finger touches the back has no tension."""
    person = back_hug.back.person
    person.not_touching = frozenset(range(back_hug.build.fingers))
    await back_hug.treat()
    await until(
        lambda: description(back_hug) == "No finger touches the back.",
        "the description is there",
    )


@pytest.mark.parametrize(
    ("language", "loaded", "text"),
    [
        ("de", True, "Noch ist keine Verspannung gemessen."),
        ("fr", True, "No tension is measured yet."),
        ("fr", False, "No tension is measured yet."),
    ],
)
async def test_description_is_in_the_language_of_home_assistant(
    back_hug: SimulatedBackHug, language: str, loaded: bool, text: str
) -> None:
    """It is translated; in English where there is no translation, or until it is loaded."""
    hass = back_hug.hass
    hass.config.language = language
    if loaded:
        await async_load_integrations(hass, {DOMAIN})
    write_tokens(hass, back_hug)
    assert description(back_hug) == text


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize(
    ("language", "titles", "sides"),
    [
        ("en", ("Before", "After"), ("left", "right")),
        ("de", ("Vorher", "Nachher"), ("links", "rechts")),
    ],
)
async def test_png_for_notifications(
    home: Home,
    hass_client_no_auth: ClientSessionGenerator,
    language: str,
    titles: tuple[str, str],
    sides: tuple[str, str],
) -> None:
    """The second image shows the same scans, with words in the language of Home Assistant."""
    home.hass.config.language = language
    back_hug = await home.add()
    await home.seen(back_hug)
    await back_hug.set_up()
    client: Client = await hass_client_no_auth()

    async def fetch() -> bytes:
        address = back_hug.state("image", "tension_picture").attributes[
            "entity_picture"
        ]
        response = await client.get(address)
        assert response.status == HTTPStatus.OK
        assert response.content_type == "image/png"
        return await response.read()

    empty = {
        "en": "No tension is measured yet.",
        "de": "Noch ist keine Verspannung gemessen.",
    }
    assert await fetch() == draw_picture(28, [(None, empty[language])], *sides)
    await back_hug.treat()
    back_hug.skip(20 * 60 - 30)
    await finish(back_hug)
    record = back_hug.coordinator.controller.back_hug.snapshot.record
    assert record is not None
    backs: list[tuple[TensionScan | None, str]] = []
    for title, scan in zip(titles, (record.before, record.after), strict=True):
        assert scan is not None
        tension = Tension.of(scan).back
        backs.append((scan, f"{title}: {tension} %"))
    assert await fetch() == draw_picture(28, backs, *sides)
    # A scan without contact has no tension.
    untouched = (
        TensionScan(Phase.LIVE, (None,) * 28),
        {"en": "Now", "de": "Jetzt"}[language],
    )
    draw = image.DESCRIPTIONS[1].draw_fn(home.hass, 28, (untouched[0],))
    assert draw() == draw_picture(28, [untouched], *sides)


def test_png_is_disabled_by_default() -> None:
    """The address of an image is recorded every five minutes: only who needs it enables it."""
    enabled = {
        each.key: each.entity_registry_enabled_default for each in image.DESCRIPTIONS
    }
    assert enabled == {"tension_map": True, "tension_picture": False}
