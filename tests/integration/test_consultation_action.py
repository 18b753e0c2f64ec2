"""The action that consults, and saves the programme."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.consultation.reasons import ReasonKey
from custom_components.backhug.device.model import Phase, TensionScan
from simulator.build import Build
from tests.home import Home, SimulatedBackHug

from .consultations import RISING, everything_stored, own
from .programme_runs import add_programme

SECOND = Build(
    name="BackHug-2",
    address="C0:FF:EE:00:00:02",
    strengths=4,
    areas=(0,),
    serial="SIM-2",
)
STIFF = {"cautions": "none", "feeling": "stiff"}


async def ask(hass: HomeAssistant, *back_hugs: SimulatedBackHug, **data: Any) -> Any:
    """Consult."""
    registry = dr.async_get(hass)
    target = [
        device.id
        for back_hug in back_hugs
        for device in dr.async_entries_for_config_entry(
            registry, back_hug.entry.entry_id
        )
    ]
    response = await hass.services.async_call(
        DOMAIN,
        "consult",
        {"device_id": target, **data},
        blocking=True,
        return_response=True,
    )
    assert response is not None
    return response["devices"]


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("en", "You named discomfort here: upper left, upper right."),
        ("de", "Hier hast du Beschwerden angegeben: oben links, oben rechts."),
    ],
)
async def test_action_returns_programme_reasons_and_plan(
    hass: HomeAssistant, off: SimulatedBackHug, language: str, reason: str
) -> None:
    """Reasons have a key and a text in the language of Home Assistant; nothing is stored."""
    hass.config.language = language
    before = everything_stored(hass, off)
    (device,) = await ask(
        hass,
        off,
        **STIFF,
        left_upper=2,
        right_upper="1",
        firmness="medium",
        experience="regular",
        minutes=30,
        day_time="evening",
    )
    assert device["name"] == "BackHug-7F2A"
    programme = device["programme"]
    assert (programme["minutes"], programme["strength_levels"]) == (30, 10)
    assert [
        (step["area"], step["strength"], step["flow"], step["minutes"])
        for step in programme["steps"]
    ] == [
        ("full_back", 3, "slow", 5),
        ("shoulder_blades", 5, "medium", 18),
        ("full_back", 3, "slow", 7),
    ]
    middle = programme["steps"][1]
    assert middle["regions"] == ["left_upper", "right_upper"]
    assert middle["reasons"][0] == {"key": "focus_discomfort", "text": reason}
    assert [each["key"] for each in programme["reasons"]] == [
        "length_wished",
        "strength_firmness",
    ]
    assert device["plan"]["stages"] == [
        {
            "first_week": 1,
            "last_week": 13,
            "sessions_a_week": 4,
            "minutes": 30,
            "strength": 5,
        }
    ]
    assert device["plan"]["consult_again_after_weeks"] == 13
    assert device["saved_as"] is None
    assert json.loads(json.dumps(device)) == device
    assert everything_stored(hass, off) == before
    assert not own(off)


async def test_action_has_cautious_defaults(
    hass: HomeAssistant, off: SimulatedBackHug
) -> None:
    """Fields that are left out have defaults."""
    assert await ask(hass, off, **STIFF) == await ask(
        hass,
        off,
        **STIFF,
        firmness="gentle",
        experience="first_time",
        minutes=20,
        day_time="daytime",
        last_sessions_mine="yes",
        left_lower=0,
    )


@pytest.mark.parametrize("mine", [True, False])
async def test_action_considers_own_measurements_only(
    hass: HomeAssistant,
    off: SimulatedBackHug,
    monkeypatch: pytest.MonkeyPatch,
    mine: bool,
) -> None:
    """History and newest scan count if the last sessions were the person's own."""
    coordinator = off.coordinator
    monkeypatch.setattr(coordinator.history, "_sessions", [*RISING])
    coordinator.resting_scan = TensionScan(
        Phase.BEFORE, (0,) * 9 + (254,) * 5 + (0,) * 14
    )
    (device,) = await ask(hass, off, **STIFF, last_sessions_mine=mine)
    keys = {
        each["key"]
        for reasons in (
            device["plan"]["reasons"],
            *(step["reasons"] for step in device["programme"]["steps"]),
        )
        for each in reasons
    }
    assert ({ReasonKey.TREND_RISES, ReasonKey.FOCUS_TENSION} <= keys) is mine
    assert ({ReasonKey.TREND_UNKNOWN, ReasonKey.FOCUS_EVEN} <= keys) is not mine


