"""The sentences of a language, their expected effects, and their form in docs/voice.md."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
import re
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).parent
LANGUAGES: Final = ("en", "de")
PLAN_INTENTS: Final = ("BackHugPlan", "BackHugChangePlan")
_DEPENDS: Final = {
    "number": r"\d+",
    "minutes": r"(\d+ minutes|one minute|\d+ Minuten|eine Minute)",
    "time": r"\d\d:\d\d( Uhr)?",
    "region": r"[\w ]+",
}
"""What an answer says that depends on the moment."""

AREAS: Final = (
    "full_back",
    "upper_back",
    "mid_back",
    "lower_back",
    "shoulder_blades",
    "along_spine",
    "left_side",
    "right_side",
)
FLOWS: Final = ("slow", "medium", "fast", "wave", "pulse")


@dataclass(frozen=True)
class Said:
    """Alternative sentences with the same expected effect."""

    intent: str
    say: tuple[str, ...]
    requests: tuple[str, ...]
    """Requests that reach the device."""
    reply: str = ""
    error: str = ""
    """The answer instead, if it cannot be done."""
    given: str = "standby"
    strength: int = 5
    flow: str = "slow"
    minutes: int = 60
    """Length of the session that runs."""
    slots: dict[str, Any] = field(default_factory=dict)

    @property
    def answer(self) -> str:
        """The expected answer."""
        return self.reply or self.error

    def is_answer(self, speech: str) -> bool:
        """Return whether this is the answer."""
        parts = re.split(r"\{(\w+)\}", self.answer)
        pattern = "".join(
            _DEPENDS[part] if index % 2 else re.escape(part)
            for index, part in enumerate(parts)
        )
        return re.fullmatch(pattern, speech) is not None


def read(name: str) -> list[dict[str, Any]]:
    """Return the entries of a file of this folder."""
    entries: list[dict[str, Any]] = yaml.load(
        (FOLDER / name).read_text(), yaml.CSafeLoader
    )
    return entries


@cache
def load(language: str) -> list[Said]:
    """Return everything that can be said in a language."""
    entries = read(f"{language}.yaml")
    return [
        Said(
            **{
                **entry,
                "say": tuple(entry["say"]),
                "requests": tuple(entry["requests"]),
            }
        )
        for entry in entries
    ]


def sentences(language: str) -> Iterator[tuple[str, Said]]:
    """Yield every sentence with its expected effect."""
    for said in load(language):
        for sentence in said.say:
            yield sentence, said


def as_text(opcode: int, parameters: bytes | tuple[int, ...]) -> str:
    """Return a request to the device as the files write it."""
    values = list(parameters)

    def name(names: tuple[str, ...], value: int) -> str:
        return "-" if value == 255 else names[value]

    def level(value: int) -> str:
        return "-" if value == 255 else str(value)

    match opcode:
        case 1:
            minutes, strength, area, flow = values
            return f"start {minutes} {level(strength)} {name(AREAS, area)} {name(FLOWS, flow)}"
        case 6:
            return f"set_area {name(AREAS, values[0])}"
        case 7:
            return f"set_flow {name(FLOWS, values[0])}"
        case _:
            words = {
                2: "stop",
                3: "pause",
                4: "resume",
                5: "set_strength",
                8: "set_length",
            }
            return " ".join([words[opcode], *map(str, values)])
