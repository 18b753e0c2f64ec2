"""Language model tools for the consultation and for saving a programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, override

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.llm import LLMContext
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from ..const import DOMAIN
from ..consultation.advise import advise
from ..consultation.intensity import FIRMNESS_SHARES, level_within
from ..consultation.questionnaire import (
    DAY_TIME,
    FIELDS,
    NO_CAUTION,
    SECTION_DISCOMFORT,
    AnswerError,
    ChoiceField,
    DayTime,
    Field,
    MultiChoiceField,
    NumberField,
    Questionnaire,
)
from ..consultation.reasons import Refusal
from ..consultation.text import ConsultationText
from ..device.model import MAX_MINUTES, Features
from ..people.permission import async_require
from ..programmes.editing import problem, to_stored
from ..programmes.names import tidy
from ..programmes.user_programmes import async_name_error, async_save_programme
from ..service_fields import ATTR_MINUTES, ATTR_STRENGTH
from .answers import advice_answer
from .targeting import DEVICE, async_single_target
from .tool import (
    ADDS,
    MOST_LEVELS,
    MOST_STRONGER,
    READS,
    BackHugTool,
    RefusedError,
    area_and_flow,
    whole,
)

ATTR_NAME: Final = "name"
ATTR_QUESTIONS_ASKED: Final = "safety_questions_asked"
ATTR_STEPS: Final = "steps"

_STRONGEST_STEP: Final = max(FIRMNESS_SHARES.values())
"""Share of the highest level, as in a consultation; the rest is reached by hand only."""
_PARTS: Final = 5
"""From step to step the strength rises by at most a fifth of the levels."""
_STRONGEST_BEGINNING: Final = _STRONGEST_STEP - 1 / _PARTS
"""Share of the highest level for the first step ..."""
_SHORTEST_BEGINNING: Final = 5
"""... of a programme of at least this many minutes: a shorter one has no opening."""

SAFETY_QUESTIONS: Final = (
    "Are they pregnant? Do they have a pacemaker? A back condition that a physician knows or should know of? Are "
    "they under 18, shorter than 150 cm or taller than 198 cm, or heavier than 165 kg? Do they have new pain, pain "
    "that radiates into a leg or an arm, or numbness?"
)
"""From the maker's safety page, with additions of this project: see `Caution`."""


_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "cautions": f"All that apply to the person; {NO_CAUTION} only if they said that none does.",
    "feeling": "How their back mainly feels.",
    "firmness": "How firm they like it.",
    "experience": "first_time: never or a few sessions. regular: every week, for months.",
    "minutes": "How long they would like a session to be.",
    "day_time": "Time of day of the session. Default: now.",
    "last_sessions_mine": "False if somebody else had the last sessions on this BackHug.",
    SECTION_DISCOMFORT: (
        "Discomfort in each region, the person's own left and right: 0 none, 1 a little, 2 clear, "
        "3 strong. Leave out comfortable regions."
    ),
}
"""By field or section of the questionnaire."""


def _answers_schema() -> dict[Any, Any]:
    """Return the schema of the questionnaire; the fields of a section are in an object."""
    schema: dict[Any, Any] = {}
    sections: dict[str, dict[Any, Any]] = {}
    for field in FIELDS:
        if field.section is not None:
            section = sections.setdefault(field.section, {})
            section[vol.Optional(field.name)] = _answer(field)
            continue
        description = _DESCRIPTIONS[field.name]
        key: vol.Marker = vol.Required(field.name, description=description)
        if not (field.required or field.ask):
            # The default of the time of day is now.
            default = vol.UNDEFINED if field is DAY_TIME else field.default
            key = vol.Optional(field.name, default=default, description=description)
        schema[key] = _answer(field)
    for name, section in sections.items():
        key = vol.Optional(name, description=_DESCRIPTIONS[name])
        schema[key] = vol.Schema(section)
    return schema


def _answer(field: Field) -> Any:
    """Return the schema of an answer."""

    def parse(value: Any) -> Any:
        try:
            return field.parse(value)
        except AnswerError as error:
            raise vol.Invalid(str(error)) from error

    # What follows describes it to the model.
    match field:
        case MultiChoiceField():
            options = vol.In([*field.options])
            return vol.All(parse, [options], vol.Length(min=1))
        case ChoiceField():
            return vol.All(parse, vol.In([*field.options]))
        case NumberField():
            bounds = vol.Range(min=field.lowest, max=field.highest)
            return vol.All(parse, vol.Coerce(int), bounds)
    return vol.All(parse, bool)


