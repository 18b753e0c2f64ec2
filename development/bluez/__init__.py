"""The development instance over Linux's own Bluetooth; `scripts/bluez` is the way in."""
