"""Imports Home Assistant first, and adds what newer versions need of the test plugin.

pytest loads this before other plugins (`-p` in pyproject.toml): Home Assistant replaces
modules that they import (voluptuous, httpx), and must do so before they do. The clocks are
replaced before anything takes one.
"""

from tests import clocks

clocks.install()

from homeassistant.components import logger  # noqa: E402
from homeassistant.components.logger.helpers import (  # noqa: E402
    _clear_logger_overwrites,
)

# Moved in 2026.11; the plugin, made from 2026.10, imports it from here.
vars(logger).setdefault("_clear_logger_overwrites", _clear_logger_overwrites)
