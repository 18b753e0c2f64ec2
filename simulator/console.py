"""The simulated device for a person in a terminal or a pipe."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import os
import termios
import tty
from typing import TextIO, override

from .back import (
    AS_SHOWN,
    Area,
    Back,
    Fault,
    Flow,
    Observer,
    Opcode,
    Request,
    Result,
    State,
)
from .peripheral import Peripheral

_CLEAR_LINE = "\r\x1b[K"
_END_OF_TRANSMISSION = "\x04"
_CHUNK = 4096


@dataclass(frozen=True)
class Command:
    """One thing to do: its key in a terminal, its word in a pipe."""

    key: str
    word: str
    text: str
    act: Callable[[], Result | None]


class Console(Observer):
    """Shows a status line and the clients' requests, and takes commands.

    In a terminal a single key is a command; otherwise a line holds a command's word or
    key, or `wait` and a number of device seconds. The end of the input ends it.
    """

    def __init__(
        self, back: Back, peripheral: Peripheral, source: TextIO, sink: TextIO
    ) -> None:
        """Take the device, where commands come from and where to show things."""
        self._back = back
        self._peripheral = peripheral
        self._source = source
        self._sink = sink
        self._single_keys = source.isatty()
        self._rewrites_line = sink.isatty()
        self._shown = ""
        self._done = False
        self.commands = (
            Command("l", "lie-down", "somebody lies down", back.lie_down),
            Command("u", "get-up", "they get up", back.get_up),
            Command("s", "start", "start a session at the device", self._start),
            Command("p", "pause", "pause at the device", back.pause_at_device),
            Command("r", "resume", "resume at the device", back.resume_at_device),
            Command("x", "stop", "stop at the device", back.stop_at_device),
            Command("+", "stronger", "one level stronger", lambda: self._step(1)),
            Command("-", "weaker", "one level weaker", lambda: self._step(-1)),
            Command("o", "off", "switch off", back.switch_off),
            Command("i", "on", "switch on", back.switch_on),
            Command("f", "block-finger", "a finger is blocked", back.block_finger),
            Command(
                "g", "block-leg-rest", "the leg rest is blocked", back.block_leg_rest
            ),
            Command("t", "overheat", "it gets too hot", back.overheat),
            Command("n", "break", "something inside breaks", back.fail_internally),
            Command("c", "clear", "the fault clears", back.clear_fault),
            Command("d", "drop", "drop the link", peripheral.drop_link),
            Command("b", "forget", "forget who paired", peripheral.forget_bonds),
            Command("h", "help", "this help", self._help),
            Command("q", "quit", "quit", self._quit),
        )

    async def run(self) -> None:
        """Serve until somebody quits or the input ends."""
        stop_observing = self._back.observe(self)
        build = self._back.build
        self._say(f"{build.name} ({build.address}) is on the air; h is for help.")
        self._show()
        try:
            with self._immediate_keys():
                async for text in self._read():
                    await self._obey(text)
                    if self._done:
                        break
        finally:
            stop_observing()
            if self._rewrites_line:
                self._sink.write("\n")

    # -- Output

    @override
    def status_changed(self) -> None:
        self._show()

    @override
    def power_changed(self) -> None:
        self._show()

    @override
    def request_received(self, entry: Request) -> None:
        name = Opcode(entry.opcode).name if entry.opcode in Opcode else "unknown"
        octets = entry.parameters.hex(" ")
        self._say(f"received {name.lower()} (opcode {entry.opcode}) {octets}".rstrip())
        self._show()

    def describe(self) -> str:
        """Return the device's state in one line."""
        back = self._back
        if not back.powered:
            return "switched off"
        parts = [_name(State, back.state)]
        if back.fault:
            parts.append(_name(Fault, back.fault))
        if back.running:
            minutes, seconds = divmod(back.seconds_left, 60)
            parts.append(f"{minutes}:{seconds:02} left")
        parts += [
            f"{back.length // 60} min",
            f"strength {back.strength}/{back.build.strengths}",
            _name(Area, back.area),
            _name(Flow, back.flow),
            "occupied" if back.occupied else "empty",
            "leg rest up" if back.leg_rest_raised else "leg rest down",
            "connected" if self._peripheral.connected else "not connected",
            f"session {back.session_number}",
        ]
        return " · ".join(parts)

    def _show(self) -> None:
        """Show the state in a line of its own, which is rewritten in a terminal."""
        line = self.describe()
        if self._rewrites_line:
            self._sink.write(_CLEAR_LINE + line)
        elif line != self._shown:
            self._sink.write(line + "\n")
        self._shown = line
        self._sink.flush()

    def _say(self, text: str) -> None:
        """Show something that stays."""
        start = _CLEAR_LINE if self._rewrites_line else ""
        self._sink.write(f"{start}{text}\n")
        self._sink.flush()

    def _help(self) -> None:
        for command in self.commands:
            self._say(f"  {command.key}  {command.word:<15} {command.text}")
        if not self._single_keys:
            self._say("     wait SECONDS    wait, in the time of the device")

    # -- Input

    async def _obey(self, text: str) -> None:
        if not text:
            return
        word, _, argument = text.partition(" ")
        if word == "wait" and argument.replace(".", "", 1).isdigit():
            await asyncio.sleep(float(argument) / self._back.clock.speed)
            return
        for command in self.commands:
            if text in (command.key, command.word):
                if (result := command.act()) not in (None, Result.DONE):
                    assert result is not None
                    self._say(f"{command.word}: {_name(Result, result)}")
                self._show()
                return
        self._say(f"{text!r} is no command; h is for help.")

    def _start(self) -> Result:
        return self._back.start_at_device(self._back.length // 60, AS_SHOWN)

    def _step(self, by: int) -> Result:
        return self._back.set_at_device(strength=max(self._back.strength + by, 0))

    def _quit(self) -> None:
        self._done = True

    async def _read(self) -> AsyncIterator[str]:
        """Yield commands, one at a time, until the input ends."""
        rest = ""
        async for text in self._chunks():
            if self._single_keys:
                for key in text:
                    if key == _END_OF_TRANSMISSION:
                        return
                    yield key
                continue
            *lines, rest = (rest + text).split("\n")
            for line in lines:
                yield line.strip()
        yield rest.strip()

    async def _chunks(self) -> AsyncIterator[str]:
        """Yield input as it arrives, until it ends."""
        chunks: asyncio.Queue[bytes] = asyncio.Queue()
        descriptor = self._source.fileno()
        loop = asyncio.get_running_loop()

        def read() -> bool:
            chunk = os.read(descriptor, _CHUNK)
            chunks.put_nowait(chunk)
            if not chunk:
                loop.remove_reader(descriptor)
            return bool(chunk)

        try:
            loop.add_reader(descriptor, read)
        except PermissionError:
            # A regular file is always ready, and cannot be waited for.
            while read():
                pass
        try:
            while chunk := await chunks.get():
                yield chunk.decode(errors="replace")
        finally:
            loop.remove_reader(descriptor)

    @contextmanager
    def _immediate_keys(self) -> Iterator[None]:
        """Have a terminal hand over each key at once, not whole lines."""
        if not self._single_keys:
            yield
            return
        descriptor = self._source.fileno()
        before = termios.tcgetattr(descriptor)
        tty.setcbreak(descriptor)
        try:
            yield
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _name(kind: type[Area | Fault | Flow | Result | State], code: int) -> str:
    """Return the name of a code in words."""
    try:
        return kind(code).name.lower().replace("_", " ")
    except ValueError:
        return f"code {code}"
