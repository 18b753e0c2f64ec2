"""The performance of the integration, relative to a reference in the same process."""
