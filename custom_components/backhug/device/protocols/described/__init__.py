"""Protocols that are described as data, see docs/protocol-description.md."""
