"""A device's GATT table, rebuilt from the discovery in a capture."""

from __future__ import annotations

from dataclasses import dataclass, field

BASE = "-0000-1000-8000-00805f9b34fb"
PRIMARY, SECONDARY, CHARACTERISTIC, CONFIGURATION, DEVICE_NAME = (
    0x2800,
    0x2801,
    0x2803,
    0x2902,
    0x2A00,
)
# Handle + value handle + properties, before the UUID.
DECLARATION = 3
# Values that name the owner's phone, the unit or the person.
IDENTIFYING = frozenset({0x2A00, 0x2A23, 0x2A25})
STANDARD_SERVICES = frozenset({0x1800, 0x1801, 0x180A, 0x180F, 0x1805, 0x1812})
PROPERTIES = {
    0x02: "read",
    0x04: "write without response",
    0x08: "write",
    0x10: "notify",
    0x20: "indicate",
}


def uuid_text(octets: bytes) -> str:
    """Return the 128-bit form of a little-endian UUID."""
    if len(octets) in {2, 4}:
        return f"{int.from_bytes(octets, 'little'):08x}{BASE}"
    text = octets[::-1].hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def short(uuid: str) -> int | None:
    """Return the number of a UUID that Bluetooth's base makes, else None."""
    return int(uuid[:8], 16) if uuid.endswith(BASE) else None


def brief(uuid: str) -> str:
    """Return a UUID as people write it."""
    number = short(uuid)
    return uuid if number is None else f"{number:04x}"


@dataclass(slots=True)
class Characteristic:
    """A characteristic; `handle` is that of its value."""

    handle: int
    uuid: str
    properties: int = 0
    service: str = ""

    @property
    def abilities(self) -> list[str]:
        """Names of its properties."""
        return [name for bit, name in PROPERTIES.items() if self.properties & bit]


@dataclass(slots=True)
class Table:
    """Services, characteristics and descriptors by handle."""

    services: dict[int, tuple[int, str]] = field(
        default_factory=dict
    )  # first handle → last, UUID
    characteristics: dict[int, Characteristic] = field(default_factory=dict)
    descriptors: dict[int, str] = field(default_factory=dict)

    def add_service(self, first: int, last: int, uuid: str) -> None:
        """Add a service as discovery reports it."""
        self.services[first] = (last, uuid)
        for characteristic in self.characteristics.values():
            if first <= characteristic.handle <= last:
                characteristic.service = uuid

    def add_characteristic(self, value: bytes) -> None:
        """Add a characteristic by the value of its declaration."""
        if len(value) in {DECLARATION + 2, DECLARATION + 16}:
            handle = int.from_bytes(value[1:3], "little")
            service = next(
                (
                    uuid
                    for first, (last, uuid) in self.services.items()
                    if first <= handle <= last
                ),
                "",
            )
            self.characteristics[handle] = Characteristic(
                handle, uuid_text(value[3:]), value[0], service
            )

    def merge(self, other: Table) -> None:
        """Take over what another connection to the same device discovered."""
        self.services |= other.services
        self.characteristics |= other.characteristics
        self.descriptors |= other.descriptors

    def is_configuration(self, handle: int) -> bool:
        """Return whether a handle is known to switch notifications on and off."""
        return short(self.descriptors.get(handle, "")) == CONFIGURATION

    def is_standard(self, handle: int) -> bool:
        """Return whether a handle lies in a service that every device has."""
        characteristic = self.characteristics.get(handle)
        return (
            characteristic is not None
            and short(characteristic.service) in STANDARD_SERVICES
        )

    def is_identifying(self, handle: int) -> bool:
        """Return whether the value names the unit."""
        characteristic = self.characteristics.get(handle)
        return characteristic is not None and short(characteristic.uuid) in IDENTIFYING

    def name(self, handle: int) -> str:
        """Return the UUID of a handle, or the handle if discovery is missing."""
        characteristic = self.characteristics.get(handle)
        return (
            brief(characteristic.uuid) if characteristic else f"handle 0x{handle:04x}"
        )
