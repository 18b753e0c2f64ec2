"""An owner's tasks, carried out on the running development instance."""
