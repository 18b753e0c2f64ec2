"""Fuzz tests of input from the air, from files and from callers."""
