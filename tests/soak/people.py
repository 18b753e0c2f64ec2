"""Operations: people share a BackHug, and talk with its consultant."""

from __future__ import annotations

from typing import Final

from homeassistant.core import Context

from custom_components.backhug.const import GUEST
from custom_components.backhug.consultant.agent import Consultant
from custom_components.backhug.consultant.dialogue import Dialogue

from .operation import resident_operation
from .ownership import PEOPLE
from .resident import Resident

CONVERSATION: Final = "soak"
CAUTION: Final = "I'm pregnant"
SAID: Final = (
    "my lower back is quite stiff",
    "none of these",
    "gentle, ten minutes, every week",
    CAUTION,
    "start over",
    "save it as Favourite",
    "stop",
)


@resident_operation(2, person=(*PEOPLE, GUEST))
def choose_person(resident: Resident, person: str) -> None:
    """Choose for whom the BackHug is used."""
    resident.press(
        "select",
        "select_option",
        "person",
        lambda: resident.ownership.chooses(person.lower()),
        option=person,
    )


@resident_operation(person=PEOPLE)
def forget_sessions(resident: Resident, person: str) -> None:
    """Delete the sessions of a person."""
    ownership = resident.ownership
    sessions = ownership.stored(person.lower())

    def ended(reason: str | None) -> None:
        if reason is None and ownership is resident.ownership:
            ownership.forgets(sessions)

    resident.act("forget_sessions", ended, person=person)


def dialogue(resident: Resident) -> Dialogue | None:
    """Return what the consultant remembers of the conversation; None if nothing was said since a reload."""
    if resident.consultant is None:
        return None
    coordinator, consultant = resident.consultant
    is_his = resident.loaded and coordinator is resident.coordinator
    return consultant._dialogues.get(CONVERSATION) if is_his else None


@resident_operation(3, text=SAID)
def talk(resident: Resident, text: str) -> None:
    """Say something to the consultant, who knows of the sentences before until the entry is reloaded."""
    if not resident.loaded:
        return
    if (
        resident.consultant is None
        or resident.consultant[0] is not resident.coordinator
    ):
        consultant = Consultant(resident.hass, resident.coordinator)
        resident.consultant = resident.coordinator, consultant
    _, consultant = resident.consultant
    talked = dialogue(resident)
    # A caution ends what the conversation has started.
    withdraws = text == CAUTION and talked is not None and talked.started
    stopped = resident.stop() if text == "stop" or withdraws else None

    async def answer() -> None:
        said, _ = await consultant.async_answer(text, "en", CONVERSATION, Context())
        if stopped is not None:
            # A stop that takes longer goes on after the answer.
            stopped(None if "Stopped:" in said else "stopping")

    resident.spawn(f"“{text}”", answer())
