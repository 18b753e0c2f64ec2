"""Tests of the blueprints, run by Home Assistant's automations against the simulator."""
