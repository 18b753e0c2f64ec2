"""Actions that fail, by the reason of their error."""

import asyncio
from collections.abc import Awaitable, Callable
from copy import replace
from typing import override

from bumble.pairing import PairingConfig, PairingDelegate
from habluetooth import get_manager
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.device import errors, timeouts
from custom_components.backhug.session.request import SessionRequest
from simulator import protocol
from simulator.build import Build
from simulator.faults import Lost
from simulator.model import Opcode
from tests.home import SimulatedBackHug, until

type Trouble = Callable[[SimulatedBackHug], Awaitable[None]]


async def raised(command: Awaitable[None]) -> HomeAssistantError:
    """Return the exception that an action raises, within bounds."""
    with pytest.raises(HomeAssistantError) as info:
        async with asyncio.timeout(3):
            await command
    return info.value


# Refused by the device: mistakes of the caller


async def nobody(back_hug: SimulatedBackHug) -> None:
    """Start without anybody on it."""
    back_hug.back.get_up()
    await back_hug.shows("binary_sensor", "occupied", "off")
    await back_hug.call("switch", "turn_on", "session")


async def pausing_while_scanning(back_hug: SimulatedBackHug) -> None:
    """Pause while it scans."""
    await back_hug.call("switch", "turn_on", "session")
    await back_hug.shows("sensor", "state", "scanning")
    await back_hug.call("button", "press", "pause_resume")


async def shorter_than_what_passed(back_hug: SimulatedBackHug) -> None:
    """Shorten a session to less than the time already treated."""
    await back_hug.treat(30)
    back_hug.skip(20 * 60)
    await back_hug.call("number", "set_value", "session_length", value=5)


def answered(result: int) -> Trouble:
    """Let a request be answered with a result."""

    async def trouble(back_hug: SimulatedBackHug) -> None:
        back_hug.faults.answer_result = result
        await back_hug.call("number", "set_value", "strength", value=5)

    return trouble


async def refused_by_att(back_hug: SimulatedBackHug) -> None:
    """Let a write be refused by ATT."""
    back_hug.faults.write_errors.append(0x80)
    await back_hug.call("number", "set_value", "strength", value=5)


async def in_unknown_state(back_hug: SimulatedBackHug) -> None:
    """Change a setting in an unknown state."""
    status = bytearray(protocol.encode_status(back_hug.back.status()))
    status[0] = 9
    back_hug.faults.status = bytes(status)
    back_hug.peripheral.inject_status(bytes(status))
    await back_hug.shows("sensor", "state", "unknown")
    await back_hug.call("select", "select_option", "flow", option="wave")


async def a_level_up_from_an_unknown_one(back_hug: SimulatedBackHug) -> None:
    """Ask for a stronger level while the device reports one that it does not offer."""
    status = bytearray(protocol.encode_status(back_hug.back.status()))
    status[2] = back_hug.build.strengths + 1
    back_hug.faults.status = bytes(status)
    await back_hug.hass.services.async_call(
        DOMAIN,
        "adjust_session",
        {
            ATTR_ENTITY_ID: back_hug.entity_id("switch", "session"),
            "strength_step": 1,
        },
        blocking=True,
    )


async def another_session_began(back_hug: SimulatedBackHug) -> None:
    """Start conditionally after another session than the last one."""
    await back_hug.coordinator.controller.async_start(
        SessionRequest(minutes=20, after=99)
    )


async def behind_another(back_hug: SimulatedBackHug) -> None:
    """Change a setting while another request uses up the timeout."""
    back_hug.back.control_point.carry_out_delay = 1
    back_hug.hass.async_create_background_task(
        raised(back_hug.call("number", "set_value", "strength", value=5)), "first"
    )
    await until(lambda: back_hug.requests(Opcode.SET_STRENGTH), "the first is sent")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timeouts, "COMMAND_TIMEOUT", 0.1)
        await back_hug.call("select", "select_option", "flow", option="wave")


def in_fault(fault: str) -> Trouble:
    """Start while there is a fault."""

    async def trouble(back_hug: SimulatedBackHug) -> None:
        if fault == "unknown":
            back_hug.back.overheat()
            back_hug.back.fault = 77  # type: ignore[assignment]
            back_hug.peripheral.status_changed()
            await until(
                lambda: (
                    back_hug.state("binary_sensor", "problem").attributes["fault"]
                    == "unknown"
                ),
                "the fault is known to be unknown",
            )
        else:
            getattr(back_hug.back, fault)()
            await back_hug.shows("binary_sensor", "problem", "on")
        await back_hug.call("switch", "turn_on", "session")

    return trouble


# Errors of the radio


async def unreachable(back_hug: SimulatedBackHug) -> None:
    """Change a setting just after the device has left, with nothing known of it."""
    await lose(back_hug)
    get_manager().async_clear_advertisement_history(back_hug.build.address)
    await back_hug.call("number", "set_value", "strength", value=5)


