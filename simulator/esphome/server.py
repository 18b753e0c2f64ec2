"""A simulated ESPHome device that serves the native API."""

import asyncio

from simulator.radio import Radio

from .api import (
    Channel,
    EncryptedChannel,
    Message,
    ProtocolError,
    decode_key,
    messages,
)
from .proxy import FEATURES, BluetoothProxy

VERSION = "2026.10.0"
"""The ESPHome release that the device reports."""
API_VERSION = (1, 14)
"""The newest version without `DeviceCapabilitiesRequest`, which is not implemented."""

GOODBYE = 1.0
"""Seconds that clients have to disconnect when the server stops."""


class EsphomeServer:
    """Offers a radio as an ESPHome Bluetooth proxy over the native API."""

    def __init__(
        self,
        radio: Radio,
        *,
        host: str | None = "127.0.0.1",
        port: int = 0,
        key: str | None = None,
        name: str = "backhug-simulator",
        mac_address: str = "02:00:00:00:5C:01",
        slots: int = 3,
        active: bool = True,
        request_timeout: float = 30.0,
    ) -> None:
        """Describe a device; without a host it listens on every address, with port 0 on a free port.

        The key is base64 (ValueError if invalid); without a key the API is not encrypted.
        `active` is the configured scanning mode, ESPHome's default; Home Assistant changes
        it. `request_timeout` limits an ATT request, in real seconds.
        """
        self.host = host
        self.name = name
        self.mac_address = mac_address
        self.proxy = BluetoothProxy(
            radio,
            f"F0{mac_address[2:]}",
            slots=slots,
            active=active,
            request_timeout=request_timeout,
        )
        self._port = port
        self._key = None if key is None else decode_key(key)
        self._server: asyncio.Server | None = None
        self._sessions: dict[_Session, asyncio.Task[None]] = {}
        self._thawed = asyncio.Event()
        self._thawed.set()

    @property
    def port(self) -> int:
        """The port in use; RuntimeError before `start`."""
        if self._server is None:
            raise RuntimeError("the server is not started")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Start scanning and listening; OSError if the port is unavailable."""
        self._server = await asyncio.start_server(self._serve, self.host, self._port)
        await self.proxy.start()

    async def stop(self) -> None:
        """Disconnect the clients and close everything."""
        if (server := self._server) is None:
            return
        self._server = None
        self.thaw()
        server.close()
        for session in self._sessions:
            session.dismiss()
        await self.wait_idle()
        for session in self._sessions:
            session.abort()
        await server.wait_closed()
        await self.proxy.stop()

    async def wait_idle(self) -> None:
        """Wait until every client has disconnected, for `GOODBYE` at most."""
        if self._sessions:
            await asyncio.wait(self._sessions.values(), timeout=GOODBYE)

    async def reboot(self) -> None:
        """Drop every client and connection at once and clear the GATT cache."""
        self.freeze()
        for session in self._sessions:
            session.abort()
        await self.proxy.reboot()
        self.thaw()

    # -- Fault: frozen Wi-Fi

    @property
    def frozen(self) -> bool:
        """Whether traffic is held back."""
        return not self._thawed.is_set()

    def freeze(self) -> None:
        """Hold all traffic back; the TCP connections stay open."""
        self._thawed.clear()

    def thaw(self) -> None:
        """Resume traffic, including held-back data."""
        self._thawed.set()
        for session in self._sessions:
            session.release()

    async def thawed(self) -> None:
        """Wait while frozen."""
        await self._thawed.wait()

    # -- Clients

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self._key is None:
            channel = Channel(reader, writer)
        else:
            mac = self.mac_address.replace(":", "").lower()
            greeting = b"\1" + self.name.encode() + b"\0" + mac.encode() + b"\0"
            channel = EncryptedChannel(reader, writer, self._key, greeting)
        await self.thawed()
        if self._server is None:
            channel.abort()
            return
        session = _Session(self, channel)
        task = asyncio.get_running_loop().create_task(session.run())
        self._sessions[session] = task
        task.add_done_callback(lambda _: self._ended(session))

    def _ended(self, session: _Session) -> None:
        del self._sessions[session]
        self.proxy.gone(session)

    def describe(self) -> Message:
        """Return the device information."""
        return messages.DeviceInfoResponse(
            name=self.name,
            friendly_name="BackHug simulator",
            mac_address=self.mac_address,
            bluetooth_mac_address=self.mac_address,
            esphome_version=VERSION,
            manufacturer="BackHug",
            model="Simulated Bluetooth proxy",
            bluetooth_proxy_feature_flags=FEATURES,
            api_encryption_supported=self._key is not None,
        )


class _Session:
    """A connected client of the native API."""

    def __init__(self, server: EsphomeServer, channel: Channel) -> None:
        self._server = server
        self._channel = channel
        self._held: list[Message] = []
        self._opened = False

    def send(self, message: Message) -> None:
        """Send a message, after `thaw` if the server is frozen."""
        if self._server.frozen:
            self._held.append(message)
        else:
            self._channel.write(message)

    def release(self) -> None:
        """Send the messages that were held back."""
        held, self._held = self._held, []
        for message in held:
            self._channel.write(message)

    def dismiss(self) -> None:
        """Ask the client to disconnect."""
        if self._opened:
            self.send(messages.DisconnectRequest())
        else:
            self.abort()

    def abort(self) -> None:
        """Close the connection at once."""
        self._channel.abort()

    async def run(self) -> None:
        """Serve the client until it disconnects."""
        try:
            await self._channel.open()
            self._opened = True
            while True:
                message = await self._channel.read()
                await self._server.thawed()
                if self._channel.closing:
                    return
                if isinstance(message, messages.DisconnectRequest):
                    self.send(messages.DisconnectResponse())
                    return
                self._handle(message)
        except asyncio.IncompleteReadError, ConnectionError, ProtocolError:
            pass  # Disconnected, or not a client of the native API.
        finally:
            self._channel.close()

    def _handle(self, message: Message | None) -> None:
        match message:
            case messages.HelloRequest():
                major, minor = API_VERSION
                self.send(
                    messages.HelloResponse(
                        api_version_major=major,
                        api_version_minor=minor,
                        server_info=f"{self._server.name} (esphome v{VERSION})",
                        name=self._server.name,
                    )
                )
            case messages.PingRequest():
                self.send(messages.PingResponse())
            case messages.DeviceInfoRequest():
                self.send(self._server.describe())
            case messages.ListEntitiesRequest():
                self.send(messages.ListEntitiesDoneResponse())
            case _:
                # Subscriptions to states, logs and time need no answer.
                self._server.proxy.handle(self, message)
