"""Tests of programmes without Home Assistant."""
