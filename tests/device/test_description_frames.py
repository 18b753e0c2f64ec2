"""Frames, vectors and handshakes of a description file, and files that are none."""

from __future__ import annotations

from contextlib import suppress
import re

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.backhug.device.protocols.described.document import (
    DescriptionError,
)
from custom_components.backhug.device.protocols.described.file import read_description

from .described import described
from .description_texts import RELAXA, plain, with_messages


def made(frame: str, octets: str = "00") -> str:
    """Return the frame that a description makes of its stop."""
    with suppress(DescriptionError):
        described(plain(frame, octets))
        return octets
    with pytest.raises(DescriptionError) as caught:
        described(plain(frame, octets))
    found = re.search(r"gives ((?:[0-9a-f]{2} ?)+) here", caught.value.problem)
    assert found is not None, caught.value
    return found[1].strip()


@pytest.mark.parametrize(
    ("frame", "octets"),
    [
        ("kind: raw", "11"),
        (
            'kind: fixed\n  size: 4\n  header: "aa"\n  checksum: {name: xor8}',
            "aa 11 00 bb",
        ),
        (
            """kind: length
  header: "55"
  length: {at: 1, counts: frame}
  counter: {at: 2, first: 9}
  checksum: {name: sum16, endian: big}
  trailer: "0d"
""",
            "55 07 09 11 00 76 0d",
        ),
        (
            """kind: length
  header: "55"
  length: {counts: after, add: -1}
  checksum: {name: sum8_negated, from: 1, to: end}
""",
            "55 01 11 ee",
        ),
        (
            """kind: fixed
  size: 16
  cipher: {name: aes128_ecb, key: "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f"}
""",
            "34 6c 2d 68 f8 58 8c 32 9c 28 8f 3a 2f dc ee 08",
        ),
        (
            """kind: delimited
  header: "40"
  trailer: "40"
  escape: {"11": "3c 01", "3c": "3c 02"}
  checksum: {name: sum8_inverted, at: 1}
""",
            "40 ae 3c 01 40",
        ),
    ],
)
def test_frames(frame: str, octets: str) -> None:
    """What a frame consists of is in its place, and comes out again."""
    assert made(frame) == octets
    description = described(plain(frame, octets))
    payload = description.framing.decode(bytes.fromhex(octets))
    assert payload.rstrip(b"\0") == b"\x11"


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        ('kind: fixed\n  size: 1\n  header: "aa"', "too long for this frame"),
        (
            "kind: length\n  length: {at: 5, counts: payload}",
            "too short for this frame",
        ),
        ("kind: length\n  length: {counts: payload, add: -16}", "does not fit"),
        ("kind: raw\n  counter: {at: 2}", "too short for this frame"),
        ("kind: raw\n  checksum: {name: xor8, at: 2}", "too short for this frame"),
        ('kind: raw\n  cipher: {name: rot13, key: "00"}', "rot13 is not known"),
        (f'kind: raw\n  cipher: {{name: xor, key: "{"00" * 17}"}}', "1 to 16 octets"),
        ('kind: raw\n  cipher: {name: aes128_ecb, key: "00"}', "key of 16 octets"),
        (
            f'kind: raw\n  cipher: {{name: aes128_ecb, key: "{"00" * 16}"}}',
            "multiple of 16",
        ),
        (
            'kind: delimited\n  header: "aa"\n  trailer: "ab"\n  escape: {"1111": "22"}',
            "one octet",
        ),
        ('kind: text\n  trailer: "0a"\n  checksum: {name: sum8}', "gives 31 31 36 32"),
        (
            "kind: length\n  length: {counts: payload}\n  counter: {at: 0, first: 300}",
            "whole number",
        ),
    ],
)
def test_frames_that_cannot_be(frame: str, problem: str) -> None:
    """A command that does not fit its frame is an error at that command."""
    with pytest.raises(DescriptionError, match=problem):
        described(plain(frame, "00"))


def test_session_without_keep_alive() -> None:
    """A handshake alone is enough."""
    text = re.sub("(?m)^  keep_alive.*\n", "", RELAXA)
    assert described(text).keep_alive is None


def test_description_without_frame() -> None:
    """A payload alone is the usual frame."""
    text = plain("kind: raw", "11").replace("frame:\n  kind: raw\n", "")
    assert described(text).framing.kind == "raw"


def test_vector_with_counter() -> None:
    """A counter is that of the first frame."""
    frame = "kind: length\n  length: {counts: payload}\n  counter: {at: 1, last: 3}"
    text = plain(frame, "01 02 11").replace("stop, o", "stop, counter: 2, o")
    described(text)
    with pytest.raises(DescriptionError, match="whole number from 0 to 3"):
        described(text.replace("counter: 2", "counter: 4"))


@pytest.mark.parametrize(
    ("vectors", "problem"),
    [
        ('{command: stop, counter: 3, octets: ["01 03 11", "x"]}', "two hex digits"),
        ('{message: told, octets: "01 01 11", fields: {}}', "a field cannot be read"),
        (
            '{message: told, octets: "04 00 11 05", fields: {strength: 9}}',
            "its length is wrong",
        ),
    ],
)
def test_vectors_that_cannot_be(vectors: str, problem: str) -> None:
    """A vector that cannot be made, or read, is an error at its line."""
    frame = "kind: length\n  length: {counts: payload}\n  counter: {at: 1, last: 3}"
    text = plain(frame, "01 00 11").replace(
        'commands:\n  stop: {write: "11"}',
        """commands:
  stop: {write: ["11", "12"]}
messages:
  - {name: told, match: "11", fields: {strength: {octet: 3}}}""",
    )
    text = text.replace('["01 00 11"]', '["01 00 11", "01 01 12"]')
    described(text)
    with pytest.raises(DescriptionError, match=problem):
        described(f"{text}    - {vectors}\n")


def test_handshake_that_does_not_fit() -> None:
    """The handshake is checked as commands are."""
    frame = "kind: fixed\n  size: 2"
    text = plain(frame, "11 00")
    described(text)
    for session in (
        'handshake: [{write: "11 22 33"}]',
        'keep_alive: {write: "11 22 33", every: 5}',
    ):
        with pytest.raises(DescriptionError, match="too long"):
            described(text.replace("commands:", f"session:\n  {session}\ncommands:"))


LINES = RELAXA.splitlines() + with_messages().splitlines()


@settings(max_examples=300)
@given(
    st.data(),
    st.lists(
        st.sampled_from(["delete", "swap", "double", "put"]), min_size=1, max_size=4
    ),
)
def test_no_file_is_an_exception(data: st.DataObject, changes: list[str]) -> None:
    """Whatever a file holds: it is a description, or an error with a line."""
    lines = data.draw(st.sampled_from([RELAXA, with_messages()])).splitlines()
    for change in changes:
        at = data.draw(st.integers(0, len(lines) - 1))
        match change:
            case "delete":
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "swap":
                lines[at] = data.draw(st.sampled_from(LINES))
            case _:
                column = data.draw(st.integers(0, len(lines[at])))
                put = data.draw(
                    st.sampled_from(list("{}[]:,\"'#&*!|>%@`-0 ax.\t\\"))
                    | st.characters()
                )
                lines[at] = lines[at][:column] + put + lines[at][column:]
        lines = lines or [""]
    text = "\n".join(lines)
    with suppress(DescriptionError):
        read_description("some.yaml", text)


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_no_text_is_an_exception(text: str) -> None:
    """Nor is any other text."""
    with pytest.raises(DescriptionError):
        read_description("some.yaml", text)
