"""More invented vendors: a computed answer, sentences with decimals, held keys and lamps, settings again and again."""

from __future__ import annotations

from .evenings import bench_of, described, fields, writes
from .vendors.dormio import Dormio
from .vendors.liegewerk import Liegewerk
from .vendors.orbit import Orbit
from .vendors.velasco import Velasco


def test_fletcher_trailer_and_computed_answer() -> None:
    """Velasco: nothing is escaped although the octets of pause and resume look like it."""
    data = described(Velasco)
    assert data["frame"] == {
        "kind": "length",
        "header": "3a",
        "trailer": "0d",
        "length": {"size": 1, "counts": "payload"},
        "checksum": {"name": "fletcher16", "from": 1, "endian": "big"},
    }
    hello, answer = data["session"]["handshake"]
    assert (hello["write"], hello["await"]) == ("01", "81")
    token = hello["token"]
    assert (token["octet"], token["size"]) == (1, 4)
    assert (token["answer"]["name"], token["answer"]["key"]) == ("xor", "5c")
    assert (answer["write"], answer["await"]) == ("02 {token}", "82 00")
    assert data["session"]["keep_alive"] == {"write": "0f", "every": 4.0}
    assert writes(data) == {
        "start": "40 01",
        "stop": "40 00",
        "pause": "41 01",
        "resume": "41 02",
        "set_strength": "42 {strength}",
        "set_area": "43 {area}",
    }
    assert fields(data).keys() == {"state", "strength", "area"}


def test_sentences_with_decimals_and_a_poll() -> None:
    """Liegewerk: a percent is one word, and start follows the minutes, which were always known."""
    data = described(Liegewerk)
    assert data["frame"]["checksum"] == {"name": "xor8", "from": 1, "separator": "*"}
    assert data["parameters"]["minutes"] == {"min": 15, "max": 45}
    levels = {level: f"{level * 12.5:.1f}" for level in range(1, 6)}
    assert data["parameters"]["strength"] == {"map": levels}
    commands = writes(data)
    assert commands["start"] == "$LWC,RUN,{minutes}"
    assert commands["set_strength"] == "$LWC,INT,{strength}"
    assert commands["read_status"] == "$LWQ,STA"
    assert fields(data)["strength"] == {
        "part": 2,
        "map": {f"INT={percent}": level for level, percent in levels.items()},
    }
    assert fields(data)["seconds_left"] == {"part": 4, "scale": 60}


def test_held_keys_and_lamps() -> None:
    """Dormio: every key has its release, steps take the shortest press, lamps become levels."""
    data = described(Dormio)
    assert data["link"]["pairing"] == "just_works"
    commands = data["commands"]
    assert {each["release"] for each in commands.values()} == {"04 02 00 00 00 00"}
    assert {each["repeat"] for each in commands.values()} == {0.13}
    assert commands["strength_up"]["hold"] == 0.27
    assert fields(data) == {
        "strength": {
            "octet": 1,
            "bits": [0, 4],
            "map": {"01": 1, "03": 2, "07": 3, "0f": 4, "1f": 5},
        },
        "state": {
            "octet": 1,
            "bits": [6, 7],
            "map": {"00": "standby", "02": "treating"},
        },
    }


def test_settings_that_the_app_repeats() -> None:
    """Orbit: what is written without a press is no press, and no handshake."""
    data = described(Orbit)
    everything = "01 {strength} {area} 0f"
    commands = writes(data)
    stop = commands.pop("stop")
    assert commands == dict.fromkeys(("start", "set_strength", "set_area"), everything)
    assert str(stop).startswith("00 02 ")
    assert "session" not in data
    assert fields(data)["state"] == {
        "octet": 0,
        "map": {"00": "standby", "01": "treating"},
    }
    remarks = bench_of(Orbit).current.study.remarks
    assert any("repeats its settings every 2.0 s" in line for line in remarks)
