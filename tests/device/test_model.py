"""Regions of the back, names, received texts, stored features, changes."""

from __future__ import annotations

from copy import replace
from dataclasses import asdict, fields
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.backhug.device.identification import is_backhug
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
        # Upper is 3r < R, mid is R <= 3r < 2R, lower is the rest of the R rows.
        (24, (4, 4, 4)),
        (26, (5, 4, 4)),
        (28, (5, 5, 4)),
        (2, (1, 0, 0)),
        (4, (1, 1, 0)),
        (64, (11, 11, 10)),
    ],
)
def test_rows_belong_to_the_regions_of_the_profile(
    fingers: int, rows: tuple[int, int, int]
) -> None:
    """The rows of each column are divided into upper, mid and lower as in the profile."""
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


def test_tension_of_the_back_is_the_mean_of_touching_fingers() -> None:
    """It is not the mean of the regions."""
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
def test_backhug_is_recognised_by_name(name: str, is_one: bool) -> None:
    """The local name is the prefix alone, or the prefix with a blank or a hyphen."""
    assert is_backhug_name(name) is is_one
    assert is_backhug(name, ["0000180a-0000-1000-8000-00805f9b34fb"]) is is_one


def test_backhug_is_recognised_by_service() -> None:
    """The service is enough: a passive scan has no name."""
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
def test_clean_text_is_short_and_without_markup(text: str, shown: str) -> None:
    """A received text is cleaned before it is shown."""
    assert clean_text(text) == shown


@given(st.text())
def test_clean_text_is_printable_and_stable(text: str) -> None:
    """Any text becomes short and printable; cleaning it again changes nothing."""
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
    """Features stored as JSON are restored unchanged."""
    stored = json.loads(json.dumps(asdict(FEATURES)))
    assert Features.from_dict(stored) == FEATURES


def test_stored_features_allow_at_most_60_minutes() -> None:
    """The limit holds for data that another version has stored."""
    stored = {**asdict(FEATURES), "max_minutes": 90}
    assert Features.from_dict(stored).max_minutes == MAX_MINUTES


# Changes

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
SNAPSHOT = Snapshot(status=STATUS, settings=SETTINGS, connected=True)


@pytest.mark.parametrize(
    ("now", "names"),
    [
        (SNAPSHOT, set()),
        (replace(SNAPSHOT, status=replace(STATUS, seconds_left=899)), set()),
        (
            replace(SNAPSHOT, status=replace(STATUS, session=int("100000"))),
            set(),
        ),
        (
            replace(
                SNAPSHOT,
                status=replace(STATUS, occupied=False, seconds_left=899, strength=4),
                settings=replace(SETTINGS, strength=4),
            ),
            {"occupied", "strength"},
        ),
        (
            replace(SNAPSHOT, settings=replace(SETTINGS, minutes=30, flow=Flow.FAST)),
            {"minutes", "flow"},
        ),
        (
            replace(SNAPSHOT, status=None, settings=None, connected=False),
            {"status", "settings", "connected"},
        ),
        (
            replace(SNAPSHOT, tension=TensionScan(Phase.LIVE, (1, 2)), resting=True),
            {"tension", "resting"},
        ),
    ],
)
def test_changes_names_changed_fields(now: Snapshot, names: set[str]) -> None:
    """The names of the changed fields are the same in both directions; a countdown alone is no change."""
    assert changes(SNAPSHOT, now) == names
    assert changes(now, SNAPSHOT) == names


@pytest.mark.parametrize("name", [field.name for field in fields(Status)])
def test_every_status_field_but_the_countdown_is_a_change(name: str) -> None:
    """Every field of Status is compared, except for the seconds left."""
    now = replace(SNAPSHOT, status=replace(STATUS, **{name: "something else"}))  # type: ignore[arg-type]
    assert changes(SNAPSHOT, now) == {name} - {"seconds_left"}


@pytest.mark.parametrize(
    "name",
    [each.name for each in fields(Snapshot) if each.name not in {"status", "settings"}],
)
def test_every_snapshot_field_is_a_change(name: str) -> None:
    """Every field of Snapshot is compared."""
    now = replace(SNAPSHOT, **{name: "something else"})  # type: ignore[arg-type]
    assert changes(SNAPSHOT, now) == {name}
