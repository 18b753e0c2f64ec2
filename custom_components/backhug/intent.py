"""Intents of the BackHug integration."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent

from .voice.handlers import handlers


async def async_setup_intents(hass: HomeAssistant) -> None:
    """Register the intent handlers."""
    for handler in handlers():
        intent.async_register(hass, handler)
