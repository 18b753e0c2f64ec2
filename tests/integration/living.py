"""The home around a BackHug: a phone, lamps, and time that tests advance."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime, time as time_of_day, timedelta
import heapq
from types import SimpleNamespace
from typing import Any, Final, override
from unittest.mock import patch

from freezegun import freeze_time
from homeassistant.components.light import ATTR_BRIGHTNESS, ColorMode, LightEntity
from homeassistant.const import CONF_DEVICE_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.template import render_complex
from homeassistant.util import dt as dt_util
from homeassistant.util.async_ import get_scheduled_timer_handles
from pytest_homeassistant_custom_component import common
import voluptuous as vol

from tests.home import is_time_limit, until

MONDAY: Final = date(2026, 3, 2)
SUNDAY: Final = date(2026, 3, 8)
MOMENT: Final = timedelta(seconds=1)
"""Home Assistant carries out within a second what is due at a time."""


async def settle() -> None:
    """Run the event loop until automations wait again.

    Home Assistant's own way to wait would wait until it is done.
    """
    for _ in range(50):
        await asyncio.sleep(0)


class Hours:
    """The time of the home: it runs, and can be advanced with all that is due."""

    def __init__(self) -> None:
        """Begin on a Monday, at eight in the morning."""
        self._frozen: Any = None
        self._ahead = 0.0

    @contextmanager
    def run(self, hass: HomeAssistant) -> Generator[None]:
        """Set the time of Home Assistant and of its event loop."""
        loop_time = hass.loop.time
        with (
            patch.object(hass.loop, "time", lambda: loop_time() + self._ahead),
            freeze_time(
                dt_util.as_utc(_local(MONDAY, 8, 0)), tick=True
            ) as self._frozen,
        ):
            yield

    async def until(self, hour: int, minute: int = 0, day: date = MONDAY) -> None:
        """Advance to a time."""
        await self._become(_local(day, hour, minute))

    async def pass_(self, **by: float) -> None:
        """Advance by a duration."""
        await self._become(dt_util.now() + timedelta(**by))

    async def _become(self, at: datetime) -> None:
        ahead = (at - dt_util.now()).total_seconds()
        assert ahead > 0, "time does not go back"
        ahead += MOMENT.total_seconds()
        # What is under way does not run out of time.
        timers = get_scheduled_timer_handles(asyncio.get_running_loop())
        for timer in filter(is_time_limit, timers):
            timer._when += ahead  # type: ignore[attr-defined]
        heapq.heapify(timers)
        self._frozen.move_to(dt_util.as_utc(at) + MOMENT)
        self._ahead += ahead
        await settle()


def _local(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(
        day, time_of_day(hour, minute), dt_util.get_default_time_zone()
    )


class Phone:
    """A phone with the Home Assistant app, as the device action *notify* reaches it.

    It takes the place of the integration `mobile_app`, whose requirements a BackHug does not need.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Register it."""
        self._hass = hass
        self.notifications: list[dict[str, Any]] = []
        entry = common.MockConfigEntry(domain="mobile_app")
        entry.add_to_hass(hass)
        self.device_id = (
            dr.async_get(hass)
            .async_get_or_create(
                config_entry_id=entry.entry_id, identifiers={("mobile_app", "phone")}
            )
            .id
        )
        common.mock_integration(hass, common.MockModule("mobile_app"))
        common.mock_platform(
            hass,
            "mobile_app.device_action",
            SimpleNamespace(
                # As in the integration itself.
                ACTION_SCHEMA=cv.DEVICE_ACTION_BASE_SCHEMA.extend(
                    {
                        vol.Required("type"): "notify",
                        vol.Required("message"): cv.template,
                        vol.Optional("title"): cv.template,
                        vol.Optional("data"): cv.template_complex,
                    }
                ),
                async_call_action_from_config=self._notify,
            ),
        )

    async def _notify(
        self,
        _hass: HomeAssistant,
        config: dict[str, Any],
        variables: dict[str, Any],
        _context: Context | None,
    ) -> None:
        assert config[CONF_DEVICE_ID] == self.device_id
        self.notifications.append(
            {
                key: render_complex(config[key], variables)
                for key in ("title", "message", "data")
                if key in config
            }
        )

    @property
    def messages(self) -> list[str]:
        """All messages received so far."""
        return [each["message"] for each in self.notifications]

    async def received(self, *messages: str) -> None:
        """Wait for as many messages; fail if they differ."""
        await until(
            lambda: len(self.messages) >= len(messages), f"{messages} are received"
        )
        assert self.messages == [*messages]

    def buttons(self) -> list[str]:
        """Return the buttons of the last notification."""
        return [each["title"] for each in self.notifications[-1]["data"]["actions"]]

    def press(self, button: str) -> None:
        """Press a button of the last notification."""
        actions = self.notifications[-1]["data"]["actions"]
        (action,) = [each["action"] for each in actions if each["title"] == button]
        self._hass.bus.async_fire(
            "mobile_app_notification_action",
            {"action": action, "device_id": self.device_id},
        )


class Lamp(LightEntity):
    """A dimmable lamp."""

    _attr_color_mode = ColorMode.BRIGHTNESS
    _attr_should_poll = False

    def __init__(self, name: str, brightness: int | None) -> None:
        """Let it shine, or be off with a brightness of None."""
        self._attr_name = self._attr_unique_id = name
        self._attr_supported_color_modes = {ColorMode.BRIGHTNESS}
        self._attr_is_on = brightness is not None
        self._attr_brightness = brightness

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn on with the requested brightness."""
        self._attr_is_on = True
        self._attr_brightness = kwargs.get(ATTR_BRIGHTNESS, self._attr_brightness)
        self.async_write_ha_state()

    @override
    async def async_turn_off(self, **_: Any) -> None:
        """Turn off."""
        self._attr_is_on = False
        self.async_write_ha_state()
