"""An app that encrypts is recognised, and no description pretends to understand it."""

from __future__ import annotations

from random import Random
from typing import override

from kit.analysis.secrecy import looks_encrypted
from kit.proposal import Verdict

from .evenings import bench_of
from .vendors import Knodo
from .vendors.vendor import Vendor


class Cryptia(Vendor):
    """Each frame is another block of random octets, or the same one for the same press."""

    same = False
    plain = False
    write_uuid = "ae01"
    notify_uuid = "ae02"

    def __init__(self) -> None:
        """Begin in standby."""
        super().__init__()
        self._chance = Random(5)

    @override
    def opening(self) -> None:
        """Write nothing."""

    @override
    def say(self, action: str, value: str | int | None) -> None:
        chance = Random(f"{action} {value}") if self.same else self._chance
        self.write(bytes([7, len(action)]) if self.plain else chance.randbytes(16))

    @override
    def status(self) -> bytes:
        return self._chance.randbytes(16)


class Blocks(Cryptia):
    """A cipher without a counter."""

    same = True


class Reports(Cryptia):
    """Only reports are encrypted."""

    plain = True


class Salted(Cryptia):
    """Only the stop has octets of chance, among three different lengths that the app keeps."""

    @override
    def say(self, action: str, value: str | int | None) -> None:
        salt = self._chance.randbytes(2) if action == "stop" else b"\0\0"
        if action != "minutes":
            self.write(bytes([7, len(action)]) + salt)

    @property
    @override
    def script(self) -> list[tuple[str, str | int | None]]:
        return [
            press
            for minutes in (10, 20, 30)
            for press in (("minutes", minutes), ("start", None), ("stop", None))
        ]


def test_chance_is_no_setting_that_a_stop_carries() -> None:
    """Each stop has its own octets and its own length, and still they have nothing to do with each other."""
    bench = bench_of(Salted)
    assert bench.current.find("commands.stop") is None
    assert any(line.startswith("stop:") for line in bench.current.study.remarks)


def test_no_description_of_random_octets() -> None:
    """The reason is said instead of advice that cannot help."""
    bench = bench_of(Cryptia)
    description = bench.describe()
    assert description.text == ""
    assert description.blocking[0].startswith("What the app writes looks encrypted")
    assert not any(
        "press it more often" in line for line in bench.current.study.remarks
    )


def test_presses_that_repeat_can_be_described() -> None:
    """Their octets can be written again, whatever they mean."""
    bench = bench_of(Blocks)
    bench.judge("commands.stop", Verdict.ACCEPTED)
    assert "can repeat the presses" in bench.current.study.encrypted
    assert "stop" in bench.describe().text


def test_encrypted_reports_are_pointed_out() -> None:
    """The state stays unknown."""
    assert "reports looks encrypted" in bench_of(Reports).current.study.encrypted


def test_plain_payloads_do_not_look_encrypted() -> None:
    """Although they have a counter and a checksum."""
    assert bench_of(Knodo).current.study.encrypted == ""


def test_few_octets_say_nothing() -> None:
    """Nor do short payloads."""
    chance = Random(6)
    assert not looks_encrypted([chance.randbytes(16) for _ in range(8)])
    assert not looks_encrypted([chance.randbytes(4) for _ in range(200)])
    assert looks_encrypted([chance.randbytes(16) for _ in range(40)])
