"""Guided consultation: the steps of a subentry flow that end with a programme, or with a physician."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from .account import (
    DEFAULT_DAY_TIME,
    DEFAULT_EXPERIENCE,
    DEFAULT_FIRMNESS,
    DEFAULT_MINUTES,
    MAX_DISCOMFORT,
    NO_CAUTION,
    Account,
    Caution,
    DayTime,
    Experience,
    Feeling,
    Firmness,
    Refusal,
)
from .const import CONF_FEATURES
from .consultation_text import ConsultationText
from .device.model import MAX_MINUTES, Features, Region
from .own_programmes import async_name_error
from .programmes import to_form, to_stored

if TYPE_CHECKING:
    from .consultation import Advice

CONF_CAUTIONS: Final = "cautions"
CONF_DAY_TIME: Final = "day_time"
CONF_EXPERIENCE: Final = "experience"
CONF_FEELING: Final = "feeling"
CONF_FIRMNESS: Final = "firmness"
CONF_LAST_SESSIONS_MINE: Final = "last_sessions_mine"
CONF_MINUTES: Final = "minutes"

_ROW_BY_ROW: Final = (
    Region.LEFT_UPPER,
    Region.RIGHT_UPPER,
    Region.LEFT_MID,
    Region.RIGHT_MID,
    Region.LEFT_LOWER,
    Region.RIGHT_LOWER,
)


def _choice(
    options: Iterable[str], translation_key: str, *, multiple: bool = False
) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[str(each) for each in options],
            mode=SelectSelectorMode.LIST,
            multiple=multiple,
            translation_key=translation_key,
        )
    )


_SAFETY: Final = vol.Schema(
    {
        vol.Optional(CONF_CAUTIONS): _choice(
            (*Caution, NO_CAUTION), "caution", multiple=True
        )
    }
)
_FEEL: Final = vol.Schema(
    {
        vol.Required(CONF_FEELING): _choice(Feeling, "feeling"),
        **{
            vol.Required(region.value, default=0): NumberSelector(
                NumberSelectorConfig(
                    min=0, max=MAX_DISCOMFORT, step=1, mode=NumberSelectorMode.SLIDER
                )
            )
            for region in _ROW_BY_ROW
        },
    }
)


class ConsultationFlow(ConfigSubentryFlow):
    """Asks a person, shows what that leads to, and saves it as a programme.

    The answers are kept for as long as the flow runs, and stored nowhere.
    """

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._answers: dict[str, Any] = {}
        self._advice: Advice | None = None

    async def async_step_safety(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what a physician is to be asked about first."""
        errors: dict[str, str] = {}
        if user_input is not None:
            said = user_input.get(CONF_CAUTIONS, [])
            if not said:
                errors[CONF_CAUTIONS] = "cautions_missing"
            elif said == [NO_CAUTION]:
                return await self.async_step_feel()
            elif NO_CAUTION in said:
                errors[CONF_CAUTIONS] = "cautions_contradictory"
            else:
                text = await ConsultationText.async_load(self.hass)
                refusal = Refusal(tuple(each for each in Caution if each in said))
                cautions = "\n".join(f"- {each}" for each in text.cautions(refusal))
                return self.async_abort(
                    reason="ask_physician",
                    description_placeholders={"cautions": cautions},
                )
        return self._ask("safety", _SAFETY, user_input or {}, errors)

    async def async_step_feel(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how the back feels, and where."""
        if user_input is not None:
            self._answers |= user_input
            return await self.async_step_likes()
        return self._ask("feel", _FEEL, self._answers)

    async def async_step_likes(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what the person likes, and knows of the device."""
        if user_input is not None:
            self._answers |= user_input
            return await self.async_step_advice()
        features = self._features()
        longest = min(features.max_minutes, MAX_MINUTES)
        usual = min(max(DEFAULT_MINUTES, features.min_minutes), longest)
        schema = vol.Schema(
            {
                vol.Required(CONF_FIRMNESS, default=DEFAULT_FIRMNESS.value): _choice(
                    Firmness, "firmness"
                ),
                vol.Required(
                    CONF_EXPERIENCE, default=DEFAULT_EXPERIENCE.value
                ): _choice(Experience, "experience"),
                vol.Required(CONF_MINUTES, default=usual): NumberSelector(
                    NumberSelectorConfig(
                        min=features.min_minutes,
                        max=longest,
                        step=1,
                        mode=NumberSelectorMode.SLIDER,
                        unit_of_measurement="min",
                    )
                ),
                vol.Required(CONF_DAY_TIME, default=DEFAULT_DAY_TIME.value): _choice(
                    DayTime, "day_time"
                ),
                vol.Required(CONF_LAST_SESSIONS_MINE, default=True): BooleanSelector(),
            }
        )
        bounds = {"shortest": str(features.min_minutes), "longest": str(longest)}
        return self._ask("likes", schema, self._answers, placeholders=bounds)

    async def async_step_advice(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the programme, the reasons and the plan."""
        self._advice = self._consult()
        text = await ConsultationText.async_load(self.hass)
        return self.async_show_menu(
            step_id="advice",
            menu_options=["save", "feel"],
            description_placeholders={"advice": text.page(self._advice)},
        )

    async def async_step_save(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Name the programme, and save it."""
        assert self._advice is not None
        errors: dict[str, str] = {}
        if user_input is not None:
            name = user_input[CONF_NAME].strip()
            if error := await async_name_error(self.hass, self._get_entry(), name):
                errors[CONF_NAME] = error
            else:
                features = self._features()
                form = to_form(self._advice.programme, features)
                return self.async_create_entry(
                    title=name, data=to_stored(form, features)
                )
        schema = vol.Schema({vol.Required(CONF_NAME): TextSelector()})
        return self._ask("save", schema, user_input or {}, errors)

    def _ask(
        self,
        step: str,
        schema: vol.Schema,
        answers: Mapping[str, Any],
        errors: dict[str, str] | None = None,
        placeholders: dict[str, str] | None = None,
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, answers),
            errors=errors,
            description_placeholders=placeholders,
        )

    def _consult(self) -> Advice:
        """Return the advice that the answers lead to."""
        # Not with the form: most people never consult.
        from .consultation import consult

        said = self._answers
        account = Account(
            # Else the flow has ended.
            cautions=frozenset(),
            feeling=Feeling(said[CONF_FEELING]),
            firmness=Firmness(said[CONF_FIRMNESS]),
            experience=Experience(said[CONF_EXPERIENCE]),
            minutes=int(said[CONF_MINUTES]),
            day_time=DayTime(said[CONF_DAY_TIME]),
            discomfort={region: int(said[region.value]) for region in Region},
            last_sessions_mine=said[CONF_LAST_SESSIONS_MINE],
        )
        entry = self._get_entry()
        found = (
            entry.runtime_data.consult(account)
            if entry.state is ConfigEntryState.LOADED
            # Nothing measured is at hand.
            else consult(account, self._features(), (), None)
        )
        assert not isinstance(found, Refusal)
        return found

    def _features(self) -> Features:
        return Features.from_dict(self._get_entry().data[CONF_FEATURES])