@pytest.mark.parametrize("said", ["pacemaker", ["numbness", "pacemaker"]])
async def test_action_refuses_if_a_caution_applies(
    hass: HomeAssistant, off: SimulatedBackHug, said: Any
) -> None:
    """There is no programme, and nothing is saved."""
    (device,) = await ask(hass, off, cautions=said, feeling="sore", save_as="Mine")
    cautions = ["pacemaker", "numbness"] if isinstance(said, list) else [said]
    refused = device.pop("refused")
    assert device == {"name": "BackHug-7F2A"}
    assert [each["key"] for each in refused["cautions"]] == cautions
    assert refused["text"].startswith("No programme is made: ask a physi")
    assert refused["cautions"][0]["text"] in refused["text"]
    assert not own(off)


async def test_action_saves_the_programme(
    hass: HomeAssistant, off: SimulatedBackHug
) -> None:
    """The select entity offers it under the given name."""
    (device,) = await ask(hass, off, **STIFF, left_lower=3, save_as=" My evenings ")
    assert device["saved_as"] == "My evenings"
    steps = [
        {key: step[key] for key in ("area", "strength", "flow", "minutes")}
        for step in device["programme"]["steps"]
    ]
    assert own(off) == {"My evenings": steps}
    assert "My evenings" in off.state("select", "programme").attributes["options"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "programme_name_length"),
        ("x" * 41, "programme_name_length"),
        ("mine", "programme_name_taken"),
        ("Short break", "programme_name_taken"),
        ("Kurze Pause", "programme_name_taken"),
        ("\u200b", "programme_name_invisible"),
        ("two\nlines", "programme_name_invisible"),
        ("Unknown", "programme_name_reserved"),
    ],
)
async def test_action_refuses_invalid_names(
    hass: HomeAssistant, off: SimulatedBackHug, name: str, error: str
) -> None:
    """The rules are the same as in the form."""
    add_programme(off)
    with pytest.raises(ServiceValidationError) as refused:
        await ask(hass, off, **STIFF, save_as=name)
    assert refused.value.translation_key == error
    assert list(own(off)) == ["Mine"]


@pytest.mark.parametrize(
    ("data", "key", "field", "allowed"),
    [
        ({"feeling": "stiff"}, "field_missing", "cautions", "pregnancy, pacemaker, "),
        (
            {"cautions": [], "feeling": "stiff"},
            "field_missing",
            "cautions",
            "pregnancy, pacemaker, ",
        ),
        (
            {"cautions": ["none", "weight"], "feeling": "stiff"},
            "invalid_field",
            "cautions",
            "pregnancy, pacemaker, ",
        ),
        (
            {"cautions": [{}], "feeling": "stiff"},
            "invalid_field",
            "cautions",
            "pregnancy, pacemaker, ",
        ),
        ({"cautions": "none"}, "field_missing", "feeling", "stiff, sore, tired"),
        (
            {"cautions": "none", "feeling": "bad"},
            "invalid_field",
            "feeling",
            "stiff, sore, tired",
        ),
        ({**STIFF, "left_mid": 4}, "invalid_field", "left_mid", "0…3"),
        ({**STIFF, "minutes": 61}, "invalid_field", "minutes", "1…60"),
        ({**STIFF, "firmness": "hard"}, "invalid_field", "firmness", "very_gentle, "),
        (
            {**STIFF, "last_sessions_mine": "perhaps"},
            "invalid_field",
            "last_sessions_mine",
            "true, false",
        ),
    ],
)
async def test_action_names_the_invalid_field(
    hass: HomeAssistant,
    off: SimulatedBackHug,
    data: dict[str, Any],
    key: str,
    field: str,
    allowed: str,
) -> None:
    """The error names the field and the allowed values."""
    with pytest.raises(ServiceValidationError) as error:
        await ask(hass, off, **data, save_as="Mine")
    placeholders = error.value.translation_placeholders or {}
    assert (error.value.translation_key, placeholders["field"]) == (key, field)
    assert placeholders["allowed"].startswith(allowed)
    assert not own(off)


async def test_action_saves_on_all_devices_or_none(
    hass: HomeAssistant, home: Home, off: SimulatedBackHug
) -> None:
    """Each device gets its own programme; a name taken on one device refuses all."""
    second = await home.add(SECOND, powered=False)
    await second.set_up(live=False)
    one, two = await ask(hass, off, second, **STIFF, right_lower=1, save_as="Ours")
    assert [each["name"] for each in (one, two)] == ["BackHug-7F2A", "BackHug-2"]
    assert [each["programme"]["strength_levels"] for each in (one, two)] == [10, 4]
    assert [step["area"] for step in one["programme"]["steps"]][1] == "lower_back"
    assert {step["area"] for step in two["programme"]["steps"]} == {"full_back"}
    assert list(own(off)) == list(own(second)) == ["Ours"]
    add_programme(second, "Two")
    with pytest.raises(ServiceValidationError) as error:
        await ask(hass, off, second, **STIFF, save_as="Two")
    assert error.value.translation_key == "some_failed"
    assert list(own(off)) == ["Ours"]
