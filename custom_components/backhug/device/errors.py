"""What can go wrong with a BackHug, each with a reason that can be told to a person."""

from __future__ import annotations

from typing import ClassVar

from .model import Fault


class BackHugError(Exception):
    """Base of all errors of this package.

    `reason` names the error in a stable way, for looking up a translated text.
    """

    reason: ClassVar[str]


class RadioError(BackHugError):
    """The radio did not do its part."""


class NotReachableError(RadioError):
    """No connection could be made in time; nothing was sent."""

    reason = "not_reachable"


class LinkLostError(RadioError):
    """The connection was lost on the way: whether the device acted is not known."""

    reason = "link_lost"


class NoAnswerError(RadioError):
    """The device took the request and did not answer, and its status shows no effect."""

    reason = "no_answer"


class PairingError(RadioError):
    """The device demands an encrypted link, and pairing failed."""

    reason = "pairing_failed"


class StopPendingError(RadioError):
    """A stop could not be delivered yet; it is, on reconnection, if the session still runs."""

    reason = "stop_pending"


class ReleasedError(BackHugError):
    """The connection is released, for another client: nothing is sent."""

    reason = "released"


class StoppedFirstError(BackHugError):
    """A stop came before this command was carried out, which is therefore not sent."""

    reason = "stopped_first"


class RequestError(BackHugError):
    """The device refuses this request, or would."""


class BusyError(RequestError):
    """Another request is not through yet: the device says so (result 6), or the radio still has it."""

    reason = "busy"


class NotSupportedError(RequestError):
    """The device does not know this request (result 1), or does not offer this value."""

    reason = "not_supported"


class InvalidParameterError(RequestError):
    """The device does not take this value (result 2)."""

    reason = "invalid_parameter"


class WrongStateError(RequestError):
    """Not in the state that the device is in (result 3)."""

    reason = "wrong_state"


class NobodyOnItError(RequestError):
    """Nobody is lying on the device, which senses that (result 4)."""

    reason = "nobody_on_it"


class InFaultError(RequestError):
    """The device has a fault (result 5)."""

    reason = "in_fault"

    def __init__(self, fault: Fault) -> None:
        """Name the fault that the device reports."""
        super().__init__(fault)
        self.fault = fault


class UnknownStateError(RequestError):
    """The device is in a state that this version of the profile does not name."""

    reason = "unknown_state"


class UnknownValueError(RadioError):
    """A step cannot be taken: the device does not report the value that it would start from."""

    reason = "unknown_value"


class OtherSessionError(RequestError):
    """Another session has begun since the request was made; nothing is started."""

    reason = "other_session"


class RefusedError(RequestError):
    """The device refused, for a reason that this version of the profile does not name."""

    reason = "refused"


class IncompatibleError(BackHugError):
    """The device is one that cannot be operated."""


class UnknownProtocolError(IncompatibleError):
    """It calls itself a BackHug but does not offer the service of a known profile."""

    reason = "unknown_protocol"


class UnsupportedVersionError(IncompatibleError):
    """It speaks another major version of the profile."""

    reason = "unsupported_version"

    def __init__(self, major: int, minor: int | None) -> None:
        """Name the version, as far as it could be read."""
        super().__init__(major, minor)
        self.version = f"{major}.{'x' if minor is None else minor}"


class ContradictoryFeaturesError(IncompatibleError):
    """Its features are not within the bounds of the profile."""

    reason = "contradictory_features"


class MalformedError(BackHugError):
    """A value does not have the layout that the profile gives it, or contradicts itself."""

    reason = "malformed"
