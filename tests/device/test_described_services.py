"""Characteristics in another service than commands are written to."""

from __future__ import annotations

from typing import override

from bumble.core import UUID
from bumble.gatt import Characteristic, Service
import pytest

from custom_components.backhug.device.errors import UnknownProtocolError
from custom_components.backhug.device.identification import identify
from custom_components.backhug.device.model import State
from custom_components.backhug.device.protocols.described.protocol import (
    DescribedProtocol,
)
from simulator.vendors.relaxa import Relaxa
from tests.home import Home

from .described import client_of, described
from .description_texts import RELAXA

FFD0, FFD5, FFD9 = map(UUID.from_16_bits, (0xFFD0, 0xFFD5, 0xFFD9))


class Divided(Relaxa):
    """It notifies in a service of its own."""

    @override
    def services(self) -> list[Service]:
        return [Service(FFD0, [self._outgoing]), Service(FFD5, [self._incoming])]


class Twice(Divided):
    """It has two that may notify."""

    @override
    def services(self) -> list[Service]:
        other: Characteristic[bytes] = Characteristic(
            self.notified,
            Characteristic.Properties.NOTIFY,
            Characteristic.READABLE,
            b"",
        )
        return [*super().services(), Service(FFD9, [other])]


TEXT = RELAXA.replace('  service: "ffe0"', '  service: "ffd5"')


async def test_notifications_from_another_service(home: Home) -> None:
    """A UUID that the device has only once is found wherever it is."""
    client = await client_of(home, Divided, TEXT)
    await client.hug.start(20)
    await client.shows(State.TREATING)
    assert client.bed.unheard == 0


async def test_state_is_read_in_another_service(home: Home) -> None:
    """Likewise."""
    text = TEXT.replace('notify: "ffe2"', 'notify: "ffe2"\n  read: "ffe2"')
    client = await client_of(home, Divided, text, connect=False)
    state = bytes.fromhex("55 ab 07 80 01 02 00 02 58 00")
    client.bed._outgoing.value = state + bytes((sum(state) % 256,))
    await client.connect()
    assert (client.status.state, client.status.seconds_left) == (State.TREATING, 600)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Divided, RELAXA),
        (Divided, TEXT.replace('notify: "ffe2"', 'notify: "ffe3"')),
        (Twice, TEXT),
    ],
    ids=["commands elsewhere", "nowhere", "ambiguous"],
)
async def test_another_device_is_not_written_to(
    home: Home, kind: type[Relaxa], text: str
) -> None:
    """Commands are written only to the service in the file; reports come from one place."""
    client = await client_of(home, kind, text, connect=False)
    device = client.path()
    assert device is not None
    with pytest.raises(UnknownProtocolError):
        await identify("RLX", device, DescribedProtocol(described(text)))
    assert client.bed.received == []
