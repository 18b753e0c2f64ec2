"""One owner's evening: a capture, a device in it, notes, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .analysis.align import Alignment
from .analysis.study import Study, fit, study
from .analysis.wire import Message, Wire, find_wire
from .capture import Capture
from .capture.gatt import brief
from .describe import Description, describe
from .devices import Device, find_devices
from .draft import make_draft, plain
from .notes import MOST_MINUTES, Note, read_notes
from .owner import Minutes, with_minutes
from .playback import play_back
from .proposal import Draft, Proposal, Verdict
from .share import make_bundle
from .states import Playback

ENDS_AFTER = "limits.ends_after"
STATE_NAMES = ("standby", "scanning", "treating", "paused", "finishing", "fault")
MOST_TRIED = 6  # devices
MOST_SHOWN = 12  # frames of a press


class WorkbenchError(Exception):
    """Something is asked for that is not there yet."""


@dataclass(slots=True)
class Workbench:
    """Everything that is open; there is one, as there is one owner."""

    capture: Capture | None = None
    devices: list[Device] = field(default_factory=list)
    device: Device | None = None
    notes: list[Note] = field(default_factory=list)
    draft: Draft | None = None
    chosen: bool = False  # by the owner
    ends_after: int | None = None  # minutes, by the owner
    _wires: dict[str, Wire | None] = field(default_factory=dict)
    _judged: dict[str, tuple[Verdict, object]] = field(default_factory=dict)
    """The owner's verdict on each proposal of the chosen device, and its value then."""

    def open(self, capture: Capture) -> None:
        """Take a capture; the likeliest device is chosen."""
        self.capture = capture
        self.devices = find_devices(capture)
        self._wires = {}
        self._judged = {}
        self.chosen = False
        self.device = self.devices[0] if self.devices else None
        if self.notes:
            self._choose_by_notes()
        self._study()

    def choose(self, key: str) -> None:
        """Choose another device; raise WorkbenchError if there is none of this key."""
        device = next((item for item in self.devices if item.key == key), None)
        if device is None:
            raise WorkbenchError(f"There is no device {key} in this capture.")
        self.device = device
        self.chosen = True
        self._judged = {}
        self._study()

    def take_notes(self, text: str) -> None:
        """Take notes as CSV; raise NoteError if they cannot be understood.

        What the owner corrected or left open stays, and what they accepted, unless the notes change its value.
        """
        self.notes = read_notes(text)
        before = self.device
        if not self.chosen:
            self._choose_by_notes()
        if self.device is not before:
            self._judged = {}
        self._study_again()

    def _study_again(self) -> None:
        """Study the device again, and keep what the owner said."""
        self._study()
        for path, (verdict, value) in self._judged.items():
            proposal = self.draft and self.draft.find(path)
            if proposal and (
                verdict is not Verdict.ACCEPTED or proposal.value == value
            ):
                proposal.verdict = verdict
                if verdict is Verdict.CORRECTED:
                    proposal.value = value

    def judge(self, path: str, verdict: Verdict, value: object = None) -> None:
        """Accept, correct or leave open a proposal; raise WorkbenchError if it does not exist."""
        proposal = self.current.find(path)
        if proposal is None:
            raise WorkbenchError(f"There is no proposal {path}.")
        if verdict is Verdict.CORRECTED:
            if type(value) is not type(proposal.value):
                raise WorkbenchError(
                    f"{proposal.title}: write it in the form that it had."
                )
            if (
                path == ENDS_AFTER
                and isinstance(value, int)
                and not 0 < value <= MOST_MINUTES
            ):
                raise WorkbenchError(f"{proposal.title}: 1 to {MOST_MINUTES}.")
            proposal.value = value
        proposal.verdict = verdict
        self._judged[path] = verdict, proposal.value
        if path == ENDS_AFTER:
            said = verdict in {Verdict.ACCEPTED, Verdict.CORRECTED}
            minutes = proposal.value
            self.ends_after = minutes if said and isinstance(minutes, int) else None
            self._study_again()

    def name_states(self, meanings: dict[str, str]) -> None:
        """Add to the states what reported values mean; raise WorkbenchError if there is no state."""
        if not meanings:
            return
        places = {
            f"messages.{group.name}.state": (group, item)
            for group in self.current.study.messages
            for item in group.fields
            if item.name == "state"
        }
        if not places:
            raise WorkbenchError("No state was found in what the device reports.")
        # The status itself, if others show the state as well.
        path = min(places)
        group, item = places[path]
        received = {item.feature.of(message.payload) for message in group.messages}
        for value in meanings:
            if value not in received:
                known = ", ".join(sorted(one for one in received if one is not None))
                raise WorkbenchError(
                    f"--state {value}: the device never reported that as its state. It reported {known}."
                )
        proposal = self.current.find(path)
        if proposal is None or not isinstance(proposal.value, dict):
            return
        # The owner says what these values mean, and nothing of the others: the verdict stays.
        proposal.value |= {"map": proposal.value.get("map", {}) | meanings}
        answered = tuple(f"{group.name}: “{value}” is reported" for value in meanings)
        remarks = self.current.study.remarks
        remarks[:] = [line for line in remarks if not line.startswith(answered)] + [
            f"{value}: {meaning}, as you said" for value, meaning in meanings.items()
        ]

    def set_minutes(self, minutes: Minutes) -> None:
        """Take the minutes that the app offers; raise OwnerError if they cannot be."""
        path = "parameters.minutes"
        proposal = self.current.find(path)
        study_ = self.current.study
        if proposal is None or not isinstance(proposal.value, dict) or not study_.wire:
            raise WorkbenchError("--minutes: no command with minutes was found.")
        pressed = {
            value
            for command in study_.commands.commands
            for value in command.encodings.get("minutes", ())
        }
        value = with_minutes(
            proposal.value, minutes, pressed, is_text=study_.wire.is_text
        )
        self.judge(path, Verdict.CORRECTED, value)
        proposal.evidence = "as you said"

    @property
    def current(self) -> Draft:
        """The draft; raise WorkbenchError if there is none."""
        if self.draft is None:
            raise WorkbenchError("Open a capture first.")
        return self.draft

    def describe(self) -> Description:
        """Return the description as far as it goes."""
        return describe(self.current)

    def play_back(self) -> Playback:
        """Hold the description against the capture."""
        return play_back(self.current, self.describe().text)

    def check(self, text: str, name: str) -> Playback:
        """Hold a description that was edited by hand against the capture."""
        return play_back(self.current, text, name)

    def bundle(self) -> bytes:
        """Return what may be shared."""
        addresses = [device.address for device in self.devices if device.address]
        return make_bundle(self.current.study, self.describe().text, addresses)

    def _choose_by_notes(self) -> None:
        """Choose the device whose writes the notes fit best, of those that are likely."""
        if len(self.devices) < 2:
            return
        rated = [
            (fit(self._wire(device), self.notes), -place, device)
            for place, device in enumerate(self.devices[:MOST_TRIED])
        ]
        self.device = max(rated, key=lambda item: item[:2])[2]

    def _study(self) -> None:
        device = self.device
        self.draft = None
        if device is not None:
            found = study(device, self._wire(device), self.notes, self.ends_after)
            self.draft = make_draft(found)
            if found.wire is not None:
                self.draft.proposals.append(self._ends_after())

    def _ends_after(self) -> Proposal:
        """Return what only the owner knows."""
        said = self.ends_after is not None
        return Proposal(
            ENDS_AFTER,
            "Minutes after which it ends a session by itself",
            self.ends_after or MOST_MINUTES,
            "as you said" if said else "not known: correct it if no minutes can be set",
            1.0 if said else 0.0,
            Verdict.ACCEPTED if said else Verdict.OPEN,
        )

    def _wire(self, device: Device) -> Wire | None:
        """Return how a device frames; found once."""
        if device.key not in self._wires:
            self._wires[device.key] = find_wire(device)
        return self._wires[device.key]

    def as_dict(self) -> dict[str, object]:
        """Return all of it as the page shows it."""
        if self.capture is None:
            return {"capture": None, "notes": len(self.notes)}
        return {
            "capture": {
                "name": self.capture.name,
                "kind": self.capture.kind,
                "packets": len(self.capture.packets),
                "remarks": self.capture.remarks,
            },
            "devices": [
                {
                    "key": item.key,
                    "name": item.name,
                    "reasons": item.reasons,
                    "chosen": item is self.device,
                }
                for item in self.devices
            ],
            "table": table(self.device) if self.device else [],
            "notes": len(self.notes),
        } | (self._found() if self.draft else {})

    def _found(self) -> dict[str, object]:
        draft = self.current
        description = self.describe()
        playback = self.play_back()
        return {
            "alignment": alignment(draft.study),
            "presses": presses(draft.study),
            "remarks": draft.study.remarks,
            "proposals": [proposal.as_dict() for proposal in draft.proposals],
            "description": description.text,
            "blocking": description.blocking,
            "missing": description.missing,
            "playback": {"lines": playback.lines, "wrong": playback.wrong},
        }


