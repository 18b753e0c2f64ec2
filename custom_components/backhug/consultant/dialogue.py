"""State of a dialogue, with the answers and actions of each turn. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from ..consultation.engine import Advice
from ..consultation.questionnaire import (
    CAUTIONS,
    DAY_TIME,
    EXPERIENCE,
    FEELING,
    FIRMNESS,
    MINUTES,
    NO_CAUTION,
    Caution,
    DayTime,
    Feeling,
    Firmness,
    Questionnaire,
    minutes_of,
)
from ..consultation.reasons import Refusal
from ..device.model import Features
from .answers import Answers
from .explanations import explanation
from .sayings import Say, Saying, Show, Topic, Turn
from .understanding import Facts
from .vocabulary import Intent

_STEP: Final = 5
"""Minutes of "longer" and "shorter"."""


_QUESTIONS: Final = (
    Topic.CAUTIONS,
    Topic.FEELING,
    Topic.WHERE,
    Topic.FIRMNESS,
    Topic.EXPERIENCE,
    Topic.MINUTES,
)
_OFFERED: Final = (Topic.OFFER, Topic.NAME, Topic.SAVED)


class Dialogue:
    """A dialogue with one person about one device. Nothing of it is stored."""

    def __init__(
        self,
        features: Features,
        advise: Callable[[Questionnaire], Advice | Refusal],
        day_time: DayTime,
    ) -> None:
        """Initialise; `day_time` is assumed unless the person names another."""
        self._features = features
        self._advise = advise
        self._day_time = day_time
        self._said: list[Saying] = []
        self.started = False
        """Whether a session was or is being started, or waits for somebody to lie down; also after starting over."""
        self.reset()

    def reset(self) -> None:
        """Forget all that was said."""
        self._answers = Answers(self._features)
        self._cautions: set[Caution] = set()
        self._emergency = False
        self._to_start = False
        self.topic: Topic | None = None
        self.advice: Advice | None = None
        self.saved: str | None = None
        """Key of the saved programme."""
        self.about_plan = False
        """Whether the last answer was about the plan that is followed."""

    @property
    def answers(self) -> dict[str, Any]:
        """The answers by field name of the questionnaire."""
        return {DAY_TIME.name: self._day_time, **self._answers.as_dict()}

    def turn(self, facts: Facts) -> Turn:
        """Return what follows an utterance."""
        turn = self._turn(facts)
        self._said = turn.says
        return turn

    def _turn(self, facts: Facts) -> Turn:
        if (turn := self._anywhere(facts)) is not None:
            return turn
        medical: list[Saying] = [Say("medical")] if facts.wants(Intent.MEDICAL) else []
        if self.topic is None:
            denied = self._denied(facts, more=True)
            understood = [*denied, *self._answers.take(facts, self.topic)]
            if self._next() is None:
                return Turn([Say("intro"), *medical, *understood, *self._show()])
            return Turn([Say("intro"), *medical, *understood, self._ask()])
        if self.topic is Topic.NAME:
            return self._named(facts)
        if self.topic in _OFFERED:
            return self._offered(facts)
        explained = medical
        if facts.wants(Intent.WHY, Intent.WHY_LENGTH, Intent.WHY_STRENGTH):
            explained = [Say(f"why_{self.topic}")]
        understood = self._answers.take(facts, self.topic)
        if (
            not understood
            or self.topic is Topic.CAUTIONS
            or (facts.wants(Intent.NONE) and not facts.places)
        ):
            understood = [*self._answered(facts, bool(understood)), *understood]
        if not (explained or understood):
            return Turn([self._unclear(facts)])
        if self._next() is None:
            return Turn([*explained, *understood, *self._show()])
        return Turn([*explained, *understood, self._ask()])

    def _anywhere(self, facts: Facts) -> Turn | None:
        """Follow what has the same meaning whatever was asked."""
        if facts.too_long:
            return Turn([self._other("too_long", "hint_general")])
        starts_over = facts.wants(Intent.START_OVER)
        if starts_over:
            self.reset()
        if self._emergency or facts.emergency:
            return self._send_for_help()
        if self.topic is Topic.REFUSED and facts.leaves and not facts.cautions:
            return Turn([Say("bye")], ends=True)
        if self.topic is Topic.REFUSED and facts.wants(Intent.WHY):
            return Turn([Say("why_cautions"), Say("still_refused")])
        self._cautions.update(facts.cautions)
        if self._cautions:
            return self._refuse()
        if starts_over:
            self._ask()
            understood = self._answers.take(facts, self.topic)
            denied = self._denied(facts, more=True)
            return Turn([*denied, *understood, self._ask()])
        if facts.health and not (self.topic is Topic.NAME and facts.may_be_name):
            return self._refer(facts)
        if facts.leaves:
            self.reset()
            return Turn([Say("bye")], ends=True)
        return None

    # Cautions

    def _send_for_help(self) -> Turn:
        is_new, self._emergency = not self._emergency, True
        self._refused()
        return Turn([Say("emergency")], stops=is_new)

    def _refer(self, facts: Facts) -> Turn:
        """Refer to a physician, and ask about the cautions again."""
        intro = [Say("intro")] if self.topic is None else []
        # "I had a hip done" names no discomfort.
        said = replace(facts, places=(), revisions=())
        understood = self._answers.take(said, self.topic)
        self._answers.choices.pop(CAUTIONS.name, None)
        self.advice = self.saved = None
        return Turn([*intro, Say("medical"), *understood, self._ask()])

    def _refused(self) -> None:
        self.topic, self.advice, self.saved = Topic.REFUSED, None, None

    def _refuse(self) -> Turn:
        self._refused()
        refusal = Refusal(tuple(each for each in Caution if each in self._cautions))
        if refusal in self._said:
            return Turn([Say("still_refused")])
        return Turn([refusal])

    # Answers

    def _answered(self, facts: Facts, more: bool) -> list[Saying]:
        """Take an answer that means something only after the last question; return what is said of it.

        `more` tells whether the utterance has other answers: a "no" before them may correct one.
        """
        unsure = facts.wants(Intent.UNSURE)
        match self.topic:
            case Topic.CAUTIONS:
                return self._denied(facts, more) or (
                    [Say("unsure_cautions")] if unsure else []
                )
            case Topic.WHERE:
                if facts.wants(Intent.NO, Intent.NONE) or unsure:
                    self._answers.where_known = True
                    return [Say("nowhere")]
            case Topic.FEELING if unsure:
                return self._assume(FEELING.name, Feeling.SORE)
            case Topic.FIRMNESS if unsure:
                return self._assume(FIRMNESS.name, FIRMNESS.default)
            case Topic.EXPERIENCE if unsure:
                return self._assume(EXPERIENCE.name, EXPERIENCE.default)
            case Topic.EXPERIENCE if facts.wants(Intent.NO):
                return self._assume(EXPERIENCE.name, EXPERIENCE.default)
            case Topic.MINUTES if unsure or facts.wants(Intent.SHORTER):
                default = minutes_of(self._features).default
                return self._assume(MINUTES.name, default)
        return []

    def _denied(self, facts: Facts, more: bool) -> list[Saying]:
        """Take a clear denial of all cautions; return what is said of it."""
        mere = facts.says_no and not (more or facts.wants(Intent.YES, Intent.WHY))
        if not (facts.clear and (facts.says_none or mere)):
            return []
        self._answers.choices[CAUTIONS.name] = [NO_CAUTION]
        return [Say("no_caution")]

    def _assume(self, name: str, answer: Any) -> list[Saying]:
        self._answers.choices[name] = answer
        return [Say("assumed", {"facts": {name: answer}})]

    # Questions

    def _next(self) -> Topic | None:
        """Return the next question, or None if nothing is missing."""
        known = {**self._answers.choices, Topic.WHERE.value: self._answers.where_known}
        return next((each for each in _QUESTIONS if not known.get(each.value)), None)

    def _ask(self) -> Saying:
        """Ask the next question, or repeat the offer."""
        if self.advice is None:
            self.topic = self._next()
        return Say(f"ask_{self.topic}", self._limits())

    def _limits(self) -> dict[str, Any]:
        bounds = minutes_of(self._features)
        return {
            "cautions": tuple(Caution),
            "shortest": bounds.lowest,
            "longest": bounds.highest,
        }

    def _unclear(self, facts: Facts) -> Saying:
        """Tell what can be said; beside an unclear denial, only how to deny clearly."""
        if facts.says_none or facts.says_no:
            return self._other("only_none", "hint_cautions")
        return self._hint()

    def _hint(self) -> Saying:
        """Tell what can be said now; never the same twice in a row."""
        return self._other(f"hint_{self.topic}", "hint_general")

    def _other(self, key: str, alternative: str) -> Saying:
        said = Say(key, self._limits())
        return Say(alternative) if said in self._said else said

    # Advice

    def _show(self) -> list[Saying]:
        """Make the programme and show it."""
        self._renew()
        assert self.advice is not None
        self.topic, self.saved = Topic.OFFER, None
        return [Show(self.advice), self._ask()]

    def _renew(self) -> None:
        result = self._advise(Questionnaire.from_answers(self.answers))
        assert isinstance(result, Advice)
        self.advice = result

    def _offered(self, facts: Facts) -> Turn:
        """Follow an utterance after the programme was shown."""
        assert self.advice is not None
        if facts.wants(Intent.KEEP):
            return Turn([Say("unchanged"), self._ask()])
        if facts.wants(Intent.MEDICAL):
            return Turn([Say("medical"), self._ask()])
        explained = explanation(facts, self.advice)
        if explained is not None and facts.minutes is None:
            return Turn(explained)
        changed = self._changed(facts)
        if facts.name is not None and facts.wants(Intent.SAVE):
            self._to_start = facts.wants(Intent.START)
            return Turn(changed or [], save_as=facts.name, start=self._to_start)
        if changed is not None:
            return Turn(changed)
        understood = self._answers.take(facts, self.topic)
        if any(
            isinstance(each, Say) and each.key == "understood" for each in understood
        ):
            return Turn([*understood, *self._show()])
        return Turn(understood) if understood else self._agreed(facts)

    def _agreed(self, facts: Facts) -> Turn:
        """Follow an agreement or a refusal."""
        agrees = facts.wants(Intent.YES) and not facts.doubts
        if facts.wants(Intent.START) or (self.topic is Topic.SAVED and agrees):
            if self.saved is not None:
                return Turn([], start=True, ends=True)
            self._to_start = True
            return self._ask_name()
        if facts.wants(Intent.SAVE) or agrees:
            return self._ask_name()
        if facts.wants(Intent.NO, Intent.NONE):
            return self._declined()
        return Turn([self._hint()])

    def _declined(self) -> Turn:
        if self.topic is Topic.SAVED:
            return Turn([Say("bye")], ends=True)
        return Turn([self._other("hint_offer", "hint_general")])

    def _changed(self, facts: Facts) -> list[Saying] | None:
        """Change strength and length as asked; return what is said, or None if that is not asked."""
        asked = [each for each in (self._eased(facts), self._timed(facts)) if each]
        changed = [each for each in asked if each[0] != Say("unchanged")]
        return changed[-1] if changed else next(iter(asked), None)

    def _eased(self, facts: Facts) -> list[Saying] | None:
        """Change the strength as asked."""
        advice = self.advice
        assert advice is not None
        if not facts.wants(Intent.GENTLER, Intent.FIRMER):
            return None
        before, saved = _strongest(advice), self._answers.choices[FIRMNESS.name]
        order = list(Firmness)
        step = -1 if facts.wants(Intent.GENTLER) else 1
        index = order.index(saved) + step
        while 0 <= index < len(order):
            self._answers.choices[FIRMNESS.name] = order[index]
            self._renew()
            if (_strongest(self.advice) - before) * step > 0:
                return self._show()
            index += step
        self._answers.choices[FIRMNESS.name] = saved
        self._renew()
        return [Say("unchanged"), *advice.reasons[1:]]

    def _timed(self, facts: Facts) -> list[Saying] | None:
        """Change the length as asked."""
        advice = self.advice
        assert advice is not None
        minutes_step = facts.minutes_step
        if (minutes_step, facts.minutes) == (None, None) and (
            facts.wants(Intent.LONGER, Intent.SHORTER)
        ):
            minutes_step = _STEP if facts.wants(Intent.LONGER) else -_STEP
        if minutes_step is None:
            return None
        bounds = minutes_of(self._features)
        before, saved = advice.minutes, self._answers.choices[MINUTES.name]
        wished = min(max(before + minutes_step, bounds.lowest), bounds.highest)
        self._answers.choices[MINUTES.name] = wished
        self._renew()
        if self.advice is not None and self.advice.minutes != before:
            return self._show()
        self._answers.choices[MINUTES.name] = saved
        return [Say("unchanged"), *advice.reasons[:1]]

    # Saving

    def _ask_name(self) -> Turn:
        self.topic = Topic.NAME
        return Turn([self._ask()])

    def _named(self, facts: Facts) -> Turn:
        """Follow an utterance after the question for a name."""
        firmness = facts.wants(Intent.GENTLER, Intent.FIRMER)
        if firmness and not (facts.unknown or facts.name):
            self.topic, self._to_start = Topic.OFFER, False
            return Turn(self._changed(facts) or [self._ask()])
        if facts.wants(Intent.UNSURE) and not facts.unknown:
            return Turn([], save_as="", start=self._to_start)
        if facts.wants(Intent.NO) and not (facts.unknown and facts.may_be_name):
            self.topic, self._to_start = Topic.OFFER, False
            return Turn(self._changed(facts) or [Say("not_saved"), self._ask()])
        if facts.wants(Intent.YES, Intent.SAVE, Intent.WHY) and not (
            facts.unknown or facts.name
        ):
            return Turn([self._hint()])
        return Turn([], save_as=facts.name or facts.text, start=self._to_start)

    def was_saved(self, key: str, name: str) -> list[Saying]:
        """Note that the programme was saved; return what is said."""
        self.saved, self.topic = key, Topic.SAVED
        says: list[Saying] = [Say("saved", {"name": name})]
        if not self._to_start:
            says.append(self._ask())
        self._to_start = False
        self._said = says
        return says

    def was_refused(self, problem: str) -> list[Saying]:
        """Note that a name cannot be used, see `NameProblem`; return what is said."""
        self.topic = Topic.NAME
        self._said = [Say(problem)]
        return self._said


def _strongest(advice: Advice | None) -> int:
    assert advice is not None
    return max(each.step.strength for each in advice.steps)
