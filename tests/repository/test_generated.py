"""Generated parts of files."""

from pathlib import Path

import pytest

from development.generate import FILES, ROOT


@pytest.mark.parametrize(
    "path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES]
)
def test_generated_part_is_up_to_date(path: Path) -> None:
    """`scripts/generate` was run after a change of the questionnaire or its texts."""
    text = path.read_text()
    assert FILES[path](text) == text


def test_generated_part_needs_its_marks() -> None:
    """A file that lost the lines around its generated part is refused."""
    for generate in FILES.values():
        with pytest.raises(ValueError, match="are missing"):
            generate("consult:\n")
