"""A person to whom a programme was offered."""

from custom_components.backhug.consultant.sayings import Topic

from .dialogue_cases import Person

OFFERED = {
    "en": (
        "hello",
        "none of these",
        "stiff",
        "upper back",
        "medium",
        "every week",
        "20 minutes",
    ),
    "de": (
        "hallo",
        "nichts davon",
        "steif",
        "oben",
        "mittel",
        "jede Woche",
        "20 Minuten",
    ),
}
"""What leads to the offer, by language."""


def offered(language: str) -> Person:
    """Return a person to whom a programme was offered."""
    person = Person(language)
    person.say(*OFFERED[language])
    assert person.dialogue.topic is Topic.OFFER
    return person


def strongest(person: Person) -> int:
    """Return the highest strength of the programme that is offered."""
    return max(each.step.strength for each in person.advice.steps)
