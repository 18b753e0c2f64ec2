"""The checks find defects: each scene is one in which an earlier version failed."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest

from custom_components.backhug.const import CONNECTION_ON_DEMAND
from custom_components.backhug.device.client import BackHug
from custom_components.backhug.device.presence import Presence
from custom_components.backhug.people.choice import PersonChoice
from custom_components.backhug.programmes.run import Run
from custom_components.backhug.session.controller import SessionController
from custom_components.backhug.session.history import Choice, History
from custom_components.backhug.storage import DeviceStore
from simulator.build import Build

from .builds import BUILDS, DESCRIBED
from .household import Household, ViolationError
from .operations import OPERATIONS
from .virtual_time import VirtualTime

type Scene = tuple[tuple[str, dict[str, Any]], ...]


def _wait(seconds: float) -> tuple[str, dict[str, Any]]:
    return "wait", {"seconds": seconds}


_LOST_IN_SESSION: Scene = (
    ("start_session", {"minutes": 60, "strength": None}),
    _wait(31.0),
    ("carry", {"away": True}),
    _wait(5.5),
)
_STOPPED_OUT_OF_REACH: Scene = (*_LOST_IN_SESSION, ("stop", {}), _wait(1.0))
_BACK: Scene = (_wait(5.5), ("carry", {"away": False}), _wait(65.0))

_ANNAS_SESSION: Scene = (
    ("choose_person", {"person": "Anna"}),
    ("start_session", {"minutes": 60, "strength": None}),
    _wait(31.0),
)

SCENES: dict[str, Scene] = {
    "softer than shown, on demand": (
        ("set_strength", {"strength": 10}),
        _wait(5.5),
        ("set_options", {"connection": CONNECTION_ON_DEMAND, "idle": 10}),
        _wait(65.0),
        ("start_at_device", {"minutes": 20, "strength": 2}),
        _wait(31.0),
        (
            "adjust",
            {"strength_step": -2, "minutes_step": None, "area": None, "flow": None},
        ),
        _wait(10.0),
    ),
    "softer than shown, after the link was lost": (
        ("set_strength", {"strength": 10}),
        ("start_session", {"minutes": 20, "strength": None}),
        _wait(5.5),
        ("carry", {"away": True}),
        _wait(10.0),
        ("set_at_device", {"strength": 2, "minutes": None}),
        _wait(31.0),
        (
            "adjust",
            {"strength_step": -2, "minutes_step": None, "area": None, "flow": None},
        ),
        _wait(1.0),
        ("carry", {"away": False}),
        _wait(10.0),
    ),
    "turned down, then the next step of a programme": (
        ("start_programme", {"programme": "gentle_start"}),
        _wait(31.0),
        ("set_strength", {"strength": 1}),
        ("wait_long", {"seconds": 700.0}),
    ),
    "stopped at the device while armed": (
        ("get_up", {}),
        ("arm", {"seconds": 7200, "programme": None}),
        _wait(5.5),
        ("carry", {"away": True}),
        _wait(31.0),
        ("lie_down", {}),
        ("start_at_device", {"minutes": 20, "strength": 2}),
        _wait(31.0),
        ("operate_at_device", {"what": "stop"}),
        _wait(31.0),
        ("carry", {"away": False}),
        ("wait_long", {"seconds": 125.0}),
    ),
    "replaced by one that has run elsewhere": (
        ("start_session", {"minutes": 20, "strength": None}),
        _wait(31.0),
        ("stop", {}),
        _wait(31.0),
        ("replace_device", {"sessions": 40}),
        _wait(31.0),
    ),
    "a stop due at one that is replaced": (
        ("start_session", {"minutes": 60, "strength": None}),
        _wait(31.0),
        ("carry", {"away": True}),
        _wait(10.0),
        ("stop", {}),
        _wait(31.0),
        ("replace_device", {"sessions": 0}),
        _wait(5.5),
        ("start_at_device", {"minutes": 20, "strength": 2}),
        _wait(31.0),
    ),
    "reloaded within a stop": (*_STOPPED_OUT_OF_REACH, ("reload", {}), *_BACK),
    "restarted within a stop": (
        *_STOPPED_OUT_OF_REACH,
        ("restart", {"seconds": 3.0}),
        *_BACK,
    ),
    "killed within a stop": (*_STOPPED_OUT_OF_REACH, ("kill", {}), *_BACK),
    "stopped while Home Assistant stops": (
        *_LOST_IN_SESSION,
        ("restart", {"seconds": 20.0}),
        _wait(5.5),
        ("stop", {}),
        _wait(31.0),
        *_BACK,
    ),
    "lost in a session for more than an hour": (
        *_LOST_IN_SESSION,
        ("wait_long", {"seconds": 3700.0}),
    ),
    "lost within a programme for more than an hour": (
        ("start_programme", {"programme": "gentle_start"}),
        _wait(31.0),
        ("carry", {"away": True}),
        ("wait_long", {"seconds": 3700.0}),
    ),
    "removed while it is read to wait for somebody": (
        ("arm", {"seconds": 7200, "programme": None}),
        ("remove_and_add", {}),
        ("wait_long", {"seconds": 7300.0}),
    ),
    "replaced after a session, and used by somebody": (
        ("start_session", {"minutes": 20, "strength": None}),
        _wait(31.0),
        ("stop", {}),
        _wait(31.0),
        ("replace_device", {"sessions": 0}),
        _wait(31.0),
        ("choose_person", {"person": "Ben"}),
        ("start_session", {"minutes": 20, "strength": None}),
        _wait(31.0),
        ("stop", {}),
        _wait(31.0),
    ),
    "another person is chosen in a session, just before a crash": (
        *_ANNAS_SESSION,
        ("choose_person", {"person": "Ben"}),
        _wait(0.05),
        ("kill", {}),
        _wait(31.0),
    ),
    "another person is chosen in a session, with checks before it is carried out": (
        *_ANNAS_SESSION,
        ("choose_person", {"person": "Ben"}),
        *[("lie_down", {})] * 3,
        _wait(1.0),
    ),
    "another person is chosen in a session that is lost for more than an hour": (
        *_ANNAS_SESSION,
        ("choose_person", {"person": "Ben"}),
        ("lose_for_long", {"seconds": 3700.0}),
        *_BACK,
    ),
    "a person is chosen before the device is seen, which then is at rest": (
        ("start_at_device", {"minutes": 20, "strength": 2}),
        ("inject_fault", {"fault": ("hang_connect", True)}),
        ("lose_link", {}),
        ("remove_and_add", {}),
        _wait(5.5),
        ("choose_person", {"person": "Anna"}),
        _wait(1.0),
        ("operate_at_device", {"what": "stop"}),
        ("clear_faults", {}),
        _wait(65.0),
        ("start_at_device", {"minutes": 20, "strength": 2}),
        _wait(31.0),
    ),
    "two have a session while Home Assistant is down": (
        *_ANNAS_SESSION,
        ("restart", {"seconds": 20.0}),
        ("operate_at_device", {"what": "stop"}),
        _wait(17.0),
        ("start_at_device", {"minutes": 20, "strength": 2}),
        _wait(31.0),
    ),
    "nobody can connect over the only proxy, slowly": (
        ("unplug", {}),
        ("inject_fault", {"fault": ("hang_connect", True)}),
        ("lose_link", {}),
        ("wait_long", {"seconds": 1300.0}),
        ("wait_long", {"seconds": 1300.0}),
    ),
    "each connection breaks after a while": (
        *(
            each
            for _ in range(60)
            for each in (("lose_link_unexpectedly", {}), _wait(12.0))
        ),
    ),
}


async def _carry_out(household: Household, name: str, chosen: dict[str, Any]) -> None:
    if name == "lose_link_unexpectedly":
        resident = household.residents[0]
        resident.checks.impaired_at = asyncio.get_running_loop().time()
        resident.peripheral.drop_link()
        return
    if name == "unplug":
        await household.unplug()
        return
    operation = next(each for each in OPERATIONS if each.name == name)
    if "which" in operation.choices:
        chosen = {"which": 0, **chosen}
    await operation.carry_out(household, **chosen)
    household.check()


def _play(virtual_time: VirtualTime, scene: Scene, build: Build = BUILDS[0]) -> None:
    """Play a scene in a household, and check it after each step."""

    async def run() -> None:
        household = Household(virtual_time)
        await household.start([build])
        try:
            await asyncio.sleep(5)
            for step, chosen in scene:
                await _carry_out(household, step, chosen)
            await household.recover()
        finally:
            await household.close()

    with asyncio.Runner(loop_factory=virtual_time.new_loop) as runner:
        runner.run(run())


@pytest.mark.parametrize("name", SCENES)
def test_scene_violates_nothing(virtual_time: VirtualTime, name: str) -> None:
    """A scene in which an earlier version failed violates nothing."""
    _play(virtual_time, SCENES[name])


_NOTHING_ELSE: Final = dict.fromkeys(("minutes_step", "area", "flow"))
DESCRIBED_SCENES: dict[str, Scene] = {
    "stopped after an hour with its pauses, although nobody has requested that": (
        ("start_session", {"minutes": 60, "strength": None}),
        _wait(31.0),
        *(("press_pause", {}), _wait(65.0)) * 2,
        ("wait_long", {"seconds": 3490.0}),
    ),
    "a step above the highest level of firmware with fewer than the description": (
        ("update_firmware", {"strengths": 5, "fingers": 24, "pauses": True}),
        ("set_at_device", {"strength": 5, "minutes": None}),
        _wait(31.0),
        ("adjust", {"strength_step": 1, **_NOTHING_ELSE}),
    ),
}


@pytest.mark.parametrize("name", DESCRIBED_SCENES)
def test_scene_of_described_device_violates_nothing(
    virtual_time: VirtualTime, name: str
) -> None:
    """A scene with a described device in which an earlier version failed violates nothing."""
    _play(virtual_time, DESCRIBED_SCENES[name], DESCRIBED)


async def _store_nothing(_controller: SessionController) -> None:
    """Store no stop."""


def _forget_nothing(_back_hug: BackHug) -> None:
    """Let a session count as running for ever."""


def _is_never_of_another(_store: DeviceStore, _data: dict[str, Any]) -> bool:
    """Take the data of a replaced device for that of the new one."""
    return False


def _store_choice_later(history: History, choice: Choice) -> None:
    """Store who was chosen only with what the device shows next."""
    history.choice = choice


def _know_no_session(_choice: PersonChoice) -> None:
    """Do not know after a restart that the choice is for a session."""


def _away_after_five_seconds(presence: Presence, now: float) -> bool:
    """Take the silence of an attempt for an absence."""
    return now - presence._heard_at >= 5.0


UNDONE: tuple[tuple[type, str, object, str, tuple[str, ...]], ...] = (
    (
        SessionController,
        "_async_store_stop",
        _store_nothing,
        "a stop that was promised was not delivered",
        (
            "reloaded within a stop",
            "restarted within a stop",
            "killed within a stop",
            "stopped while Home Assistant stops",
        ),
    ),
    (
        BackHug,
        "forget_session",
        _forget_nothing,
        "but in session",
        (
            "lost in a session for more than an hour",
            "lost within a programme for more than an hour",
        ),
    ),
    (
        Run,
        "level",
        property(lambda run: run.steps[run.step].strength),
        "turned down to 1 by a person",
        ("turned down, then the next step of a programme",),
    ),
    (
        DeviceStore,
        "is_of_another",
        _is_never_of_another,
        "was elsewhere",
        ("replaced by one that has run elsewhere",),
    ),
    (
        History,
        "async_choose",
        _store_choice_later,
        "has become anna's",
        ("another person is chosen in a session, just before a crash",),
    ),
    (
        PersonChoice,
        "async_resume",
        _know_no_session,
        "session 2 is anna's, who was not chosen for it",
        ("two have a session while Home Assistant is down",),
    ),
    (
        Presence,
        "away",
        _away_after_five_seconds,
        "connected to again and again",
        ("nobody can connect over the only proxy, slowly",),
    ),
)
"""Mends undone: a class, the name and the replacement of its member, the violation, and the scenes with it."""


@pytest.mark.parametrize(
    ("owner", "name", "replacement", "violation", "scene"),
    [(*undone, scene) for *undone, scenes in UNDONE for scene in scenes],
)
def test_undone_mend_is_a_violation(
    virtual_time: VirtualTime,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    name: str,
    replacement: object,
    violation: str,
    scene: str,
) -> None:
    """The checks find the defect that an earlier version had."""
    monkeypatch.setattr(owner, name, replacement)
    with pytest.raises(ViolationError, match=violation):
        _play(virtual_time, SCENES[scene])
