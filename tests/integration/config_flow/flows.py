"""The steps of the config flow: discovered or started, submitted, added."""

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bluetooth_data_tools import monotonic_time_coarse
from habluetooth import BluetoothServiceInfoBleak
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_ADDRESS, CONF_SOURCE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from custom_components.backhug.const import CONF_FEATURES, CONF_INFORMATION, DOMAIN
from custom_components.backhug.coordinator import BackHugCoordinator
from custom_components.backhug.device.model import DeviceInformation
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, features_of, until

SECOND = Build(
    name="BackHug-26AB", address="C0:FF:EE:00:26:AB", serial="SIM-26AB", fingers=26
)


def flows(hass: HomeAssistant) -> list[ConfigFlowResult]:
    """Return the flows that wait for the user."""
    return list(hass.config_entries.flow.async_progress_by_handler(DOMAIN))


async def discovered(home: Home, back_hug: SimulatedBackHug) -> ConfigFlowResult:
    """Wait for the discovery of a BackHug; return its flow."""

    def found() -> list[ConfigFlowResult]:
        return [
            flow
            for flow in flows(home.hass)
            if flow["context"]["unique_id"] == back_hug.build.address
        ]

    await until(found, "the BackHug is discovered")
    (flow,) = found()
    return flow


def dismiss(hass: HomeAssistant) -> None:
    """Abort the flows that wait for the user."""
    for flow in flows(hass):
        hass.config_entries.flow.async_abort(flow["flow_id"])


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Start the flow to add a BackHug by hand."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={CONF_SOURCE: SOURCE_USER}
    )


async def submit(
    hass: HomeAssistant, flow: ConfigFlowResult, **user_input: str
) -> ConfigFlowResult:
    """Submit a form."""
    return await hass.config_entries.flow.async_configure(flow["flow_id"], user_input)


async def text(hass: HomeAssistant, kind: str, key: str) -> str:
    """Return an English text of the flow."""
    texts = await async_get_translations(hass, "en", "config", [DOMAIN])
    return texts[f"component.{DOMAIN}.config.{kind}.{key}"]


async def added(home: Home, back_hug: SimulatedBackHug) -> ConfigEntry[object]:
    """Check and return the created entry; it is unloaded at the end."""
    entry = home.hass.config_entries.async_entry_for_domain_unique_id(
        DOMAIN, back_hug.build.address
    )
    assert entry is not None
    build = back_hug.build
    assert entry.data[CONF_ADDRESS] == build.address
    coordinator = entry.runtime_data
    assert isinstance(coordinator, BackHugCoordinator)
    assert coordinator.features == features_of(build)
    assert coordinator.information == DeviceInformation(
        build.manufacturer, build.model, build.serial, build.firmware, build.hardware
    )
    assert set(entry.data) == {CONF_ADDRESS, CONF_FEATURES, CONF_INFORMATION}
    await until(lambda: coordinator.available, "the entities are available")
    await home.hass.async_block_till_done()
    return entry


def choices(flow: ConfigFlowResult) -> dict[str, str]:
    """Return the options of a form."""
    schema = flow["data_schema"]
    assert schema
    offered: dict[str, str] = schema.schema[CONF_ADDRESS].container
    return offered


def service_info(name: str, address: str) -> BluetoothServiceInfoBleak:
    """Return an advertisement received by a passive proxy."""
    return BluetoothServiceInfoBleak(
        name=name,
        address=address,
        rssi=-60,
        manufacturer_data={},
        service_data={},
        service_uuids=[],
        source="00:00:00:00:00:09",
        device=BLEDevice(address, name, {}),
        advertisement=AdvertisementData(name, {}, {}, [], None, -60, ()),
        connectable=False,
        time=monotonic_time_coarse(),
        tx_power=None,
    )
