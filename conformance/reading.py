"""The checks that only read."""

from __future__ import annotations

from struct import unpack_from

from .link import Link
from .profile import (
    CONTROL_POINT,
    FEATURES,
    INFORMATION,
    NAMES,
    PROPERTIES,
    SERVICE,
    STATUS,
    TENSION_RECORD,
    TENSION_STREAM,
    Features,
    is_name,
)
from .report import Clause
from .surroundings import Advertisement

_TENSION = {TENSION_STREAM, TENSION_RECORD}
_NOTHING = 255


def check_advertisement(link: Link, heard: Advertisement) -> None:
    """Check the name and the advertised service."""
    name = heard.name or ""
    link.report.expect(
        Clause.NAME,
        is_name(name),
        f"the local name is “{name}”",
    )
    link.report.expect(
        Clause.SERVICE_ADVERTISED,
        SERVICE in heard.services,
        f"advertised: {', '.join(heard.services) or 'no service'}",
    )


async def check_reading(link: Link) -> bool:
    """Check all that can be read; return whether there is a device to go on with."""
    if not _check_present(link):
        return False
    features = await _check_features(link)
    if features is None:
        return False
    link.features = features
    _check_properties(link, features)
    await _check_information(link)
    await link.status()
    await _check_first_record(link, features)
    return True


def _check_present(link: Link) -> bool:
    service = link.client.services.get_service(SERVICE)
    if not link.report.expect(
        Clause.PRESENT, service is not None, "the service is missing"
    ):
        return False
    missing = [
        NAMES[uuid] for uuid in (FEATURES, STATUS, CONTROL_POINT) if not link.find(uuid)
    ]
    return link.report.expect(
        Clause.PRESENT, not missing, f"missing: {', '.join(missing)}"
    )


async def _check_features(link: Link) -> Features | None:
    value = await link.read(FEATURES) or b""
    try:
        features = Features.read(value)
    except ValueError as error:
        link.report.expect(Clause.FEATURES_LENGTH, False, str(error))
        return None
    link.report.expect(Clause.FEATURES_LENGTH, True, "")
    if not link.report.expect(
        Clause.VERSION, features.major == 1, f"the major version is {features.major}"
    ):
        return None
    contradictions = features.contradictions()
    for contradiction in contradictions:
        link.report.expect(Clause.BOUNDS, False, contradiction)
    if contradictions:
        return None
    link.report.expect(Clause.BOUNDS, True, "")
    return features


def _check_properties(link: Link, features: Features) -> None:
    there = {uuid for uuid in _TENSION if link.find(uuid)}
    wanted = _TENSION if features.measures_tension else set()
    link.report.expect(
        Clause.TENSION_PRESENT,
        there == wanted,
        f"tension is {'' if wanted else 'not '}measured; "
        f"there: {', '.join(sorted(NAMES[uuid] for uuid in there)) or 'none'}",
    )
    every = set().union(*PROPERTIES.values()) | {"write-without-response"}
    for uuid, properties in PROPERTIES.items():
        if (characteristic := link.find(uuid)) is not None:
            found = every & set(characteristic.properties)
            link.report.expect(
                Clause.PROPERTIES,
                found == properties,
                f"{NAMES[uuid]}: {', '.join(sorted(found))}",
            )


async def _check_information(link: Link) -> None:
    for uuid, name in INFORMATION.items():
        if (value := await link.read(uuid)) is not None:
            try:
                text = value.decode()
            except UnicodeDecodeError:
                text = "\0"
            link.report.expect(
                Clause.INFORMATION,
                text.rstrip("\0").isprintable() and text != "\0",
                f"{name}: {value.hex(' ')}",
            )


async def _check_first_record(link: Link, features: Features) -> None:
    """Before the first session the record is empty."""
    if (await link.status()).session:
        return
    if (record := await link.read(TENSION_RECORD)) is not None:
        fingers = features.fingers
        empty = bytes((0, 0, 0, 0, 0, fingers)) + bytes((_NOTHING,)) * 2 * fingers
        link.report.expect(
            Clause.RECORD,
            record[: len(empty)] == empty,
            "there was no session, and the record is not empty",
        )


async def check_record(link: Link, session: int, *, before: bool) -> None:
    """Check the record of a session that did not complete; with or without *before*."""
    features = link.features
    assert features is not None
    record = await link.read(TENSION_RECORD)
    if record is None:
        return
    size = 6 + 2 * features.fingers
    if not link.report.expect(
        Clause.RECORD, len(record) >= size, f"{len(record)} octets, not {size}"
    ):
        return
    number, flags, fingers = unpack_from("<IBB", record)
    link.report.expect(
        Clause.RECORD,
        (number, flags, fingers) == (session, int(before), features.fingers),
        f"session {number}, flags {flags}, {fingers} fingers; "
        f"expected: {session}, {int(before)}, {features.fingers}",
    )
    unmeasured = record[6 + (features.fingers if before else 0) : size]
    link.report.expect(
        Clause.RECORD,
        set(unmeasured) == {_NOTHING},
        "efforts that were not measured are not 255",
    )
