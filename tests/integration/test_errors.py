"""Every error of an action reaches the user as a complete sentence."""

import json
from pathlib import Path

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.translation import async_get_translations
import pytest

from custom_components.backhug import coordinator
from custom_components.backhug.const import DOMAIN
from custom_components.backhug.device import connection as link, errors, timeouts
from custom_components.backhug.device.protocols import control_point as control
from custom_components.backhug.reachability import availability
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug

from .conftest import as_at_first, warnings
from .troubles import (
    CALLER,
    MORE,
    RADIO,
    Trouble,
    behind_another,
    raised,
    refused_by_att,
    stopping_a_session_out_of_reach,
)

NEVER_RAISED_BY_A_COMMAND = {"in_fault", "malformed"}
"""The first one has a text for each fault; the second one is tolerated where it arises."""
OF_DESCRIBED_DEVICES = {"locked", "not_paired", "unsupervised"}
"""Those that only a device with a described protocol raises: see `test_described`."""


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
