"""The icon and the logo, drawn for this project."""
