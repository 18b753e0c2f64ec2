"""A language model inside Home Assistant, with its API for them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, override

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import llm
import probatio

from development.model import OURS, Model


class ApiModel(Model):
    """A conversation agent inside Home Assistant."""

    def __init__(
        self,
        hass: HomeAssistant,
        device_id: str | None = None,
        api: str = "assist",
        user_id: str | None = None,
    ) -> None:
        """Speak by a device, or by none; for a user, or for nobody that is known."""
        self._hass = hass
        self._api = api
        self._context = llm.LLMContext(
            platform="a model",
            context=Context(user_id=user_id),
            language="en",
            assistant="conversation",
            device_id=device_id,
        )

    async def instance(self) -> llm.APIInstance:
        """Return Home Assistant's API for the model."""
        return await llm.async_get_api(self._hass, self._api, self._context)

    @override
    async def tools(self) -> list[dict[str, Any]]:
        api = await self.instance()
        return [
            {
                "name": tool.name,
                "title": tool.title,
                "description": tool.description,
                "parameters": probatio.to_openapi(
                    tool.parameters, custom_serializer=api.custom_serializer
                ),
                "annotations": asdict(tool.annotations),
            }
            for tool in api.tools
            if tool.name.startswith(OURS)
        ]

    @override
    async def _call(self, name: str, args: dict[str, Any]) -> tuple[bool, Any]:
        api = await self.instance()
        result = await api.async_call_tool(llm.ToolInput(name, args))
        return result.error, result.data
