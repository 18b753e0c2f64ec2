"""A strength that was reported on an earlier connection may have been changed by hand since then."""

from __future__ import annotations

import asyncio
from typing import override

import pytest

from custom_components.backhug.device.errors import UnknownValueError
from custom_components.backhug.device.model import Adjustment, Flow
from simulator.vendors.nachtwerk import Nachtwerk
from tests.home import Home, until

from .described import DescribedClient, client_of, text_of

STATUS = 0x55
SET_FLOW = 0x21
SPLIT = (
    text_of(Nachtwerk)
    .replace("size: 3\n", "size: 2\n")
    .replace(
        "      strength: {octet: 2,",
        '  - name: level\n    match: "56"\n    size: 2\n    fields:\n      strength: {octet: 1,',
    )
    .replace(
        "  set_strength:",
        '  set_flow: {write: "21 {token} {strength} {flow}", await: "a1 00"}\n  set_strength:',
    )
    .replace("scale: 10}\n", 'scale: 10}\n  flow: {map: {slow: "00", wave: "01"}}\n')
)
"""The state and the strength are reported by two messages, and the flow is set together with the strength."""


class SplitBed(Nachtwerk):
    """A bed that reports its state at once, and its strength when it is made to."""

    reports_level = True
    flow: tuple[int, int] | None = None
    """The strength and the flow that were set together."""

    @override
    def take(self, value: bytes) -> None:
        super().take(value)
        if value[1] == SET_FLOW:
            self.flow = value[-4], value[-3]
            super().say(bytes((SET_FLOW | 0x80, 0)))

    @override
    def say(self, payload: bytes) -> None:
        """Send a payload."""
        if payload[0] != STATUS:
            super().say(payload)
            return
        super().say(payload[:2])
        if self.reports_level:
            self.say_level()

    def say_level(self) -> None:
        """Report the strength."""
        super().say(bytes((0x56, self.level)))


async def turned_down_while_lost(home: Home) -> DescribedClient[SplitBed]:
    """Return a client that has seen level 8 of a bed, which was set to 2 before the connection was made again."""
    client = await client_of(home, SplitBed, SPLIT)
    bed = client.bed
    await client.hug.start(20)
    await client.hug.set_strength(8)
    await until(lambda: not client.protocol.unconfirmed, "the strength is reported")
    bed.reports_level = False
    lost = client.hug.connection.client
    bed.drop_link()
    bed.level = 20
    await until(lambda: client.hug.connection.client not in (None, lost), "it is back")
    assert client.status.strength == 8
    return client


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("step", [-1, 1])
async def test_step_requires_a_report_on_this_connection(home: Home, step: int) -> None:
    """Softer than what was last known may be stronger than the device is."""
    client = await turned_down_while_lost(home)
    with pytest.raises(UnknownValueError):
        await client.hug.adjust(Adjustment(strength_step=step))
    with pytest.raises(UnknownValueError):
        await client.hug.strength()
    assert client.bed.level == 20
    client.bed.say_level()
    await client.hug.adjust(Adjustment(strength_step=step))
    assert client.bed.level == 20 + 10 * step


@pytest.mark.usefixtures("hurried")
async def test_choice_requires_a_report_on_this_connection(home: Home) -> None:
    """A step of a programme is chosen from the strength that a person may have turned down."""
    client = await turned_down_while_lost(home)
    with pytest.raises(UnknownValueError):
        await client.hug.choose("strength", lambda _: 6)
    assert client.bed.level == 20


@pytest.mark.usefixtures("hurried")
async def test_old_strength_is_not_set_with_another_setting(home: Home) -> None:
    """A command that repeats the strength is refused until the device has reported it."""
    client = await turned_down_while_lost(home)
    with pytest.raises(UnknownValueError):
        await client.hug.set_flow(Flow.WAVE)
    client.bed.say_level()
    await until(lambda: client.status.strength == 2, "the strength is reported")
    await client.hug.set_flow(Flow.WAVE)
    assert client.bed.level == 20
    assert client.bed.flow == (20, 1)


async def test_step_waits_for_the_report(home: Home) -> None:
    """The strength is reported a moment after the step is asked for."""
    client = await turned_down_while_lost(home)
    stepping = asyncio.create_task(client.hug.adjust(Adjustment(strength_step=1)))
    await asyncio.sleep(0.05)
    client.bed.say_level()
    await stepping
    assert client.bed.level == 30
