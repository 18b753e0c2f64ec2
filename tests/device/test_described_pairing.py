"""Described devices that demand encryption before anybody may subscribe."""

from __future__ import annotations

import asyncio
from typing import override

from bumble.pairing import PairingConfig, PairingDelegate
import pytest

from custom_components.backhug.device.errors import NotPairedError
from custom_components.backhug.device.gatt_errors import AttError
from custom_components.backhug.device.model import State
from custom_components.backhug.device.protocols.described import handshake
from simulator.vendors.bed import VendorBed
from simulator.vendors.murmur import Murmur
from simulator.vendors.taster import State as Bed, Taster
from tests.home import Home, until

from .bench import EVERY_DIALECT
from .described import DescribedClient, client_of, text_of


class Encrypted(Taster):
    """A bed that lets nobody listen who is not paired."""

    encrypted = True


class EncryptedMurmur(Murmur):
    """Another one, whose stop is no key that toggles."""

    encrypted = True


class Unwilling(PairingDelegate):
    """Refuses every pairing."""

    @override
    async def accept(self) -> bool:
        """Refuse."""
        return False


async def client(home: Home, text: str = "") -> DescribedClient[Encrypted]:
    """Return a client that is not connected yet."""
    return await client_of(home, Encrypted, text or text_of(Taster), connect=False)


@EVERY_DIALECT
async def test_pairing_on_demand(home: Home) -> None:
    """The description need not say so."""
    paired = await client(home)
    await paired.connect()
    paired.bed.become(Bed.TREATING)
    await paired.shows(State.TREATING)
    await paired.hug.stop()
    assert paired.bed.state is Bed.STANDBY
    # A bonded client is known the next time.
    paired.bed.drop_link()
    await until(lambda: paired.bed.connections > 1, "it is connected again")
    paired.bed.become(Bed.TREATING)
    await paired.shows(State.TREATING)


def refuse_pairing(bed: VendorBed) -> None:
    """Let a bed refuse every pairing from now on."""
    assert bed._device is not None
    bed._device.pairing_config_factory = lambda _: PairingConfig(
        mitm=False, delegate=Unwilling(PairingDelegate.NO_OUTPUT_NO_INPUT)
    )


@pytest.mark.parametrize("pairing", ["none", "just_works"])
@pytest.mark.usefixtures("hurried")
async def test_refused_pairing_is_said(home: Home, pairing: str) -> None:
    """Instead of connecting for ever, without a word."""
    text = text_of(Taster).replace("link:", f"link:\n  pairing: {pairing}")
    refused = await client(home, text)
    refuse_pairing(refused.bed)
    refused.hug.connection.hold()
    await until(lambda: refused.hug.snapshot.incompatible, "it is said")
    assert refused.hug.snapshot.incompatible == NotPairedError.reason
    assert refused.bed.received == []


@pytest.mark.usefixtures("hurried")
async def test_stop_is_tried_without_pairing(home: Home) -> None:
    """The device may take it all the same."""
    refused = await client_of(home, EncryptedMurmur, text_of(Murmur), connect=False)
    refuse_pairing(refused.bed)
    refused.bed.running = True
    refused.hug.connection.hold()
    with pytest.raises(NotPairedError):
        await refused.hug.stop()
    assert not refused.bed.running


@pytest.mark.usefixtures("hurried")
async def test_pairing_that_is_not_enough_is_said(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one without a code where the device wants one."""

    async def nothing(_: object) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(handshake, "pair", nothing)
    refused = await client(home)
    refused.hug.connection.hold()
    await until(lambda: refused.hug.snapshot.incompatible, "it is said")
    assert refused.hug.snapshot.incompatible == NotPairedError.reason


@pytest.mark.usefixtures("hurried")
async def test_other_refusal_pairs_nobody(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no question of encryption."""
    paired: list[object] = []

    async def pair(client: object) -> None:
        paired.append(client)

    async def refuse(*_: object) -> None:
        raise AttError(0x80, "refused")

    monkeypatch.setattr(handshake, "pair", pair)
    monkeypatch.setattr(handshake.HandshakeProtocol, "_open", refuse)
    refused = await client(home)
    refused.hug.connection.hold()
    await until(lambda: refused.hug.connection.last_error, "it has failed")
    assert refused.hug.snapshot.incompatible is None
    assert paired == []
