"""The BackHug over the air, through Bumble and bleak."""

import asyncio

from bleak.exc import BleakGATTProtocolError
from bumble.hci import Address
import pytest

from simulator import protocol
from simulator.back import Build, End, Opcode, State

from .conftest import Setup
from .gatt_requests import START
from .waiting import until


@pytest.mark.parametrize("mtu", [23, 24, 100, 247, 517])
@pytest.mark.parametrize("fingers", [2, 28, 64])
async def test_reading_over_any_mtu(setup: Setup, mtu: int, fingers: int) -> None:
    """Every value comes whole, however many reads it takes."""
    await setup.start(Build(mtu=mtu, fingers=fingers))
    setup.back.lie_down()
    setup.back.start_at_device(20)
    setup.clock.advance(2000)
    await setup.client.connect(timeout=2)
    assert setup.client.mtu_size == mtu
    build, back = setup.back.build, setup.back
    assert await setup.read(protocol.FEATURES) == protocol.encode_features(build)
    assert await setup.read(protocol.STATUS) == protocol.encode_status(back.status())
    record = await setup.read(protocol.TENSION_RECORD)
    assert record == protocol.encode_record(back.record, fingers)
    assert len(record) == 6 + 2 * fingers


async def test_database(setup: Setup) -> None:
    """The service has its five characteristics with their properties."""
    await setup.connect()
    assert setup.client.services is not None
    service = setup.client.services.get_service(protocol.SERVICE)
    assert service is not None
    assert {each.uuid: each.properties for each in service.characteristics} == {
        protocol.FEATURES: ["read"],
        protocol.STATUS: ["read", "notify"],
        protocol.TENSION_STREAM: ["notify"],
        protocol.CONTROL_POINT: ["write", "indicate"],
        protocol.TENSION_RECORD: ["read"],
    }


async def test_device_information(setup: Setup) -> None:
    """Each string may be missing."""
    await setup.connect(Build(serial=None, hardware=None, firmware="2.5"))
    assert setup.client.services is not None
    service = setup.client.services.get_service("180a")
    assert service is not None
    values = {
        each.uuid[4:8]: bytes(await setup.client.read_gatt_char(each))
        for each in service.characteristics
    }
    assert values == {
        "2a29": b"BackHug simulator",
        "2a24": b"Simulated BackHug",
        "2a26": b"2.5",
    }


async def test_without_tension(setup: Setup) -> None:
    """Both characteristics of tension are missing where it is not measured."""
    await setup.connect(Build(measures_tension=False))
    assert setup.client.services is not None
    service = setup.client.services.get_service(protocol.SERVICE)
    assert service is not None
    assert [each.uuid for each in service.characteristics] == [
        protocol.FEATURES,
        protocol.STATUS,
        protocol.CONTROL_POINT,
    ]
    setup.back.lie_down()
    assert await setup.ask(Opcode.START, START) == 0
    setup.clock.advance(2000)
    assert setup.back.state is State.STANDBY


@pytest.mark.parametrize("mtu", [23, 247])
async def test_a_session_over_the_air(setup: Setup, mtu: int) -> None:
    """Notifications, fragments and answers arrive whole and in order."""
    await setup.connect(Build(mtu=mtu))
    setup.back.lie_down()
    assert await setup.ask(Opcode.START, START) == 0
    setup.clock.advance(21)
    await until(lambda: len(setup.fragments) >= 6)
    assert [fragment[:1] for fragment in setup.fragments[:4]] == [
        b"\0",
        b"\0",
        b"\1",
        b"\1",
    ]
    assert all(len(fragment) <= 20 for fragment in setup.fragments)
    assert all(len(status) == 16 for status in setup.statuses)
    assert setup.statuses[-1][0] == State.TREATING
    assert await setup.ask(Opcode.STOP) == 0
    assert setup.statuses[-1][0] == State.FINISHING


async def test_long_read_is_fixed_at_its_first_octet(setup: Setup) -> None:
    """A record that changes while it is read is read as it was."""
    await setup.connect(Build(mtu=23, fingers=64))
    setup.back.lie_down()
    before = protocol.encode_record(setup.back.record, 64)
    reading = asyncio.create_task(setup.read(protocol.TENSION_RECORD))
    await until(lambda: setup.peripheral.reads[protocol.TENSION_RECORD])
    setup.back.start_at_device(20)
    setup.clock.advance(19)
    assert await reading == before
    assert await setup.read(protocol.TENSION_RECORD) != before


async def test_status_when_notifications_are_enabled(setup: Setup) -> None:
    """The device may notify at once, or not."""
    await setup.start(status_on_subscribe=True)
    await setup.client.connect()
    seen: list[bytearray] = []
    await setup.client.start_notify(setup.find(protocol.STATUS), seen.append)
    await until(lambda: seen)
    assert bytes(seen[0]) == protocol.encode_status(setup.back.status())


async def test_stop_notify(setup: Setup) -> None:
    """Disabled notifications are not sent."""
    await setup.connect(status_on_subscribe=False)
    await setup.client.stop_notify(setup.find(protocol.STATUS))
    setup.back.lie_down()
    await asyncio.sleep(0.01)
    assert setup.statuses == []
    await setup.client.start_notify(
        setup.find(protocol.STATUS), lambda value: setup.statuses.append(bytes(value))
    )
    setup.back.get_up()
    await until(lambda: setup.statuses)
    assert len(setup.statuses) == 1


