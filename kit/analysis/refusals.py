"""Recognises answers in lines that mean no."""

from __future__ import annotations

import re

REFUSAL = re.compile(
    rb"[^0-9A-Za-z]{0,2}(?:NAC?K|NOK|ERR(?:OR)?|FAIL(?:ED)?|REFUSED|DENIED|REJECT(?:ED)?|BUSY)(?![0-9A-Za-z])",
    re.IGNORECASE,
)


def is_refusal(payload: bytes, is_text: bool) -> bool:
    """Return whether a line begins with a word such as NAK or ERR; octets tell nothing."""
    return is_text and REFUSAL.match(payload) is not None
