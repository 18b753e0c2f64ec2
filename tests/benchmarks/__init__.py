"""Tests of the benchmarks: they run, count correctly, and report missed bars."""