class ConsultTool(BackHugTool):
    """Makes a programme for a person; saves and starts nothing."""

    name = "backhug__consult"
    title = "Consult for a BackHug programme"
    description = (
        "Makes a programme for one person from their answers, the measured tension and past sessions; explains each "
        "choice and plans the coming weeks. Saves and starts nothing. "
        f"FIRST ask the person every safety question, and wait for the answers: {SAFETY_QUESTIONS} "
        "Then ask for feeling, firmness, experience and minutes; do not guess them. It refuses if any caution applies: "
        "then tell the person to ask a physician, and start nothing. It is not medical advice."
    )
    parameters = vol.Schema(
        {
            vol.Required(
                ATTR_QUESTIONS_ASKED,
                description="True only if the person was asked all safety questions in this conversation and answered them.",
            ): cv.boolean,
            **_answers_schema(),
            **DEVICE,
        }
    )
    annotations = READS

    @override
    async def _async_answer(
        self, hass: HomeAssistant, args: dict[str, Any], context: LLMContext
    ) -> JsonObjectType:
        exposed = async_single_target(hass, context, args)
        if not args[ATTR_QUESTIONS_ASKED]:
            raise RefusedError(f"Ask the person first: {SAFETY_QUESTIONS}")
        household = exposed.coordinator.household
        persons = household.visible_to(context.context)
        result = advise(exposed.entry, _questionnaire(args), persons)
        text = await ConsultationText.async_load(hass, "en")
        if isinstance(result, Refusal):
            return {
                "device": exposed.name_and_area,
                "refused": True,
                "because": list[JsonValueType](text.cautions(result)),
                "next": "Make and start no programme. Tell the person to ask a physician first.",
            }
        owner = household.plan_owner(context.context)
        household.plans.async_propose(owner, result.plan.stages)
        return {
            "device": exposed.name_and_area,
            **advice_answer(result, text),
            "next": (
                "Explain it to the person in a few sentences. If they like it, ask for a name and pass the steps to "
                "backhug__save_programme; then backhug__start_session can run it."
            ),
        }


class SaveProgrammeTool(BackHugTool):
    """Saves a user's own programme."""

    name = "backhug__save_programme"
    title = "Save BackHug programme"
    description = (
        "Saves a programme under a new name, so that it can be started later, with backhug__start_session or in the user interface. Pass the "
        "steps from backhug__consult, with any changes that the person wants. Changes no existing programme. At most "
        f"{MAX_MINUTES} minutes in all; no step above {_STRONGEST_STEP:.0%} of the strength levels, the first one not "
        f"above {_STRONGEST_BEGINNING:.0%}, and none more than a fifth of the levels stronger than the one before it. "
        "Starts nothing."
    )
    annotations = ADDS

    def __init__(self, areas: Sequence[str], flows: Sequence[str]) -> None:
        """Initialise with the areas and flows of the exposed devices."""
        step = {
            **area_and_flow(areas, flows),
            vol.Required(ATTR_STRENGTH, description="Level."): whole(1, MOST_LEVELS),
            vol.Required(ATTR_MINUTES): whole(1, MAX_MINUTES),
        }
        self.parameters = vol.Schema(
            {
                vol.Required(
                    ATTR_NAME, description="Up to 40 characters, in the person's words."
                ): cv.string,
                vol.Required(ATTR_STEPS, description="In their order."): [
                    vol.Schema(step)
                ],
                **DEVICE,
            }
        )

    @override
    async def _async_answer(
        self, hass: HomeAssistant, args: dict[str, Any], context: LLMContext
    ) -> JsonObjectType:
        exposed = async_single_target(hass, context, args)
        await async_require(
            hass, context.context, exposed.state.entity_id, POLICY_CONTROL
        )
        features = exposed.coordinator.features
        steps, name = args[ATTR_STEPS], tidy(args[ATTR_NAME])
        found = problem(steps, features) or too_strong(steps, features)
        if found is None and (
            error := await async_name_error(hass, exposed.entry, name)
        ):
            found = error, {}
        if found is not None:
            raise RefusedError(await _problem_sentence(hass, *found))
        async_save_programme(hass, exposed.entry, name, to_stored(steps, features))
        minutes = sum(step[ATTR_MINUTES] for step in steps)
        household = exposed.coordinator.household
        household.plans.async_begin_proposed(
            household.plan_owner(context.context),
            minutes,
            max(step[ATTR_STRENGTH] for step in steps),
        )
        return {
            "device": exposed.name_and_area,
            "saved": name,
            "minutes": minutes,
            "next": "backhug__start_session with this name as programme starts it, if the person wants that.",
        }


def _questionnaire(args: Mapping[str, Any]) -> Questionnaire:
    """Return the questionnaire in the arguments; the time of day is now by default."""
    day_time = DayTime.at(dt_util.now().hour)
    answers = {field.name: args[field.name] for field in FIELDS if field.name in args}
    return Questionnaire.from_answers(
        {DAY_TIME.name: day_time, **answers, **args.get(SECTION_DISCOMFORT, {})}
    )


def too_strong(
    steps: Sequence[Mapping[str, Any]], features: Features
) -> tuple[str, dict[str, str]] | None:
    """Return the translation key and placeholders of a step above the limits, or None."""
    strongest = level_within(_STRONGEST_STEP, features)
    rise = max(-(-features.strength_levels // _PARTS), MOST_STRONGER)
    allowed = strongest
    if sum(step[ATTR_MINUTES] for step in steps) >= _SHORTEST_BEGINNING:
        allowed = level_within(_STRONGEST_BEGINNING, features)
    for number, step in enumerate(steps, 1):
        if step[ATTR_STRENGTH] > allowed:
            return "too_strong", {"step": str(number), "strongest": str(allowed)}
        allowed = min(step[ATTR_STRENGTH] + rise, strongest)
    return None


async def _problem_sentence(
    hass: HomeAssistant, key: str, placeholders: Mapping[str, str]
) -> str:
    sentences = {
        "too_strong": "Step {step} is too strong there: {strongest} at most. The person can set more by hand."
    }
    texts = await async_get_translations(hass, "en", "config_subentries", [DOMAIN])
    prefix = f"component.{DOMAIN}.config_subentries.programme.error."
    return (sentences.get(key) or texts[prefix + key]).format(**placeholders)
