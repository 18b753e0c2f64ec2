"""The link between a central and the simulated BackHug: pairing, loss, caches."""

import asyncio

from bleak.exc import BleakError, BleakGATTProtocolError
import pytest

from simulator import protocol
from simulator.back import Back, Build, End, ManualClock, Opcode, State
from simulator.bleak_client import SimulatedClient
from simulator.central import Central
from simulator.controller import AirController
from simulator.peripheral import Peripheral
from simulator.radio import Radio

from .conftest import Setup
from .gatt_requests import START
from .waiting import INTERVAL, until


async def test_encryption(setup: Setup) -> None:
    """Requests other than stop need pairing, once; a bond outlives the connection."""
    await setup.connect(Build(encrypted=True))
    with pytest.raises(BleakGATTProtocolError) as error:
        await setup.write(b"\x05\x01\x02")
    assert error.value.args[0] == 0x05
    assert await setup.ask(Opcode.STOP) == 0
    await setup.client.pair()
    assert setup.peripheral.encrypted
    assert await setup.ask(Opcode.SET_STRENGTH, b"\x02") == 0

    await setup.client.disconnect()
    await until(lambda: not setup.peripheral.connected)
    await setup.client.connect()
    await setup.enable()
    assert setup.peripheral.encrypted
    assert await setup.ask(Opcode.SET_STRENGTH, b"\x03") == 0


async def test_encryption_is_asked_for_first(setup: Setup) -> None:
    """Enabling indications needs none, and is looked at second."""
    await setup.start(Build(encrypted=True))
    await setup.client.connect()
    with pytest.raises(BleakGATTProtocolError) as error:
        await setup.write(b"\x05\x01\x02")
    assert error.value.args[0] == 0x05


async def test_peripheral_forgets_a_bond(setup: Setup) -> None:
    """The connection works unencrypted, and pairing again mends it."""
    await setup.connect(Build(encrypted=True))
    await setup.client.pair()
    await setup.client.disconnect()
    await until(lambda: not setup.peripheral.connected)
    setup.peripheral.forget_bonds()
    await setup.client.connect()
    await setup.enable()
    with pytest.raises(BleakGATTProtocolError) as error:
        await setup.write(b"\x05\x01\x02")
    assert error.value.args[0] == 0x05
    await setup.client.pair()
    assert await setup.ask(Opcode.SET_STRENGTH, b"\x02") == 0


async def test_bonded_but_not_encrypted(setup: Setup) -> None:
    """A client that does not use its bond gets 0x0F."""
    await setup.connect(Build(encrypted=True))
    await setup.client.pair()
    await setup.client.unpair()
    await setup.client.disconnect()
    await until(lambda: not setup.peripheral.connected)
    await setup.client.connect()
    with pytest.raises(BleakGATTProtocolError) as error:
        await setup.write(b"\x05\x01\x02")
    assert error.value.args[0] == 0x0F


async def test_connect_with_pairing(setup: Setup) -> None:
    """As bleak asks for it."""
    await setup.start()
    await setup.client.connect(pair=True)
    assert setup.peripheral.encrypted


async def test_one_connection_at_a_time(setup: Setup) -> None:
    """It does not advertise while connected, so no other client connects."""
    await setup.connect()
    other = Central(setup.radio, "F0:00:00:00:5C:02")
    await other.start()
    second = setup.new_client(other)
    with pytest.raises(TimeoutError):
        await second.connect(timeout=0.1)
    await setup.client.disconnect()
    await second.connect(timeout=2)
    assert second.is_connected
    other.close()


async def test_two_centrals_at_the_same_moment(setup: Setup) -> None:
    """One of them gets through, the other learns that it did not."""
    await setup.start()
    other = Central(setup.radio, "F0:00:00:00:5C:02")
    await other.start()
    outcomes = await asyncio.gather(
        setup.client.connect(timeout=0.5),
        setup.new_client(other).connect(timeout=0.5),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "BleakError",
        "NoneType",
    ]
    assert setup.central.free + other.free == 5
    other.close()


async def test_advertising_while_connected(setup: Setup) -> None:
    """It may go on advertising, but not as connectable."""
    await setup.connect(advertise_while_connected=True)
    other = Central(setup.radio, "F0:00:00:00:5C:02")
    await other.start()
    seen: set[bool] = set()
    await other.scan(active=False, callback=lambda adv: seen.add(adv.is_connectable))
    await until(lambda: seen)
    assert seen == {False}
    other.close()


