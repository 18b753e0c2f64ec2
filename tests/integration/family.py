"""Two persons who share a BackHug, and what they do."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import patch

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.components import person as person_component
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.people.persons import Person, async_persons
from custom_components.backhug.session import history as history_module
from custom_components.backhug.session.record import Session
from tests.home import SimulatedBackHug, until


class Family:
    """Two persons with users of their own, and somebody who is linked to no person."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialise without anybody."""
        self.hass = hass
        self.users: dict[str, str] = {}

    async def join(self, name: str, group: str = GROUP_ID_USER) -> None:
        """Add a person with a user."""
        user = await self.hass.auth.async_create_user(name, group_ids=[group])
        self.users[name] = user.id
        await person_component.async_create_person(self.hass, name, user_id=user.id)
        await self.hass.async_block_till_done()

    def context(self, name: str) -> Context:
        """Return the context of what somebody does."""
        return Context(user_id=self.users[name])

    def person(self, name: str) -> Person:
        """Return a person."""
        (found,) = (each for each in async_persons(self.hass) if each.name == name)
        return found

    def id(self, name: str) -> str:
        """Return the id of a person."""
        return self.person(name).id

    @property
    def collection(self) -> Any:
        """The stored persons, which Home Assistant 2026.11 keeps under a name."""
        data: Any = self.hass.data[person_component.DOMAIN]
        return data[1] if isinstance(data, tuple) else data.storage_collection

    async def leaves(self, name: str) -> None:
        """Remove a person, as the user interface does."""
        await self.collection.async_delete_item(self.id(name))
        await self.hass.async_block_till_done()


async def choose(back_hug: SimulatedBackHug, option: str) -> None:
    """Choose a person by hand."""
    await back_hug.call("select", "select_option", "person", option=option)


async def ask(
    back_hug: SimulatedBackHug, action: str, context: Context | None, **data: Any
) -> dict[str, Any]:
    """Call an action; return what it answers for the device."""
    response: Any = await back_hug.hass.services.async_call(
        DOMAIN,
        action,
        {"entity_id": back_hug.entity_id("switch", "session"), **data},
        blocking=True,
        return_response=True,
        context=context,
    )
    (device,) = response["devices"]
    return dict(device)


async def tension(
    back_hug: SimulatedBackHug, context: Context | None = None, **data: Any
) -> list[dict[str, Any]]:
    """Return the sessions that the action answers."""
    answer = await ask(back_hug, "get_tension", context, sessions=500, **data)
    return list(answer["sessions"])


def numbers(sessions: list[dict[str, Any]]) -> list[int]:
    """Return the numbers of sessions."""
    return [session["number"] for session in sessions]


async def forget(
    back_hug: SimulatedBackHug, context: Context | None = None, **data: Any
) -> int:
    """Forget sessions; return how many."""
    answer = await ask(back_hug, "forget_sessions", context, **data)
    return int(answer["forgotten"])


def last(back_hug: SimulatedBackHug) -> Session:
    """Return the last session."""
    session = back_hug.coordinator.history.last
    assert session is not None
    return session


async def run_at_device(back_hug: SimulatedBackHug, minutes: int = 20) -> Session:
    """Have a whole session that is started at the device."""
    number = back_hug.back.session_number + 1
    back_hug.back.start_at_device(minutes)
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "state", "treating")
    await end(back_hug, minutes)
    assert last(back_hug).number == number
    return last(back_hug)


async def end(back_hug: SimulatedBackHug, minutes: int = 20) -> None:
    """Let the running session come to its end."""
    number = back_hug.back.session_number
    record = back_hug.coordinator.controller.back_hug.reported
    await until(lambda: record.record and record.record.before, "before is read")
    back_hug.skip(60 * minutes - 22)
    back_hug.clock.advance(2)
    await back_hug.shows("sensor", "state", "finishing")
    back_hug.clock.advance(15)
    await back_hug.shows("sensor", "state", "standby")
    history = back_hug.coordinator.history
    await until(lambda: history.last and history.last.number == number, "remembered")
    await back_hug.hass.async_block_till_done()


async def stop(back_hug: SimulatedBackHug) -> None:
    """Stop the session, and wait until it is remembered."""
    number = back_hug.back.session_number
    await back_hug.call("switch", "turn_off", "session")
    back_hug.clock.advance(15)
    history = back_hug.coordinator.history
    await until(lambda: history.last and history.last.number == number, "remembered")
    await back_hug.hass.async_block_till_done()


async def press(back_hug: SimulatedBackHug, context: Context) -> None:
    """Switch the session on, as a user."""
    await back_hug.hass.services.async_call(
        "switch",
        "turn_on",
        {"entity_id": back_hug.entity_id("switch", "session")},
        blocking=True,
        context=context,
    )
    await back_hug.shows("sensor", "state", "scanning")


async def press_again(back_hug: SimulatedBackHug, context: Context) -> None:
    """Ask for another session while one runs, which is refused."""
    with pytest.raises(ServiceValidationError):
        await back_hug.hass.services.async_call(
            DOMAIN,
            "start_session",
            {"entity_id": back_hug.entity_id("switch", "session")},
            blocking=True,
            context=context,
        )


@contextmanager
def at(time: datetime) -> Iterator[None]:
    """Have sessions at a time."""
    with patch.object(history_module, "utcnow", lambda: dt_util.as_utc(time)):
        yield
