"""The configuration directory of the development instance."""

import fcntl
import json
import os
from pathlib import Path
import shutil
import socket

SOURCE = Path(__file__).parent
REPOSITORY = SOURCE.parent
HOST = "127.0.0.1"

# Links in the configuration directory to files of the repository.
LINKS = {
    "configuration.yaml": SOURCE / "configuration.yaml",
    "dashboard.yaml": SOURCE / "dashboard.yaml",
    "custom_components/backhug": REPOSITORY / "custom_components/backhug",
    "custom_components/backhug_simulator": SOURCE / "backhug_simulator",
}

# Files edited in the frontend belong to the instance. The blueprints are copied at each start.
EDITED = ("automations.yaml", "scripts.yaml", "scenes.yaml")
BLUEPRINTS = "blueprints/automation/backhug"


class NotReadyError(Exception):
    """The instance cannot be started; the message says what to do."""


def check_port(port: int) -> None:
    """Raise if something else listens on `port`."""
    with socket.socket() as probe:
        # As Home Assistant does: a port that was just left is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            msg = f"Port {port} needs more rights than yours. Choose one above 1023."
            raise NotReadyError(msg) from None
        except OSError:
            msg = (
                f"Port {port} is in use, perhaps by another instance. "
                f"End that one, or choose another: scripts/develop --port {port + 1}"
            )
            raise NotReadyError(msg) from None


def check_unused(directory: Path) -> None:
    """Raise if a Home Assistant runs on `directory`, by the lock that it holds."""
    lock = directory / ".ha_run.lock"
    if not lock.exists():
        return
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"Another instance runs on {directory}. End that one first."
            raise NotReadyError(msg) from None


def prepare(directory: Path, port: int) -> bool:
    """Bring `directory` into shape, keeping its state. Return whether it is new."""
    storage = directory / ".storage"
    new = not storage.exists()
    storage.mkdir(parents=True, exist_ok=True)
    for template in (SOURCE / "storage").iterdir():
        if not (storage / template.name).exists():
            shutil.copyfile(template, storage / template.name)
    _write_http(storage / "http", port)
    for name, target in LINKS.items():
        if target.exists():
            _link(directory / name, target)
    for name in EDITED:
        (directory / name).touch()
    _copy_blueprints(directory / BLUEPRINTS)
    # A package of its own: else one in the repository, which is on the path too,
    # would be found in its place, without the simulator.
    (directory / "custom_components/__init__.py").touch()
    return new


def reset(directory: Path) -> None:
    """Remove `directory` with all its state."""
    if directory.exists() and not (directory / ".storage").exists():
        msg = f"{directory} is not a configuration of ours, so it is not removed."
        raise NotReadyError(msg)
    shutil.rmtree(directory, ignore_errors=True)


def _write_http(path: Path, port: int) -> None:
    """Write the address to listen on, in the first and shortest form of this file.

    Home Assistant migrates it. In the YAML configuration it would be a repair issue.
    """
    data = {"server_host": [HOST], "server_port": port}
    path.write_text(json.dumps({"version": 1, "key": "http", "data": data}))


def _copy_blueprints(directory: Path) -> None:
    """Copy the blueprints of the repository into `directory`."""
    if directory.is_symlink():
        directory.unlink()
    shutil.copytree(REPOSITORY / BLUEPRINTS, directory, dirs_exist_ok=True)


def _link(link: Path, target: Path) -> None:
    """Make `link` point at `target`, relative to it so that the tree can be moved."""
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink():
        link.unlink()
    link.symlink_to(os.path.relpath(target, link.parent.resolve()))
