"""What a BackHug is: regions of the back, names, texts from the air."""

from __future__ import annotations

import json

from hypothesis import given, strategies as st
import pytest

from custom_components.backhug.device.client import is_backhug
from custom_components.backhug.device.model import (
    MAX_MINUTES,
    Area,
    Features,
    Flow,
    Phase,
    Region,
    SessionEnd,
    Settings,
    Snapshot,
    State,
    Status,
    TensionScan,
    changes,
    clean_text,
    is_backhug_name,
)

# Hypothesis warns of its own way to keep a random generator.
pytestmark = pytest.mark.filterwarnings("ignore:.*register_random")

# Regions


@pytest.mark.parametrize(
    ("fingers", "rows"),
    [
        # Upper is 3r < R, mid is R <= 3r < 2R, lower is what is left of the R rows.
        (24, (4, 4, 4)),
        (26, (5, 4, 4)),
        (28, (5, 5, 4)),
        (2, (1, 0, 0)),
        (4, (1, 1, 0)),
        (64, (11, 11, 10)),
    ],
)
def test_regions(fingers: int, rows: tuple[int, int, int]) -> None:
    """The rows of each column go to upper, mid and lower as the profile says."""
    efforts = (127, 254, 0, 25, 51, 76)
    scan = TensionScan(
        Phase.LIVE,
        tuple(
            effort
            for effort, count in zip(efforts, rows * 2, strict=True)
            for _ in range(count)
        ),
    )
    assert len(scan.efforts) == fingers
    per_cent = [50.0, 100.0, 0.0, 25 / 2.54, 51 / 2.54, 76 / 2.54]
    assert scan.regions == {
        region: pytest.approx(value) if count else None
        for region, value, count in zip(Region, per_cent, rows * 2, strict=True)
    }


def test_left_is_the_first_column() -> None:
    """Fingers 0 to F/2-1 are at the person's own left, neck to waist."""
    only_one = {0: Region.LEFT_UPPER, 5: Region.LEFT_LOWER, 6: Region.RIGHT_UPPER}
    only_one |= {2: Region.LEFT_MID, 8: Region.RIGHT_MID, 11: Region.RIGHT_LOWER}
    for finger, region in only_one.items():
        efforts: list[int | None] = [None] * 12
        efforts[finger] = 254
        scan = TensionScan(Phase.BEFORE, tuple(efforts))
        assert scan.regions == dict.fromkeys(Region) | {region: 100.0}


def test_tension_of_the_back() -> None:
    """It is the mean over all touching fingers, not the mean of the regions."""
    assert TensionScan(Phase.LIVE, (254, 254, 254, 0)).back == 75.0
    assert TensionScan(Phase.LIVE, (254, None, None, 0)).back == 50.0
    assert TensionScan(Phase.LIVE, (0, 0)).back == 0.0
    assert TensionScan(Phase.LIVE, (None, None)).back is None


def test_tension_without_touch_is_not_zero() -> None:
    """A region that no finger touches is unknown."""
    regions = TensionScan(Phase.LIVE, (None, 0, 10, 20, 30, None)).regions
    assert regions[Region.LEFT_UPPER] is None
    assert regions[Region.LEFT_MID] == 0.0
    assert regions[Region.RIGHT_LOWER] is None


# Names and texts


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("BackHug", True),
        ("BackHug-7F2A", True),
        ("BackHug 2", True),
        ("BackHug-", True),
        ("BackHugger", False),
        ("backhug", False),
        ("MyBackHug", False),
        ("BackHug_1", False),
        ("", False),
    ],
)
def test_name(name: str, is_one: bool) -> None:
    """A BackHug is known by its local name."""
    assert is_backhug_name(name) is is_one
    assert is_backhug(name, ["0000180a-0000-1000-8000-00805f9b34fb"]) is is_one


