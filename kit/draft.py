"""Proposals made of what was found in the captures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
import re

from .analysis.answers import Answer
from .analysis.cautions import FoundCommand
from .analysis.encodings import describe_parameter
from .analysis.line_answers import LineAnswer
from .analysis.refusals import is_refusal
from .analysis.study import Study
from .analysis.templates import Hole, Template
from .analysis.timeline import Value
from .analysis.tokens import Token
from .analysis.wire import Wire
from .capture.gatt import brief
from .devices import Device
from .draft_frame import propose_frame
from .frames import samples
from .proposal import Draft, Proposal, Verdict
from .redact import Redactor, name_prefix, without_unit

SHARED_SERVICES = frozenset(
    {"ffe0", "fff0", "ffe5", "fee9", "6e400001-b5a3-f393-e0a9-e50e24dcca9e"}
)
GUESS = 0.3  # below this a proposal begins as left open
ALMOST = 0.1
UNSAID = re.compile(r"[^ -~]")


def make_draft(study: Study) -> Draft:
    """Put what was found into proposals."""
    draft = Draft(study)
    wire = study.wire
    if wire is None:
        return draft
    for proposal in (
        *_device(study, wire),
        *propose_frame(wire),
        *_session(study, wire),
        *_parameters(study, wire),
        *_commands(study, wire),
        *_messages(study, wire),
    ):
        if proposal.confidence < GUESS:
            proposal.verdict = Verdict.OPEN
        draft.proposals.append(proposal)
    return draft


def _device(study: Study, wire: Wire) -> Iterator[Proposal]:
    device = study.device
    characteristics = device.table.characteristics
    write = characteristics.get(wire.write)
    notify = characteristics.get(wire.notify) if wire.notify is not None else None
    name = name_prefix(device.name)
    yield Proposal(
        "name",
        "Name of the description",
        name.rstrip("-_") or "My BackHug",
        "its advertised name" if name else "",
        0.9,
    )
    match: dict[str, object] = {}
    if name:
        match["name"] = name
    services = sorted(brief(uuid) for uuid in device.advertiser.services)
    own = [uuid for uuid in services if not (len(uuid) == 4 and uuid.startswith("18"))]
    if own:
        match["services"] = own
    if write:
        match["characteristics"] = [brief(write.uuid)]
    told = len(match) > 1 or bool(set(own) - SHARED_SERVICES)
    yield Proposal(
        "match",
        "How it is recognised",
        match,
        ", ".join(key for key in match)
        + (" seen in the capture" if match else "nothing was seen that identifies it"),
        0.9 if name else 0.6 if told else 0.0,
    )
    link: dict[str, object] = {
        "service": brief(write.service) if write and write.service else "",
        "write": brief(write.uuid) if write else "",
    }
    if not wire.response:
        link["response"] = False
    if wire.notify is not None:
        more = [brief(characteristics[one].uuid) for one in wire.notify_more]
        first = brief(notify.uuid) if notify else ""
        link["notify"] = [first, *more] if more else first
    if wire.chunk > 20:
        link["chunk"] = min(512, wire.chunk)
    if device.paired and not device.asks:
        link["pairing"] = "just_works"
    evidence = f"{len(wire.sent)} frames written, {len(wire.received)} received"
    if not write:
        evidence += f"; discovery is missing: only handle 0x{wire.write:04x} is known, look the UUIDs up by “Look at it”"
    evidence += _pairing(device)
    yield Proposal(
        "link",
        "Service and characteristics",
        link,
        evidence,
        0.95 if write and write.service else 0.4,
    )


def _pairing(device: Device) -> str:
    if device.asks:
        return "; pairing asked for a code or a confirmation: pair it once by hand where Home Assistant runs"
    return "; the connection was encrypted" if device.paired else ""


def _handshake(study: Study, wire: Wire) -> list[dict[str, object]]:
    """Return the steps as a description has them; one of them gives the token."""
    steps: list[dict[str, object]] = []
    token = wire.token
    given = token.values[0][1] if token else 0.0
    place = 0
    for step in study.handshake:
        entry: dict[str, object] = {"write": written(step.payload, wire)}
        answer = without_unit(step.answer or b"", step.payload, wire.is_text)
        if awaited := pattern(answer, wire.is_text):
            entry |= {
                "await": awaited,
                "within": max(1.0, min(5.0, round(3 * step.seconds, 1))),
            }
        steps.append(entry)
        place += step.time < given
    if token is None:
        return steps
    before = steps[place - 1] if place else {}
    answer = (study.handshake[place - 1].answer if place else None) or b""
    awaited = pattern(token.given, wire.is_text)
    if pattern(answer, wire.is_text).startswith(awaited):
        before["await"] = max(str(before.get("await", "")), awaited, key=len)
    else:
        before = {"await": awaited}
        steps.insert(place, before)
    before["token"] = _token(token)
    return steps


def _token(token: Token) -> dict[str, object]:
    if token.split:
        place: dict[str, object] = {"split": token.split, "part": token.at}
        if isinstance(token.answer, LineAnswer):
            place["answer"] = token.answer.described()
        return place
    found = token.answer
    if not isinstance(found, Answer):
        return {"octet": token.at, "size": token.size}
    answer: dict[str, object] = {"name": found.computed.name}
    if found.computed.key:
        answer["key"] = found.computed.key.hex(" ")
    if found.computed.endian == "big":
        answer["endian"] = "big"
    answer |= {"given": found.given.hex(" "), "written": found.written.hex(" ")}
    return {"octet": token.at, "size": len(found.given), "answer": answer}


def _session(study: Study, wire: Wire) -> Iterator[Proposal]:
    steps = _handshake(study, wire)
    if steps:
        seen = max((step.seen for step in study.handshake), default=0)
        answered = sum("await" in step for step in steps)
        evidence = f"opens {seen} of {len(study.device.connections)} connections; {answered} of {len(steps)} are answered"
        if wire.token:
            evidence += "; the device gives a token, another one each time, " + (
                f"of which {wire.token.answer.computed.name} makes what {wire.token.written} writes have"
                if wire.token.answer
                else f"that {wire.token.written} writes repeat"
            )
        yield Proposal(
            "session.handshake", "Handshake", steps, evidence, 0.85 if seen > 1 else 0.6
        )
    alive = study.repeated[0] if study.repeated else None
    if alive:
        value = {
            "write": written(alive.payload, wire),
            "every": min(60.0, max(0.5, alive.every)),
        }
        evidence = f"{alive.count} times, {alive.every} s apart in {alive.share:.0%} of the cases"
        yield Proposal(
            "session.keep_alive",
            "Keep-alive",
            value,
            evidence,
            round(0.9 * alive.share, 2),
        )


def _parameters(study: Study, wire: Wire) -> Iterator[Proposal]:
    encodings: dict[str, dict[Value, bytes]] = {}
    for command in study.commands.commands:
        for name, encoding in command.encodings.items():
            # The widest knowledge of a parameter serves all commands.
            if len(encoding) > len(encodings.get(name, {})):
                encodings[name] = encoding
    for name, encoding in encodings.items():
        values = sorted(encoding, key=str)
        evidence = f"{len(values)} values seen: {', '.join(map(str, values))}"
        spec = describe_parameter(name, encoding, wire.is_text)
        proposal = Proposal(
            f"parameters.{name}",
            f"Octets of {name}",
            spec,
            evidence,
            min(0.95, 0.35 + 0.2 * len(values)),
        )
        if name == "strength" and (lacking := _lacking_levels(spec)):
            proposal.verdict = Verdict.OPEN
            proposal.evidence += f"; level {lacking} is not in it, and a description cannot leave one out: press it too"
        yield proposal


def _lacking_levels(spec: dict[str, object]) -> str:
    """Return which levels are missing below the highest."""
    levels = spec.get("map")
    if not isinstance(levels, dict):
        least = spec.get("min")
        return ", ".join(map(str, range(1, least))) if isinstance(least, int) else ""
    return ", ".join(
        str(level) for level in range(1, max(levels)) if level not in levels
    )


def _commands(study: Study, wire: Wire) -> Iterator[Proposal]:
    absolute = any(
        command.name == "set_strength" for command in study.commands.commands
    )
    for command in study.commands.commands:
        proposal = Proposal(
            f"commands.{command.name}",
            f"Command {command.name}",
            command_value(command, wire),
            command.evidence,
            command.confidence,
        )
        if absolute and command.name in {"strength_up", "strength_down"}:
            proposal.verdict = Verdict.OPEN
            proposal.evidence += "; not needed beside set_strength"
        if refused := _refusal(study, wire):
            assert isinstance(proposal.value, dict)
            if "await" in proposal.value:
                proposal.value["refused"] = refused
        if command.toggles:
            proposal.evidence += "; the same key does the opposite in turn"
            if not _shows_pause(study) or command.times > 1:
                proposal.verdict = Verdict.OPEN
                proposal.evidence += (
                    ", and no report was found that tells which it will do"
                    if command.times == 1
                    else ", and the app writes it several times"
                )
        yield proposal
    if not study.polls and study.asks and _continues_by_start(study):
        step = study.asks[0]
        ask: dict[str, object] = {"write": written(step.payload, wire)}
        if awaited := pattern(step.answer or b"", wire.is_text):
            ask["await"] = awaited
        yield Proposal(
            "commands.read_status",
            "Command read_status",
            ask,
            "the app asks for the state when it connects; a key that does two things needs the state",
            0.7,
        )
    for payload in study.polls[:1]:
        value = {"write": written(payload, wire)}
        yield Proposal(
            "commands.read_status",
            "Command read_status",
            value,
            "each is answered by a status",
            0.8,
        )


def _refusal(study: Study, wire: Wire) -> str:
    """Return how a line begins that means no, if one was received."""
    for group in study.messages:
        if is_refusal(group.messages[0].payload, wire.is_text):
            return pattern(group.match, wire.is_text)
    return ""


def _continues_by_start(study: Study) -> bool:
    """Return whether one key starts and resumes, or pauses and resumes."""
    named = {command.name: command for command in study.commands.commands}
    start, resume = named.get("start"), named.get("resume")
    same = bool(
        start
        and resume
        and [one.payload for one in start.writes]
        == [one.payload for one in resume.writes]
    )
    return same or any(command.toggles for command in named.values())


def _shows_pause(study: Study) -> bool:
    """Return whether reports tell a session from one that is paused."""
    shown = {
        str(value)
        for group in study.messages
        for item in group.fields
        if item.name == "state" and isinstance(mapping := item.spec.get("map"), dict)
        for value in mapping.values()
    }
    return shown >= {"treating", "paused"}


def command_value(command: FoundCommand, wire: Wire) -> dict[str, object]:
    """Return a command as a description has it."""
    is_text = wire.is_text
    writes = [_with_token(template, wire) for template in command.writes]
    value: dict[str, object] = {"write": writes[0] if len(writes) == 1 else writes}
    if command.release is not None:
        value["release"] = _with_token(command.release, wire)
        if abs(command.hold - 0.1) >= ALMOST / 2:
            value["hold"] = command.hold
        if command.repeat:
            value["repeat"] = command.repeat
    if command.times > 1:
        value |= {"times": command.times, "every": command.every}
    if awaited := pattern(command.answer or b"", is_text):
        value["await"] = awaited
    return value


def written(payload: bytes, wire: Wire) -> str:
    """Return what is sent as a description writes it."""
    return _with_token(Template(payload), wire)


def _with_token(template: Template, wire: Wire) -> str:
    """Return a template as a description writes it, with the token's place."""
    marked = wire.token.marked(template.payload) if wire.token else []
    holes = [Hole("token", start, stop) for start, stop in marked]
    return replace(template, holes=template.holes + holes).written(wire.is_text)


