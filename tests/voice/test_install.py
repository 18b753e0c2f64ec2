"""Sentence files in the user's configuration: installed, updated, removed, never overwritten."""

import errno
import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.file import WriteError
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.repairs import SentencesFlow, async_create_fix_flow
from custom_components.backhug.voice import sentence_files as custom_sentences
from custom_components.backhug.voice.sentence_files import (
    ISSUE_LEFT,
    ISSUE_OUTDATED,
    Installed,
    async_apply,
    async_installed,
    path_of,
)
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug
from tests.integration.conftest import OURS

from .speaking import choose, say, voice_form

BOTH = ["en", "de"]


@pytest.fixture
async def one(assist: Home) -> SimulatedBackHug:
    """Return a BackHug in a home without any sentences."""
    back_hug = await assist.add()
    await assist.seen(back_hug)
    await back_hug.set_up()
    return back_hug


def offered(form: ConfigFlowResult) -> Any:
    """Return the suggested values of a form."""
    schema = form["data_schema"]
    assert schema is not None
    return schema({})["languages"]


def issue(hass: HomeAssistant, issue_id: str) -> ir.IssueEntry | None:
    """Return one of our issues."""
    return ir.async_get(hass).async_get_issue(DOMAIN, issue_id)


async def test_install_and_remove(assist: Home, one: SimulatedBackHug) -> None:
    """Assist understands as soon as they are installed, and no longer once removed."""
    hass = assist.hass
    loaded = one.coordinator
    assert "Stopped" not in await say(assist, "Stop the massage")
    form = await voice_form(one)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "voice"
    assert offered(form) == ["en"]
    hass.config_entries.options.async_abort(form["flow_id"])
    result = await choose(one, *BOTH)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "No session" in await say(assist, "Stop the massage")
    assert "keine Sitzung" in await say(assist, "Stopp die Massage", "de")
    assert set((await async_installed(hass)).values()) == {Installed.CURRENT}

    assert offered(await voice_form(one)) == BOTH
    await choose(one, "de")
    assert not path_of(hass, "en").exists()
    assert not path_of(hass, "en").parent.exists()
    assert "keine Sitzung" in await say(assist, "Stopp die Massage", "de")
    await choose(one)
    assert not path_of(hass, "de").parents[1].exists()
    # Nothing of the entry itself has changed.
    assert one.coordinator is loaded


async def test_other_files_stay(assist: Home, one: SimulatedBackHug) -> None:
    """Other files in the folder are left alone."""
    hass = assist.hass
    await choose(one, "en")
    other = path_of(hass, "en").parent / "mine.yaml"
    other.write_text("language: en\n")
    await choose(one)
    assert other.exists()
    assert not path_of(hass, "en").exists()


@in_one_home("mine", ["# mine\n", "", None])
async def test_changed_files_stay(
    assist: Home, one: SimulatedBackHug, mine: str | None
) -> None:
    """Files that the user changed or made stay, and an issue explains the fix."""
    hass = assist.hass
    path = path_of(hass, "en")
    if mine is None:
        await choose(one, "en")
        changed = path.read_text() + "# mine\n"
    else:
        path.parent.mkdir(parents=True)
        changed = mine
    path.write_text(changed)
    assert (await async_installed(hass))["en"] is Installed.CHANGED
    for languages in (BOTH, []):
        result = await choose(one, *languages)
        assert result["type"] is FlowResultType.FORM
        assert result["step_id"] == "voice_changed"
        assert result["description_placeholders"] == {
            "files": "custom_sentences/en/backhug.yaml"
        }
        assert path_of(hass, "de").exists() is bool(languages)
        result = await hass.config_entries.options.async_configure(
            result["flow_id"], {}
        )
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert path.read_text() == changed
    # The fix.
    path.unlink()
    assert (await choose(one, "en"))["type"] is FlowResultType.CREATE_ENTRY
    assert (await async_installed(hass))["en"] is Installed.CURRENT
    await choose(one)


