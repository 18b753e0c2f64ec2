"""Faults on demand."""

import asyncio

from bleak.exc import BleakError, BleakGATTProtocolError
import pytest

from simulator import protocol
from simulator.advertising import OTHER_SERVICE
from simulator.back import Build, Opcode
from simulator.faults import Faults, Lost

from .conftest import Setup
from .waiting import until


def test_clear() -> None:
    """Everything is right again."""
    faults = Faults(write_errors=[1], drop_notifications=True, answer_times=0)
    faults.clear()
    assert faults == Faults()


async def test_refused_connection(setup: Setup) -> None:
    """A connect fails at once."""
    setup.faults.refuse_connections = True
    await setup.start()
    with pytest.raises(BleakError):
        await setup.client.connect(timeout=2)
    assert setup.central.free == 3
    setup.faults.clear()
    await setup.client.connect(timeout=2)


async def test_hanging_connect(setup: Setup) -> None:
    """A connect takes as long as it may."""
    setup.faults.hang_connect = True
    await setup.start()
    with pytest.raises(TimeoutError):
        await setup.client.connect(timeout=0.1)
    setup.faults.clear()
    await setup.client.connect(timeout=2)


async def test_hanging_disconnect(setup: Setup) -> None:
    """A disconnect never returns, and the link stays."""
    setup.faults.hang_disconnect = True
    await setup.connect()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await setup.client.disconnect()
    assert setup.client.is_connected
    setup.faults.clear()
    await setup.client.disconnect()
    assert not setup.client.is_connected


async def test_refused_mtu(setup: Setup) -> None:
    """It stays at 23, and everything works."""
    setup.faults.refuse_mtu = True
    await setup.connect()
    assert setup.client.mtu_size == setup.peripheral.mtu == 23
    assert len(await setup.read(protocol.TENSION_RECORD)) == 62


async def test_supervision_timeout(setup: Setup) -> None:
    """A device may be missed sooner or later than others."""
    setup.faults.supervision_timeout = 0.02
    await setup.connect()
    setup.peripheral.vanish()
    await asyncio.sleep(0.05)
    assert not setup.client.is_connected


async def test_write_errors(setup: Setup) -> None:
    """ATT refuses writes, which are then no requests."""
    await setup.connect()
    setup.faults.write_errors = [0x0E, 0x80]
    for code in (0x0E, 0x80):
        with pytest.raises(BleakGATTProtocolError) as error:
            await setup.write(b"\x02\x01")
        assert error.value.args[0] == code
    assert setup.back.requests == []
    assert await setup.ask(Opcode.STOP) == 0
    setup.faults.write_error = 0x11
    with pytest.raises(BleakGATTProtocolError):
        await setup.write(b"\x02\x02")


@pytest.mark.parametrize("lost", Lost)
async def test_lost_write(setup: Setup, lost: Lost) -> None:
    """No response; whether the device acted upon it is not to be known."""
    await setup.connect()
    setup.central.request_timeout = 0.05
    setup.faults.lose_writes = lost
    with pytest.raises(TimeoutError):
        await setup.write(b"\x05\x01\x09")
    assert (setup.back.strength == 9) is (lost is Lost.RESPONSE)
    setup.faults.clear()
    assert setup.client.is_connected
    assert await setup.ask(Opcode.SET_STRENGTH, b"\x03") == 0


async def test_answer_before_the_write_response(setup: Setup) -> None:
    """The answer may come first."""
    await setup.connect()
    setup.faults.write_response_delay = 0.03
    writing = asyncio.create_task(setup.write(b"\x02\x01"))
    await until(lambda: setup.answers)
    assert not writing.done()
    await writing


async def test_adapter_is_closed_while_it_disconnects(setup: Setup) -> None:
    """A pending disconnection gets bleak's error, not a cancellation that nobody requested."""
    await setup.connect()
    setup.faults.hang_disconnect = True
    disconnecting = asyncio.create_task(setup.client.disconnect())
    await asyncio.sleep(0.02)
    assert not disconnecting.done()
    setup.central.close()
    with pytest.raises(BleakError, match="closed"):
        await disconnecting


async def test_heedless_adapter_ignores_cancellation(setup: Setup) -> None:
    """A heedless adapter completes a cancelled request before it returns."""
    await setup.connect()
    setup.faults.read_delay = 0.05
    setup.central.heedless = True
    reading = asyncio.create_task(setup.read(protocol.STATUS))
    await until(lambda: setup.peripheral.reads[protocol.STATUS])
    reading.cancel()
    assert await reading
    setup.central.heedless = False
    reading = asyncio.create_task(setup.read(protocol.STATUS))
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_unexpected_cancellations_are_counted(setup: Setup) -> None:
    """The requested number of requests end in a cancellation; the next one succeeds."""
    await setup.connect()
    setup.central.cancels = 2
    for _ in range(2):
        with pytest.raises(asyncio.CancelledError):
            await setup.read(protocol.STATUS)
    assert await setup.read(protocol.STATUS)


