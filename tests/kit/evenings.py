"""Evenings of the invented vendors, each recorded once."""

from functools import cache

from kit.capture import read_capture
from kit.devices import Device, find_devices
from kit.notes import Note
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
