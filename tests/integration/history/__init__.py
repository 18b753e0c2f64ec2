"""Tests of the history of sessions, over the link and in real files."""
