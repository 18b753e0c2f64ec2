"""Answers to language models: compact values with their units in their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
import math
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import Context
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..actions.plan import async_speakers_plan
from ..consultation.reasons import Reason
from ..consultation.text import ConsultationText
from ..coordinator import BackHugCoordinator
from ..device.model import Phase, State
from ..programmes.model import fit
from ..session import weeks
from ..session.record import Session, Tension

if TYPE_CHECKING:
    from ..consultation.engine import Advice

_MEASURED: Final[Mapping[Phase, str]] = {
    Phase.BEFORE: "before the session",
    Phase.LIVE: "now, in the session",
    Phase.AFTER: "after the session",
}


def status_answer(
    coordinator: BackHugCoordinator, context: Context | None
) -> JsonObjectType:
    """Return the current state; without the device's values while it is unavailable.

    The tension is that of the person who asks, or none.
    """
    answer: JsonObjectType = {"available": coordinator.available}
    if coordinator.available:
        status = coordinator.status
        answer |= {
            "state": status.state.value,
            **settings_answer(coordinator),
            **({"as_last_known": True} if coordinator.resting else {}),
        }
        if coordinator.features.senses_occupancy:
            # An idle on-demand connection receives no updates.
            answer["somebody_on_it"] = None if coordinator.resting else status.occupied
        if status.fault is not None:
            answer["fault"] = status.fault.value
        if status.running:
            answer["session"] = _running(coordinator)
        household = coordinator.household
        own = household.shows_tension_to(household.visible_to(context))
        if own and (scan := coordinator.data.tension) is not None:
            answer["tension_percent"] = {
                "measured": _MEASURED[scan.phase],
                **_tension(Tension.of(scan).shown()),
            }
    else:
        answer["note"] = (
            "It is switched off or out of reach. A stop is stored and sent when it is back, if a session is still running."
            if coordinator.hold
            else "Its connection is released for the phone app until the person switches on Hold connection."
        )
    if (until := coordinator.controller.start_on_occupancy.until) is not None:
        answer["armed_until"] = time(until)
    return answer


def settings_answer(coordinator: BackHugCoordinator) -> JsonObjectType:
    """Return the known settings; raises HomeAssistantError if there are none."""
    settings = coordinator.controller.known_settings()
    return {
        "strength_level": settings.strength,
        "strength_levels": coordinator.features.strength_levels,
        "area": settings.area,
        "flow": settings.flow,
        "session_minutes": settings.minutes,
    }


def offers_answer(coordinator: BackHugCoordinator) -> JsonObjectType:
    """Return the choices that this device offers."""
    features, runner = coordinator.features, coordinator.controller.runner
    programmes: list[JsonValueType] = [
        {
            "name": programme.option,
            "minutes": fit(programme, features).minutes,
            "strongest_level": max(
                (step.strength for step in fit(programme, features).steps), default=None
            ),
        }
        for programme in runner.programmes.values()
    ]
    chosen = runner.chosen
    return {
        "strength_levels": features.strength_levels,
        "areas": [area.value for area in features.areas],
        "flows": [flow.value for flow in features.flows],
        "shortest_minutes": features.min_minutes,
        "longest_minutes": features.max_minutes,
        "programmes": programmes,
        "chosen_programme": None if chosen is None else chosen.option,
    }


def _running(coordinator: BackHugCoordinator) -> JsonObjectType:
    """Return the progress of the running session."""
    status, ends_at = coordinator.status, coordinator.data.ends_at
    left = float(status.seconds_left)
    if ends_at is not None and status.state is not State.PAUSED:
        left = (ends_at - dt_util.utcnow()).total_seconds()
    answer: JsonObjectType = {"minutes_left": max(math.ceil(left / 60), 0)}
    run = coordinator.controller.runner.run
    if run is not None:
        answer |= {
            "programme": run.programme,
            "step": run.step + 1,
            "steps": len(run.steps),
        }
    return answer


def session_answer(session: Session) -> JsonObjectType:
    """Return the known values of a session that has ended."""
    shown = session.shown()
    answer: JsonObjectType = {
        "ended": None if session.ended is None else time(session.ended),
        "ended_by": shown["ended_by"],
        "minutes_set": shown["minutes"],
        "minutes_run": None
        if session.treated is None
        else math.ceil(session.treated / 60),
        "programme": shown["programme"],
        "strength_level": shown["strength"],
        "area": shown["area"],
        "flow": shown["flow"],
        "tension_percent": {
            name: _tension(shown[name])
            for name in ("before", "after", "change")
            if shown[name] is not None
        }
        or None,
    }
    return {key: value for key, value in answer.items() if value is not None}


def weeks_answer(sessions: Iterable[Session]) -> JsonObjectType:
    """Return how the tension developed over the weeks; empty if it was not measured."""
    shown = weeks.shown(sessions)
    if not shown["weeks"]:
        return {}
    return {
        "weekly_tension_percent": [
            {
                "week_from": week["week"],
                "before": week["before"]["back"],
                "after": week["after"]["back"],
            }
            for week in shown["weeks"]
        ],
        "eased_most": shown["eased_most"],
        "rising": shown["rises"],
    }


def plan_answer(
    coordinator: BackHugCoordinator, context: Context | None
) -> JsonObjectType:
    """Return where the person who asks is in their plan.

    Raises ServiceValidationError if there is none, or if it is not known who asks.
    """
    plans = coordinator.household.plans
    owner = async_speakers_plan(coordinator, context)
    progress, due = plans.progress(owner), plans.next_due(owner)
    assert progress is not None
    return {
        "status": progress.status.value,
        "week": progress.week,
        "weeks": progress.weeks,
        "sessions_done_this_week": progress.done,
        "sessions_a_week": progress.stage.sessions,
        "minutes": progress.stage.minutes,
        "strongest_level": progress.stage.strength,
        "next_session_due": None if due is None else due.day.isoformat(),
    }


def advice_answer(advice: Advice, text: ConsultationText) -> JsonObjectType:
    """Return the steps in the form of `backhug__save_programme`, the reasons and the plan."""

    def because(reasons: Iterable[Reason]) -> list[JsonValueType]:
        return [text.reason(reason) for reason in reasons]

    return {
        "minutes": advice.minutes,
        "strength_levels": advice.strength_levels,
        "steps": [
            {
                **({} if step.area is None else {"area": step.area.value}),
                "strength": step.strength,
                **({} if step.flow is None else {"flow": step.flow.value}),
                "minutes": step.minutes,
            }
            for step in (each.step for each in advice.steps)
        ],
        "reasons_for_steps": [because(each.reasons) for each in advice.steps],
        "reasons": because(advice.reasons),
        "plan": [
            {
                "weeks": f"{stage.first_week}-{stage.last_week}",
                "sessions_a_week": stage.sessions,
                "minutes": stage.minutes,
                "strongest_level": stage.strength,
            }
            for stage in advice.plan.stages
        ],
        "reasons_for_plan": because(advice.plan.reasons),
        "consult_again_after_weeks": advice.plan.weeks,
    }


def time(moment: datetime) -> str:
    """Return a local time in ISO 8601."""
    return dt_util.as_local(moment).isoformat(timespec="seconds")


def _tension(shown: Mapping[str, Any]) -> JsonObjectType:
    """Return a tension without its fingers."""
    return {"back": shown["back"], **shown["regions"]}
