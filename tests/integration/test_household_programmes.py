"""Programmes belong to the household: made with one BackHug, they run on each."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.programmes.catalogue import BUILT_IN
from custom_components.backhug.programmes.user_programmes import async_name_error
from simulator.build import Build
from simulator.model import Opcode
from tests.home import Home, SimulatedBackHug

from .programme_runs import THREE_STEPS, add_programme, choose
from .subentry_flow import begin, submit


@pytest.fixture
async def second(home: Home) -> SimulatedBackHug:
    """Return a BackHug with twice as many strengths, beside the first one."""
    second = await home.add(
        Build(name="BackHug-2", address="C0:FF:EE:00:00:02", strengths=20)
    )
    await home.seen(second)
    await second.set_up()
    return second


def own_options(back_hug: SimulatedBackHug) -> list[str]:
    """Return the options that are no built-in programme."""
    options: list[str] = back_hug.state("select", "programme").attributes["options"]
    return options[len(BUILT_IN) + 1 :]


async def start(back_hug: SimulatedBackHug, programme: str) -> tuple[int, ...]:
    """Start a programme by the action; return the parameters received by the device."""
    await back_hug.hass.services.async_call(
        DOMAIN,
        "start_session",
        {
            "entity_id": back_hug.entity_id("switch", "session"),
            "programme": programme,
        },
        blocking=True,
    )
    (request,) = back_hug.requests(Opcode.START)
    return tuple(request.parameters)


async def test_programme_is_offered_and_fitted_everywhere(
    back_hug: SimulatedBackHug, second: SimulatedBackHug
) -> None:
    """A programme made with one device is offered by the other, with strengths of that one."""
    add_programme(back_hug)
    assert own_options(back_hug) == own_options(second) == ["Mine"]
    await choose(second, "Mine")
    assert second.state("select", "programme").attributes["minutes"] == 15
    assert await start(second, "mine") == (15, 4, 1, 1)
    assert await start(back_hug, "mine") == (15, 2, 1, 1)


async def test_changes_are_shown_everywhere(
    hass: HomeAssistant, back_hug: SimulatedBackHug, second: SimulatedBackHug
) -> None:
    """Another device shows at once that a programme was renamed or deleted."""
    subentry = add_programme(back_hug)
    await choose(second, "Mine")
    hass.config_entries.async_update_subentry(back_hug.entry, subentry, title="Ours")
    assert second.value("select", "programme") == "Ours"
    hass.config_entries.async_remove_subentry(back_hug.entry, subentry.subentry_id)
    assert second.value("select", "programme") == "none"
    assert own_options(second) == []


async def test_programme_of_a_device_that_is_not_set_up(
    hass: HomeAssistant, back_hug: SimulatedBackHug, second: SimulatedBackHug
) -> None:
    """Its programmes stay the household's."""
    add_programme(second)
    assert await hass.config_entries.async_unload(second.entry.entry_id)
    assert await start(back_hug, "Mine") == (15, 2, 1, 1)


async def test_name_is_taken_in_the_household(
    hass: HomeAssistant, back_hug: SimulatedBackHug, second: SimulatedBackHug
) -> None:
    """No device takes a new programme by a name that another one's has."""
    add_programme(back_hug, "Evening")
    assert await async_name_error(hass, second.entry, "EVENING") == "name_taken"


async def test_programme_of_another_device_is_copied(
    back_hug: SimulatedBackHug, second: SimulatedBackHug
) -> None:
    """The form offers it as an original, with strengths of this device."""
    original = add_programme(back_hug)
    flow = await begin(second)
    flow = await submit(second, flow, name="Copy", copy_of=original.subentry_id)
    (steps,) = (
        key.description["suggested_value"] for key in flow["data_schema"].schema
    )
    assert [step["strength"] for step in steps] == [4, 10, 6]


async def test_each_device_keeps_the_name_of_its_own_programme(
    back_hug: SimulatedBackHug, second: SimulatedBackHug
) -> None:
    """Of two with the same name, made when names were a device's own, each device runs its own by that name."""
    add_programme(back_hug, "Evening")
    other: dict[str, Any] = {**THREE_STEPS, "strength_levels": 20}
    add_programme(second, "Evening", other)
    assert own_options(back_hug) == own_options(second) == ["Evening", "Evening (2)"]
    assert await start(back_hug, "Evening") == (15, 2, 1, 1)
    assert await start(second, "Evening") == (15, 2, 1, 1)


async def test_programmes_of_a_removed_device_stay(
    hass: HomeAssistant, back_hug: SimulatedBackHug, second: SimulatedBackHug
) -> None:
    """They move to another BackHug, where a choice of them stands; they go with the last one."""
    subentry = add_programme(back_hug)
    await choose(second, "Mine")
    await hass.config_entries.async_remove(back_hug.entry.entry_id)
    assert second.value("select", "programme") == "Mine"
    assert dict(second.entry.subentries) == {subentry.subentry_id: subentry}
    await hass.config_entries.async_remove(second.entry.entry_id)
    assert hass.config_entries.async_entries(DOMAIN) == []
