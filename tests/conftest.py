"""Fixtures: a home whose Home Assistant has a Bluetooth radio with BackHugs in reach."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
import gc
import logging
from pathlib import Path
import sys
from typing import Any
from unittest.mock import patch

import atomicwrites
import bleak_retry_connector
from bumble import att, hci, l2cap, smp
from bumble.core import UUID
from homeassistant import runner
from homeassistant.components.http import HomeAssistantHTTP
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_registry import RegistryEntry
from homeassistant.util import executor
from homeassistant.util.async_ import get_scheduled_timer_handles
from hypothesis import settings
import pytest
from pytest_homeassistant_custom_component import common
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotSerializer

# The test plugin has a package of this name too: the project's own must come first.
import custom_components  # noqa: F401

from .fair_loop import FairLoop
from .home import Home, is_time_limit

LONGEST = (
    "tests/frontend/",
    "tests/benchmarks/test_run.py",
    "tests/integration/test_two_months.py",
)
"""Tests that take longest: in a browser, in processes of their own, or of months."""
FAILED = pytest.StashKey[bool]()
"""Whether a test has failed before its teardown."""

# Logged packets of the simulated radio hide the message of a failed test.
for name in (
    "aioesphomeapi",
    "bleak_esphome",
    "bumble",
    "homeassistant.components.esphome",
):
    logging.getLogger(name).setLevel(logging.INFO)
# Each registered entity and each SQL statement is logged, dozens a test.
for name in ("homeassistant", "sqlalchemy.engine"):
    logging.getLogger(name).setLevel(logging.WARNING)
# A busy machine is no defect.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
# Each test builds a whole home: by default the collector would run every few milliseconds.
gc.set_threshold(50_000, 10, 10)

_serialize_entry = HomeAssistantSnapshotSerializer._serializable_entity_registry_entry


def _serialize_common_fields(entry: RegistryEntry) -> dict[str, Any]:
    """Serialize an entity's registry entry without what is new in 2026.11."""
    serialized: dict[str, Any] = _serialize_entry(entry)
    serialized.pop("compat_name", None)
    return serialized


HomeAssistantSnapshotSerializer._serializable_entity_registry_entry = (
    _serialize_common_fields
)
# Bumble formats and colours each packet even with its debug log off: a quarter of the suite's CPU time.
for packet in (
    hci.HCI_Command,
    hci.HCI_Event,
    hci.HCI_Command_Complete_Event,
    hci.HCI_AclDataPacket,
    att.ATT_PDU,
    att.ATT_Find_By_Type_Value_Response,
    att.ATT_Find_Information_Response,
    att.ATT_Read_By_Group_Type_Response,
    att.ATT_Read_By_Type_Response,
    l2cap.L2CAP_PDU,
    smp.SMP_Command,
):
    packet.__str__ = lambda packet: type(packet).__name__  # type: ignore[method-assign]
# Bumble compares each UUID that it reads with all the others.
_uuids: dict[bytes, UUID] = {}


def _register(uuid: UUID) -> UUID:
    """Return the first UUID that equals this one, with a name if either has one."""
    first = _uuids.setdefault(uuid.uuid_128_bytes, uuid)
    first.name = first.name or uuid.name
    return first


for uuid in UUID.UUIDS:
    _register(uuid)
UUID.register = _register  # type: ignore[assignment,method-assign]
# A thread that is interrupted as it takes the signal to end does not pass it on, and the next lingers: on a busy
# machine the first attempt to join, a tenth of this divided by the threads, elapsed.
executor.EXECUTOR_SHUTDOWN_TIMEOUT = 300
# What a test stores need not survive a power cut of this machine, and flushing waits for its disk.
atomicwrites._proper_fsync = lambda _descriptor: None
for name, module in list(sys.modules.items()):
    if name.startswith("bumble.") and hasattr(module, "color"):
        setattr(module, "color", lambda text, *_args, **_styles: text)  # noqa: B010


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first: no process of a parallel run then ends long after the others."""
    items.sort(key=_takes_longest, reverse=True)


def _takes_longest(item: pytest.Item) -> bool:
    # One process has all tests in a browser, and starts their instances once.
    return any(item.nodeid.startswith(name) for name in LONGEST)


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], FairLoop]]:
    """Run every asynchronous test in a loop whose time does not depend on the machine's load."""
    return {"fair": FairLoop}


@pytest.fixture(autouse=True)
async def configure_event_loop() -> None:
    """Configure the loop as Home Assistant does, except that it keeps its own time."""
    loop = asyncio.get_running_loop()
    runner.configure_event_loop(loop)
    # Home Assistant replaces it on the instance.
    del loop.time


@pytest.fixture(autouse=True)
def timeouts_keep_running(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `async_fire_time_changed` fire no timeout: pending radio calls would fail."""

    def due(loop: asyncio.AbstractEventLoop) -> list[asyncio.TimerHandle]:
        return [
            timer
            for timer in get_scheduled_timer_handles(loop)
            if not is_time_limit(timer)
        ]

    monkeypatch.setattr(common, "get_scheduled_timer_handles", due)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note which tests fail, for their fixtures."""
    if call.excinfo is not None:
        item.stash[FAILED] = True
    return (yield)


@pytest.fixture
def hass_storage() -> Generator[dict[str, Any]]:
    """Keep what is stored in memory, without the slow specifications of the plugin's mocks."""

    def replace(target: str, side_effect: object, **_specification: object) -> object:
        return patch(target, side_effect)

    storage = common.mock_storage()
    with patch.object(common, "patch", replace):
        stored = storage.__enter__()
    yield stored
    storage.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def disable_http_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the HTTP component open no port, without the slow mocks of the plugin."""

    async def nothing(_server: HomeAssistantHTTP) -> None:
        """Do nothing."""

    monkeypatch.setattr(HomeAssistantHTTP, "async_bind", nothing)
    monkeypatch.setattr(HomeAssistantHTTP, "start", nothing)


@pytest.fixture
async def home(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    enable_custom_integrations: None,  # noqa: ARG001
    enable_bluetooth: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> AsyncGenerator[Home]:
    """Yield a home with one Bluetooth proxy and nothing in its reach yet."""
    # Stored data uses real files, which tests may damage.
    hass.config.config_dir = str(tmp_path)
    home = Home(hass)
    await home.start()
    yield home
    if request.node.stash.get(FAILED, False):
        # Otherwise Home Assistant would wait for minutes for whatever the test holds up.
        monkeypatch.undo()
        await home.abandon()
    await home.close()


@pytest.fixture
def caplog(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Capture from INFO on: Home Assistant's plugin captures the debug log too, a hundred lines a test."""
    caplog.set_level(logging.INFO)
    return caplog


@pytest.fixture(autouse=True)
def short_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let bleak-retry-connector wait for a free slot for a tenth of its four seconds."""
    monkeypatch.setattr(bleak_retry_connector, "BLEAK_OUT_OF_SLOTS_BACKOFF_TIME", 0.4)


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave the event loop's debug mode off, which Home Assistant's plugin turns on.

    The packets of a whole Bluetooth stack go through the loop: the suite would take
    twice as long. PYTHONASYNCIODEBUG=1 turns it on.
    """
