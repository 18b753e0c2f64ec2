"""A household in which anything may happen, at any moment, in time that passes as fast as it can be computed."""

# It lets Home Assistant's clock be stopped, if it comes before Home Assistant.
from pytest_homeassistant_custom_component import patch_time  # noqa: F401
