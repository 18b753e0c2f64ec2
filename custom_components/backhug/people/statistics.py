"""Long-term statistics of each person: the mean tension before and after the sessions of a week."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from statistics import fmean
from typing import Any

from homeassistant.components.recorder import DOMAIN as RECORDER, get_instance
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import async_add_external_statistics
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import UnitOfRatio
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.unit_conversion import UnitlessRatioConverter

from ..const import DOMAIN, GUEST
from ..device.model import Region
from ..session.history import History
from ..session.record import Session
from ..session.weeks import SCANS, Scan, week_of, weekly_values
from ..texts import server_text
from .persons import async_persons


def statistic_id(
    entry: ConfigEntry[Any], person: str, scan: Scan, region: Region | None
) -> str:
    """Return the id of a person's statistic, of the back or of a region; it does not contain the person's id.

    Like those of entities, it goes on when the device of the entry is replaced.
    """
    key = sha256(f"{entry.entry_id} {person}".encode()).hexdigest()[:16]
    return f"{DOMAIN}:{key}_tension_{scan}_{region or 'back'}"


def weekly(
    sessions: Iterable[Session], scan: Scan, region: Region | None
) -> Iterator[StatisticData]:
    """Yield mean, lowest and highest tension of each week, from Monday in local time, oldest first."""
    for start, values in weekly_values(sessions, scan, region).items():
        yield StatisticData(
            start=start, mean=fmean(values), min=min(values), max=max(values)
        )


class WeeklyTension:
    """Writes and deletes the statistics of the people who share one BackHug."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], history: History
    ) -> None:
        """Initialize with the history of the device of a config entry."""
        self._hass = hass
        self._entry = entry
        self._history = history

    @callback
    def async_write(self, person: str | None, since: datetime | None = None) -> None:
        """Write the weeks of a person: all, or the one of a time and those after it."""
        if person in (None, GUEST) or RECORDER not in self._hass.config.components:
            return
        names = {each.id: each.name for each in async_persons(self._hass)}
        if person not in names:
            return
        sessions = [
            session
            for session in self._history.sessions
            if session.person == person
            and (since is None or (session.ended or since) >= week_of(since))
        ]
        for scan, region in _series():
            if rows := list(weekly(sessions, scan, region)):
                key = f"people_tension_{scan}"
                where = server_text(
                    self._hass,
                    "people_back" if region is None else f"region_{region}",
                )
                async_add_external_statistics(
                    self._hass,
                    StatisticMetaData(
                        mean_type=StatisticMeanType.ARITHMETIC,
                        has_sum=False,
                        name=server_text(
                            self._hass,
                            key,
                            person=names[person],
                            name=self._entry.title,
                            region=where,
                        ),
                        source=DOMAIN,
                        statistic_id=statistic_id(self._entry, person, scan, region),
                        unit_class=UnitlessRatioConverter.UNIT_CLASS,
                        unit_of_measurement=UnitOfRatio.PERCENTAGE,
                    ),
                    rows,
                )

    @callback
    def async_forget(self, persons: Iterable[str | None]) -> None:
        """Delete the statistics of persons, and write those of the sessions that they still have."""
        persons = {*persons}
        async_clear(self._hass, self._entry, persons)
        for person in persons:
            self.async_write(person)


@callback
def async_clear(
    hass: HomeAssistant, entry: ConfigEntry[Any], persons: Iterable[str | None]
) -> None:
    """Delete the statistics of persons."""
    if RECORDER in hass.config.components:
        get_instance(hass).async_clear_statistics(
            [
                statistic_id(entry, person, scan, region)
                for person in persons
                if person is not None
                for scan, region in _series()
            ]
        )


def _series() -> Iterator[tuple[Scan, Region | None]]:
    for scan in SCANS:
        for region in (None, *Region):
            yield scan, region
