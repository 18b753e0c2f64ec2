"""Output for the person at the terminal."""

import sys


def say(text: str) -> None:
    """Print a line at once, also where standard output is a file."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
