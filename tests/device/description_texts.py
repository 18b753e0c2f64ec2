"""Description files, whole and in part."""

from __future__ import annotations

from simulator.vendors.murmur import Murmur
from simulator.vendors.relaxa import Relaxa

from .described import text_of

RELAXA, MURMUR = text_of(Relaxa), text_of(Murmur)


def plain(frame: str, octets: str) -> str:
    """Return a small description with another frame."""
    return f"""
format: 1
name: "x"
match: {{name: "x"}}
link: {{service: "ffe0", write: "ffe1", notify: "ffe1"}}
frame:
  {frame}
commands:
  stop: {{write: "11"}}
evidence:
  source: "x"
  confidence: {{stop: confirmed}}
  vectors:
    - {{command: stop, octets: ["{octets}"]}}
"""


MESSAGES = """
messages:
  - name: told
    match: "@"
    split: ","
    fields:
      state: {part: 0, map: {"@ON": treating, "@OFF": standby}}
      strength: {part: 1, scale: 2, add: 1}
"""


def with_messages(text: str = MESSAGES) -> str:
    """Return the description of text lines with messages in it."""
    return MURMUR.replace("\nevidence:", f"{text}\nevidence:")
