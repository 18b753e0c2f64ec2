"""The way to a real device, with bleak's own classes replaced."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Self

from bleak.exc import BleakError
import pytest

from conformance import surroundings
from conformance.__main__ import main
from conformance.profile import SERVICE
from conformance.report import Clause, Outcome, Report
from conformance.run import check_device
from conformance.simulated import simulated
from conformance.surroundings import Advertisement, OnTheAir

ADDRESS = "C0:FF:EE:00:7F:2A"


class Scanner:
    """Hears another device at once, and ours in two parts: the name comes late."""

    def __init__(self, **options: Any) -> None:
        """Take the arguments of bleak."""
        self.looks = 0
        self.options = options

    async def __aenter__(self) -> Self:
        """Begin to scan."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Scan no more."""

    @property
    def discovered_devices_and_advertisement_data(self) -> dict[str, Any]:
        """All that was heard until now."""
        self.looks += 1
        name = "BackHug-7F2A" if self.looks > 2 else None
        return {
            "other": (
                SimpleNamespace(address="00:11:22:33:44:55"),
                SimpleNamespace(local_name="Other", service_uuids=[]),
            ),
            "ours": (
                SimpleNamespace(address=ADDRESS.lower()),
                SimpleNamespace(local_name=name, service_uuids=[SERVICE.upper()]),
            ),
        }


async def test_scan_waits_for_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is in the scan response, which may come later."""
    monkeypatch.setattr(surroundings, "BleakScanner", Scanner)
    heard = await OnTheAir(ADDRESS).advertisement()
    assert heard == Advertisement("BackHug-7F2A", (SERVICE,))


async def test_scan_ends_without_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device out of reach is not heard."""
    monkeypatch.setattr(surroundings, "BleakScanner", Scanner)
    monkeypatch.setattr(surroundings, "SCAN_SECONDS", 0.3)
    assert await OnTheAir("C0:00:00:00:00:01").advertisement() is None


async def test_device_is_read_in_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that can be read passes over bleak's client."""
    monkeypatch.setattr(surroundings, "BleakScanner", Scanner)
    report = Report()
    async with simulated() as device:
        options: dict[str, Any] = {}

        def client(address: str, **given: Any) -> object:
            options.update(given, address=address)
            return device.client()

        monkeypatch.setattr(surroundings, "BleakClient", client)
        await check_device(OnTheAir(ADDRESS, "hci1"), report, read_only=True)
    assert options["address"] == ADDRESS
    assert options["bluez"] == {"adapter": "hci1"}
    assert report.of(Outcome.FAILED) == []
    assert report.outcome(Clause.RECORD) is Outcome.PASSED


def test_devices_in_reach_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only BackHugs are listed, and there may be none."""
    monkeypatch.setattr(surroundings, "BleakScanner", Scanner)
    monkeypatch.setattr(surroundings, "SCAN_SECONDS", 0)
    assert main(["--list"]) == 0
    assert capsys.readouterr().out == f"{ADDRESS.lower()}  \n"
    monkeypatch.setattr(surroundings, "SERVICE", "another")
    assert main(["--list"]) == 2
    assert capsys.readouterr() == ("", "No BackHug was heard advertising.\n")


async def test_missing_adapter_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Bluetooth gets a sentence, not a traceback."""

    def scanner(**_: Any) -> Scanner:
        raise BleakError("no adapter")

    monkeypatch.setattr(surroundings, "BleakScanner", scanner)
    report = Report()
    await check_device(OnTheAir(ADDRESS), report)
    assert report.remarks == ["Bluetooth is not available: no adapter"]


def test_missing_adapter_lists_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So does a list of the devices in reach."""

    def scanner(**_: Any) -> Scanner:
        raise BleakError("no adapter")

    monkeypatch.setattr(surroundings, "BleakScanner", scanner)
    assert main(["--list"]) == 2
    assert capsys.readouterr().err == "Bluetooth is not available: no adapter\n"
