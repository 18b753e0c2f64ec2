"""Operations: people operate the device itself, and it breaks, is updated or replaced."""

from __future__ import annotations

from collections.abc import Callable
from copy import replace

from simulator.back import Back

from .operation import resident_operation
from .requests import MINUTES
from .resident import Resident


@resident_operation(2)
def lie_down(resident: Resident) -> None:
    """Lie down on the device."""
    resident.back.lie_down()


@resident_operation(2)
def get_up(resident: Resident) -> None:
    """Get up from the device."""
    resident.back.get_up()


@resident_operation(minutes=MINUTES, strength=(2, 4))
def start_at_device(resident: Resident, minutes: int, strength: int) -> None:
    """Start at the device."""
    resident.watch.strengths.add(strength)
    resident.back.start_at_device(minutes, strength)
    resident.watch.at_device()


@resident_operation(what=("stop", "pause", "resume"))
def operate_at_device(resident: Resident, what: str) -> None:
    """Press a button of the device."""
    getattr(resident.back, f"{what}_at_device")()
    resident.watch.at_device()


@resident_operation(strength=(None, 2, 5), minutes=(None, 30))
def set_at_device(
    resident: Resident, strength: int | None, minutes: int | None
) -> None:
    """Change settings at the device."""
    if strength is not None:
        resident.watch.strengths.add(strength)
    resident.back.set_at_device(strength=strength, minutes=minutes)
    resident.watch.at_device()


@resident_operation(
    what=(Back.block_finger, Back.block_leg_rest, Back.overheat, Back.clear_fault)
)
def break_down(resident: Resident, what: Callable[[Back], None]) -> None:
    """Break something in the device, or repair it."""
    what(resident.back)


@resident_operation(2, on=(False, True, True))
def switch(resident: Resident, on: bool) -> None:
    """Switch the device on or off."""
    if on:
        resident.back.switch_on()
    else:
        resident.back.switch_off()


@resident_operation(strengths=(5, 10), fingers=(24, 28), pauses=(True, False))
async def update_firmware(
    resident: Resident, strengths: int, fingers: int, pauses: bool
) -> None:
    """Install firmware with other features."""
    build = replace(
        resident.back.build, strengths=strengths, fingers=fingers, can_pause=pauses
    )
    if resident.away:
        return
    # At most as strong as the new one allows.
    resident.watch.strengths.add(min(resident.back.strength, strengths))
    resident.checks.interrupted()
    await resident.peripheral.restart(build)
    resident.watch.at_device()


@resident_operation(sessions=(0, 40, 100_000))
async def replace_device(resident: Resident, sessions: int) -> None:
    """Replace the BackHug by another one."""
    if resident.loaded:
        await resident.replace(sessions)
