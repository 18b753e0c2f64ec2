"""The kit: from a phone's Bluetooth log to a description of a BackHug's protocol."""
