"""Sensors: tension, state, session, programme, history, signal strength."""

from collections.abc import Callable
from dataclasses import dataclass
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
from homeassistant.util.dt import start_of_local_day

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import Fault, Features, Region, SessionEnd, State
from .entity import BackHugEntity, BackHugEntityDescription, offered
from .session.record import Session, Tension, whole_percent

# The coordinator pushes updates.
PARALLEL_UPDATES = 0


type SensorValue = str | int | datetime | None


@dataclass(frozen=True, kw_only=True)
class BackHugSensorEntityDescription(BackHugEntityDescription, SensorEntityDescription):
    """Describes a BackHug sensor."""

    value_fn: Callable[[BackHugCoordinator], SensorValue]


def _known(value: StrEnum) -> str | None:
    """Return the value; None if the profile does not define it."""
    return None if value.value == "unknown" else value.value


def _tension(coordinator: BackHugCoordinator, region: Region | None) -> int | None:
    """Return the newest tension in whole per cent, of the back or of a region.

    Regions show only the scans before and after a session: live scans would multiply the recorder's rows.
    """
    scan = coordinator.tension
    if region is not None:
        scan = coordinator.resting_scan
    if scan is None:
        return None
    return whole_percent(scan.back if region is None else scan.regions[region])


def _pause(coordinator: BackHugCoordinator) -> dict[str, Any]:
    """Return how a paused session goes on. The time left stands still, so it is not recorded each second."""
    paused = coordinator.status.state is State.PAUSED
    return {
        "seconds_left": coordinator.status.seconds_left if paused else None,
        "pause_ends": coordinator.data.pause_ends_at,
    }


def _fault(coordinator: BackHugCoordinator) -> str | None:
    fault = coordinator.status.fault
    return "none" if fault is None else _known(fault)


def _phase(coordinator: BackHugCoordinator) -> dict[str, Any]:
    scan = coordinator.tension
    return {"measured": None if scan is None else scan.phase.value}


def _programme_step(coordinator: BackHugCoordinator) -> dict[str, Any]:
    """Return the running step; empty if no programme runs."""
    runner = coordinator.controller.runner
    run, step = runner.run, runner.step
    if run is None or step is None:
        return {}
    following = run.steps[run.step + 1] if run.step + 1 < len(run.steps) else None
    return {
        "programme": run.programme,
        "steps": len(run.steps),
        "area": step.area,
        "strength": step.strength,
        "flow": step.flow,
        "minutes": step.minutes,
        "ends_at": runner.step_ends_at,
        "next_area": following and following.area,
        "next_minutes": following and following.minutes,
        "skipped": [skipped.as_dict() for skipped in run.skipped],
    }


def _step_number(coordinator: BackHugCoordinator) -> int | None:
    run = coordinator.controller.runner.run
    return None if run is None else run.step + 1


def _last(
    coordinator: BackHugCoordinator, tension: Callable[[Session], Tension | None]
) -> int | None:
    """Return a tension of the back in the last session, in whole per cent."""
    session = coordinator.history.last
    found = None if session is None else tension(session)
    return None if found is None else found.back


def _last_ended(coordinator: BackHugCoordinator) -> datetime | None:
    session = coordinator.history.last
    return None if session is None else session.ended


def _next_due(coordinator: BackHugCoordinator) -> datetime | None:
    """Return the beginning of the next day with an advised session; that of today while one is due."""
    household = coordinator.household
    due = household.plans.next_due(household.shown_plan)
    return None if due is None else start_of_local_day(due.day)


def _plan(coordinator: BackHugCoordinator) -> dict[str, Any]:
    """Return where the chosen person is in their plan; empty without one."""
    household = coordinator.household
    progress = household.plans.progress(household.shown_plan)
    if progress is None:
        return {}
    grows, following = progress.grows, progress.following
    return {
        "plan": progress.status,
        "week": progress.week,
        "weeks": progress.weeks,
        "sessions_done": progress.done,
        "sessions_advised": progress.stage.sessions,
        "session_minutes": progress.stage.minutes,
        "session_strength": progress.stage.strength,
        "grows_next": grows,
        "grows_to": None if grows is None else getattr(following, grows),
        "grows_in_week": grows and following and following.first_week,
    }


# The blueprints find these two sensors of a device, and that of the plan, by the names of their attributes.


