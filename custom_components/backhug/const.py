"""Names that several modules share."""

from typing import Final

DOMAIN: Final = "backhug"

CONF_FEATURES: Final = "features"
CONF_HOLD_CONNECTION: Final = "hold_connection"
CONF_INFORMATION: Final = "information"

SUBENTRY_PROGRAMME: Final = "programme"

HELP_URL: Final = (
    "https://github.com/backhug-home-assistant/backhug#how-an-owner-can-help"
)
"""Where an owner of a device that cannot be operated yet learns how to help."""
