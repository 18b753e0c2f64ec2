"""Tests of the simulator against the text of the profile."""
