"""The situations in which sentences are said."""

from custom_components.backhug.plan.model import Change, Stage
from custom_components.backhug.programmes.own_settings import FIELDS
from simulator.build import Build
from simulator.model import State
from tests.home import SimulatedBackHug, until

from .language import FLOWS, Said

PLAN = (Stage(1, 4, 2, 15, 3), Stage(5, 8, 2, 20, 3))
BACKHUG = Build(name="BackHug", areas=tuple(range(8)), flows=tuple(range(5)))


async def prepare(back_hug: SimulatedBackHug, said: Said) -> None:
    """Bring the device into the state for the sentence."""
    back, coordinator = back_hug.back, back_hug.coordinator
    coordinator.controller.start_on_occupancy.async_disarm()
    coordinator.controller.own_settings.async_release(*FIELDS)
    plans = coordinator.household.plans
    plans.async_change(None, Change.DROP)
    if said.given == "plan":
        plans.async_begin(None, PLAN)
    # An earlier sentence of the same session need not have changed anything but settings.
    runs = (
        said.given == "treating"
        and back.state is State.TREATING
        and back.length == said.minutes * 60
        and back.occupied
    )
    if back.state is not State.STANDBY and not runs:
        back.stop_at_device()
        back_hug.skip(14)
        back_hug.clock.advance(2)
    (back.get_up if said.given in ("nobody", "armed") else back.lie_down)()
    back.set_at_device(
        strength=said.strength,
        area=0,
        flow=FLOWS.index(said.flow),
        minutes=said.minutes if runs else 20,
    )
    if said.given in ("treating", "paused") and not runs:
        back.start_at_device(said.minutes)
        back_hug.skip(20)
        back_hug.clock.advance(2)
        # Time runs fast here: the record of the scan before is read after the first live one.
        await until(
            lambda: (
                (record := coordinator.controller.back_hug.snapshot.record) is not None
                and record.session == back.session_number
                and record.before is not None
            ),
            "the record is read",
        )
    if said.given == "paused":
        back.pause_at_device()
    back_hug.clock.advance(1)
    await until(lambda: shows(back_hug, said.flow), "it is shown")
    if said.given == "armed":
        await back_hug.hass.services.async_call(
            "backhug",
            "start_session",
            {
                "entity_id": back_hug.entity_id("switch", "session"),
                "when_occupied": True,
            },
            blocking=True,
        )
    # No earlier request is under way.
    await back_hug.hass.async_block_till_done()
    back.requests.clear()


def shows(back_hug: SimulatedBackHug, flow: str) -> bool:
    """Return whether Home Assistant shows the device's state and settings."""
    back = back_hug.back
    snapshot = back_hug.coordinator.data
    status, settings = snapshot.status, snapshot.settings
    return (
        status is not None
        and settings is not None
        and status.state.value == back.state.name.lower()
        and status.session == back.session_number
        and status.occupied is back.occupied
        and settings.strength == status.strength == back.strength
        and status.area == "full_back"
        and status.flow == flow
        and settings.minutes * 60 == back.length
        and (
            status.state.value != "treating"
            or (
                (scan := back_hug.coordinator.controller.back_hug.snapshot.tension)
                is not None
                and scan.phase == "live"
            )
        )
    )
