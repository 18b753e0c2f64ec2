"""The GATT service of a BackHug: its attributes, requests, answers and notifications."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, override

from bumble import att
from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import Characteristic, Service
from bumble.keys import MemoryKeyStore

from . import protocol
from .advertising import OTHER_SERVICE
from .back import LONGEST_SESSION, Answer, Back, Observer, Opcode, Phase
from .faults import Faults, Lost
from .gatt_database import device_information, profile_characteristics
from .gatt_server import INDICATE, NOTIFY, BackHugServer

_REQUEST_LENGTHS = {
    Opcode.START: 6,
    Opcode.STOP: 2,
    Opcode.PAUSE: 2,
    Opcode.RESUME: 2,
    Opcode.SET_STRENGTH: 3,
    Opcode.SET_AREA: 3,
    Opcode.SET_FLOW: 3,
    Opcode.SET_LENGTH: 3,
}


class ProfileService(Observer):
    """The profile's service for at most one client.

    A request that violates the profile is refused as the profile says, and noted in
    `complaints`. Valid requests are in `Back.requests`, those that ATT refused in `refused`.
    """

    def __init__(
        self, back: Back, faults: Faults, *, status_on_subscribe: bool
    ) -> None:
        """Serve a back; Status is notified at once when enabled, or only when it changes."""
        self.back = back
        self.faults = faults
        self.status_on_subscribe = status_on_subscribe
        self.complaints: list[str] = []
        self.refused: list[tuple[bytes, int]] = []
        """Writes of requests that ATT refused, and the error code."""
        self.reads: Counter[str] = Counter()
        """How often each characteristic (UUID) was read."""
        self._server: BackHugServer | None = None
        self._characteristics: dict[str, Characteristic[bytes]] = {}
        self._connection: Connection | None = None
        self._late: asyncio.TimerHandle | None = None
        self._responses: set[asyncio.TimerHandle] = set()
        self._indications: deque[bytes] = deque()
        self._unconfirmed = False
        self._overtaken: dict[str, bytes] = {}
        self._overtaken_answers: list[bytes] = []
        self._last_token: int | None = None

    # -- Connection

    @property
    def connected(self) -> bool:
        """Whether a client is connected."""
        return self._connection is not None

    @property
    def encrypted(self) -> bool:
        """Whether the link to the client is encrypted."""
        return self._connection is not None and bool(self._connection.is_encrypted)

    @property
    def mtu(self) -> int:
        """The ATT MTU of the connection, 23 without one."""
        if self._connection is None:
            return att.ATT_DEFAULT_MTU
        return self._connection.att_mtu

    def _forget_client(self) -> None:
        """Reset the state of one connection."""
        self._connection = None
        self.back.link_lost()
        if self._late is not None:
            self._late.cancel()
            self._late = None
        for response in self._responses:
            response.cancel()
        self._responses.clear()
        self._indications.clear()
        self._unconfirmed = False
        self._overtaken.clear()
        self._overtaken_answers = []
        self._last_token = None

    # -- GATT database

    def _services(self) -> list[Service]:
        build, faults = self.back.build, self.faults
        self._characteristics = {}
        if faults.other_protocol:
            return [device_information(build), Service(UUID(OTHER_SERVICE), [])]
        self._characteristics = profile_characteristics(build, faults.missing)
        backhug = Service(UUID(protocol.SERVICE), list(self._characteristics.values()))
        return [device_information(build), backhug]

    def serves(self, uuid: str) -> bool:
        """Say whether the GATT database has this characteristic of the profile."""
        return uuid in self._characteristics

    def is_control_point(self, handle: int) -> bool:
        """Say whether that is the handle of the control point's value."""
        return self._has_handle(protocol.CONTROL_POINT, handle)

    def handle(self, uuid: str) -> int:
        """Return the handle of a characteristic's value; KeyError if it is missing."""
        return self._characteristics[uuid].handle

    def _has_handle(self, uuid: str, handle: int) -> bool:
        characteristic = self._characteristics.get(uuid)
        return characteristic is not None and characteristic.handle == handle

    def read(self, handle: int) -> bytes | None:
        """Return the value that a handle reads as, None if it is not the profile's."""
        back, faults = self.back, self.faults
        if self._has_handle(protocol.FEATURES, handle):
            uuid, raw = protocol.FEATURES, faults.features
            value = protocol.encode_features(back.build)
        elif self._has_handle(protocol.STATUS, handle):
            uuid, raw = protocol.STATUS, faults.status
            value = protocol.encode_status(back.status())
        elif self._has_handle(protocol.TENSION_RECORD, handle):
            uuid, raw = protocol.TENSION_RECORD, faults.record
            value = protocol.encode_record(back.record, back.build.fingers)
        else:
            return None
        self.reads[uuid] += 1
        return value if raw is None else raw

    def respond_after(self, delay: float, respond: Callable[[], None]) -> None:
        """Delay an ATT response by some seconds, unless the link is lost meanwhile."""
        if delay:
            loop = asyncio.get_running_loop()
            self._responses.add(loop.call_later(delay, respond))
        else:
            respond()

    # -- Requests

    def write_request(
        self, value: bytes, respond: Callable[[int | None], None]
    ) -> None:
        """Take a write to the control point; respond with an ATT error or None."""
        if not self.back.powered or self.faults.lose_writes is Lost.REQUEST:
            return
        if (error := self._refusal(value)) is not None:
            self.refused.append((value, error))
            respond(error)
            return
        opcode, token, parameters = protocol.decode_request(value)
        self._check_request(opcode, token, value)
        if self.faults.lose_writes is not Lost.RESPONSE:
            self.respond_after(self.faults.write_response_delay, partial(respond, None))
        self.back.request(opcode, token, parameters)

    def _refusal(self, value: bytes) -> int | None:
        """Return the ATT error with which a write fails, None if it does not."""
        faults = self.faults
        if faults.write_errors:
            return faults.write_errors.pop(0)
        if faults.write_error is not None:
            return faults.write_error
        if not value:
            self.complain("a request without an opcode", value)
            return att.ATT_INVALID_ATTRIBUTE_LENGTH_ERROR
        if value[0] == Opcode.STOP:
            return None
        if self.back.build.encrypted and not self.encrypted:
            return (
                protocol.INSUFFICIENT_ENCRYPTION
                if self._bonded()
                else protocol.INSUFFICIENT_AUTHENTICATION
            )
        if not self._enabled(protocol.CONTROL_POINT, INDICATE):
            return protocol.INDICATIONS_NOT_ENABLED
        return None

    def _bonded(self) -> bool:
        assert self._connection is not None
        keystore = self._connection.device.keystore
        assert isinstance(keystore, MemoryKeyStore)
        return str(self._connection.peer_address) in keystore.all_keys

    def _check_request(self, opcode: int, token: int | None, value: bytes) -> None:
        """Record writes that no client of version 1.0 of the profile makes."""
        if opcode not in Opcode:
            self.complain("an unknown opcode", value)
        elif len(value) != _REQUEST_LENGTHS[Opcode(opcode)]:
            self.complain("a request of the wrong length", value)
        elif opcode in (Opcode.START, Opcode.SET_LENGTH) and value[2] > LONGEST_SESSION:
            self.complain("more than 60 minutes", value)
        if token is not None and token == self._last_token:
            self.complain("the token of the request before", value)
        self._last_token = token

    def complain(self, what: str, value: bytes) -> None:
        """Record a violation of the profile by a client."""
        self.complaints.append(f"{what}: {value.hex(' ')}")

    # -- Answers

    @override
    def answer_waiting(self) -> None:
        answer = self.back.next_answer
        delay = self.faults.answer_delay
        if answer is not None and delay and self.faults.affects(answer.opcode):
            if self._late is None:
                loop = asyncio.get_running_loop()
                self._late = loop.call_later(delay, self._send_late_answers)
        else:
            self._send_answers()

    def _send_late_answers(self) -> None:
        self._late = None
        self._send_answers()

    def inject_indication(self, value: bytes) -> None:
        """Indicate any octets from the control point."""
        self._indications.append(value)
        self._send_answers()

    def confirmed(self) -> None:
        """Take note that the client confirmed an indication."""
        self._unconfirmed = False
        self._send_answers()

    def _send_answers(self) -> None:
        """Indicate pending answers, each after the confirmation of the last."""
        if not self._enabled(protocol.CONTROL_POINT, INDICATE):
            self._indications.clear()
            while self.back.take_answer() is not None:
                pass
            return
        while not self._unconfirmed and (self._indications or self._take_answer()):
            if self._indications:
                self._unconfirmed = True
                value = self._indications.popleft()
                self._send(protocol.CONTROL_POINT, value, indicate=True)

    def _take_answer(self) -> bool:
        """Take the next answer that is not to come late, if there is one."""
        answer = self.back.next_answer
        if answer is None:
            return False
        affected = self.faults.affects(answer.opcode)
        if affected and self._late is not None:
            return False
        self.back.take_answer()
        times = 1
        if affected:
            answer, times = self._spoil(answer), self.faults.answer_times
        values = [protocol.encode_answer(answer)] * times
        overtaken, self._overtaken_answers = self._overtaken_answers, []
        if affected and self.faults.answer_after_next and not overtaken:
            self._overtaken_answers = values
            return True
        self._indications.extend(values + overtaken)
        return True

    def _spoil(self, answer: Answer) -> Answer:
        faults = self.faults
        if faults.answer_token is not None:
            answer = replace(answer, token=faults.answer_token)
        if faults.answer_result is not None:
            answer = replace(answer, result=faults.answer_result)
        return answer

    # -- Notifications

    def configured(self, characteristic: Characteristic[Any]) -> None:
        """Take note that a client enabled or disabled notifications or indications."""
        status = self._characteristics.get(protocol.STATUS)
        if characteristic is status and self.status_on_subscribe:
            # The response to the write comes first.
            asyncio.get_running_loop().call_soon(self.status_changed)

    @override
    def status_changed(self) -> None:
        if self._connection is not None and not self.faults.drop_notifications:
            self._notify(protocol.STATUS, protocol.encode_status(self.back.status()))

    @override
    def scanned(self, phase: Phase, number: int, efforts: tuple[int, ...]) -> None:
        if self.faults.drop_notifications:
            return
        for fragment in protocol.encode_scan(phase, number, efforts):
            self._notify(protocol.TENSION_STREAM, fragment)

    def inject_status(self, value: bytes) -> None:
        """Notify any octets as Status."""
        self._send(protocol.STATUS, value)

    def inject_stream(self, value: bytes) -> None:
        """Notify any octets as a fragment of the tension stream."""
        self._send(protocol.TENSION_STREAM, value)

    def _notify(self, uuid: str, value: bytes) -> None:
        faults = self.faults
        if faults.drop_notifications:
            return
        overtaken = self._overtaken.pop(uuid, None)
        if faults.reorder_notifications and overtaken is None:
            self._overtaken[uuid] = value
            return
        values = [value]
        if overtaken is not None:
            # Once the fault is over they come in their order again.
            values.insert(1 if faults.reorder_notifications else 0, overtaken)
        for each in values:
            if faults.tear_notifications:
                each = each[: len(each) // 2]  # noqa: PLW2901
            for _ in range(faults.notification_times):
                self._send(uuid, each)

    def _enabled(self, uuid: str, bit: int) -> bool:
        """Say whether the client enabled notifications (1) or indications (2)."""
        characteristic = self._characteristics.get(uuid)
        if None in (self._connection, self._server, characteristic):
            return False
        assert self._connection
        assert self._server
        assert characteristic
        cccd = self._server.read_cccd(self._connection, characteristic)
        return bool(cccd[0] & bit)

    def _send(self, uuid: str, value: bytes, *, indicate: bool = False) -> None:
        """Send a notification or an indication if the client enabled it."""
        if not self._enabled(uuid, INDICATE if indicate else NOTIFY):
            return
        assert self._connection
        assert self._server
        kind = (
            att.ATT_Handle_Value_Indication
            if indicate
            else att.ATT_Handle_Value_Notification
        )
        pdu = kind(
            attribute_handle=self._characteristics[uuid].handle,
            attribute_value=value[: self._connection.att_mtu - 3],
        )
        self._server.send_gatt_pdu(self._connection, bytes(pdu))
