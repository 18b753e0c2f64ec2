"""A YAML document with line numbers, read without YAML's type guessing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
import re
from typing import Final

import yaml

_MOST_CHARACTERS: Final = 65_536
_DEEPEST: Final = 10
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2} *)+")
_UUID: Final = re.compile(
    r"[0-9A-Fa-f]{4}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
)
_BASE_UUID: Final = "0000{}-0000-1000-8000-00805f9b34fb"


class DescriptionError(Exception):
    """A description cannot be used: where, why, and what to do."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        """Take the file, the line (from 1) and the problem."""
        super().__init__(f"{file}, line {line}: {problem}")
        self.file = file
        self.line = line
        self.problem = problem


class Entry:
    """A value in the document. All methods raise DescriptionError."""

    def __init__(self, file: str, node: yaml.Node) -> None:
        """Take the node of a parsed document."""
        self._file = file
        self._node = node
        assert node.start_mark is not None
        self.line: int = node.start_mark.line + 1

    def error(self, problem: str) -> DescriptionError:
        """Return an error at this line."""
        return DescriptionError(self._file, self.line, problem)

    @property
    def is_list(self) -> bool:
        """Whether this is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def items(self) -> list[Entry]:
        """Return the values of a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.error('a list belongs here, such as ["ffe0"]')
        return [Entry(self._file, node) for node in self._node.value]

    def pairs(self) -> Iterator[tuple[Entry, Entry]]:
        """Yield keys and values of a mapping; no key comes twice."""
        if not isinstance(self._node, yaml.MappingNode):
            raise self.error("keys with values belong here, such as {size: 1}")
        seen = set()
        for key_node, node in self._node.value:
            key = Entry(self._file, key_node)
            if (name := key.scalar()) in seen:
                raise key.error(f"{name} is here twice: delete one of them")
            seen.add(name)
            yield key, Entry(self._file, node)

    def keys(
        self, allowed: Collection[str], required: Collection[str] = ()
    ) -> dict[str, Entry]:
        """Return the values of a mapping by their keys."""
        found = {}
        for key, value in self.pairs():
            if (name := key.scalar()) not in allowed:
                raise key.error(
                    f"{name} is not known here: use one of {', '.join(allowed)}"
                )
            found[name] = value
        for name in required:
            if name not in found:
                raise self.error(f"{name} is missing: add it here")
        return found

    def scalar(self) -> str:
        """Return a single value as it is written."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.error("a single value belongs here")
        value: str = self._node.value
        return value

    def quoted(self) -> str:
        """Return a text, which must be in quotes."""
        text = self.scalar()
        assert isinstance(self._node, yaml.ScalarNode)
        if self._node.style not in ("'", '"'):
            raise self.error(f'put {text} in quotes: "{text}"')
        if not text.isascii() or not text.isprintable() or not text:
            raise self.error("use only ASCII letters, digits and signs here")
        return text

    def text(self, longest: int) -> str:
        """Return a text of limited length for people to read."""
        text = self.scalar()
        if not text.isprintable() or not 0 < len(text.strip()) <= longest:
            raise self.error(f"write a text of 1 to {longest} characters")
        return text.strip()

    def octets(self) -> bytes:
        """Return octets, written in hex."""
        if not _HEX.fullmatch(text := self.quoted()):
            raise self.error('write octets with two hex digits each: "0a ff"')
        return bytes.fromhex(text)

    def uuid(self) -> str:
        """Return a UUID with its 32 digits."""
        if not _UUID.fullmatch(text := self.quoted()):
            raise self.error('write a UUID with 4 or 32 hex digits: "ffe0"')
        return (_BASE_UUID.format(text) if len(text) == len("ffe0") else text).lower()

    def integer(self, lowest: int, highest: int) -> int:
        """Return a whole number, written in decimal digits."""
        text = self.scalar()
        if not re.fullmatch(r"-?[0-9]{1,6}", text) or not (
            lowest <= (number := int(text)) <= highest
        ):
            raise self.error(f"write a whole number from {lowest} to {highest}")
        return number

    def number(self, lowest: float, highest: float) -> float:
        """Return a number, written in decimal digits."""
        text = self.scalar()
        if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4})?", text) or not (
            lowest <= (number := float(text)) <= highest
        ):
            raise self.error(f"write a number from {lowest} to {highest}")
        return number

    def choice(self, allowed: Collection[str]) -> str:
        """Return one of several words."""
        if (text := self.scalar()) not in allowed:
            raise self.error(f"{text} is not known: use one of {', '.join(allowed)}")
        return text


def load(file: str, text: str) -> Entry:
    """Return the top of a document. Raises DescriptionError."""
    if len(text) > _MOST_CHARACTERS:
        raise DescriptionError(file, 1, "the file is too long: 64 KiB at most")
    try:
        _check(file, text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        problem = f"this is not YAML ({error.problem}): check indentation and quotes"
        raise DescriptionError(file, line, problem) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # Characters that YAML does not allow, or escapes that stand for none.
        problem = "a character or an escape is not allowed: delete it"
        line = 1 + text.count("\n", 0, getattr(error, "position", 0))
        raise DescriptionError(file, line, problem) from error
    if node is None:
        raise DescriptionError(file, 1, "the file is empty")
    return Entry(file, node)


def _check(file: str, text: str) -> None:
    """Refuse what makes a short document long, or deep; raises YAMLError and DescriptionError."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        assert event.start_mark is not None
        line = event.start_mark.line + 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise DescriptionError(file, line, "this is nested too deeply")
        if (
            isinstance(event, yaml.AliasEvent)
            or getattr(event, "anchor", None)
            or getattr(event, "tag", None)
        ):
            raise DescriptionError(
                file, line, "anchors, aliases and tags (& * !) are not allowed"
            )
