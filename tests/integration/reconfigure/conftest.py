"""Fixtures of the tests of reconfiguring."""

import pytest

from custom_components.backhug import config_flow


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the timeout."""
    monkeypatch.setattr(config_flow, "CONNECT_TIMEOUT", 1)
