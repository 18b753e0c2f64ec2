"""The clauses that are checked, and the report about them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, StrEnum
import json
from typing import Any

_FINDING = "Finding and connecting"
_CHARACTERISTICS = "Characteristics"
_FEATURES = "Features — 12 octets"
_STATUS = "Status — 16 octets"
_STREAM = "Tension stream — fragments of at most 20 octets"
_RECORD = "Tension record — 6 + 2F octets"
_CONTROL = "Control point"
_STOP = "Stop"


class Clause(Enum):
    """A clause of the profile: the heading in `docs/profile.md`, and what it demands."""

    NAME = _FINDING, "the local name is BackHug, or BackHug and a space or a hyphen"
    SERVICE_ADVERTISED = _FINDING, "the service's UUID is advertised"
    CONNECTION = _FINDING, "the device stays connected and answers on GATT"
    PRESENT = _CHARACTERISTICS, "the service and its characteristics are there"
    TENSION_PRESENT = (
        _CHARACTERISTICS,
        "both tension characteristics are there exactly if tension is measured",
    )
    PROPERTIES = _CHARACTERISTICS, "each characteristic has the listed properties"
    INFORMATION = _CHARACTERISTICS, "Device Information is text, where it is there"
    ENCRYPTION = (
        _CHARACTERISTICS,
        "where encryption is required, requests work after pairing once",
    )
    FEATURES_LENGTH = _FEATURES, "Features have 12 octets"
    VERSION = _FEATURES, "the major version is 1"
    BOUNDS = _FEATURES, "Features are within their bounds"
    STATUS_LENGTH = _STATUS, "Status has 16 octets"
    RANGES = _STATUS, "Status is within its ranges"
    CHANGE_NOTIFIED = _STATUS, "a change is notified at once"
    EACH_SECOND = _STATUS, "Status is notified once a second in a session"
    TRANSITIONS = _STATUS, "states follow one another as in the diagram"
    TIME = _STATUS, "time runs in a session, and stands still while paused"
    SESSION_NUMBER = _STATUS, "each start adds one to the session number"
    LAST_END = _STATUS, "the end of a stopped session is 2"
    PERSON_LEAVES = _STATUS, "treating pauses while nobody is lying on it, until resume"
    FRAGMENTS = _STREAM, "fragments are well-formed"
    SCANS = _STREAM, "scans are complete, live ones at most twice a second"
    RECORD = _RECORD, "the record holds the session's number and scans"
    ANSWER_FORM = _CONTROL, "an answer is 0x80, opcode, token and result"
    OPCODE_ECHO = _CONTROL, "an answer names the opcode of its request"
    TOKEN_ECHO = _CONTROL, "an answer carries the token of its request"
    ANSWER_TIME = _CONTROL, "each request is answered once, within a second"
    NOTIFIED_FIRST = _CONTROL, "changes are notified before the answer"
    UNKNOWN_OPCODE = _CONTROL, "an unknown opcode is answered 1"
    INVALID_PARAMETER = _CONTROL, "an invalid parameter is answered 2"
    LENGTH_LIMIT = _CONTROL, "more than 60 minutes are refused"
    WRONG_STATE = _CONTROL, "a request that does not fit the state is answered 3"
    NOBODY = _CONTROL, "start is answered 4 while nobody is lying on it"
    UNCHANGED = _CONTROL, "a refused request changes nothing"
    SETTINGS = _CONTROL, "settings are accepted and show in Status"
    START = _CONTROL, "start begins a session with the given settings"
    AS_SHOWN = _CONTROL, "255 keeps a setting at start"
    PAUSE = _CONTROL, "pause and resume do what they say"
    BUSY = _CONTROL, "a request is answered 6 while another one is not answered"
    NO_TOKEN = _CONTROL, "a request without a token is dropped"
    NOT_ENABLED = _CONTROL, "requests fail with 0xFD while indications are disabled"
    STOP_ANSWERED = _STOP, "stop is answered 0"
    STOP_HARMLESS = _STOP, "stop moves nothing in standby"
    STOP_FIRST_OCTET = _STOP, "stop is known by its first octet alone"
    STOP_ALWAYS = _STOP, "stop needs neither encryption nor indications"
    STOP_ENDS = _STOP, "stop ends a session at once"
    STOP_OVERTAKES = _STOP, "stop overtakes a request that is not answered"

    @property
    def section(self) -> str:
        """The heading in `docs/profile.md`."""
        return str(self.value[0])

    @property
    def demand(self) -> str:
        """The demand in a few words."""
        return str(self.value[1])


class Outcome(StrEnum):
    """The outcome of a clause."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


class Report:
    """What was found about each clause: a clause fails if any finding about it does."""

    def __init__(self) -> None:
        """Begin without findings."""
        self._passed: set[Clause] = set()
        self._failures: dict[Clause, dict[str, None]] = {}
        self.remarks: list[str] = []

    def expect(self, clause: Clause, holds: bool, otherwise: str) -> bool:
        """Note whether a clause holds here; return that."""
        if holds:
            self._passed.add(clause)
        else:
            self._failures.setdefault(clause, {})[otherwise] = None
        return holds

    def outcome(self, clause: Clause) -> Outcome:
        """Return the outcome of a clause."""
        if clause in self._failures:
            return Outcome.FAILED
        return Outcome.PASSED if clause in self._passed else Outcome.NOT_CHECKED

    def failures(self, clause: Clause) -> list[str]:
        """Return the different failures of a clause, in their order."""
        return list(self._failures.get(clause, ()))

    def of(self, outcome: Outcome) -> list[Clause]:
        """Return the clauses with an outcome."""
        return [clause for clause in Clause if self.outcome(clause) is outcome]

    @property
    def summary(self) -> str:
        """One line."""
        return ", ".join(f"{len(self.of(each))} {each}" for each in Outcome)

    def text(self) -> str:
        """Return the report for a terminal."""
        lines = []
        section = None
        for clause in Clause:
            if clause.section != section:
                section = clause.section
                lines += ["", section]
            lines.append(f"  {self.outcome(clause):<12} {clause.demand}")
            lines += [f"{'':<15}- {failure}" for failure in self.failures(clause)]
        return "\n".join([*lines, "", *self.remarks, self.summary, ""]).lstrip("\n")

    def markdown(self) -> str:
        """Return the report as Markdown."""
        rows = [
            f"| {clause.section} | {clause.demand} | {self.outcome(clause)} | "
            f"{_cell(self.failures(clause))} |"
            for clause in Clause
        ]
        head = [
            "| section | demand | outcome | findings |",
            "| --- | --- | --- | --- |",
        ]
        title = ["# Conformance to the open BackHug profile 1.0", ""]
        remarks = [line for remark in self.remarks for line in ("", remark)]
        return "\n".join([*title, *head, *rows, *remarks, "", f"{self.summary}.", ""])

    def json(self) -> str:
        """Return the report as JSON."""
        clauses: list[dict[str, Any]] = [
            {
                "clause": clause.name.lower(),
                "section": clause.section,
                "demand": clause.demand,
                "outcome": str(self.outcome(clause)),
                "findings": self.failures(clause),
            }
            for clause in Clause
        ]
        content = {"profile": "1.0", "remarks": self.remarks, "clauses": clauses}
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _cell(findings: Iterable[str]) -> str:
    return "<br>".join(finding.replace("|", "\\|") for finding in findings)
