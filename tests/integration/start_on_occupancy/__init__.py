"""Tests of start on occupancy: within a limited time, and only once."""
