"""The open profile, described: both implementations say and understand the same."""

from __future__ import annotations

import asyncio
import struct
from typing import Any, cast

from bleak import BleakClient
from hypothesis import given, strategies as st
import pytest

from custom_components.backhug.device import gatt, timeouts
from custom_components.backhug.device.client import BackHug
from custom_components.backhug.device.errors import (
    MalformedError,
    NoAnswerError,
    RefusedError,
    StoppedFirstError,
    UnknownValueError,
)
from custom_components.backhug.device.model import Adjustment, Area, Flow, State
from custom_components.backhug.device.protocols import open_profile as profile
from custom_components.backhug.device.protocols.described import (
    protocol as described_protocol,
    recognition,
)
from custom_components.backhug.device.protocols.described.protocol import (
    DescribedProtocol,
)
from custom_components.backhug.device.protocols.described.state import DescribedState
from custom_components.backhug.device.protocols.protocol import Request, Values
from simulator.back import Opcode
from simulator.faults import Lost
from tests.home import until

from .bench import Bench, Client, Log
from .described import ROOT, described
from .open_profile import INAPPLICABLE, TEXT

DESCRIPTION = described(TEXT)
SETTERS = {
    Request.SET_STRENGTH: "strength",
    Request.SET_AREA: "area",
    Request.SET_FLOW: "flow",
    Request.SET_LENGTH: "minutes",
}


@given(
    request=st.sampled_from([each for each in Request if each in DESCRIPTION.commands]),
    token=st.integers(1, 255),
    minutes=st.integers(5, 60),
    strength=st.integers(1, 10),
    area=st.sampled_from(DESCRIPTION.features.areas),
    flow=st.sampled_from(DESCRIPTION.features.flows),
)
def test_requests_are_the_same(request: Request, token: int, **values: Any) -> None:
    """Octet by octet."""
    given_ = Values(**values)
    if request is not Request.START:
        name = SETTERS.get(request)
        given_ = Values(**{name: values[name]}) if name else Values()
    (template,) = DESCRIPTION.commands[request].writes
    payload = template.fill(DESCRIPTION.parameters, values)
    assert DESCRIPTION.framing.encode(payload, token) == profile.encode_request(
        profile.Opcode[request.name], token, profile.encode_parameters(request, given_)
    )


@given(
    st.tuples(
        *(st.integers(0, 6), st.integers(0, 5), st.integers(0, 11)),
        *(st.integers(0, 8), st.integers(0, 5), st.integers(0, 3)),
        *(st.integers(0, 3600), st.integers(0, 3600), st.integers(0, 65535)),
    )
)
def test_status_is_the_same(values: tuple[int, ...]) -> None:
    """Whatever is well-formed for the one is read the same by the other."""
    value = struct.pack("<BBBBBBHHIBx", *values, 0)
    try:
        status = profile.decode_status(value, DESCRIPTION.features)
    except MalformedError:
        return
    message = DESCRIPTION.message(value)
    assert message is not None
    state = DescribedState(DESCRIPTION, lambda: 0.0)
    state.take(message.read(value))
    found = state.status()
    for name in (
        *("state", "fault", "strength", "area", "flow", "occupied"),
        *("leg_rest_raised", "length", "session"),
    ):
        assert getattr(found, name) == getattr(status, name), name
    if status.running:
        assert found.seconds_left == status.seconds_left


async def client_of(bench: Bench) -> Client:
    """Return a client of a simulated BackHug that is operated by the description."""
    client = await bench.client(connect=False)
    old = client.hug
    client.hug = BackHug(
        client.device.build.name,
        client._path,
        features=None,
        changed=lambda snapshot, _: client.snapshots.append(snapshot),
        protocol=DescribedProtocol(DESCRIPTION),
    )
    await old.connection.release()
    await client.connect()
    return client


async def test_session_of_a_simulated_backhug(bench: Bench) -> None:
    """Start, settings, pause, resume, stop."""
    client = await client_of(bench)
    await client.hug.start(20, strength=3)
    assert client.back.running
    client.clock.advance(21)
    await client.shows(State.TREATING)
    await client.hug.set_strength(4)
    await client.hug.set_area(Area.LOWER_BACK)
    await client.hug.set_flow(Flow.WAVE)
    await client.hug.set_length(25)
    assert client.status.length == 1500
    await client.hug.adjust(Adjustment(strength_step=-2, minutes_step=5))
    assert client.back.status().strength == 2
    assert client.back.status().length == 1800
    await client.hug.pause()
    await client.shows(State.PAUSED)
    await client.hug.resume()
    await client.shows(State.TREATING)
    with pytest.raises(RefusedError):
        await client.hug.start(20)
    assert await client.hug.stop()
    await client.shows(State.FINISHING)
    assert client.status.session == 1


