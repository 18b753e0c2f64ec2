"""The build of a BackHug: its numbers, features and identity."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

LONGEST_SESSION = 60
"""Minutes: nobody ever asks for more, whatever a device offers (Features)."""


class Area(IntEnum):
    """Area codes (profile: Features)."""

    FULL_BACK = 0
    UPPER_BACK = 1
    MID_BACK = 2
    LOWER_BACK = 3
    SHOULDER_BLADES = 4
    ALONG_THE_SPINE = 5
    LEFT_SIDE = 6
    RIGHT_SIDE = 7


class Flow(IntEnum):
    """How the fingers move (profile: Features)."""

    SLOW = 0
    MEDIUM = 1
    FAST = 2
    WAVE = 3
    PULSE = 4


class Info(StrEnum):
    """The strings of the Device Information service, each of which may be missing."""

    MANUFACTURER = "manufacturer"
    MODEL = "model"
    SERIAL = "serial"
    FIRMWARE = "firmware"
    HARDWARE = "hardware"


@dataclass(frozen=True)
class Build:
    """The build of one BackHug; ValueError for values that the profile does not allow.

    Areas and flows may hold codes that the profile does not know (0-15). A device whose
    Features contradict the profile is made with `Faults.features`, not here.
    """

    name: str = "BackHug-7F2A"
    address: str = "C0:FF:EE:00:7F:2A"
    """Static random: its two highest bits are set."""
    strengths: int = 10
    fingers: int = 28
    areas: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    flows: tuple[int, ...] = (0, 1, 2, 3)
    shortest: int = 5
    """Minutes."""
    longest: int = 60
    """Minutes; may be above 60, which still nobody asks for."""
    can_pause: bool = True
    senses_occupancy: bool = True
    reports_leg_rest: bool = True
    measures_tension: bool = True
    major: int = 1
    minor: int = 0
    manufacturer: str | None = "BackHug simulator"
    model: str | None = "Simulated BackHug"
    serial: str | None = "SIM-7F2A"
    firmware: str | None = "1.0.0"
    hardware: str | None = "A"
    encrypted: bool = False
    """Requests other than stop need an encrypted link."""
    mtu: int = 247
    """The largest ATT MTU that the device takes part in, 23-517."""

    def __post_init__(self) -> None:
        """Refuse values outside the bounds of the profile's Features."""
        checks = {
            "strengths must be 1-20": 1 <= self.strengths <= 20,  # noqa: PLR2004
            "fingers must be even, 2-64": (
                2 <= self.fingers <= 64 and self.fingers % 2 == 0  # noqa: PLR2004
            ),
            "areas must be codes 0-15, at least one": _codes(self.areas),
            "flows must be codes 0-15, at least one": _codes(self.flows),
            "lengths must be 1 <= shortest <= longest <= 255, shortest <= 60": (
                1 <= self.shortest <= self.longest <= 255  # noqa: PLR2004
                and self.shortest <= LONGEST_SESSION
            ),
            "versions must be 0-255": (
                self.major in range(256) and self.minor in range(256)
            ),
            "the MTU must be 23-517": 23 <= self.mtu <= 517,  # noqa: PLR2004
            "the address must be static random": (
                int(self.address[:2], 16) & 0xC0 == 0xC0  # noqa: PLR2004
            ),
        }
        for message, holds in checks.items():
            if not holds:
                raise ValueError(message)

    @property
    def longest_allowed(self) -> int:
        """The longest session in minutes that a request may ask for."""
        return min(self.longest, LONGEST_SESSION)

    def info(self, item: Info) -> str | None:
        """Return a string of the Device Information service, None where missing."""
        value: str | None = getattr(self, item.value)
        return value


def _codes(codes: tuple[int, ...]) -> bool:
    """Say whether these fit the 16 bits of areas or flows, at least one."""
    return bool(codes) and all(code in range(16) for code in codes)
