"""Evenings of the invented vendors, each recorded and studied once."""

from copy import deepcopy
from functools import cache
from typing import Any

import yaml

from kit.capture import read_capture
from kit.devices import Device, find_devices
from kit.notes import Note
from kit.proposal import Verdict
from kit.workbench import Workbench

from .vendors.vendor import Vendor


@cache
def recorded(vendor: type[Vendor]) -> tuple[bytes, tuple[Note, ...]]:
    """Return the capture and the notes of an evening."""
    device = vendor()
    notes = device.evening()
    return device.recorder.btsnoop(), tuple(notes)


def devices_of(data: bytes) -> list[Device]:
    """Return the devices in a capture."""
    return find_devices(read_capture(data, "capture"))


def bench_of(vendor: type[Vendor]) -> Workbench:
    """Return a workbench with the evening of a vendor on it."""
    return deepcopy(_studied(vendor))


@cache
def _studied(vendor: type[Vendor]) -> Workbench:
    data, notes = recorded(vendor)
    bench = Workbench()
    bench.open(read_capture(data, "capture"))
    bench.take_notes(csv(notes))
    return bench


def csv(notes: tuple[Note, ...]) -> str:
    """Return notes as an owner writes them down."""
    return "".join(
        f"{note.time:.2f},{note.label.replace('_', ' ')}\n" for note in notes
    )


def described(vendor: type[Vendor]) -> dict[str, Any]:
    """Return the description after its owner has confirmed stop."""
    bench = bench_of(vendor)
    bench.judge("commands.stop", Verdict.ACCEPTED)
    description = bench.describe()
    assert description.blocking == []
    playback = bench.play_back()
    assert playback.wrong == []
    assert "carried out" in playback.lines[-1]
    data: dict[str, Any] = yaml.safe_load(description.text)
    return data


def writes(data: dict[str, Any]) -> dict[str, object]:
    """Return what each command writes."""
    return {name: command["write"] for name, command in data["commands"].items()}


def fields(data: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the status."""
    (status,) = [message for message in data["messages"] if message["name"] == "status"]
    found: dict[str, Any] = status["fields"]
    return found


def fields_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of all messages, each with the pattern of its message."""
    return {
        f"{message['match']}.{name}": spec
        for message in data["messages"]
        for name, spec in message.get("fields", {}).items()
    }
