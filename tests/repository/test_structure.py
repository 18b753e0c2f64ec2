"""The shape of the source: its import circles and the sizes of modules and folders."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from grimp import ImportGraph, build_graph
import pytest

from .common import INTEGRATION, ROOT, tracked

MAX_LINES = 400
MAX_TOP_LEVEL_MODULES = 25


@cache
def imports() -> ImportGraph:
    """Return the imports between the modules, those for type checking included."""
    return build_graph("custom_components", "simulator", cache_dir=None)


def circles(graph: ImportGraph) -> list[list[str]]:
    """Return the strongly connected components of more than one module (Tarjan)."""
    indices: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        indices[module] = lowest[module] = len(indices)
        stack.append(module)
        for imported in sorted(graph.find_modules_directly_imported_by(module)):
            if imported not in indices:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in stack:
                lowest[module] = min(lowest[module], indices[imported])
        if lowest[module] == indices[module]:
            start = stack.index(module)
            if len(stack) - start > 1:
                found.append(sorted(stack[start:]))
            del stack[start:]

    for module in sorted(graph.modules):
        if module not in indices:
            visit(module)
    return found


def graph_of(*edges: tuple[str, str]) -> ImportGraph:
    """Return a graph of modules: importers and imports."""
    graph = ImportGraph()
    for importer, imported in edges:
        graph.add_import(importer=importer, imported=imported)
    return graph


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (graph_of(("a", "b"), ("b", "c"), ("a", "c")), []),
        (graph_of(("a", "b"), ("b", "c"), ("c", "a")), [["a", "b", "c"]]),
        (
            graph_of(("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "c")),
            [["c", "d"], ["a", "b"]],
        ),
    ],
)
def test_circles_are_found(graph: ImportGraph, expected: list[list[str]]) -> None:
    """The search finds each circle once, and none in a tree."""
    assert circles(graph) == expected


@pytest.mark.parametrize("package", ["custom_components", "simulator"])
def test_no_import_circle(package: str) -> None:
    """No module imports itself by any path, not even for type checking."""
    assert len(imports().modules) > 50
    assert [each for each in circles(imports()) if each[0].startswith(package)] == []


def too_long() -> Iterator[str]:
    """Yield the modules that are too long, with their lengths."""
    for path in (each for each in tracked() if each.suffix == ".py"):
        if (length := len(path.read_text().splitlines())) > MAX_LINES:
            yield f"{path.relative_to(ROOT)}: {length}"


def test_modules_are_short() -> None:
    """A module is read in one go, whichever it is: code, tests or tools."""
    assert list(too_long()) == []


def test_few_modules_at_top_level() -> None:
    """The top level has only modules that Home Assistant loads by name or that every room needs."""
    top: list[Path] = list(INTEGRATION.glob("*.py"))
    assert len(top) <= MAX_TOP_LEVEL_MODULES, sorted(path.name for path in top)