def _messages(study: Study, wire: Wire) -> Iterator[Proposal]:
    redactor = Redactor(study.device, [])
    for group in study.messages:
        if wire.is_text and not pattern(group.match, is_text=True):
            continue  # lines without a word in common cannot be told apart
        value: dict[str, object] = {"name": group.name}
        if group.match:
            value["match"] = pattern(group.match, wire.is_text)
        if group.size is not None and not wire.is_text:
            value["size"] = group.size
        if group.split:
            value["split"] = group.split
        evidence = f"{len(group.messages)} received"
        if is_refusal(group.messages[0].payload, wire.is_text):
            evidence += "; the device refuses something by it"
        if not group.fields and not any(
            redactor.touches(message.octets) for message in group.messages
        ):
            evidence += f", such as {samples(group.messages, is_text=wire.is_text)}"
        yield Proposal(
            f"messages.{group.name}",
            f"Message {group.name}",
            value,
            evidence,
            0.8 if group.fields else 0.5,
        )
        for item in group.fields:
            yield Proposal(
                f"messages.{group.name}.{item.name}",
                f"{item.name} in {group.name}",
                item.spec,
                item.evidence,
                item.confidence,
            )


def plain(payload: bytes, is_text: bool) -> str:
    """Return a payload as a description writes it."""
    return payload.decode("latin-1") if is_text else payload.hex(" ")


def pattern(payload: bytes, is_text: bool) -> str:
    """Return how a payload begins: a line up to a sign that a description cannot say."""
    return UNSAID.split(plain(payload, is_text))[0]