async def test_stop_goes_first(bench: Bench) -> None:
    """It overtakes a request that the device does not answer."""
    client = await client_of(bench)
    await client.treat()
    client.back.control_point.carry_out_delay = 1000
    setting = asyncio.create_task(client.hug.set_strength(9))
    await until(lambda: client.requests(Opcode.SET_STRENGTH), "it is on its way")
    assert await client.hug.stop()
    assert not client.back.running
    with pytest.raises((StoppedFirstError, NoAnswerError, RefusedError)):
        await setting


async def test_session_goes_on_over_a_lost_connection(bench: Bench) -> None:
    """The state is read again, and a stop that is due reaches the session."""
    client = await client_of(bench)
    await client.treat()
    client.hug.keep_stop()
    client.peripheral.drop_link()
    await until(lambda: not client.back.running, "it is stopped")
    await until(lambda: not client.hug.stop_kept, "it is delivered")


async def test_malformed_status_changes_nothing(
    bench: Bench, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no reading: the last one stays, and what depends on a fresh one is refused."""
    log.expect("malformed status")
    client = await client_of(bench)
    before = client.status

    async def read(*_: object) -> bytes:
        return b""

    monkeypatch.setattr(f"{DescribedProtocol.__module__}.read", read)
    for step in (1, -1):
        error = await client.refused(client.hug.adjust(Adjustment(strength_step=step)))
        assert type(error) is UnknownValueError
    assert client.status == before
    assert client.requests() == []


async def test_notification_during_a_reading_is_newer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The value that was read is ignored."""
    client = await client_of(bench)
    right = gatt.read

    async def read(*arguments: Any) -> bytes:
        value = await right(*arguments)
        client.back.get_up()
        await until(lambda: not client.status.occupied, "it is notified")
        return value

    monkeypatch.setattr(described_protocol, "read", read)
    assert client.status.occupied
    assert not (await client.hug.look()).occupied
    assert not client.status.occupied


@pytest.mark.usefixtures("hurried")
async def test_answer_suffices_without_the_write_response(bench: Bench) -> None:
    """That write blocks its connection: the next command is sent on another one."""
    client = await client_of(bench)
    client.faults.lose_writes = Lost.RESPONSE
    await client.hug.start(20)
    client.mend()
    await client.hug.set_strength(9)
    assert client.requests() == [Opcode.START, Opcode.SET_STRENGTH]
    assert client.counted("given up: a write has no response") == 1


@pytest.mark.parametrize(("patience", "interval"), [(0.3, 1.0), (3.0, 0.3)])
async def test_answered_stop_does_not_wait_for_the_write_response(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, patience: float, interval: float
) -> None:
    """Also at the end of its patience, and when it would be repeated."""
    monkeypatch.setattr(timeouts, "STOP_PATIENCE", patience)
    monkeypatch.setattr(described_protocol, "STOP_INTERVAL", interval)
    client = await client_of(bench)
    await client.treat()
    client.faults.answer_delay = 0.1
    client.faults.write_response_delay = 2
    await client.hug.stop()
    assert client.peripheral.connections == 1
    assert client.requests(Opcode.STOP) == [Opcode.STOP]


@pytest.mark.parametrize(
    ("there", "takes_stop"), [(profile.CONTROL_POINT, True), (profile.STATUS, False)]
)
def test_stop_needs_only_what_it_is_written_to(
    monkeypatch: pytest.MonkeyPatch, there: str, *, takes_stop: bool
) -> None:
    """A device that cannot be opened, because something else is missing, is still stopped."""
    monkeypatch.setattr(
        recognition,
        "find",
        lambda _client, _service, uuid: uuid == there or None,
    )
    found = DescribedProtocol(DESCRIPTION).takes_stop(cast("BleakClient", None))
    assert found is takes_stop


def test_inapplicable_tests_exist() -> None:
    """The list of tests that a described protocol skips names no test that is gone."""
    for names in INAPPLICABLE.values():
        for name in names:
            module, _, test = name.partition(".")
            source = (ROOT / "tests" / "device" / f"{module}.py").read_text()
            assert f"def {test}(" in source, name
