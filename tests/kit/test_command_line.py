"""The kit on the command line."""

from pathlib import Path
import zipfile

import pytest

from kit.__main__ import main

from .evenings import csv, recorded
from .vendors import Knodo
from .vendors.vendor import ADDRESS, NEIGHBOUR


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Return the names of a capture and of its notes."""
    data, notes = recorded(Knodo)
    capture, written = tmp_path / "log.btsnoop", tmp_path / "notes.csv"
    capture.write_bytes(data)
    written.write_text(csv(notes))
    return str(capture), str(written)


def test_look_shows_devices_and_frame(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without notes there are devices, frame, checksum and counter."""
    assert main(["look", files[0]]) == 0
    said = capsys.readouterr().err
    for words in (
        f"* {ADDRESS}",
        f"  {NEIGHBOUR}",
        "sum8_inverted",
        "Counter: {'at': 3}",
    ):
        assert words in said


def test_describe_writes_only_with_a_confirmed_stop(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until then it says what is missing, and ends with 1."""
    assert main(["describe", files[0], "--confirm", "stop"]) == 1
    assert "No stop was found" in capsys.readouterr().err
    output = tmp_path / "bed.yaml"
    arguments = ["describe", files[0], "--notes", files[1], "-o", str(output)]
    assert main(arguments) == 1
    assert "Confirm stop" in capsys.readouterr().err
    assert not output.exists()
    arguments += ["--minutes", "5-30/5", "--ends-after", "30"]
    assert main([*arguments, "--confirm", "stop", "start", "minutes"]) == 0
    assert "48 of 48 presses are encoded" in capsys.readouterr().err
    written = output.read_text()
    for words in ("start: confirmed", "set_length: confirmed", "ends_after: 30"):
        assert words in written


def test_describe_prints_without_a_file(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The description alone goes to the standard output."""
    assert (
        main(
            [
                "describe",
                files[0],
                "--notes",
                files[1],
                "--confirm",
                "stop",
                "--device",
                ADDRESS,
            ]
        )
        == 0
    )
    assert capsys.readouterr().out.startswith("format: 1\n")


def test_share_writes_a_bundle(files: tuple[str, str], tmp_path: Path) -> None:
    """The bundle can be looked at as any capture."""
    output = tmp_path / "bundle.zip"
    assert main(["share", files[0], "--notes", files[1], "-o", str(output)]) == 0
    assert main(["look", str(output)]) == 0


def test_share_takes_the_answers_for_the_description(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the page, which has them already."""
    output = tmp_path / "bundle.zip"
    arguments = ["share", files[0], "--notes", files[1], "-o", str(output)]
    assert main(arguments) == 0
    assert "Without a description: Confirm stop" in capsys.readouterr().err
    assert main([*arguments, "--confirm", "stop"]) == 0
    with zipfile.ZipFile(output) as archive:
        assert archive.read("description.yaml").startswith(b"format: 1")


def test_check_holds_an_edited_description_against_the_capture(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is read as Home Assistant reads it: a mistake has its line."""
    path = tmp_path / "bed.yaml"
    describe = ["describe", files[0], "--notes", files[1], "--confirm", "stop"]
    assert main([*describe, "-o", str(path)]) == 0
    capsys.readouterr()
    check = ["check", str(path), files[0]]
    assert main([*check, "--notes", files[1]]) == 0
    assert "- 48 of 48 presses are encoded" in capsys.readouterr().err
    assert main(check) == 0
    assert "Without notes that fit, only the frames" in capsys.readouterr().err
    text = path.read_text()
    path.write_text(text.replace("treating", "paused", 1))
    assert main([*check, "--notes", files[1]]) == 1
    path.write_text(text.replace("start:", "begin:", 1))
    assert main(check) == 1
    assert "bed.yaml, line " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["look", "missing.log"], "missing.log: No such file"),
        (["look", "LOG", "--device", "nobody"], "There is no device nobody"),
        (["describe", "LOG", "--notes", "LOG"], "notes, line 1"),
        (["describe", "LOG", "--minutes", "9"], "write the shortest and the longest"),
        (["describe", "LOG", "--confirm", "fly"], "There is no proposal commands.fly"),
    ],
)
def test_errors_are_one_sentence(
    files: tuple[str, str],
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What cannot be read ends with 2 and no traceback."""
    assert main([files[0] if word == "LOG" else word for word in arguments]) == 2
    assert said in capsys.readouterr().err
