"""Operations: requests that people make in Home Assistant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from custom_components.backhug.device.model import Area, Flow
from custom_components.backhug.programmes.catalogue import BUILT_IN
from simulator.back import Opcode, Request

from .checks import COMMAND
from .operation import resident_operation
from .resident import Resident
from .watch import setting, start

MINUTES: Final = (5, 20, 60)
STRENGTHS: Final = (1, 3, 6, 10)
PROGRAMMES: Final = ("none", *sorted(BUILT_IN))


@resident_operation(3)
def turn_on(resident: Resident) -> None:
    """Turn the session on."""
    if not resident.loaded:
        return

    def permit() -> None:
        resident.permit(Opcode.RESUME)
        for option in resident.may_be_chosen():
            if option is None:
                resident.watch.permit("turn on", start())
            else:
                resident.permit_programme(option)

    resident.press("switch", "turn_on", "session", permit)


@resident_operation(2)
def turn_off(resident: Resident) -> None:
    """Turn the session off."""
    resident.press(
        "switch", "turn_off", "session", lambda: resident.stop(by_switch=True)
    )


@resident_operation(3)
def stop(resident: Resident) -> None:
    """Stop by the action, which works in any state."""
    resident.act("stop_session", resident.stop())


@resident_operation(2)
def press_stop(resident: Resident) -> None:
    """Press the Stop button; Home Assistant ignores that while the entry is not loaded."""
    resident.press("button", "press", "stop", lambda: resident.stop(by_switch=True))


@resident_operation()
def give_up(resident: Resident) -> None:
    """Cancel the newest call, as an automation in mode *restart* does."""
    if resident.calls:
        next(reversed(resident.calls)).cancel()


@resident_operation(3, minutes=MINUTES, strength=(None, *STRENGTHS))
def start_session(resident: Resident, minutes: int, strength: int | None) -> None:
    """Start by the action."""
    given = {} if strength is None else {"strength": strength}
    if strength is not None:
        resident.watch.strengths.add(strength)
    resident.watch.permit("start", start(minutes, strength))
    resident.act("start_session", minutes=minutes, **given)


@resident_operation(2, programme=PROGRAMMES[1:])
def start_programme(resident: Resident, programme: str) -> None:
    """Start a programme by the action."""
    resident.permit_programme(programme)
    resident.act("start_session", programme=programme)


@resident_operation(programme=PROGRAMMES)
def choose_programme(resident: Resident, programme: str) -> None:
    """Choose the programme of the next session."""

    def permit() -> Callable[[str | None], None]:
        resident.choosing.append(programme)
        return lambda _: resident.choosing.remove(programme)

    resident.press("select", "select_option", "programme", permit, option=programme)


@resident_operation(2, seconds=(20, 600, 7200), programme=(None, "gentle_start"))
def arm(resident: Resident, seconds: int, programme: str | None) -> None:
    """Start a session on occupancy."""
    data: dict[str, Any] = {"when_occupied": True, "timeout": {"seconds": seconds}}
    options: set[str | None] = {programme}
    if programme is not None:
        data["programme"] = programme
    elif resident.loaded:
        options = resident.may_be_chosen()
    ended = permit_start_on_occupancy(resident, seconds, options)
    resident.act("start_session", ended, **data)


def permit_start_on_occupancy(
    resident: Resident, seconds: int, options: set[str | None]
) -> Callable[[str | None], None]:
    """Permit a start of one of these programmes, None for the settings, at once or when somebody lies down.

    Returns the function to call with the result, as for `Resident.call`.
    """
    now = asyncio.get_running_loop().time()

    def allow(until: float, *, arming: bool) -> None:
        how: dict[str, Any] = {"until": until, "arming": arming, "lasts": arming}
        for option in options:
            if option is not None:
                resident.permit_programme(option, **how)
            else:
                resident.watch.permit("armed", start(), **how)

    def ended(reason: str | None) -> None:
        if reason is None and not resident.back.running:
            # A session that has begun meanwhile came before it.
            allow(now + seconds + COMMAND, arming=True)

    # If somebody lies on it already it starts at once, without arming.
    allow(now + COMMAND, arming=False)
    allow(now + seconds + COMMAND, arming=True)
    return ended


@resident_operation(2)
def press_pause(resident: Resident) -> None:
    """Press the pause button."""

    def permit() -> None:
        resident.permit(Opcode.PAUSE)
        resident.permit(Opcode.RESUME)

    resident.press("button", "press", "pause_resume", permit)


@resident_operation()
def pause(resident: Resident) -> None:
    """Pause by the action."""
    resident.permit(Opcode.PAUSE)
    resident.act("pause_session")


@resident_operation(2)
def resume(resident: Resident) -> None:
    """Resume by the action."""
    resident.permit(Opcode.RESUME)
    resident.act("resume_session")


@resident_operation(4, strength=STRENGTHS)
def set_strength(resident: Resident, strength: int) -> None:
    """Set the strength; several times in a row is a slider drag."""

    def permit() -> None:
        resident.watch.strengths.add(strength)
        resident.watch.permit(
            f"strength {strength}",
            setting(Opcode.SET_STRENGTH, strength),
            until=asyncio.get_running_loop().time() + COMMAND,
        )

    resident.press("number", "set_value", "strength", permit, value=strength)


@resident_operation(2, minutes=(*MINUTES, 21))
def set_length(resident: Resident, minutes: int) -> None:
    """Set the length."""

    def permit() -> None:
        resident.watch.permit(f"{minutes} minutes", setting(Opcode.SET_LENGTH, minutes))

    resident.press("number", "set_value", "session_length", permit, value=minutes)


@resident_operation(area=("full_back", "lower_back", "along_spine"))
def set_area(resident: Resident, area: str) -> None:
    """Set the area."""

    def permit() -> None:
        resident.watch.permit(area, setting(Opcode.SET_AREA, area))

    resident.press("select", "select_option", "area", permit, option=area)


@resident_operation(flow=("slow", "medium", "wave"))
def set_flow(resident: Resident, flow: str) -> None:
    """Set the flow."""

    def permit() -> None:
        resident.watch.permit(flow, setting(Opcode.SET_FLOW, flow))

    resident.press("select", "select_option", "flow", permit, option=flow)


@resident_operation(
    2,
    strength_step=(-2, 1),
    minutes_step=(None, -10, 5),
    area=(None, *Area),
    flow=(None, *Flow),
)
def adjust(
    resident: Resident,
    strength_step: int,
    minutes_step: int | None,
    area: Area | None,
    flow: Flow | None,
) -> None:
    """Adjust several things by the action."""
    data: dict[str, Any] = {"strength_step": strength_step}
    until = asyncio.get_running_loop().time() + COMMAND
    watch = resident.watch
    stronger = resident.own_strength_after(strength_step)

    def allows(request: Request) -> bool:
        # It is relative to the strength of the device, not to the one shown; only a step up is relative to the
        # person's own strength, while that is kept.
        return request.opcode == Opcode.SET_STRENGTH and (
            watch.stepped(request.parameters[0], strength_step)
            or request.parameters[0] == stronger
        )

    watch.permit(f"{strength_step:+} levels", allows, until=until)
    if minutes_step is not None:
        data["minutes_step"] = minutes_step
        resident.watch.permit(
            "minutes step",
            setting(Opcode.SET_LENGTH, None),
            lasts=True,
            until=until,
        )
    if area is not None:
        data["area"] = area.value
        resident.watch.permit(area, setting(Opcode.SET_AREA, area.value))
    if flow is not None:
        data["flow"] = flow.value
        resident.watch.permit(flow, setting(Opcode.SET_FLOW, flow.value))
    resident.act("adjust_session", **data)


@resident_operation(sessions=(1, 500, "x"))
def get_tension(resident: Resident, sessions: Any) -> None:
    """Read the tension history."""
    resident.act("get_tension", sessions=sessions)


@resident_operation()
def get_programmes(resident: Resident) -> None:
    """Read the programmes."""
    resident.act("get_programmes")


@resident_operation(name=("Favourite", "none"))
def save_programme(resident: Resident, name: str) -> None:
    """Save the settings in use."""
    resident.act("save_programme", name=name)


@resident_operation(2, on=(True, False, True))
def hold(resident: Resident, on: bool) -> None:
    """Release the connection for the phone, or hold it again."""
    resident.checks.interrupted()
    if not on:
        resident.watch.disarm()
    service = "turn_on" if on else "turn_off"
    resident.press("switch", service, "hold_connection", lambda: None)
