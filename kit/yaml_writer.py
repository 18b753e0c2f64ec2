"""Writes descriptions as YAML: octets and texts in quotes, short values on one line."""

from __future__ import annotations

import re
from typing import override

import yaml

WIDTH = 140
TOKEN = re.compile(r"[a-z][a-z_0-9]*")
HEX = re.compile(r"(?:[0-9a-f]{2})+")
AMBIGUOUS = frozenset({"on", "off", "yes", "no", "y", "n", "true", "false", "null"})
# Keys whose values are octets, text, or UUIDs: always in quotes.
QUOTED = frozenset(
    {
        "await",
        "characteristics",
        "given",
        "header",
        "manufacturer_data",
        "match",
        "model",
        "notify",
        "octets",
        "refused",
        "release",
        "reply_header",
        "separator",
        "service",
        "services",
        "source",
        "split",
        "trailer",
        "write",
        "written",
    }
)


class _Text(str):
    """A text that is written in quotes."""

    __slots__ = ()


class _Writer(yaml.SafeDumper):
    """Leaves names without quotes."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        """Write everything out: a description has no anchors."""
        return True


def _string(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = TOKEN.fullmatch(text) and text not in AMBIGUOUS and not HEX.fullmatch(text)
    return writer.represent_scalar(
        "tag:yaml.org,2002:str", text, style=None if plain else '"'
    )


def _quoted(writer: yaml.SafeDumper, text: _Text) -> yaml.ScalarNode:
    return writer.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


_Writer.add_representer(str, _string)
_Writer.add_representer(_Text, _quoted)


def to_yaml(data: dict[str, object]) -> str:
    """Return a description as YAML, one section after the other."""
    out = []
    for section, value in data.items():
        flow = None if isinstance(value, dict | list) else False
        marked = _mark(value, section, section == "parameters")
        out.append(
            yaml.dump(
                {section: marked},
                Dumper=_Writer,
                sort_keys=False,
                allow_unicode=True,
                width=WIDTH,
                default_flow_style=flow,
            )
        )
    return "".join(out)


def _mark(value: object, key: object, encodes: bool) -> object:
    """Mark the texts that need quotes, by the key that they belong to.

    A map of parameters encodes: its values are octets or text. In fields it decodes: its keys are.
    """
    if isinstance(value, dict):
        if key == "map" and not encodes:
            return {_Text(inner): item for inner, item in value.items()}
        named = key in {"match", "format"}
        return {
            inner: _mark(
                item,
                "write"
                if (encodes and key == "map") or (named and inner == "name")
                else inner,
                encodes,
            )
            for inner, item in value.items()
        }
    if isinstance(value, list):
        return [_mark(item, key, encodes) for item in value]
    if isinstance(value, str) and (
        key in QUOTED or (key == "name" and not TOKEN.fullmatch(value))
    ):
        return _Text(value)
    return value
