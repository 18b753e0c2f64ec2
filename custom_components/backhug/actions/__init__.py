"""Actions with a subject of their own."""
