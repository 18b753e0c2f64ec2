"""Each invented vendor's evening leads to the right description, without help."""

from typing import override

import pytest
import yaml

from kit.capture import read_capture
from kit.proposal import Verdict
from kit.workbench import Workbench

from .evenings import bench_of, csv, described, fields, recorded, writes
from .vendors import VENDORS, Knodo, Lumbara, Oken, Pallas, Pixa, Tessel, Wogge
from .vendors.vendor import LINK, Vendor

STATE = {"00": "standby", "01": "treating", "02": "paused"}


def test_header_length_counter_checksum_and_pin() -> None:
    """Knodo: everything that a frame can have, a handshake, a keep-alive and acknowledgements."""
    data = described(Knodo)
    assert data["match"] == {"name": "KNODO-", "characteristics": ["ffe9"]}
    assert data["link"] == {
        "service": "ffe5",
        "write": "ffe9",
        "response": False,
        "notify": "ffe4",
    }
    assert data["frame"] == {
        "kind": "length",
        "header": "5a c3",
        "reply_header": "5a c4",
        "length": {"size": 1, "counts": "payload"},
        "checksum": {"name": "sum8_inverted"},
        "counter": {"at": 3},
    }
    assert data["session"]["handshake"] == [
        {"write": "01 01 02 03 04", "await": "a0 01 00", "within": 1.0},
        {"write": "02 00", "await": "a0 02 00", "within": 1.0},
    ]
    assert data["session"]["keep_alive"] == {"write": "7e", "every": 4.0}
    assert writes(data) == {
        "start": "20 01",
        "stop": "20 00",
        "pause": "20 02",
        "resume": "20 03",
        "set_strength": "21 {strength}",
        "set_area": "22 {area}",
        "set_length": "23 {minutes}",
    }
    assert data["commands"]["set_area"]["await"] == "a0 22 00"
    assert data["parameters"] == {
        "strength": {"min": 1, "max": 5, "scale": 10},
        "minutes": {"min": 10, "max": 30, "scale": 60, "size": 2, "endian": "big"},
        "area": {
            "map": {"full_back": "10", "shoulder_blades": "11", "lower_back": "14"}
        },
    }
    assert fields(data) == {
        "state": {"octet": 1, "map": STATE},
        "strength": {"octet": 3},
        "area": {
            "octet": 4,
            "map": {"10": "full_back", "11": "shoulder_blades", "14": "lower_back"},
        },
        "seconds_left": {"octet": 5, "size": 2, "endian": "big"},
    }


def test_text_lines() -> None:
    """Lumbara: words instead of octets, with a checksum in digits."""
    data = described(Lumbara)
    assert data["frame"] == {
        "kind": "text",
        "trailer": "0d 0a",
        "checksum": {"name": "xor8", "separator": "*"},
    }
    assert writes(data) == {
        "start": "$RUN",
        "stop": "$HALT",
        "set_strength": "$LVL,{strength}",
        "set_area": "$ZONE,{area}",
        "set_length": "$TIME,{minutes}",
    }
    assert data["parameters"]["strength"] == {"min": 1, "max": 8}
    assert data["session"] == {
        "handshake": [{"write": "$HELLO,APP", "await": "$WELCOME", "within": 1.0}]
    }
    assert fields(data) == {
        "state": {"part": 1, "map": {"ON": "treating", "OFF": "standby"}},
        "strength": {"part": 2},
        "area": {
            "part": 3,
            "map": {"ALL": "full_back", "TOP": "upper_back", "LOW": "lower_back"},
        },
        "seconds_left": {"part": 4},
    }


