"""Waiting for the simulated radio."""

import asyncio
from collections.abc import Callable
from typing import Any

INTERVAL = 0.02
"""Seconds between two advertisements: the least that Bluetooth allows."""


async def until(condition: Callable[[], Any], seconds: float = 3.0) -> None:
    """Wait until something is true; TimeoutError if it takes too long."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)
