"""The configuration directory is created once, kept, and never taken from somebody else."""

import fcntl
import json
from pathlib import Path
import socket

import pytest

from development import instance


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return where a configuration may be made."""
    return tmp_path / "develop"


def test_new_directory_is_complete(directory: Path) -> None:
    """No log-in, onboarding or further set-up is needed."""
    assert instance.prepare(directory, 8124)
    storage = directory / ".storage"
    for name in ("auth", "core.config", "onboarding", "person"):
        assert json.loads((storage / name).read_text())["key"] == name
    http = json.loads((storage / "http").read_text())["data"]
    assert http == {"server_host": ["127.0.0.1"], "server_port": 8124}
    for name in ("backhug", "backhug_simulator"):
        assert (directory / f"custom_components/{name}/manifest.json").exists()
    assert (directory / "configuration.yaml").exists()
    assert (directory / "dashboard.yaml").exists()


def test_state_is_kept_and_the_port_is_new(directory: Path) -> None:
    """A second start finds the files of the first one."""
    instance.prepare(directory, 8124)
    person = directory / ".storage/person"
    person.write_text("changed")
    assert not instance.prepare(directory, 8125)
    assert person.read_text() == "changed"
    assert "8125" in (directory / ".storage/http").read_text()


def test_edited_files_are_kept(directory: Path) -> None:
    """Automations, scripts, scenes and blueprints are the instance's own files."""
    instance.prepare(directory, 8124)
    blueprints = directory / instance.BLUEPRINTS
    assert not blueprints.is_symlink()
    assert sorted(path.name for path in blueprints.iterdir()) == [
        "break_at_desk.yaml",
        "evening_session.yaml",
        "session_summary.yaml",
    ]
    for name in instance.EDITED:
        assert (directory / name).read_text() == ""
        (directory / name).write_text("[]")
    instance.prepare(directory, 8124)
    for name in instance.EDITED:
        assert (directory / name).read_text() == "[]"


def test_linked_blueprints_are_replaced(directory: Path, tmp_path: Path) -> None:
    """An instance that linked them gets files, and nothing is written through the link."""
    linked = tmp_path / "linked"
    linked.mkdir()
    blueprints = directory / instance.BLUEPRINTS
    blueprints.parent.mkdir(parents=True)
    blueprints.symlink_to(linked)
    instance.prepare(directory, 8124)
    assert (blueprints / "break_at_desk.yaml").exists()
    assert list(linked.iterdir()) == []


def test_reset_removes_only_its_own_files(directory: Path) -> None:
    """A directory without our storage belongs to somebody else."""
    instance.reset(directory)
    instance.prepare(directory, 8124)
    instance.reset(directory)
    assert not directory.exists()
    directory.mkdir()
    with pytest.raises(instance.NotReadyError, match="not a configuration of ours"):
        instance.reset(directory)
    assert directory.exists()


def test_a_directory_in_use_is_left_alone(directory: Path) -> None:
    """Home Assistant holds a lock while it runs."""
    instance.check_unused(directory)
    directory.mkdir()
    with (directory / ".ha_run.lock").open("w") as lock:
        instance.check_unused(directory)
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(instance.NotReadyError, match="Another instance"):
            instance.check_unused(directory)


@pytest.mark.usefixtures("socket_enabled")
def test_port_in_use_has_a_message() -> None:
    """The message names a port to use instead."""
    with socket.socket() as other:
        other.bind((instance.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(instance.NotReadyError, match=f"--port {port + 1}"):
            instance.check_port(port)
    instance.check_port(port)