def test_keys_with_release_steps_only_and_pairing() -> None:
    """Wogge: no level is ever written, and still the one that is reported is found."""
    data = described(Wogge)
    assert data["link"]["pairing"] == "just_works"
    assert "response" not in data["link"]
    assert data["frame"] == {
        "kind": "fixed",
        "header": "0e 02",
        "reply_header": "0e 82",
        "size": 8,
        "checksum": {"name": "crc16_modbus"},
    }
    assert writes(data) == {
        "start": "00 00 00 01",
        "stop": "00 00 80 00",
        "strength_up": "00 00 00 10",
        "strength_down": "00 00 00 20",
        "set_area": "00 00 {area} 00",
    }
    assert {
        (command["release"], command["hold"]) for command in data["commands"].values()
    } == {("00 00 00 00", 0.26)}
    assert fields(data)["strength"] == {"octet": 0, "bits": [0, 3]}
    assert fields(data)["state"] == {
        "octet": 0,
        "bits": [4, 7],
        "map": {"00": "standby", "08": "treating"},
    }


def test_delimiters_escapes_and_two_values_in_one_write() -> None:
    """Tessel: strength and area go together, the PIN is repeated, and nothing is reported."""
    data = described(Tessel)
    assert data["match"]["name"] == "TS massage"
    assert data["frame"] == {
        "kind": "delimited",
        "header": "40",
        "trailer": "40",
        "checksum": {"name": "sum8_negated", "from": 1},
        "escape": {"40": "3c 01", "3c": "3c 02"},
    }
    assert (
        writes(data)["set_strength"]
        == writes(data)["set_area"]
        == "02 73 {strength} {area}"
    )
    assert data["session"]["keep_alive"] == {
        "write": "20 43 00 04 09 08 07 06",
        "every": 12.5,
    }
    assert [step["write"] for step in data["session"]["handshake"]] == [
        "20 43 00 04 09 08 07 06"
    ]
    assert not any("fields" in message for message in data["messages"])


def test_raw_frames_with_a_checksum() -> None:
    """Pallas: writes and reports have different sizes and no length, and the status is asked for."""
    data = described(Pallas)
    assert data["frame"] == {"kind": "raw", "checksum": {"name": "xor8"}}
    assert writes(data)["stop"] == "33 02 00 00"
    assert writes(data)["set_area"] == "33 04 00 {area}"
    assert data["parameters"]["area"] == {
        "map": {"full_back": "03", "left_side": "01", "right_side": "02"}
    }
    assert data["parameters"]["strength"] == {"min": 1, "max": 5}
    assert writes(data)["read_status"] == "33 00 00 00"
    assert "handshake" not in data["session"]
    assert set(fields(data)) == {"state", "strength", "area"}


def test_held_keys_that_are_repeated() -> None:
    """Oken: however long a key was held, it is pressed once and released."""
    data = described(Oken)
    assert data["frame"] == {"kind": "fixed", "header": "04 02", "size": 6}
    assert writes(data) == {
        "start": "00 00 01 00",
        "stop": "02 00 00 00",
        "strength_up": "00 00 08 00",
        "strength_down": "00 80 00 00",
        "set_area": "00 {area} 00 00",
    }
    assert {command["release"] for command in data["commands"].values()} == {
        "00 00 00 00"
    }
    assert all(0.1 < command["hold"] < 0.5 for command in data["commands"].values())
    assert "messages" not in data


def test_one_write_that_carries_all_settings() -> None:
    """Pixa: settings that go along are parameters, except where a command must not set any."""
    data = described(Pixa)
    assert data["frame"] == {
        "kind": "length",
        "header": "f0",
        "length": {"size": 2, "counts": "payload"},
        "checksum": {"name": "xor8", "from": 1},
    }
    assert writes(data) == {
        "start": "20 01 {strength} {area} 1e",
        "stop": "20 00 02 30 1e",
        "set_strength": "20 01 {strength} {area} 1e",
        "set_area": "20 01 {strength} {area} 1e",
        "set_length": "20 00 {strength} {area} {minutes}",
        "read_status": "10",
    }
    assert fields(data)["strength"] == {"octet": 2, "bits": [4, 7]}
    assert fields(data)["state"] == {
        "octet": 1,
        "bits": [0, 3],
        "map": {"00": "standby", "01": "treating", "03": "paused"},
    }
    assert fields(data)["area"]["bits"] == [4, 7]
    assert fields(data)["seconds_left"] == {"octet": 3, "size": 2}


