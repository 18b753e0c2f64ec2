"""Language models, as Home Assistant serves them: by its own API, and over its MCP server."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict
import json
from typing import Any, override

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import llm
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from mcp.types import TextContent
import probatio

OURS = "backhug__"


class Failed(Exception):  # noqa: N818, it is what the model is told
    """A tool answered with an error: its sentence."""


class Model(ABC):
    """A language model that can call tools."""

    @abstractmethod
    async def tools(self) -> list[dict[str, Any]]:
        """Return our tools as the model is told of them."""

    async def call(self, tool: str, **args: Any) -> dict[str, Any]:
        """Call one of our tools; raises Failed with the sentence that it answers an error with."""
        failed, answer = await self._call(OURS + tool, args)
        if failed:
            raise Failed(answer if isinstance(answer, str) else answer["error"])
        # What is not JSON would not have come so far over MCP; it must not come by the other way either.
        parsed: dict[str, Any] = json.loads(json.dumps(answer))
        return parsed

    @abstractmethod
    async def _call(self, name: str, args: dict[str, Any]) -> tuple[bool, Any]:
        """Call a tool; return whether it failed, and its answer."""


class ApiModel(Model):
    """A conversation agent inside Home Assistant."""

    def __init__(
        self, hass: HomeAssistant, device_id: str | None = None, api: str = "assist"
    ) -> None:
        """Speak by a device, or by none."""
        self._hass = hass
        self._api = api
        self._context = llm.LLMContext(
            platform="a model",
            context=Context(),
            language="en",
            assistant="conversation",
            device_id=device_id,
        )

    async def instance(self) -> llm.APIInstance:
        """Return Home Assistant's API as the model has it now."""
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


class McpModel(Model):
    """A model elsewhere, over MCP: the client is the real one, and so is the connection."""

    def __init__(self, session: ClientSession) -> None:
        """Take a session that is initialized."""
        self._session = session

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, token: str) -> AsyncGenerator[McpModel]:
        """Connect to a Home Assistant."""
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            streamablehttp_client(url, headers=headers) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            yield cls(session)

    @override
    async def tools(self) -> list[dict[str, Any]]:
        listed = await self._session.list_tools()
        return [
            tool.model_dump(exclude_none=True)
            for tool in listed.tools
            if tool.name.startswith(OURS)
        ]

    @override
    async def _call(self, name: str, args: dict[str, Any]) -> tuple[bool, Any]:
        result = await self._session.call_tool(name, args)
        (content,) = result.content
        assert isinstance(content, TextContent)
        try:
            return bool(result.isError), json.loads(content.text)
        except ValueError:
            # What does not fit the schema is refused before it comes to us.
            assert result.isError
            return True, content.text
