"""The file of the history: set aside if it cannot be read, and removed with the entry."""

from typing import Any

from homeassistant.helpers import issue_registry as ir
import orjson
import pytest

from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug

from ..conftest import warnings
from ..whole_sessions import complete
from .histories import path, unload


@in_one_home(
    "broken",
    [
        pytest.param(lambda stored: stored[: len(stored) // 2], id="truncated"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda stored: b"\0" * len(stored), id="zeros"),
    ],
)
async def test_file_that_is_no_json_is_set_aside(
    home: Home,
    back_hug: SimulatedBackHug,
    caplog: pytest.LogCaptureFixture,
    broken: Any,
) -> None:
    """Home Assistant sets the file aside and logs it; the history starts empty."""
    number = (await complete(back_hug)).number
    await unload(back_hug)
    whole = path(back_hug).read_bytes()
    path(back_hug).write_bytes(broken(whole))
    await back_hug.set_up()
    assert back_hug.coordinator.history.sessions == ()
    (aside,) = path(back_hug).parent.glob("*.history.corrupt.*")
    assert aside.read_bytes() == broken(whole)
    aside.unlink()
    (issue,) = ir.async_get(home.hass).issues
    assert issue[1].startswith("storage_corruption_backhug")
    ir.async_delete_issue(home.hass, *issue)
    assert warnings(caplog)
    caplog.clear()
    assert (await complete(back_hug)).number == number + 1
    await unload(back_hug)
    stored = orjson.loads(path(back_hug).read_bytes())["data"]
    assert stored["position"]["last"] == number + 1
    await back_hug.set_up()


@in_one_home(
    "broken",
    [
        pytest.param(lambda stored: {**stored, "version": 2}, id="future"),
        pytest.param(lambda stored: {**stored, "version": 0}, id="past"),
        pytest.param(lambda stored: {**stored, "data": []}, id="a list"),
        pytest.param(lambda stored: {**stored, "data": {}}, id="nothing in it"),
        pytest.param(
            lambda stored: {**stored, "data": {**stored["data"], "sessions": [3]}},
            id="no sessions",
        ),
        pytest.param(
            lambda stored: {**stored, "data": {**stored["data"], "position": None}},
            id="no position",
        ),
        pytest.param(
            lambda stored: {**stored, "data": {**stored["data"], "choice": {}}},
            id="no choice",
        ),
        pytest.param(lambda _: [], id="no file of a store"),
    ],
)
async def test_file_with_unknown_content_is_set_aside(
    back_hug: SimulatedBackHug,
    caplog: pytest.LogCaptureFixture,
    broken: Any,
) -> None:
    """A file with unknown content is set aside and logged once; the history starts empty."""
    number = (await complete(back_hug)).number
    await unload(back_hug)
    stored = orjson.loads(path(back_hug).read_bytes())
    path(back_hug).write_bytes(orjson.dumps(broken(stored)))
    await back_hug.set_up()
    assert back_hug.coordinator.history.sessions == ()
    assert back_hug.coordinator.history.treated == 0
    (aside,) = path(back_hug).parent.glob("*.history.unreadable.*")
    assert orjson.loads(aside.read_bytes()) == broken(stored)
    (warning,) = warnings(caplog)
    assert str(aside) in warning
    aside.unlink()
    caplog.clear()
    assert (await complete(back_hug)).number == number + 1


async def test_later_minor_version_is_read(back_hug: SimulatedBackHug) -> None:
    """A file of a later minor version is read."""
    session = await complete(back_hug)
    await unload(back_hug)
    stored = orjson.loads(path(back_hug).read_bytes())
    stored["minor_version"] = 2
    stored["data"]["sessions"][0]["mood"] = "fine"
    path(back_hug).write_bytes(orjson.dumps(stored))
    await back_hug.set_up()
    assert back_hug.coordinator.history.sessions == (session,)


async def test_history_is_removed_with_the_entry(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """No file stays."""
    await complete(back_hug)
    await unload(back_hug)
    assert path(back_hug).exists()
    await home.hass.config_entries.async_remove(back_hug.entry.entry_id)
    assert not path(back_hug).exists()


KINDS = ("unreadable", "corrupt")


async def test_set_aside_files_are_removed_with_the_entry(
    home: Home, back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """Files set aside go with their entry; those of another entry stay."""
    await complete(back_hug)
    for broken in (b"[]", b"torn"):
        await unload(back_hug)
        path(back_hug).write_bytes(broken)
        await back_hug.set_up()
    caplog.clear()
    storage = path(back_hug).parent
    programmes = f"backhug.programmes.{back_hug.entry.entry_id}"
    storage.joinpath(f"{programmes}.corrupt.2026-11-28").touch()
    anothers = storage.joinpath("backhug.another.history.unreadable.20261128")
    anothers.touch()
    assert [len([*storage.glob(f"*.{kind}.*")]) for kind in KINDS] == [2, 2]
    await home.hass.config_entries.async_remove(back_hug.entry.entry_id)
    assert [*storage.glob("backhug.*")] == [anothers]
