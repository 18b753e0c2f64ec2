"""How values become octets or digits: by a scale if they are regular, else by a map."""

from __future__ import annotations

from collections import Counter as Tally

from .timeline import Value

SCALES = (1, 60, 10, 5, 2, 16)
MOST_WRONG = 0.25  # share of notes beside which another value was written


def in_spite_of_slips(encoding: dict[Value, Tally[bytes]]) -> dict[Value, bytes]:
    """Return the octets of each value if beside a few notes another value was written; else nothing.

    Octets that two values have as often belong to the one that makes the numbers regular, or to none.
    """
    values_of = Tally(octets for tally in encoding.values() for octets in tally)
    ranked = sorted(
        (
            (-count, values_of[octets], value, octets)
            for value, tally in encoding.items()
            for octets, count in tally.items()
        ),
        key=lambda item: item[:2],
    )
    found: dict[Value, bytes] = {}
    unclear: set[bytes] = set()
    for count, _, value, octets in ranked:
        if value in found or octets in found.values():
            continue
        rivals = [
            other
            for other, tally in encoding.items()
            if other not in found and tally[octets] == -count
        ]
        if len(rivals) > 1:
            rivals = [one for one in rivals if _is_regular(found | {one: octets})]
        if len(rivals) == 1:
            found[rivals[0]] = octets
        else:
            unclear.add(octets)
    total = sum(tally.total() for tally in encoding.values())
    agreed = sum(encoding[value][octets] for value, octets in found.items())
    others = values_of.keys() - unclear - {*found.values()}
    few = 1 - MOST_WRONG
    return found if agreed < total and agreed >= few * total and not others else {}


def _is_regular(encoding: dict[Value, bytes]) -> bool:
    words = {value: octets.rstrip() for value, octets in encoding.items()}
    return len(encoding) > 2 and bool(
        linear(encoding, levels=False) or _decimal(words, levels=False)
    )


def linear(encoding: dict[Value, bytes], levels: bool) -> dict[str, object] | None:
    """Return scale, add and size by which numbers become octets, or None."""
    numbers = sorted(
        (value, octets) for value, octets in encoding.items() if isinstance(value, int)
    )
    if len(numbers) < 2 or len(numbers) != len(encoding):
        return None
    size = len(numbers[0][1])
    if size > 2:
        return None
    for big in (False, True) if size == 2 else (False,):
        pairs = [
            (value, int.from_bytes(octets, "big" if big else "little"))
            for value, octets in numbers
        ]
        (first, low), (last, high) = pairs[0], pairs[-1]
        if (high - low) % (last - first):
            continue
        scale = (high - low) // (last - first)
        add = low - first * scale
        if (
            (scale in SCALES or (size == 1 and len(pairs) > 2 and scale > 0))
            and abs(add) <= 255
            and all(value * scale + add == number for value, number in pairs)
        ):
            # A level below those that were seen is softer, and its octets are reckoned.
            least = 1 if levels and scale + add >= 0 else first
            spec: dict[str, object] = {"min": least, "max": last}
            spec |= {"scale": scale} if scale != 1 else {}
            spec |= {"add": add} if add else {}
            spec |= (
                {"size": size} | ({"endian": "big"} if big else {}) if size == 2 else {}
            )
            return spec
    return None


def _decimal(encoding: dict[Value, bytes], levels: bool) -> dict[str, object] | None:
    """Return how numbers become digits, or None."""
    words = list(encoding.values())
    if not all(word.isdigit() and len(word) < 5 for word in words):
        return None
    numbers = {value: int(word) for value, word in encoding.items()}
    width = min(map(len, words)) if any(word[:1] == b"0" for word in words) else 1
    if any(
        f"{numbers[value]:0{width}}".encode() != word
        for value, word in encoding.items()
    ):
        return None
    spec = linear(
        {value: number.to_bytes(2, "big") for value, number in numbers.items()}, levels
    )
    if spec is None:
        return None
    spec.pop("endian", None)
    if max(numbers.values()) < 1 << 8:
        spec.pop("size")
    return spec | ({"digits": width} if width > 1 else {})


def describe_parameter(
    name: str, encoding: dict[Value, bytes], is_text: bool
) -> dict[str, object]:
    """Return a parameter as a description has it: numbers by scale if they are regular, else by a map."""
    if is_text:
        if name in {"strength", "minutes"} and (
            spec := _decimal(encoding, name == "strength")
        ):
            return spec
        return {
            "map": {
                value: encoding[value].decode("latin-1")
                for value in sorted(encoding, key=_order)
            }
        }
    if name in {"strength", "minutes"} and (
        spec := linear(encoding, name == "strength")
    ):
        return spec
    return {
        "map": {
            value: encoding[value].hex(" ") for value in sorted(encoding, key=_order)
        }
    }


def _order(value: Value) -> tuple[int, str]:
    return (value, "") if isinstance(value, int) else (0, value)
