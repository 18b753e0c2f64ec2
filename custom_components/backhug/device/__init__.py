"""The BackHug itself, over Bluetooth LE: knows nothing of Home Assistant."""
