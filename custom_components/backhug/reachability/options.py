"""Options for the connection and its notifications."""

from typing import Final

from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
)
import voluptuous as vol

from ..const import (
    CONF_CONNECTION,
    CONF_IDLE_TIME,
    CONF_TELL_UNREACHABLE,
    CONNECTION_ALWAYS,
    CONNECTION_ON_DEMAND,
    DEFAULT_IDLE_TIME,
)

IDLE_TIMES: Final = (10, 3600)
"""Minimum and maximum seconds until an idle connection is closed."""


def connection_options() -> vol.Schema:
    """Return the form of the connection options."""
    return vol.Schema(
        {
            vol.Required(CONF_CONNECTION, default=CONNECTION_ALWAYS): SelectSelector(
                SelectSelectorConfig(
                    options=[CONNECTION_ALWAYS, CONNECTION_ON_DEMAND],
                    translation_key=CONF_CONNECTION,
                )
            ),
            vol.Required(CONF_IDLE_TIME, default=DEFAULT_IDLE_TIME): vol.All(
                NumberSelector(
                    NumberSelectorConfig(
                        min=IDLE_TIMES[0],
                        max=IDLE_TIMES[1],
                        mode=NumberSelectorMode.BOX,
                        unit_of_measurement=UnitOfTime.SECONDS,
                    )
                ),
                vol.Coerce(int),
            ),
            vol.Required(CONF_TELL_UNREACHABLE, default=False): BooleanSelector(),
        }
    )
