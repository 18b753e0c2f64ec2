"""Several Bluetooth proxies: the connection uses the best one that can connect, and moves when it goes."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.backhug.device import connection as link, connector
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, until

NEARER, FARTHER, LISTENER = (f"00:00:00:00:5C:0{number}" for number in (1, 2, 3))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the back-off."""
    monkeypatch.setattr(link, "FIRST_BACK_OFF", 0.1)
    monkeypatch.setattr(link, "LONGEST_BACK_OFF", 0.2)
    # Without a free slot an attempt takes all of its time.
    monkeypatch.setattr(connector, "CONNECT_TIMEOUT", 1.0)


async def placed(home: Home) -> SimulatedBackHug:
    """Return a live BackHug with a proxy near by, one farther away, and a passive one nearest."""
    await home.add_scanner(FARTHER)
    await home.add_scanner(LISTENER, connectable=False)
    for scanner, rssi in zip(home.scanners, (-55, -80, -30), strict=True):
        scanner.set_rssi(Build().address, rssi)
    back_hug = await home.add()
    for scanner in home.scanners:
        await until(
            lambda scanner=scanner: scanner.get_discovered_device_advertisement_data(  # type: ignore[misc]
                back_hug.build.address
            ),
            "each proxy hears it",
        )
    await home.seen(back_hug)
    await back_hug.set_up()
    return back_hug


def slots(home: Home) -> dict[str, int]:
    """Return the number of connections of each proxy."""
    return {scanner.source: len(scanner.central.allocated) for scanner in home.scanners}


async def test_strongest_connectable_proxy_is_used(home: Home) -> None:
    """The strongest signal counts, among the proxies that can connect."""
    back_hug = await placed(home)
    assert slots(home) == {NEARER: 1, FARTHER: 0, LISTENER: 0}
    await back_hug.call("number", "set_value", "strength", value=7)
    assert back_hug.back.strength == 7


async def test_other_proxy_takes_over(home: Home) -> None:
    """Out of reach of the nearer proxy, the other one is used, and the slot is freed."""
    back_hug = await placed(home)
    await back_hug.treat()
    home.scanner.set_rssi(back_hug.build.address, None)
    # What the proxy last heard of it is forgotten only after minutes: until then its slots say no.
    home.scanner.central.slots = 0
    await back_hug.reconnect()
    assert slots(home) == {NEARER: 0, FARTHER: 1, LISTENER: 0}
    assert back_hug.value("sensor", "state") == "treating"
    await back_hug.call("switch", "turn_off", "session")
    assert not back_hug.back.running


async def test_connection_moves_from_an_unplugged_proxy(home: Home) -> None:
    """The connection moves, and nothing of the old one is left."""
    back_hug = await placed(home)
    nearer = home.scanner
    home.remove_scanner()
    await until(lambda: slots(home)[FARTHER], "it is reached over the other one")
    await back_hug.live()
    await back_hug.call("number", "set_value", "strength", value=7)
    assert back_hug.back.strength == 7
    assert nearer.central.allocated == []
    await nearer.async_stop()


async def test_passive_proxy_alone_is_not_tried(home: Home) -> None:
    """With a passive proxy only, no attempt is made until another one is back."""
    back_hug = await placed(home)
    for _ in range(2):
        nearer = home.scanner
        home.remove_scanner()
        await nearer.async_stop()
    await back_hug.shows("binary_sensor", "connected", "off")
    connections = back_hug.peripheral.connections
    await until(
        lambda: home.scanner.get_discovered_device_advertisement_data(
            back_hug.build.address
        ),
        "it is still heard",
    )
    history = back_hug.coordinator.controller.back_hug.connection.history
    await until(lambda: "no connection" in history[-1][1], "there is no way to connect")
    assert back_hug.peripheral.connections == connections
    await home.add_scanner(NEARER)
    await back_hug.live()
    await back_hug.shows("binary_sensor", "connected", "on")


async def test_reload_of_bluetooth_is_survived(hass: HomeAssistant, home: Home) -> None:
    """After a reload of Bluetooth the connection stays or comes back."""
    back_hug = await placed(home)
    entries = hass.config_entries.async_entries("bluetooth")
    assert entries
    for entry in entries:
        await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    await back_hug.call("number", "set_value", "strength", value=7)
    assert back_hug.back.strength == 7
    await back_hug.reconnect()
    assert sum(slots(home).values()) == 1