async def unreachable_in_time(back_hug: SimulatedBackHug) -> None:
    """Change a setting while connections are refused."""
    await lose(back_hug)
    await back_hug.call("number", "set_value", "strength", value=5)


async def stopping_out_of_reach(back_hug: SimulatedBackHug) -> None:
    """Stop out of reach, with no session known to run."""
    await lose(back_hug)
    await back_hug.call("switch", "turn_off", "session")


async def stopping_a_session_out_of_reach(back_hug: SimulatedBackHug) -> None:
    """Stop a session that is out of reach."""
    await back_hug.treat()
    await lose(back_hug)
    await back_hug.call("switch", "turn_off", "session")


async def lost_on_the_way(back_hug: SimulatedBackHug) -> None:
    """Lose the link before the answer."""
    back_hug.faults.answer_delay = 60
    command = back_hug.hass.async_create_task(
        back_hug.call("number", "set_value", "strength", value=5)
    )
    await until(lambda: back_hug.requests(Opcode.SET_STRENGTH), "it is sent")
    back_hug.peripheral.drop_link()
    await command


async def not_answered(back_hug: SimulatedBackHug) -> None:
    """Let a request never be carried out."""
    back_hug.back.control_point.carry_out_delay = 60
    await back_hug.call("number", "set_value", "strength", value=5)


async def never_written(back_hug: SimulatedBackHug) -> None:
    """Let a write vanish."""
    back_hug.faults.lose_writes = Lost.REQUEST
    await back_hug.call("number", "set_value", "strength", value=5)


async def refusing_to_pair(back_hug: SimulatedBackHug) -> None:
    """Require an encrypted link and refuse to pair."""

    class Refusing(PairingDelegate):
        @override
        async def accept(self) -> bool:
            return False

    back_hug.back.build = replace(back_hug.build, encrypted=True)
    back_hug.peripheral.device.pairing_config_factory = lambda _: PairingConfig(
        delegate=Refusing()
    )
    await back_hug.call("number", "set_value", "strength", value=5)


async def released_meanwhile(back_hug: SimulatedBackHug) -> None:
    """Release the link while a request waits for it."""
    await lose(back_hug)
    command = back_hug.hass.async_create_task(
        back_hug.call("number", "set_value", "strength", value=5)
    )
    await back_hug.shows("number", "strength", "5")
    await asyncio.sleep(0.05)
    await back_hug.call("switch", "turn_off", "hold_connection")
    await command


async def stopped_meanwhile(back_hug: SimulatedBackHug) -> None:
    """Stop while a setting is under way."""
    back_hug.back.control_point.carry_out_delay = 60
    command = back_hug.hass.async_create_task(
        back_hug.call("number", "set_value", "strength", value=5)
    )
    await until(lambda: back_hug.requests(Opcode.SET_STRENGTH), "it is sent")
    await back_hug.call("switch", "turn_off", "session")
    await command


def become(build: Build | None, features: bytes | None = None) -> Trouble:
    """Change a setting just after new firmware has changed the kind of device."""

    async def trouble(back_hug: SimulatedBackHug) -> None:
        back_hug.faults.features = features
        back_hug.faults.other_protocol = build is None
        await back_hug.peripheral.restart(build or back_hug.build)
        await back_hug.shows("binary_sensor", "connected", "off")
        await until(
            lambda: isinstance(
                back_hug.coordinator.controller.back_hug.connection.last_error,
                errors.IncompatibleError,
            ),
            "it was seen to be incompatible",
        )
        await back_hug.call("number", "set_value", "strength", value=5)

    return trouble


async def lose(back_hug: SimulatedBackHug) -> None:
    """Lose the link, and keep it down."""
    back_hug.faults.refuse_connections = True
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")


CALLER = {
    "nobody_on_it": nobody,
    "wrong_state": pausing_while_scanning,
    "invalid_parameter": shorter_than_what_passed,
    "not_supported": answered(1),
    "busy": answered(6),
    "refused": answered(99),
    "unknown_state": in_unknown_state,
    "other_session": another_session_began,
    "in_fault_finger_blocked": in_fault("block_finger"),
    "in_fault_leg_rest_blocked": in_fault("block_leg_rest"),
    "in_fault_too_hot": in_fault("overheat"),
    "in_fault_internal": in_fault("fail_internally"),
    "in_fault_unknown": in_fault("unknown"),
}
RADIO = {
    "not_reachable": unreachable,
    "link_lost": lost_on_the_way,
    "no_answer": not_answered,
    "pairing_failed": refusing_to_pair,
    "unknown_value": a_level_up_from_an_unknown_one,
    "stop_pending": stopping_a_session_out_of_reach,
    "released": released_meanwhile,
    "stopped_first": stopped_meanwhile,
    "unknown_protocol": become(None),
    "unsupported_version": become(Build(major=2)),
    "contradictory_features": become(Build(), bytes((1, 0)) + bytes(10)),
}
MORE = [
    ("no_answer", never_written),
    ("not_reachable", unreachable_in_time),
    ("stop_pending", stopping_out_of_reach),
]
