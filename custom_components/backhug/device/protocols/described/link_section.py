"""Reads the match and the link of a description."""

from __future__ import annotations

import re
from typing import Final

from .description import Link, Match
from .document import Entry
from .reading import boolean, choice, hex_pattern, integer, items, number

_SHARED: Final = re.compile(
    r"0000(?:ffe0|fff0|ffe5|fee9)-0000-1000-8000-00805f9b34fb"
    r"|6e400001-b5a3-f393-e0a9-e50e24dcca9e"
)
"""Services in use by many makers."""


def read_match(section: Entry) -> Match:
    """Read by which signals a device is recognised."""
    keys = section.keys(
        (
            *("name", "services", "manufacturer", "manufacturer_data"),
            *("characteristics", "model"),
        )
    )
    if not keys.keys() & {"name", "services", "manufacturer"}:
        raise section.error(
            "add name, services or manufacturer: what the device advertises"
        )
    if "manufacturer_data" in keys and "manufacturer" not in keys:
        raise keys["manufacturer_data"].error("add manufacturer to it")
    services = frozenset(each.uuid() for each in items(keys.get("services")))
    if keys.keys() == {"services"} and all(map(_SHARED.fullmatch, services)):
        raise keys["services"].error(
            "thousands of products advertise this service: add another signal, such as name"
        )
    data = keys.get("manufacturer_data")
    name, model = keys.get("name"), keys.get("model")
    company = keys.get("manufacturer")
    return Match(
        name="" if name is None else name.text(40),
        services=services,
        manufacturer=None if company is None else company.integer(0, 65535),
        manufacturer_data=() if data is None else hex_pattern(data),
        characteristics=frozenset(
            each.uuid() for each in items(keys.get("characteristics"))
        ),
        model="" if model is None else model.text(40),
    )


def read_link(section: Entry) -> Link:
    """Read the service and the characteristics."""
    keys = section.keys(
        (
            *("service", "write", "response", "notify", "read"),
            *("chunk", "gap", "pairing"),
        ),
        ("service", "write"),
    )
    notify, state = keys.get("notify"), keys.get("read")
    notifying = (
        []
        if notify is None
        else [each.uuid() for each in (notify.items() if notify.is_list else [notify])]
    )
    return Link(
        service=keys["service"].uuid(),
        write=keys["write"].uuid(),
        response=boolean(keys.get("response"), default=True),
        notify=notifying[0] if notifying else None,
        notify_more=tuple(notifying[1:]),
        read=None if state is None else state.uuid(),
        chunk=integer(keys.get("chunk"), 20, 512, 20),
        gap=number(keys.get("gap"), 0, 1, 0),
        pairing=choice(keys.get("pairing"), ("none", "just_works")) != "none",
    )
