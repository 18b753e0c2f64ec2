"""People who answer, and advice to compare with."""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
from typing import Any

from custom_components.backhug.consultant.dialogue import Dialogue
from custom_components.backhug.consultant.sayings import Say, Turn
from custom_components.backhug.consultant.speech import Speech
from custom_components.backhug.consultant.understanding import understand
from custom_components.backhug.consultation.engine import Advice, consult
from custom_components.backhug.consultation.questionnaire import (
    DISCOMFORT,
    DayTime,
    Experience,
    Feeling,
    Firmness,
    Questionnaire,
)
from custom_components.backhug.consultation.text import ConsultationText
from custom_components.backhug.device.model import Features
from custom_components.backhug.voice.responses import Texts
from simulator.build import Build
from tests.home import features_of

DEFAULT = features_of(Build())


def flat(tree: Mapping[str, Any], path: str = "component.backhug") -> Iterator[Any]:
    """Yield the full key and the text of every leaf of translations."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value, f"{path}.{key}")
        else:
            yield f"{path}.{key}", value


def speech_of(language: str) -> Speech:
    """Return the speech of a language."""
    path = Path(f"custom_components/backhug/translations/{language}.json")
    texts = dict(flat(json.loads(path.read_text())))
    return Speech(Texts(texts), ConsultationText(texts))


class Person:
    """Talks with the consultant, in one language."""

    def __init__(self, language: str = "en", features: Features = DEFAULT) -> None:
        """Begin."""
        self.language = language
        self.speech = speech_of(language)
        self.dialogue = Dialogue(
            features,
            lambda questionnaire: consult(questionnaire, features, (), None),
            DayTime.DAYTIME,
        )
        self.turn = Turn([])

    def say(self, *texts: str) -> str:
        """Say something; return the last answer."""
        for text in texts:
            asked = self.dialogue.topic
            self.turn = self.dialogue.turn(understand(text, self.language, asked=asked))
        return self.speech.spoken(self.turn.says)

    @property
    def said(self) -> list[str]:
        """The keys of the consultant's last answer."""
        return [each.key for each in self.turn.says if isinstance(each, Say)]

    @property
    def advice(self) -> Advice:
        """The programme that was shown."""
        assert self.dialogue.advice is not None
        return self.dialogue.advice


def advised(**answers: Any) -> Advice:
    """Return the form's advice for these answers."""
    questionnaire = Questionnaire.from_answers({"cautions": "none", **answers})
    result = consult(questionnaire, DEFAULT, (), None)
    assert isinstance(result, Advice)
    return result


ENGLISH = (
    "hello",
    "none of these",
    "stiff",
    "mostly the left shoulder, quite bad; lower back a bit",
    "firm",
    "now and then",
    "half an hour",
)


GERMAN = (
    "Hallo",
    "nichts davon",
    "verspannt",
    "vor allem die linke Schulter, ziemlich schlimm; unterer Rücken ein bisschen",
    "kräftig",
    "ab und zu",
    "eine halbe Stunde",
)


SAME = {
    "feeling": "stiff",
    "left_upper": 3,
    "left_lower": 1,
    "right_lower": 1,
    "firmness": "firm",
    "experience": "occasional",
    "minutes": 30,
}


WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "none": ("none of these",),
        "feeling": ("stiff", "sore", "tired"),
        "side": ("left", "right"),
        "row": ("shoulder", "mid back", "lower back"),
        "degree": ("fine", "a little", "quite", "very bad"),
        "firmness": ("very gentle", "gentle", "medium", "firm", "very firm"),
        "experience": ("first time", "now and then", "every week"),
        "day_time": ("in the morning", "during the day", "in the evening"),
        "minutes": ("{} minutes",),
    },
    "de": {
        "none": ("nichts davon",),
        "feeling": ("steif", "empfindlich", "müde"),
        "side": ("links", "rechts"),
        "row": ("oben", "mitte", "unten"),
        "degree": ("gut", "etwas", "deutlich", "sehr schlimm"),
        "firmness": ("sehr sanft", "sanft", "mittel", "kräftig", "sehr kräftig"),
        "experience": ("zum ersten Mal", "ab und zu", "jede Woche"),
        "day_time": ("am Morgen", "tagsüber", "am Abend"),
        "minutes": ("{} Minuten",),
    },
}


def spoken(language: str, answers: Mapping[str, Any]) -> list[str]:
    """Return answers as a person says them, in the order of the questions."""
    words = WORDS[language]
    where = []
    for region in (field.name for field in DISCOMFORT):
        side, _, row = region.partition("_")
        name = words["side"][("left", "right").index(side)]
        level = words["row"][("upper", "mid", "lower").index(row)]
        where.append(f"{name} {level} {words['degree'][answers[region]]}")
    chosen = {
        name: words[name][[*kind].index(answers[name])]
        for name, kind in (
            ("feeling", Feeling),
            ("firmness", Firmness),
            ("experience", Experience),
            ("day_time", DayTime),
        )
    }
    return [
        chosen["feeling"],
        ", ".join(where),
        chosen["firmness"],
        chosen["experience"],
        chosen["day_time"],
        words["minutes"][0].format(answers["minutes"]),
    ]
