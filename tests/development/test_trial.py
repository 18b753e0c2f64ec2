"""The trial notices when a programme did not run as it should."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from development.backhug_simulator.simulation import FIRST, Record
from development.client import Client
from development.trial import __main__ as trial_main
from development.trial.harness import EVENT, SIMULATOR, Failure, Trial
from development.trial.programmes import MINUTES, STEPS, Programmes
from simulator.back import Area, Back, Flow
from simulator.clock import ManualClock
from simulator.model import Opcode


def request(second: int, name: str, *parameters: int) -> dict[str, Any]:
    """Return a request as the simulator shows it."""
    return {
        "session": 3,
        "second": second,
        "request": name,
        "parameters": list(parameters),
    }


def requests_of_a_good_run() -> list[dict[str, Any]]:
    """Return the simulator's requests when all goes well."""
    names = [
        (
            step["strength"],
            Area[step["area"].upper()].value,
            Flow[step["flow"].upper()].value,
        )
        for step in STEPS
    ]
    strength, area, flow = names[0]
    requests = [request(0, "start", len(STEPS) * MINUTES, strength, area, flow)]
    requests += [request(40, "pause"), request(40, "resume")]
    for index, (strength, area, flow) in enumerate(names[1:], 1):
        begins = 60 * MINUTES * index
        requests += [
            request(begins, "set_area", area),
            request(begins + 1, "set_flow", flow),
            request(begins + 2, "set_strength", strength),
        ]
        if index == 1:
            requests.append(request(begins + 20, "set_strength", strength - 1))
    return requests


@pytest.fixture
async def client() -> AsyncGenerator[Client]:
    """Return a client of no instance."""
    async with aiohttp.ClientSession() as http:
        yield Client(http, "")


def check(client: Client, requests: list[dict[str, Any]]) -> None:
    """Hold a record to the programme."""
    client.states[SIMULATOR] = {
        "attributes": {"session_number": 3, "requests": requests, "speed": 20}
    }
    Programmes(client)._check_requests()


def test_good_run_passes(client: Client) -> None:
    """Requests of another session do not matter."""
    check(
        client, [{**request(5, "set_area", 7), "session": 2}, *requests_of_a_good_run()]
    )


@pytest.mark.parametrize("index", [0, 3, 4, 5, 7, 8, 9])
def test_missing_request_fails(client: Client, index: int) -> None:
    """A missing request fails the check."""
    requests = requests_of_a_good_run()
    del requests[index]
    with pytest.raises(Failure, match="did not receive"):
        check(client, requests)


@pytest.mark.parametrize("index", [0, 3, 5, 9])
def test_repeated_request_fails(client: Client, index: int) -> None:
    """A repeated request fails the check."""
    requests = requests_of_a_good_run()
    with pytest.raises(Failure, match="it received"):
        check(client, [*requests, requests[index]])


@pytest.mark.parametrize("seconds", [-5, 30])
def test_request_at_another_time_fails(client: Client, seconds: int) -> None:
    """A step is sent when it begins by the device's clock, neither before nor much later."""
    requests = requests_of_a_good_run()
    requests[7]["second"] += seconds
    with pytest.raises(Failure, match="it received"):
        check(client, requests)


async def test_only_the_requested_parts_run(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the requested parts run; an unknown one is refused before any."""
    tried: list[str] = []

    @asynccontextmanager
    async def connect(_port: int) -> AsyncGenerator[Client]:
        yield client

    def part(name: str, failures: int) -> tuple[Trial, Callable[[], Awaitable[None]]]:
        trial = Trial(client)

        async def try_it() -> None:
            tried.append(name)
            trial.failures += failures

        return trial, try_it

    client.states[SIMULATOR] = {"attributes": {"speed": 20}}
    assert {"session", "link", "on-demand"} <= set(trial_main.parts(client))
    monkeypatch.setattr(Client, "connect", connect)
    monkeypatch.setattr(
        trial_main,
        "parts",
        lambda _: {"session": part("session", 0), "link": part("link", 2)},
    )
    assert await trial_main.run(8123) == 2
    assert await trial_main.run(8123, ["session"]) == 0
    with pytest.raises(Failure, match="no part: lnk; there are session, link"):
        await trial_main.run(8123, ["lnk", "session"])
    assert tried == ["session", "link", "session"]


def test_restored_event_is_not_a_new_one(client: Client) -> None:
    """An event restored by a reload is the same one; a second one is not."""

    def state(moment: str, kind: str, session: int = 3) -> dict[str, Any]:
        return {
            "entity_id": EVENT,
            "state": moment,
            "attributes": {"event_type": kind, "session": session},
        }

    client.trace = [
        state("2026-01-01T10:00:00", "stopped", 2),
        state("2026-01-01T10:01:00", "started"),
        {"entity_id": EVENT, "state": "unavailable", "attributes": {}},
        state("2026-01-01T10:01:00", "started"),
        state("2026-01-01T10:05:00", "completed"),
    ]
    programmes = Programmes(client)
    assert programmes.session_events(3) == ["started", "completed"]
    client.trace.append(state("2026-01-01T10:05:01", "completed"))
    assert programmes.session_events(3) == ["started", "completed", "completed"]


def test_record() -> None:
    """The simulator's record has the time of the session, without pauses."""
    clock = ManualClock()
    back = Back(FIRST, clock, seed=1)
    record = Record(back)
    back.observe(record)
    back.lie_down()

    def ask(opcode: int, token: int, parameters: bytes = b"") -> None:
        back.request(opcode, token, parameters)
        back.take_answer()

    ask(Opcode.START, 1, bytes([20, 4, Area.FULL_BACK, Flow.SLOW]))
    clock.advance(60)
    ask(Opcode.PAUSE, 2)
    clock.advance(30)
    ask(Opcode.RESUME, 3)
    clock.advance(10)
    ask(Opcode.SET_STRENGTH, 4, bytes([5]))
    ask(99, 5)
    requests = [
        (each["session"], each["request"], each["parameters"])
        for each in record.requests
    ]
    assert requests == [
        (1, "start", [20, 4, 0, 0]),
        (1, "pause", []),
        (1, "resume", []),
        (1, "set_strength", [5]),
        (1, "99", []),
    ]
    seconds = [each["second"] for each in record.requests]
    assert seconds[:3] == [0, 60, 60]
    assert 69 <= seconds[3] <= 71