def test_a_second_connection_confirms_the_handshake() -> None:
    """What opens both is more certain, and the evening goes on as before."""

    class Interrupted(Knodo):
        runs = 0

        @override
        def run(self, seconds: float) -> None:
            super().run(seconds)
            self.runs += 1
            if self.runs == 20:
                self.recorder.disconnect(LINK)
                self.recorder.wait(4)
                self.connect()
                super().run(3)

    bench = bench_of(Interrupted)
    once = bench_of(Knodo).current.find("session.handshake")
    twice = bench.current.find("session.handshake")
    assert once is not None
    assert twice is not None
    assert twice.value == once.value
    assert twice.confidence > once.confidence
    assert described(Interrupted)["commands"] == described(Knodo)["commands"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_without_a_confirmed_stop_there_is_no_description(vendor: type[Vendor]) -> None:
    """Neither a stop that was never pressed, nor one that nobody has confirmed, is enough."""
    bench = bench_of(vendor)
    assert bench.describe().text == ""
    assert any("Confirm stop" in line for line in bench.describe().blocking)
    data, notes = recorded(vendor)
    bench = Workbench()
    bench.open(read_capture(data, "x"))
    bench.take_notes(csv(tuple(note for note in notes if note.action != "stop")))
    assert bench.describe().text == ""
    assert any("No stop was found" in line for line in bench.describe().blocking)


@pytest.mark.parametrize("vendor", VENDORS)
def test_nothing_of_the_neighbour_is_in_the_description(vendor: type[Vendor]) -> None:
    """The other device's values, its name and all addresses stay out."""
    bench = bench_of(vendor)
    bench.judge("commands.stop", Verdict.ACCEPTED)
    text = bench.describe().text.lower()
    assert text
    for word in ("a1 b2 c3 d4", "neighbour", "c4:11:22", "d0:aa", "4f21"):
        assert word not in text


def test_a_key_that_starts_and_stops_in_turn_is_no_stop() -> None:
    """The owner learns why there is no description."""

    class Toggling(Wogge):
        keys = Wogge.keys | {"stop": Wogge.keys["start"]}

    bench = bench_of(Toggling)
    assert any("not a stop" in line for line in bench.current.study.remarks)
    assert any("No stop was found" in line for line in bench.describe().blocking)


def test_half_of_a_pair_is_left_out() -> None:
    """Pause without resume is not offered."""
    bench = bench_of(Knodo)
    bench.judge("commands.stop", Verdict.ACCEPTED)
    bench.judge("commands.resume", Verdict.OPEN)
    assert "pause" not in writes(yaml.safe_load(bench.describe().text))
    assert "No pause." in bench.describe().missing
    assert bench.play_back().wrong == []


def test_playback_finds_a_wrong_correction() -> None:
    """A description that does not agree with the capture is told."""
    bench = bench_of(Knodo)
    bench.judge("commands.stop", Verdict.ACCEPTED)
    bench.judge("commands.start", Verdict.CORRECTED, {"write": "20 09"})
    assert bench.play_back().wrong == [
        "start: 3 presses are encoded differently from the app."
    ]
    bench.judge("commands.start", Verdict.CORRECTED, {"write": "zz"})
    assert (
        "Home Assistant would refuse it: description, line"
        in bench.play_back().wrong[0]
    )


def test_without_discovery_the_uuids_are_asked_for() -> None:
    """Handles alone make no description; the UUIDs can be entered."""

    class Known(Knodo):
        discovered = False

    bench = bench_of(Known)
    bench.judge("commands.stop", Verdict.ACCEPTED)
    assert any("UUIDs are unknown" in line for line in bench.describe().blocking)
    bench.judge(
        "link",
        Verdict.CORRECTED,
        {"service": "ffe5", "write": "ffe9", "response": False, "notify": "ffe4"},
    )
    assert bench.describe().blocking == []
    assert bench.play_back().wrong == []
