"""Fixtures: virtual time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .machine import TIME
from .virtual_time import VirtualTime


@pytest.fixture(autouse=True)
def short_back_off() -> None:
    """Keep the real back-off of bleak-retry-connector, which costs no time here."""


@pytest.fixture
def virtual_time() -> Iterator[VirtualTime]:
    """Run the test in virtual time."""
    with TIME():
        yield TIME
