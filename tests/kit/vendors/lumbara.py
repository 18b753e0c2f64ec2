"""Lumbara: lines of text."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import ClassVar, override

from .vendor import Vendor


class Lumbara(Vendor):
    """Lines of text with a checksum in hex."""

    name = "Lumbara 2"
    service = "49535343-fe7d-4ae5-8fa9-9fafd205e455"
    write_uuid = "49535343-8841-43f4-a8d4-ecbe34729bb3"
    notify_uuid = "49535343-1e4d-4bd9-ba61-23c647249616"
    advertised = ("49535343-fe7d-4ae5-8fa9-9fafd205e455",)
    strengths = range(1, 9)
    areas = ("full_back", "upper_back", "lower_back")
    has_pause = False
    words: ClassVar = {"full_back": "ALL", "upper_back": "TOP", "lower_back": "LOW"}

    def line(self, text: str) -> bytes:
        """Wrap a line."""
        return f"${text}*{reduce(xor, text.encode(), ord('$')):02X}\r\n".encode()

    @override
    def opening(self) -> None:
        """Write what opens a connection."""
        self.write(self.line("HELLO,APP"))
        self.recorder.wait(0.1)
        self.notify(self.line("WELCOME"))

    @override
    def say(self, action: str, value: str | int | None) -> None:
        """Write what a press means."""
        match action:
            case "start" | "stop":
                self.write(self.line("RUN" if action == "start" else "HALT"))
            case "strength":
                self.write(self.line(f"LVL,{value}"))
            case "area":
                self.write(self.line(f"ZONE,{self.words[str(value)]}"))
            case _:
                self.write(self.line(f"TIME,{value}"))

    @override
    def status(self) -> bytes:
        """Return a report."""
        state = self.state
        run = "ON" if state.running == "treating" else "OFF"
        return self.line(
            f"ST,{run},{state.strength},{self.words[state.area]},{int(state.left)}"
        )
