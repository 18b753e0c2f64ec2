"""Reads descriptions: every section is checked, and every error names the line and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ...model import MAX_MINUTES
from .answer_section import read_answer
from .description import (
    AREA,
    FLOW,
    MINUTES,
    STRENGTH,
    TOKEN,
    DescribedCommand,
    Description,
    Link,
    Parameter,
    Reply,
    Step,
    Template,
    Token,
)
from .document import Entry, load
from .evidence import check_evidence
from .frame_section import read_framing
from .link_section import read_link, read_match
from .message_section import ENUMS, MessageReader
from .octets import to_octets
from .reading import (
    Payloads,
    boolean,
    endian,
    integer,
    is_bcd,
    items,
    number,
    number_size,
)
from .toggle_section import SESSION, check_unasked, with_toggles

_SECTIONS: Final = (
    *("format", "name", "match", "link", "frame", "session"),
    *("parameters", "commands", "messages", "limits", "evidence"),
)
_SETTERS: Final = {
    "set_strength": STRENGTH,
    "set_area": AREA,
    "set_flow": FLOW,
    "set_length": MINUTES,
}
_PLAIN: Final = ("stop", "strength_up", "strength_down", "read_status")
"""Commands without parameters."""
_COMMANDS: Final = (*SESSION, *_PLAIN[1:], *_SETTERS)
_REPLY: Final = ("await", "refused", "within")
_STRONGEST: Final = 20
_LONGEST_STOP: Final = 2.0


def read_description(file: str, text: str, *, stored: bool = False) -> Description:
    """Read a description. Raises DescriptionError, with `file` as its name.

    One that is `stored` was in use before: commands that are not known to be safe are left out.
    """
    return _Reader(load(file, text)).description(stored=stored)


class _Reader:
    """Reads one description."""

    def __init__(self, top: Entry) -> None:
        self._top = top
        self._sections = top.keys(
            _SECTIONS, ("format", "name", "match", "link", "commands", "evidence")
        )
        self._framing = read_framing(self._sections.get("frame"))
        self._payloads = Payloads(text=self._framing.kind == "text")
        self._token: bytes | None = None
        """Stands for the token, once a step of the handshake gives one."""

    def description(self, *, stored: bool) -> Description:
        sections = self._sections
        sections["format"].integer(1, 1)
        link = read_link(sections["link"])
        parameters = self._parameters()
        handshake, keep_alive, every = self._session(link)
        ends_after = MAX_MINUTES
        if (limits := sections.get("limits")) is not None:
            found = limits.keys(("ends_after",), ("ends_after",))
            ends_after = found["ends_after"].integer(1, MAX_MINUTES)
        description = Description(
            name=sections["name"].text(40),
            match=read_match(sections["match"]),
            link=link,
            framing=self._framing,
            handshake=handshake,
            keep_alive=keep_alive,
            keep_alive_every=every,
            parameters=parameters,
            commands=self._commands(parameters, link),
            messages=MessageReader(self._payloads).messages(
                sections.get("messages"), link
            ),
            ends_after=ends_after,
        )
        if not description.features.min_minutes <= ends_after:
            raise sections["parameters"].error(
                "the shortest session is longer than limits.ends_after"
            )
        description = check_evidence(sections["evidence"], description)
        if not stored:
            check_unasked(sections.get("session"), description)
        return with_toggles(sections["commands"], description, stored=stored)

    # Sections

    def _session(self, link: Link) -> tuple[tuple[Step, ...], Template | None, float]:
        if (section := self._sections.get("session")) is None:
            return (), None, 0
        keys = section.keys(("handshake", "keep_alive"))
        steps = tuple(self._step(item, link) for item in items(keys.get("handshake")))
        if (keep := keys.get("keep_alive")) is None:
            return steps, None, 0
        entry = keep.keys(("write", "every"), ("write", "every"))
        template = self._constant(entry["write"])
        return steps, template, entry["every"].number(0.5, 60)

    def _step(self, item: Entry, link: Link) -> Step:
        entry = item.keys(("write", "token", *_REPLY))
        if not entry.keys() & {"write", "await"}:
            raise item.error("add write, await or both")
        write, given = entry.get("write"), entry.get("token")
        template = None if write is None else self._constant(write)
        token = None
        if given is not None:
            if "await" not in entry:
                raise given.error("add await, the answer that holds the token")
            text = self._payloads.text
            keys = ("part", "split") if text else ("octet", "size")
            found = given.keys((*keys, "answer"), keys)
            size = 0 if text else found["size"].integer(1, 16)
            token = Token(
                found[keys[0]].integer(0, 255),
                size,
                found["split"].quoted().encode() if text else b"",
                read_answer(found["answer"], size, text=text)
                if "answer" in found
                else None,
            )
            # It can be written from the next step on.
            self._token = token.placeholder
        return Step(template, replace(self._reply(entry, link, 2), token=token))

    def _constant(self, entry: Entry) -> Template:
        """Read a payload without parameters; the token may be in it."""
        template = self._template(entry, ())
        self._check_fits(entry, self._fill(template, {}, {}))
        return template

    def _template(self, entry: Entry, allowed: tuple[str, ...]) -> Template:
        template = self._payloads.template(entry, (*allowed, TOKEN))
        if TOKEN in template.parts and self._token is None:
            raise entry.error(
                f"{{{TOKEN}}} is not known yet: add token to a step of the handshake before this"
            )
        return template

    def _fill(
        self,
        template: Template,
        parameters: Mapping[str, Parameter],
        values: Mapping[str, object],
    ) -> bytes:
        """Return a payload, with zeros as the token."""
        token = Parameter({TOKEN: self._token or b""})
        return template.fill({**parameters, TOKEN: token}, {**values, TOKEN: TOKEN})

    def _parameters(self) -> dict[str, Parameter]:
        if (section := self._sections.get("parameters")) is None:
            return {}
        found = {}
        for name, entry in section.keys((STRENGTH, MINUTES, AREA, FLOW)).items():
            if name in (STRENGTH, MINUTES):
                highest = _STRONGEST if name == STRENGTH else MAX_MINUTES
                codes = self._numbers(entry, highest, levels=name == STRENGTH)
            else:
                codes = self._names(entry, {each.value: each for each in ENUMS[name]})
            found[name] = Parameter(codes)
        return found

    def _names(
        self, entry: Entry, allowed: Mapping[str, object]
    ) -> dict[object, bytes]:
        names = entry.keys(("map",), ("map",))["map"].keys(tuple(allowed))
        if not names:
            raise entry.error("the map is empty: add a value, or delete this parameter")
        return {
            allowed[name]: self._payloads.payload(each) for name, each in names.items()
        }

    def _numbers(
        self, entry: Entry, highest: int, *, levels: bool
    ) -> dict[object, bytes]:
        text = self._payloads.text
        allowed = ("map", "min", "max", "scale", "add", "size", "endian")
        keys = entry.keys((*allowed, "digits" if text else "encoding"))
        codes: dict[object, bytes] = {}
        if "map" in keys:
            if keys.keys() != {"map"}:
                raise entry.error("write map alone, or min and max without it")
            for key, written in keys["map"].pairs():
                codes[key.integer(1, highest)] = self._payloads.payload(written)
        else:
            keys = entry.keys(tuple(keys) or ("min", "max"), ("min", "max"))
            lowest = keys["min"].integer(1, highest)
            size = number_size(keys.get("size"))
            order, bcd = endian(keys.get("endian")), is_bcd(keys.get("encoding"))
            scale = integer(keys.get("scale"), 1, 600, 1)
            add = integer(keys.get("add"), -255, 255, 0)
            digits = integer(keys.get("digits"), 1, 5, 1)
            for value in range(lowest, keys["max"].integer(lowest, highest) + 1):
                code = value * scale + add
                octets = to_octets(code, size, order, bcd=bcd)
                if octets is None:
                    raise entry.error(
                        f"{value} becomes {code}, for which {size} octet is too small"
                    )
                codes[value] = f"{code:0{digits}}".encode() if text else octets
        if levels and list(codes) != list(range(1, len(codes) + 1)):
            raise entry.error("strength levels are 1, 2, 3 and so on, in this order")
        if not codes:
            raise entry.error("the map is empty: add a value, or delete this parameter")
        return codes

    def _commands(
        self, parameters: Mapping[str, Parameter], link: Link
    ) -> dict[str, DescribedCommand]:
        section = self._sections["commands"]
        entries = section.keys(_COMMANDS)
        if "stop" not in entries:
            raise section.error(
                "stop is missing: a description needs a stop that works"
            )
        for one, other in (("strength_up", "strength_down"), ("pause", "resume")):
            if (one in entries) != (other in entries):
                raise section.error(f"{one} and {other} must be given together")
        if "strength_up" in entries and "set_strength" in entries:
            raise entries["strength_up"].error("delete this: there is set_strength")
        commands = {
            name: self._command(name, entry, parameters, link)
            for name, entry in entries.items()
        }
        used = {one for command in commands.values() for one in command.parameters}
        for name in parameters.keys() - used:
            raise self._sections["parameters"].error(
                f"{name} is used in no command: write {{{name}}} where it belongs, or delete it"
            )
        return commands

    def _command(
        self,
        name: str,
        entry: Entry,
        parameters: Mapping[str, Parameter],
        link: Link,
    ) -> DescribedCommand:
        keys = entry.keys(
            (
                *("write", "release", "hold", "repeat", "times", "every", *_REPLY),
                "same_counter",
                *(("toggle",) if name in SESSION else ()),
            ),
            ("write",),
        )
        if "repeat" in keys and "release" not in keys:
            raise keys["repeat"].error("add release, or use times and every")
        written = keys["write"]
        writes = tuple(
            self._template(each, () if name in _PLAIN else tuple(parameters))
            for each in (written.items() if written.is_list else [written])
        )
        release = keys.get("release")
        command = DescribedCommand(
            writes=writes,
            release=None
            if release is None
            else self._template(
                release,
                tuple({one for each in writes for one in each.parameters}),
            ),
            hold=number(keys.get("hold"), 0.02, 2, 0.1),
            times=integer(keys.get("times"), 1, 10, 1),
            every=number(keys.get("every"), 0.02, 2, 0.1),
            reply=self._reply(keys, link, 1),
            repeat=number(keys.get("repeat"), 0.02, 1, 0),
            toggle=boolean(keys.get("toggle"), default=False),
            same_counter=boolean(keys.get("same_counter"), default=False),
        )
        if command.same_counter and (
            self._framing.counter is None
            or command.times == 1
            or len(writes) > 1
            or release is not None
        ):
            raise keys["same_counter"].error(
                "this needs a counter in the frame, times, one payload and no release: delete it"
            )
        if not writes:
            raise written.error("write at least one payload")
        if name == "stop" and command.duration > _LONGEST_STOP:
            raise entry.error("stop takes too long: two seconds at most")
        if (own := _SETTERS.get(name)) and own not in command.parameters:
            raise written.error(f"{name} needs {{{own}}} in what it writes")
        by_size = {
            one: sorted(parameters[one].codes.items(), key=lambda code: len(code[1]))
            for one in command.parameters
        }
        # The shortest values and the longest ones.
        for at in (0, -1):
            values = {one: codes[at][0] for one, codes in by_size.items()}
            for template in writes:
                self._check_fits(written, self._fill(template, parameters, values))
            if command.release is not None:
                payload = self._fill(command.release, parameters, values)
                self._check_fits(keys["release"], payload)
        return command

    def _reply(self, keys: dict[str, Entry], link: Link, within: float) -> Reply:
        pattern, refused = keys.get("await"), keys.get("refused")
        if pattern is None and (one := refused or keys.get("within")) is not None:
            raise one.error("add await, the pattern of the answer")
        if pattern is not None and link.notify is None:
            raise pattern.error("add link.notify, where the answer comes from")
        return Reply(
            None if pattern is None else self._payloads.pattern(pattern),
            None if refused is None else self._payloads.pattern(refused),
            number(keys.get("within"), 0.1, 5, within),
        )

    def _check_fits(self, entry: Entry, payload: bytes) -> None:
        try:
            self._framing.encode(payload)
        except ValueError as error:
            raise entry.error(str(error)) from error
