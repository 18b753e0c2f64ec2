"""Timeouts and intervals of the client, in seconds."""

from __future__ import annotations

from typing import Final

COMMAND_TIMEOUT: Final = 9.0
"""For a command, from the call to its result."""
READ_TIMEOUT: Final = 5.0
STOP_PATIENCE: Final = 3.0
"""For a stop on one connection, before another one is made for it."""
GLANCE_TIMEOUT: Final = 1.0
"""For reading whether an unanswered stop has worked."""
RETRY_INTERVAL: Final = 0.2
"""Before a stop that the radio did not take is written again."""
WRITE_GRACE: Final = 0.5
"""For a write to complete that is answered already."""
GIVE_UP_GRACE: Final = 0.5
"""For the write of a command that its caller has cancelled."""
BLOCKED_TIMEOUT: Final = 4.0
"""For the response to an earlier write, or to a subscription, before another connection is made."""
SETTER_INTERVAL: Final = 0.4
"""Between two writes of one setting: a slider drag sends its newest value only."""
QUIET_RUNNING: Final = 5.0
"""Without a well-formed Status, after which it is read: one may be lost or torn, or the connection dead."""
QUIET_IDLE: Final = 30.0
"""Likewise in standby and fault."""
LONGEST_SESSION: Final = 3600.0
"""After which a session that was seen to run is over."""
STALE: Final = 60.0
"""Without a connection, after which a session may run that was not seen to begin."""
SECOND_READING: Final = 2.0
"""After which a second reading may confirm an unexpected session number: the counter may dip or jump briefly."""
