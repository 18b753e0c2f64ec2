"""What can be said, sentence by sentence."""
