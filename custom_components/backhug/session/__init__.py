"""Sessions: start, stop, change, and what is remembered of them."""
