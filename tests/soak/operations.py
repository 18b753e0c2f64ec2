"""Everything that may happen in the household: what persons do, what the devices do, what goes wrong, and time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from copy import replace
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers.storage import STORAGE_DIR

from custom_components.backhug.const import (
    CONF_CONNECTION,
    CONF_IDLE_TIME,
    CONNECTION_ALWAYS,
    CONNECTION_ON_DEMAND,
)
from custom_components.backhug.device.model import Area, Flow
from custom_components.backhug.programmes.catalogue import BUILT_IN
from simulator import protocol
from simulator.back import Back, Opcode, Request
from simulator.build import Build
from simulator.faults import Lost

from .household import Household
from .resident import AGREE, COMMAND, QUIET, Resident
from .watch import setting, start

_MINUTES: Final = (5, 20, 60)
_STRENGTHS: Final = (1, 3, 6, 10)
_PROGRAMMES: Final = ("none", *sorted(BUILT_IN))


@dataclass(frozen=True)
class Operation:
    """Something that may happen, and with what."""

    name: str
    carry_out: Callable[..., Coroutine[Any, Any, None]]
    choices: dict[str, Sequence[Any]]
    weight: int = 1


OPERATIONS: Final[list[Operation]] = []

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
"""The faults of `simulator.faults` with the values that they are brought about with, one at a time."""


def _operation(
    weight: int = 1, **choices: Sequence[Any]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register what happens in the household."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        OPERATIONS.append(Operation(function.__name__, function, choices, weight))
        return function

    return register


def _person(
    weight: int = 1, **choices: Sequence[Any]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register what happens to one resident."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        async def carry_out(household: Household, which: int, **chosen: Any) -> None:
            residents = household.residents
            result = function(residents[which % len(residents)], **chosen)
            if asyncio.iscoroutine(result):
                await result

        choices["which"] = range(len(BUILDS))
        OPERATIONS.append(Operation(function.__name__, carry_out, choices, weight))
        return function

    return register


def _build(number: int, **build: Any) -> Build:
    return Build(
        name=f"BackHug-{number:04X}", address=f"C0:FF:EE:00:00:{number:02X}", **build
    )


BUILDS: Final = (
    _build(1),
    _build(
        2,
        strengths=5,
        fingers=24,
        areas=(0, 1, 3),
        flows=(1,),
        encrypted=True,
        can_pause=False,
        shortest=1,
        longest=255,
    ),
    _build(3, senses_occupancy=False, measures_tension=False, mtu=23),
)


# Persons


@_person(3)
def turn_on(resident: Resident) -> None:
    """Turn the session on."""
    if not resident.loaded:
        return

    def ask() -> None:
        resident.ask(Opcode.RESUME)
        for option in resident.may_be_chosen():
            if option is None:
                resident.watch.ask("turn on", start())
            else:
                resident.ask_programme(option)

    resident.press("switch", "turn_on", "session", ask)


@_person(2)
def turn_off(resident: Resident) -> None:
    """Turn the session off."""
    resident.press(
        "switch", "turn_off", "session", lambda: resident.stop(by_switch=True)
    )


@_person(3)
def stop(resident: Resident) -> None:
    """Stop by the action, which works whatever is shown."""
    resident.act("stop_session", resident.stop())


@_person(2)
def press_stop(resident: Resident) -> None:
    """Press the Stop button, which is always available; Home Assistant drops that while the entry is not loaded."""
    resident.press("button", "press", "stop", lambda: resident.stop(by_switch=True))


@_person()
def give_up(resident: Resident) -> None:
    """Have an automation in mode *restart* give up what it waits for."""
    if resident.calls:
        next(reversed(resident.calls)).cancel()


@_person(3, minutes=_MINUTES, strength=(None, *_STRENGTHS))
def start_session(resident: Resident, minutes: int, strength: int | None) -> None:
    """Start by the action."""
    given = {} if strength is None else {"strength": strength}
    if strength is not None:
        resident.watch.strengths.add(strength)
    resident.watch.ask("start", start(minutes, strength))
    resident.act("start_session", minutes=minutes, **given)


@_person(2, programme=_PROGRAMMES[1:])
def start_programme(resident: Resident, programme: str) -> None:
    """Start a programme by the action."""
    resident.ask_programme(programme)
    resident.act("start_session", programme=programme)


@_person(programme=_PROGRAMMES)
def choose_programme(resident: Resident, programme: str) -> None:
    """Choose what the next session runs."""

    def ask() -> Callable[[str | None], None]:
        resident.choosing.append(programme)
        return lambda _: resident.choosing.remove(programme)

    resident.press("select", "select_option", "programme", ask, option=programme)


@_person(2, seconds=(20, 600, 7200), programme=(None, "gentle_start"))
def arm(resident: Resident, seconds: int, programme: str | None) -> None:
    """Have a session start when somebody lies down."""
    now = asyncio.get_running_loop().time()
    data: dict[str, Any] = {"when_occupied": True, "timeout": {"seconds": seconds}}
    options: set[str | None] = {programme}
    if programme is not None:
        data["programme"] = programme
    elif resident.loaded:
        options = resident.may_be_chosen()

    def allow(until: float, *, arming: bool) -> None:
        how: dict[str, Any] = {"until": until, "arming": arming, "lasts": arming}
        for option in options:
            if option is not None:
                resident.ask_programme(option, **how)
            else:
                resident.watch.ask("armed", start(), **how)

    def ended(reason: str | None) -> None:
        if reason is None and not resident.back.running:
            # What began meanwhile came before it.
            allow(now + seconds + COMMAND, arming=True)

    # At once if somebody lies there already: that is no arming.
    allow(now + COMMAND, arming=False)
    allow(now + seconds + COMMAND, arming=True)
    resident.act("start_session", ended, **data)


@_person(2)
def press_pause(resident: Resident) -> None:
    """Press the button."""

    def ask() -> None:
        resident.ask(Opcode.PAUSE)
        resident.ask(Opcode.RESUME)

    resident.press("button", "press", "pause_resume", ask)


@_person()
def pause(resident: Resident) -> None:
    """Pause by the action."""
    resident.ask(Opcode.PAUSE)
    resident.act("pause_session")


@_person(2)
def resume(resident: Resident) -> None:
    """Carry on by the action."""
    resident.ask(Opcode.RESUME)
    resident.act("resume_session")


@_person(4, strength=_STRENGTHS)
def set_strength(resident: Resident, strength: int) -> None:
    """Set the strength; several times in a row it is a drag."""

    def ask() -> None:
        resident.watch.strengths.add(strength)
        resident.watch.ask(
            f"strength {strength}",
            setting(Opcode.SET_STRENGTH, strength),
            until=asyncio.get_running_loop().time() + COMMAND,
        )

    resident.press("number", "set_value", "strength", ask, value=strength)


@_person(2, minutes=(*_MINUTES, 21))
def set_length(resident: Resident, minutes: int) -> None:
    """Set the length."""

    def ask() -> None:
        resident.watch.ask(f"{minutes} minutes", setting(Opcode.SET_LENGTH, minutes))

    resident.press("number", "set_value", "session_length", ask, value=minutes)


@_person(area=("full_back", "lower_back", "along_spine"))
def set_area(resident: Resident, area: str) -> None:
    """Set the area."""

    def ask() -> None:
        resident.watch.ask(area, setting(Opcode.SET_AREA, area))

    resident.press("select", "select_option", "area", ask, option=area)


@_person(flow=("slow", "medium", "wave"))
def set_flow(resident: Resident, flow: str) -> None:
    """Set the flow."""

    def ask() -> None:
        resident.watch.ask(flow, setting(Opcode.SET_FLOW, flow))

    resident.press("select", "select_option", "flow", ask, option=flow)


@_person(
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
        # It counts from what the device is at as it comes to it, whatever is shown; only a stronger one from the
        # person's own strength while that is shown.
        return request.opcode == Opcode.SET_STRENGTH and (
            watch.stepped(request.parameters[0], strength_step)
            or request.parameters[0] == stronger
        )

    watch.ask(f"{strength_step:+} levels", allows, until=until)
    if minutes_step is not None:
        data["minutes_step"] = minutes_step
        resident.watch.ask(
            "minutes step",
            setting(Opcode.SET_LENGTH, None),
            lasts=True,
            until=until,
        )
    if area is not None:
        data["area"] = area.value
        resident.watch.ask(area, setting(Opcode.SET_AREA, area.value))
    if flow is not None:
        data["flow"] = flow.value
        resident.watch.ask(flow, setting(Opcode.SET_FLOW, flow.value))
    resident.act("adjust_session", **data)


@_person(sessions=(1, 500, "x"))
def get_tension(resident: Resident, sessions: Any) -> None:
    """Ask what was measured."""
    resident.act("get_tension", sessions=sessions)


@_person()
def get_programmes(resident: Resident) -> None:
    """Look into the programmes."""
    resident.act("get_programmes")


@_person(name=("Favourite", "none"))
def save_programme(resident: Resident, name: str) -> None:
    """Save the settings in use."""
    resident.act("save_programme", name=name)


@_person(2, on=(True, False, True))
def hold(resident: Resident, on: bool) -> None:
    """Release the connection for the phone, or hold it again."""
    resident.interrupted()
    if not on:
        resident.watch.disarm()
    service = "turn_on" if on else "turn_off"
    resident.press("switch", service, "hold_connection", lambda: None)


def _load(resident: Resident, work: Coroutine[Any, Any, Any]) -> None:
    """Load or unload the entry, and go on."""
    if resident.loading is not None:
        work.close()
        return
    resident.watch.disarm()
    resident.interrupted()
    resident.loading = asyncio.get_running_loop().create_task(work)

    def ended(task: asyncio.Task[Any]) -> None:
        resident.loading = None
        if (error := task.exception()) is not None:
            resident._violate(f"loading: {error!r}")

    resident.loading.add_done_callback(ended)


@_person()
def reload(resident: Resident) -> None:
    """Reload the entry."""
    if resident.entry.state is ConfigEntryState.LOADED:
        _load(
            resident, resident.hass.config_entries.async_reload(resident.entry.entry_id)
        )


@_person()
def disable_for_a_while(resident: Resident) -> None:
    """Unload the entry, and load it again a while later."""

    async def work() -> None:
        entries = resident.hass.config_entries
        await entries.async_unload(resident.entry.entry_id)
        await asyncio.sleep(3)
        await entries.async_setup(resident.entry.entry_id)

    if resident.entry.state is ConfigEntryState.LOADED:
        _load(resident, work())


@_person(seconds=(0.0, 3.0, 20.0))
def restart(resident: Resident, seconds: float) -> None:
    """Stop Home Assistant, which takes a while, and start it again."""

    async def work() -> None:
        # As on Home Assistant's event: the entry stays loaded, and what is requested meanwhile still arrives.
        await resident.coordinator.async_shutdown()
        await asyncio.sleep(seconds)
        await resident.hass.config_entries.async_reload(resident.entry.entry_id)

    if resident.entry.state is ConfigEntryState.LOADED:
        _load(resident, work())


@_person()
def kill(resident: Resident) -> None:
    """Kill Home Assistant, and start it again: what was not on disk by then is lost."""

    async def work() -> None:
        entries, entry_id = resident.hass.config_entries, resident.entry.entry_id
        directory = Path(resident.hass.config.path(STORAGE_DIR))
        on_disk = {path: path.read_bytes() for path in _files(directory, entry_id)}
        resident.killed()
        await entries.async_unload(entry_id)
        for path in _files(directory, entry_id):
            path.unlink()
        for path, content in on_disk.items():
            path.write_bytes(content)
        await entries.async_setup(entry_id)

    if resident.entry.state is ConfigEntryState.LOADED:
        _load(resident, work())


def _files(directory: Path, entry_id: str) -> list[Path]:
    """Return the files of an entry."""
    return list(directory.glob(f"backhug.*{entry_id}*"))


@_person()
def remove_and_add(resident: Resident) -> None:
    """Remove the BackHug from Home Assistant, and add it anew."""

    async def work() -> None:
        entries = resident.hass.config_entries
        await entries.async_remove(resident.entry.entry_id)
        # All is forgotten, what is still to be stopped too.
        resident.watch.due.clear()
        entry = type(resident.simulated)(
            resident.hass,
            resident.back.build,
            resident.simulated.clock,
            resident.back,
            resident.peripheral,
            resident.faults,
        ).entry
        resident.simulated.entry = entry
        entry.add_to_hass(resident.hass)
        await entries.async_setup(entry.entry_id)

    if resident.entry.state is ConfigEntryState.LOADED:
        _load(resident, work())


@_person(connection=(CONNECTION_ALWAYS, CONNECTION_ON_DEMAND), idle=(10, 60))
def set_options(resident: Resident, connection: str, idle: int) -> None:
    """Change how the connection is kept: that reloads the entry."""

    async def work() -> None:
        entries = resident.hass.config_entries
        entries.async_update_entry(
            resident.entry,
            options={
                **resident.entry.options,
                CONF_CONNECTION: connection,
                CONF_IDLE_TIME: idle,
            },
        )
        await entries.async_reload(resident.entry.entry_id)

    if resident.entry.state is ConfigEntryState.LOADED:
        _load(resident, work())


# The device, and whoever is at it


@_person(2)
def lie_down(resident: Resident) -> None:
    """Somebody lies down."""
    resident.back.lie_down()


@_person(2)
def get_up(resident: Resident) -> None:
    """Whoever lies there gets up."""
    resident.back.get_up()


@_person(minutes=_MINUTES, strength=(2, 4))
def start_at_device(resident: Resident, minutes: int, strength: int) -> None:
    """Start at the device."""
    resident.watch.strengths.add(strength)
    resident.back.start_at_device(minutes, strength)
    resident.watch.at_device()


@_person(what=("stop", "pause", "resume"))
def operate_at_device(resident: Resident, what: str) -> None:
    """Press a button of the device."""
    getattr(resident.back, f"{what}_at_device")()
    resident.watch.at_device()


@_person(strength=(None, 2, 5), minutes=(None, 30))
def set_at_device(
    resident: Resident, strength: int | None, minutes: int | None
) -> None:
    """Set the device at the device."""
    if strength is not None:
        resident.watch.strengths.add(strength)
    resident.back.set_at_device(strength=strength, minutes=minutes)
    resident.watch.at_device()


@_person(what=(Back.block_finger, Back.block_leg_rest, Back.overheat, Back.clear_fault))
def break_down(resident: Resident, what: Callable[[Back], None]) -> None:
    """Something breaks, or works again."""
    what(resident.back)


@_person(2, on=(False, True, True))
def switch(resident: Resident, on: bool) -> None:
    """Turn the power switch."""
    if on:
        resident.back.switch_on()
    else:
        resident.back.switch_off()


@_person(strengths=(5, 10), fingers=(24, 28), pauses=(True, False))
async def update_firmware(
    resident: Resident, strengths: int, fingers: int, pauses: bool
) -> None:
    """Let new firmware offer other things."""
    build = replace(
        resident.back.build, strengths=strengths, fingers=fingers, can_pause=pauses
    )
    if resident.away:
        return
    # At most as strong as the new one allows.
    resident.watch.strengths.add(min(resident.back.strength, strengths))
    resident.interrupted()
    await resident.peripheral.restart(build)
    resident.watch.at_device()


@_person(sessions=(0, 40, 100_000))
async def replace_device(resident: Resident, sessions: int) -> None:
    """Put another BackHug in the place of one that is switched off for good."""
    if resident.loaded:
        await resident.replace(sessions)


# What goes wrong


@_person(6, fault=FAULTS)
def go_wrong(resident: Resident, fault: tuple[str, Any]) -> None:
    """Bring one fault of the radio or of the device about; it stays."""
    name, value = fault
    setattr(resident.faults, name, list(value) if isinstance(value, list) else value)


@_person(3)
def go_right(resident: Resident) -> None:
    """Make everything right again at one device."""
    resident.go_right()


@_person(2)
def lose_link(resident: Resident) -> None:
    """Lose the link."""
    resident.interrupted()
    resident.peripheral.drop_link()


@_person(2, away=(True, False, False))
def carry(resident: Resident, away: bool) -> None:
    """Carry the device out of reach without a word, or back."""
    if away != resident.away and resident.back.powered:
        resident.away = away
        if away:
            resident.peripheral.vanish()
        else:
            resident.peripheral.appear()


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


@_person(
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


@_person(strength=(2, 5), strength_step=(-2, 1), back_after=(0.0, 3.0))
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


@_person(2, programme=_PROGRAMMES[1:], at_device=(True, False))
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


@_person(2, programme=(None, "gentle_start"))
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


@_person(seconds=(3700.0, 5000.0))
async def lose_for_long(resident: Resident, seconds: float) -> None:
    """Carry the device out of reach in a session, for longer than a session lasts."""
    if await _lose_in_session(resident):
        await asyncio.sleep(seconds)


@_person(values=((b"",), (b"\x80",), (b"\x80\x02\x01\x00", b"\x80\x01\x05\x00")))
def say_nonsense(resident: Resident, values: tuple[bytes, ...]) -> None:
    """Let the device say what nobody asked it."""
    for value in values:
        resident.peripheral.inject_indication(value)
        resident.peripheral.inject_status(value)
        resident.peripheral.inject_stream(value)


@_person(missing=((), (protocol.CONTROL_POINT,), (protocol.TENSION_RECORD,)))
async def change_services(resident: Resident, missing: tuple[str, ...]) -> None:
    """Let the device have other services from now on, which those in a cache are not."""
    if resident.away:
        return
    resident.faults.missing = frozenset(missing)
    resident.interrupted()
    await resident.peripheral.restart(resident.back.build)


@_operation(slots=(0, 1, 99))
async def occupy_slots(household: Household, slots: int) -> None:
    """Let other devices take connection slots of the nearer proxy, or leave them."""
    if household.scanners:
        household.scanners[0][0].central.slots = slots


@_person(rssi=(None, -90, -50))
def move_proxy(resident: Resident, rssi: int | None) -> None:
    """Let the nearer proxy hear the device worse, or better, or not at all."""
    if resident.household.scanners:
        scanner = resident.household.scanners[0][0]
        resident.household.move(scanner, resident.back.build.address, rssi)


@_operation(heedless=(True, False), cancels=(0, 1, 4))
async def break_proxy(household: Household, heedless: bool, cancels: int) -> None:
    """Let the nearer proxy take no notice of who gives up, or let cancellations of its own out."""
    if household.scanners:
        central = household.scanners[0][0].central
        central.heedless, central.cancels = heedless, cancels


@_operation()
async def repair_proxies(household: Household) -> None:
    """Reset the proxies."""
    household.repair_proxies()


@_operation()
async def replug_proxy(household: Household) -> None:
    """Unplug one proxy, and plug it in again: the other one takes over."""
    for resident in household.residents:
        resident.interrupted()
    number = int(household.scanners[0][0].source[-2:], 16)
    await household.unplug()
    await household.plug_in(number)


@_operation(seconds=(-3600.0, -5.0, 5.0, 3600.0, 90000.0))
async def set_clock(household: Household, seconds: float) -> None:
    """Set the wall clock."""
    now = asyncio.get_running_loop().time()
    for resident in household.residents:
        resident.watch.changed_at = now
    household.time.jump(seconds)


# Time


@_operation(20, seconds=(0.0, 0.01, 0.05, 0.3, 1.0, 3.0, 5.5, 10.0, 31.0, 65.0))
async def wait(_household: Household, seconds: float) -> None:
    """Let time pass."""
    await asyncio.sleep(seconds)


@_operation(2, seconds=(125.0, 310.0, 700.0, 1300.0))
async def wait_long(_household: Household, seconds: float) -> None:
    """Let much time pass."""
    await asyncio.sleep(seconds)