async def test_late_reading(setup: Setup) -> None:
    """A late reading has its old value; notifications meanwhile come first."""
    await setup.connect()
    setup.faults.read_delay = 0.03
    reading = asyncio.create_task(setup.read(protocol.STATUS))
    await until(lambda: setup.peripheral.reads[protocol.STATUS])
    setup.back.set_at_device(strength=9)
    await asyncio.sleep(0.01)
    assert not reading.done()
    assert (await reading)[2] != 9
    assert (await setup.read(protocol.STATUS))[2] == 9


async def test_late_answer(setup: Setup) -> None:
    """Until it comes the device is busy, which stop does not wait for."""
    await setup.connect()
    setup.faults.answer_delay = 0.1
    setup.faults.answers_affected = frozenset({Opcode.SET_STRENGTH})
    await setup.write(b"\x05\x01\x09")
    await setup.write(b"\x06\x02\x01")
    await asyncio.sleep(0.02)
    assert setup.answers == []
    await setup.write(b"\x02\x03")
    await until(lambda: setup.answers)
    assert setup.answers == [b"\x80\x02\x03\x00"]
    await until(lambda: len(setup.answers) == 3)
    assert sorted(setup.answers[1:]) == [b"\x80\x05\x01\x00", b"\x80\x06\x02\x06"]


@pytest.mark.parametrize("times", [0, 2])
async def test_answers_that_do_not_come_once(setup: Setup, times: int) -> None:
    """Never, or twice; only of the opcodes affected."""
    await setup.connect()
    setup.faults.answer_times = times
    setup.faults.answers_affected = frozenset({Opcode.SET_STRENGTH})
    await setup.write(b"\x05\x01\x09")
    await setup.write(b"\x02\x02")
    await until(lambda: b"\x80\x02\x02\x00" in setup.answers)
    assert setup.answers == [b"\x80\x05\x01\x00"] * times + [b"\x80\x02\x02\x00"]
    assert setup.back.requests[0].result == 0


async def test_wrong_answers(setup: Setup) -> None:
    """With another token, or another result."""
    await setup.connect()
    setup.faults.answer_token = 0x77
    setup.faults.answer_result = 0x55
    await setup.write(b"\x05\x01\x09")
    await until(lambda: setup.answers)
    assert setup.answers == [b"\x80\x05\x77\x55"]


async def test_dropped_notifications(setup: Setup) -> None:
    """Nothing indicates that one is missing."""
    await setup.connect()
    setup.faults.drop_notifications = True
    assert await setup.ask(Opcode.SET_STRENGTH, b"\x09") == 0
    assert setup.statuses == []
    assert (await setup.read(protocol.STATUS))[2] == 9


async def test_flood(setup: Setup) -> None:
    """Each notification many times."""
    await setup.connect()
    setup.faults.notification_times = 500
    assert await setup.ask(Opcode.SET_STRENGTH, b"\x09") == 0
    await until(lambda: len(setup.statuses) == 500)
    assert len(set(setup.statuses)) == 1


async def test_reordered_notifications(setup: Setup) -> None:
    """The second comes first."""
    await setup.connect()
    setup.faults.reorder_notifications = True
    for strength in range(4, 8):
        setup.back.set_at_device(strength=strength)
    await until(lambda: len(setup.statuses) == 4)
    assert [status[2] for status in setup.statuses] == [5, 4, 7, 6]
    # One waits to be overtaken as the fault ends.
    setup.back.set_at_device(strength=8)
    setup.faults.clear()
    setup.back.set_at_device(strength=9)
    await until(lambda: len(setup.statuses) == 6)
    assert [status[2] for status in setup.statuses[4:]] == [8, 9]


async def test_torn_notifications(setup: Setup) -> None:
    """The first half of each."""
    await setup.connect()
    setup.faults.tear_notifications = True
    setup.back.set_at_device(strength=5)
    await until(lambda: setup.statuses)
    assert len(setup.statuses[0]) == 8


