"""Fixtures of the tracker."""

import pytest

from .tracked_device import Device


@pytest.fixture
def device() -> Device:
    """Return a device that was seen in standby after its fourth session."""
    device = Device()
    assert device.look() == []
    return device
