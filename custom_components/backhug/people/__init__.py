"""Several people who share one BackHug."""
