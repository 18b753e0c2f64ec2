"""Rules for the source."""

import ast
from functools import cache
from pathlib import Path
import re
import tokenize

import pytest

from .common import INTEGRATION

CODEC = INTEGRATION / "device" / "protocols" / "open_profile.py"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
SOURCES = sorted(INTEGRATION.rglob("*.py"))
PACKERS = {"from_bytes", "to_bytes", "unpack", "unpack_from", "pack", "pack_into"}


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Return all nodes of a source."""
    return list(ast.walk(ast.parse(path.read_text())))


def facts_about_bytes(path: Path) -> list[str]:
    """Return what a source knows of bytes: identifiers, numbers in hex, and layouts."""
    found = []
    for node in nodes(path):
        match node:
            case ast.Constant(value=str(text)) if UUID.search(text):
                found.append(f"line {node.lineno}: a UUID")
            case ast.Constant(value=bytes(octets)) if octets:
                found.append(f"line {node.lineno}: octets")
            case ast.Import(names=names) if any(n.name == "struct" for n in names):
                found.append(f"line {node.lineno}: layouts")
            case ast.ImportFrom(module="struct"):
                found.append(f"line {node.lineno}: layouts")
            case ast.Attribute(attr=name) if name in PACKERS:
                found.append(f"line {node.lineno}: {name}")
    if "0x" in path.read_text().lower():
        with path.open("rb") as file:
            found += [
                f"line {token.start[0]}: {token.string}"
                for token in tokenize.tokenize(file.readline)
                if token.type == tokenize.NUMBER and token.string[:2].lower() == "0x"
            ]
    return found


def relative(path: Path) -> str:
    """Return the name of a source for messages."""
    return str(path.relative_to(INTEGRATION))


def test_only_the_codec_knows_bytes() -> None:
    """A second profile is a second codec, and no other change."""
    found = {
        relative(path): facts_about_bytes(path)
        for path in SOURCES
        # These are the parts of any frame.
        if path.parent != CODEC.parent / "described"
    }
    # These are the parts of a codec.
    assert len(found.pop(relative(CODEC))) > 15
    assert {path: facts for path, facts in found.items() if facts} == {}


@pytest.mark.parametrize(
    "forbidden",
    [
        pytest.param(r"hass\.data\b", id="shared data"),
        pytest.param(r"dispatcher_send", id="dispatcher strings"),
        pytest.param(r"\bmdi:", id="icons"),
        pytest.param(r"_attr_(name|icon)\b", id="names and icons"),
        pytest.param(r"except( Exception| BaseException)?:", id="catching everything"),
        pytest.param(r"_LOGGER\.(error|exception|critical)", id="logged errors"),
        pytest.param(r"\bprint\(", id="prints"),
        pytest.param(r"\btime\.sleep\(", id="blocking"),
    ],
)
def test_not_in_the_source(forbidden: str) -> None:
    """Some things have another place, or none."""
    found = [
        f"{relative(path)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(forbidden, line)
    ]
    assert found == []


def test_errors_are_logged_in_one_place() -> None:
    """Only unexpected exceptions are logged as errors."""
    found = [relative(path) for path in SOURCES if "logging.ERROR" in path.read_text()]
    assert found == ["device/unexpected.py"]


def test_parallel_updates() -> None:
    """Every platform says how many of its actions may run at once."""
    platforms = [
        path
        for path in INTEGRATION.glob("*.py")
        if "async_add_entities" in path.read_text()
    ]
    assert len(platforms) >= 6
    for path in platforms:
        assert "PARALLEL_UPDATES = " in path.read_text(), path.name


def test_imported_when_used() -> None:
    """Late imports are only for modules that set-up does not need."""
    late = {
        (relative(path), node.module)
        for path in SOURCES
        for function in nodes(path)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom)
    }
    assert late == {
        ("device/pairing_agent.py", "bleak.backends.bluezdbus.utils"),
        ("device/pairing_agent.py", "dbus_fast"),
        ("device/pairing_agent.py", "dbus_fast.aio"),
        ("image.py", "session.tension_map"),
        ("image.py", "session.tension_picture"),
    }
