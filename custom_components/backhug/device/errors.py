"""Errors of a BackHug; each `reason` has a text for users."""

from __future__ import annotations

from typing import ClassVar

from .model import Fault


class BackHugError(Exception):
    """Base of all errors of this package.

    `reason` is the key of the translated text.
    """

    reason: ClassVar[str]


class RadioError(BackHugError):
    """The Bluetooth connection failed."""


class NotReachableError(RadioError):
    """No connection could be made in time; nothing was sent."""

    reason = "not_reachable"


class LinkLostError(RadioError):
    """The connection was lost during a request: whether the device acted is unknown."""

    reason = "link_lost"


class NoAnswerError(RadioError):
    """The device did not answer a request, and its status shows no effect."""

    reason = "no_answer"


class PairingError(RadioError):
    """The device demands encryption, and pairing failed."""

    reason = "pairing_failed"


class StopPendingError(RadioError):
    """A stop is not delivered yet; it will be on reconnection if the session is still running."""

    reason = "stop_pending"


class ReleasedError(BackHugError):
    """The connection is released for another client; nothing is sent."""

    reason = "released"


class StoppedFirstError(BackHugError):
    """A stop overtook this command."""

    reason = "stopped_first"


class RequestError(BackHugError):
    """The device refuses this request, or would refuse it."""


class BusyError(RequestError):
    """Another request is still under way, in the device (result 6) or in the radio."""

    reason = "busy"


class NotSupportedError(RequestError):
    """The device does not offer this request (result 1)."""

    reason = "not_supported"


class InvalidParameterError(RequestError):
    """The device does not accept this value (result 2)."""

    reason = "invalid_parameter"


class WrongStateError(RequestError):
    """The device does not accept this request in its present state (result 3)."""

    reason = "wrong_state"


class NobodyOnItError(RequestError):
    """Nobody is lying on a device that senses occupancy (result 4)."""

    reason = "nobody_on_it"


class InFaultError(RequestError):
    """The device has a fault (result 5)."""

    reason = "in_fault"

    def __init__(self, fault: Fault) -> None:
        """Take the reported fault."""
        super().__init__(fault)
        self.fault = fault


class UnsupervisedError(RequestError):
    """Strength above half was requested before the first supervised session of a described device."""

    reason = "unsupervised"


class UnknownStateError(RequestError):
    """The device is in a state that this version of the profile does not define."""

    reason = "unknown_state"


class UnknownValueError(RadioError):
    """The device does not report the value that a step is relative to."""

    reason = "unknown_value"


class OtherSessionError(RequestError):
    """Another session has begun since the request; nothing is started."""

    reason = "other_session"


class RefusedError(RequestError):
    """The device refused for a reason that this version of the profile does not define."""

    reason = "refused"


class IncompatibleError(BackHugError):
    """The device cannot be operated."""


class UnknownProtocolError(IncompatibleError):
    """A device with the name of a BackHug lacks the service of a known profile."""

    reason = "unknown_protocol"


class LockedError(IncompatibleError):
    """The device refused the handshake of its description."""

    reason = "locked"


class NotPairedError(IncompatibleError):
    """The device demands encryption before anything else, and pairing failed."""

    reason = "not_paired"


class UnsupportedVersionError(IncompatibleError):
    """The device has another major version of the profile."""

    reason = "unsupported_version"

    def __init__(self, major: int, minor: int | None) -> None:
        """Take the version; the minor one may be unreadable."""
        super().__init__(major, minor)
        self.version = f"{major}.{'x' if minor is None else minor}"


class ContradictoryFeaturesError(IncompatibleError):
    """The features are outside the bounds of the profile."""

    reason = "contradictory_features"


class MalformedError(BackHugError):
    """A value violates the layout of the profile, or is inconsistent."""

    reason = "malformed"
