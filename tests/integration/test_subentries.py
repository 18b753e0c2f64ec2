"""The subentry flow for a user's own programmes."""

from copy import replace
from dataclasses import asdict
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers.translation import async_get_translations
import pytest

from custom_components.backhug.const import CONF_FEATURES, DOMAIN
from simulator.build import Build
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug

from .programme_runs import add_programme
from .subentry_flow import begin, submit

STEPS = [
    {"area": "upper_back", "strength": 2.0, "flow": "medium", "minutes": 10.0},
    {"area": "full_back", "strength": 4, "flow": "wave", "minutes": 20},
]
STORED = {
    "strength_levels": 10,
    "steps": [
        {"area": "upper_back", "strength": 2, "flow": "medium", "minutes": 10},
        {"area": "full_back", "strength": 4, "flow": "wave", "minutes": 20},
    ],
}


def suggested(flow: Any) -> dict[str, Any]:
    """Return the suggested values of a form."""
    return {
        str(key): (key.description or {}).get("suggested_value")
        for key in flow["data_schema"].schema
    }


async def said(hass: HomeAssistant, flow: Any, language: str) -> list[str]:
    """Return the error texts of a form."""
    texts = await async_get_translations(hass, language, "config_subentries", [DOMAIN])
    prefix = f"component.{DOMAIN}.config_subentries.programme.error."
    return [
        texts[prefix + error].format(**(flow["description_placeholders"] or {}))
        for error in flow["errors"].values()
    ]


