"""Sentences of a session that were written before the words were chosen, by kinds."""

import pytest

from .in_session import intent_of, meaning

SAID = {
    "en": {
        # A verb of ending, switching off, freeing.
        "BackHugStopSession": "bring it to an end please|would you kindly stop|could you switch yourself off|let me out of this|get this thing off my back|make the fingers stop|wrap it up please|why won't you stop|stop it right this second|discontinue the treatment|help me get out of this"
        # Enough, unbearable, pain, a mistake, being called away.
        "|that will do for me|I've had my fill|enough is enough|I can't take this any longer|you're pinching me|I feel dizzy|this was a mistake|sorry wrong button|I need the loo|dinner's ready, stop|that is it for me"
        # No more.
        "|nothing more please|I don't want this any more|not any longer please|I won't be continuing|cut the power|I have to go",
        "BackHugPauseSession": "let me catch my breath|stop for just a second|I'll be back in a minute",
        "BackHugResumeSession": "let's pick it up again|continue from where you stopped|let's go on",
        "BackHugStronger": "I could do with more pressure|that's a bit weak|it isn't strong enough|I hardly feel anything",
        "BackHugSofter": "that's quite painful, softer please|a bit too strong for my liking|don't press so hard|take it down a notch",
        "BackHugLonger": "I'd like to stay ten minutes longer|three quarters of an hour longer",
        "BackHugShorter": "cut five minutes off|three minutes fewer|stop in five minutes",
        "BackHugTimeLeft": "will it be over soon|is there much longer to go",
        "BackHugSetStrength": "go down to level three",
        "": "what time is it|why won't the vacuum stop|turn the light off|don't stop|call my mum|how long was my last run|I want the music to stop|not harder",
    },
    "de": {
        "BackHugStopSession": "könnte man das jetzt abstellen|das wird jetzt beendet|ich will dass das aufhört|lass uns Schluss machen|schalten Sie ab|kannst du es gut sein lassen|hörst du jetzt auf|nimm das weg von mir|wäre es möglich jetzt aufzuhören|hör auf mich zu massieren|hilf mir hoch"
        "|das halt ich nicht mehr aus|mir langt's|das war ein Versehen|es klingelt ich muss hoch|ich muss aufs Klo|ich krieg keine Luft|mir ist schwindlig|das ist nicht auszuhalten|Feierabend|falscher Knopf"
        "|nichts mehr bitte|keine Massage mehr|nicht weitermachen|ich möchte nicht mehr massiert werden|mehr muss nicht sein|mir reicht es, danke",
        "BackHugPauseSession": "gönn mir eine Pause|halt einen Moment inne|wartest du bitte mal",
        "BackHugResumeSession": "von mir aus weiter|leg wieder los|nimm die Massage wieder auf|es kann losgehen",
        "BackHugStronger": "da geht noch mehr|das ist zu zaghaft|noch eine Spur fester",
        "BackHugSofter": "nimm den Druck etwas zurück|zu viel Druck|nicht ganz so fest bitte",
        "BackHugSlower": "nicht ganz so schnell",
        "BackHugLonger": "dreißig Minuten länger|ich hätte gern noch fünf Minuten",
        "BackHugShorter": "hör fünf Minuten früher auf|in fünf Minuten aufhören",
        "BackHugTimeLeft": "wann ist die Zeit um|ist bald Schluss",
        "BackHugSetStrength": "Stufe drei reicht mir",
        "": "wie spät ist es|Lampe aus|lass den Hund raus|der Staubsauger kann jetzt aufhören|nicht fester als das Licht",
    },
}
"""Sentences by intent; those without one are not understood."""


@pytest.mark.parametrize("language", SAID)
def test_sentences_by_kinds(language: str, subtests: pytest.Subtests) -> None:
    """They were not known when the words were chosen."""
    for intent, sentences in SAID[language].items():
        for sentence in sentences.split("|"):
            with subtests.test(sentence):
                assert intent_of(language, sentence, intent) == intent


@pytest.mark.parametrize(
    ("sentence", "slots"),
    [
        ("ten more minutes please", {"minutes": 10}),
        ("another quarter of an hour", {"minutes": 15}),
        ("twenty-five minutes longer", {"minutes": 25}),
        ("15-minutes longer", {"minutes": 15}),
        ("two levels softer", {"step": 2}),
        ("level 3", {"strength": 3}),
        ("now my lower back", {"back_area": "lower_back"}),
        ("make it wavy", {"flow": "wave"}),
        ("softer", {}),
    ],
)
def test_slots(sentence: str, slots: dict[str, int | str]) -> None:
    """Numbers, lengths and values of lists are in the slots."""
    understood = meaning("en", sentence)
    assert understood is not None
    assert understood.slots == slots


def test_no_word_negates() -> None:
    """A strength never rises because a word was ignored."""
    for sentence in ("not harder", "don't go harder", "no more harder"):
        understood = meaning("en", sentence)
        assert understood is None or understood.intent != "BackHugStronger"
