"""The people who share one BackHug: ownership, visibility and deletion of its sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from homeassistant.auth import EVENT_USER_ADDED
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.start import async_at_started

from ..const import CONF_DEFAULT_PERSON, DOMAIN, GUEST
from ..plan.followed import Plans
from ..session.events import SessionEvent
from ..session.history import History
from ..session.record import Session
from ..session.weeks import day_of
from ..storage import StoredState
from .choice import PersonChoice
from .persons import PERSON, async_asker, async_exists, async_persons
from .recorded import async_forget_recorded, spans
from .statistics import WeeklyTension

ISSUE_UNASSIGNED: Final = "unassigned_sessions"


def _issue_id(entry: ConfigEntry[Any]) -> str:
    return f"{ISSUE_UNASSIGNED}_{entry.entry_id}"


@callback
def async_delete_unassigned_issue(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete the issue that asks whose the sessions are."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(entry))


class Household:
    """The people who share one BackHug.

    Each person sees their own sessions. Sessions of nobody, from before there were persons, are seen by everybody
    until the household has said whose they are.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        stored: StoredState,
        history: History,
        publish: Callable[[], None],
    ) -> None:
        """Initialize; `publish` is called when the chosen person has changed."""
        self._hass = hass
        self._entry = entry
        self._history = history
        self.choice = PersonChoice(entry, stored, history, publish)
        self.plans = Plans(hass, stored, history, publish, lambda: self.choice.default)
        self._weekly = WeeklyTension(hass, entry, history)
        self._system_users: frozenset[str] = frozenset()
        """Home Assistant's own users, such as that of telephones as voice satellites."""

    @callback
    def async_start(self) -> None:
        """Follow sessions, days and the persons of the home, until the entry is unloaded."""
        self.plans.async_start(self._entry)
        for unsubscribe in (
            self._history.async_listen(self._async_session_event),
            self._hass.bus.async_listen(
                er.EVENT_ENTITY_REGISTRY_UPDATED,
                self._async_person_removed,
                event_filter=_is_removal,
            ),
            async_at_started(self._hass, self._async_started),
            self._hass.bus.async_listen(EVENT_USER_ADDED, self._async_user_added),
        ):
            self._entry.async_on_unload(unsubscribe)

    # Who sees what

    def is_by_user(self, context: Context | None) -> bool:
        """Return whether a context has a user, and not one of Home Assistant's own, to whom no person can be linked."""
        user = None if context is None else context.user_id
        return user is not None and user not in self._system_users

    def visible_to(self, context: Context | None) -> frozenset[str | None]:
        """Return the persons whose sessions are shown to whoever asks.

        If that is no user who may be a person, as from automations and voice satellites, the person who is chosen asks.
        """
        if not self.is_by_user(context):
            return frozenset({self.choice.person, None})
        return frozenset({async_asker(self._hass, context), None})

    async def async_visible(
        self, context: Context | None, person: str | None
    ) -> frozenset[str | None]:
        """Return the persons whose sessions are shown: only the given one, if any.

        Raises Unauthorized if they are somebody else's and the user is no administrator.
        """
        if person is None:
            return self.visible_to(context)
        await async_require_own(self._hass, context, person)
        return frozenset({person})

    def shows_tension_to(self, visible: frozenset[str | None]) -> bool:
        """Return whether the tension that the device shows belongs to one of these persons."""
        return self._history.owner in visible

    @callback
    def plan_owner(
        self, context: Context | None = None, person: str | None = None
    ) -> str | None:
        """Return whose plan is meant: that of a person, or else of the one who asks, or else of the chosen one."""
        return person or async_asker(self._hass, context) or self.choice.planned

    @property
    def shown_plan(self) -> str | None:
        """The person whose plan is shown; None for the plan of nobody."""
        return self.plans.shared(self.choice.planned)

    # Assign and forget

    async def async_assign_unassigned(self, person: str) -> None:
        """Assign the sessions of nobody to a person or a guest, who becomes the default if there is none."""
        if self.choice.default is None:
            self._async_set_default(person)
        await self._history.async_assign_unassigned(person)
        self.plans.async_assign_unassigned(person)
        self._weekly.async_write(person)
        self._async_update_issue()

    async def async_forget(
        self,
        person: str | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> int:
        """Delete the sessions of a person, or of all, from one day to another; return how many.

        Their statistics are deleted, too, and the plans that were begun in these days.
        """

        def is_meant(whose: str | None, day: date | None) -> bool:
            if person not in (None, whose):
                return False
            if start is None and end is None:
                return True
            if day is None:
                return False
            return (start is None or start <= day) and (end is None or day <= end)

        def is_session_meant(session: Session) -> bool:
            time = session.started or session.ended
            day = None if time is None else day_of(time)
            return is_meant(session.person, day)

        before = self._history.sessions
        forgotten = await self._history.async_forget(is_session_meant)
        await self.plans.async_forget(is_meant)
        self._weekly.async_forget({person, *(each.person for each in forgotten)})
        await async_forget_recorded(self._hass, self._entry, spans(before, forgotten))
        self._async_update_issue()
        return len(forgotten)

    @callback
    def _async_set_default(self, person: str) -> None:
        self._hass.config_entries.async_update_entry(
            self._entry,
            options={**self._entry.options, CONF_DEFAULT_PERSON: person},
        )

    # Persons of the home

    @callback
    def _async_session_event(self, event: SessionEvent) -> None:
        self.choice.async_session_event(event)
        if event.ends:
            self._weekly.async_write(event.session.person, event.session.ended)
            self._async_update_issue()

    async def _async_user_added(self, _event: Event[Any] | None = None) -> None:
        users = await self._hass.auth.async_get_users()
        self._system_users = frozenset(
            user.id for user in users if user.system_generated
        )

    async def _async_started(self, _hass: HomeAssistant) -> None:
        await self._async_user_added()
        if PERSON in self._hass.config.components:
            await self._async_forget_removed()
        self._async_update_issue()

    async def _async_person_removed(
        self, _event: Event[er.EventEntityRegistryUpdatedData]
    ) -> None:
        await self._async_forget_removed()

    async def _async_forget_removed(self) -> None:
        """Forget persons who were removed from Home Assistant."""
        running = self._history.unreported
        known = {session.person for session in self._history.sessions}
        known |= {self.choice.chosen, self.choice.default, *self.plans.persons}
        known.add(None if running is None else running.person)
        for person in known - {None, GUEST}:
            assert person is not None
            if async_exists(self._hass, person):
                continue
            if self.choice.default == person:
                self._async_set_default(GUEST)
            if self.choice.chosen == person:
                self.choice.async_choose(None)
            if running is not None and running.person == person:
                self._history.async_assign(GUEST)
            await self.async_forget(person)

    @callback
    def _async_update_issue(self) -> None:
        """Ask to whom the sessions and the plan of nobody belong; a plan alone is the default person's."""
        asks = any(
            session.known and session.person is None
            for session in self._history.sessions
        )
        default = self.choice.default
        if not asks and default not in (None, GUEST):
            self.plans.async_assign_unassigned(default)
        asks = asks or None in self.plans.persons
        if not asks or not async_persons(self._hass):
            async_delete_unassigned_issue(self._hass, self._entry)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            _issue_id(self._entry),
            data={"entry_id": self._entry.entry_id},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_UNASSIGNED,
            translation_placeholders={"name": self._entry.title},
        )


@callback
def _is_removal(data: er.EventEntityRegistryUpdatedData) -> bool:
    return data["action"] == "remove" and data["entity_id"].startswith(f"{PERSON}.")


async def async_require_own(
    hass: HomeAssistant, context: Context | None, person: str | None
) -> None:
    """Raise Unauthorized unless a person asks for their own, or an administrator or an automation asks."""
    if context is None or context.user_id is None:
        return
    if person is not None and person == async_asker(hass, context):
        return
    user = await hass.auth.async_get_user(context.user_id)
    if user is None or not user.is_admin:
        raise Unauthorized(context=context)
