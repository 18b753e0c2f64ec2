"""Tests of the development instance."""
