"""Calls of the controls."""

from collections.abc import Coroutine
from typing import Any

from tests.home import SimulatedBackHug


def choose(
    back_hug: SimulatedBackHug, platform: str, key: str, value: object
) -> Coroutine[Any, Any, None]:
    """Set a number or choose an option."""
    if platform == "number":
        return back_hug.call(platform, "set_value", key, value=value)
    return back_hug.call(platform, "select_option", key, option=value)
