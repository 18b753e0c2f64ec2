"""Tests of the benchmarks: that they run, count right, and tell what is not good enough."""
