"""Frames: put together, taken apart, and found in pieces."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.backhug.device.errors import MalformedError
from custom_components.backhug.device.protocols.described.checksums import CHECKSUMS
from custom_components.backhug.device.protocols.described.ciphers import (
    Aes128Ecb,
    Cipher,
    Xor,
)
from custom_components.backhug.device.protocols.described.description import (
    Field,
    Template,
)
from custom_components.backhug.device.protocols.described.framing import (
    Checksum,
    Counter,
    FrameReader,
    Framing,
    Length,
)


def framing_of(kind: str, header: bytes = b"\xaa", **more: Any) -> Framing:
    """Return a framing whose frames begin alike both ways."""
    return Framing(kind, header, header, **more)


def checksum(name: str = "sum8", at: int | None = None, **more: bool) -> Checksum:
    """Return a checksum of all that is before it."""
    check = more.get("check", True)
    return Checksum(name, 0, None, at, "little", check, b"*")


FRAMINGS = [
    framing_of("fixed", size=20, checksum=checksum("xor8")),
    framing_of("length", length=Length(1, 2, "big", "payload", 3)),
    framing_of(
        "length",
        length=Length(1, 1, "little", "frame", 0),
        counter=Counter(2, 1, "little", 0, 255),
        checksum=checksum("crc16_ccitt", 3),
        trailer=b"\r",
    ),
    framing_of(
        "length",
        b"\xaa\xbb",
        length=Length(2, 1, "little", "after", -1),
    ),
    framing_of(
        "delimited",
        b"\x40",
        trailer=b"\x40",
        escape={0x40: b"\x3c\1", 0x3C: b"\x3c\2"},
        checksum=checksum("sum8_negated"),
    ),
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("xor8", 0x31),
        ("sum8", 0xDD),
        ("sum8_inverted", 0x22),
        ("sum8_negated", 0x23),
        ("sum16", 0x01DD),
        ("sum16_inverted", 0xFE22),
        ("crc8", 0xF4),
        ("crc8_maxim", 0xA1),
        ("crc16_arc", 0xBB3D),
        ("crc16_modbus", 0x4B37),
        ("crc16_ccitt", 0x29B1),
        ("crc16_kermit", 0x2189),
        ("crc16_x25", 0x906E),
        ("crc16_xmodem", 0x31C3),
        ("fletcher16", 0x1EDE),
        ("fletcher16_256", 0x15DD),
        ("crc32", 0xCBF43926),
        ("crc32_bzip2", 0xFC891918),
        ("crc32_mpeg2", 0x0376E6E7),
        ("crc32c", 0xE3069283),
        ("adler32", 0x091E01DE),
    ],
)
def test_checksums(name: str, expected: int) -> None:
    """The check values are those of the catalogues of checksums."""
    assert CHECKSUMS[name][1](b"123456789") == expected


@pytest.mark.parametrize("framing", FRAMINGS)
@given(data=st.data())
def test_frames_are_found_in_pieces(framing: Framing, data: st.DataObject) -> None:
    """However the radio cuts them, and whatever is before the first one."""
    payloads = data.draw(st.lists(st.binary(min_size=2, max_size=12), max_size=4))
    stream = b"".join(framing.encode(payload) for payload in payloads)
    stream = data.draw(st.sampled_from([b"", b"\1\2\3"])) + stream
    reader = FrameReader(framing)
    found = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += [framing.decode(frame) for frame in reader.feed(stream[:size])]
        stream = stream[size:]
    size = framing.size - framing.overhead
    assert found == [payload.ljust(size, b"\0") for payload in payloads]


@pytest.mark.parametrize("framing", [*FRAMINGS, Framing("text", trailer=b"\n")])
@given(pieces=st.lists(st.binary(max_size=40), max_size=20))
def test_any_octets_are_taken(framing: Framing, pieces: list[bytes]) -> None:
    """Nothing that arrives is an exception, and what is kept is bounded."""
    reader = FrameReader(framing)
    for piece in pieces:
        for frame in reader.feed(piece):
            try:
                framing.decode(frame)
            except MalformedError:
                continue
    assert len(reader._received) <= 1024


def test_length_that_cannot_be_is_skipped() -> None:
    """The next header is looked for."""
    reader = FrameReader(FRAMINGS[2])
    good = FRAMINGS[2].encode(b"\1\2")
    assert list(reader.feed(b"\xaa\2" + good)) == [good]


def test_wrong_frames() -> None:
    """Each is malformed for a reason."""
    fixed = framing_of("fixed", size=4)
    with pytest.raises(MalformedError, match="length"):
        fixed.decode(b"\xaa\1")
    with pytest.raises(MalformedError, match="frame"):
        fixed.decode(b"\xbb\1\2\3")
    with pytest.raises(MalformedError, match="too short"):
        FRAMINGS[2].decode(b"\xaa\r")
    lenient = framing_of("fixed", size=3, checksum=checksum(check=False))
    assert lenient.decode(b"\xaa\1\2") == b"\1"


def test_text_lines() -> None:
    """The checksum is digits behind a separator."""
    line = Framing("text", trailer=b"\r\n", checksum=checksum("xor8"))
    assert line.encode(b"AB") == b"AB*03\r\n"
    assert line.decode(b"AB*03\r\n") == b"AB"
    with pytest.raises(MalformedError):
        line.decode(b"AB*04\r\n")
    with pytest.raises(MalformedError):
        line.decode(b"03\r\n")
    lenient = Framing("text", trailer=b"\n", checksum=checksum("xor8", check=False))
    assert lenient.decode(b"AB*99\n") == b"AB"
    plain = Framing("text", trailer=b"\n")
    assert plain.encode(b"AB") == b"AB\n"
    assert plain.decode(b"AB\n") == b"AB"


def test_fields_that_are_not_there() -> None:
    """A message that is too short, or no number, is malformed."""
    field = Field(2, 2, "little", None, 1, 0, None)
    assert field.of(b"\0\0\1\2", b"") == 513
    with pytest.raises(MalformedError):
        field.of(b"\0\0\1", b"")
    with pytest.raises(MalformedError):
        field.of(b"a,b", b",")
    with pytest.raises(MalformedError):
        field.of(b"a,b,c", b",")


def test_templates() -> None:
    """A value that is not offered is a KeyError."""
    template = Template((b"\1", "area"))
    assert template.parameters == {"area"}
    with pytest.raises(KeyError):
        template.fill({}, {})


def test_raw_frames_are_sent_with_counter_and_checksum() -> None:
    """What is received is left as it is; the device's side takes both off."""
    counter = Counter(1, 1, "little", 0, 255)
    framing = Framing("raw", counter=counter, checksum=checksum("crc16_modbus"))
    frame = framing.encode(b"\x10\2\3", 7)
    assert frame[:4] == b"\x10\7\2\3"
    assert frame[4:] == CHECKSUMS["crc16_modbus"][1](frame[:4]).to_bytes(2, "little")
    assert framing.decode(frame) == frame
    assert framing.decode_sent(frame) == b"\x10\2\3"
    with pytest.raises(MalformedError, match="checksum"):
        framing.decode_sent(frame[:-1] + b"\0")


