"""Arbitrary input raises nothing: some thousand times here, a million times by `scripts/fuzz`."""

from __future__ import annotations

from collections.abc import Callable
import logging
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.backhug.device.model import Area, Flow, SessionEnd
from custom_components.backhug.programmes.model import Change, FittedStep, Skipped
from custom_components.backhug.programmes.run import Run
from custom_components.backhug.session.record import Session

from . import seeds, targets

QUICK = settings(max_examples=400, deadline=None, derandomize=True, database=None)

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from([*Area, *Flow, *SessionEnd, "2026-11-22T10:00:00+00:00"])
)
_KEYS = st.sampled_from(
    (
        *Session(number=1).as_dict(),
        *("last", "current", "paused", "steps", "skipped", "unsent", "levels"),
        *("session", "step", "strength", "area", "flow", "minutes", "number"),
        *("started", "ended", "ended_by", "before", "after", "key", "name"),
        *("strength_levels", "fingers", "areas", "flows", "change", "certain", "seen"),
    )
)
ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=8)
    ),
    max_leaves=20,
)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Silence the log of malformed values: here each is of a new device."""
    caplog.set_level(logging.ERROR, logger="custom_components.backhug")


@pytest.mark.parametrize("target", targets.TARGETS.values())
def test_any_octets(target: Callable[[bytes], None]) -> None:
    """Nothing is raised, nothing grows, nothing is beyond its bounds."""
    QUICK(given(st.binary(max_size=300))(target))()


def _value(kind: int, value: bytes) -> bytes:
    return bytes((kind, len(value))) + value


_STATUS = st.tuples(
    st.integers(0, 7),
    st.sampled_from((0, 1, 9)),
    st.integers(0, 11),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 7),
    st.integers(0, 3700).map(lambda n: n.to_bytes(2, "little")),
    st.integers(0, 3700).map(lambda n: n.to_bytes(2, "little")),
    st.integers(0, 6).map(lambda n: n.to_bytes(4, "little")),
    st.integers(0, 9),
).map(
    lambda parts: b"".join(
        part if isinstance(part, bytes) else bytes((part,)) for part in (*parts, 0)
    )
)
_FRAGMENT = st.tuples(
    st.integers(0, 3), st.integers(0, 2), st.integers(0, 28), st.binary(max_size=28)
).map(lambda parts: bytes((*parts[:3], 28)) + parts[3])
_RECORD = st.tuples(
    st.integers(0, 6), st.integers(0, 3), st.binary(min_size=56, max_size=56)
).map(lambda parts: bytes((parts[0], 0, 0, 0, parts[1], 28)) + parts[2])
_NEARLY_RIGHT = st.lists(
    st.one_of(
        _STATUS.map(lambda value: _value(0, value)),
        _STATUS.map(lambda value: _value(230, value)),
        _FRAGMENT.map(lambda value: _value(1, value)),
        _RECORD.map(lambda value: _value(2, value)),
        st.binary(max_size=20).map(lambda value: _value(3, value)),
        st.integers(0, 139).map(lambda seconds: _value(4, bytes(seconds))),
    ),
    max_size=30,
)


@QUICK
@given(_NEARLY_RIGHT)
def test_nearly_valid_input(values: list[bytes]) -> None:
    """Nearly valid input goes further, and raises nothing either."""
    targets.values(b"\0" + b"".join(values))


@QUICK
@given(ANYTHING)
def test_any_file(content: Any) -> None:
    """A file may hold anything."""
    targets.take(content)


@pytest.mark.parametrize("name", targets.TARGETS)
def test_seeds_are_understood(name: str) -> None:
    """The seeds are understood."""
    for seed in seeds.SEEDS[name]():
        targets.TARGETS[name](seed)


def test_stored_data_is_understood() -> None:
    """Not everything is refused: a programme that ran is loaded as it was."""
    run = Run(
        session=7,
        key="gentle_start",
        name=None,
        steps=(FittedStep(1, Area.FULL_BACK, 3, None, 10),),
        skipped=(Skipped(2, Change.REFUSED, "wave"),),
        unsent={"area": "full_back"},
        seen=True,
    )
    stored = run.as_dict()
    assert Run.from_dict(stored).as_dict() == stored
