"""Operations: faults of the radio, the proxies and the clock."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from simulator import protocol
from simulator.faults import Lost

from .household import Household
from .operation import household_operation, resident_operation
from .resident import Resident

FAULTS: Final[tuple[tuple[str, Any], ...]] = (
    ("refuse_connections", True),
    ("hang_connect", True),
    ("hang_disconnect", True),
    ("refuse_mtu", True),
    ("supervision_timeout", 0.5),
    ("supervision_timeout", 20.0),
    ("lose_after_octets", 1),
    ("lose_after_octets", 60),
    ("lose_after_octets", 400),
    ("lose_after_octets", 1500),
    ("write_errors", [0x0E]),
    ("write_errors", [0x05, 0x0F]),
    ("write_error", 0x0E),
    ("lose_writes", Lost.REQUEST),
    ("lose_writes", Lost.RESPONSE),
    ("write_response_delay", 0.3),
    ("write_response_delay", 8.0),
    ("read_delay", 0.3),
    ("read_delay", 6.0),
    ("answer_delay", 0.7),
    ("answer_delay", 6.0),
    ("answer_times", 0),
    ("answer_times", 2),
    ("answer_token", 0),
    ("answer_result", 0x55),
    ("answer_after_next", True),
    ("drop_notifications", True),
    ("notification_times", 2),
    ("notification_times", 20),
    ("reorder_notifications", True),
    ("tear_notifications", True),
    ("features", b"\x01\x00"),
    ("status", b"\xff" * 16),
    ("status", b""),
    ("record", b"\x00" * 7),
    ("features", bytes.fromhex("02000a1c3f000f00053c0f00")),
)
"""Faults of `simulator.faults`, each with one value to inject."""


@resident_operation(6, fault=FAULTS)
def inject_fault(resident: Resident, fault: tuple[str, Any]) -> None:
    """Inject one fault of the radio or of the device, which stays."""
    name, value = fault
    setattr(resident.faults, name, list(value) if isinstance(value, list) else value)


@resident_operation(3)
def clear_faults(resident: Resident) -> None:
    """Clear the faults of one device."""
    resident.clear_faults()


@resident_operation(2)
def lose_link(resident: Resident) -> None:
    """Drop the connection."""
    resident.checks.interrupted()
    resident.peripheral.drop_link()


@resident_operation(2, away=(True, False, False))
def carry(resident: Resident, away: bool) -> None:
    """Carry the device out of reach without a disconnection, or back."""
    if away != resident.away and resident.back.powered:
        resident.away = away
        resident.checks.interrupted()
        if away:
            resident.peripheral.vanish()
        else:
            resident.peripheral.appear()


@resident_operation(
    values=((b"",), (b"\x80",), (b"\x80\x03\x01\x00", b"\x80\x01\x05\x00"))
)
def send_nonsense(resident: Resident, values: tuple[bytes, ...]) -> None:
    """Have the device send unsolicited and malformed values; an answer to a stop could not be told from a real one."""
    for value in values:
        resident.peripheral.inject_indication(value)
        resident.peripheral.inject_status(value)
        resident.peripheral.inject_stream(value)


@resident_operation(missing=((), (protocol.CONTROL_POINT,), (protocol.TENSION_RECORD,)))
async def change_services(resident: Resident, missing: tuple[str, ...]) -> None:
    """Change the services of the device, which makes cached ones stale."""
    if resident.away:
        return
    resident.faults.missing = frozenset(missing)
    resident.checks.interrupted()
    await resident.peripheral.restart(resident.back.build)


@household_operation(slots=(0, 1, 99))
async def occupy_slots(household: Household, slots: int) -> None:
    """Have other devices take or free connection slots of the nearer proxy."""
    if household.scanners:
        household.scanners[0][0].central.slots = slots


@resident_operation(rssi=(None, -90, -50))
def move_proxy(resident: Resident, rssi: int | None) -> None:
    """Change how well the nearer proxy hears the device; None: not at all."""
    if resident.household.scanners:
        scanner = resident.household.scanners[0][0]
        resident.household.move(scanner, resident.back.build.address, rssi)


@household_operation(heedless=(True, False), cancels=(0, 1, 4))
async def break_proxy(household: Household, heedless: bool, cancels: int) -> None:
    """Have the nearer proxy ignore cancellations, or raise some of its own."""
    if household.scanners:
        central = household.scanners[0][0].central
        central.heedless, central.cancels = heedless, cancels


@household_operation()
async def repair_proxies(household: Household) -> None:
    """Reset the proxies."""
    household.repair_proxies()


@household_operation()
async def replug_proxy(household: Household) -> None:
    """Unplug one proxy and plug it in again: the other one takes over."""
    for resident in household.residents:
        resident.checks.interrupted()
    number = int(household.scanners[0][0].source[-2:], 16)
    await household.unplug()
    await household.plug_in(number)


@household_operation(seconds=(-3600.0, -5.0, 5.0, 3600.0, 90000.0))
async def set_clock(household: Household, seconds: float) -> None:
    """Set the wall clock."""
    now = asyncio.get_running_loop().time()
    for resident in household.residents:
        resident.watch.changed_at = now
    household.time.jump(seconds)