@pytest.mark.parametrize(
    ("cipher", "plain", "encrypted"),
    [
        (Xor(b"\x5a\xa5"), b"\0\0\1", b"\x5a\xa5\x5b"),
        (
            # The example of FIPS 197, appendix C.1.
            Aes128Ecb(bytes(range(16))),
            bytes.fromhex("00112233445566778899aabbccddeeff"),
            bytes.fromhex("69c4e0d86a7b0430d8cdb78070b4c55a"),
        ),
    ],
)
def test_ciphers(cipher: Cipher, plain: bytes, encrypted: bytes) -> None:
    """Whole frames are encrypted, and each notification is one."""
    framing = framing_of("fixed", plain[:1], size=len(plain), cipher=cipher)
    assert framing.encode(plain[1:]) == encrypted
    assert framing.decode(encrypted) == framing.decode_sent(encrypted) == plain[1:]
    assert list(FrameReader(framing).feed(encrypted)) == [encrypted]
    with pytest.raises(MalformedError, match="length"):
        framing.decode(encrypted[:-1])


def test_beginning_of_a_frame_is_kept() -> None:
    """Half a header, and a header without its length, wait for the rest."""
    framing = FRAMINGS[3]
    good = framing.encode(b"\1\2")
    reader = FrameReader(framing)
    for octet in b"\1\xaa" + good[:-1]:
        assert list(reader.feed(bytes((octet,)))) == []
    assert list(reader.feed(good[-1:])) == [good]


def test_end_of_a_torn_frame_is_no_beginning() -> None:
    """Where both look alike, the next one decides."""
    good = FRAMINGS[4].encode(b"\1\2")
    assert list(FrameReader(FRAMINGS[4]).feed(b"\x40" + good)) == [good]
