"""Writes the description, with test vectors, and says what is missing for a safe first session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
import re

from .analysis.cautions import FoundCommand
from .analysis.messages import FoundMessage
from .analysis.reported import field_value
from .analysis.wire import Wire
from .draft import SHARED_SERVICES, command_value
from .proposal import Draft, Verdict
from .yaml_writer import to_yaml

MOST_VECTORS = 4  # of one message
PAIRS = (("strength_up", "strength_down"), ("pause", "resume"))
PARAMETER = re.compile(r"{([a-z]+)}")
FRAME_PARTS = ("checksum", "counter")


@dataclass(slots=True)
class Description:
    """The description as far as it goes; `text` is empty if there cannot be one yet."""

    text: str
    blocking: list[str] = field(
        default_factory=list
    )  # without these there is no description
    missing: list[str] = field(default_factory=list)  # what the device will lack


def describe(draft: Draft) -> Description:
    """Write the description of what is not left open."""
    blocking = list(_blocking(draft))
    missing = list(_missing(draft))
    if blocking:
        return Description("", blocking, missing)
    return Description(to_yaml(build(draft)), blocking, missing)


def build(draft: Draft) -> dict[str, object]:
    """Return the description as data, in the order of its documentation."""
    wire = draft.study.wire
    assert wire is not None
    data: dict[str, object] = {"format": 1, "name": draft.used("name") or "My BackHug"}
    data |= {key: draft.used(key) for key in ("match", "link")}
    frame = draft.used("frame")
    if isinstance(frame, dict):
        parts = {
            part: value
            for part in FRAME_PARTS
            if (value := draft.used(f"frame.{part}")) is not None
        }
        frame = (
            {key: value for key, value in frame.items() if key != "escape"}
            | parts
            | _only(frame, "escape")
        )
        if frame != {"kind": "raw"}:
            data["frame"] = frame
    session = {
        part: value
        for part in ("handshake", "keep_alive")
        if (value := draft.used(f"session.{part}"))
    }
    if session:
        data["session"] = session
    commands = usable_commands(draft)
    used = set(PARAMETER.findall(str(commands)))
    parameters = {
        name: spec
        for name, spec in _section(draft, "parameters").items()
        if name in used
    }
    data |= {
        section: found
        for section, found in (("parameters", parameters), ("commands", commands))
        if found
    }
    messages = list(_messages(draft))
    if messages:
        data["messages"] = messages
    if ends := draft.used("limits.ends_after"):
        data["limits"] = {"ends_after": ends}
    data["evidence"] = {
        "source": f"capture {_source(draft)}, described with the kit",
        "confidence": dict(_confidence(draft)),
        "vectors": list(_vectors(draft, wire)),
    }
    return data


def usable_commands(draft: Draft) -> dict[str, object]:
    """Return the commands that are not left out, without half of a pair, and with parameters that are known."""
    known = {*_section(draft, "parameters"), "token"}
    commands = {
        name: value
        for name, value in _section(draft, "commands").items()
        if known.issuperset(PARAMETER.findall(str(value)))
    }
    for pair in PAIRS:
        if not commands.keys() >= set(pair):
            for name in pair:
                commands.pop(name, None)
    return commands


def _only(frame: dict[str, object], key: str) -> dict[str, object]:
    return {key: frame[key]} if key in frame else {}


def _source(draft: Draft) -> str:
    wire = draft.study.wire
    assert wire is not None
    return f"of {len(wire.sent)} frames written and {len(wire.received)} received"


def _section(draft: Draft, section: str) -> dict[str, object]:
    values = {}
    for proposal in draft.proposals:
        head, _, name = proposal.path.partition(".")
        if head == section and proposal.verdict is not Verdict.OPEN:
            values[name] = proposal.value
    return values


def _messages(draft: Draft) -> Iterator[dict[str, object]]:
    for group in draft.study.messages:
        value = draft.used(f"messages.{group.name}")
        if not isinstance(value, dict):
            continue
        value = dict(value)
        fields = {}
        for item in group.fields:
            spec = draft.used(f"messages.{group.name}.{item.name}")
            if spec is not None:
                fields[item.name] = spec
        if fields:
            value["fields"] = fields
        else:
            value.pop("split", None)
        if isinstance(size := value.get("size"), int):
            known = set(range(len(group.match)))
            for spec in fields.values():
                if isinstance(spec, dict) and isinstance(
                    octet := spec.get("octet"), int
                ):
                    known |= set(range(octet, octet + int(str(spec.get("size", 1)))))
            unknown = [octet for octet in range(size) if octet not in known]
            if unknown:
                value["unknown"] = unknown
        yield value


def _confidence(draft: Draft) -> Iterator[tuple[str, str]]:
    commands = usable_commands(draft)
    words = {
        Verdict.ACCEPTED: "confirmed",
        Verdict.CORRECTED: "confirmed",
        Verdict.PROPOSED: "tentative",
    }
    for proposal in draft.proposals:
        head, _, name = proposal.path.partition(".")
        if proposal.verdict is Verdict.OPEN or not (
            head == "commands" or (head == "messages" and "." in name)
        ):
            continue
        if (
            head == "messages"
            and draft.used(f"messages.{name.partition('.')[0]}") is None
        ):
            continue
        if head == "commands" and name not in commands:
            continue
        yield name, words[proposal.verdict]


def _vectors(draft: Draft, wire: Wire) -> Iterator[dict[str, object]]:
    usable = usable_commands(draft)
    for command in draft.study.commands.commands:
        proposal = draft.find(f"commands.{command.name}")
        if (
            proposal is not None
            and command.name in usable
            and proposal.verdict in {Verdict.PROPOSED, Verdict.ACCEPTED}
        ):
            yield from _command_vectors(draft, command, wire)
    for group in draft.study.messages:
        if draft.used(f"messages.{group.name}") is not None:
            yield from _message_vectors(draft, group)


def _command_vectors(
    draft: Draft, command: FoundCommand, wire: Wire
) -> Iterator[dict[str, object]]:
    for values, messages in command.vector:
        if any(draft.redactor.touches(message.octets) for message in messages):
            continue
        vector: dict[str, object] = {"command": command.name}
        if values:
            vector["with"] = dict(values)
        if wire.token and "{token}" in str(command_value(command, wire)["write"]):
            token = wire.token.of(messages[0].time)
            vector["token"] = token.hex(" ")
        if wire.counter:
            counter = wire.counter
            octets = messages[0].octets[counter.at : counter.at + counter.size]
            vector["counter"] = int.from_bytes(
                octets, "big" if counter.big else "little"
            )
        vector["octets"] = [message.octets.hex(" ") for message in messages]
        yield vector


def _message_vectors(draft: Draft, group: FoundMessage) -> Iterator[dict[str, object]]:
    fields = {
        item.name: (item.feature, proposal.value)
        for item in group.fields
        if (proposal := draft.find(f"messages.{group.name}.{item.name}"))
        and proposal.verdict in {Verdict.PROPOSED, Verdict.ACCEPTED}
        and isinstance(proposal.value, dict)
    }
    if not fields:
        return
    seen: set[tuple[object, ...]] = set()
    for message in group.messages:
        if draft.redactor.touches(message.octets):
            continue
        values = {
            name: field_value(feature, spec, message.payload)
            for name, (feature, spec) in fields.items()
        }
        telling = tuple(
            value for name, value in values.items() if name != "seconds_left"
        )
        if None in values.values() or telling in seen:
            continue
        if values.get("strength", 1) == 0:
            values.pop("strength")
        seen.add(telling)
        yield {
            "message": group.name,
            "octets": message.octets.hex(" "),
            "fields": values,
        }
        if len(seen) >= MOST_VECTORS:
            return


# What is missing


def _blocking(draft: Draft) -> Iterator[str]:
    study = draft.study
    if study.wire is None:
        yield "Nothing was written to this device. Press the buttons of the app while the phone records."
        return
    if study.alignment is None:
        yield "There are no notes that fit the capture. Without them it is unknown what a write does."
    stop = draft.find("commands.stop")
    if study.encrypted and stop is None:
        yield study.encrypted
    elif stop is None or stop.verdict is Verdict.OPEN:
        yield "No stop was found. Without a stop there is no description: press stop at least three times, each noted."
    elif stop.verdict is Verdict.PROPOSED:
        yield "Confirm stop: accept it if the device stood still after each of these presses."
    link = draft.used("link")
    link = link if isinstance(link, dict) else {}
    if not link.get("service") or not link.get("write") or link.get("notify") == "":
        yield (
            "The UUIDs are unknown, because the capture began after discovery. Forget the device on the phone, record "
            "again, or enter the UUIDs of “Look at it” in Home Assistant."
        )
    match = draft.used("match")
    match = match if isinstance(match, dict) else {}
    services = set(match.get("services", ()))
    if not set(match) & {"name", "services", "manufacturer"}:
        yield "Nothing identifies the device before it is connected. Enter how its advertised name begins."
    elif set(match) == {"services"} and services <= SHARED_SERVICES:
        yield "Its service is that of thousands of products. Enter how its name begins, too."


def _missing(draft: Draft) -> Iterator[str]:
    study = draft.study
    if study.wire is None:
        return
    commands = usable_commands(draft)
    paths = {item.path for item in draft.proposals if draft.used(item.path) is not None}
    fields = {path.rsplit(".", 1)[-1] for path in paths if path.startswith("messages.")}
    steps = {"strength_up", "strength_down"} <= set(commands)
    kept = study.wire.checksum is not None or study.wire.kind not in {"length", "fixed"}
    sets_minutes = "{minutes}" in str(commands)
    there = {
        "No pairing by itself: it asks for a code or a confirmation. Pair it once by hand where Home Assistant runs.": not study.device.asks,
        "No start: a session can be stopped, but not started.": "start" in commands,
        "No absolute strength: two buttons instead of a slider.": "set_strength"
        in commands
        or not steps,
        "No strength.": "set_strength" in commands or steps,
        "No area.": "set_area" in commands,
        "No pause.": "pause" in commands,
        "No state is reported: it is assumed from what was sent.": "state" in fields,
        "No length: Home Assistant sends the stop when the time is up.": sets_minutes,
        "The handshake is not complete: the device may ignore every command.": not study.opens_differently,
        "No checksum was found. If frames with a value are refused, one is there that the kit does not know.": kept,
    }
    yield from (sentence for sentence, present in there.items() if not present)
    minutes = draft.find("parameters.minutes")
    if (
        sets_minutes
        and minutes is not None
        and minutes.verdict is Verdict.PROPOSED
        and isinstance(minutes.value, dict)
        and {"min", "max"} <= minutes.value.keys()
    ):
        least, most = minutes.value["min"], minutes.value["max"]
        yield (
            f"No minutes but {least} to {most}, which were pressed. Is {most} the longest and {least} the shortest in the app? "
            "If not, correct “Octets of minutes”, or say --minutes, such as --minutes 10-45/5."
        )
    start = commands.get("start")
    for name, value in commands.items():
        if name.startswith("set_") and start and _writes(value) == _writes(start):
            yield f"{name} works while a session runs only: its frame is the one that starts one."
    for command in study.commands.commands:
        if len(command.presses) < 2 and command.name in commands:
            yield f"{command.name} was pressed only once: record it again before you rely on it."


def _writes(command: object) -> object:
    return command.get("write") if isinstance(command, dict) else None