def _last_minutes(coordinator: BackHugCoordinator) -> dict[str, Any]:
    session = coordinator.history.last
    treated = None if session is None else session.treated
    return {"minutes": None if treated is None else treated // 60}


def _prepared(coordinator: BackHugCoordinator) -> dict[str, Any]:
    return {"programme": coordinator.controller.start_on_occupancy.programme}


def _measures_tension(features: Features) -> bool:
    return features.measures_tension


DESCRIPTIONS: tuple[BackHugSensorEntityDescription, ...] = (
    BackHugSensorEntityDescription(
        key="state",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in State if state is not State.UNKNOWN],
        value_fn=lambda coordinator: _known(coordinator.status.state),
        attributes_fn=_pause,
    ),
    BackHugSensorEntityDescription(
        key="fault",
        offered_fn=lambda features: features.reports_faults,
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[
            "none",
            *(fault.value for fault in Fault if fault is not Fault.UNKNOWN),
        ],
        value_fn=_fault,
    ),
    BackHugSensorEntityDescription(
        key="session_ends",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda coordinator: coordinator.data.ends_at,
    ),
    BackHugSensorEntityDescription(
        key="sessions",
        offered_fn=lambda features: features.numbers_sessions,
        # For a new device: minutes treated and the last session say more.
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda coordinator: coordinator.history.number,
    ),
    BackHugSensorEntityDescription(
        key="last_session_ended_by",
        device_class=SensorDeviceClass.ENUM,
        options=[end.value for end in SessionEnd if end is not SessionEnd.UNKNOWN],
        value_fn=lambda coordinator: _known(coordinator.status.last_end),
    ),
    BackHugSensorEntityDescription(
        key="programme_step",
        offered_fn=lambda features: features.sets_strength,
        value_fn=_step_number,
        attributes_fn=_programme_step,
    ),
    BackHugSensorEntityDescription(
        key="armed_until",
        device_class=SensorDeviceClass.TIMESTAMP,
        offered_fn=lambda features: features.senses_occupancy,
        # Home Assistant waits, also while the device is out of reach.
        always_available=True,
        value_fn=lambda coordinator: coordinator.controller.start_on_occupancy.until,
        attributes_fn=_prepared,
    ),
    BackHugSensorEntityDescription(
        key="next_session_due",
        device_class=SensorDeviceClass.TIMESTAMP,
        # Home Assistant keeps the plan, not the device.
        always_available=True,
        value_fn=_next_due,
        attributes_fn=_plan,
    ),
    BackHugSensorEntityDescription(
        key="tension",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        offered_fn=_measures_tension,
        value_fn=partial(_tension, region=None),
        attributes_fn=_phase,
    ),
    *(
        BackHugSensorEntityDescription(
            key=f"tension_{region}",
            # The tension map shows them all.
            entity_registry_enabled_default=False,
            native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
            state_class=SensorStateClass.MEASUREMENT,
            offered_fn=_measures_tension,
            value_fn=partial(_tension, region=region),
        )
        for region in Region
    ),
    *(
        BackHugSensorEntityDescription(
            key=key,
            native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
            state_class=SensorStateClass.MEASUREMENT,
            offered_fn=_measures_tension,
            # From the stored history.
            always_available=True,
            value_fn=partial(_last, tension=attrgetter(key)),
        )
        for key in ("tension_before", "tension_after", "tension_change")
    ),
    BackHugSensorEntityDescription(
        key="minutes_treated",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        state_class=SensorStateClass.TOTAL_INCREASING,
        always_available=True,
        value_fn=lambda coordinator: coordinator.history.treated // 60,
    ),
    BackHugSensorEntityDescription(
        key="last_session",
        device_class=SensorDeviceClass.TIMESTAMP,
        always_available=True,
        value_fn=_last_ended,
        attributes_fn=_last_minutes,
    ),
    BackHugSensorEntityDescription(
        key="signal_strength",
        device_class=SensorDeviceClass.SIGNAL_STRENGTH,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda coordinator: coordinator.signal_strength,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugSensor(coordinator, description)
        for description in offered(coordinator, Platform.SENSOR, DESCRIPTIONS)
    )


class BackHugSensor(BackHugEntity, SensorEntity):
    """Sensor of a BackHug."""

    entity_description: BackHugSensorEntityDescription

    @property
    @override
    def native_value(self) -> SensorValue:
        """Return the value."""
        return self.entity_description.value_fn(self.coordinator)
