"""Values that no device should send."""

from __future__ import annotations

STATUS = "malformed status"


FRAGMENT = "malformed tension fragment"


ANSWER = "malformed answer"


GOOD_STATUS = bytes.fromhex("00 00 03 00 00 01 b0 04 00 00 00 00 00 00 00 00")
