"""BackHugs behind a simulated ESPHome proxy, over TCP and Home Assistant's `esphome` integration."""

from base64 import b64encode
from pathlib import Path
import time
from typing import cast

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SOURCE
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.device import connection as link, timeouts
from simulator.build import Build
from simulator.esphome.server import EsphomeServer
from simulator.model import Opcode
from tests.home import Home, SimulatedBackHug, until

from .conftest import shown

ESPHOME = "esphome"
KEY = b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def network(
    socket_enabled: None,  # noqa: ARG001
    mock_async_zeroconf: object,  # noqa: ARG001
    home: Home,
) -> None:
    """Allow sockets, and create the file that reloading Assist reads."""
    Path(home.hass.config.path("configuration.yaml")).touch()


async def add_proxy(
    home: Home, *, key: str | None = None, slots: int = 3
) -> EsphomeServer:
    """Replace the scanner of the home by an ESPHome proxy, added through its config flow."""
    hass = home.hass
    home.remove_scanner()
    server = EsphomeServer(home.radio, key=key, slots=slots)
    await server.start()
    # ESPHome depends on Assist, which reads the exposed entities.
    assert await async_setup_component(hass, "homeassistant", {})
    flows = hass.config_entries.flow
    flow = await flows.async_init(
        ESPHOME,
        context={CONF_SOURCE: SOURCE_USER},
        data={CONF_HOST: server.host, CONF_PORT: server.port},
    )
    if key is not None:
        assert flow["step_id"] == "encryption_key"
        flow = await flows.async_configure(flow["flow_id"], {"noise_psk": key})
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    (entry,) = hass.config_entries.async_entries(ESPHOME)

    async def close() -> None:
        for each in hass.config_entries.async_loaded_entries(DOMAIN):
            await hass.config_entries.async_unload(each.entry_id)
        await hass.config_entries.async_unload(entry.entry_id)
        await server.stop()

    home.on_close(close)
    return server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten timeouts and back-off."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 1)
    monkeypatch.setattr(link, "LONGEST_BACK_OFF", 0.2)


@pytest.fixture
async def server(home: Home) -> EsphomeServer:
    """Return the only proxy of the home."""
    return await add_proxy(home)


async def set_up(home: Home, build: Build | None = None) -> SimulatedBackHug:
    """Return a BackHug that is live over the proxy."""
    back_hug = await home.add(build)
    await home.seen(back_hug)
    await back_hug.set_up()
    return back_hug


