"""The event loop of the tests skips time in which only timers are pending, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
import socket
import threading
import time

from bluetooth_data_tools import monotonic_time_coarse
from homeassistant.util import dt as dt_util
import pytest

from .fair_loop import FairLoop

AWHILE = 0.05
"""Seconds of real time that something outside the loop takes."""
DAY = 86_400.0


async def job() -> None:
    """Wait for a job of the default executor."""
    await asyncio.to_thread(time.sleep, AWHILE)


async def job_of_another_executor() -> None:
    """Wait for a job of another executor."""
    executor = ThreadPoolExecutor()
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(executor, time.sleep, AWHILE)
    executor.shutdown()


async def cancelled_job() -> None:
    """Wait for a job that goes on after its future was cancelled."""
    began, ended = threading.Event(), threading.Event()

    def run() -> None:
        began.set()
        time.sleep(AWHILE)
        ended.set()

    future = asyncio.get_running_loop().run_in_executor(None, run)
    began.wait()
    future.cancel()
    while not ended.is_set():
        await asyncio.sleep(AWHILE / 10)


async def thread() -> None:
    """Wait for another thread."""
    ended = asyncio.Event()
    call = asyncio.get_running_loop().call_soon_threadsafe
    timer = threading.Timer(AWHILE, call, [ended.set])
    timer.start()
    await ended.wait()
    timer.join()


async def process() -> None:
    """Wait for another process."""
    process = await asyncio.create_subprocess_exec("sleep", str(AWHILE))
    await process.wait()


async def connection() -> None:
    """Wait for a socket that another process writes to."""
    ours, theirs = socket.socketpair()
    await asyncio.create_subprocess_shell(
        f"sleep {AWHILE}; echo", stdout=theirs.fileno()
    )
    theirs.close()
    reader, writer = await asyncio.open_connection(sock=ours)
    await reader.readline()
    writer.close()


@pytest.mark.parametrize(
    "outside",
    [job, job_of_another_executor, cancelled_job, thread, process, connection],
)
@pytest.mark.usefixtures("socket_enabled")
async def test_real_time_passes_for_others(
    outside: Callable[[], Awaitable[None]],
) -> None:
    """No time is skipped while a job, a thread, a process or a socket may wake the loop."""
    loop = asyncio.get_running_loop()
    began, real = loop.time(), time.perf_counter()
    async with asyncio.timeout(DAY):
        await outside()
    took = time.perf_counter() - real
    assert took > 0.9 * AWHILE
    assert loop.time() - began < took + AWHILE / 5


async def test_idle_time_is_skipped_by_all_clocks() -> None:
    """A day of waiting takes no time, and every clock shows that it has passed."""
    await job()
    loop = asyncio.get_running_loop()
    clocks: tuple[Callable[[], float], ...] = (
        loop.time,
        time.time,
        time.monotonic,
        monotonic_time_coarse,
        lambda: dt_util.utcnow().timestamp(),
    )
    began, real = [clock() for clock in clocks], time.perf_counter()
    await asyncio.sleep(DAY)
    assert time.perf_counter() - real < 1
    assert [clock() - at for clock, at in zip(clocks, began, strict=True)] == (
        pytest.approx([DAY] * len(clocks), abs=1)
    )


def test_wall_clock_is_right_again_in_the_next_loop() -> None:
    """A new loop starts with the machine's wall clock, and the monotonic clock does not go back."""
    with asyncio.Runner(loop_factory=FairLoop) as runner:
        runner.run(asyncio.sleep(DAY))
        wall, monotonic = time.time(), time.monotonic()
    with asyncio.Runner(loop_factory=FairLoop):
        assert wall - time.time() == pytest.approx(DAY, abs=1)
        assert time.monotonic() >= monotonic
