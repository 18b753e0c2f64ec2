"""The repair issue for a device that new firmware has made incompatible."""

from copy import replace

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
import pytest

from custom_components.backhug.const import DOMAIN, HELP_URL
from custom_components.backhug.device import connection as link
from simulator.build import Build
from simulator.faults import Faults
from tests.home import Home, SimulatedBackHug, until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the back-off of a minute."""
    monkeypatch.setattr(link, "LONGEST_BACK_OFF", 0.2)


def issues(hass: HomeAssistant) -> list[ir.IssueEntry]:
    """Return our issues."""
    return [
        issue
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.active
    ]


async def break_it(back_hug: SimulatedBackHug) -> None:
    """Let new firmware speak another protocol version."""
    await back_hug.peripheral.restart(replace(back_hug.build, major=2))
    await until(lambda: issues(back_hug.hass), "the issue appears")


@pytest.mark.parametrize(
    ("build", "faults", "reason"),
    [
        (Build(major=2), Faults(), "unsupported_version"),
        (Build(), Faults(features=bytes((1, 0)) + bytes(10)), "contradictory_features"),
        (Build(), Faults(other_protocol=True), "unknown_protocol"),
    ],
)
async def test_issue_appears_and_disappears(
    back_hug: SimulatedBackHug, build: Build, faults: Faults, reason: str
) -> None:
    """The issue says what happened and what to do, and disappears by itself."""
    assert issues(back_hug.hass) == []
    back_hug.faults.features = faults.features
    back_hug.faults.other_protocol = faults.other_protocol
    await back_hug.peripheral.restart(build)
    await until(lambda: issues(back_hug.hass), "the issue appears")
    (issue,) = issues(back_hug.hass)
    assert issue.translation_key == reason
    assert issue.translation_placeholders == {"name": "BackHug-7F2A"}
    assert issue.severity is ir.IssueSeverity.ERROR
    assert issue.is_fixable is False
    assert issue.learn_more_url == HELP_URL
    for language in ("en", "de"):
        texts = await async_get_translations(
            back_hug.hass, language, "issues", [DOMAIN]
        )
        for part in ("title", "description"):
            text = texts[f"component.{DOMAIN}.issues.{reason}.{part}"]
            assert "BackHug-7F2A" in text.format(**issue.translation_placeholders)
    # Sent once, however often it is tried.
    attempts = back_hug.peripheral.connections
    await until(lambda: back_hug.peripheral.connections >= attempts + 2, "tried again")
    assert len(issues(back_hug.hass)) == 1

    back_hug.faults.clear()
    await back_hug.peripheral.restart(back_hug.build)
    await until(lambda: not issues(back_hug.hass), "it is withdrawn")
    await back_hug.shows("binary_sensor", "connected", "on")


async def test_issue_is_deleted_with_the_device(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Removing the device deletes its issue."""
    await break_it(back_hug)
    await home.hass.config_entries.async_remove(back_hug.entry.entry_id)
    assert issues(home.hass) == []


async def test_issue_disappears_after_a_reload(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The issue disappears even if the entry was reloaded meanwhile."""
    await break_it(back_hug)
    assert await home.hass.config_entries.async_reload(back_hug.entry.entry_id)
    await until(lambda: issues(home.hass), "it is still so")
    await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    await back_hug.peripheral.restart(back_hug.build)
    await back_hug.set_up()
    assert issues(home.hass) == []


async def test_disabled_device_has_no_issue(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """A disabled device has no issue."""
    await break_it(back_hug)
    await home.hass.config_entries.async_set_disabled_by(
        back_hug.entry.entry_id, ConfigEntryDisabler.USER
    )
    assert issues(home.hass) == []


async def test_issues_are_per_device(home: Home, back_hug: SimulatedBackHug) -> None:
    """An incompatible device does not affect another one."""
    other = await home.add(Build(name="BackHug-26AB", address="C0:FF:EE:00:26:AB"))
    await home.seen(other)
    await other.set_up()
    await break_it(back_hug)
    await other.peripheral.restart(replace(other.build, major=3))
    await until(lambda: len(issues(home.hass)) == 2, "both issues appear")
    await back_hug.peripheral.restart(back_hug.build)
    await until(lambda: len(issues(home.hass)) == 1, "one is withdrawn")
    (issue,) = issues(home.hass)
    assert issue.translation_placeholders == {"name": "BackHug-26AB"}
