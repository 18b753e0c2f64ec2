"""Fixtures of the tests of the history."""

from collections.abc import Generator
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
import pytest

from custom_components.backhug.storage import DeviceStore

_REAL = {
    name: vars(Store)[name]
    for name in ("_async_load", "_async_write_data", "async_remove")
}


@pytest.fixture(autouse=True)
def real_file(hass: HomeAssistant, tmp_path: Path) -> Generator[None]:
    """Store in real files, which these tests damage."""
    hass.config.config_dir = str(tmp_path)
    # Undone before the test plugin undoes its own patches of the same methods.
    with pytest.MonkeyPatch.context() as patch:
        for name, method in _REAL.items():
            # DeviceStore extends async_remove: only the method that it calls is replaced.
            kind = Store if name == "async_remove" else DeviceStore
            patch.setattr(kind, name, method, raising=False)
        yield
