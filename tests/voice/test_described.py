"""Assist and a bed whose strength only goes up and down."""

from pathlib import Path

import pytest

from simulator.vendors.relaxa import Relaxa
from tests.device.described import text_of
from tests.home import Home, until
from tests.integration.described_beds import folder_in, relaxa_in, set_up

from .speaking import say


async def test_strength_is_changed_by_keys(
    talking: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer names no level of how many."""
    folder = folder_in(tmp_path, talking.hass, monkeypatch)
    (folder / "lx.yaml").write_text(text_of(Relaxa))
    bed = await relaxa_in(talking)
    await set_up(talking, bed)
    assert await say(talking, "BackHug stronger") == "The strength has been changed."
    await until(lambda: bed.strength == 3, "it is stronger")
    assert await say(talking, "BackHug sanfter", "de") == "Die Stärke wurde geändert."
    await until(lambda: bed.strength == 2, "it is softer")