def readable(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the steps with English names."""
    texts = {
        "upper_back": "Upper back",
        "shoulder_blades": "Shoulder blades",
        "full_back": "Full back",
        "lower_back": "Lower back",
        "left_side": "Left side",
        "medium": "Medium",
        "pulse": "Pulse",
        "slow": "Slow",
        "wave": "Wave",
    }
    return [
        {
            field: texts[value] if isinstance(value, str) else value
            for field, value in step.items()
        }
        for step in steps
    ]


def own(back_hug: SimulatedBackHug) -> dict[str, dict[str, Any]]:
    """Return the user's own programmes."""
    return {
        subentry.title: dict(subentry.data)
        for subentry in back_hug.entry.subentries.values()
    }


async def test_new_programme_is_stored_and_offered(off: SimulatedBackHug) -> None:
    """The name and the steps are stored, and the select entity offers the programme."""
    flow = await begin(off)
    assert flow["step_id"] == "own"
    flow = await submit(off, flow, name=" Mine ", copy_of="none")
    assert flow["step_id"] == "steps"
    assert suggested(flow) == {"steps": []}
    flow = await submit(off, flow, steps=STEPS)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert own(off) == {"Mine": STORED}
    assert "Mine" in off.state("select", "programme").attributes["options"]


@pytest.mark.parametrize("of", ["built in", "own"])
async def test_copy_has_the_steps_of_the_original(
    off: SimulatedBackHug, of: str
) -> None:
    """The steps are fitted to the device."""
    origin = add_programme(off)
    flow = await begin(off)
    copy_of = "short_break" if of == "built in" else origin.subentry_id
    flow = await submit(off, flow, name="Copy", copy_of=copy_of)
    steps = suggested(flow)["steps"]
    flow = await submit(off, flow, steps=steps)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert readable(own(off)["Copy"]["steps"]) == steps
    assert [step["minutes"] for step in steps] == (
        [4, 4, 2] if of == "built in" else [4, 6, 5]
    )


async def test_programme_is_renamed_and_changed(off: SimulatedBackHug) -> None:
    """A programme may keep its own name."""
    origin = add_programme(off)
    flow = await begin(off, origin.subentry_id)
    assert suggested(flow) == {
        "name": "Mine",
        "steps": readable(origin.data["steps"]),
    }
    flow = await submit(off, flow, name="Mine", steps=STEPS)
    assert (flow["type"], flow["reason"]) == (
        FlowResultType.ABORT,
        "reconfigure_successful",
    )
    assert own(off) == {"Mine": STORED}
    flow = await submit(
        off, await begin(off, origin.subentry_id), name="Ours", steps=STEPS
    )
    assert own(off) == {"Ours": STORED}
    assert "Ours" in off.state("select", "programme").attributes["options"]
    off.hass.config_entries.async_remove_subentry(off.entry, origin.subentry_id)
    assert "Ours" not in off.state("select", "programme").attributes["options"]


@in_one_home(
    ("name", "error"),
    [
        ("  ", "name_length"),
        ("x" * 41, "name_length"),
        ("mine", "name_taken"),
        ("Short break", "name_taken"),
        ("short_break", "name_taken"),
        ("None", "name_taken"),
        ("Keines", "name_taken"),
        ("\u200b", "name_invisible"),
        ("unavailable", "name_reserved"),
    ],
)
async def test_invalid_name_is_refused(
    off: SimulatedBackHug, name: str, error: str
) -> None:
    """The form shows a translated error and keeps the input."""
    if not off.entry.subentries:
        add_programme(off)
        add_programme(off, "Other")
    (_, other) = off.entry.subentries.values()
    flow = await submit(off, await begin(off), name=name, copy_of="short_break")
    assert flow["errors"] == {"name": error}
    assert suggested(flow) == {"name": name, "copy_of": "short_break"}
    assert await said(off.hass, flow, "de") != await said(off.hass, flow, "en")
    flow = await submit(
        off, await begin(off, other.subentry_id), name=name, steps=STEPS
    )
    assert flow["errors"] == {"name": error}


def step(**values: Any) -> dict[str, Any]:
    """Return a step."""
    return {
        "area": "full_back",
        "strength": 3,
        "flow": "slow",
        "minutes": 10,
        **values,
    }


@in_one_home(
    ("steps", "text"),
    [
        ([], "A programme needs at least one step. Add one."),
        (
            [step(minutes=30), step(minutes=31)],
            "The steps take 61 min in all; 60 min are allowed. Shorten or remove some.",
        ),
        (
            [step(minutes=4)],
            (
                "The steps take 4 min in all; this device runs for at least 5 min. "
                "Lengthen or add some."
            ),
        ),
        (
            [step(), step(area="left_side")],
            (
                "Step 2: choose one of these areas: Full back, Upper back, Mid back, "
                "Lower back, Shoulder blades, Along the spine."
            ),
        ),
        (
            [step(flow="pulse")],
            "Step 1: choose one of these flows: Slow, Medium, Fast, Wave.",
        ),
        (
            [step(area=["full_back"])],
            (
                "Step 1: choose one of these areas: Full back, Upper back, Mid back, "
                "Lower back, Shoulder blades, Along the spine."
            ),
        ),
        (
            [step(strength=11)],
            "Step 1: the strength must be a whole number from 1 to 10.",
        ),
        (
            [step(minutes=0)],
            "Step 1: the minutes must be a whole number from 1 to 60.",
        ),
    ],
)
async def test_invalid_steps_are_refused(
    off: SimulatedBackHug, steps: list[dict[str, Any]], text: str
) -> None:
    """The form shows a translated error and keeps the input."""
    flow = await submit(off, await begin(off), name="Mine", copy_of="none")
    flow = await submit(off, flow, **({"steps": steps} if steps else {}))
    assert await said(off.hass, flow, "en") == [text]
    assert await said(off.hass, flow, "de") != [text]
    assert suggested(flow) == {"steps": readable(steps)}
    assert not own(off)
    flow = await submit(off, flow, steps=STEPS)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    (subentry_id,) = off.entry.subentries
    flow = await begin(off, subentry_id)
    flow = await submit(off, flow, name="Mine", **({"steps": steps} if steps else {}))
    assert await said(off.hass, flow, "en") == [text]
    off.hass.config_entries.async_remove_subentry(off.entry, subentry_id)


@pytest.mark.parametrize(
    ("language", "areas", "flow"),
    [
        ("en", ["Upper back", "Full back"], "Medium"),
        ("de", ["Oberer Rücken", "Ganzer Rücken"], "Mittel"),
    ],
)
async def test_steps_show_names_and_store_values(
    off: SimulatedBackHug, language: str, areas: list[str], flow: str
) -> None:
    """The form shows areas and flows by name; the subentry stores their values."""
    off.hass.config.language = language
    form = await submit(off, await begin(off), name="Mine", copy_of="none")
    offered = fields(form)
    assert set(areas) <= set(offered["area"]["selector"]["select"]["options"])
    assert flow in offered["flow"]["selector"]["select"]["options"]
    assert offered["strength"]["selector"]["number"]["unit_of_measurement"] == "/10"
    steps = [{**step, "area": area} for step, area in zip(STEPS, areas, strict=True)]
    steps[0]["flow"] = flow
    form = await submit(off, form, steps=steps)
    assert form["type"] is FlowResultType.CREATE_ENTRY
    assert own(off) == {"Mine": STORED}
    (subentry_id,) = off.entry.subentries
    shown = suggested(await begin(off, subentry_id))["steps"]
    assert [each["area"] for each in shown] == areas
    assert shown[0]["flow"] == flow


@in_one_home("steps", ["all", [1]])
async def test_invalid_list_of_steps_is_refused(
    off: SimulatedBackHug, steps: Any
) -> None:
    """The steps must be a list of objects."""
    flow = await submit(off, await begin(off), name="Mine", copy_of="none")
    with pytest.raises(InvalidData):
        await submit(off, flow, steps=steps)


def fields(flow: Any) -> dict[str, Any]:
    """Return the serialised fields of a step."""
    selector = next(
        selector
        for key, selector in flow["data_schema"].schema.items()
        if key == "steps"
    )
    result: dict[str, Any] = selector.serialize()["selector"]["object"]["fields"]
    return result


async def test_selectors_have_the_options_of_the_device(home: Home) -> None:
    """Areas, flows, levels and minutes are those of the device."""
    back_hug = await home.add(
        Build(strengths=4, areas=(2, 9), flows=(1, 4), longest=40), powered=False
    )
    await back_hug.set_up(live=False)
    flow = await submit(back_hug, await begin(back_hug), name="Mine", copy_of="none")
    offered = fields(flow)
    assert list(offered) == ["area", "strength", "flow", "minutes"]
    assert offered["area"]["selector"]["select"]["options"] == ["Mid back"]
    assert offered["flow"]["selector"]["select"]["options"] == ["Medium", "Pulse"]
    assert offered["strength"]["selector"]["number"]["max"] == 4
    assert offered["minutes"]["selector"]["number"]["max"] == 40
    features = replace(back_hug.coordinator.features, areas=(), flows=())
    back_hug.hass.config_entries.async_update_entry(
        back_hug.entry,
        data={**back_hug.entry.data, CONF_FEATURES: asdict(features)},
    )
    flow = await submit(back_hug, await begin(back_hug), name="Mine", copy_of="none")
    assert list(fields(flow)) == ["strength", "minutes"]
