"""Keys whose effect depends on the state."""

from __future__ import annotations

import asyncio
import json

import jsonschema
import pytest
import yaml

from custom_components.backhug.const import CONF_DESCRIPTION
from custom_components.backhug.described.files import protocol_of
from custom_components.backhug.device.errors import StopPendingError, WrongStateError
from custom_components.backhug.device.model import State
from custom_components.backhug.device.protocols.described.document import (
    DescriptionError,
)
from custom_components.backhug.device.protocols.described.file import read_description
from custom_components.backhug.device.protocols.described.toggles import (
    SETTLED_AFTER,
    Toggles,
)
from custom_components.backhug.device.protocols.protocol import Request
from simulator.vendors.taster import Key, State as Bed, Taster
from tests.home import Home, until

from .described import ROOT, DescribedClient, client_of, described, text_of
from .description_texts import MURMUR

SCHEMA = ROOT / "custom_components/backhug/device/protocols/description.schema.json"
TEXT = text_of(Taster)
SILENT = TEXT.replace('  read_status: {write: "03"}\n', "")
"""Where the state cannot be asked for."""
LEVEL = """  - name: level
    size: 2
    fields: {strength: {octet: 1}}
    unknown: [0]

evidence:"""
UNSAFE = SILENT[: SILENT.index("messages:")] + SILENT[SILENT.index("evidence:") :]
BOTH = pytest.mark.parametrize("text", [TEXT, SILENT], ids=["asked", "heard"])


async def running(home: Home, text: str) -> DescribedClient[Taster]:
    """Return a client of a bed on which a session runs."""
    client = await client_of(home, Taster, text)
    client.bed.become(Bed.TREATING)
    await client.shows(State.TREATING)
    return client


@BOTH
@pytest.mark.usefixtures("hurried")
async def test_pause_never_resumes_and_resume_never_pauses(
    home: Home, text: str
) -> None:
    """Both are the same key."""
    client = await running(home, text)
    bed = client.bed
    with pytest.raises(WrongStateError):
        await client.hug.resume()
    await client.hug.pause()
    # The state that is shown is the one before.
    with pytest.raises(WrongStateError):
        await client.hug.pause()
    assert (bed.state, bed.keys) == (Bed.PAUSED, [Key.PAUSE])
    await client.shows(State.PAUSED)
    await client.hug.resume()
    with pytest.raises(WrongStateError):
        await client.hug.resume()
    with pytest.raises(WrongStateError):
        await client.hug.start(20)
    assert (bed.state, bed.keys) == (Bed.TREATING, [Key.PAUSE] * 2)


@BOTH
@pytest.mark.usefixtures("hurried")
async def test_stop_at_rest_starts_nothing(home: Home, text: str) -> None:
    """Also not a second one after it has worked."""
    client = await client_of(home, Taster, text)
    if text == SILENT:
        client.bed.report(Bed.STANDBY)
    assert not await client.hug.stop()
    assert client.bed.keys == []
    client.bed.become(Bed.PAUSED)
    await client.shows(State.PAUSED)
    assert await client.hug.stop()
    assert not await client.hug.stop()
    assert (client.bed.state, client.bed.keys) == (Bed.STANDBY, [Key.POWER])


@BOTH
@pytest.mark.usefixtures("hurried")
async def test_stop_waits_for_the_report_of_a_start(home: Home, text: str) -> None:
    """At once after a start the state that was reported is no reason not to stop."""
    client = await client_of(home, Taster, text)
    client.bed.become(Bed.STANDBY)
    client.bed.delay = 0.05
    await client.hug.start(20)
    await client.hug.stop()
    assert (client.bed.state, client.bed.keys) == (Bed.STANDBY, [Key.POWER] * 2)


@pytest.mark.usefixtures("hurried")
async def test_old_report_presses_stop_no_second_time(home: Home) -> None:
    """It was on its way when the key was pressed; another message is of no state."""
    client = await running(home, SILENT.replace("\nevidence:", LEVEL))
    bed = client.bed
    bed.delay = 0.05
    stopping = asyncio.create_task(client.hug.stop())
    await until(lambda: bed.keys, "it is pressed")
    bed.report(Bed.TREATING)
    bed.notify(b"\0\5")
    assert await stopping
    assert client.status.strength == 5
    assert (bed.state, bed.keys) == (Bed.STANDBY, [Key.POWER])


