"""BackHugs that are exposed to an assistant, and their names."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
import unicodedata

from homeassistant.components import bluetooth
from homeassistant.components.homeassistant import async_should_expose
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID, CONF_ADDRESS
from homeassistant.core import Context, HomeAssistant, State, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    intent,
)

from .const import CONF_FEATURES, DOMAIN
from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import Features, State as SessionState
from .people.permission import async_session_switch
from .programmes.names import compared
from .service_fields import SERVICE_STOP_SESSION

_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def normalize_name(name: str) -> str:
    """Return a name without case, spaces, punctuation and diacritics, for comparison with speech.

    A name without letters and digits, such as an emoji, is kept.
    """
    folded = without_umlauts(name)
    normalized = "".join(
        character
        for character in unicodedata.normalize("NFKD", folded)
        if character.isalnum()
    )
    return normalized or compared(name)


def without_umlauts(name: str) -> str:
    """Return a name in lower case, with ae for ä and so on."""
    return unicodedata.normalize("NFC", name.casefold()).translate(_UMLAUTS)


@dataclass(frozen=True, slots=True)
class ExposedBackHug:
    """A BackHug that is exposed to an assistant."""

    entry: BackHugConfigEntry
    state: State
    """State of the session switch; its exposure and permissions count for the whole device."""
    name: str
    """Device name, as changed by the user."""
    area: ar.AreaEntry | None
    """Area of the home."""

    @property
    def loaded(self) -> bool:
        """Whether the config entry is loaded."""
        return self.entry.state is ConfigEntryState.LOADED

    @property
    def coordinator(self) -> BackHugCoordinator:
        """The coordinator; available while `loaded`."""
        return self.entry.runtime_data

    @property
    def features(self) -> Features:
        """The features as of the last connection; available also while not loaded."""
        return Features.from_dict(self.entry.data[CONF_FEATURES])

    @property
    def in_session(self) -> bool:
        """Whether the device reports a session."""
        return self.loaded and self.coordinator.in_session

    @property
    def may_be_in_session(self) -> bool:
        """Whether a session runs, or may still run while the connection is lost."""
        return self.loaded and self.coordinator.may_be_in_session

    def may_run_unseen(self, hass: HomeAssistant) -> bool:
        """Return whether a session may run unnoticed: the device is in reach, and there is no connection."""
        if self.loaded and (
            self.coordinator.resting or self.coordinator.data.connected
        ):
            return self.coordinator.resting
        return bluetooth.async_address_present(
            hass, self.entry.data[CONF_ADDRESS], connectable=True
        )

    @property
    def armed(self) -> bool:
        """Whether a session is to start on occupancy."""
        return (
            self.loaded
            and self.coordinator.controller.start_on_occupancy.until is not None
        )

    @property
    def occupied(self) -> bool:
        """Whether the device reports that somebody lies on it."""
        status = self.coordinator.data.status if self.loaded else None
        return status is not None and bool(status.occupied)

    @property
    def waits_for_start(self) -> bool:
        """Whether somebody lies on it, and no session runs or it is paused."""
        status = self.coordinator.data.status if self.loaded else None
        return self.occupied and (
            not self.in_session
            or (status is not None and status.state is SessionState.PAUSED)
        )

    @property
    def reachable(self) -> bool:
        """Whether the device can be commanded."""
        return self.loaded and self.coordinator.available

    @property
    def name_and_area(self) -> str:
        """The name, with the area in parentheses."""
        return self.name if self.area is None else f"{self.name} ({self.area.name})"

    async def async_act(
        self,
        hass: HomeAssistant,
        action: str,
        data: Mapping[str, Any],
        context: Context | None,
    ) -> None:
        """Call one of the integration's actions for this BackHug.

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
        """Call the stop action; return whether that ended a session.

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

    Without an assistant, as for intents handled by scripts and dashboards, all are returned.
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
def async_filter_by_place(
    hass: HomeAssistant,
    exposed: Sequence[ExposedBackHug],
    area: str | None,
    floor: str | None = None,
) -> list[ExposedBackHug]:
    """Return the BackHugs in an area and on a floor, given by name or alias; all if both are None."""
    if area is None and floor is None:
        return list(exposed)
    result = intent.async_match_targets(
        hass,
        intent.MatchTargetsConstraints(area_name=area, floor_name=floor),
        states=[each.state for each in exposed],
    )
    return [each for each in exposed if each.state in result.states]


@callback
def async_filter_by_name(
    hass: HomeAssistant, exposed: Sequence[ExposedBackHug], name: str
) -> list[ExposedBackHug]:
    """Return the BackHugs with a name or alias; if none matches, also by the end of it or by their label."""
    wanted = normalize_name(name)
    names = [(each, _names(hass, each)) for each in exposed]
    labelled = zip(exposed, map(normalize_name, labels(exposed)), strict=True)
    return (
        [each for each, full in names if wanted in full]
        or [each for each, full in names if wanted in _shortened(full)]
        or [each for each, label in labelled if wanted in {label, *_shortened([label])}]
    )


def labels(exposed: Sequence[ExposedBackHug]) -> list[str]:
    """Return a different name for each: that of the device, if needed with its area, or else with a number."""
    names = Counter(each.name for each in exposed)
    with_area = Counter(each.name_and_area for each in exposed)
    older = sorted(exposed, key=lambda each: each.entry.created_at)

    def label(each: ExposedBackHug) -> str:
        if names[each.name] == 1:
            return each.name
        if with_area[each.name_and_area] == 1:
            return each.name_and_area
        same = [other for other in older if other.name == each.name]
        return f"{each.name} {same.index(each) + 1}"

    return list(map(label, exposed))


def prefer_area(
    exposed: Sequence[ExposedBackHug], area_id: str | None
) -> list[ExposedBackHug]:
    """Return the BackHugs in an area, or all if none is there."""
    return [
        each for each in exposed if each.area is not None and each.area.id == area_id
    ] or list(exposed)


def _names(hass: HomeAssistant, exposed: ExposedBackHug) -> set[str]:
    """Return the normalized name, title and aliases."""
    aliases = intent.async_get_entity_aliases(
        hass,
        er.async_get(hass).async_get(exposed.state.entity_id),
        state=exposed.state,
    )
    return set(map(normalize_name, (exposed.name, exposed.entry.title, *aliases)))


def _shortened(names: Iterable[str]) -> set[str]:
    return {name.replace("backhug", "") for name in names} - {""}
