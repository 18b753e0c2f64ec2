"""A simulated BackHug on a radio: its GATT server and its advertising."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, override

from bumble import att
from bumble.core import UUID
from bumble.device import AdvertisingType, Connection, Device
from bumble.gatt import Characteristic, Service
from bumble.hci import HCI_ErrorCode
from bumble.keys import MemoryKeyStore

from . import protocol
from .advertising import OTHER_SERVICE, advertisement, scan_response
from .back import LONGEST_SESSION, Answer, Back, Build, Info, Observer, Opcode, Phase
from .faults import Faults, Lost
from .gatt_server import INDICATE, NOTIFY, BackHugServer
from .radio import Radio

_DEVICE_INFORMATION = UUID.from_16_bits(0x180A)
_INFO = {
    Info.MANUFACTURER: 0x2A29,
    Info.MODEL: 0x2A24,
    Info.SERIAL: 0x2A25,
    Info.FIRMWARE: 0x2A26,
    Info.HARDWARE: 0x2A27,
}
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
_Properties = Characteristic.Properties


def _permissions(properties: Characteristic.Properties) -> Characteristic.Permissions:
    permissions = Characteristic.Permissions(0)
    if properties & _Properties.READ:
        permissions |= Characteristic.READABLE
    if properties & _Properties.WRITE:
        permissions |= Characteristic.WRITEABLE
    return permissions


class Peripheral(Observer):
    """A BackHug that others can find, connect to and talk with.

    What a client does against the profile is refused as the profile says, and noted in
    `complaints`. The requests themselves are in `Back.told`, those that ATT refused
    (which are no requests) in `refused`.
    """

    def __init__(
        self,
        back: Back,
        radio: Radio,
        *,
        faults: Faults | None = None,
        interval: float = 0.1,
        advertise_while_connected: bool = False,
        status_on_subscribe: bool = True,
    ) -> None:
        """Put a back on a radio; `interval` of advertising is in real seconds.

        While connected it advertises not at all, or as not connectable; on enabling
        notifications of Status it notifies at once, or not: the profile allows both.
        """
        self.back = back
        self.radio = radio
        self.faults = faults or Faults()
        self.interval = interval
        self.advertise_while_connected = advertise_while_connected
        self.status_on_subscribe = status_on_subscribe
        self.complaints: list[str] = []
        self.refused: list[tuple[bytes, int]] = []
        """Writes of requests that ATT refused, and the error code."""
        self.reads: Counter[str] = Counter()
        """How often each characteristic (UUID) was read."""
        self.connections = 0
        """How often somebody connected."""
        self._device: Device | None = None
        self._server: BackHugServer | None = None
        self._characteristics: dict[str, Characteristic[bytes]] = {}
        self._connection: Connection | None = None
        self._stop_observing: Callable[[], None] | None = None
        self._advertising = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._late: asyncio.TimerHandle | None = None
        self._responses: set[asyncio.TimerHandle] = set()
        self._indications: deque[bytes] = deque()
        self._unconfirmed = False
        self._overtaken: dict[str, bytes] = {}
        self._overtaken_answers: list[bytes] = []
        self._last_token: int | None = None

    # -- Life

    @property
    def device(self) -> Device:
        """The Bumble device; RuntimeError before `start` and after `stop`."""
        if self._device is None:
            raise RuntimeError("the peripheral is not started")
        return self._device

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

    async def start(self) -> None:
        """Appear on the radio."""
        build = self.back.build
        advertisement(build), scan_response(build)
        device = await self.radio.open_device(build.name, build.address, self.faults)
        self._device = device
        device.gatt_server = self._server = BackHugServer(device, self)
        device.add_default_services(add_gap_service=True, add_gatt_service=False)
        device.add_services(self._services())
        device.on(device.EVENT_CONNECTION, self._on_connection)
        self._stop_observing = self.back.observe(self)
        if self.back.powered:
            await self._advertise()
        elif self.radio.virtual:
            self.radio.vanish(device, reset=True)

    async def stop(self) -> None:
        """Disappear for good: clients learn at once, and the back stands still."""
        self.back.close()
        await self._leave()

    async def restart(self, build: Build) -> None:
        """Switch off, become another build (say, of newer firmware), switch on."""
        self.back.switch_off()
        keystore = self.device.keystore
        await self._leave()
        self.back.become(build)
        self.back.switch_on()
        await self.start()
        self.device.keystore = keystore

    async def _leave(self) -> None:
        if self._stop_observing is not None:
            self._stop_observing()
            self._stop_observing = None
        device, self._device = self._device, None
        # What the controller was just told is not taken back: its answer would find nobody.
        async with self._advertising:
            pass
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if device is not None:
            await self.radio.close_device(device)
        self._on_disconnection()
        self._server = None

    def vanish(self) -> None:
        """Leave the air without a word, as when carried out of reach; stay on."""
        self.radio.vanish(self.device)

    def appear(self) -> None:
        """Come back after `vanish`."""
        self.radio.appear(self.device)

    def drop_link(self) -> None:
        """End the connection now, as the device may do at any time."""
        if self.radio.virtual:
            self.radio.drop(self.device)
        else:
            self._spawn(self._disconnect())

    def forget_bonds(self) -> None:
        """Forget who paired with the device."""
        self.device.keystore = MemoryKeyStore()

    async def _disconnect(self) -> None:
        if self._connection is not None:
            reason = HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR
            await self.device.disconnect(self._connection, reason)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- Advertising

    async def _advertise(self) -> None:
        """Advertise as the state of power and connection asks for."""
        async with self._advertising:
            if (device := self._device) is None:
                return
            await device.stop_advertising()
            kind = self._advertising_type()
            if kind is None:
                return
            build = self.back.build
            await device.start_advertising(
                advertising_type=kind,
                advertising_data=advertisement(
                    build, other_protocol=self.faults.other_protocol
                ),
                scan_response_data=scan_response(build),
                advertising_interval_min=self.interval * 1000,
                advertising_interval_max=self.interval * 1000,
            )

    def _advertising_type(self) -> AdvertisingType | None:
        if not self.back.powered:
            return None
        if not self.connected:
            return AdvertisingType.UNDIRECTED_CONNECTABLE_SCANNABLE
        if self.advertise_while_connected:
            return AdvertisingType.UNDIRECTED_SCANNABLE
        return None

    # -- Connection

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        self.connections += 1
        connection.once(connection.EVENT_DISCONNECTION, self._on_lost_connection)
        self._spawn(self._advertise())

    def _on_lost_connection(self, _reason: int) -> None:
        self._on_disconnection()
        if self._device is not None:
            self._spawn(self._advertise())

    def _on_disconnection(self) -> None:
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
        readable = {
            uuid: Characteristic(
                UUID.from_16_bits(uuid),
                _Properties.READ,
                Characteristic.READABLE,
                text.encode(),
            )
            for item, uuid in _INFO.items()
            if (text := self.back.build.info(item)) is not None
        }
        information = Service(_DEVICE_INFORMATION, list(readable.values()))
        self._characteristics = {}
        if self.faults.other_protocol:
            return [information, Service(UUID(OTHER_SERVICE), [])]
        offered = {
            protocol.FEATURES: _Properties.READ,
            protocol.STATUS: _Properties.READ | _Properties.NOTIFY,
            protocol.TENSION_STREAM: _Properties.NOTIFY,
            protocol.CONTROL_POINT: _Properties.WRITE | _Properties.INDICATE,
            protocol.TENSION_RECORD: _Properties.READ,
        }
        missing = set(self.faults.missing)
        if not self.back.build.measures_tension:
            missing |= {protocol.TENSION_STREAM, protocol.TENSION_RECORD}
        self._characteristics = {
            uuid: Characteristic(UUID(uuid), properties, _permissions(properties))
            for uuid, properties in offered.items()
            if uuid not in missing
        }
        backhug = Service(UUID(protocol.SERVICE), list(self._characteristics.values()))
        return [information, backhug]

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
        """Have an ATT response sent after so many seconds, unless the link goes meanwhile."""
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
        self._check_manners(opcode, token, value)
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
        keystore = self.device.keystore
        assert isinstance(keystore, MemoryKeyStore)
        assert self._connection is not None
        return str(self._connection.peer_address) in keystore.all_keys

    def _check_manners(self, opcode: int, token: int | None, value: bytes) -> None:
        """Complain of what no client of the profile's version 1.0 writes."""
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
        """Note what a client did against the profile."""
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
        """Indicate what is to be said, one confirmed indication after the other."""
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
        if self._connection is not None:
            self._notify(protocol.STATUS, protocol.encode_status(self.back.status()))

    @override
    def scanned(self, phase: Phase, number: int, efforts: tuple[int, ...]) -> None:
        for fragment in protocol.encode_scan(phase, number, efforts):
            self._notify(protocol.TENSION_STREAM, fragment)

    @override
    def power_changed(self) -> None:
        on = self.back.powered
        if self._device is None:
            return
        if self.radio.virtual:
            if on:
                self.radio.appear(self._device)
            else:
                self.radio.vanish(self._device, reset=True)
        elif not on:
            self._spawn(self._disconnect())
        self._spawn(self._advertise())

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
