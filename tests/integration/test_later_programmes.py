"""Own programmes that a later version stored, or that are damaged: they are left out, all others work."""

from typing import Any

from tests.home import SimulatedBackHug

from .programme_runs import THREE_STEPS, add_programme, start

STEPS: list[dict[str, Any]] = THREE_STEPS["steps"]  # type: ignore[assignment]
UNREADABLE: dict[str, dict[str, Any]] = {
    "nothing": {},
    "no levels": {"strength_levels": 0, "steps": STEPS},
    "no number of levels": {"strength_levels": "many", "steps": STEPS},
    "no steps": {"strength_levels": 10, "steps": None},
    "no minutes": {"strength_levels": 10, "steps": [{"strength": 3}]},
    "no number of minutes": {
        "strength_levels": 10,
        "steps": [{**STEPS[0], "minutes": None}],
    },
    "no strength": {"strength_levels": 10, "steps": [{"minutes": 5}]},
    "another strength": {
        "strength_levels": 10,
        "steps": [{**STEPS[0], "strength": "soft"}],
    },
}


async def test_unreadable_programmes_are_left_out(back_hug: SimulatedBackHug) -> None:
    """A readable programme beside them is offered and runs."""
    for title, data in UNREADABLE.items():
        add_programme(back_hug, title, data)
    later = {**STEPS[0], "area": "calves", "warmth": 3}
    add_programme(back_hug, "Later", {"strength_levels": 10, "steps": [later]})
    await back_hug.hass.async_block_till_done()
    options = back_hug.state("select", "programme").attributes["options"]
    assert "Later" in options
    assert not UNREADABLE.keys() & set(options)
    await start(back_hug)
    assert back_hug.value("select", "programme") == "Mine"
