"""Faults between a BackHug and its client, on demand."""

from dataclasses import dataclass, field, fields
from enum import Enum, auto

_ANY = frozenset(range(256))


class Lost(Enum):
    """Which half of a write is lost; the client waits for a response in vain."""

    REQUEST = auto()
    """The device never got it."""
    RESPONSE = auto()
    """The device acted upon it."""


@dataclass
class Faults:
    """The faults of one device. Each lasts until it is set back, or `clear` is called.

    What is marked (on start) is built into the device's GATT database: set it before
    `Peripheral.start` or call `Peripheral.restart`. Times are in real seconds.
    """

    # Connecting
    refuse_connections: bool = False
    """A connection fails to be established (HCI error 0x3E)."""
    hang_connect: bool = False
    """The device advertises, but a connection is never established."""
    hang_disconnect: bool = False
    """Nobody ever learns that a disconnection is complete."""
    refuse_mtu: bool = False
    """The exchange of the MTU is answered with an error: it stays at 23."""
    supervision_timeout: float | None = None
    """Until the other side notices that the device vanished; None: as the radio."""
    lose_after_octets: int | None = None
    """The link is lost as soon as so many octets of L2CAP were sent over it, in either direction.

    What the last of them belongs to does not arrive. Then it is None again.
    """

    # Requests
    write_errors: list[int] = field(default_factory=list)
    """ATT error codes with which the next writes of requests fail, one for each."""
    write_error: int | None = None
    """The ATT error code with which every write of a request fails."""
    lose_writes: Lost | None = None
    """Writes of requests are never responded to."""
    write_response_delay: float = 0.0
    """The response to a write of a request comes late; the device acts at once."""

    # Readings
    read_delay: float = 0.0
    """The answer to a reading comes late, and tells how it was when it was asked for."""

    # Answers: these affect the opcodes in `answers_affected`
    answers_affected: frozenset[int] = _ANY
    answer_delay: float = 0.0
    """The answer comes late; until then the request is not answered."""
    answer_times: int = 1
    """How often an answer comes: 0 for never, 2 for twice."""
    answer_token: int | None = None
    """The token that an answer carries instead of the client's."""
    answer_result: int | None = None
    """The result that an answer carries instead of the true one."""
    answer_after_next: bool = False
    """An answer comes only after that to the next request, which stands for it until then."""

    # Notifications of Status and of the tension stream
    drop_notifications: bool = False
    notification_times: int = 1
    """How often each notification comes: 2 for doubled, many for a flood."""
    reorder_notifications: bool = False
    """Every other notification comes after the one that followed it."""
    tear_notifications: bool = False
    """Only the first half of each notification comes."""

    # Raw values, instead of what reading would give
    features: bytes | None = None
    status: bytes | None = None
    record: bytes | None = None

    # Missing parts of the device (on start)
    missing: frozenset[str] = frozenset()
    """UUIDs of characteristics of the BackHug service, as in `protocol`."""
    other_protocol: bool = False
    """A BackHug by name, which offers a service of its maker's instead."""

    def affects(self, opcode: int) -> bool:
        """Say whether the answers to this opcode are affected."""
        return opcode in self.answers_affected

    def clear(self) -> None:
        """Make everything right again."""
        right = type(self)()
        for each in fields(self):
            setattr(self, each.name, getattr(right, each.name))
