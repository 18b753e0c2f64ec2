"""Arbitrary input to actions and forms: carried out, or refused with a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from homeassistant.components import bluetooth
from homeassistant.components.bluetooth import BluetoothServiceInfoBleak
from homeassistant.config_entries import (
    SOURCE_BLUETOOTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntryState,
)
from homeassistant.const import ATTR_ENTITY_ID, CONF_ADDRESS
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.exceptions import HomeAssistantError
from hypothesis import example as explicit, given, settings, strategies as st
import pytest
import voluptuous as vol

from custom_components.backhug.const import DOMAIN, GUEST, SUBENTRY_PROGRAMME
from custom_components.backhug.consultation.questionnaire import NO_CAUTION
from custom_components.backhug.consultation.service import CONSULT_FIELDS
from custom_components.backhug.device.model import Area, Flow, Region
from custom_components.backhug.device.protocols.open_profile import SERVICE
from simulator.back import Opcode
from tests.soak.builds import BUILDS
from tests.soak.household import Household
from tests.soak.machine import TIME
from tests.soak.resident import Resident

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
        *CONSULT_FIELDS,
    )
)
_ACTIONS = st.sampled_from(
    (
        *("start_session", "stop_session", "pause_session", "resume_session"),
        *("adjust_session", "get_tension", "consult"),
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
    answered: set[str] = set()

    async def call(action: str, data: dict[str, Any]) -> None:
        resident.watch.permit("anything", lambda _: True, lasts=True)
        resident.watch.stop_requested()
        try:
            answer = await hass.services.async_call(
                DOMAIN,
                action,
                {**data, ATTR_ENTITY_ID: resident.entity("switch", "session")},
                blocking=True,
                return_response=action in ("get_tension", "consult"),
            )
            answered.update({action} if answer else ())
        except HomeAssistantError as error:
            reasons.append((error.translation_domain, str(error)))
        except vol.Invalid:
            pass
        await asyncio.sleep(30)

    given_fields = st.dictionaries(_FIELDS, ANYTHING, max_size=4)
    questionnaire = _RIGHT["safety"] | _RIGHT["feel"] | _RIGHT["likes"]
    calls = st.tuples(_ACTIONS, given_fields) | st.tuples(
        # Little of it is answered unless most of it is right.
        st.just("consult"),
        st.dictionaries(st.sampled_from(CONSULT_FIELDS), ANYTHING, max_size=2).map(
            lambda otherwise: questionnaire | otherwise
        ),
    )

    @QUICK
    @given(calls)
    @explicit(("stop_session", {}))
    @explicit(("start_session", {}))
    def example(made: tuple[str, dict[str, Any]]) -> None:
        stage.run(call(*made))
        assert all(domain == DOMAIN and text for domain, text in reasons), reasons
        assert resident.peripheral.complaints == []
        assert resident.watch.violations == []

    example()
    opcodes = {entry.opcode for entry in resident.back.requests}
    # Some of it was well-formed.
    assert {Opcode.START, Opcode.STOP} <= opcodes
    assert answered == {"get_tension", "consult"}


_RIGHT: Final[dict[str, dict[str, Any]]] = {
    "own": {"name": "Mine", "copy_of": "gentle_start"},
    "steps": {"steps": [{"area": "full_back", "strength": 3, "minutes": 10}]},
    "safety": {"cautions": [NO_CAUTION]},
    "feel": {"feeling": "sore", **dict.fromkeys(Region, 2)},
    "likes": {
        "firmness": "gentle",
        "experience": "regular",
        "minutes": 20,
        "day_time": "evening",
        "last_sessions_mine": True,
    },
    "save": {"name": "Advised"},
    "connection": {
        "connection": "on_demand",
        "idle_time": 60,
        "tell_unreachable": True,
    },
    "people": {"default_person": GUEST},
    "voice": {"languages": ["en"]},
}
"""What each form may be filled in with: only with most of it right is the next one reached."""
_FORMS: Final = st.lists(
    st.tuples(
        # Which way to go from a menu.
        st.integers(0, 2),
        # Invalid input.
        st.just({})
        | st.dictionaries(
            st.sampled_from(sorted({key for form in _RIGHT.values() for key in form})),
            ANYTHING,
            max_size=2,
        ),
    ),
    min_size=6,
    max_size=10,
)


_GOES_ON: Final = (FlowResultType.FORM, FlowResultType.MENU)


def _said(flow: Any, choice: int, otherwise: dict[str, Any]) -> dict[str, Any]:
    """Return input for a step: a menu option or form data."""
    if flow["type"] is FlowResultType.MENU:
        options = flow["menu_options"]
        return {"next_step_id": options[choice % len(options)]}
    right = _RIGHT[flow["step_id"]]
    return right | {key: value for key, value in otherwise.items() if key in right}


@pytest.mark.parametrize("which", ["programme", "options"])
def test_forms(stage: Stage, which: str) -> None:
    """A form may be filled in with anything: it is shown again, or the next one is."""
    hass = stage.household.hass
    entry = stage.resident.entry
    flows: Any = hass.config_entries.options
    handler: Any = entry.entry_id
    if which == "programme":
        flows = hass.config_entries.subentries
        handler = (entry.entry_id, SUBENTRY_PROGRAMME)
    reached: set[str] = set()
    made: list[Any] = []

    async def fill_in(forms: list[tuple[int, dict[str, Any]]]) -> None:
        flow = await flows.async_init(handler, context={"source": "user"})
        for choice, otherwise in forms:
            if flow["type"] not in _GOES_ON:
                break
            reached.add(flow["step_id"])
            with suppress(InvalidData):
                flow = await flows.async_configure(
                    flow["flow_id"], _said(flow, choice, otherwise)
                )
        if flow["type"] in _GOES_ON:
            flows.async_abort(flow["flow_id"])
        elif flow["type"] is FlowResultType.CREATE_ENTRY:
            made.append(flow)
        await asyncio.sleep(10)
        # A name is taken once: the next one may have it again.
        for subentry in list(entry.subentries):
            hass.config_entries.async_remove_subentry(entry, subentry)

    @QUICK
    @given(_FORMS)
    def example(forms: list[tuple[int, dict[str, Any]]]) -> None:
        stage.run(fill_in(forms))
        assert entry.state is ConfigEntryState.LOADED

    example()
    assert made
    expected = {"init", "connection", "people", "voice"}
    if which == "programme":
        expected = {"user", "own", "steps", "safety", "feel", "likes", "advice", "save"}
    assert reached == expected


_NAMES = st.text(max_size=30) | st.text(max_size=10).map(lambda text: f"BackHug {text}")


def _discovered(
    hass: HomeAssistant, address: str, name: str, service: str
) -> BluetoothServiceInfoBleak:
    """Return a discovery of a device in reach with an arbitrary name."""
    known = bluetooth.async_last_service_info(hass, address, connectable=True)
    assert known is not None
    return BluetoothServiceInfoBleak(
        name=name,
        address=address,
        rssi=known.rssi,
        manufacturer_data={},
        service_data={},
        service_uuids=[service],
        source=known.source,
        device=known.device,
        advertisement=known.advertisement,
        connectable=True,
        time=known.time,
        tx_power=None,
    )


async def _remove(hass: HomeAssistant) -> None:
    """Remove the BackHug, and ignore later discoveries."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_remove(entry.entry_id)
    await asyncio.sleep(5)
    for found in hass.config_entries.flow.async_progress_by_handler(DOMAIN):
        hass.config_entries.flow.async_abort(found["flow_id"])


