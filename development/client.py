"""Talks with the running development instance, as its page in the browser does."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
import time
from typing import Any, Self

import aiohttp

from .instance import HOST

type Message = dict[str, Any]


class InstanceError(Exception):
    """The instance did not answer as it should; the message says how."""


class Client:
    """A session on the instance: the states as they are now, and commands."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        """Use `connect` instead."""
        self.states: dict[str, Message] = {}
        self.trace: list[Message] = []
        """Every state that was entered, in order; clear it to start over."""
        self.closed = asyncio.Event()
        """Set once the instance has ended the connection."""
        self._http = http
        self.base = base
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._changed = asyncio.Condition()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self.token = ""

    @classmethod
    @asynccontextmanager
    async def connect(cls, port: int) -> AsyncGenerator[Self]:
        """Log in over loopback, which is trusted, and follow all states."""
        base = f"http://{HOST}:{port}"
        async with aiohttp.ClientSession() as http:
            client = cls(http, base)
            try:
                client.token = await client._log_in()
                await client._open()
            except aiohttp.ClientError as error:
                msg = f"Nothing answers on {base} ({error}). Run scripts/develop first."
                raise InstanceError(msg) from error
            reader = asyncio.create_task(client._read())
            try:
                await client._follow()
                yield client
            finally:
                reader.cancel()
                with suppress(asyncio.CancelledError):
                    await reader

    async def _log_in(self) -> str:
        """Return an access token."""
        step = await self.post(
            "/auth/login_flow",
            json={
                "client_id": f"{self.base}/",
                "handler": ["trusted_networks", None],
                "redirect_uri": f"{self.base}/",
            },
        )
        token = await self.post(
            "/auth/token",
            data={
                "client_id": f"{self.base}/",
                "grant_type": "authorization_code",
                "code": step["result"],
            },
        )
        return str(token["access_token"])

    async def _open(self) -> None:
        self._socket = await self._http.ws_connect(f"{self.base}/api/websocket")
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": self.token})
        answer = await self._socket.receive_json()
        if answer["type"] != "auth_ok":
            raise InstanceError(str(answer))

    async def _follow(self) -> None:
        await self.command({"type": "subscribe_events", "event_type": "state_changed"})
        for state in await self.command({"type": "get_states"}):
            self.states[state["entity_id"]] = state

    async def _read(self) -> None:
        """Read messages until the instance closes the connection."""
        assert self._socket is not None
        async for message in self._socket:
            content = message.json()
            if content["type"] == "event":
                await self._state_changed(content["event"]["data"])
            elif (answer := self._answers.pop(content["id"], None)) is not None:
                if content.get("success", True):
                    answer.set_result(content.get("result"))
                else:
                    answer.set_exception(InstanceError(content["error"]["message"]))
        self.closed.set()

    async def _state_changed(self, data: Message) -> None:
        async with self._changed:
            if data["new_state"] is None:
                self.states.pop(data["entity_id"], None)
            else:
                self.states[data["entity_id"]] = data["new_state"]
                self.trace.append(data["new_state"])
            self._changed.notify_all()

    async def command(self, message: Message) -> Any:
        """Send a websocket command and return its result."""
        assert self._socket is not None
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, **message})
        return await answer

    async def post(self, path: str, **content: Any) -> Any:
        """Post to the REST API and return the response."""
        return await self._request("POST", path, **content)

    async def get(self, path: str) -> Any:
        """Get something by the REST API: an object from JSON, all else as text."""
        return await self._request("GET", path)

    async def delete(self, path: str) -> Any:
        """Delete something by the REST API."""
        return await self._request("DELETE", path)

    async def _request(self, method: str, path: str, **content: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = self.base + path
        async with self._http.request(
            method, url, headers=headers, **content
        ) as response:
            if not response.ok:
                answer = await response.text()
                msg = f"{path}: {response.status} {answer}"
                raise InstanceError(msg)
            if response.content_type != "application/json":
                return await response.text()
            return await response.json()

    async def act(self, action: str, entity_id: str, **data: Any) -> None:
        """Perform an action on an entity."""
        domain, service = action.split(".")
        await self.command(
            {
                "type": "call_service",
                "domain": domain,
                "service": service,
                "target": {"entity_id": entity_id},
                "service_data": data,
            }
        )

    async def ask(self, action: str, entity_id: str, **data: Any) -> Any:
        """Perform an action on an entity and return its response."""
        domain, service = action.split(".")
        result = await self.command(
            {
                "type": "call_service",
                "domain": domain,
                "service": service,
                "target": {"entity_id": entity_id},
                "service_data": data,
                "return_response": True,
            }
        )
        return result["response"]

    def state(self, entity_id: str) -> str:
        """Return the state of an entity, "missing" where there is none."""
        return str(self.states.get(entity_id, {}).get("state", "missing"))

    def seen(self, entity_id: str) -> list[str]:
        """Return the states of an entity in the trace, each once in a row."""
        seen: list[str] = []
        for state in self.trace:
            if state["entity_id"] == entity_id and seen[-1:] != [state["state"]]:
                seen.append(state["state"])
        return seen

    async def wait(self, condition: Callable[[], bool], seconds: float) -> float:
        """Wait until the states fulfil a condition; return how long that took."""
        begin = time.monotonic()
        async with self._changed, asyncio.timeout(seconds):
            await self._changed.wait_for(condition)
        return time.monotonic() - begin
