"""Tests of the card in a real browser, against a real Home Assistant."""