async def _answered(flows: Any, flow: Any, answers: list[Any]) -> str:
    """Answer a flow; return its result."""
    for each in answers:
        if flow["type"] is FlowResultType.FORM:
            with suppress(InvalidData):
                flow = await flows.async_configure(flow["flow_id"], each)
    if flow["type"] is FlowResultType.FORM:
        flows.async_abort(flow["flow_id"])
    return str(flow.get("reason", flow["type"]))


@pytest.mark.parametrize(
    ("source", "ends"),
    [
        (SOURCE_BLUETOOTH, {"create_entry", "form", "not_a_backhug"}),
        (SOURCE_RECONFIGURE, {"form", "reconfigure_successful"}),
        (SOURCE_USER, {"create_entry", "form"}),
    ],
)
def test_set_up_with_any_input(stage: Stage, source: str, ends: set[str]) -> None:
    """The device is set up, the form is shown again, or the flow gives a reason."""
    hass = stage.household.hass
    address = stage.resident.back.build.address
    flows: Any = hass.config_entries.flow
    ended: set[str] = set()

    async def answer(name: str, service: str, answers: list[Any]) -> None:
        context, data = {"source": source}, None
        if source == SOURCE_RECONFIGURE:
            context["entry_id"] = stage.resident.entry.entry_id
        else:
            await _remove(hass)
        if source == SOURCE_BLUETOOTH:
            data = _discovered(hass, address, name, service)
        flow = await flows.async_init(DOMAIN, context=context, data=data)
        ended.add(await _answered(flows, flow, answers))
        await asyncio.sleep(10)
        for entry in hass.config_entries.async_entries(DOMAIN):
            assert entry.state is ConfigEntryState.LOADED
            assert entry.title.startswith("BackHug")
            assert "<" not in entry.title

    right = st.just({CONF_ADDRESS: address})
    answers = st.lists(
        right | st.dictionaries(st.just(CONF_ADDRESS), ANYTHING, max_size=1) | ANYTHING,
        max_size=3,
    )

    @settings(QUICK, max_examples=40)
    @given(_NAMES, st.sampled_from([SERVICE, SERVICE.upper(), ""]), answers)
    def example(name: str, service: str, answers: list[Any]) -> None:
        stage.run(answer(name, service, answers))

    example()
    stage.run(_remove(hass))
    assert ended == ends
