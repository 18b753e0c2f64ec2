"""Tests of the device package, over a simulated radio and Home Assistant's own Bluetooth."""