@BOTH
@pytest.mark.usefixtures("hurried")
async def test_stop_that_comes_too_late_leaves_nothing_running(
    home: Home, text: str
) -> None:
    """A session that has ended a moment before is not begun again, or not for long."""
    client = await running(home, text)
    bed = client.bed
    bed.state = Bed.STANDBY
    stopping = asyncio.create_task(client.hug.stop())
    if text == SILENT:
        await until(lambda: bed.state is Bed.TREATING, "it has begun again")
        await asyncio.sleep(SETTLED_AFTER / 10)
        bed.report(bed.state)
    await stopping
    assert bed.state is Bed.STANDBY
    assert bed.keys == ([] if text == TEXT else [Key.POWER] * 2)


@pytest.mark.usefixtures("hurried")
async def test_stop_is_kept_until_the_state_is_certain(home: Home) -> None:
    """In an unknown state the key might start a session."""
    client = await running(home, SILENT)
    bed = client.bed
    bed.become(Bed.OTHER)
    await client.shows(State.UNKNOWN)
    with pytest.raises(StopPendingError):
        await client.hug.stop()
    assert bed.keys == []
    await until(lambda: bed.connected, "it is connected again")
    bed.become(Bed.TREATING)
    while client.hug.stop_kept:
        bed.report(bed.state)
        await asyncio.sleep(0.02)
    assert bed.state is Bed.STANDBY


def test_certainty() -> None:
    """A report counts if it shows the effect of the last press, or is later than any other could be."""
    now = 0.0
    toggles = Toggles(lambda: now)
    assert toggles.does(Request.STOP) is None
    toggles.heard(State.STANDBY)
    assert toggles.does(Request.STOP) is False
    assert toggles.does(Request.START) is True
    toggles.pressed(Request.SET_AREA)
    assert toggles.does(Request.START) is True
    toggles.pressed(Request.START)
    toggles.heard(State.STANDBY)
    assert toggles.does(Request.STOP) is toggles.does(Request.START) is None
    assert toggles.does(Request.RESUME) is False
    toggles.heard(State.SCANNING)
    assert toggles.does(Request.STOP) is toggles.does(Request.PAUSE) is True
    toggles.pressed(Request.PAUSE)
    assert toggles.does(Request.STOP) is True
    assert toggles.does(Request.PAUSE) is toggles.does(Request.RESUME) is None
    now = SETTLED_AFTER
    toggles.heard(State.TREATING)
    assert toggles.does(Request.PAUSE) is True
    toggles.heard(State.UNKNOWN)
    assert toggles.does(Request.STOP) is toggles.does(Request.PAUSE) is None
    toggles.heard(State.PAUSED)
    toggles.forget()
    assert toggles.does(Request.RESUME) is None


def toggled(text: str) -> list[str]:
    """Return the commands of a description that toggle."""
    jsonschema.validate(yaml.safe_load(text), json.loads(SCHEMA.read_text()))
    return [name for name, each in described(text).commands.items() if each.toggle]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT, ["start", "stop", "pause", "resume"]),
        (TEXT.replace('resume: {write: "02"', 'resume: {write: "04"'), ["start", "stop"]),
        (TEXT.replace('stop: {write: "01"', 'stop: {write: "01", toggle: true'), ["start", "stop", "pause", "resume"]),
        (SILENT.replace('  start: {write: "01"}\n', ""), ["pause", "resume"]),
        (
            SILENT.replace('  start: {write: "01"}\n', "").replace(
                'stop: {write: "01"', 'stop: {toggle: true, write: "01"'
            ),
            ["stop", "pause", "resume"],
        ),
        # One key begins and goes on.
        (
            TEXT.replace('start: {write: "01"', 'start: {write: "02"').replace(
                'pause: {write: "02"', 'pause: {write: "04"'
            ),
            ["start", "resume"],
        ),
        # A press and a long press.
        (
            TEXT.replace('start: {write: "01"', 'start: {write: "01", release: "00"').replace(
                'stop: {write: "01"', 'stop: {write: "01", release: "00", hold: 1.5'
            ),
            ["pause", "resume"],
        ),
        (
            TEXT.replace('pause: {write: "02"', 'pause: {write: ["02", "05"]'),
            ["start", "stop"],
        ),
        (
            TEXT.replace(
                "commands:",
                "parameters: {minutes: {min: 1, max: 2}}\ncommands:",
            )
            .replace('start: {write: "01"', 'start: {write: "{minutes}"')
            .replace('resume: {write: "02"', 'resume: {write: "04 {minutes}"')
            .replace('pause: {write: "02"', 'pause: {write: "04 {minutes}"'),
            ["start", "stop", "pause", "resume"],
        ),
    ],
    ids=["same", "differ", "said_too", "pause", "said", "play", "long", "list", "values"],
)  # fmt: skip
def test_commands_that_write_the_same_toggle(text: str, expected: list[str]) -> None:
    """So do those of which the description says so."""
    assert toggled(text) == expected


