"""Sensors: tension, state, session, programme, history, signal strength."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import partial
from operator import attrgetter
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
    EntityCategory,
    Platform,
    UnitOfRatio,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import Region, SessionEnd, State
from .entity import BackHugEntity, Described, offered
from .session.record import Session, Tension

# Nothing is fetched: the coordinator is told.
PARALLEL_UPDATES = 0


type SensorValue = str | int | datetime | None


def _known(value: StrEnum) -> str | None:
    """Return an enumerated value; one that the profile does not name is Home Assistant's unknown."""
    return None if value.value == "unknown" else value.value


def _tension(coordinator: BackHugCoordinator, region: Region | None) -> int | None:
    """Return the newest tension in whole per cent: more would be noise, and a row each.

    That of a region is of the scans before and after a session. Six more that follow the live scans would
    be most of what the recorder keeps of a session.
    """
    scan = coordinator.tension
    if region is not None:
        scan = coordinator.resting_scan
    if scan is None:
        return None
    return _whole(scan.back if region is None else scan.regions[region])


def _whole(tension: float | None) -> int | None:
    return None if tension is None else round(tension)


def _phase(coordinator: BackHugCoordinator) -> dict[str, Any]:
    scan = coordinator.tension
    return {"measured": None if scan is None else scan.phase.value}


def _programme_step(coordinator: BackHugCoordinator) -> dict[str, Any]:
    """Return what runs; nothing of it while no programme does."""
    runner = coordinator.runner
    run, step = runner.run, runner.step
    if run is None or step is None:
        return {}
    return {
        "programme": run.programme,
        "steps": len(run.steps),
        "area": step.area,
        "strength": step.strength,
        "flow": step.flow,
        "minutes": step.minutes,
        "ends_at": runner.step_ends_at,
        "skipped": [skipped._asdict() for skipped in run.skipped],
    }


def _step_number(coordinator: BackHugCoordinator) -> int | None:
    run = coordinator.runner.run
    return None if run is None else run.step + 1


def _last(
    coordinator: BackHugCoordinator, tension: Callable[[Session], Tension | None]
) -> int | None:
    """Return a tension of the back of the last session, in whole per cent."""
    session = coordinator.history.last
    found = None if session is None else tension(session)
    return None if found is None else _whole(found.back)


def _last_ended(coordinator: BackHugCoordinator) -> datetime | None:
    session = coordinator.history.last
    return None if session is None else session.ended


DESCRIPTIONS: tuple[Described[SensorEntityDescription, SensorValue], ...] = (
    Described(
        SensorEntityDescription(
            key="state",
            device_class=SensorDeviceClass.ENUM,
            options=[state.value for state in State if state is not State.UNKNOWN],
        ),
        lambda coordinator: _known(coordinator.status.state),
    ),
    Described(
        SensorEntityDescription(
            key="session_ends",
            device_class=SensorDeviceClass.TIMESTAMP,
        ),
        lambda coordinator: coordinator.data.ends_at,
    ),
    Described(
        SensorEntityDescription(
            key="sessions",
            state_class=SensorStateClass.TOTAL_INCREASING,
        ),
        lambda coordinator: coordinator.history.number,
    ),
    Described(
        SensorEntityDescription(
            key="last_session_ended_by",
            device_class=SensorDeviceClass.ENUM,
            options=[end.value for end in SessionEnd if end is not SessionEnd.UNKNOWN],
        ),
        lambda coordinator: _known(coordinator.status.last_end),
    ),
    Described(
        SensorEntityDescription(key="programme_step"),
        _step_number,
        attributes_fn=_programme_step,
    ),
    Described(
        SensorEntityDescription(
            key="armed_until",
            device_class=SensorDeviceClass.TIMESTAMP,
        ),
        lambda coordinator: coordinator.start_on_occupancy.until,
        offered_fn=lambda features: features.senses_occupancy,
        # Home Assistant waits for somebody, also while the device is out of reach.
        always_available=True,
    ),
    Described(
        SensorEntityDescription(
            key="tension",
            native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
            state_class=SensorStateClass.MEASUREMENT,
        ),
        partial(_tension, region=None),
        offered_fn=lambda features: features.measures_tension,
        attributes_fn=_phase,
    ),
    *(
        Described[SensorEntityDescription, SensorValue](
            SensorEntityDescription(
                key=f"tension_{region}",
                native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
                state_class=SensorStateClass.MEASUREMENT,
            ),
            partial(_tension, region=region),
            offered_fn=lambda features: features.measures_tension,
        )
        for region in Region
    ),
    *(
        Described[SensorEntityDescription, SensorValue](
            SensorEntityDescription(
                key=key,
                native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
                state_class=SensorStateClass.MEASUREMENT,
            ),
            partial(_last, tension=attrgetter(key)),
            offered_fn=lambda features: features.measures_tension,
            # Of Home Assistant's own history: known without the device.
            always_available=True,
        )
        for key in ("tension_before", "tension_after", "tension_change")
    ),
    Described(
        SensorEntityDescription(
            key="minutes_treated",
            device_class=SensorDeviceClass.DURATION,
            native_unit_of_measurement=UnitOfTime.MINUTES,
            state_class=SensorStateClass.TOTAL_INCREASING,
        ),
        lambda coordinator: coordinator.history.treated // 60,
        always_available=True,
    ),
    Described(
        SensorEntityDescription(
            key="last_session",
            device_class=SensorDeviceClass.TIMESTAMP,
        ),
        _last_ended,
        always_available=True,
    ),
    Described(
        SensorEntityDescription(
            key="signal_strength",
            device_class=SensorDeviceClass.SIGNAL_STRENGTH,
            entity_category=EntityCategory.DIAGNOSTIC,
            entity_registry_enabled_default=False,
            native_unit_of_measurement=SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
            state_class=SensorStateClass.MEASUREMENT,
        ),
        lambda coordinator: coordinator.signal_strength,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of one BackHug."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugSensor(coordinator, described)
        for described in offered(coordinator, Platform.SENSOR, DESCRIPTIONS)
    )


class BackHugSensor(BackHugEntity[SensorValue], SensorEntity):
    """Something that a BackHug reports or measures."""

    @property
    @override
    def native_value(self) -> SensorValue:
        """Return what is reported."""
        return self.described.value_fn(self.coordinator)
