"""The order of the checks: reading first, then requests in standby, then sessions."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from .course import check_course
from .link import FAILURES, Link, LinkError
from .profile import Opcode, State, Status
from .reading import check_advertisement, check_reading
from .report import Clause, Report
from .sessions import Sessions, ensure_stopped
from .standby import check_before_enabling, check_standby
from .surroundings import Surroundings

_STOP_SECONDS = 60.0
"""Within which the stop at the end is tried."""
_ATTEMPTS = 20
_BETWEEN_ATTEMPTS = 2.0
"""Seconds; BlueZ may refuse at once to connect to a device that has just gone."""


async def check_device(
    surroundings: Surroundings, report: Report, *, read_only: bool = False
) -> None:
    """Check a device into a report; it is stopped at the end, even if this is cancelled."""
    link = Link(surroundings, report)
    try:
        heard = await surroundings.advertisement()
    except FAILURES as error:
        report.remarks.append(f"Bluetooth is not available: {error}")
        return
    if heard is None:
        report.remarks.append(
            "The device was not heard advertising. It may be off, out of reach, or connected to something else."
        )
        return
    check_advertisement(link, heard)
    try:
        await link.connect()
        try:
            await _check_connected(link, read_only=read_only)
        finally:
            if link.may_run:
                await _finally_stop(link)
        report.expect(Clause.CONNECTION, True, "")
    except LinkError as error:
        report.expect(Clause.CONNECTION, False, str(error))
    finally:
        check_course(link)
        await link.disconnect()


async def _check_connected(link: Link, *, read_only: bool) -> None:
    if not await check_reading(link):
        link.report.remarks.append(
            "The device does not implement this profile, so nothing was sent to it."
        )
        return
    before = await link.status()
    if read_only:
        return
    if before.state != State.STANDBY:
        link.report.remarks.append(
            f"The state was {before.state}, not standby, so nothing was sent to it."
        )
        return
    features = link.features
    assert features is not None
    await check_before_enabling(link)
    await link.enable_all()
    await check_standby(link)
    await Sessions(link, features).check()
    if link.may_run:
        await ensure_stopped(link)
    await _restore(link, before)


async def _restore(link: Link, before: Status) -> None:
    """Set area, flow and length as they were; the strength stays at level 1."""
    features = link.features
    assert features is not None
    if before.area in features.areas:
        await link.request(Opcode.SET_AREA, before.area)
    if before.flow in features.flows:
        await link.request(Opcode.SET_FLOW, before.flow)
    minutes = before.length // 60
    if features.shortest <= minutes <= min(features.longest, 60):
        await link.request(Opcode.SET_LENGTH, minutes)
    link.report.remarks.append("The strength was left at level 1.")


async def _finally_stop(link: Link) -> None:
    """Stop whatever runs, over a new connection if the old one is lost."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            with suppress(LinkError):
                await ensure_stopped(link)
                return
            link.surroundings.warn(
                "The stop is not confirmed yet, and is tried for a minute. "
                "If the device moves, use its power switch."
            )
            for _ in range(_ATTEMPTS):
                await link.disconnect()
                with suppress(LinkError):
                    await link.connect()
                    await ensure_stopped(link)
                    return
                await link.surroundings.sleep(_BETWEEN_ATTEMPTS)
    link.report.remarks.append(
        "THE STOP IS NOT CONFIRMED: use the device's power switch."
    )
