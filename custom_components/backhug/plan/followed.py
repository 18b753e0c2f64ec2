"""The plans of the people who share one BackHug, kept over restarts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from ..const import GUEST
from ..session.history import History
from ..session.weeks import day_of
from ..storage import StoredState
from .model import AdvisedDay, Change, FollowedPlan, Progress, Stage, begin

_NOBODY = ""
"""Stored in place of the person while the household has not decided whose sessions are."""


class Plans:
    """The plan of each person; guests have none.

    What was done is not stored here: it is counted in the history of sessions.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        stored: StoredState,
        history: History,
        publish: Callable[[], None],
        default: Callable[[], str | None],
    ) -> None:
        """Initialise; `publish` is called when a plan or the day has changed, and `default` returns the household's default person."""
        self._hass = hass
        self._stored = stored
        self._history = history
        self._publish = publish
        self._default = default
        self._proposed: dict[str | None, tuple[Stage, ...]] = {}
        """The stages of each person's newest advice that was not saved yet."""

    @callback
    def async_start(self, entry: ConfigEntry) -> None:
        """Publish each day, until the entry is unloaded."""

        @callback
        def another_day(_now: datetime) -> None:
            self._publish()

        entry.async_on_unload(
            async_track_time_change(self._hass, another_day, hour=0, minute=0, second=0)
        )

    # Follow

    @property
    def persons(self) -> set[str | None]:
        """The persons who have a plan."""
        return {key or None for key in self._stored.plans}

    def shared(self, person: str | None) -> str | None:
        """Return a person with a plan, or else None if there is a plan of nobody: it is everybody's."""
        persons = self.persons
        return None if None in persons and person not in persons else person

    def of(self, person: str | None) -> FollowedPlan | None:
        """Return the plan of a person; None stands for nobody, as in the history."""
        values = self._stored.plans.get(person or _NOBODY)
        # A later version may store something else.
        with suppress(AttributeError, LookupError, TypeError, ValueError):
            return None if values is None else FollowedPlan.from_dict(values)
        return None

    def progress(self, person: str | None) -> Progress | None:
        """Return where a person is in their plan."""
        if (plan := self.of(person)) is None:
            return None
        return plan.progress(self._done(person, plan), _today())

    def advised(self, person: str | None) -> Iterator[AdvisedDay]:
        """Yield the days with an advised session, from today on."""
        if (plan := self.of(person)) is not None:
            yield from plan.advised(self._done(person, plan), _today())

    def next_due(self, person: str | None) -> AdvisedDay | None:
        """Return the next day with an advised session."""
        return next(self.advised(person), None)

    def _done(self, person: str | None, plan: FollowedPlan) -> frozenset[date]:
        # The plan of nobody becomes that of the default person, unless the household says whose it is.
        meant = {person, self._default()} if person is None else {person}
        own = (
            each for each in self._history.sessions if each.person in meant - {GUEST}
        )
        return plan.done(own, day_of)

    # Change

    @callback
    def async_begin(self, person: str | None, stages: Sequence[Stage]) -> None:
        """Begin the plan of a person, in place of an earlier one; guests get none."""
        if person != GUEST:
            self._async_set(person, begin(stages, dt_util.now()))

    @callback
    def async_propose(self, person: str | None, stages: Sequence[Stage]) -> None:
        """Remember stages until the programme that they are for is saved."""
        self._proposed[person] = tuple(stages)

    @callback
    def async_begin_proposed(
        self, person: str | None, minutes: int, strength: int
    ) -> None:
        """Begin the proposed plan of a person if a saved programme has the length and the highest level of its first stage."""
        if (stages := self._proposed.get(person)) is not None:
            first = stages[0]
            if (first.minutes, first.strength) == (minutes, strength):
                del self._proposed[person]
                self.async_begin(person, stages)

    @callback
    def async_change(
        self, person: str | None, change: Change | None, sessions: int | None = None
    ) -> bool:
        """Change the plan of a person, also its sessions a week; return whether there is one."""
        if (plan := self.of(person)) is None:
            return False
        if sessions is not None:
            plan = plan.with_sessions(sessions)
        match change:
            case Change.DROP:
                self._async_set(person, None)
                return True
            case Change.PAUSE:
                plan = plan.pause(_today())
            case Change.RESUME:
                plan = plan.resume(_today())
        self._async_set(person, plan)
        return True

    @callback
    def _async_set(self, person: str | None, plan: FollowedPlan | None) -> None:
        if plan is None:
            del self._stored.plans[person or _NOBODY]
        else:
            self._stored.plans[person or _NOBODY] = plan.as_dict()
        self._async_changed()

    @callback
    def _async_changed(self) -> None:
        self._stored.async_save_soon()
        self._publish()

    # Assign and forget

    @callback
    def async_assign_unassigned(self, person: str) -> None:
        """Make the plan of nobody that of a person, who may have one already; guests get none."""
        values = self._stored.plans.pop(_NOBODY, None)
        if values is not None:
            if person != GUEST:
                self._stored.plans.setdefault(person, values)
            self._async_changed()

    async def async_forget(
        self, forget: Callable[[str | None, date | None], bool]
    ) -> None:
        """Delete the plans for which `forget` is true, given the person and the day on which it was begun."""
        self._proposed.clear()
        for person in self.persons:
            plan = self.of(person)
            began = None if plan is None else day_of(plan.began)
            if forget(person, began):
                self._stored.plans.pop(person or _NOBODY)
        await self._stored.async_save()
        # They may contain these plans too.
        await self._stored.async_remove_set_aside()
        self._publish()


def _today() -> date:
    return dt_util.now().date()
