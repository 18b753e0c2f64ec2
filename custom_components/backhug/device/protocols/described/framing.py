"""Frames around payloads: header, length, counter, checksum and trailer."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from ...errors import MalformedError
from .checksums import CHECKSUMS, Variant, of_variant
from .ciphers import Cipher

type Endian = Literal["little", "big"]

_MOST_BUFFERED: Final = 1024


@dataclass(frozen=True, slots=True)
class Length:
    """Where a frame holds its length, and what it counts."""

    at: int
    size: int
    endian: Endian
    counts: str
    add: int

    def of(self, payload: int, frame: int) -> bytes:
        """Return the length of so many octets. Raises ValueError if it does not fit."""
        after = frame - self.at - self.size
        counts = {"payload": payload, "after": after, "frame": frame}
        try:
            return (counts[self.counts] + self.add).to_bytes(self.size, self.endian)
        except OverflowError as error:
            raise ValueError("the length of the payload does not fit") from error


@dataclass(frozen=True, slots=True)
class Counter:
    """Where a frame holds a running number."""

    at: int
    size: int
    endian: Endian
    first: int
    last: int

    def after(self, number: int) -> int:
        """Return the number that follows."""
        return self.first if number >= self.last else number + 1


@dataclass(frozen=True, slots=True)
class Checksum:
    """Where a frame holds a checksum, and of what; `at` and `to` are None for the end."""

    name: str
    start: int
    to: int | None
    at: int | None
    endian: Endian
    check: bool
    separator: bytes
    lower: bool = False
    """Whether the digits in a line are in lower case."""
    variant: Variant | None = None

    @property
    def size(self) -> int:
        """Octets of the checksum in a binary frame."""
        return CHECKSUMS[self.name][0]

    def of(self, data: bytes | bytearray) -> int:
        """Return the checksum of a frame without what follows its end."""
        covered = bytes(data[self.start : self.to])
        if self.variant is not None:
            return of_variant(self.name, self.variant, covered)
        return CHECKSUMS[self.name][1](covered)

    def octets(self, data: bytes | bytearray) -> bytes:
        """Return the checksum as it is in a binary frame."""
        return self.of(data).to_bytes(self.size, self.endian)

    def digits(self, line: bytes) -> bytes:
        """Return the checksum as it is in a line of text."""
        digits = f"{self.of(line):0{2 * self.size}x}"
        return (digits if self.lower else digits.upper()).encode()

    def holds(self, frame: bytearray) -> bool:
        """Return whether a binary frame has its checksum right, or need not."""
        at = len(frame) - self.size if self.at is None else self.at
        end = at + self.size
        checked = frame[:at]
        if self.at is not None:
            checked += bytes(self.size) + frame[end:]
        return not self.check or frame[at:end] == self.octets(checked)


@dataclass(frozen=True, slots=True)
class Framing:
    """Converts payloads to frames, and frames to payloads."""

    kind: str = "raw"
    header: bytes = b""
    reply_header: bytes = b""
    trailer: bytes = b""
    size: int = 0
    fill: bytes = b"\0"
    """What a fixed frame is filled up with."""
    length: Length | None = None
    counter: Counter | None = None
    checksum: Checksum | None = None
    escape: dict[int, bytes] = field(default_factory=dict)
    cipher: Cipher | None = None

    @property
    def is_whole(self) -> bool:
        """Whether each value that is received is a frame."""
        return self.kind == "raw" or self.cipher is not None

    def _inserted(self) -> list[tuple[int, int]]:
        """Return offset and size of what stands between header and end, in order."""
        parts: list[Length | Counter | Checksum | None] = [self.length, self.counter]
        parts.append(self.checksum)
        return sorted(
            (part.at, part.size)
            for part in parts
            if part is not None and part.at is not None
        )

    @property
    def _at_end(self) -> int:
        """Octets of a checksum at the end."""
        checksum = self.checksum
        return 0 if checksum is None or checksum.at is not None else checksum.size

    @property
    def overhead(self) -> int:
        """Octets of a frame besides its payload, before escaping."""
        inserted = sum(size for _, size in self._inserted())
        return len(self.header) + inserted + self._at_end + len(self.trailer)

    def encode(self, payload: bytes, counter: int = 0) -> bytes:
        """Return the frame of a payload. Raises ValueError if the payload does not fit."""
        frame = self._encode(payload, counter)
        return frame if self.cipher is None else self.cipher.encrypt(frame)

    def _encode(self, payload: bytes, counter: int) -> bytes:
        if self.kind == "text":
            return self._with_digits(payload) + self.trailer
        if self.kind == "fixed":
            payload = payload.ljust(self.size - self.overhead, self.fill)
        frame = bytearray(self.header + payload)
        for at, size in self._inserted():
            if at > len(frame):
                raise ValueError("the payload is too short for this frame")
            frame[at:at] = bytes(size)
        total = len(frame) + self._at_end + len(self.trailer)
        if self.kind == "fixed" and total != self.size:
            raise ValueError("the payload is too long for this frame")
        if (length := self.length) is not None:
            value = length.of(len(payload), total)
            frame[length.at : length.at + length.size] = value
        if (number := self.counter) is not None:
            value = counter.to_bytes(number.size, number.endian)
            frame[number.at : number.at + number.size] = value
        if (checksum := self.checksum) is not None:
            value = checksum.octets(frame)
            at = len(frame) if checksum.at is None else checksum.at
            frame[at : at + checksum.size] = value
        inner = frame[len(self.header) :]
        escaped = b"".join(self.escape.get(octet, bytes((octet,))) for octet in inner)
        return self.header + escaped + self.trailer

    def _with_digits(self, line: bytes) -> bytes:
        checksum = self.checksum
        if checksum is None:
            return line
        return line + checksum.separator + checksum.digits(line)

    def decode(self, frame: bytes) -> bytes:
        """Return the payload of a complete frame. Raises MalformedError."""
        if self.cipher is not None:
            frame = self.cipher.decrypt(frame)
        return frame if self.kind == "raw" else self._decode(frame, self.reply_header)

    def decode_sent(self, frame: bytes) -> bytes:
        """Return the payload of a frame of `encode`, as the device does. Raises MalformedError."""
        if self.cipher is not None:
            frame = self.cipher.decrypt(frame)
        return self._decode(frame, self.header)

    def _decode(self, frame: bytes, header: bytes) -> bytes:
        if self.kind == "text":
            return self._without_digits(frame[: len(frame) - len(self.trailer)])
        if not frame.startswith(header) or not frame.endswith(self.trailer):
            raise MalformedError("frame")
        inner = frame[len(header) : len(frame) - len(self.trailer)]
        whole = bytearray(header + self._unescape(inner))
        if len(whole) < self.overhead - len(self.trailer):
            raise MalformedError("too short")
        size = len(whole) + len(self.trailer)
        if (self.length is not None and self._total(whole) != size) or (
            self.kind == "fixed" and self.size != size
        ):
            raise MalformedError("length")
        if self.checksum is not None and not self.checksum.holds(whole):
            raise MalformedError("checksum")
        del whole[len(whole) - self._at_end :]
        for at, size in reversed(self._inserted()):
            del whole[at : at + size]
        return bytes(whole[len(header) :])

    def _without_digits(self, line: bytes) -> bytes:
        checksum = self.checksum
        if checksum is None:
            return line
        at = max(len(line) - 2 * checksum.size, 0)
        text, digits = line[:at].removesuffix(checksum.separator), line[at:]
        if checksum.check and (
            not line[:at].endswith(checksum.separator)
            or digits.lower() != checksum.digits(text).lower()
        ):
            raise MalformedError("checksum")
        return text

    def _unescape(self, inner: bytes) -> bytes:
        if not self.escape:
            return inner
        plain = bytearray()
        while inner:
            for octet, escaped in self.escape.items():
                if inner.startswith(escaped):
                    plain.append(octet)
                    inner = inner[len(escaped) :]
                    break
            else:
                plain.append(inner[0])
                inner = inner[1:]
        return bytes(plain)

    def size_of(self, begun: bytes) -> int | None:
        """Return the octets of the frame that begins here: None if not known yet, 0 if it cannot be one."""
        match self.kind:
            case "fixed":
                size = self.size
            case "length":
                assert self.length is not None
                if len(begun) < self.length.at + self.length.size:
                    return None
                size = self._total(begun)
                if not self.overhead <= size <= _MOST_BUFFERED:
                    return 0
            case _:
                at = begun.find(self.trailer, len(self.reply_header))
                if at == len(self.reply_header) > 0:
                    # The end of one frame and the beginning of the next look alike.
                    return 0
                size = len(begun) + 1 if at < 0 else at + len(self.trailer)
        return size if size <= len(begun) else None

    def _total(self, frame: bytes | bytearray) -> int:
        """Return the octets of a frame, as it says itself."""
        length = self.length
        assert length is not None
        field_ = frame[length.at : length.at + length.size]
        value = int.from_bytes(field_, length.endian) - length.add
        match length.counts:
            case "payload":
                return value + self.overhead
            case "after":
                return value + length.at + length.size
            case _:
                return value


class FrameReader:
    """Assembles frames that arrive in pieces, separately for each source."""

    def __init__(self, framing: Framing) -> None:
        """Begin with nothing received."""
        self._framing = framing
        self._received: dict[Hashable, bytes] = {}

    def feed(self, value: bytes, source: Hashable = None) -> Iterator[bytes]:
        """Take a notification; yield the frames that it completes."""
        if self._framing.is_whole:
            yield value
            return
        header = self._framing.reply_header
        received = (self._received.get(source, b"") + value)[-_MOST_BUFFERED:]
        while received:
            start = received.find(header)
            if start < 0:
                # The beginning of a header may be at the end.
                received = received[len(received) - len(header) + 1 :]
                break
            received = received[start:]
            if (size := self._framing.size_of(received)) is None:
                break
            # What cannot be a frame begins with another one's end.
            frame, received = received[:size], received[max(size, 1) :]
            if frame:
                yield frame
        self._received[source] = received
