"""The consultant as the agent of a voice pipeline: from speech to speech."""

from collections.abc import AsyncIterable
from dataclasses import dataclass
from pathlib import Path
import re
from typing import Any, override

from homeassistant.components import stt, tts
from homeassistant.components.assist_pipeline import (
    AudioSettings,
    PipelineEvent,
    PipelineEventType,
    async_pipeline_from_audio_stream,
)
from homeassistant.components.stt.const import DATA_COMPONENT as STT_COMPONENT
from homeassistant.components.tts.const import DATA_COMPONENT as TTS_COMPONENT
from homeassistant.core import Context
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.backhug.voice.sentence_files import async_apply
from simulator.model import Opcode
from tests.home import Home, SimulatedBackHug

METADATA = stt.SpeechMetadata(
    language="",
    format=stt.AudioFormats.WAV,
    codec=stt.AudioCodecs.PCM,
    bit_rate=stt.AudioBitRates.BITRATE_16,
    sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
    channel=stt.AudioChannels.CHANNEL_MONO,
)
WAV = {tts.ATTR_PREFERRED_FORMAT: "wav"}
"""Needs no conversion."""
UNSPEAKABLE = re.compile(r"[^\w\s.,:;?!'\"“”„°/-]|\d min\b|\*|_|`|#")
"""Markdown, symbols and abbreviations, which an engine would read out or swallow."""


class Ear(stt.SpeechToTextEntity):
    """Speech-to-text engine for which the audio is the text."""

    _attr_name = "Ear"
    supported_languages = ["en", "de"]  # noqa: RUF012
    supported_formats = [METADATA.format]  # noqa: RUF012
    supported_codecs = [METADATA.codec]  # noqa: RUF012
    supported_bit_rates = [METADATA.bit_rate]  # noqa: RUF012
    supported_sample_rates = [METADATA.sample_rate]  # noqa: RUF012
    supported_channels = [METADATA.channel]  # noqa: RUF012

    @override
    async def async_process_audio_stream(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> stt.SpeechResult:
        """Return the audio as text."""
        assert metadata.language == "en"
        text = b"".join([chunk async for chunk in stream]).decode().strip()
        return stt.SpeechResult(text, stt.SpeechResultState.SUCCESS)


class Mouth(tts.TextToSpeechEntity):
    """Text-to-speech engine of which the audio is the text."""

    _attr_name = "Mouth"
    _attr_default_language = "en"
    _attr_supported_languages = ["en", "de"]  # noqa: RUF012
    _attr_supported_options = [*WAV]  # noqa: RUF012

    @override
    async def async_get_tts_audio(
        self, message: str, language: str, options: dict[str, Any]
    ) -> tts.TtsAudioType:
        """Return a text as audio."""
        assert (language, options) == ("en", WAV)
        return "wav", message.encode()


@dataclass
class Satellite:
    """Hears and speaks through a pipeline whose agent is the consultant."""

    back_hug: SimulatedBackHug
    pipeline: str
    conversation_id: str | None = None
    goes_on: bool = False
    locally: bool = False

    def listens(self) -> bool:
        """Return whether it goes on listening."""
        return self.goes_on

    def by_home_assistant(self) -> bool:
        """Return whether Home Assistant answered instead of the agent."""
        return self.locally

    async def hear(self, text: str) -> str:
        """Hear a sentence; return what the speech says."""
        hass = self.back_hug.hass
        events: dict[PipelineEventType, dict[str, Any]] = {}

        def note(event: PipelineEvent) -> None:
            events[event.type] = event.data or {}

        async def audio() -> AsyncIterable[bytes]:
            # Chunks of 10 ms are passed on, and the rest is not.
            yield text.encode().ljust(320)

        await async_pipeline_from_audio_stream(
            hass,
            context=Context(),
            event_callback=note,
            stt_metadata=METADATA,
            stt_stream=audio(),
            pipeline_id=self.pipeline,
            conversation_id=self.conversation_id,
            tts_audio_output=WAV,
            audio_settings=AudioSettings(is_vad_enabled=False),
        )
        assert PipelineEventType.ERROR not in events, events
        assert events[PipelineEventType.STT_END]["stt_output"] == {"text": text}
        ended = events[PipelineEventType.INTENT_END]
        self.locally = ended["processed_locally"]
        output = ended["intent_output"]
        self.goes_on = output["continue_conversation"]
        self.conversation_id = output["conversation_id"]
        stream = tts.async_get_stream(
            hass, events[PipelineEventType.TTS_END]["tts_output"]["token"]
        )
        assert stream is not None
        spoken = b"".join([part async for part in stream.async_stream_result()])
        assert spoken.decode() == output["response"]["speech"]["plain"]["speech"]
        return spoken.decode()


@pytest.fixture
async def satellite(
    home: Home, hass_ws_client: WebSocketGenerator, tmp_path: Path
) -> Satellite:
    """Return a satellite beside a BackHug on which nobody lies, with sentences installed."""
    hass = home.hass
    for component in ("homeassistant", "assist_pipeline", "tts", "stt"):
        assert await async_setup_component(hass, component, {})
    hass.data[tts.DATA_TTS_MANAGER].cache_dir = str(tmp_path)
    Path(hass.config.path("configuration.yaml")).touch()  # noqa: ASYNC240
    await async_apply(hass, ("en",))
    await hass.data[STT_COMPONENT].async_add_entities([Ear()])
    await hass.data[TTS_COMPONENT].async_add_entities([Mouth()])
    back_hug = await home.add(occupied=False)
    await home.seen(back_hug)
    await back_hug.set_up()
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {
            "type": "assist_pipeline/pipeline/create",
            "name": "Back",
            "language": "en",
            "conversation_engine": back_hug.entity_id("conversation", "consultant"),
            "conversation_language": "en",
            "prefer_local_intents": True,
            "stt_engine": "stt.ear",
            "stt_language": "en",
            "tts_engine": "tts.mouth",
            "tts_language": "en",
            "tts_voice": None,
            "wake_word_entity": None,
            "wake_word_id": None,
        }
    )
    created = await client.receive_json()
    return Satellite(back_hug, created["result"]["id"])


