"""Tests of reconfiguring: the same BackHug contacted again, or replaced by another one."""
