"""The Home Assistant instance that `scripts/develop` starts."""
