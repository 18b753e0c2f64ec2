"""The tests; docs/development.md describes their folders."""
