"""BackHugs whose protocol a person has described in a file."""
