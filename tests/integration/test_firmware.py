"""Features and device information: stored, and followed when the firmware changes."""

from copy import replace

from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.backhug.const import CONF_FEATURES, CONF_INFORMATION, DOMAIN
from custom_components.backhug.device.model import Features
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, features_of, until


def device_of(back_hug: SimulatedBackHug) -> dr.DeviceEntry:
    """Return the device of a BackHug in the registry."""
    (device,) = dr.async_entries_for_config_entry(
        dr.async_get(back_hug.hass), back_hug.entry.entry_id
    )
    return device


async def test_changed_features_reload_the_entry(back_hug: SimulatedBackHug) -> None:
    """Firmware with other features: they are stored and the entry is reloaded with other entities."""
    await until(lambda: back_hug.value("number", "strength") == "3", "it is live")
    new = replace(
        back_hug.build, strengths=6, areas=(0, 3, 6), longest=40, firmware="2.0.0"
    )
    loaded = back_hug.coordinator

    await back_hug.peripheral.restart(new)
    await until(
        lambda: (
            back_hug.entry.state is ConfigEntryState.LOADED
            and back_hug.coordinator is not loaded
        ),
        "the entry is reloaded",
    )
    await back_hug.live()

    stored = Features.from_dict(back_hug.entry.data[CONF_FEATURES])
    assert stored.strength_levels == 6
    assert stored.max_minutes == 40
    assert back_hug.state("number", "strength").attributes["max"] == 6
    assert back_hug.state("number", "session_length").attributes["max"] == 40
    assert back_hug.state("select", "area").attributes["options"] == [
        "full_back",
        "lower_back",
        "left_side",
    ]
    assert device_of(back_hug).sw_version == "2.0.0"


async def test_new_features_add_entities(home: Home) -> None:
    """Firmware with new features adds entities."""
    old = Build(can_pause=False, measures_tension=False)
    back_hug = await home.add(old)
    await home.seen(back_hug)
    await back_hug.set_up()
    registry = er.async_get(home.hass)

    def has(platform: str, key: str) -> bool:
        unique_id = f"{old.address}_{key}"
        return registry.async_get_entity_id(platform, DOMAIN, unique_id) is not None

    assert not has("button", "pause_resume")
    assert not has("sensor", "tension")
    await back_hug.peripheral.restart(
        replace(old, can_pause=True, measures_tension=True)
    )
    await until(lambda: has("button", "pause_resume"), "the button is there")
    await back_hug.live()
    # The cached services are of the old firmware: they are discovered again, once.
    assert back_hug.peripheral.complaints == ["a wrong client configuration: 02 00"]
    back_hug.peripheral.complaints.clear()
    assert back_hug.value("sensor", "tension") == "unknown"


async def test_entry_of_a_later_version_loads(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """An entry that a later version stored loads with what is known."""
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    data = back_hug.entry.data
    features, information = data[CONF_FEATURES], data[CONF_INFORMATION]
    home.hass.config_entries.async_update_entry(
        back_hug.entry,
        minor_version=9,
        data={
            **data,
            CONF_FEATURES: {
                **features,
                "areas": [*features["areas"], "tail"],
                "flows": ["tide", *features["flows"]],
                "heats": True,
            },
            CONF_INFORMATION: {**information, "software": "3"},
        },
    )
    await back_hug.set_up()
    assert back_hug.coordinator.features == features_of(back_hug.build)
    assert device_of(back_hug).sw_version == "1.0.0"


async def test_device_registry_follows_the_information(
    back_hug: SimulatedBackHug,
) -> None:
    """The device registry follows the device information without a reload."""
    loaded = back_hug.coordinator
    device = device_of(back_hug)
    assert device.manufacturer == "BackHug simulator"
    assert device.model == "Simulated BackHug"
    assert device.serial_number == "SIM-7F2A"
    assert device.hw_version == "A"
    assert device.sw_version == "1.0.0"
    new = replace(
        back_hug.build, firmware="1.1.0", hardware="B", model="Other", serial="NEW"
    )

    await back_hug.peripheral.restart(new)
    await until(lambda: device_of(back_hug).sw_version == "1.1.0", "it follows")

    device = device_of(back_hug)
    assert (device.hw_version, device.model, device.serial_number) == (
        "B",
        "Other",
        "NEW",
    )
    assert back_hug.coordinator is loaded
    assert back_hug.entry.data[CONF_INFORMATION]["firmware"] == "1.1.0"
    # After a restart of Home Assistant it is known without the radio.
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    back_hug.back.switch_off()
    await back_hug.set_up(live=False)
    assert device_of(back_hug).sw_version == "1.1.0"


async def test_device_information_is_optional(home: Home) -> None:
    """A device without device information works."""
    back_hug = await home.add(
        Build(manufacturer=None, model=None, serial=None, firmware=None, hardware=None)
    )
    await home.seen(back_hug)
    await back_hug.set_up()
    device = device_of(back_hug)
    assert device.name == "BackHug-7F2A"
    assert device.manufacturer == "BackHug"
    assert device.model is device.serial_number is device.sw_version is None
    assert device.connections == {(dr.CONNECTION_BLUETOOTH, back_hug.build.address)}


async def test_reconnection_stores_nothing(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Reconnecting to an unchanged device stores nothing and reloads nothing."""
    modified = back_hug.entry.modified_at
    loaded = back_hug.coordinator
    back_hug.peripheral.drop_link()
    await until(lambda: back_hug.peripheral.connections == 2, "it is connected again")
    await back_hug.shows("binary_sensor", "connected", "on")
    await home.hass.async_block_till_done()
    assert back_hug.entry.modified_at == modified
    assert back_hug.coordinator is loaded


async def test_information_is_stored_without_a_registry_device(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Device information is stored even if the registry's device was removed."""
    dr.async_get(home.hass).async_remove_device(device_of(back_hug).id)
    await back_hug.peripheral.restart(replace(back_hug.build, firmware="1.1.0"))
    await until(
        lambda: back_hug.entry.data[CONF_INFORMATION]["firmware"] == "1.1.0", "stored"
    )
