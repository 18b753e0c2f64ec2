"""Fixtures of the tests of the device package."""

from __future__ import annotations

from hypothesis import settings

# The same examples each time: a test that fails does so for everybody.
settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")