async def test_from_discovery_to_removal(home: Home, server: EsphomeServer) -> None:
    """Add, run a session, lose the link, stop, remove."""
    flows = home.hass.config_entries.flow
    back_hug = await home.add()
    address = back_hug.build.address

    def discovered() -> list[str]:
        return [
            flow["flow_id"]
            for flow in flows.async_progress_by_handler(DOMAIN)
            if flow["context"].get("unique_id") == address
        ]

    await until(discovered, "it is discovered")
    # Home Assistant scans passively by default; an active scan of five seconds finds the name.
    result = await flows.async_configure(discovered()[0], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == back_hug.build.name
    back_hug.entry = cast("MockConfigEntry", result["result"])
    await back_hug.live()
    assert server.proxy.central.allocated == [address]

    await back_hug.treat()
    await back_hug.call("number", "set_value", "strength", value=5)
    assert back_hug.back.strength == 5
    await back_hug.shows("number", "strength", "5")

    states = shown(home.hass, back_hug.entity_id("sensor", "state"))
    await back_hug.reconnect()
    await back_hug.shows("sensor", "state", "treating")
    assert "unavailable" not in states

    await back_hug.call("switch", "turn_off", "session")
    assert not back_hug.back.running

    await home.hass.config_entries.async_remove(back_hug.entry.entry_id)
    await until(lambda: not server.proxy.central.allocated, "the slot is free")
    await until(discovered, "it is discovered again")


async def test_stop_is_delivered_when_back_in_reach(
    home: Home, server: EsphomeServer
) -> None:
    """The command fails, and the stop is carried out on reconnection."""
    back_hug = await set_up(home)
    await back_hug.treat()
    back_hug.peripheral.vanish()
    await until(lambda: not server.proxy.central.allocated, "the link is lost")
    with pytest.raises(HomeAssistantError):
        await back_hug.call("button", "press", "stop")
    assert back_hug.back.running
    back_hug.peripheral.appear()
    await until(lambda: not back_hug.back.running, "it is stopped")


async def test_encrypted_proxy(home: Home) -> None:
    """The API may be encrypted."""
    await add_proxy(home, key=KEY)
    back_hug = await set_up(home)
    await back_hug.treat()
    await back_hug.call("switch", "turn_off", "session")
    assert not back_hug.back.running


async def test_proxy_reboot_during_a_session(home: Home, server: EsphomeServer) -> None:
    """The session continues, and is controlled again after the reboot."""
    back_hug = await set_up(home)
    await back_hug.treat()
    await server.reboot()
    assert back_hug.back.running
    await until(lambda: server.proxy.central.allocated, "it is connected again")
    await back_hug.shows("sensor", "state", "treating")
    await back_hug.call("switch", "turn_off", "session")
    assert not back_hug.back.running


async def test_stop_is_delivered_when_the_proxy_thaws(
    home: Home, server: EsphomeServer
) -> None:
    """The command fails in time, and the stop is carried out later."""
    back_hug = await set_up(home)
    await back_hug.treat()
    server.freeze()
    began = time.monotonic()
    with pytest.raises(HomeAssistantError):
        await back_hug.call("switch", "turn_off", "session")
    assert time.monotonic() - began < 3
    server.thaw()
    await until(lambda: not back_hug.back.running, "it is stopped")


async def test_second_back_hug_waits_for_a_free_slot(home: Home) -> None:
    """It connects after the first one is unloaded."""
    server = await add_proxy(home, slots=1)
    first = await set_up(home)
    second = await home.add(
        Build(name="BackHug-26AB", address="C0:FF:EE:00:26:AB", serial="SIM-26AB")
    )
    await home.seen(second)
    await second.set_up(live=False)
    assert server.proxy.central.allocated == [first.build.address]
    assert not second.coordinator.available
    await home.hass.config_entries.async_unload(first.entry.entry_id)
    await second.live()


# -- Errors that the proxy reports


async def test_pairing_on_demand(home: Home, server: EsphomeServer) -> None:
    """A request that needs encryption pairs, and the bond survives a reboot of the proxy."""
    back_hug = await set_up(home, Build(encrypted=True))
    await back_hug.treat()
    assert back_hug.peripheral.encrypted
    await server.reboot()
    await until(lambda: back_hug.peripheral.encrypted, "the bond is kept")


@pytest.mark.parametrize("measures_tension", [True, False])
@pytest.mark.usefixtures("server")
async def test_new_firmware(home: Home, measures_tension: bool) -> None:
    """Handles that Home Assistant and the proxy cached are discovered again without a restart."""
    back_hug = await set_up(home, Build(measures_tension=not measures_tension))
    await back_hug.peripheral.restart(Build(measures_tension=measures_tension))
    await until(
        lambda: (
            back_hug.entry.state is ConfigEntryState.LOADED
            and back_hug.coordinator.features.measures_tension is measures_tension
        ),
        "the entry is reloaded",
    )
    await back_hug.live()
    await back_hug.treat()
    await back_hug.call("switch", "turn_off", "session")
    assert not back_hug.back.running
    # Stale handles are found by using them.
    assert set(back_hug.peripheral.complaints) <= {
        "a wrong client configuration: 02 00"
    }
    back_hug.peripheral.complaints.clear()


@pytest.mark.usefixtures("server")
async def test_refused_write(home: Home) -> None:
    """A refused request does not drop the connection."""
    back_hug = await set_up(home)
    connections = back_hug.peripheral.connections
    back_hug.faults.write_errors = [0x80]
    with pytest.raises(HomeAssistantError):
        await back_hug.call("number", "set_value", "strength", value=5)
    await back_hug.call("number", "set_value", "strength", value=5)
    assert len(back_hug.requests(Opcode.SET_STRENGTH)) == 1
    assert back_hug.peripheral.connections == connections
