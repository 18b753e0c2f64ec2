"""Every command ends in time, whatever happens to the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from custom_components.backhug.device.errors import (
    BackHugError,
)
from tests.home import until

from .bench import Bench, Client


def _nothing(_client: Client) -> None:
    pass


def _refuse(client: Client) -> None:
    client.faults.refuse_connections = True
    client.peripheral.drop_link()


def _hang(client: Client) -> None:
    client.faults.hang_connect = True
    client.peripheral.drop_link()


def _hang_all(client: Client) -> None:
    client.faults.hang_connect = client.faults.hang_disconnect = True
    client.peripheral.vanish()


def _freeze(client: Client) -> None:
    client.faults.supervision_timeout = 1.2
    client.peripheral.vanish()


def _no_slots(client: Client) -> None:
    client.home.scanner.central.slots = 0
    client.peripheral.drop_link()


def _fade(client: Client) -> None:
    client.faults.supervision_timeout = 0.4
    client.peripheral.vanish()


def _out_of_reach(client: Client) -> None:
    client.in_reach = False
    client.peripheral.vanish()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "happens",
    [_nothing, _refuse, _hang, _hang_all, _freeze, _no_slots, _fade, _out_of_reach],
)
async def test_every_command_ends_in_time(
    bench: Bench, happens: Callable[[Client], None]
) -> None:
    """With success, or with an error that says why not."""
    client = await bench.client()
    await client.hug.start(20)
    happens(client)
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def told_after(command: Any) -> float:
        with suppress(BackHugError):
            await command
        return loop.time() - began

    took = await asyncio.gather(
        told_after(client.hug.set_strength(9)),
        told_after(client.hug.set_length(30)),
        told_after(client.hug.stop()),
        told_after(client.hug.pause()),
    )
    assert max(took) < 0.6
    client.mend()
    client.home.scanner.central.slots = 3
    client.peripheral.appear()
    await client.up()
    await until(lambda: not client.back.running, "the stop was delivered")
    assert client.requests(2)
