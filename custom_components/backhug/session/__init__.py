"""Sessions: start, stop, change and history."""
