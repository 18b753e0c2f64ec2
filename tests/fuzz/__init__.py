"""What comes from the air and from files, whatever it may be."""
