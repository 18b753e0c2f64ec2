"""Conversation: the consultant."""

from dataclasses import dataclass
from functools import partial
from typing import Literal, override

from homeassistant.components.conversation import (
    AssistantContent,
    ChatLog,
    ConversationEntity,
    ConversationEntityFeature,
    ConversationInput,
    ConversationResult,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.chat_session import current_session
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.intent import IntentResponse

from .const import LANGUAGES
from .consultant.agent import Consultant
from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .entity import BackHugEntity, BackHugEntityDescription, offered
from .voice.assist import async_follow

# A stop waits for no other utterance.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BackHugConversationEntityDescription(BackHugEntityDescription):
    """Describes a BackHug conversation entity."""


DESCRIPTIONS: tuple[BackHugConversationEntityDescription, ...] = (
    BackHugConversationEntityDescription(
        key="consultant",
        # It stops also what is out of reach.
        always_available=True,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the conversation entity, and the sentence triggers."""
    coordinator = entry.runtime_data
    entry.async_on_unload(await async_follow(coordinator))
    async_add_entities(
        BackHugConversation(coordinator, description)
        for description in offered(coordinator, Platform.CONVERSATION, DESCRIPTIONS)
    )


class BackHugConversation(BackHugEntity, ConversationEntity):
    """Consultant of a BackHug."""

    entity_description: BackHugConversationEntityDescription
    _attr_supported_features = ConversationEntityFeature.CONTROL

    def __init__(
        self,
        coordinator: BackHugCoordinator,
        description: BackHugConversationEntityDescription,
    ) -> None:
        """Initialise the entity."""
        super().__init__(coordinator, description)
        self._consultant = Consultant(coordinator.hass, coordinator)

    @property
    @override
    def supported_languages(self) -> list[str] | Literal["*"]:
        """Return the supported languages."""
        return [*LANGUAGES]

    @override
    async def _async_handle_message(
        self, user_input: ConversationInput, chat_log: ChatLog
    ) -> ConversationResult:
        """Answer an utterance."""
        conversation_id = chat_log.conversation_id
        session = current_session.get()
        assert session is not None
        session.async_on_cleanup(partial(self._consultant.forget, conversation_id))
        answer, goes_on = await self._consultant.async_answer(
            user_input.text, user_input.language, conversation_id, user_input.context
        )
        chat_log.async_add_assistant_content_without_tools(
            AssistantContent(user_input.agent_id, answer)
        )
        response = IntentResponse(language=user_input.language)
        response.async_set_speech(answer)
        return ConversationResult(response, conversation_id, goes_on)
