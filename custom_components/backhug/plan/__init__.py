"""The plans that people follow after a consultation."""
