"""The tests; docs/development.md tells what is where."""
