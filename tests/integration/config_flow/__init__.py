"""Tests of the config flow: discovered or chosen, confirmed, contacted once, added."""
