"""What the tools for language models have in common: what is asked for, what goes wrong."""

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
from ..services import ATTR_AREA, ATTR_FLOW
from .targeting import NotMeantError

MOST_STRONGER: Final = 2
"""Levels by which one call may raise the strength: the person is to feel it before it goes on."""
MOST_LEVELS: Final = 20
"""That any device has."""

READS: Final = ToolAnnotations(
    read_only=True, destructive=False, idempotent=True, open_world=False
)
ADDS: Final = ToolAnnotations(destructive=False, open_world=False)
MOVES: Final = ToolAnnotations(open_world=False)
# A client may ask the person before anything destructive: nothing is to come before a stop.
STOPS: Final = ToolAnnotations(destructive=False, idempotent=True, open_world=False)


class RefusedError(Exception):
    """What a model asks for is not done; the message is a sentence that says why."""


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
    """A tool that does something with one BackHug that is exposed to the assistant."""

    integration = DOMAIN

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext
    ) -> ToolResult:
        """Check what is asked for, do it, and answer; what goes wrong is a sentence."""
        try:
            args = _arguments(self.parameters, tool_input.tool_args)
            answer = await self._async_answer(hass, args, llm_context)
        except (HomeAssistantError, NotMeantError, RefusedError) as error:
            return ToolResult(data={"error": sentence(error)}, error=True)
        return ToolResult(data=answer)

    @abstractmethod
    async def _async_answer(
        self, hass: HomeAssistant, args: dict[str, Any], context: LLMContext
    ) -> JsonObjectType:
        """Do it, and return what the model is answered.

        Raises HomeAssistantError, NotMeantError or RefusedError.
        """


def area_and_flow(areas: Sequence[str], flows: Sequence[str]) -> dict[Any, Any]:
    """Return the schema of an area and a flow, as far as there are any to choose from."""
    fields: dict[Any, Any] = {}
    if areas:
        fields[vol.Optional(ATTR_AREA, description="Of the back.")] = one_of(areas)
    if flows:
        fields[vol.Optional(ATTR_FLOW, description="How the fingers move.")] = one_of(
            flows
        )
    return fields


def _arguments(schema: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments as they are to be, without the blank ones that models often send.

    Raises RefusedError for what does not fit.
    """
    try:
        args: dict[str, Any] = schema(
            {
                name: value
                for name, value in given.items()
                if not intent.is_blank_slot_value(value)
            }
        )
    except vol.MultipleInvalid as error:
        raise RefusedError(
            "; ".join(
                f"{'.'.join(map(str, each.path))}: {each.msg}" for each in error.errors
            )
        ) from error
    return args


def sentence(error: Exception) -> str:
    """Return what went wrong as a sentence."""
    if isinstance(error, Unauthorized):
        return "The user who asks is not allowed to do that with this BackHug."
    text = str(error)
    return text if text.endswith((".", "?", "!")) else f"{text}."
