"""Copies of texts in translations/*.json."""

import json
from pathlib import Path
from typing import Any

from development.translations import (
    COPIES,
    EXCEPTIONS,
    TRANSLATIONS,
    update,
    with_copies,
    written,
)


def english() -> dict[str, Any]:
    """Return the English texts."""
    texts: dict[str, Any] = json.loads((TRANSLATIONS / "en.json").read_text())
    return texts


def test_a_changed_name_reaches_all_its_copies(tmp_path: Path) -> None:
    """The source is edited in one place; the script writes the copies and leaves other texts alone."""
    texts = english()
    texts["selector"]["area"]["options"]["mid_back"] = "Middle of the back"
    (tmp_path / "en.json").write_text(written(texts))
    (tmp_path / "de.json").write_text((TRANSLATIONS / "de.json").read_text())
    assert update(tmp_path) == ["en.json"]
    updated = (tmp_path / "en.json").read_text()
    assert updated.count('"mid_back": "Middle of the back"') == 5
    assert '"mid_back": "Mid back"' not in updated
    unchanged = updated.replace("Middle of the back", "Mid back")
    assert json.loads(unchanged) == english()
    assert update(tmp_path) == []


def test_a_new_language_needs_no_copies() -> None:
    """A translator writes the sources only."""
    texts = english()
    del texts["entity"]["select"]["flow"]["state"]
    del texts["entity"]["sensor"]["programme_step"]["state_attributes"]["area"]
    assert with_copies(texts) == english()


def test_an_exception_keeps_its_text() -> None:
    """A text within a copied group may be its own."""
    options = with_copies(english())["selector"]
    assert options["copy_of"]["options"]["none"] == "Nothing (empty)"
    assert options["programme"]["options"]["none"] == "None"


def test_no_source_is_a_copy() -> None:
    """Every copied text has exactly one source."""
    copies = [path for paths in COPIES.values() for path in paths]
    assert len(set(copies)) == len(copies)
    for path in copies:
        within = [each for each in COPIES if f"{each}.".startswith(f"{path}.")]
        assert within == []
    for path in EXCEPTIONS:
        assert any(path.startswith(f"{each}.") for each in copies)
