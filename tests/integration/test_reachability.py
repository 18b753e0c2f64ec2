"""The reason why a BackHug is out of reach, in words."""

from collections.abc import Awaitable, Callable
import re

from habluetooth import get_manager
from homeassistant.components import bluetooth
from homeassistant.helpers.translation import async_get_translations
import pytest

from custom_components.backhug.const import DOMAIN, LANGUAGES
from custom_components.backhug.reachability.obstacles import async_unreachable
from tests.home import Home, SimulatedBackHug, until

OTHER = "00:00:00:00:5C:09"

type Trouble = Callable[[Home, SimulatedBackHug], Awaitable[None]]


async def forgotten(home: Home, back_hug: SimulatedBackHug) -> None:
    """Switch the device off, and let it be forgotten."""
    back_hug.back.switch_off()
    home.remove_scanner()
    get_manager().async_clear_advertisement_history(back_hug.build.address)
    await home.add_scanner(OTHER)


async def heard(home: Home, back_hug: SimulatedBackHug) -> None:
    """Leave no known obstacle: perhaps another client has the device."""


async def no_scanner(home: Home, _back_hug: SimulatedBackHug) -> None:
    """Unplug the only proxy."""
    home.remove_scanner()


async def scanner_that_does_not_work(home: Home, _back_hug: SimulatedBackHug) -> None:
    """Leave the only adapter registered, but not scanning."""
    home.scanner.scanning = False


async def busy_connecting(home: Home, _back_hug: SimulatedBackHug) -> None:
    """Let the only adapter pause its scan to connect elsewhere."""
    home.scanner._connecting += 1
    home.scanner.scanning = False


async def heard_by_a_passive_proxy_only(home: Home, back_hug: SimulatedBackHug) -> None:
    """Move it from the connectable proxy to a passive one."""
    listener = await home.add_scanner(OTHER, connectable=False)
    await until(
        lambda: listener.get_discovered_device_advertisement_data(
            back_hug.build.address
        ),
        "the other proxy hears it",
    )
    home.remove_scanner()
    await home.add_scanner("00:00:00:00:5C:08")
    home.scanners[-1].set_rssi(back_hug.build.address, None)


async def passive_proxies_only(home: Home, back_hug: SimulatedBackHug) -> None:
    """Leave only a passive proxy that does not receive the device either."""
    back_hug.back.switch_off()
    await home.add_scanner(OTHER, connectable=False)
    home.remove_scanner()


async def slots_taken(home: Home, _back_hug: SimulatedBackHug) -> None:
    """Use up all connection slots of the proxy."""
    home.scanner.central.allocated += ["one", "two", "three"]


async def almost_out_of_range(home: Home, back_hug: SimulatedBackHug) -> None:
    """Move it far away from the proxy."""
    home.scanner.set_rssi(back_hug.build.address, -97)
    address = back_hug.build.address
    await until(
        lambda: (
            bluetooth.async_scanner_devices_by_address(home.hass, address, False)[
                0
            ].advertisement.rssi
            == -97
        ),
        "it is heard more weakly",
    )


CASES = [
    (forgotten, "out", "is out of reach", "ist außer Reichweite"),
    (heard, "out", "probably connected to its phone app", "App auf dem Handy"),
    (no_scanner, "out_no_scanner", "no Bluetooth adapter", "kein Bluetooth-Adapter"),
    (scanner_that_does_not_work, "out_no_scanner", "is working", "arbeitet"),
    (busy_connecting, "out", "out of reach", "außer Reichweite"),
    (heard_by_a_passive_proxy_only, "out_passive_only", "only listen", "nur zuhören"),
    (passive_proxies_only, "out_passive_only", "active connections", "aktiven"),
    (slots_taken, "out_no_free_slot", "connection slots", "Verbindungsplatz"),
    (almost_out_of_range, "out_weak_signal", "too weak", "zu schwach"),
]


@pytest.mark.parametrize(("trouble", "key", "english", "german"), CASES)
async def test_each_obstacle_has_a_text(
    home: Home, trouble: Trouble, key: str, english: str, german: str
) -> None:
    """Each obstacle has a text, without names, addresses and numbers of proxies."""
    # The adapter that Home Assistant's Bluetooth fixtures always have.
    for entry in home.hass.config_entries.async_entries("bluetooth"):
        await home.hass.config_entries.async_unload(entry.entry_id)
    back_hug = await home.add()
    await home.seen(back_hug)
    await trouble(home, back_hug)
    found = async_unreachable(home.hass, back_hug.build.address, "out")
    assert found == key
    for language, words in zip(LANGUAGES, (english, german), strict=True):
        texts = await async_get_translations(
            home.hass, language, "exceptions", [DOMAIN]
        )
        text = texts[
            f"component.{DOMAIN}.exceptions.{found.replace('out', 'not_reachable')}.message"
        ]
        assert words in text
        assert not re.search(r"[:\d]\d|=|/", text)
