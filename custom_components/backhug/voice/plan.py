"""Spoken questions about the plan and the tension over the weeks, and changes of the plan: of the person who speaks.

Assist and the consultant give the same answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean
from typing import Any, Final

from homeassistant.core import Context
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.intent import Intent
from homeassistant.util import dt as dt_util

from ..actions.plan import async_change_speakers_plan, async_speakers_plan
from ..coordinator import BackHugCoordinator
from ..exposure import ExposedBackHug
from ..people.persons import async_persons
from ..plan.model import DAYS, Change, Growth, PlanStatus, Progress
from ..service_fields import ATTR_CHANGE, ATTR_SESSIONS
from ..session import weeks
from ..session.history import KEPT
from .grammar import PLAN_INTENTS
from .request import SLOT_ABOUT, SLOT_CHANGE, SLOT_SESSIONS, SpokenRequest
from .responses import Texts

QUESTION, CHANGE, DEVELOPMENT = PLAN_INTENTS
_NEXT: Final = "next"
_SOON: Final[Mapping[int, str]] = {0: "plan_day_today", 1: "plan_day_tomorrow"}
_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who speaks about their plan on one BackHug."""

    coordinator: BackHugCoordinator
    name: str
    """Name of the BackHug."""
    context: Context
    texts: Texts

    async def async_answer(self, intent: str, slots: Mapping[str, Any]) -> str:
        """Return the answer to one of these intents.

        Raises HomeAssistantError if there is no plan, if it is not known whose it is, or as the action does.
        """
        if intent == QUESTION:
            return self._plan(next_only=slots[SLOT_ABOUT] == _NEXT)
        if intent == CHANGE:
            return await self._async_change(
                slots.get(SLOT_CHANGE), slots.get(SLOT_SESSIONS)
            )
        return self._development()

    def _plan(self, *, next_only: bool) -> str:
        """Return when the next session is due, or also how far the plan is."""
        owner = async_speakers_plan(self.coordinator, self.context)
        progress = self.coordinator.household.plans.progress(owner)
        assert progress is not None
        return self._of(owner, *self._said(owner, progress, next_only=next_only))

    def _said(
        self, owner: str | None, progress: Progress, *, next_only: bool
    ) -> Iterator[str]:
        say = self.texts.say
        week = {"week": progress.week, "weeks": progress.weeks}
        if progress.status is PlanStatus.PAUSED:
            yield say("plan_paused", **week)
            return
        if progress.status is PlanStatus.OVER:
            yield say("plan_over")
            return
        if not next_only:
            sessions = progress.stage.sessions
            yield say("plan_week", **week, done=progress.done, sessions=sessions)
        yield self._next(owner)
        following = progress.following
        if next_only or progress.grows is None or following is None:
            return
        if progress.grows is Growth.MINUTES:
            value: str | int = self.texts.minutes(following.minutes)
        else:
            value = following.strength
        key = f"plan_grows_{progress.grows}"
        yield say(key, week=following.first_week, value=value)

    def _next(self, owner: str | None) -> str:
        due = self.coordinator.household.plans.next_due(owner)
        if due is None:
            return self.texts.say("plan_nothing_due")
        days = (due.day - dt_util.now().date()).days
        if days < DAYS:
            key = _SOON.get(days, f"plan_day_{due.day.isoweekday()}")
        else:
            key = "plan_day_later"
        return self.texts.say(
            "plan_next",
            day=self.texts.say(key, days=days),
            minutes=self.texts.minutes(due.stage.minutes),
            strength=due.stage.strength,
        )

    async def _async_change(self, change: str | None, sessions: str | None) -> str:
        """Change the plan, or its sessions a week, by the action; return how it is then."""
        if change is None:
            data = {ATTR_SESSIONS: sessions}
            said = [self.texts.say("plan_sessions", sessions=str(sessions))]
        else:
            data = {ATTR_CHANGE: change}
            said = [self.texts.say(f"plan_change_{change}")]
        owner = await async_change_speakers_plan(self.coordinator, data, self.context)
        if change == Change.RESUME:
            said.append(self._next(owner))
        return self._of(owner, *said)

    def _development(self) -> str:
        """Return how the tension before sessions has developed: measurements only."""
        coordinator, say = self.coordinator, self.texts.say
        if not coordinator.features.measures_tension:
            return say("tension_never", name=self.name)
        visible = coordinator.household.visible_to(self.context)
        sessions = weeks.recent(coordinator.history.newest(KEPT, of=visible))
        means = [
            (start, round(fmean(values)))
            for start, values in weeks.weekly_values(sessions, "before", None).items()
        ]
        if not means:
            return say("tension_unknown", name=self.name)
        newest, now = means[-1]
        said = [say("development_one", name=self.name, now=now)]
        if earlier := means[:-1]:
            before = earlier[-1][1]
            said = [say("development", name=self.name, now=now, before=before)]
            if earlier[1:]:
                began, first = earlier[0]
                passed = round((newest - began) / _WEEK)
                said.append(say("development_since", weeks=passed, first=first))
        if (eased := weeks.eased_most(sessions)) is not None:
            region = self.texts.region(eased.region)
            points = round(eased.points)
            said.append(say("consultation_weeks_eased", region=region, change=points))
        rise = next(weeks.rises(sessions), None)
        if rise is not None and rise.region is None:
            said.append(say("consultation_weeks_rise", weeks=rise.weeks))
        said.append(say("development_note"))
        choice = coordinator.household.choice
        return self._of(choice.planned, *said)

    def _of(self, person: str | None, *said: str) -> str:
        """Return an answer, with the name of the person if only the choice tells who speaks."""
        names = [
            each.name
            for each in async_persons(self.coordinator.hass)
            if each.id == person and self.context.user_id is None
        ]
        return ": ".join([*names, " ".join(said)])


async def async_question(request: SpokenRequest) -> str:
    """Answer a question about the plan, by the slot `about`."""
    return await _async_answer(request, QUESTION)


async def async_change(request: SpokenRequest) -> str:
    """Pause, resume or drop the plan, by the slot `change`, or set its sessions a week."""
    return await _async_answer(request, CHANGE)


async def async_development(request: SpokenRequest) -> str:
    """Return how the tension has developed over the weeks."""
    return await _async_answer(request, DEVELOPMENT)


async def _async_answer(request: SpokenRequest, intent: str) -> str:
    speaker = Speaker(
        request.coordinator, request.target.name, request.intent.context, request.texts
    )
    slots = {
        name: request.slot(name) for name in (SLOT_ABOUT, SLOT_CHANGE, SLOT_SESSIONS)
    }
    return await speaker.async_answer(intent, slots)


def concerns(intent: Intent, exposed: ExposedBackHug) -> bool:
    """Return whether the speaker has a plan on a BackHug."""
    if not exposed.loaded:
        return False
    try:
        async_speakers_plan(exposed.coordinator, intent.context)
    except ServiceValidationError:
        return False
    return True
