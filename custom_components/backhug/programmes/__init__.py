"""Programmes: sequences of steps that a session runs through."""
