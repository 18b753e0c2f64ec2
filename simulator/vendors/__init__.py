"""Beds of invented vendors: each speaks a protocol of its own, unlike the profile."""
