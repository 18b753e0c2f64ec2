"""Peripherals that break a clause of the profile: advertising, values, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import override

from bumble.gatt import Characteristic, Service

from simulator import protocol
from simulator.back import Answer, Opcode, Phase
from simulator.peripheral import Peripheral


class AdvertisesAnother(Peripheral):
    """Advertises another service than it has."""

    @override
    async def _advertise(self) -> None:
        self.faults.other_protocol = True
        try:
            await super()._advertise()
        finally:
            self.faults.other_protocol = False


class MoreProperties(Peripheral):
    """Takes writes without response."""

    @override
    def _services(self) -> list[Service]:
        services = super()._services()
        characteristic = self._characteristics[protocol.CONTROL_POINT]
        characteristic.properties |= Characteristic.Properties.WRITE_WITHOUT_RESPONSE
        return services


class ShortStatus(Peripheral):
    """Notifies a short Status beside the right one."""

    @override
    def status_changed(self) -> None:
        super().status_changed()
        self.inject_status(bytes(15))


class ReservedOctet(Peripheral):
    """Uses the reserved octet of Status in what it notifies."""

    @override
    def _notify(self, uuid: str, value: bytes) -> None:
        super()._notify(uuid, value[:-1] + b"\1" if uuid == protocol.STATUS else value)


class SilentSettings(Peripheral):
    """Does not notify changes before its first session."""

    @override
    def status_changed(self) -> None:
        if self.back.session_number:
            super().status_changed()


class LateSettings(Peripheral):
    """Notifies changes before its first session after the answer."""

    @override
    def status_changed(self) -> None:
        if self.back.session_number:
            super().status_changed()
        else:
            self.back.clock.call_later(0.5, super().status_changed)


class MalformedFragment(Peripheral):
    """Sends a fragment without fingers after each scan."""

    @override
    def scanned(self, phase: Phase, number: int, efforts: tuple[int, ...]) -> None:
        super().scanned(phase, number, efforts)
        self.inject_stream(bytes(3))


class HalfScan(Peripheral):
    """Sends the first fragment of each scan only."""

    @override
    def scanned(self, phase: Phase, number: int, efforts: tuple[int, ...]) -> None:
        self.inject_stream(next(protocol.encode_scan(phase, number, efforts)))


class OtherIndication(Peripheral):
    """Indicates something that is no answer."""

    @override
    def write_request(
        self, value: bytes, respond: Callable[[int | None], None]
    ) -> None:
        super().write_request(value, respond)
        if value[:1] == bytes((Opcode.SET_FLOW,)):
            self.inject_indication(bytes((0x81, 0, 0, 0)))


class OtherOpcode(Peripheral):
    """Names another opcode in an answer."""

    @override
    def _spoil(self, answer: Answer) -> Answer:
        wrong = answer.opcode == Opcode.SET_STRENGTH
        return replace(answer, opcode=Opcode.SET_LENGTH) if wrong else answer


def refusing(
    wrong: Callable[[Peripheral, bytes, int | None], int | None],
) -> type[Peripheral]:
    """Return a device that refuses writes by other ATT errors."""

    class Refusing(Peripheral):
        @override
        def _refusal(self, value: bytes) -> int | None:
            return wrong(self, value, super()._refusal(value))

    return Refusing


class IgnoresShortStop(Peripheral):
    """Ignores a stop without a token."""

    @override
    def write_request(
        self, value: bytes, respond: Callable[[int | None], None]
    ) -> None:
        if value == bytes((Opcode.STOP,)):
            respond(None)
        else:
            super().write_request(value, respond)


def never_encrypted(_: Peripheral, value: bytes, error: int | None) -> int | None:
    """Demand encryption of every request but a stop."""
    return error if value[0] == Opcode.STOP else protocol.INSUFFICIENT_ENCRYPTION


def needs_no_indications(_: Peripheral, __: bytes, error: int | None) -> int | None:
    """Accept requests without indications."""
    return None if error == protocol.INDICATIONS_NOT_ENABLED else error


def stop_needs_encryption(
    device: Peripheral, value: bytes, error: int | None
) -> int | None:
    """Demand pairing for a stop."""
    wrong = value[0] == Opcode.STOP and not device.encrypted
    return protocol.INSUFFICIENT_AUTHENTICATION if wrong else error
