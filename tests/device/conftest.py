"""Fixtures of the tests of the device package."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
import logging

import bleak_retry_connector
from homeassistant.core import HomeAssistant
from hypothesis import settings
import pytest

from custom_components.backhug.device import (
    connection,
    connector,
    gatt,
    presence,
    timeouts,
)
from custom_components.backhug.device.protocols import control_point
from custom_components.backhug.device.protocols.described import (
    protocol as described,
    toggles,
)
from simulator.dialect import Dialect
from tests.home import DIALECT, Home

from . import open_profile
from .bench import Bench, Log

# The same examples each time: a failing test fails for everybody.
settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")

HASTE = 10
TIMES = {
    timeouts: (
        "BLOCKED_TIMEOUT",
        "COMMAND_TIMEOUT",
        "READ_TIMEOUT",
        "STOP_PATIENCE",
        "GLANCE_TIMEOUT",
        "RETRY_INTERVAL",
        "WRITE_GRACE",
        "GIVE_UP_GRACE",
        "SETTER_INTERVAL",
        "QUIET_RUNNING",
        "QUIET_IDLE",
    ),
    control_point: ("ANSWER_TIMEOUT", "STOP_INTERVAL"),
    described: ("STOP_INTERVAL", "FIRST_REPORT", "CERTAIN_WITHIN", "ASKED_WITHIN"),
    toggles: ("SETTLED_AFTER",),
    connection: ("FIRST_BACK_OFF", "LONGEST_BACK_OFF", "STEADY"),
    presence: ("SILENCE",),
    connector: (
        "CONNECT_TIMEOUT",
        "PREPARE_TIMEOUT",
        "HEARD_WITHIN",
        "HEARD_INTERVAL",
    ),
    gatt: ("DISCONNECT_TIMEOUT",),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what does not apply to the protocol under test."""
    if open_profile.IS_DESCRIBED:
        open_profile.skip_inapplicable(items)


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> Generator[Log]:
    """Fail a test in which something was logged that it did not expect."""
    caplog.set_level(logging.INFO)
    log = Log(caplog)
    yield log
    log.check()


@pytest.fixture
def dialect(request: pytest.FixtureRequest) -> Dialect:
    """Return the dialect of the backend: see `bench.EVERY_DIALECT`."""
    dialect: Dialect = getattr(request, "param", DIALECT)
    return dialect


@pytest.fixture
async def home(
    hass: HomeAssistant,
    enable_bluetooth: None,  # noqa: ARG001
    dialect: Dialect,
) -> AsyncGenerator[Home]:
    """Yield a home with one Bluetooth proxy, and without the integration."""
    # Where each packet's callback was made is of no interest, and takes most of the time.
    hass.loop.set_debug(False)
    home = Home(hass, dialect)
    await home.start()
    yield home
    await home.close()


@pytest.fixture
def bench(home: Home) -> Bench:
    """Return a bench for devices and their clients."""
    return Bench(home)


def hurry(monkeypatch: pytest.MonkeyPatch, haste: float) -> None:
    """Divide every timeout and interval of the client by this."""
    for module, names in TIMES.items():
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name) / haste)
    patience = bleak_retry_connector.calculate_backoff_time
    monkeypatch.setattr(
        bleak_retry_connector,
        "calculate_backoff_time",
        lambda error: patience(error) / haste,
    )


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every timeout of the client be a tenth."""
    hurry(monkeypatch, HASTE)


@pytest.fixture
def impatient(hurried: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """Let a command have hardly any time besides: for those that cannot succeed."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    monkeypatch.setattr(control_point, "ANSWER_TIMEOUT", 0.1)
