"""Reads the messages of a description."""

from __future__ import annotations

import re
from typing import Final

from ...model import Area, Fault, Flow, State
from .description import Field, FieldValue, Link, Message
from .document import Entry
from .reading import Payloads, endian, integer, is_bcd, items, number_size

ENUMS: Final[dict[str, tuple[State | Area | Flow | Fault, ...]]] = {
    "state": tuple(state for state in State if state is not State.UNKNOWN),
    "area": tuple(Area),
    "flow": tuple(Flow),
    "fault": tuple(fault for fault in Fault if fault is not Fault.UNKNOWN),
}
"""Fields whose values have names."""
_FIELDS: Final = (
    *ENUMS,
    *("strength", "length", "seconds_left", "session", "occupied", "leg_rest_raised"),
)

_LARGEST: Final = 0xFFFF_FFFF


class MessageReader:
    """Reads messages with their fields."""

    def __init__(self, payloads: Payloads) -> None:
        """Take how payloads are written."""
        self._payloads = payloads

    def messages(self, section: Entry | None, link: Link) -> tuple[Message, ...]:
        """Return all messages, in their order."""
        messages: list[Message] = []
        for item in items(section):
            if link.notify is None:
                assert section is not None
                raise section.error("add link.notify, where messages come from")
            messages.append(self._message(item))
            if messages[-1].name in [each.name for each in messages[:-1]]:
                raise item.error(f"{messages[-1].name} is here twice: rename one")
        return tuple(messages)

    def _message(self, item: Entry) -> Message:
        keys = item.keys(
            ("name", "match", "size", "split", "fields", "unknown"), ("name",)
        )
        if not keys.keys() & {"match", "size"}:
            raise item.error("add match or size, to recognise the message by")
        name = keys["name"].text(40)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise keys["name"].error("use lower-case letters, digits and _")
        match, size, split = keys.get("match"), keys.get("size"), keys.get("split")
        pattern = () if match is None else self._payloads.pattern(match)
        if self._payloads.text != (split is not None) and ("fields" in keys or split):
            raise item.error(
                'add split, such as ","'
                if self._payloads.text
                else "split is for text lines"
            )
        fields = {}
        if (entry := keys.get("fields")) is not None:
            fields = {
                one: self._field(one, each) for one, each in entry.keys(_FIELDS).items()
            }
        octets = None if size is None else size.integer(1, 255)
        unknown = {each.integer(0, 255) for each in items(keys.get("unknown"))}
        if octets is not None and not self._payloads.text:
            covered = unknown | {
                at for at, octet in enumerate(pattern) if octet is not None
            }
            for each in fields.values():
                covered.update(range(each.octet, each.octet + each.size))
            if missing := set(range(octets)) - covered:
                raise item.error(
                    f"octet {min(missing)} is not explained: add it to unknown"
                )
            if beyond := covered - set(range(octets)):
                raise item.error(f"octet {max(beyond)} is beyond the size of {octets}")
        return Message(
            name,
            pattern,
            octets,
            b"" if split is None else split.quoted().encode(),
            fields,
        )

    def _field(self, name: str, entry: Entry) -> Field:
        keys = entry.keys(
            ("part", "map", "scale", "add")
            if self._payloads.text
            else (
                *("octet", "size", "endian", "bits"),
                *("map", "scale", "add", "encoding"),
            ),
            ("part",) if self._payloads.text else ("octet",),
        )
        codes: dict[bytes, FieldValue] | None = None
        if name in ENUMS and "map" not in keys:
            raise entry.error("map is missing: add it here")
        size = number_size(keys.get("size"))
        if "map" in keys and "encoding" in keys:
            raise keys["encoding"].error("a map has no encoding: delete one of them")
        if "map" in keys:
            codes = {}
            for code, value in keys["map"].pairs():
                octets = self._payloads.payload(code)
                if len(octets) != size and not self._payloads.text:
                    raise code.error(f"write {size} octet here, as size says")
                codes[octets] = (
                    {each.value: each for each in ENUMS[name]}[
                        value.choice([each.value for each in ENUMS[name]])
                    ]
                    if name in ENUMS
                    else value.integer(0, _LARGEST)
                )
        bits = None
        if "bits" in keys:
            found = [each.integer(0, 7) for each in keys["bits"].items()]
            if (
                len(found) != len(("lowest", "highest"))
                or found[0] > found[1]
                or size > 1
            ):
                raise keys["bits"].error("write the lowest and highest bit: [0, 3]")
            bits = (found[0], found[1])
        return Field(
            octet=keys["part" if self._payloads.text else "octet"].integer(0, 255),
            size=size,
            endian=endian(keys.get("endian")),
            bits=bits,
            scale=integer(keys.get("scale"), 1, 600, 1),
            add=integer(keys.get("add"), -255, 255, 0),
            codes=codes,
            bcd=is_bcd(keys.get("encoding")),
        )