def test_service_instead_of_name() -> None:
    """Either the name or the service is enough: a passive scan sees no name."""
    assert is_backhug("", ["6b0f0001-3c5d-4f0e-9b1a-7d2e8c41f5a6"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("BackHug 2, rev. B+ (#7/8)", "BackHug 2, rev. B+ #7/8"),
        ("Rückenfreund 背", "Rückenfreund 背"),
        ("<script>alert('x')</script>", "script alert 'x' /script"),
        ("[link](https://example.org)", "link https://example.org"),
        ("{{ states }} **bold** `code` $x", "states bold code x"),
        ("a\x00b\x1b[31mc\r\nd\te", "a b 31mc d e"),
        ("safe\u202eevil\u200b\u200bx", "safe evil x"),
        ("  spaces   inside  ", "spaces inside"),
        ("x" * 41, "x" * 40),
        ("x" * 39 + " y", "x" * 39),
        ("\x00" * 1000 + "late", ""),
        ("", ""),
    ],
)
def test_clean_text(text: str, shown: str) -> None:
    """A text from the air is short and has nothing that could be taken for markup."""
    assert clean_text(text) == shown


@given(st.text())
def test_clean_text_of_anything(text: str) -> None:
    """Whatever comes, it stays short, printable, in one line, and cleaning it again changes nothing."""
    shown = clean_text(text)
    assert len(shown) <= 40
    assert shown.isprintable()
    assert clean_text(shown) == shown


# Features are stored in the config entry


FEATURES = Features(
    strength_levels=7,
    fingers=26,
    areas=(Area.FULL_BACK, Area.ALONG_SPINE),
    flows=(Flow.PULSE,),
    min_minutes=1,
    max_minutes=60,
    can_pause=False,
    senses_occupancy=True,
    reports_leg_rest=False,
    measures_tension=True,
    profile_minor=3,
)


def test_features_survive_storage() -> None:
    """What is stored as JSON comes back the same."""
    stored = json.loads(json.dumps(FEATURES._asdict()))
    assert Features.from_dict(stored) == FEATURES


def test_stored_features_allow_no_session_over_an_hour() -> None:
    """The limit holds whatever another version has stored."""
    stored = {**FEATURES._asdict(), "max_minutes": 90}
    assert Features.from_dict(stored).max_minutes == MAX_MINUTES


# What has changed

STATUS = Status(
    state=State.TREATING,
    fault=None,
    strength=3,
    area=Area.FULL_BACK,
    flow=Flow.SLOW,
    occupied=True,
    leg_rest_raised=True,
    paused_by_leaving=False,
    length=1200,
    session=100_000,
    last_end=SessionEnd.COMPLETED,
    seconds_left=900,
)
SETTINGS = Settings(3, Area.FULL_BACK, Flow.SLOW, 20)
SNAPSHOT = Snapshot(STATUS, SETTINGS, connected=True)


@pytest.mark.parametrize(
    ("now", "names"),
    [
        (SNAPSHOT, set()),
        (SNAPSHOT._replace(status=STATUS._replace(seconds_left=899)), set()),
        (
            SNAPSHOT._replace(status=STATUS._replace(session=int("100000"))),
            set(),
        ),
        (
            SNAPSHOT._replace(
                status=STATUS._replace(occupied=False, seconds_left=899, strength=4),
                settings=SETTINGS._replace(strength=4),
            ),
            {"occupied", "strength"},
        ),
        (
            SNAPSHOT._replace(settings=SETTINGS._replace(minutes=30, flow=Flow.FAST)),
            {"minutes", "flow"},
        ),
        (
            SNAPSHOT._replace(status=None, settings=None, connected=False),
            {"status", "settings", "connected"},
        ),
        (
            SNAPSHOT._replace(tension=TensionScan(Phase.LIVE, (1, 2)), resting=True),
            {"tension", "resting"},
        ),
    ],
)
def test_changes(now: Snapshot, names: set[str]) -> None:
    """What differs is named, from either side; the seconds left alone are no change."""
    assert changes(SNAPSHOT, now) == names
    assert changes(now, SNAPSHOT) == names


@pytest.mark.parametrize("name", Status._fields)
def test_each_field_of_a_status_is_a_change(name: str) -> None:
    """No field of a status is forgotten but the seconds left."""
    now = SNAPSHOT._replace(status=STATUS._replace(**{name: "something else"}))  # type: ignore[arg-type]
    assert changes(SNAPSHOT, now) == {name} - {"seconds_left"}


@pytest.mark.parametrize("name", Snapshot._fields[2:])
def test_each_field_of_a_snapshot_is_a_change(name: str) -> None:
    """No field of a snapshot is forgotten."""
    now = SNAPSHOT._replace(**{name: "something else"})  # type: ignore[arg-type]
    assert changes(SNAPSHOT, now) == {name}
