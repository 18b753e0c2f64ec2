"""The soak: random operations in a simulated household, in virtual time."""

# Imported before Home Assistant, it allows its clock to be frozen.
from pytest_homeassistant_custom_component import patch_time  # noqa: F401
