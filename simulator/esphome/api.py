"""The server side of ESPHome's native API: frames, plain or encrypted, and messages."""

import asyncio
from base64 import b64decode
import binascii
from typing import Any, override

from aioesphomeapi import api_pb2
from aioesphomeapi.core import MESSAGE_TYPE_TO_PROTO
from cryptography.exceptions import InvalidTag
from google.protobuf.message import DecodeError
from noise.connection import NoiseConnection
from noise.exceptions import NoiseInvalidMessage, NoiseValueError

messages: Any = api_pb2
"""ESPHome's messages, generated at import and therefore unknown to mypy."""

type Message = Any

_NUMBERS = {message: number for number, message in MESSAGE_TYPE_TO_PROTO.items()}
_NOISE = b"Noise_NNpsk0_25519_ChaChaPoly_SHA256"
_PROLOGUE = b"NoiseAPIInit\0\0"
"""Ends with the length of the client's hello, which is always empty."""
_KEY_LENGTH = 32
_PLAIN, _ENCRYPTED = 0, 1
_HEADER = 4
"""Octets before an encrypted message: its number and its length."""
_LONGEST_VARINT = 5


class ProtocolError(Exception):
    """The client does not speak the native API, or has another key."""


def decode_key(text: str) -> bytes:
    """Decode an encryption key from base64; ValueError unless it has 32 octets."""
    try:
        key = b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_LENGTH:
        raise ValueError("an encryption key is 32 octets in base64")
    return key


class Channel:
    """A client's connection with plain-text framing."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Use an established TCP connection."""
        self._reader = reader
        self._writer = writer

    async def open(self) -> None:
        """Perform the handshake; ProtocolError if it fails."""

    async def read(self) -> Message | None:
        """Return the next message, None if its type is unknown.

        IncompleteReadError or ConnectionError at the end, ProtocolError if it is malformed.
        """
        if await self._varint() != _PLAIN:
            # Clients that expect encryption recognise this answer.
            self._writer.write(b"\0Bad indicator byte")
            raise ProtocolError("the client expects encryption")
        length, number = await self._varint(), await self._varint()
        return _decode(number, await self._reader.readexactly(length))

    async def _varint(self) -> int:
        value = 0
        for position in range(_LONGEST_VARINT):
            (octet,) = await self._reader.readexactly(1)
            value |= (octet & 0x7F) << 7 * position
            if octet < 0x80:  # noqa: PLR2004, the last octet
                return value
        raise ProtocolError("a number is too long")

    def write(self, message: Message) -> None:
        """Send a message."""
        payload = message.SerializeToString()
        number = _NUMBERS[type(message)]
        head = b"\0" + _varint(len(payload)) + _varint(number)
        self._writer.write(head + payload)

    @property
    def closing(self) -> bool:
        """Whether the connection is closed, or about to be."""
        return self._writer.is_closing()

    def close(self) -> None:
        """Close the connection after sending buffered data."""
        self._writer.close()

    def abort(self) -> None:
        """Close the connection at once, dropping buffered data."""
        self._writer.transport.abort()


class EncryptedChannel(Channel):
    """A client's connection encrypted with a pre-shared key (Noise)."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        key: bytes,
        greeting: bytes,
    ) -> None:
        """Use a key; the greeting is the unencrypted server hello."""
        super().__init__(reader, writer)
        self._greeting = greeting
        self._noise = NoiseConnection.from_name(_NOISE)
        self._noise.set_as_responder()
        self._noise.set_psks(key)
        self._noise.set_prologue(_PROLOGUE)
        self._noise.start_handshake()

    @override
    async def open(self) -> None:
        await self._read_frame()
        self._write_frame(self._greeting)
        try:
            self._noise.read_message((await self._read_frame())[1:])
        except (InvalidTag, NoiseValueError) as error:
            self._write_frame(b"\1Handshake MAC failure")
            raise ProtocolError("the client has another key") from error
        self._write_frame(b"\0" + self._noise.write_message())

    @override
    async def read(self) -> Message | None:
        frame = await self._read_frame()
        try:
            data = self._noise.decrypt(frame)
        except NoiseInvalidMessage as error:
            raise ProtocolError("a message cannot be decrypted") from error
        return _decode(int.from_bytes(data[:2]), data[_HEADER:])

    @override
    def write(self, message: Message) -> None:
        payload = message.SerializeToString()
        number = _NUMBERS[type(message)]
        head = number.to_bytes(2) + len(payload).to_bytes(2)
        self._write_frame(self._noise.encrypt(head + payload))

    async def _read_frame(self) -> bytes:
        indicator, *length = await self._reader.readexactly(3)
        if indicator != _ENCRYPTED:
            # Clients without encryption recognise this answer.
            self._write_frame(b"\1Bad indicator byte")
            raise ProtocolError("the client does not use encryption")
        return await self._reader.readexactly(int.from_bytes(length))

    def _write_frame(self, data: bytes) -> None:
        self._writer.write(bytes((_ENCRYPTED,)) + len(data).to_bytes(2) + data)


def _varint(value: int) -> bytes:
    octets = bytearray()
    while value > 0x7F:  # noqa: PLR2004, seven bits an octet
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*octets, value))


def _decode(number: int, payload: bytes) -> Message | None:
    if (message := MESSAGE_TYPE_TO_PROTO.get(number)) is None:
        return None
    try:
        return message.FromString(payload)
    except DecodeError as error:
        raise ProtocolError("a message is malformed") from error
