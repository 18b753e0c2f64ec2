"""A client for the BackHug over Bluetooth LE, independent of Home Assistant."""
