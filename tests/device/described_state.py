"""The shown state of a described device, without a device."""

from __future__ import annotations

from typing import Any

from custom_components.backhug.device.model import State, Status
from custom_components.backhug.device.protocols.described.state import DescribedState
from custom_components.backhug.device.protocols.protocol import Request, Values

from .described import described
from .description_texts import plain

SET = 'start: {write: "10"}\n  set_length: {write: "12 {minutes}"}'
AT_START = 'start: {write: "10 {minutes}"}'
UNSET = 'start: {write: "10"}'


class Device:
    """The shown state of a device, and a clock."""

    def __init__(self, commands: str, *fields: str) -> None:
        """Begin in standby."""
        minutes = "minutes: {min: 1, max: 60}\n  " if "{minutes}" in commands else ""
        text = (
            plain("kind: raw", "11")
            .replace(
                "commands:",
                "parameters:\n"
                f"  {minutes}area: {{map: {{full_back: '01', lower_back: '02'}}}}\n"
                "  strength: {min: 1, max: 8}\n"
                'messages:\n  - name: status\n    match: ""\n    fields:\n'
                '      state: {octet: 0, map: {"00": standby, "01": treating, "02": paused}}\n'
                + "".join(
                    f"      {name}: {{octet: {at}, size: 2"
                    + (
                        ', map: {"0001": full_back, "0002": lower_back}}\n'
                        if name == "area"
                        else "}\n"
                    )
                    for at, name in enumerate(fields, 1)
                )
                + f'commands:\n  {commands}\n  set_area: {{write: "21 {{area}}"}}\n'
                '  set_strength: {write: "22 {strength}"}',
            )
            .replace('match: ""', 'match: ".."')
        )
        text = text.replace("'", '"')
        self.now = 1000.0
        self.state = DescribedState(described(text), lambda: self.now)
        self.reports(State.STANDBY)

    def reports(self, state: State, **values: Any) -> Status:
        """Report values; return what is shown."""
        self.state.take({"state": state, **values})
        return self.status

    def set(self, request: Request = Request.SET_LENGTH, **values: Any) -> Status:
        """Carry out a request; return what is shown."""
        self.state.carried_out(request, Values(**values))
        return self.status

    @property
    def status(self) -> Status:
        """What is shown."""
        return self.state.status()
