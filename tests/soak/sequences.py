"""Operations: sequences in which an earlier version failed, too long to occur often by chance."""

from __future__ import annotations

import asyncio
from typing import Final

from .at_device import operate_at_device, set_at_device, start_at_device
from .checks import AGREE, COMMAND, QUIET
from .lifecycle import disable_for_a_while, kill, reload, restart
from .operation import resident_operation
from .people import dialogue, talk
from .radio_faults import carry
from .requests import (
    PROGRAMMES,
    adjust,
    arm,
    permit_start_on_occupancy,
    set_strength,
    start_programme,
    stop,
)
from .resident import Resident

CONSULTED: Final = "After work"
DEFAULT_TIMEOUT: Final = 1800
"""Seconds for which the consultant lets a session wait for somebody to lie down."""


async def _lose_in_session(resident: Resident) -> bool:
    """Carry the device out of reach in a session, started at the device if none runs; return whether that worked."""
    if not resident.loaded or resident.away:
        return False
    if not resident.back.running:
        start_at_device(resident, 60, 2)
        await asyncio.sleep(AGREE)
    if not resident.back.running:
        return False
    carry(resident, away=True)
    return True


@resident_operation(
    3,
    after=(0.0, 0.2, 0.6, 3.0, 12.0),
    end=("reload", "disable", "restart", "kill"),
    back=(True, True, False),
)
async def end_within_a_stop(
    resident: Resident, after: float, end: str, back: bool
) -> None:
    """Stop a session that is out of reach, and shortly after reload, restart or kill Home Assistant."""
    if not await _lose_in_session(resident):
        return
    stop(resident)
    await asyncio.sleep(after)
    match end:
        case "reload":
            reload(resident)
        case "disable":
            disable_for_a_while(resident)
        case "restart":
            restart(resident, 3.0)
        case _:
            kill(resident)
    if resident.loading is not None:
        await asyncio.wait({resident.loading})
    if back:
        carry(resident, away=False)


@resident_operation(strength=(2, 5), strength_step=(-2, 1), back_after=(0.0, 3.0))
async def adjust_as_it_returns(
    resident: Resident, strength: int, strength_step: int, back_after: float
) -> None:
    """Set a lost device at the device; then adjust it in Home Assistant, just before it is back in reach."""
    if not await _lose_in_session(resident):
        return
    await asyncio.sleep(COMMAND)
    set_at_device(resident, strength, None)
    await asyncio.sleep(2 * COMMAND)
    adjust(resident, strength_step, None, None, None)
    await asyncio.sleep(back_after)
    carry(resident, away=False)


async def _is_idle(resident: Resident) -> bool:
    """End every fault and wait; return whether the device is then loaded and idle."""
    resident.recover_now()
    await asyncio.sleep(QUIET)
    return resident.loaded and not resident.back.running


@resident_operation(2, programme=PROGRAMMES[1:], at_device=(True, False))
async def turn_down_in_programme(
    resident: Resident, programme: str, at_device: bool
) -> None:
    """Turn the strength down in a programme, and let its next steps come."""
    if not await _is_idle(resident):
        return
    resident.back.lie_down()
    start_programme(resident, programme)
    await asyncio.sleep(QUIET)
    if at_device:
        set_at_device(resident, 1, None)
    else:
        set_strength(resident, 1)
    await asyncio.sleep(900.0)


@resident_operation(2, programme=(None, "gentle_start"))
async def start_at_device_while_armed(
    resident: Resident, programme: str | None
) -> None:
    """Start and stop a session at the device, out of reach, while start on occupancy waits."""
    if not await _is_idle(resident):
        return
    resident.back.get_up()
    arm(resident, 7200, programme)
    await asyncio.sleep(COMMAND)
    carry(resident, away=True)
    await asyncio.sleep(QUIET)
    resident.back.lie_down()
    start_at_device(resident, 20, 2)
    await asyncio.sleep(QUIET)
    operate_at_device(resident, "stop")
    await asyncio.sleep(QUIET)
    carry(resident, away=False)


async def _say(resident: Resident, *texts: str) -> None:
    """Say something to the consultant, and wait for each answer."""
    for text in texts:
        talk(resident, text)
        if resident.calls:
            await asyncio.wait({*resident.calls}, timeout=COMMAND)


@resident_operation(
    3, firmness=("very gentle", "firm"), says_stop=("never", "before", "in", "between")
)
async def consult_and_lie_down(
    resident: Resident, firmness: str, says_stop: str
) -> None:
    """Have a consultation, save and start its programme, and lie down; say stop before that, in the session, or in between."""
    if not await _is_idle(resident):
        return
    for subentry in [*resident.entry.subentries.values()]:
        if subentry.title == CONSULTED:
            resident.hass.config_entries.async_remove_subentry(
                resident.entry, subentry.subentry_id
            )
    resident.back.get_up()
    await _say(
        resident,
        "start over",
        "none of these",
        f"stiff, left shoulder a bit, I like it {firmness}",
        "every week, ten minutes",
        f"save it as {CONSULTED}",
    )
    talked = dialogue(resident)
    if talked is None or talked.saved is None:
        return
    armed = permit_start_on_occupancy(
        resident, DEFAULT_TIMEOUT, {talked.saved, *resident.may_be_chosen()}
    )
    await _say(resident, "start it")
    armed(None if talked.started else "refused")
    if says_stop == "before":
        await _say(resident, "stop")
    resident.back.lie_down()
    if says_stop == "between":
        await _say(resident, "stop")
    await asyncio.sleep(QUIET)
    if says_stop == "in":
        await _say(resident, "stop")
    await asyncio.sleep(QUIET)


@resident_operation(seconds=(3700.0, 5000.0))
async def lose_for_long(resident: Resident, seconds: float) -> None:
    """Carry the device out of reach in a session, for longer than a session lasts."""
    if await _lose_in_session(resident):
        await asyncio.sleep(seconds)
