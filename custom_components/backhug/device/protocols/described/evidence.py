"""Evidence of a description: confidence, and test vectors that are checked whenever it is read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ...errors import MalformedError
from .description import TOKEN, Description
from .document import Entry
from .reading import octets

_CONFIDENCE: Final = ("confirmed", "tentative", "unknown")


def check_evidence(section: Entry, description: Description) -> Description:
    """Check the evidence; return the description with its unconfirmed names. Raises DescriptionError."""
    keys = section.keys(
        ("source", "confidence", "vectors"), ("source", "confidence", "vectors")
    )
    keys["source"].text(200)
    known = (
        *description.commands,
        *(f"{each.name}.{one}" for each in description.messages for one in each.fields),
    )
    confidence = {
        name: entry.choice(_CONFIDENCE)
        for name, entry in keys["confidence"].keys(known).items()
    }
    if confidence.get("stop") != "confirmed":
        raise keys["confidence"].error(
            "stop must be confirmed: try it on the device, and then say so here"
        )
    vectors = keys["vectors"].items()
    if "stop" not in [_check_vector(vector, description) for vector in vectors]:
        raise keys["vectors"].error("add a vector of stop, taken from a capture")
    return replace(
        description,
        unconfirmed=tuple(
            name for name in known if confidence.get(name) != "confirmed"
        ),
    )


def _check_vector(vector: Entry, description: Description) -> str:
    """Check a vector; return its command, or nothing."""
    keys = vector.keys(
        ("command", "with", "token", "counter", "octets", "message", "fields")
    )
    if "command" in keys:
        keys = vector.keys(
            ("command", "with", "token", "counter", "octets"), ("command", "octets")
        )
        return _check_command(keys, description)
    keys = vector.keys(("message", "octets", "fields"), ("message", "octets", "fields"))
    _check_message(keys, description)
    return ""


def _check_command(keys: dict[str, Entry], description: Description) -> str:
    name = keys["command"].choice(tuple(description.commands))
    command = description.commands[name]
    values: dict[str, object] = {}
    if (given := keys.get("with")) is not None:
        for parameter, entry in given.keys(tuple(description.parameters)).items():
            codes = description.parameters[parameter].codes
            text = entry.choice([str(value) for value in codes])
            values[parameter] = next(value for value in codes if str(value) == text)
    if missing := sorted(command.parameters - values.keys()):
        raise keys["command"].error(
            f"add the values of this vector: with: {{{missing[0]}: …}}"
        )
    first = description.framing.counter
    counter = keys.get("counter")
    number = 0 if first is None else first.first
    if counter is not None:
        if first is None:
            raise counter.error("there is no counter in the frame: delete this")
        number = counter.integer(first.first, first.last)
    frames = keys["octets"].items()
    if len(frames) != len(command.writes):
        raise keys["octets"].error(
            f"{name} writes {len(command.writes)} frames, but here are {len(frames)}"
        )
    for template, entry in zip(command.writes, frames, strict=True):
        if TOKEN in template.parts and "token" not in keys:
            raise keys["command"].error(
                'add the token of this vector, its octets: token: "…"'
            )
        payload = description.fill(template, values, octets(keys.get("token")))
        made = description.framing.encode(payload, number)
        number = number if first is None else first.after(number)
        if made != entry.octets():
            raise entry.error(
                f"the description gives {made.hex(' ')} here: correct one of them"
            )
    return name


def _check_message(keys: dict[str, Entry], description: Description) -> None:
    names = [message.name for message in description.messages]
    name, octets = keys["message"].choice(names), keys["octets"]
    try:
        payload = description.framing.decode(octets.octets())
    except MalformedError as error:
        raise octets.error(
            f"this is not a valid frame: its {error} is wrong"
        ) from error
    found = description.message(payload)
    if found is None or found.name != name:
        raise octets.error(
            f"this is not recognised as {name}, but as "
            f"{'nothing' if found is None else found.name}: correct match or size"
        )
    try:
        values = found.read(payload)
    except MalformedError as error:
        raise octets.error(f"a field cannot be read: {error}") from error
    for field, entry in keys["fields"].keys(tuple(values)).items():
        shown = "unknown" if values[field] is None else str(values[field])
        if entry.scalar() != shown:
            raise entry.error(f"{field} is read as {shown}: correct one of them")
