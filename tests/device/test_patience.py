"""Every caller is answered within ten seconds, each of which takes a third of a second here.

Several devices at once, so that their waiting is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from custom_components.backhug.device.client import BackHug
from custom_components.backhug.device.errors import (
    BackHugError,
    LinkLostError,
    NoAnswerError,
    NotReachableError,
    StopPendingError,
)
from simulator.back import Opcode
from simulator.build import Build
from simulator.faults import Lost

from .bench import Bench, Client
from .conftest import hurry

HASTE = 3
MORE_SLOTS = "00:00:00:00:5C:02"


def start(hug: BackHug) -> Coroutine[Any, Any, None]:
    """Start a session."""
    return hug.start(20)


def set_strength(hug: BackHug) -> Coroutine[Any, Any, None]:
    """Set a strength."""
    return hug.set_strength(9)


def stop(hug: BackHug) -> Coroutine[Any, Any, bool]:
    """Stop the session."""
    return hug.stop()


async def _treating(client: Client) -> None:
    await client.treat()


async def _never_answers(client: Client) -> None:
    client.faults.answer_times = 0


async def _never_takes(client: Client) -> None:
    await client.treat()
    client.faults.lose_writes = Lost.REQUEST


async def _never_answers_a_stop(client: Client) -> None:
    await client.treat()
    client.faults.answers_affected = frozenset({int(Opcode.STOP)})
    client.faults.answer_times = 0


async def _lets_nobody_back(client: Client) -> None:
    await client.treat()
    client.faults.refuse_connections = True
    client.peripheral.drop_link()
    await client.down()


async def _hangs(client: Client) -> None:
    client.faults.hang_connect = True
    client.peripheral.drop_link()
    await client.down()


async def _freezes(client: Client) -> None:
    client.faults.supervision_timeout = 9.8 / HASTE
    client.peripheral.vanish()


type Case = tuple[
    Callable[[Client], Coroutine[Any, Any, None]],
    Callable[[BackHug], Coroutine[Any, Any, Any]],
    type[BackHugError] | tuple[type[BackHugError], ...] | None,
    float,
]

CASES: list[Case] = [
    (_treating, stop, None, 1),
    (_never_answers, start, None, 6),
    (_never_answers_a_stop, stop, None, 5),
    (_never_takes, set_strength, NoAnswerError, 10),
    (_never_takes, stop, StopPendingError, 10),
    (_lets_nobody_back, stop, StopPendingError, 10),
    (_hangs, set_strength, NotReachableError, 10),
    (_freezes, set_strength, (LinkLostError, NoAnswerError), 10),
]


@pytest.fixture(autouse=True)
def short_back_off() -> None:
    """Leave bleak-retry-connector its real back-off: it is divided like everything else."""


async def test_within_ten_seconds(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Done, or with the reason."""
    hurry(monkeypatch, HASTE)
    await bench.home.add_scanner(MORE_SLOTS, slots=len(CASES))
    clients = [
        await bench.client(
            Build(name=f"BackHug-{n}", address=f"C0:FF:EE:00:00:{n:02X}")
        )
        for n in range(len(CASES))
    ]
    loop = asyncio.get_running_loop()

    async def run(client: Client, case: Case) -> None:
        happens, command, error, within = case
        await happens(client)
        began = loop.time()
        try:
            await command(client.hug)
        except BackHugError as reason:
            if error is None or not isinstance(reason, error):
                raise
        else:
            assert error is None, f"{command} after {happens} should have failed"
        took = HASTE * (loop.time() - began)
        assert took < within, f"{command} after {happens} took {took} s"

    await asyncio.gather(*map(run, clients, CASES, strict=True))
    # No start was repeated.
    for client in clients:
        assert len(client.requests(Opcode.START)) <= 1
        client.mend()
