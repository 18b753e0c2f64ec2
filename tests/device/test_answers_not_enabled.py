"""Answers that could not be enabled: stop works, and a command that is refused for it makes another connection."""

from __future__ import annotations

from typing import Any

import pytest

from custom_components.backhug.device.errors import RefusedError
from simulator.bleak_client import SimulatedClient
from simulator.dialect import Dialect, refusal
from tests.home import features_of

from .bench import EVERY_DIALECT, Bench

GATT_ERROR = 0x85
"""What an ESP32 reports that is short of something."""


@pytest.mark.usefixtures("hurried")
@EVERY_DIALECT
async def test_connection_without_answers_is_replaced(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, dialect: Dialect
) -> None:
    """It would refuse every command for as long as it is held."""
    client = await bench.client(connect=False)
    client.hug.reported.features = features_of(client.device.build)
    enable = SimulatedClient.start_notify
    refused: list[int] = []

    async def refuse(self: SimulatedClient, *args: Any, **kwargs: Any) -> None:
        # With cached services, and with those that are discovered then.
        if len(refused) < 2:
            refused.append(GATT_ERROR)
            raise refusal(dialect, GATT_ERROR, self.address, 27)
        await enable(self, *args, **kwargs)

    monkeypatch.setattr(SimulatedClient, "start_notify", refuse)
    await client.connect()
    assert client.hug.reported.counters["refused answers"] == 1
    client.back.start_at_device(20)
    assert await client.hug.stop()
    with pytest.raises(RefusedError):
        await client.hug.set_strength(9)
    await client.up()
    await client.hug.set_strength(9)
    assert client.back.status().strength == 9
