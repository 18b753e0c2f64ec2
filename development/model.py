"""A language model's side of the tools: offers, calls, answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
from typing import Any, Final, override

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

# Its versions 1 and 2, which Home Assistant 2026.10 and 2026.11 bring, take clients of two libraries.
from mcp.shared._httpx_utils import create_mcp_http_client

OURS: Final = "backhug__"
"""What the names of our tools begin with."""


class Failed(Exception):  # noqa: N818, the message for the model
    """A tool answered with an error: its sentence."""


class Model(ABC):
    """Something that calls tools."""

    @abstractmethod
    async def tools(self) -> list[dict[str, Any]]:
        """Return our tools as a model gets them."""

    async def call(self, tool: str, **args: Any) -> dict[str, Any]:
        """Call one of our tools; raises Failed with the sentence that it answers an error with."""
        failed, answer = await self._call(OURS + tool, args)
        if failed:
            raise Failed(answer if isinstance(answer, str) else answer["error"])
        # A call that is not JSON could not arrive over MCP, so it must not arrive otherwise.
        parsed: dict[str, Any] = json.loads(json.dumps(answer))
        return parsed

    @abstractmethod
    async def _call(self, name: str, args: dict[str, Any]) -> tuple[bool, Any]:
        """Call a tool; return whether it failed, and its answer."""


class McpModel(Model):
    """A model elsewhere, over MCP."""

    def __init__(self, session: ClientSession) -> None:
        """Use `connect` instead."""
        self._session = session

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, token: str) -> AsyncGenerator[McpModel]:
        """Connect to a Home Assistant with an access token."""
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            create_mcp_http_client(headers=headers) as http,
            streamable_http_client(url, http_client=http) as streams,
            ClientSession(streams[0], streams[1]) as session,
        ):
            await session.initialize()
            yield cls(session)

    @override
    async def tools(self) -> list[dict[str, Any]]:
        listed = await self._session.list_tools()
        tools = [
            tool.model_dump(by_alias=True, exclude_none=True) for tool in listed.tools
        ]
        return [tool for tool in tools if tool["name"].startswith(OURS)]

    @override
    async def _call(self, name: str, args: dict[str, Any]) -> tuple[bool, Any]:
        result = await self._session.call_tool(name, args)
        answer = result.model_dump(by_alias=True)
        (content,) = answer["content"]
        try:
            return bool(answer["isError"]), json.loads(content["text"])
        except ValueError:
            # A call that does not fit the schema may be refused before it reaches us.
            return True, content["text"]
