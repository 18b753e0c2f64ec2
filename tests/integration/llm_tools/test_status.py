"""Status of a device for a language model, in reach and out of it."""

import pytest

from custom_components.backhug.device import timeouts
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, until
from tests.integration.conftest import out_of_reach
from tests.integration.models import ApiModel

from .arrange import ANSWERS, SECOND, STOP, Connect, expose, refused


async def test_status_of_a_session(model: ApiModel, back_hug: SimulatedBackHug) -> None:
    """A session without a programme has no steps; a paused one keeps its minutes left."""
    await back_hug.treat()
    await until(lambda: back_hug.coordinator.data.tension, "tension is measured")
    status = await model.call("get_status")
    assert status["state"] == "treating"
    assert status["session"] == {"minutes_left": 20}
    assert set(status["tension_percent"]) >= {"measured", "back", "left_upper"}
    await back_hug.call("button", "press", "pause_resume")
    await back_hug.shows("sensor", "state", "paused")
    assert (await model.call("get_status"))["session"] == {"minutes_left": 20}


async def test_released_connection_is_reported(
    model: ApiModel, back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the phone app has the connection, every answer says so, also to a stop."""
    await back_hug.call("switch", "turn_off", "hold_connection")
    status = await model.call("get_status")
    assert status["available"] is False
    assert "released" in status["note"]
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    back_hug.faults.refuse_connections = True
    for tool in ("start_session", "stop_session"):
        assert "released" in await refused(model, tool)


async def test_fault_is_named(model: ApiModel, back_hug: SimulatedBackHug) -> None:
    """A fault is named."""
    back_hug.back.block_finger()
    await back_hug.shows("sensor", "state", "fault")
    status = await model.call("get_status")
    assert (status["state"], status["fault"]) == ("fault", "finger_blocked")


async def test_missing_features_are_not_mentioned(
    home: Home, model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """Features that a device lacks are not mentioned."""
    expose(back_hug, exposed=False)
    plain = await home.add(
        Build(
            name="Plain",
            address="C0:FF:EE:00:00:04",
            areas=(12,),
            flows=(9,),
            measures_tension=False,
        )
    )
    await home.seen(plain)
    await plain.set_up()
    status = await model.call("get_status")
    assert (status["area"], status["flow"]) == (None, None)
    assert "tension_percent" not in status
    steps = [{"strength": 2, "minutes": 9}]
    await model.call("save_programme", name="Plain", steps=steps)
    assert (await model.call("start_session", programme="Plain"))["result"] == "started"
    plain.clock.advance(21)
    await plain.shows("sensor", "state", "treating")
    await model.call("stop_session")
    plain.clock.advance(20)
    await plain.shows("sensor", "state", "standby")
    (past,) = (await model.call("get_history"))["sessions"]
    assert past["ended_by"] == "stopped_by_client"
    assert "tension_percent" not in past
    tools = {tool["name"]: tool["parameters"] for tool in await model.tools()}
    assert not {"area", "flow"} & set(tools["backhug__adjust_session"]["properties"])
    assert (await model.call("consult", **ANSWERS))["steps"]


async def test_stop_is_kept_while_the_link_is_lost(
    connect: Connect,
    back_hug: SimulatedBackHug,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answer says that the stop is pending; it is carried out on reconnection."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await out_of_reach(back_hug)
    async with connect() as model:
        status = await model.call("get_status")
        assert status["available"] is False
        assert "state" not in status
        assert "A stop is stored" in status["note"]
        sentence = await refused(model, "stop_session")
        assert "as soon as the device is back in reach" in sentence
        assert "out of reach" in await refused(model, "adjust_session", strength_step=1)
    back_hug.peripheral.appear()
    await until(lambda: back_hug.requests(STOP), "it is stopped")
    assert not back_hug.back.running


async def test_device_never_connected_has_features_only(
    home: Home, model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """Of a device that was never connected only its features are known."""
    expose(back_hug, exposed=False)
    off = await home.add(SECOND, powered=False)
    await off.set_up(live=False)
    status = await model.call("get_status")
    assert status["available"] is False
    assert status["offers"]["strength_levels"] == 10
    assert "out of reach" in await refused(model, "start_session", strength=2)
    assert "out of reach" in await refused(model, "adjust_session", strength_step=1)
