"""Whatever a caller gives an action or a form: it is carried out, or refused with a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.exceptions import HomeAssistantError
from hypothesis import given, settings, strategies as st
import pytest
import voluptuous as vol

from custom_components.backhug.const import DOMAIN, SUBENTRY_PROGRAMME
from custom_components.backhug.device.model import Area, Flow
from simulator.back import Opcode
from tests.soak.household import Household, Resident
from tests.soak.machine import TIME
from tests.soak.operations import BUILDS

QUICK = settings(max_examples=120, deadline=None, derandomize=True, database=None)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 70)
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([*Area, *Flow, "gentle_start", "00:10:00", "3", "1e9", "nan"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.just("seconds"), inner, max_size=3)
    ),
    max_leaves=6,
)
_FIELDS = st.sampled_from(
    (
        *("programme", "strength", "area", "flow", "minutes", "when_occupied"),
        *("timeout", "strength_step", "minutes_step", "sessions"),
    )
)
_ACTIONS = st.sampled_from(
    (
        *("start_session", "stop_session", "pause_session", "resume_session"),
        *("adjust_session", "get_tension"),
    )
)


class Stage:
    """A household that many examples play in."""

    def __init__(self) -> None:
        """Start it."""
        self._runner = asyncio.Runner(loop_factory=TIME.new_loop)
        self.household = Household(TIME)
        self.run(self.household.start([BUILDS[0]]))
        self.run(asyncio.sleep(5))

    @property
    def resident(self) -> Resident:
        """The BackHug."""
        return self.household.residents[0]

    def run(self, work: Any) -> Any:
        """Let something happen."""
        return self._runner.run(work)

    def close(self) -> None:
        """End it."""
        self.run(self.household.close())
        self._runner.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Yield a household with one BackHug that is connected."""
    with TIME():
        stage = Stage()
        yield stage
        stage.close()


def test_actions(stage: Stage) -> None:
    """Nothing but a reason is raised; never more than 60 minutes or another strength than there is."""
    hass = stage.household.hass
    resident = stage.resident
    resident.watch.strengths |= set(range(1, 11))

    reasons: list[tuple[str | None, str]] = []

    async def call(action: str, data: dict[str, Any]) -> None:
        resident.watch.ask("anything", lambda _: True, lasts=True)
        try:
            await hass.services.async_call(
                DOMAIN,
                action,
                {**data, ATTR_ENTITY_ID: resident.entity("switch", "session")},
                blocking=True,
                return_response=action == "get_tension",
            )
        except HomeAssistantError as error:
            reasons.append((error.translation_domain, str(error)))
        except vol.Invalid:
            pass
        await asyncio.sleep(30)

    @QUICK
    @given(_ACTIONS, st.dictionaries(_FIELDS, ANYTHING, max_size=4))
    def example(action: str, data: dict[str, Any]) -> None:
        stage.run(call(action, data))
        assert all(domain == DOMAIN and text for domain, text in reasons), reasons
        assert resident.peripheral.complaints == []
        assert resident.watch.violations == []

    example()
    told = {entry.opcode for entry in resident.back.told}
    # Some of it was well-formed.
    assert {Opcode.START, Opcode.STOP} <= told


def test_programme_form(stage: Stage) -> None:
    """A form may be filled in with anything."""
    hass = stage.household.hass
    entry = stage.resident.entry

    async def fill_in(user_input: Any) -> None:
        flows = hass.config_entries.subentries
        flow = await flows.async_init(
            (entry.entry_id, SUBENTRY_PROGRAMME), context={"source": "user"}
        )
        for _ in range(2):
            if flow["type"] not in (FlowResultType.FORM, FlowResultType.MENU):
                return
            try:
                flow = await flows.async_configure(flow["flow_id"], user_input)
            except InvalidData, vol.Invalid:
                break
        if flow["type"] in (FlowResultType.FORM, FlowResultType.MENU):
            flows.async_abort(flow["flow_id"])

    step = st.fixed_dictionaries(
        {},
        optional={
            "area": ANYTHING,
            "strength": ANYTHING,
            "flow": ANYTHING,
            "minutes": ANYTHING,
        },
    )
    form = st.fixed_dictionaries(
        {},
        optional={
            "name": st.text(max_size=60) | ANYTHING,
            "copy_of": ANYTHING,
            "steps": st.lists(step, max_size=3) | ANYTHING,
        },
    )

    @QUICK
    @given(form)
    def example(user_input: Any) -> None:
        stage.run(fill_in(user_input))

    example()
    # What was stored of it can be chosen.
    assert stage.resident.coordinator.runner.options
