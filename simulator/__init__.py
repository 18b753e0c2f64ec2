"""A BackHug without hardware, on a real Bluetooth stack.

Written from the text of the open BackHug profile alone; it shares no code with the
integration, so that a mistake in one of them cannot cancel itself out in the other.
"""