async def test_indications_must_be_enabled(setup: Setup) -> None:
    """Without them a request is refused with 0xFD, but stop is carried out."""
    await setup.start()
    await setup.client.connect()
    setup.back.lie_down()
    with pytest.raises(BleakGATTProtocolError) as error:
        await setup.write(b"\x01\x01" + START)
    assert error.value.args[0] == 0xFD
    assert setup.back.requests == []
    assert setup.peripheral.refused == [(b"\x01\x01" + START, 0xFD)]
    setup.back.start_at_device(20)
    await setup.write(b"\x02")
    assert setup.back.last_end is End.STOPPED_BY_CLIENT


async def test_stop_waits_for_no_confirmation(setup: Setup) -> None:
    """It is carried out at once; the answers wait, that of the stop before others."""
    await setup.connect()
    confirm = setup.client.withhold_confirmations()
    setup.back.lie_down()
    setup.back.start_at_device(20)
    await setup.write(b"\x05\x01\x07")
    await until(lambda: setup.answers)
    await setup.write(b"\x05\x02\x08")
    await setup.write(b"\x05\x03\x09")
    assert setup.back.strength == 8
    await setup.write(b"\x02\x04")
    assert setup.back.state is State.FINISHING
    assert setup.answers == [b"\x80\x05\x01\x00"]
    confirm()
    await until(lambda: len(setup.answers) == 4)
    assert setup.answers[1] == b"\x80\x02\x04\x00"
    assert sorted(setup.answers[2:]) == [b"\x80\x05\x02\x00", b"\x80\x05\x03\x06"]


async def test_stop_without_a_token(setup: Setup) -> None:
    """It is known by its first octet alone, and answered with token 0."""
    await setup.connect()
    await setup.write(b"\x02")
    await until(lambda: setup.answers)
    assert setup.answers == [b"\x80\x02\x00\x00"]


async def test_request_without_a_token(setup: Setup) -> None:
    """It is dropped."""
    await setup.connect()
    await setup.write(b"\x05")
    assert await setup.ask(Opcode.SET_STRENGTH, b"\x02") == 0
    assert len(setup.answers) == 1
    assert setup.back.control_point.dropped == 1


# -- The link


async def test_addresses(setup: Setup) -> None:
    """The address is static random."""
    await setup.connect()
    address = setup.peripheral.device.random_address
    assert address == Address("C0:FF:EE:00:7F:2A", Address.RANDOM_DEVICE_ADDRESS)
    assert address.is_static


# -- Manners of a client


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (b"\x63\x01", "an unknown opcode: 63 01"),
        (b"\x05\x01", "a request of the wrong length: 05 01"),
        (b"\x05\x01\x02\x03", "a request of the wrong length: 05 01 02 03"),
        (b"\x05", "a request of the wrong length: 05"),
        (b"\x08\x01\x3d", "more than 60 minutes: 08 01 3d"),
    ],
)
async def test_complaints(setup: Setup, value: bytes, complaint: str) -> None:
    """Writes that no client of the profile makes are recorded."""
    await setup.connect()
    await setup.write(value)
    assert setup.peripheral.complaints == [complaint]


async def test_repeated_token(setup: Setup) -> None:
    """A request has another token than the one before."""
    await setup.connect()
    await setup.write(b"\x02\x01")
    await setup.write(b"\x02\x02")
    await setup.write(b"\x02\x01")
    assert setup.peripheral.complaints == []
    await setup.write(b"\x02\x01")
    assert setup.peripheral.complaints == ["the token of the request before: 02 01"]


async def test_empty_request(setup: Setup) -> None:
    """It is refused by ATT."""
    await setup.connect()
    with pytest.raises(BleakGATTProtocolError) as error:
        await setup.write(b"")
    assert error.value.args[0] == 0x0D


async def test_write_without_response(setup: Setup) -> None:
    """The control point takes only writes with response."""
    await setup.connect()
    control_point = setup.find(protocol.CONTROL_POINT)
    await setup.client.write_gatt_char(control_point, b"\x02\x01", response=False)
    await until(lambda: setup.peripheral.complaints)
    assert setup.back.requests == []


async def test_long_write(setup: Setup) -> None:
    """Nor does it take long ones."""
    await setup.connect(Build(mtu=23))
    with pytest.raises(BleakGATTProtocolError):
        await setup.write(b"\x02\x01" + bytes(30))
    assert setup.back.requests == []


async def test_wrong_client_configuration(setup: Setup) -> None:
    """Status notifies, the control point indicates, and not the other way round."""
    await setup.connect()
    descriptor = setup.find(protocol.STATUS).descriptors[0]
    with pytest.raises(BleakGATTProtocolError) as error:
        await setup.client.write_gatt_descriptor(descriptor, b"\x02\x00")
    assert error.value.args[0] == 0x13
    assert await setup.client.read_gatt_descriptor(descriptor) == b"\x01\x00"


async def test_control_point_and_stream_cannot_be_read(setup: Setup) -> None:
    """They have no such property."""
    await setup.connect()
    for uuid in (protocol.CONTROL_POINT, protocol.TENSION_STREAM):
        with pytest.raises(BleakGATTProtocolError) as error:
            await setup.read(uuid)
        assert error.value.args[0] == 0x02


async def test_what_cannot_be_written(setup: Setup) -> None:
    """Status is not a control."""
    await setup.connect()
    with pytest.raises(BleakGATTProtocolError) as error:
        await setup.client.write_gatt_char(
            setup.find(protocol.STATUS), b"\x00", response=True
        )
    assert error.value.args[0] == 0x03
