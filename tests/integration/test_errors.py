"""Every error of an action reaches the user as a complete sentence."""

import asyncio
from collections.abc import Awaitable, Callable
from copy import replace
import json
from pathlib import Path
from typing import override

from bumble.pairing import PairingConfig, PairingDelegate
from habluetooth import get_manager
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.translation import async_get_translations
import pytest

from custom_components.backhug import coordinator
from custom_components.backhug.const import DOMAIN
from custom_components.backhug.device import connection as link, errors, timeouts
from custom_components.backhug.device.protocols import control_point as control
from custom_components.backhug.reachability import availability
from custom_components.backhug.session.request import SessionRequest
from simulator import protocol
from simulator.build import Build
from simulator.faults import Lost
from simulator.model import Opcode
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug, until

from .conftest import as_at_first, warnings

NEVER_RAISED_BY_A_COMMAND = {"in_fault", "malformed"}
"""The first one has a text for each fault; the second one is tolerated where it arises."""
OF_DESCRIBED_DEVICES = {"locked", "unsupervised"}
"""Those that only a device with a described protocol raises: see `test_described`."""

type Trouble = Callable[[SimulatedBackHug], Awaitable[None]]


def reasons() -> set[str]:
    """Return the reasons of all errors of the device package."""
    return {
        error.reason
        for error in vars(errors).values()
        if isinstance(error, type)
        and issubclass(error, errors.BackHugError)
        and "reason" in vars(error)
    }


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the caller's timeout, and make the grace longer than any test."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.8)
    monkeypatch.setattr(control, "ANSWER_TIMEOUT", 0.4)
    monkeypatch.setattr(control, "STOP_INTERVAL", 0.2)
    monkeypatch.setattr(availability, "GRACE", 3600)
    monkeypatch.setattr(link, "LONGEST_BACK_OFF", 0.2)


async def raised(command: Awaitable[None]) -> HomeAssistantError:
    """Return the exception that an action raises, within bounds."""
    with pytest.raises(HomeAssistantError) as info:
        async with asyncio.timeout(3):
            await command
    return info.value


async def sentence(back_hug: SimulatedBackHug, error: HomeAssistantError) -> str:
    """Return the text that the user reads; check that it is complete, in English and German."""
    assert error.translation_domain == DOMAIN
    assert error.translation_key
    placeholders = error.translation_placeholders
    assert placeholders
    assert placeholders["name"] == "BackHug-7F2A"
    key = f"component.{DOMAIN}.exceptions.{error.translation_key}.message"
    for language in ("en", "de"):
        texts = await async_get_translations(
            back_hug.hass, language, "exceptions", [DOMAIN]
        )
        text = texts[key].format(**placeholders)
        assert "{" not in text
        assert text[0].isupper()
        assert text.count(" ") >= 3
    said = str(error)
    assert said != error.translation_key
    assert "{" not in said
    english = json.loads(
        (Path(coordinator.__file__).parent / "translations/en.json").read_text()
    )
    message = english["exceptions"][error.translation_key]["message"]
    assert said.rstrip(".") == message.format(**placeholders).rstrip(".")
    return said


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
    ("not_reachable", stopping_out_of_reach),
]


def test_every_reason_is_tested() -> None:
    """Every reason of an error has a test and a text."""
    tested = set(CALLER) | set(RADIO)
    faults = {key for key in tested if key.startswith("in_fault_")}
    assert (
        tested - faults == reasons() - NEVER_RAISED_BY_A_COMMAND - OF_DESCRIBED_DEVICES
    )


@in_one_home(
    ("key", "trouble"),
    [*CALLER.items(), ("refused", refused_by_att), ("busy", behind_another)],
)
async def test_mistake_has_a_sentence(
    back_hug: SimulatedBackHug, key: str, trouble: Trouble
) -> None:
    """Each refusal by the device has a sentence for the user, as a mistake of the caller."""
    await as_new(back_hug)
    await is_raised(back_hug, trouble, key, by_caller=True)


@pytest.mark.parametrize(("key", "trouble"), [*RADIO.items(), *MORE])
async def test_radio_error_has_a_sentence(
    back_hug: SimulatedBackHug, key: str, trouble: Trouble
) -> None:
    """Each error of the radio has a sentence for the user, as nobody's mistake."""
    await is_raised(back_hug, trouble, key, by_caller=False)


async def as_new(back_hug: SimulatedBackHug) -> None:
    """End the faults, and the session at the device."""
    back_hug.faults.clear()
    back_hug.back.clear_fault()
    back_hug.back.control_point.carry_out_delay = 0
    back_hug.clock.advance(1)
    back_hug.back.lie_down()
    await back_hug.shows("binary_sensor", "problem", "off")
    await as_at_first(back_hug)


async def is_raised(
    back_hug: SimulatedBackHug, trouble: Trouble, key: str, *, by_caller: bool
) -> None:
    """Check the type and the sentence of the error that an action raises."""
    error = await raised(trouble(back_hug))
    assert error.translation_key == key
    assert isinstance(error, ServiceValidationError) is by_caller
    said = await sentence(back_hug, error)
    if key != "stopped_first":
        assert "BackHug-7F2A" in said
    back_hug.peripheral.complaints.clear()


async def test_pending_stop_is_delivered(back_hug: SimulatedBackHug) -> None:
    """A stop announced as pending is delivered."""
    error = await raised(stopping_a_session_out_of_reach(back_hug))
    assert error.translation_key == "stop_pending"
    assert back_hug.value("sensor", "state") == "treating"
    back_hug.faults.clear()
    await back_hug.shows("sensor", "state", "finishing")
    assert back_hug.value("sensor", "last_session_ended_by") == "stopped_by_client"


async def test_pending_stop_is_delivered_after_a_reload(
    back_hug: SimulatedBackHug,
) -> None:
    """A pending stop is delivered after a restart, and then forgotten."""
    await raised(stopping_a_session_out_of_reach(back_hug))
    entries = back_hug.hass.config_entries
    assert await entries.async_unload(back_hug.entry.entry_id)
    assert back_hug.back.running
    back_hug.faults.clear()
    await back_hug.set_up()
    await back_hug.shows("sensor", "state", "finishing")
    assert back_hug.value("sensor", "last_session_ended_by") == "stopped_by_client"
    assert await entries.async_reload(back_hug.entry.entry_id)
    assert back_hug.coordinator.stored.stop_due == []
    assert back_hug.coordinator.controller.back_hug.stop_due == frozenset()


async def test_unavailable_entities_are_not_called(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant does not call unavailable entities."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    await back_hug.call("switch", "turn_on", "session")
    await back_hug.call("number", "set_value", "strength", value=5)
    assert back_hug.back.requests == []
    assert all("not currently available" in said for said in warnings(caplog))
    caplog.clear()
