"""What the kit writes can be read, whatever words a device has."""

from hypothesis import example, given, settings, strategies as st

from custom_components.backhug.device.protocols.described.file import read_description
from kit.yaml_writer import to_yaml

AREAS = ("full_back", "upper_back", "lower_back")
WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
QUICK = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def written(words: list[str]) -> str:
    """Return a description of lines in which these words stand for areas and states."""
    areas = dict(zip(AREAS, words, strict=True))
    states = zip(words, ("standby", "treating", "paused"), strict=True)
    return to_yaml(
        {
            "format": 1,
            "name": words[0],
            "match": {"name": words[1]},
            "link": {"service": "abcd", "write": "ac01", "notify": "ac02"},
            "frame": {"kind": "text", "trailer": "0a"},
            "parameters": {"area": {"map": areas}},
            "commands": {"stop": {"write": "stop"}, "set_area": {"write": "{area}"}},
            "messages": [
                {
                    "name": "status",
                    "match": words[2],
                    "split": ",",
                    "fields": {"state": {"part": 1, "map": dict(states)}},
                }
            ],
            "evidence": {
                "source": words[0],
                "confidence": {"stop": "confirmed"},
                "vectors": [{"command": "stop", "octets": ["73 74 6f 70 0a"]}],
            },
        }
    )


@QUICK
@given(st.lists(WORDS, min_size=3, max_size=3, unique=True))
@example(["on", "off", "yes"])
@example(["end", "null", "~"])
@example(["0x10", "1e3", "010"])
@example(["true", "no", "12:30"])
@example(["- a", "#b", "c: d"])
@example(["'", '"', "\\"])
def test_every_word_is_read_as_it_was_written(words: list[str]) -> None:
    """Parameters, fields, patterns and names, in quotes where YAML would guess."""
    description = read_description("made.yaml", written(words))
    codes = description.parameters["area"].codes
    assert sorted(codes.values()) == sorted(word.encode() for word in words)
    (status,) = description.messages
    assert status.pattern == tuple(words[2].encode())
    found = status.fields["state"].codes
    assert found is not None
    assert [*found] == [word.encode() for word in words]
    assert (description.name, description.match.name) == (words[0], words[1])
