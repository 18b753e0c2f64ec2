"""Requests as they are written."""

START = b"\x14\xff\xff\xff"
