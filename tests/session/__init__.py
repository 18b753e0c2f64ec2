"""Tests of session tracking, without Home Assistant."""