async def test_consultation_by_speech(satellite: Satellite) -> None:
    """A whole consultation is heard and spoken, though local intents are preferred; a stop in the middle ends it."""
    back_hug = satellite.back_hug
    hear = satellite.hear
    answers = [await hear("my lower back is stiff and a little sore")]
    assert satellite.listens()
    # Outside of a conversation these are sentences of Home Assistant's.
    for text in ("none of these", "what time is it", "gentle please"):
        answers.append(await hear(text))
        assert (satellite.listens(), satellite.by_home_assistant()) == (True, False)
    for text in (
        "it is new to me",
        "ten minutes",
        "why",
        "how often",
        "show me the steps",
    ):
        answers.append(await hear(text))
        assert satellite.listens()
    assert "I suggest 10 minutes" in answers[5]
    assert "2 times 10 minutes a week" in answers[7]
    answers.append(await hear("save it as Evening and start it when I lie down"))
    assert answers[-1].startswith("Saved as “Evening”. BackHug")
    assert not satellite.listens()
    for answer in answers:
        assert UNSPEAKABLE.search(answer) is None, answer

    # It is over: a sentence of Home Assistant's is its own again.
    await hear("what time is it")
    assert satellite.by_home_assistant()

    # A stop in the middle of the next one stops what waits, and that one too.
    satellite.conversation_id = None
    await hear("my neck is stiff")
    assert satellite.listens()
    until = back_hug.coordinator.controller.start_on_occupancy.until
    assert until is not None
    await hear("stop")
    assert not satellite.listens()
    assert back_hug.coordinator.controller.start_on_occupancy.until is None
    back_hug.back.lie_down()
    await back_hug.shows("binary_sensor", "occupied", "on")
    assert back_hug.requests(Opcode.START) == []
    assert "does any of this apply" in await hear("my neck is stiff")
