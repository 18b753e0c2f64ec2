"""Protocols: the octets exchanged with a device."""
