"""Descriptions: what is accepted, and the line of what is not."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from custom_components.backhug.device.model import Area, State
from custom_components.backhug.device.protocols.described.description import Match
from custom_components.backhug.device.protocols.described.document import (
    DescriptionError,
)

from .described import ROOT, described
from .description_texts import MURMUR, RELAXA, plain, with_messages

OPEN = (ROOT / "docs" / "open-profile.yaml").read_text()
SCHEMA = ROOT / "custom_components/backhug/device/protocols/description.schema.json"


@pytest.mark.parametrize("text", [RELAXA, MURMUR, OPEN])
def test_examples_agree_with_the_schema(text: str) -> None:
    """Editors and the integration accept the same files."""
    jsonschema.validate(yaml.safe_load(text), json.loads(SCHEMA.read_text()))
    described(text)


def test_what_is_read() -> None:
    """The sections become what the protocol needs."""
    description = described(RELAXA)
    assert description.name == "Relaxa LX"
    assert description.unconfirmed == ("read_status", "status.seconds_left")
    assert list(description.parameters["minutes"].codes)[:2] == [5, 6]
    assert description.ends_after == 30
    message = description.message(bytes.fromhex("80 09 53 02 04 b0 00"))
    assert message is not None
    values = message.read(bytes.fromhex("80 09 53 02 04 b0 00"))
    assert values == {
        "state": None,
        "strength": 3,
        "area": Area.LOWER_BACK,
        "seconds_left": 1200,
    }


def test_text_messages() -> None:
    """Text is cut into pieces."""
    description = described(with_messages())
    message = description.message(b"@ON,3")
    assert message is not None
    assert message.read(b"@ON,3") == {"state": State.TREATING, "strength": 7}
    assert message.read(b"@NO, 4 ") == {"state": None, "strength": 9}
    assert description.message(b"ON") is None


def test_signals() -> None:
    """All signals that are given must agree."""
    text = RELAXA.replace(
        'services: ["ffe0"]', 'manufacturer: 89\n  manufacturer_data: "01 .. 03"'
    )
    match = described(text).match
    assert match.advertised("RLX-1", frozenset(), {89: b"\1\2\3\4"})
    assert not match.advertised("RLX-1", frozenset(), {89: b"\1\2"})
    assert not match.advertised("RLX-1", frozenset(), {88: b"\1\2\3"})
    assert not match.advertised("RL", frozenset(), {89: b"\1\2\3"})
    services = frozenset({"a"})
    assert Match(services=services).advertised("", services | {"b"}, {})
    assert not Match(services=services).advertised("", frozenset({"b"}), {})


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("format: 1", "format: 2", "whole number from 1 to 1"),
        ('name: "Relaxa LX"', 'name: ""', "1 to 40 characters"),
        ('  name: "RLX-"', '  nome: "RLX-"', "nome is not known here"),
        ('  name: "RLX-"\n', "", "thousands of products"),
        ('name: "RLX-"', 'manufacturer_data: "01"', "add manufacturer to it"),
        (
            '  name: "RLX-"\n  services: ["ffe0"]',
            '  model: "X"',
            "add name, services or manufacturer",
        ),
        ('services: ["ffe0"]', 'services: "ffe0"', "a list belongs here"),
        ('services: ["ffe0"]', 'services: ["ffe"]', "4 or 32 hex digits"),
        ('write: "ffe1"', "write: ffe1", "put ffe1 in quotes"),
        ('  write: "ffe1"\n', "", "write is missing"),
        ("response: false", "response: no", "no is not known: use one of true"),
        ("chunk: 20", "chunk: 0x14", "whole number from 20"),
        ("gap: 0.02", "gap: 2", "a number from 0 to 1"),
        ("kind: length", "kind: long", "long is not known"),
        ("kind: length", "kind: fixed", "length is not known here"),
        ("  length: {size: 1, counts: payload}\n", "", "length is missing"),
        ('reply_header: "55 ab"', 'reply_header: "55"', "as many octets as header"),
        ("{name: sum8}", "{name: sum9}", "sum9 is not known"),
        ("{name: sum8}", "{name: sum8, to: 0}", "whole number from 1"),
        ('header: "55 aa"', 'header: "55 a"', "two hex digits each"),
        ('write: "f0 01 02 03 04"', 'write: "f0 {pin}"', "{pin} has no place here"),
        ('await: "f0 00"', 'await: "f0 0"', "two hex digits for each octet"),
        ('      await: "f0 00"\n', "", "add await"),
        ("min: 5, max: 30", "min: 5, max: 300", "whole number from 5 to 60"),
        ("min: 5, max: 30", "min: 5", "max is missing"),
        ("min: 5, max: 30", "min: 5, max: 30, scale: 60", "is too small"),
        ("{min: 5, max: 30}", '{map: {5: "05"}, min: 5}', "map alone"),
        ("{min: 5, max: 30}", "{map: {}}", "the map is empty"),
        ('map: {full_back: "00", upper_back: "01", lower_back: "02"}', "map: {}", ""),
        ("full_back:", "whole_back:", "whole_back is not known here"),
        ("ends_after: 30", "ends_after: 4", "limits.ends_after"),
        ('  stop: {write: "11", await: "11 00"}\n', "", "stop is missing"),
        ('stop: {write: "11"', "stop: {write: [  ]", "write at least one payload"),
        (
            'stop: {write: "11"',
            'stop: {times: 10, every: 1, write: "11"',
            "two seconds",
        ),
        ('stop: {write: "11"', 'stop: {write: "11 {minutes}"', "has no place here"),
        ('stop: {write: "11"', 'stop: {write: "1"', "two hex digits each"),
        (
            "  strength_down:",
            "  set_flow:",
            "strength_up and strength_down must be given together",
        ),
        ('set_area: {write: "21 {area}"', 'set_area: {write: "21"', "needs {area}"),
        (
            'start: {write: "10 {minutes}"',
            'start: {write: "10"',
            "is used in no command",
        ),
        ("  read_status:", "  stop:", "stop is here twice"),
        ('match: "80"\n    size: 7', "", "add match or size"),
        ("name: status", "name: Status", "lower-case letters"),
        ("name: alive", "name: status", "status is here twice"),
        ("unknown: [6]", "unknown: []", "octet 6 is not explained"),
        ("unknown: [6]", "unknown: [6, 7]", "octet 7 is beyond the size of 7"),
        ("    size: 7\n", '    size: 7\n    split: ","\n', "split is for text lines"),
        ("size: 2, endian: big", "size: 5, endian: big", "whole number from 1 to 4"),
        ("bits: [0, 3]", "bits: [3, 0]", "lowest and highest bit"),
        ('"00": standby', '"0000": standby', "write 1 octet here"),
        ('"00": standby', '"00": resting', "resting is not known"),
        (
            ', map: {"00": standby, "01": treating, "02": finishing}',
            "",
            "map is missing",
        ),
        ("stop: confirmed", "stop: tentative", "stop must be confirmed"),
        ("status.area: confirmed", "status.flow: confirmed", "is not known here"),
        ('    - {command: stop, octets: ["55 aa 01 11 11"]}\n', "", "a vector of stop"),
        ("55 aa 01 11 11", "55 aa 01 11 12", "gives 55 aa 01 11 11 here"),
        ('octets: ["55 aa 01 11 11"]', 'octets: ["11", "11"]', "here are 2"),
        ("with: {minutes: 20}, ", "", "add the values of this vector"),
        ("with: {minutes: 20}", "with: {minutes: 4}", "4 is not known"),
        (
            "{command: stop, o",
            "{command: stop, counter: 1, o",
            "no counter in the frame",
        ),
        ("04 b0 00 41", "04 b0 00 42", "its checksum is wrong"),
        ("55 ab 07 80", "55 ab 08 80", "its length is wrong"),
        ("55 ab 07 80", "55 aa 07 80", "its frame is wrong"),
        ('octets: "55 ab 07 80 01 03 02 04 b0 00 41"', 'octets: "55 ab"', "too short"),
        ("message: status", "message: alive", "not recognised as alive, but as status"),
        (
            'octets: "55 ab 07 80 01 03 02 04 b0 00 41"',
            'octets: "55 ab 01 05 06"',
            "but as nothing",
        ),
        ("state: treating,", "state: standby,", "state is read as treating"),
        ("limits:", "limits: &x", "anchors, aliases and tags"),
        ("limits:", "limits: [[[[[[[[[[[1]]]]]]]]]]]\nx:", "nested too deeply"),
        ("limits:", "limits: {", "this is not YAML"),
        ("limits:\n  ends_after: 30", "limits: 30", "keys with values belong here"),
        ("ends_after: 30", "ends_after: [30]", "a single value belongs here"),
        ('name: "RLX-"', 'name: "RLX\\0"', "1 to 40 characters"),
        ('await: "11 00"', 'await: "\\xe4"', "ASCII letters, digits and signs"),
        ('  notify: "ffe2"\n', "", "add link.notify"),
        ('await: "11 00"', 'await: ""', "ASCII"),
        ('release: "20 00"', 'release: "20 0"', "two hex digits each"),
        ('release: "20 00", hold: 0.1', "repeat: 0.1", "add release, or use times"),
    ],
)
def test_errors_name_the_line(old: str, new: str, problem: str) -> None:
    """The error says where, why and what to do."""
    assert old in RELAXA
    text = RELAXA.replace(old, new, 1)
    with pytest.raises(DescriptionError) as caught:
        described(text)
    assert problem in caught.value.problem
    assert 1 <= caught.value.line <= text.count("\n") + 1
    assert str(caught.value).startswith(f"bed.yaml, line {caught.value.line}: ")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("chunk: 20", "chunk: 0x14"),
        ('write: "ffe1"', "write: ffe1"),
        ("{name: sum8}", "{name: sum9}"),
        ('refused: "f0 01"', 'refused: "f"'),
        ("min: 5, max: 30", "min: 5, max: 300"),
        ("  read_status:", "  stop:"),
        ("bits: [0, 3]", "bits: [3, 0]"),
        ("stop: confirmed", "stop: tentative"),
        ("04 b0 00 41", "04 b0 00 42"),
    ],
)
def test_the_line_is_that_of_the_mistake(old: str, new: str) -> None:
    """Somebody who opens the file finds it there."""
    with pytest.raises(DescriptionError) as caught:
        described(RELAXA.replace(old, new, 1))
    lines = RELAXA.splitlines()
    at = next(number for number, line in enumerate(lines, 1) if old in line)
    # The confidence of stop is missing in the mapping, which begins a line earlier.
    assert caught.value.line in ((at,) if "stop:" not in new else (at, at - 1))


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("a: 1\nb: [\n", 3, "not YAML"),
        ("a: 1\nb: \0\n", 2, "not allowed"),
        ('a: "\\UFFFFFFFF"\n', 1, "not"),
        ("x" * 70_000, 1, "too long"),
        ("[1, 2]", 1, "keys with values"),
        ("a: !!python/none x", 1, "tags"),
    ],
)
def test_what_is_no_document(text: str, line: int, problem: str) -> None:
    """Whatever it is, it has a line."""
    with pytest.raises(DescriptionError) as caught:
        described(text)
    assert caught.value.line == line
    assert problem in caught.value.problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            plain("kind: raw", "11")
            .replace(', notify: "ffe1"', "")
            .replace("evidence:", "messages: [{name: a, size: 1}]\nevidence:"),
            "add link.notify, where",
        ),
        (MURMUR.replace(', separator: "*"', ""), "correct one of them"),
        (with_messages().replace('    split: ","\n', ""), "add split"),
        (MURMUR.replace("min: 1, max: 5", 'map: {1: "A", 3: "B"}'), "levels are 1, 2"),
        (
            MURMUR.replace("  pause:", "  strength_up:").replace(
                "  resume:", "  strength_down:"
            ),
            "delete this: there is set_strength",
        ),
    ],
)
def test_errors_of_text_lines(text: str, problem: str) -> None:
    """Text lines have rules of their own."""
    with pytest.raises(DescriptionError, match=problem):
        described(text)
