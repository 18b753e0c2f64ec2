"""Fixtures: time that passes as fast as it can be computed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .machine import TIME
from .virtual_time import VirtualTime


@pytest.fixture(autouse=True)
def short_back_off() -> None:
    """Leave bleak-retry-connector its real back-off, which costs no time here."""


@pytest.fixture
def virtual_time() -> Iterator[VirtualTime]:
    """Have time pass as fast as it can be computed."""
    with TIME():
        yield TIME
