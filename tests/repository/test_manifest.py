"""The files that Home Assistant and HACS read before they load the integration."""

from fnmatch import fnmatchcase
import json
import re
import struct
import tomllib

from homeassistant.const import __version__ as installed
import pytest

from custom_components.backhug.const import DOMAIN, HELP_URL
from custom_components.backhug.device.model import is_backhug_name
from custom_components.backhug.device.protocols import open_profile as profile

from .common import INTEGRATION, ROOT, load

MANIFEST = load("manifest.json")
HACS = json.loads((ROOT / "hacs.json").read_text())

REQUIRED = {
    "domain",
    "name",
    "codeowners",
    "config_flow",
    "dependencies",
    "documentation",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "requirements",
    "version",
}
OPTIONAL = {
    "after_dependencies",
    "bluetooth",
    "categories",
    "connectivity",
    "loggers",
    "quality_scale",
}
"""The keys that hassfest knows and that this integration has a use for."""

NAMES = [
    "BackHug",
    "BackHug 2",
    "BackHug-7F2A",
    "BackHug-",
    "BackHug ",
    "BackHugger",
    "Backhug",
    "backhug-1",
    "My BackHug",
    " BackHug",
    "BackHu",
    "",
]
IMAGES = {
    "icon.png": (256, 256),
    "icon@2x.png": (512, 512),
    "logo.png": None,
    "logo@2x.png": None,
    "dark_logo.png": None,
    "dark_logo@2x.png": None,
}


def test_keys() -> None:
    """The manifest has the keys that it must have, and none that hassfest refuses."""
    assert set(MANIFEST) >= REQUIRED
    assert set(MANIFEST) <= REQUIRED | OPTIONAL


def test_order_of_keys() -> None:
    """Domain and name come first, then the others by their alphabet."""
    keys = list(MANIFEST)
    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]


def test_values() -> None:
    """The manifest's values are true."""
    assert MANIFEST["domain"] == DOMAIN == INTEGRATION.name
    assert MANIFEST["iot_class"] == "local_push"
    assert MANIFEST["integration_type"] == "device"
    assert MANIFEST["config_flow"] is True
    assert MANIFEST["dependencies"] == ["bluetooth_adapters", "http"]
    # Without a frontend there is no card, without conversation no consultant, without persons only a guest, without
    # a recorder there are no statistics, and all else works.
    assert MANIFEST["after_dependencies"] == [
        "conversation",
        "frontend",
        "person",
        "recorder",
    ]
    assert all(re.fullmatch(r"@[\w-]+", owner) for owner in MANIFEST["codeowners"])
    for key in ("documentation", "issue_tracker"):
        assert MANIFEST[key].startswith("https://github.com/")
    assert MANIFEST["issue_tracker"] == f"{MANIFEST['documentation']}/issues"
    assert HELP_URL.startswith(f"{MANIFEST['documentation']}#")


def test_requirements_come_with_home_assistant() -> None:
    """The Bluetooth libraries are Home Assistant's own, at its own versions."""
    assert MANIFEST["requirements"] == []


def test_version() -> None:
    """The version is one that Home Assistant and HACS can compare, everywhere the same."""
    version = MANIFEST["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == version


def test_discovered_by_the_service_of_the_profile() -> None:
    """The service of the profile is a matcher of its own: names may not be seen."""
    assert {"service_uuid": profile.SERVICE} in MANIFEST["bluetooth"]


def matches(name: str) -> bool:
    """Return whether a matcher of the manifest lets a local name through."""
    return any(
        fnmatchcase(name, matcher["local_name"])
        for matcher in MANIFEST["bluetooth"]
        if set(matcher) == {"local_name"}
    )


@pytest.mark.parametrize("name", NAMES)
def test_discovered_by_name(name: str) -> None:
    """The name matchers agree with the flow's rule for a BackHug."""
    assert matches(name) is is_backhug_name(name)


def test_matchers() -> None:
    """Home Assistant refuses a name matcher with a wildcard in its first three letters."""
    for matcher in MANIFEST["bluetooth"]:
        assert set(matcher) <= {"service_uuid", "local_name"}
        assert not re.search(r"[*?\[]", matcher.get("local_name", "")[:3])
        uuid = matcher.get("service_uuid", "")
        assert uuid == uuid.lower()


def test_hacs() -> None:
    """HACS shows the integration by its name, for the Home Assistant that it needs."""
    assert set(HACS) == {"name", "homeassistant", "hide_default_branch"}
    assert HACS["name"] == MANIFEST["name"]

    def number(version: str) -> list[int]:
        return [int(part) for part in version.split(".")]

    assert number(HACS["homeassistant"]) <= number(installed)
    # The suite runs on the oldest month that is promised.
    pinned = re.search(
        r"^homeassistant==(\S+)$",
        (ROOT / "requirements" / "test.in").read_text(),
        re.MULTILINE,
    )
    assert pinned
    assert number(HACS["homeassistant"])[:2] == number(pinned[1])[:2]
    readme = (ROOT / "README.md").read_text()
    year, month, _ = HACS["homeassistant"].split(".")
    assert f"Home Assistant {year}.{month}" in readme


def test_one_integration_only() -> None:
    """HACS takes the first folder that it finds."""
    folders = [
        path.name
        for path in INTEGRATION.parent.iterdir()
        if path.is_dir() and path.name != "__pycache__"
    ]
    assert folders == [DOMAIN]


@pytest.mark.parametrize(("name", "size"), IMAGES.items())
def test_brand(name: str, size: tuple[int, int] | None) -> None:
    """The brand's images are there, in the sizes that Home Assistant shows."""
    header = (INTEGRATION / "brand" / name).read_bytes()[:24]
    assert header.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", header[16:])
    if size:
        assert (width, height) == size
    else:
        shortest = 256 if "@2x" in name else 128
        assert shortest <= min(width, height) <= 2 * shortest
