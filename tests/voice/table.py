"""Writes the table of docs/voice.md: `python -m tests.voice.table`."""

from pathlib import Path
from typing import Final

from .language import LANGUAGES, Said, load

PAGE: Final = Path(__file__).parents[2] / "docs" / "voice.md"
HEADING: Final = "## Every sentence"
_INTRODUCTION: Final = """\
Each row has several ways to say the same; there are many more. All of these are [tested](../tests/voice), from Assist to the
simulated device. Unless the third column says otherwise, sentences that change a session are said while one is treating, and the others in
standby. The device is set to strength 5, full back, slow and 20 minutes; a running session has 60 minutes. {minutes}, {time}, {number} and
{region} depend on the moment.
"""
_NAMES: Final = {"en": "English", "de": "German"}
_GIVEN: Final = {
    "nobody": "nobody is lying on it",
    "paused": "paused",
    "plan": "a plan is followed",
    "standby": "standby",
    "armed": "waits for somebody",
    "treating": "in session",
}


def table() -> str:
    """Return the tables of all languages, as the page has them."""
    parts = [HEADING, _INTRODUCTION.rstrip()]
    for language in LANGUAGES:
        rows = [
            "| you say | intent | when | the answer | the device receives |",
            "| --- | --- | --- | --- | --- |",
            *(_row(said) for said in load(language)),
        ]
        parts += [f"### {_NAMES[language]}", "\n".join(rows)]
    return "\n\n".join(parts) + "\n"


def _row(said: Said) -> str:
    given = _GIVEN[said.given]
    if said.strength != 5:
        given += f", strength {said.strength}"
    if said.flow != "slow":
        given += f", flow {said.flow}"
    if said.minutes != 60:
        given += f", {said.minutes} minutes"
    cells = (
        " · ".join(f"“{sentence}”" for sentence in said.say),
        said.intent,
        given,
        said.answer,
        ", ".join(f"`{request}`" for request in said.requests) or "nothing",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the table."""
    kept, _, _ = PAGE.read_text().partition(HEADING)
    PAGE.write_text(kept + table())


if __name__ == "__main__":
    main()
