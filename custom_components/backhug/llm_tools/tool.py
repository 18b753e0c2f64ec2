"""Base of the tools for language models: parameters, errors, annotations."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, override

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import intent
from homeassistant.helpers.llm import (
    LLMContext,
    Tool,
    ToolAnnotations,
    ToolInput,
    ToolResult,
)
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import DOMAIN
from ..programmes.model import whole_number
from ..service_fields import ATTR_AREA, ATTR_FLOW
from .targeting import TargetError

MOST_STRONGER: Final = 2
"""Levels by which one call may raise the strength, so that the person feels each step."""
MOST_LEVELS: Final = 20
"""Maximum of all devices."""

READS: Final = ToolAnnotations(
    read_only=True, destructive=False, idempotent=True, open_world=False
)
ADDS: Final = ToolAnnotations(destructive=False, open_world=False)
MOVES: Final = ToolAnnotations(open_world=False)
# Not destructive: a client may ask for confirmation first, which would delay a stop.
STOPS: Final = ToolAnnotations(destructive=False, idempotent=True, open_world=False)


class RefusedError(Exception):
    """The call is refused; the message is a sentence for the model."""


def whole(lowest: int, highest: int) -> Any:
    """Return the schema of a whole number."""

    def parse(value: Any) -> int:
        try:
            return whole_number(value, lowest, highest)
        except ValueError as error:
            raise vol.Invalid(str(error)) from error

    # The others describe it to the model.
    return vol.All(parse, vol.Coerce(int), vol.Range(min=lowest, max=highest))


def one_of(values: Iterable[str]) -> Any:
    """Return the schema of a choice."""
    return vol.In([str(value) for value in values])


class BackHugTool(Tool):
    """A tool for the BackHugs exposed to the assistant."""

    integration = DOMAIN

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext
    ) -> ToolResult:
        """Validate the arguments and call the tool; errors are returned as sentences."""
        try:
            args = self._arguments(tool_input.tool_args)
            answer = await self._async_answer(hass, args, llm_context)
        except (HomeAssistantError, TargetError, RefusedError) as error:
            return ToolResult(data={"error": sentence(error)}, error=True)
        return ToolResult(data=answer)

    def _arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the validated arguments, without the blank ones that models often send.

        Raises RefusedError if they do not match the parameters.
        """
        try:
            args: dict[str, Any] = self.parameters(
                {
                    name: value
                    for name, value in given.items()
                    if not intent.is_blank_slot_value(value)
                }
            )
        except vol.MultipleInvalid as error:
            raise RefusedError(
                "; ".join(
                    f"{'.'.join(map(str, each.path))}: {each.msg}"
                    for each in error.errors
                )
            ) from error
        return args

    @abstractmethod
    async def _async_answer(
        self, hass: HomeAssistant, args: dict[str, Any], context: LLMContext
    ) -> JsonObjectType:
        """Carry out the call and return the answer.

        Raises HomeAssistantError, TargetError or RefusedError.
        """


def area_and_flow(areas: Sequence[str], flows: Sequence[str]) -> dict[Any, Any]:
    """Return the parameters for area and flow, each only if there is a choice."""
    fields: dict[Any, Any] = {}
    if areas:
        fields[vol.Optional(ATTR_AREA, description="Of the back.")] = one_of(areas)
    if flows:
        fields[vol.Optional(ATTR_FLOW, description="How the fingers move.")] = one_of(
            flows
        )
    return fields


def sentence(error: Exception) -> str:
    """Return an error as a sentence."""
    if isinstance(error, Unauthorized):
        return "The user who asks is not allowed to do that with this BackHug."
    text = str(error)
    return text if text.endswith((".", "?", "!")) else f"{text}."