async def test_several_devices_and_centrals() -> None:
    """Everybody can talk with everybody at once."""
    radio = Radio(delay=0.001)
    backs = [
        Back(Build(name=f"BackHug-{n}", address=f"C0:FF:EE:00:00:0{n}"), ManualClock())
        for n in range(1, 4)
    ]
    peripherals = [Peripheral(back, radio, interval=INTERVAL) for back in backs]
    centrals = [Central(radio, f"F0:00:00:00:5C:0{n}") for n in range(2)]
    for peripheral in peripherals:
        await peripheral.start()
    for central in centrals:
        await central.start()
    clients = [
        SimulatedClient(back.build.address, central=centrals[number % 2])
        for number, back in enumerate(backs)
    ]
    await asyncio.gather(*(client.connect(timeout=3) for client in clients))
    for number, (client, back) in enumerate(zip(clients, backs, strict=True)):
        back.set_at_device(strength=number + 1)
        assert client.services is not None
        status = client.services.get_characteristic(protocol.STATUS)
        assert status is not None
        assert (await client.read_gatt_char(status))[2] == number + 1
    for central in centrals:
        central.close()
    for peripheral in peripherals:
        await peripheral.stop()
    await radio.close()


async def test_disconnect(setup: Setup) -> None:
    """Both ends know, the slot is free, the callback was called once."""
    await setup.connect()
    assert setup.central.free == 2
    await setup.client.disconnect()
    assert not setup.client.is_connected
    assert setup.disconnections == 1
    assert setup.central.free == 3
    await until(lambda: not setup.peripheral.connected)
    await setup.client.disconnect()
    assert setup.disconnections == 1


async def test_absent_peer(setup: Setup) -> None:
    """A connect to it times out, and leaves the next one possible."""
    await setup.start()
    absent = SimulatedClient("C0:00:00:00:00:99", central=setup.central)
    with pytest.raises(TimeoutError):
        await absent.connect(timeout=0.05)
    await setup.client.connect(timeout=2)
    assert setup.client.is_connected


async def test_cancelled_connect(setup: Setup) -> None:
    """A cancelled connect leaves nothing behind."""
    await setup.start()
    absent = SimulatedClient("C0:00:00:00:00:99", central=setup.central)
    task = asyncio.create_task(absent.connect(timeout=5))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert setup.central.free == 3
    await setup.client.connect(timeout=2)


async def test_adapter_closed_while_connecting(setup: Setup) -> None:
    """A pending connect fails at once."""
    await setup.start()
    absent = SimulatedClient("C0:00:00:00:00:99", central=setup.central)
    task = asyncio.create_task(absent.connect(timeout=5))
    await asyncio.sleep(0.02)
    setup.central.close()
    with pytest.raises(BleakError, match="closed"):
        await task
    with pytest.raises(BleakError, match="not started"):
        await setup.client.connect(timeout=5)
    assert setup.central.free == 3


async def test_a_connect_cancelled_at_any_moment(setup: Setup) -> None:
    """Whenever it is cancelled, the next one works."""
    await setup.start()
    for milliseconds in range(0, 30, 2):
        client = setup.new_client()
        task = asyncio.create_task(client.connect(timeout=5))
        await asyncio.sleep(milliseconds / 1000)
        task.cancel()
        await asyncio.wait({task})
        if client.is_connected:
            await client.disconnect()
    await setup.client.connect(timeout=2)
    assert setup.central.allocated == [setup.back.build.address]


async def test_supervision_loss(setup: Setup) -> None:
    """A vanished device is lost after the supervision timeout; a request fails then."""
    await setup.connect()
    setup.peripheral.vanish()
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(BleakError, match="lost"):
        await setup.read(protocol.STATUS)
    assert 0.15 < loop.time() - started < 1
    assert setup.disconnections == 1
    assert not setup.peripheral.connected
    setup.peripheral.appear()
    await setup.client.connect(timeout=2)
    assert await setup.read(protocol.STATUS)


async def test_fading(setup: Setup) -> None:
    """A device back in time was only slow."""
    await setup.connect()
    setup.peripheral.vanish()
    reading = asyncio.create_task(setup.read(protocol.STATUS))
    await asyncio.sleep(0.05)
    assert not reading.done()
    setup.peripheral.appear()
    assert len(await reading) == 16
    await asyncio.sleep(0.25)
    assert setup.client.is_connected


async def test_power_off(setup: Setup) -> None:
    """Off is gone from the air; the link is lost, and on brings it back."""
    await setup.connect()
    setup.back.lie_down()
    assert await setup.ask(Opcode.START, START) == 0
    setup.back.switch_off()
    await until(lambda: not setup.client.is_connected)
    with pytest.raises(TimeoutError):
        await setup.client.connect(timeout=0.1)
    setup.back.switch_on()
    await setup.client.connect(timeout=2)
    await setup.enable()
    assert (await setup.read(protocol.STATUS))[14] == End.POWER_LOST


