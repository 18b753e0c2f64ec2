"""Checks whether a device keeps to the open BackHug profile, clause by clause."""
