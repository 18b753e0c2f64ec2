"""Voice: the sentences, one by one, and their targets."""
