"""Conversations with the consultant."""

from homeassistant.components.conversation import async_converse
from homeassistant.core import Context

from tests.home import SimulatedBackHug

COMPLAINT = (
    "my lower back is quite stiff",
    "none of these",
    "gentle",
    "first time",
    "only ten minutes",
)


class Person:
    """Talks with the consultant of a BackHug in one conversation."""

    def __init__(
        self, back_hug: SimulatedBackHug, language: str = "en", user: str | None = None
    ) -> None:
        """Begin without a conversation."""
        self.back_hug = back_hug
        self.language = language
        self.context = Context(user_id=user)
        self.conversation_id: str | None = None
        self._goes_on = False

    def is_asked(self) -> bool:
        """Return whether the conversation continues."""
        return self._goes_on

    async def say(self, *texts: str) -> str:
        """Say something; return the last answer."""
        answer = ""
        for text in texts:
            result = await async_converse(
                self.back_hug.hass,
                text,
                self.conversation_id,
                self.context,
                language=self.language,
                agent_id=self.back_hug.entity_id("conversation", "consultant"),
            )
            self.conversation_id = result.conversation_id
            self._goes_on = result.continue_conversation
            answer = result.response.speech["plain"]["speech"]
        return answer
