"""Whether a BackHug can be reached: availability, obstacles, long absence."""
