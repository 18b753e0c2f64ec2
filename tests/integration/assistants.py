"""Google Assistant, Alexa and Apple Home: Home Assistant's adapters, with the requests of their services."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
import re
from typing import Any, Final, override

from aiohttp.test_utils import TestClient
from homeassistant.components.homekit import HomeKit
from homeassistant.components.homekit.accessories import HomeAccessory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
from pyhap.characteristic import Characteristic
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.home import until

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs" / "assistants.md"

CLIENT: Final = ("127.0.0.1", 51826)
"""The address of an Apple device, as its requests carry it."""


def blocks() -> dict[str, Any]:
    """Return the documentation's YAML, by the integration that it configures."""
    found: dict[str, Any] = {}
    for text in re.findall(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL):
        block: Any = parse_yaml(text)
        assert not found.keys() & block.keys()
        found |= block
    return found


def table(heading: str) -> list[dict[str, str]]:
    """Return the rows of the first table below a heading of the documentation, by column."""
    _, _, text = DOCS.read_text().partition(f"\n### {heading}\n")
    assert text, heading
    first = text[text.index("|") :].partition("\n\n")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in first.splitlines()
    ]
    names, _, *rest = rows
    return [dict(zip(names, row, strict=True)) for row in rest]


class Assistant(ABC):
    """One assistant, as its service operates Home Assistant."""

    column: str
    """Column of the documentation's table."""

    def __init__(
        self, hass: HomeAssistant, get_client: ClientSessionGenerator, port: int
    ) -> None:
        """Take Home Assistant, how to reach its HTTP server, and a port of its own."""
        self.hass = hass
        self._get_client = get_client
        self._client: TestClient[Any, Any] | None = None
        self._port = port

    async def _post(self, path: str, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request to Home Assistant's HTTP server, and return its answer."""
        if self._client is None:
            # Not earlier: routes cannot be added once the server has started.
            self._client = await self._get_client()
        response = await self._client.post(path, json=request)
        assert response.status == 200
        answer: dict[str, Any] = await response.json()
        return answer

    @abstractmethod
    async def set_up(self, *, everything: bool = False) -> None:
        """Set up as documented; with `everything` all entities are exposed instead."""

    @abstractmethod
    async def offers(self) -> dict[str, str]:
        """Return the entity's kind in the assistant: a word of the documentation's table."""

    @abstractmethod
    async def switch(self, entity_id: str, on: bool) -> str | None:
        """Turn something on or off; return the reported error."""

    @abstractmethod
    async def press(self, entity_id: str) -> str | None:
        """Activate a scene or its equivalent; return the reported error."""

    @abstractmethod
    async def is_on(self, entity_id: str) -> bool | None:
        """Return whether it is shown as on; None if unavailable."""


class Google(Assistant):
    """Google Assistant: SYNC, QUERY and EXECUTE, over HTTP."""

    column = "Google Assistant"

    _WORDS: Final = {
        "OnOff": "on, off",
        "Modes": "choice",
        "Scene": "press",
        "SensorState": "state",
        "OpenClose": "state",
    }

    @override
    async def set_up(self, *, everything: bool = False) -> None:
        config = blocks()["google_assistant"]
        if everything:
            config = {
                "project_id": "your-project",
                "exposed_domains": sorted(
                    {state.domain for state in self.hass.states.async_all()}
                ),
            }
        assert await async_setup_component(
            self.hass, "google_assistant", {"google_assistant": config}
        )
        await self.hass.async_block_till_done()

    async def ask(self, intent: str, **payload: Any) -> dict[str, Any]:
        """Send a request, and return the content of its answer."""
        answer = await self._post(
            "/api/google_assistant",
            {
                "requestId": "1",
                "inputs": [{"intent": f"action.devices.{intent}", "payload": payload}],
            },
        )
        return dict(answer["payload"])

    async def execute(
        self, entity_id: str, command: str, **params: Any
    ) -> dict[str, Any]:
        """Execute a command, and return the answer for this device."""
        answer = await self.ask(
            "EXECUTE",
            commands=[
                {
                    "devices": [{"id": entity_id}],
                    "execution": [
                        {
                            "command": f"action.devices.commands.{command}",
                            "params": params,
                        }
                    ],
                }
            ],
        )
        if "commands" not in answer:
            return answer
        (result,) = answer["commands"]
        return dict(result)

    @override
    async def offers(self) -> dict[str, str]:
        return {
            device["id"]: self._WORDS[
                device["traits"][0].removeprefix("action.devices.traits.")
            ]
            for device in (await self.ask("SYNC"))["devices"]
        }

    @override
    async def switch(self, entity_id: str, on: bool) -> str | None:
        return (await self.execute(entity_id, "OnOff", on=on)).get("errorCode")

    @override
    async def press(self, entity_id: str) -> str | None:
        answer = await self.execute(entity_id, "ActivateScene", deactivate=False)
        return answer.get("errorCode")

    @override
    async def is_on(self, entity_id: str) -> bool | None:
        answer = await self.ask("QUERY", devices=[{"id": entity_id}])
        device = answer["devices"][entity_id]
        return bool(device["on"]) if device["online"] else None


class Alexa(Assistant):
    """Alexa: Discover, ReportState and the directives of its interfaces, over HTTP."""

    column = "Alexa"

    _WORDS: Final = {
        "Alexa.PowerController": "on, off",
        "Alexa.RangeController": "number",
        "Alexa.ModeController": "choice",
        "Alexa.SceneController": "press",
        "Alexa.ContactSensor": "state",
        "Alexa.MotionSensor": "state",
    }

    @override
    async def set_up(self, *, everything: bool = False) -> None:
        config: Any = None if everything else blocks()["alexa"]["smart_home"]
        assert await async_setup_component(
            self.hass, "alexa", {"alexa": {"smart_home": config}}
        )

    async def ask(
        self, namespace: str, name: str, entity_id: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Send a directive, and return the answer."""
        header = {
            "namespace": namespace,
            "name": name,
            "messageId": "1",
            "correlationToken": "1",
            "payloadVersion": "3",
        }
        directive: dict[str, Any] = {
            "header": header,
            "payload": more.pop("payload", {}),
        }
        header |= more
        if entity_id is not None:
            directive["endpoint"] = {
                "scope": {"type": "BearerToken", "token": "1"},
                "endpointId": entity_id.replace(".", "#"),
            }
        return await self._post("/api/alexa/smart_home", {"directive": directive})

    @override
    async def offers(self) -> dict[str, str]:
        answer = await self.ask("Alexa.Discovery", "Discover")
        words: dict[str, str] = {}
        for endpoint in answer["event"]["payload"]["endpoints"]:
            offered = [each["interface"] for each in endpoint["capabilities"]]
            # Reachability says nothing about its kind.
            found = [self._WORDS[each] for each in offered if each in self._WORDS]
            if found:
                words[endpoint["endpointId"].replace("#", ".")] = found[0]
        return words

    @staticmethod
    def _failure(answer: dict[str, Any]) -> str | None:
        event = answer["event"]
        if event["header"]["name"] != "ErrorResponse":
            return None
        return str(event["payload"]["type"])

    @override
    async def switch(self, entity_id: str, on: bool) -> str | None:
        return self._failure(
            await self.ask(
                "Alexa.PowerController", "TurnOn" if on else "TurnOff", entity_id
            )
        )

    @override
    async def press(self, entity_id: str) -> str | None:
        return self._failure(
            await self.ask("Alexa.SceneController", "Activate", entity_id)
        )

    @override
    async def is_on(self, entity_id: str) -> bool | None:
        answer = await self.ask("Alexa", "ReportState", entity_id)
        shown = {
            each["name"]: each["value"] for each in answer["context"]["properties"]
        }
        if shown["connectivity"]["value"] != "OK":
            return None
        return bool(shown["powerState"] == "ON")


class AppleHome(Assistant):
    """Apple Home: accessories of a HomeKit bridge, whose characteristics are written as its server does."""

    column = "Apple Home"

    _WORDS: Final = {
        "Switch": "on, off",
        "Outlet": "choice",
        "OccupancySensor": "state",
        "ContactSensor": "state",
    }

    @override
    async def set_up(self, *, everything: bool = False) -> None:
        (config,) = blocks()["homekit"]
        if everything:
            config = {"name": config["name"]}
        config |= {"ip_address": "127.0.0.1", "port": self._port}
        # Where it keeps its pairings.
        storage = Path(self.hass.config.path(STORAGE_DIR))
        await self.hass.async_add_executor_job(storage.mkdir)
        assert await async_setup_component(self.hass, "homekit", {"homekit": [config]})
        await self.hass.async_block_till_done()
        await until(lambda: self._homekit.status == 1, "the bridge runs")

    @property
    def _homekit(self) -> HomeKit:
        (entry,) = self.hass.config_entries.async_entries("homekit")
        homekit: HomeKit = entry.runtime_data.homekit
        return homekit

    def accessory(self, entity_id: str) -> HomeAccessory:
        """Return the accessory that an entity is."""
        return self._accessories()[entity_id]

    def _accessories(self) -> dict[str, HomeAccessory]:
        bridge = self._homekit.bridge
        assert bridge is not None
        return {each.entity_id: each for each in bridge.accessories.values()}

    def write(self, accessory: HomeAccessory, characteristic: Characteristic) -> Any:
        """Write a new value to a characteristic, as a tap does; return the error."""
        driver = self._homekit.driver
        assert driver is not None
        return driver.set_characteristics(
            {
                "characteristics": [
                    {
                        "aid": accessory.aid,
                        "iid": accessory.iid_manager.get_iid(characteristic),
                        "value": not characteristic.value,
                    }
                ]
            },
            CLIENT,
        )

    @override
    async def offers(self) -> dict[str, str]:
        words: dict[str, str] = {}
        for entity_id, accessory in self._accessories().items():
            services = {service.display_name for service in accessory.services}
            (service,) = services - {"AccessoryInformation"}
            word = self._WORDS[service]
            if word == "on, off" and getattr(accessory, "activate_only", False):
                word = "press"
            words[entity_id] = word
        return words

    @override
    async def switch(self, entity_id: str, on: bool) -> str | None:
        accessory = self.accessory(entity_id)
        characteristic = accessory.get_service("Switch").get_characteristic("On")
        assert characteristic.value != on
        assert self.write(accessory, characteristic) is None
        assert characteristic.value == on
        await self.hass.async_block_till_done()
        # Failure shows as the old value.
        return None if characteristic.value == on else "off again"

    @override
    async def press(self, entity_id: str) -> str | None:
        accessory = self.accessory(entity_id)
        characteristic = accessory.get_service("Switch").get_characteristic("On")
        assert self.write(accessory, characteristic) is None
        assert characteristic.value is True
        await until(lambda: characteristic.value is False, "it goes off by itself")
        return None

    @override
    async def is_on(self, entity_id: str) -> bool | None:
        accessory = self.accessory(entity_id)
        if not accessory.available:
            return None
        return bool(accessory.get_service("Switch").get_characteristic("On").value)

    async def tap(self, entity_id: str, option: str) -> None:
        """Tap an option of a select."""
        accessory = self.accessory(entity_id)
        assert self.write(accessory, accessory.select_chars[option]) is None
        await self.hass.async_block_till_done()