async def test_quick_power_cycle(setup: Setup) -> None:
    """The client's end of the link is lost all the same."""
    await setup.connect()
    setup.back.switch_off()
    setup.back.switch_on()
    await until(lambda: not setup.client.is_connected)
    await setup.client.connect(timeout=2)
    assert setup.peripheral.connections == 2


async def test_started_without_power(setup: Setup) -> None:
    """A peripheral may be switched on later."""
    setup.back = Back(Build(), setup.clock)
    setup.back.switch_off()
    setup.peripheral = Peripheral(setup.back, setup.radio, interval=INTERVAL)
    await setup.peripheral.start()
    setup.central = Central(setup.radio, "F0:00:00:00:5C:01")
    await setup.central.start()
    setup.client = setup.new_client()
    with pytest.raises(TimeoutError):
        await setup.client.connect(timeout=0.1)
    setup.back.switch_on()
    await setup.client.connect(timeout=2)


async def test_dropped_link(setup: Setup) -> None:
    """The device may end a connection; a session goes on."""
    await setup.connect()
    setup.back.lie_down()
    assert await setup.ask(Opcode.START, START) == 0
    setup.peripheral.drop_link()
    await until(lambda: not setup.client.is_connected)
    assert setup.back.state is State.SCANNING
    await setup.client.connect(timeout=2)


async def test_services_are_gone_with_the_link(setup: Setup) -> None:
    """So that bleak finds no characteristic any more, as with a proxy."""
    await setup.connect()
    status = setup.find(protocol.STATUS)
    setup.peripheral.drop_link()
    await until(lambda: not setup.client.is_connected)
    assert setup.client.services is not None
    assert setup.client.services.get_characteristic(protocol.STATUS) is None
    with pytest.raises(BleakError, match="not connected"):
        await setup.client.read_gatt_char(status)


async def test_cached_services(setup: Setup) -> None:
    """A cached connection discovers nothing, and reports an MTU of 23."""
    await setup.connect()
    await setup.client.disconnect()
    await setup.client.connect(dangerous_use_bleak_cache=True)
    assert setup.client.mtu_size == 23
    assert len(await setup.read(protocol.STATUS)) == 16
    await setup.client.disconnect()
    assert await setup.client.clear_cache()
    await setup.client.connect(dangerous_use_bleak_cache=True)
    assert setup.client.mtu_size == 247


async def test_stale_cache(setup: Setup) -> None:
    """After a firmware change cached handles are wrong until the cache is cleared."""
    await setup.connect()
    await setup.peripheral.restart(Build(serial=None, firmware="2.0", fingers=24))
    await until(lambda: not setup.client.is_connected)
    await setup.client.connect(timeout=2, dangerous_use_bleak_cache=True)
    with pytest.raises(BleakError):
        await setup.read(protocol.TENSION_RECORD)
    await setup.client.clear_cache()
    await setup.client.disconnect()
    await setup.client.connect(timeout=2)
    assert (await setup.read(protocol.FEATURES))[3] == 24


async def test_no_free_slot(setup: Setup) -> None:
    """More connections than slots are refused."""
    await setup.start()
    setup.central.slots = 0
    with pytest.raises(BleakError, match="slot"):
        await setup.client.connect()


async def test_out_of_reach(setup: Setup) -> None:
    """A path may be too long."""
    await setup.start()
    setup.radio.set_rssi(setup.central.address, setup.back.build.address, None)
    with pytest.raises(TimeoutError):
        await setup.client.connect(timeout=0.1)
    setup.radio.set_rssi(setup.central.address, setup.back.build.address, -80)
    await setup.client.connect(timeout=2)


async def test_delay(setup: Setup) -> None:
    """With a delay a write takes twice that long."""
    setup.radio.air.delay = 0.02
    await setup.connect()
    loop = asyncio.get_running_loop()
    started = loop.time()
    await setup.write(b"\x02\x01")
    assert 0.035 < loop.time() - started < 0.2
    await until(lambda: setup.answers)


async def test_stopping_at_any_moment() -> None:
    """Whatever is pending, a removed device no longer advertises."""
    for steps in range(25):
        radio = Radio()
        peripheral = Peripheral(Back(Build(), ManualClock()), radio, interval=INTERVAL)
        await peripheral.start()
        peripheral.back.switch_off()
        peripheral.back.switch_on()
        for _ in range(steps):
            await asyncio.sleep(0)
        (controller,) = radio.air.controllers
        assert isinstance(controller, AirController)
        await peripheral.stop()
        await radio.close()
        # As a command would that was still on its way.
        controller.advertiser.start()
        assert controller.advertiser.timer_handle is None
