"""Which BackHugs an assistant may control, and what they answer to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, cast
import unicodedata

from homeassistant.components.homeassistant import async_should_expose
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant, State, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    intent,
)

from .const import CONF_FEATURES, DOMAIN
from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import Features
from .permission import async_session_switch
from .programmes.names import compared
from .service_fields import SERVICE_STOP_SESSION

_FOLDED: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def plain(text: str) -> str:
    """Return a text as it is compared: however it is capitalised, spaced or spelt with umlauts."""
    folded = unicodedata.normalize("NFC", text.casefold()).translate(_FOLDED)
    return "".join(
        character
        for character in unicodedata.normalize("NFKD", folded)
        if character.isalnum()
    )


def spoken_form(name: str) -> str:
    """Return a name as it is recognised in speech; one may be nothing but a picture."""
    return plain(name) or compared(name)


class ExposedBackHug(NamedTuple):
    """A BackHug that is exposed to an assistant."""

    entry: BackHugConfigEntry
    state: State
    """Of its session switch, whose exposure counts for all of it."""
    name: str
    """What a person calls it."""
    area: ar.AreaEntry | None
    """The room that it is in."""

    @property
    def loaded(self) -> bool:
        """Whether it is set up at the moment."""
        return self.entry.state is ConfigEntryState.LOADED

    @property
    def coordinator(self) -> BackHugCoordinator:
        """What owns it; there while `loaded`."""
        return self.entry.runtime_data

    @property
    def features(self) -> Features:
        """What it offers, as of its last connection."""
        return Features.from_dict(self.entry.data[CONF_FEATURES])

    @property
    def in_session(self) -> bool:
        """Whether a session runs on it, as it reports."""
        return self.loaded and self.coordinator.in_session

    @property
    def may_be_in_session(self) -> bool:
        """Whether a session runs on it as far as we know: a stop is meant for that, too."""
        return self.loaded and self.coordinator.may_be_in_session

    @property
    def may_run_unseen(self) -> bool:
        """Whether a session may run of which nobody here knows: the connection is made on demand, and rests."""
        return self.loaded and self.coordinator.resting

    @property
    def armed(self) -> bool:
        """Whether it waits for somebody to lie down."""
        return (
            self.loaded
            and self.coordinator.controller.start_on_occupancy.until is not None
        )

    @property
    def described(self) -> str:
        """Its name, and where it is."""
        return self.name if self.area is None else f"{self.name} ({self.area.name})"

    async def async_act(
        self,
        hass: HomeAssistant,
        action: str,
        data: Mapping[str, Any],
        context: Context | None,
    ) -> None:
        """Call one of our own actions for it, as an automation does.

        Raises HomeAssistantError as the action does.
        """
        await hass.services.async_call(
            DOMAIN,
            action,
            {ATTR_ENTITY_ID: self.state.entity_id, **data},
            blocking=True,
            context=context,
        )

    async def async_stop(self, hass: HomeAssistant, context: Context | None) -> bool:
        """Have it stopped, as an automation does; return whether that ended a session.

        Raises HomeAssistantError as the action does.
        """
        response = await hass.services.async_call(
            DOMAIN,
            SERVICE_STOP_SESSION,
            {ATTR_ENTITY_ID: self.state.entity_id},
            blocking=True,
            context=context,
            return_response=True,
        )
        devices = cast("list[dict[str, Any]]", (response or {})["devices"])
        return any(device["session_ended"] for device in devices)


@callback
def async_exposed(hass: HomeAssistant, assistant: str | None) -> list[ExposedBackHug]:
    """Return the BackHugs that are exposed to an assistant, sorted by name.

    Without one it is all of them, as for any intent that a script or a dashboard has handled.
    """
    found = []
    entry: BackHugConfigEntry
    for entry in hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    ):
        entity_id = async_session_switch(hass, entry)
        state = None if entity_id is None else hass.states.get(entity_id)
        if state is not None and (
            not assistant or async_should_expose(hass, assistant, state.entity_id)
        ):
            found.append(_exposed(hass, entry, state))
    return sorted(found, key=lambda each: each.name.casefold())


def _exposed(
    hass: HomeAssistant, entry: BackHugConfigEntry, state: State
) -> ExposedBackHug:
    entity = er.async_get(hass).async_get(state.entity_id)
    assert entity is not None
    device = dr.async_get(hass).async_get(entity.device_id or "")
    assert device is not None
    name = device.name_by_user or device.name or entry.title
    area_id = er.async_get_effective_area_id(hass, entity)
    area = None if area_id is None else ar.async_get(hass).async_get_area(area_id)
    return ExposedBackHug(entry, state, name, area)


@callback
def async_there(
    hass: HomeAssistant,
    exposed: Sequence[ExposedBackHug],
    area: str | None,
    floor: str | None = None,
) -> list[ExposedBackHug]:
    """Return those in an area and on a floor, by their names or aliases; all if neither is named."""
    if area is None and floor is None:
        return list(exposed)
    result = intent.async_match_targets(
        hass,
        intent.MatchTargetsConstraints(area_name=area, floor_name=floor),
        states=[each.state for each in exposed],
    )
    return [each for each in exposed if each.state in result.states]


@callback
def async_called(
    hass: HomeAssistant, exposed: Sequence[ExposedBackHug], name: str
) -> list[ExposedBackHug]:
    """Return those with this name or alias; if none has it, those that have it with the word BackHug added."""
    wanted = spoken_form(name)
    names = [(each, _names(hass, each)) for each in exposed]
    return [each for each, full in names if wanted in full] or [
        each for each, full in names if wanted in _shortened(full)
    ]


def nearest(
    exposed: Sequence[ExposedBackHug], area_id: str | None
) -> list[ExposedBackHug]:
    """Return those in an area, or all if none is there."""
    return [
        each for each in exposed if each.area is not None and each.area.id == area_id
    ] or list(exposed)


def _names(hass: HomeAssistant, exposed: ExposedBackHug) -> set[str]:
    """Return what a BackHug is called, as it is compared."""
    aliases = intent.async_get_entity_aliases(
        hass,
        er.async_get(hass).async_get(exposed.state.entity_id),
        state=exposed.state,
    )
    return set(map(spoken_form, (exposed.name, exposed.entry.title, *aliases)))


def _shortened(names: Iterable[str]) -> set[str]:
    return {name.replace("backhug", "") for name in names} - {""}
