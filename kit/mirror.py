"""A simulated device that is made of a description: it understands what the file says, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from custom_components.backhug.device.errors import MalformedError
from custom_components.backhug.device.protocols.described.description import (
    TOKEN,
    DescribedCommand,
    Description,
    Field,
    Message,
    Pattern,
    Step,
    Template,
    fits,
)
from custom_components.backhug.device.protocols.described.framing import (
    FrameReader,
    Framing,
)
from custom_components.backhug.device.protocols.described.octets import to_octets

STATES = {
    "start": "treating",
    "resume": "treating",
    "pause": "paused",
    "stop": "standby",
}
SETTINGS = frozenset({"strength", "area", "flow"})


class Mirror:
    """Receives frames in pieces, answers as awaited, and reports its settings."""

    def __init__(self, description: Description) -> None:
        """Begin in standby; nothing is set."""
        self._description = description
        self._reader = FrameReader(_reversed(description.framing))
        self._counter = 0
        self._token: bytes | None = None
        self.settings: dict[str, object] = {"state": "standby"}

    def shake(self, step: Step) -> bool:
        """Return whether a step of the handshake arrives, and its answer would be understood."""
        if step.reply.token is not None:
            self._token = step.reply.token.placeholder
        if step.write is None:
            return True
        payload = self.fill(step.write, {})
        return self.answers(payload, step.reply.pattern)

    def fill(self, template: Template, values: dict[str, object]) -> bytes:
        """Return the payload of a template, with this device's token."""
        return self._description.fill(template, values, self._token)

    def answers(self, payload: bytes, pattern: Pattern | None) -> bool:
        """Return whether a payload arrives whole, and an answer of the pattern would be understood."""
        received = self._receive(payload)
        if received != payload:
            return False
        return pattern is None or fits(pattern, self._sent(_payload(pattern)))

    def carry_out(self, name: str, values: dict[str, object]) -> str:
        """Do what a command says; return what is wrong, or nothing."""
        description = self._description
        command = description.commands[name]
        for template in command.writes:
            payload = self.fill(template, values)
            received = self._receive(payload)
            if received != payload:
                return f"{payload.hex(' ')} does not arrive as it was sent"
            if name not in self._meanings(received):
                return f"{payload.hex(' ')} is not understood as {name}"
            if not self.answers(payload, command.reply.pattern):
                return "the answer that is awaited cannot be sent"
        self._set(name, values, command)
        return self._report()

    def _set(
        self, name: str, values: dict[str, object], command: DescribedCommand
    ) -> None:
        if name in STATES:
            self.settings["state"] = STATES[name]
        for parameter in command.parameters & SETTINGS:
            self.settings[parameter] = values[parameter]

    def _meanings(self, payload: bytes) -> set[str]:
        """Return the commands that a payload can be."""
        found = set()
        for name, command in self._description.commands.items():
            for template in command.writes:
                rest: list[bytes] = [payload]
                for part in template.parts:
                    codes = self._codes(part)
                    rest = [
                        left[len(code) :]
                        for left in rest
                        for code in codes
                        if left.startswith(code)
                    ]
                if b"" in rest:
                    found.add(name)
        return found

    def _codes(self, part: bytes | str) -> list[bytes]:
        """Return what may stand for a part of a template."""
        if isinstance(part, bytes):
            return [part]
        if part == TOKEN:
            return [self._token or b""]
        return list(self._description.parameters[part].codes.values())

    def _report(self) -> str:
        """Send each message that has a field; return what is wrong with it, or nothing."""
        for message in self._description.messages:
            if not message.fields or message.split:
                continue
            payload = self._build(message)
            values = message.read(self._sent(payload))
            for name, wanted in self.settings.items():
                if name in values and str(values[name]) != str(wanted):
                    return f"{name} is reported as {values[name]} instead of {wanted}"
        return ""

    def _build(self, message: Message) -> bytes:
        size = message.size or max(
            (one.octet + one.size for one in message.fields.values()), default=0
        )
        payload = bytearray(_payload(message.pattern).ljust(size, b"\0"))
        for name, one in message.fields.items():
            code = _code(one, self.settings.get(name))
            if code is None:
                continue
            if one.bits is not None:
                low, high = one.bits
                mask = (1 << high - low + 1) - 1 << low
                payload[one.octet] = payload[one.octet] & ~mask | code[0] << low
            else:
                payload[one.octet : one.octet + one.size] = code
        return bytes(payload)

    def _receive(self, payload: bytes) -> bytes | None:
        """Return what arrives of a payload that is framed, cut, and put together again."""
        description = self._description
        frame = description.framing.encode(payload, self._next())
        chunk = description.link.chunk
        pieces = [frame[at : at + chunk] for at in range(0, len(frame), chunk)]
        if description.framing.is_whole:
            pieces = [frame]
        frames = [whole for piece in pieces for whole in self._reader.feed(piece)]
        try:
            return (
                description.framing.decode_sent(frames[0]) if len(frames) == 1 else None
            )
        except MalformedError:
            return None

    def _next(self) -> int:
        counter = self._description.framing.counter
        if counter is None:
            return 0
        number = counter.first + self._counter % (counter.last - counter.first + 1)
        self._counter += 1
        return number

    def _sent(self, payload: bytes) -> bytes:
        """Return what the client understands of a payload that the device sends."""
        framing = self._description.framing
        if framing.kind == "raw":
            return payload
        return framing.decode(_reversed(framing).encode(payload, self._next()))


def _reversed(framing: Framing) -> Framing:
    """Return the frame from the device's side."""
    return replace(framing, header=framing.reply_header, reply_header=framing.header)


def _payload(pattern: Pattern) -> bytes:
    return bytes(octet or 0 for octet in pattern)


def _code(one: Field, value: object) -> bytes | None:
    """Return the octets by which a field shows a value."""
    if value is None:
        return None
    if one.codes is not None:
        return next(
            (code for code, meaning in one.codes.items() if str(meaning) == str(value)),
            None,
        )
    if (
        isinstance(value, int)
        and (value - one.add) % one.scale == 0
        and value >= one.add
    ):
        number = (value - one.add) // one.scale
        width = one.size if one.bits is None else 1
        return to_octets(number, width, one.endian, bcd=one.bcd)
    return None
