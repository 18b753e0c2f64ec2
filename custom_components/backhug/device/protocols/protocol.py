"""The interface between the client and a protocol.

The client keeps what is common: the order of commands, stop first, the newest value, timeouts, availability.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
import math
from typing import Any, NamedTuple

from bleak import BleakClient

from ..errors import LinkLostError, RequestError
from ..model import Area, AskedLength, Fault, Features, Flow, Status

type Answer = asyncio.Future[int]
"""The result of a request, 0 if it was carried out."""
type Subscribe = Callable[[Channel], Coroutine[Any, Any, None]]
"""Subscribes to a channel whose values go to `Protocol.answered`; does nothing if the device lacks it."""


class Request(StrEnum):
    """What a client can ask of a device. Only stop is mandatory."""

    START = "start"
    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"
    SET_STRENGTH = "set_strength"
    SET_AREA = "set_area"
    SET_FLOW = "set_flow"
    SET_LENGTH = "set_length"
    STRENGTH_UP = "strength_up"
    STRENGTH_DOWN = "strength_down"


class Values(NamedTuple):
    """Parameters of a request; None leaves a setting as the device has it."""

    minutes: int | None = None
    strength: int | None = None
    area: Area | None = None
    flow: Flow | None = None


class Channel(NamedTuple):
    """A characteristic."""

    service: str
    uuid: str


class Protocol(ABC):
    """One device's protocol, over one connection after the other."""

    status: Channel | None = None
    """Where Status is notified; None if it comes as an answer does."""
    tension: Channel | None = None
    """Where the tension is notified; None if it is not measured."""
    record: Channel | None = None
    """Where the tension before and after a session is read; None if it is not measured."""
    keep_alive_at: float = math.inf
    """When `keep_alive` is due, by the event loop's clock."""
    overdue_at: float = math.inf
    """When the client must stop a session that the device does not end, likewise."""
    supervised: bool = True
    """Whether a stop is known to work on this device."""
    unexplained: Sequence[bytes] = ()
    """The last values that the protocol does not explain."""
    report: Callable[[Status], object]
    """Takes a Status that came as an answer does; set by the client."""

    def __init__(self) -> None:
        """Begin without a request."""
        self._awaited: dict[int, tuple[Any, Answer]] = {}
        """What is expected of the answer to each request that waits for one."""
        # A dict keeps their order, so that they are cancelled in it.
        self._writes: dict[asyncio.Task[None], Request | None] = {}
        self.requester: asyncio.Task[Any] | None = None
        """The task whose request is under way, other than a stop."""

    # Recognise

    @abstractmethod
    def recognises(self, client: BleakClient) -> bool:
        """Return whether a device has what this protocol needs. Raises GattError if the connection is lost."""

    @abstractmethod
    def takes_stop(self, client: BleakClient) -> bool:
        """Return whether a device that could not be opened may be sent a stop. Raises GattError likewise."""

    # Open

    @abstractmethod
    async def read_features(self, client: BleakClient) -> Features:
        """Return what the device offers. Raises RADIO_ERRORS and IncompatibleError."""

    @abstractmethod
    async def open(self, client: BleakClient, subscribe: Subscribe) -> None:
        """Prepare a connection for requests. Raises RADIO_ERRORS and IncompatibleError."""

    # Carry out

    @abstractmethod
    async def request(
        self, client: BleakClient, request: Request, values: Values
    ) -> int:
        """Send a request and return its result, 0 if it was carried out.

        Raises TimeoutError if it is not answered in time, LinkLostError, and RADIO_ERRORS.
        """

    @abstractmethod
    async def stop(self, client: BleakClient, until: float) -> None:
        """Send stop each second until it is answered, or until a time of the event loop's clock.

        Raises TimeoutError if it is not answered, LinkLostError, and RADIO_ERRORS.
        """

    @abstractmethod
    def needs_pairing(self, att_error: int | None) -> bool:
        """Return whether an ATT error of a request means that the device demands encryption."""

    @abstractmethod
    def refusal(self, result: int, fault: Fault | None) -> RequestError | None:
        """Return the error that a result stands for; None if the request was carried out.

        `fault` is the one that the device has, as of its status.
        """

    # Report

    @abstractmethod
    def answered(self, value: bytes, channel: Channel) -> bool:
        """Receive a value from a channel; return whether it was expected. Raises MalformedError."""

    @property
    def assumes_state(self) -> bool:
        """Whether the state was not reported on this connection."""
        return False

    @property
    def unconfirmed(self) -> bool:
        """Whether a setting is shown that the device has not reported yet."""
        return False

    @property
    def asked_length(self) -> AskedLength:
        """What must be stored for `resume`."""
        return AskedLength()

    def resume(self, length: AskedLength) -> None:  # noqa: B027
        """Continue with a stored length, before the first connection; nothing if the device keeps it."""

    @property
    def strength_is_old(self) -> bool:
        """Whether the device reports its strength, but has not done so on this connection."""
        return False

    async def hear_strength(self) -> None:  # noqa: B027 (most protocols report it with the state)
        """Wait a moment for the strength to be reported on this connection."""

    @abstractmethod
    async def read_status(self, client: BleakClient, within: float) -> bytes | Status:
        """Return the present Status. Raises RADIO_ERRORS."""

    # Keep alive

    @abstractmethod
    async def keep_alive(self, client: BleakClient) -> None:
        """Send what the device needs to stay connected, if it is due. Raises RADIO_ERRORS."""

    # Writes

    async def ready(self) -> None:
        """Wait until every write has its response, which may come after the answer.

        Another write would queue in the radio, where it cannot be cancelled. Only a stop does not wait.
        """
        while self._writes:
            await asyncio.wait(self._writes)

    @property
    def blocked(self) -> bool:
        """Whether a request other than a stop waits in the radio, which may still write it."""
        return any(request is not Request.STOP for request in self._writes.values())

    def lost(self) -> None:
        """Fail all requests because the connection is lost."""
        writes, self._writes = self._writes, {}
        for writing in writes:
            writing.cancel()
        for _, answer in self._awaited.values():
            if not answer.done():
                answer.set_exception(LinkLostError())

    def _track(self, writing: asyncio.Task[None], request: Request | None) -> None:
        """Keep a write until it has its response."""
        self._writes[writing] = request
        writing.add_done_callback(lambda done: self._writes.pop(done, None))

    @contextmanager
    def _await_answer(self) -> Iterator[tuple[Answer, list[int]]]:
        """Yield a future for an answer, and a list for the keys in `_awaited` under which it is expected."""
        answer: Answer = asyncio.get_running_loop().create_future()
        # Retrieve the exception if nobody waits any more.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        tokens: list[int] = []
        try:
            yield answer, tokens
        finally:
            for token in tokens:
                del self._awaited[token]
            answer.cancel()
