"""Tests of the plans that people follow."""
