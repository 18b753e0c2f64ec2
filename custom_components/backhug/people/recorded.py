"""Recorded states of the device's own sensors, which show everybody's sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, Literal, cast

from homeassistant.components.recorder import DOMAIN as RECORDER, get_instance
from homeassistant.components.recorder.models import StatisticData, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    async_import_statistics,
    get_metadata,
    statistics_during_period,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_ENTITY_ID, CONF_ADDRESS
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util.dt import utcnow

from ..session.record import Session

_HOUR: Final = timedelta(hours=1)
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_VALUES: Final[tuple[Literal["mean", "min", "max"], ...]] = ("mean", "min", "max")
_PURGED: Final = (
    "calendar_plan",
    "event_session",
    "select_person",
    "sensor_next_session_due",
)
"""Entities beside the tension sensors that tell of sessions, with their platforms."""

type Span = tuple[datetime, datetime]


def spans(sessions: Sequence[Session], forgotten: Sequence[Session]) -> list[Span]:
    """Return when the device's sensors showed the forgotten sessions: each until the next one of `sessions`."""
    timed = [
        (start, session)
        for session in sessions
        if (start := session.started or session.ended) is not None
    ]
    times = [*(start for start, _ in timed), utcnow()]
    return [
        span
        for (_, session), span in zip(timed, pairwise(times), strict=True)
        if session in forgotten
    ]


async def async_forget_recorded(
    hass: HomeAssistant, entry: ConfigEntry[Any], shown: Sequence[Span]
) -> None:
    """Delete the statistics of the tension sensors within these spans, and their states.

    The recorder deletes a statistic only as a whole, so the hours of other sessions are written again.
    """
    if not shown or RECORDER not in hass.config.components:
        return
    address: str = entry.data[CONF_ADDRESS]
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    tension = [
        entity.entity_id
        for entity in entities
        if entity.unique_id.startswith(f"{address}_tension")
    ]
    others = [
        entity.entity_id
        for entity in entities
        if f"{entity.domain}_{entity.unique_id.removeprefix(f'{address}_')}" in _PURGED
    ]
    await hass.services.async_call(
        RECORDER,
        "purge_entities",
        {ATTR_ENTITY_ID: [*tension, *others], "keep_days": 0},
        blocking=True,
    )
    instance = get_instance(hass)

    def read() -> list[tuple[StatisticMetaData, list[StatisticData]]]:
        known = get_metadata(hass, statistic_ids={*tension})
        rows = statistics_during_period(
            hass, _BEGINNING, None, {*known}, "hour", None, {*_VALUES}
        )
        return [
            (
                metadata,
                [
                    cast(
                        "StatisticData",
                        {"start": start, **{key: row.get(key) for key in _VALUES}},
                    )
                    for row in rows.get(statistic_id, [])
                    if not _overlaps(
                        start := datetime.fromtimestamp(row["start"], UTC), shown
                    )
                ],
            )
            for statistic_id, (_, metadata) in known.items()
        ]

    found = await instance.async_add_executor_job(read)
    instance.async_clear_statistics([metadata["statistic_id"] for metadata, _ in found])
    for metadata, rows in found:
        if rows:
            async_import_statistics(hass, metadata, rows)


def _overlaps(hour: datetime, shown: Sequence[Span]) -> bool:
    return any(start < hour + _HOUR and hour < end for start, end in shown)
