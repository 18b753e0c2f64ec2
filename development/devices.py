"""The simulated BackHugs of the development instance, and the actions on them."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Protocol, override

from simulator.back import Area, Back, Build, Clock, Flow, Observer, Result
from simulator.model import Opcode, Request
from simulator.peripheral import Peripheral
from simulator.radio import Radio

ONE_WAY_DELAY = 0.015
"""Seconds; makes the virtual link about as slow as a real one."""
ADAPTER = "00:1A:7D:DA:71:13"
"""The public address of the adapter where Linux reaches the devices; of a maker of many."""
RECORDED = 20
"""Requests that are shown: those of a session or two."""
OFF = "off"

FIRST = Build(
    name="BackHug",
    address="C0:FF:EE:00:7F:2A",
    strengths=10,
    fingers=28,
    areas=tuple(Area),
    flows=tuple(Flow),
    serial="SIM-7F2A",
)
SECOND = Build(
    name="BackHug-26C4",
    address="C0:FF:EE:00:26:C4",
    strengths=6,
    fingers=26,
    areas=(Area.FULL_BACK, Area.UPPER_BACK, Area.LOWER_BACK),
    flows=(Flow.SLOW, Flow.WAVE),
    shortest=10,
    longest=40,
    can_pause=False,
    serial="SIM-26C4",
    model="Simulated BackHug of 2023",
)


class RefusedError(Exception):
    """The device refused an action; the message is its result."""


class Controls(Protocol):
    """Interface of a simulated device to its controls, in this process or another."""

    @property
    def build(self) -> Build:
        """How it is built."""

    @property
    def shown(self) -> Mapping[str, Any]:
        """Snapshot: state, switches, and in "known" the internal state."""

    async def perform(self, action: str) -> None:
        """Perform one of `ACTIONS`; RefusedError if the device refuses."""

    def observe(self, refresh: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to changes of the snapshot; return the function that unsubscribes."""


class Record(Observer):
    """The requests to a device, each with the time of its session without pauses."""

    def __init__(self, back: Back) -> None:
        """Record the newest requests."""
        self.requests: deque[dict[str, Any]] = deque(maxlen=RECORDED)
        self._back = back

    @override
    def request_received(self, entry: Request) -> None:
        status = self._back.status()
        self.requests.append(
            {
                "session": status.session_number,
                "second": status.length - status.seconds_left,
                "request": (
                    Opcode(entry.opcode).name.lower()
                    if entry.opcode in Opcode
                    else str(entry.opcode)
                ),
                "parameters": list(entry.parameters),
            }
        )


class _Follower(Observer):
    """Calls back on changes of status and power."""

    def __init__(self, refresh: Callable[[], None]) -> None:
        self._refresh = refresh

    @override
    def status_changed(self) -> None:
        self._refresh()

    @override
    def power_changed(self) -> None:
        self._refresh()


@dataclass
class Device(Controls):
    """One simulated BackHug, and it on the air."""

    back: Back
    peripheral: Peripheral
    in_reach: bool = True
    record: Record = field(init=False)

    def __post_init__(self) -> None:
        """Record from the beginning."""
        self.record = Record(self.back)
        self.back.observe(self.record)

    @property
    @override
    def build(self) -> Build:
        return self.back.build

    def switch_on(self) -> None:
        """Switch it on, where it is."""
        self.back.switch_on()
        if not self.in_reach:
            self.peripheral.vanish()

    def carry_away(self) -> None:
        """Take it out of reach silently; it keeps running."""
        self.in_reach = False
        self.peripheral.vanish()

    def bring_back(self) -> None:
        """Bring it into reach again."""
        self.in_reach = True
        if self.back.powered:
            self.peripheral.appear()

    def start(self) -> None:
        """Start as the device's own button does: with the settings of last time."""
        result = self.back.start_at_device(self.back.length // 60)
        if result is not Result.DONE:
            raise RefusedError(result.name.lower().replace("_", " "))

    @property
    @override
    def shown(self) -> dict[str, Any]:
        """Snapshot: state, switches, and in "known" the rest of what the device itself knows."""
        back, status = self.back, self.back.status()
        return {
            "state": back.state.name.lower() if back.powered else OFF,
            "power": back.powered,
            "in_reach": self.in_reach,
            "occupied": back.occupied,
            "known": {
                "strength": status.strength,
                "area": _name(Area, status.area),
                "flow": _name(Flow, status.flow),
                "length_minutes": status.length // 60,
                "seconds_left": status.seconds_left,
                "session_number": status.session_number,
                "last_end": status.last_end.name.lower(),
                "occupied": back.occupied,
                "leg_rest_raised": back.leg_rest_raised,
                "fault": status.fault.name.lower(),
                "connected": self.peripheral.connected,
                "requests": list(self.record.requests),
                "speed": back.clock.speed,
            },
        }

    @override
    async def perform(self, action: str) -> None:
        ACTIONS[action](self)

    @override
    def observe(self, refresh: Callable[[], None]) -> Callable[[], None]:
        return self.back.observe(_Follower(refresh))


ACTIONS: dict[str, Callable[[Device], None]] = {
    "start": Device.start,
    "stop": lambda device: device.back.stop_at_device(),
    "block_finger": lambda device: device.back.block_finger(),
    "clear_fault": lambda device: device.back.clear_fault(),
    "drop_link": lambda device: device.peripheral.drop_link(),
    "power_on": Device.switch_on,
    "power_off": lambda device: device.back.switch_off(),
    "in_reach_on": Device.bring_back,
    "in_reach_off": Device.carry_away,
    "occupied_on": lambda device: device.back.lie_down(),
    "occupied_off": lambda device: device.back.get_up(),
}


def make_devices(radio: Radio, speed: float, *builds: Build) -> list[Device]:
    """Create a device for each build, with somebody on the first; none is on the air yet."""
    backs = [
        Back(build, Clock(speed), seed=seed) for seed, build in enumerate(builds, 1)
    ]
    backs[0].lie_down()
    return [Device(back, Peripheral(back, radio)) for back in backs]


def _name(kind: type[IntEnum], code: int) -> str:
    """Return the name of a code, or the code itself where the profile has none."""
    return kind(code).name.lower() if code in kind else str(code)