async def test_answer_after_the_next(setup: Setup) -> None:
    """The second answer comes first; pending ones are lost with the link."""
    await setup.connect()
    setup.faults.answer_after_next = True
    await setup.write(b"\x05\x01\x09")
    await setup.write(b"\x06\x02\x01")
    await until(lambda: len(setup.answers) == 2)
    assert setup.answers == [b"\x80\x06\x02\x00", b"\x80\x05\x01\x00"]
    await setup.write(b"\x05\x03\x08")
    setup.peripheral.drop_link()
    await until(lambda: setup.disconnections)
    setup.answers.clear()
    await setup.client.connect(timeout=2)
    await setup.enable()
    await setup.write(b"\x05\x01\x07")
    await setup.write(b"\x06\x02\x02")
    await until(lambda: len(setup.answers) == 2)
    assert setup.answers == [b"\x80\x06\x02\x00", b"\x80\x05\x01\x00"]


@pytest.mark.parametrize(("octets", "arrived"), [(9, False), (10, False), (11, True)])
async def test_loss_at_an_octet(setup: Setup, octets: int, arrived: bool) -> None:
    """The value with the last octet does not arrive; the fault happens once."""
    await setup.connect()
    # A write of three octets has three of ATT and four of L2CAP before it.
    setup.faults.lose_after_octets = octets
    with pytest.raises(BleakError):
        await setup.write(b"\x05\x01\x09")
    assert (setup.back.strength == 9) is arrived
    assert setup.disconnections == 1
    assert vars(setup.faults)["lose_after_octets"] is None
    await setup.client.connect(timeout=2)
    await setup.enable()
    assert await setup.ask(Opcode.SET_STRENGTH, b"\x03") == 0


async def test_new_connection_while_the_old_one_fades(setup: Setup) -> None:
    """The new connection is independent of the old one's end."""
    setup.faults.supervision_timeout = 60
    await setup.connect()
    setup.back.switch_off()
    setup.back.switch_on()
    await setup.client.disconnect()
    setup.client = setup.new_client()
    await setup.client.connect(timeout=2)
    await setup.enable()
    assert await setup.ask(Opcode.SET_STRENGTH, b"\x03") == 0


async def test_vanishing_while_it_is_connected_to(setup: Setup) -> None:
    """Neither end keeps a connection."""
    await setup.start()
    setup.radio.air.delay = 0.02
    connecting = asyncio.create_task(setup.client.connect(timeout=0.3))
    controller = setup.radio.air.find_le_controller(setup.central.device.random_address)
    assert controller is not None
    await until(lambda: controller.le_connections)
    setup.peripheral.vanish()
    with pytest.raises((BleakError, TimeoutError)):
        await connecting
    setup.peripheral.appear()
    assert not setup.peripheral.connected
    await setup.client.connect(timeout=2)


async def test_raw_values(setup: Setup) -> None:
    """Any octets can be read, notified and indicated."""
    await setup.connect()
    setup.faults.features = b"\x02"
    setup.faults.status = b"\x09" * 40
    setup.faults.record = b"short"
    assert await setup.read(protocol.FEATURES) == b"\x02"
    assert await setup.read(protocol.STATUS) == b"\x09" * 40
    assert await setup.read(protocol.TENSION_RECORD) == b"short"
    setup.peripheral.inject_status(b"status")
    setup.peripheral.inject_stream(b"stream")
    setup.peripheral.inject_indication(b"one")
    setup.peripheral.inject_indication(b"two")
    await until(lambda: len(setup.answers) == 2)
    assert (setup.statuses, setup.fragments) == ([b"status"], [b"stream"])
    assert setup.answers == [b"one", b"two"]


async def test_missing_characteristics(setup: Setup) -> None:
    """The service lacks required characteristics."""
    setup.faults.missing = frozenset({protocol.CONTROL_POINT})
    await setup.connect()
    assert setup.client.services is not None
    assert setup.client.services.get_characteristic(protocol.CONTROL_POINT) is None
    assert setup.client.services.get_characteristic(protocol.STATUS) is not None


async def test_other_major_version(setup: Setup) -> None:
    """A build like any other."""
    await setup.connect(Build(major=2))
    assert (await setup.read(protocol.FEATURES))[0] == 2


async def test_another_protocol(setup: Setup) -> None:
    """A device named BackHug with a service of its own."""
    setup.faults.other_protocol = True
    await setup.start()
    seen: list[bytes] = []
    await setup.central.scan(
        active=True, callback=lambda adv: seen.append(bytes(adv.data))
    )
    await until(lambda: seen)
    assert b"BackHug-7F2A" in seen[-1]
    await setup.client.connect(timeout=2)
    assert setup.client.services is not None
    assert setup.client.services.get_service(protocol.SERVICE) is None
    assert setup.client.services.get_service(OTHER_SERVICE) is not None
