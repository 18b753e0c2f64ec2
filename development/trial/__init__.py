"""What an owner does, gone through on the running development instance."""
