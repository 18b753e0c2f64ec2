"""Proposals that a person accepts, corrects or leaves open."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum

from .analysis.study import Study
from .redact import Redactor


class Verdict(Enum):
    """What the person says of a proposal."""

    PROPOSED = "proposed"  # nobody has looked at it; it is used as tentative
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    OPEN = "open"  # left out


@dataclass(slots=True)
class Proposal:
    """One part of the description; `path` names its place in it."""

    path: str
    title: str
    value: object
    evidence: str
    confidence: float
    verdict: Verdict = Verdict.PROPOSED

    def as_dict(self) -> dict[str, object]:
        """Return it as the page gets it."""
        return asdict(self) | {"verdict": self.verdict.value}


@dataclass(slots=True)
class Draft:
    """All proposals about one device."""

    study: Study
    proposals: list[Proposal] = field(default_factory=list)

    @property
    def redactor(self) -> Redactor:
        """What must not be in the description."""
        return Redactor(self.study.device, [])

    def find(self, path: str) -> Proposal | None:
        """Return the proposal of a path."""
        return next((item for item in self.proposals if item.path == path), None)

    def used(self, path: str) -> object | None:
        """Return the value of a proposal that is not left open."""
        proposal = self.find(path)
        return (
            None
            if proposal is None or proposal.verdict is Verdict.OPEN
            else proposal.value
        )
