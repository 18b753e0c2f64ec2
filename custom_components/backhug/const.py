"""Names that several modules share."""

from typing import Final

DOMAIN: Final = "backhug"

CONF_CONNECTION: Final = "connection"
CONF_DEFAULT_PERSON: Final = "default_person"
CONF_DESCRIPTION: Final = "description"
CONF_FEATURES: Final = "features"
CONF_HOLD_CONNECTION: Final = "hold_connection"
CONF_IDLE_TIME: Final = "idle_time"
CONF_INFORMATION: Final = "information"
CONF_LAST_CONTACT: Final = "last_contact"
CONF_SUPERVISED: Final = "supervised"
"""Set once a stop was seen to end a session of a described device."""
CONF_TELL_UNREACHABLE: Final = "tell_unreachable"

CONNECTION_ALWAYS: Final = "always"
CONNECTION_ON_DEMAND: Final = "on_demand"

DEFAULT_IDLE_TIME: Final = 60
"""Seconds until an idle connection on demand is closed."""

GUEST: Final = "guest"
"""Stands for the id of a person whose sessions are only counted."""

LANGUAGES: Final = ("en", "de")
"""Supported languages; the first is the fallback."""

SUBENTRY_PROGRAMME: Final = "programme"

EVENT_SESSION_ENDED: Final = f"{DOMAIN}_session_ended"
"""Event on the bus, for the logbook; automations use the event entity."""

HELP_URL: Final = (
    "https://github.com/backhug-home-assistant/backhug#how-an-owner-can-help"
)
"""Help for owners of unsupported devices."""
TROUBLE_URL: Final = "https://github.com/backhug-home-assistant/backhug/blob/main/docs/any-backhug.md#when-it-does-not-work"
"""Help with a device that was set up by a description."""
HELP_URLS: Final = {"locked": TROUBLE_URL, "not_paired": TROUBLE_URL}
"""Help by the reason for which a device cannot be operated; `HELP_URL` for all others."""
MAKING_URL: Final = "https://github.com/backhug-home-assistant/backhug/blob/main/docs/protocol-description.md"
"""How to describe a protocol."""

UNKNOWN_EFFECT: Final = ("link_lost", "no_answer")
"""Keys of the errors after which the device may or may not have carried out the command."""
