"""Reachability of a BackHug: availability, obstacles, long absence."""
