"""Tests of the consultation without Home Assistant."""