@in_one_home(
    ("number", "key"),
    [
        (errno.EROFS, "cannot_write_read_only"),
        (errno.EACCES, "cannot_write_read_only"),
        (errno.ENOSPC, "cannot_write_full"),
        (errno.EEXIST, "cannot_write_linked"),
        (errno.EIO, "cannot_write"),
    ],
)
async def test_why_it_cannot_be_written(
    one: SimulatedBackHug, number: int, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The form explains it, where Home Assistant has wrapped the error."""
    error = OSError(number, os.strerror(number))
    wrapped = WriteError(error)
    wrapped.__cause__ = error
    with patch.object(custom_sentences, "write_utf8_file_atomic", side_effect=wrapped):
        form = await choose(one, "en")
    assert form["errors"] == {"base": key}
    assert os.strerror(number) in str(form["description_placeholders"])
    caplog.clear()
    assert (await choose(one, "en"))["type"] == "create_entry"
    await choose(one)


async def test_write_error_is_explained(
    assist: Home, one: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """The form gives the reason, and can be submitted again."""
    folder = path_of(assist.hass, "en").parents[1]
    folder.write_text("a file, where a folder should be")
    form = await voice_form(one)
    assert form["errors"] == {"base": "cannot_write_linked"}
    options = assist.hass.config_entries.options
    result = await options.async_configure(form["flow_id"], {"languages": ["de"]})
    assert result["errors"] == {"base": "cannot_write_linked"}
    assert str(folder) in str(result["description_placeholders"])
    assert offered(result) == ["de"]
    caplog.clear()
    folder.unlink()
    result = await options.async_configure(form["flow_id"], {"languages": ["de"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_update_is_offered(assist: Home, one: SimulatedBackHug) -> None:
    """A newer version offers newer sentences where the installed ones are unchanged."""
    hass = assist.hass
    with pytest.MonkeyPatch.context() as patched:
        shipped = Path(hass.config.path("shipped"))
        for language in BOTH:
            (shipped / language).mkdir(parents=True)
            (shipped / language / "backhug.yaml").write_text(f"language: {language}\n")
        patched.setattr(custom_sentences, "_SHIPPED", shipped)
        await choose(one, *BOTH)
    path_of(hass, "de").write_text("# mine\n")
    assert issue(hass, ISSUE_OUTDATED) is None
    assert await hass.config_entries.async_reload(one.entry.entry_id)
    found = issue(hass, ISSUE_OUTDATED)
    assert found is not None
    assert found.is_fixable

    flow = await async_create_fix_flow(hass, ISSUE_OUTDATED, None)
    assert isinstance(flow, SentencesFlow)
    flow.hass = hass
    form = await flow.async_step_init()
    assert form["type"] is FlowResultType.FORM
    with patch.object(custom_sentences, "_install", side_effect=OSError("no room")):
        form = await flow.async_step_init({})
    assert form["errors"] == {"base": "cannot_write"}
    assert form["description_placeholders"] == {"problem": "no room"}
    result = await flow.async_step_init({})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issue(hass, ISSUE_OUTDATED) is None
    assert await async_installed(hass) == {
        "en": Installed.CURRENT,
        "de": Installed.CHANGED,
    }


async def test_nothing_is_offered_without_need(
    assist: Home, one: SimulatedBackHug
) -> None:
    """Without files, with the newest or with changed ones nothing is offered."""
    hass = assist.hass
    assert issue(hass, ISSUE_OUTDATED) is None
    await choose(one, *BOTH)
    path_of(hass, "de").write_text("# mine\n")
    assert await hass.config_entries.async_reload(one.entry.entry_id)
    assert issue(hass, ISSUE_OUTDATED) is None


async def test_files_go_with_the_last_device(
    assist: Home, one: SimulatedBackHug
) -> None:
    """With the last BackHug its sentences go; the user's stay, with an issue."""
    hass = assist.hass
    other = await assist.add(
        type(one.build)(name="BackHug-2", address="C0:FF:EE:00:00:02")
    )
    await assist.seen(other)
    await other.set_up()
    await choose(one, *BOTH)
    await hass.config_entries.async_remove(other.entry.entry_id)
    assert set((await async_installed(hass)).values()) == {Installed.CURRENT}
    path_of(hass, "de").write_text("# mine\n")
    await hass.config_entries.async_remove(one.entry.entry_id)
    assert not path_of(hass, "en").exists()
    assert path_of(hass, "de").read_text() == "# mine\n"
    found = issue(hass, ISSUE_LEFT)
    assert found is not None
    assert found.translation_placeholders == {
        "files": "custom_sentences/de/backhug.yaml"
    }
    # Reported until there is a BackHug again.
    await one.set_up()
    assert issue(hass, ISSUE_LEFT) is None


async def test_unreadable_folder_prevents_nothing(
    assist: Home, one: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A BackHug is set up and removed although the folder cannot be read."""
    path_of(assist.hass, "en").parents[1].write_text("no folder")
    assert await assist.hass.config_entries.async_reload(one.entry.entry_id)
    assert "cannot be read" in caplog.text
    await assist.hass.config_entries.async_remove(one.entry.entry_id)
    assert "could not be removed" in caplog.text
    caplog.clear()


async def test_reload_error_does_not_prevent_installation(
    assist: Home, one: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """The files are installed even if Assist cannot reload now."""
    Path(assist.hass.config.path("configuration.yaml")).unlink()  # noqa: ASYNC240
    assert (await choose(one, "en"))["type"] is FlowResultType.CREATE_ENTRY
    assert (await async_installed(assist.hass))["en"] is Installed.CURRENT
    assert "could not be reloaded" in caplog.text
    assert OURS in caplog.text
    caplog.clear()


async def test_installed_without_assist(home: Home) -> None:
    """Without Assist they can still be installed."""
    assert await async_apply(home.hass, BOTH) == []
    assert set((await async_installed(home.hass)).values()) == {Installed.CURRENT}