def table(device: Device) -> list[dict[str, object]]:
    """Return the GATT table in the order of handles."""
    return [
        {
            "service": brief(item.service) if item.service else "",
            "uuid": brief(item.uuid),
            "handle": item.handle,
            "abilities": item.abilities,
        }
        for _, item in sorted(device.table.characteristics.items())
    ]


def alignment(study_: Study) -> str:
    """Return in words how the notes lie on the capture."""
    found = study_.alignment
    if found is None:
        return ""
    return (
        f"{found.matched} of {len(found.presses)} notes have writes beside them, {found.deviation} s away on average; "
        f"{_clocks(found)}{found.unexplained} groups of writes have no note. "
        f"Confidence {found.confidence:.0%}."
    )


def _clocks(found: Alignment) -> str:
    """Return how the clocks differ, but for the date and the time zone."""
    quarter = 900  # seconds: time zones differ by that
    apart = (found.offset + quarter / 2) % quarter - quarter / 2
    return f"the clocks differ by {abs(apart):.1f} s. "


def presses(study_: Study) -> list[dict[str, object]]:
    """Return each note with what was written."""
    wire = study_.wire
    if study_.alignment is None or wire is None:
        return []
    return [
        {
            "time": round(press.time - study_.alignment.presses[0].time, 1),
            "label": press.note.label + (f" ({press.doubt})" if press.doubt else ""),
            "payloads": _shown(press.burst.messages, wire) if press.burst else [],
        }
        for press in study_.alignment.presses
    ]


def _shown(messages: Sequence[Message], wire: Wire) -> list[str]:
    return [plain(message.payload, wire.is_text) for message in messages[:MOST_SHOWN]]
