"""Constants of the simulator component."""

from homeassistant.const import Platform

DOMAIN = "backhug_simulator"
BACKHUG = "backhug"
"""The domain of the integration that is being developed."""

CONF_SPEED = "speed"
CONF_PROXY = "proxy"
"""Whether Home Assistant reaches the devices over an ESPHome Bluetooth proxy."""
CONF_RADIO = "radio"
"""Where the devices are: the path of a radio's socket, or `VIRTUAL`."""
VIRTUAL = "virtual"
"""On a virtual radio within Home Assistant."""
CONF_ADDED = "added"
"""In the entry: the first device was added once, so it is not added again."""

PLATFORMS = [Platform.BUTTON, Platform.SENSOR, Platform.SWITCH]