def test_fill_and_token_make_no_difference() -> None:
    """What is written counts, not how the template is written."""
    text = TEXT.replace(
        "commands:", "frame: {kind: fixed, size: 3}\ncommands:"
    ).replace('octets: ["01"]', 'octets: ["01 00 00"]')
    text = text.replace('pause: {write: "02"', 'pause: {write: "02 00"')
    assert toggled(text) == ["start", "stop", "pause", "resume"]
    session = 'session: {handshake: [{await: "07", token: {octet: 0, size: 1}}]}'
    text = TEXT.replace("commands:", f"{session}\ncommands:")
    text = text.replace('write: "02"', 'write: "02 {token}"')
    text = text.replace('resume: {write: "02', 'resume: {write: "03')
    assert toggled(text) == ["start", "stop"]


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        (', "02": paused', "", "pause", "resume writes the same, so pause is only safe"),
        ('"00": standby, ', "", "start", "add the field state, with standby"),
        (
            'pause: {write: "02"',
            'pause: {write: "05", toggle: true, times: 2',
            "pause",
            "it toggles: delete times",
        ),
        ("read_status: {", "read_status: {toggle: true, ", "read_status", "toggle is"),
        ('read_status: {write: "03"', 'read_status: {write: "02"', "read_status", "pause writes the same"),
        (
            'pause: {write: "02"}\n  resume: {write: "02"}',
            'strength_up: {write: "07"}\n  strength_down: {write: "07"}',
            "pause",
            "the same key makes it stronger and softer",
        ),
    ],
)  # fmt: skip
def test_unsafe_toggles(old: str, new: str, line: str, problem: str) -> None:
    """Without a reported state nobody knows what the key would do."""
    with pytest.raises(DescriptionError) as caught:
        described(TEXT.replace(old, new))
    assert problem in caught.value.problem
    assert f"{line}:" in TEXT.splitlines()[caught.value.line - 1]


@pytest.mark.parametrize(
    "session",
    [
        'handshake: [{await: "07"}, {write: "09"}, {write: "01"}]',
        'keep_alive: {every: 5, write: "02"}',
    ],
)
def test_nothing_starts_unasked(session: str) -> None:
    """Neither when the device is connected, nor to keep it so."""
    text = TEXT.replace("commands:", f"session: {{{session}}}\ncommands:")
    with pytest.raises(DescriptionError, match="this is written unasked, and"):
        described(text)
    changed = session.replace('"01"', '"08"').replace('"02"', '"08"')
    assert toggled(text.replace(session, changed))
    text = text.replace('start: {write: "01"', 'start: {write: ["01", "02", "0b"]')
    text = text.replace('stop: {write: "01"', 'stop: {write: "0c"')
    text = text.replace('octets: ["01"]', 'octets: ["0c"]')
    text = text.replace('pause: {write: "02"', 'pause: {write: "0a"')
    assert toggled(text.replace('resume: {write: "02"', 'resume: {write: "0d"')) == []


def test_description_in_use_keeps_its_stop() -> None:
    """What an earlier version has accepted is left out, as far as it is not safe."""
    stored = read_description("bed.yaml", UNSAFE, stored=True)
    assert list(stored.commands) == ["stop"]
    assert not stored.commands["stop"].toggle
    protocol = protocol_of({CONF_DESCRIPTION: {"file": "bed.yaml", "text": UNSAFE}})
    assert protocol is not None
    with pytest.raises(DescriptionError):
        described(UNSAFE)


def test_toggle_without_a_state_is_refused() -> None:
    """Such as a device that reports nothing."""
    text = MURMUR.replace('resume: {write: "!GO"', 'resume: {write: "!HOLD"')
    with pytest.raises(DescriptionError, match="pause is only safe where the device"):
        described(text)
