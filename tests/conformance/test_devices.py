"""Simulated devices: those that keep to the profile pass, each other fails its clause."""

from __future__ import annotations

import asyncio
from dataclasses import replace
import re
from typing import Any, override

from bumble import att
from bumble.gatt import Characteristic
import pytest

from conformance.report import Clause, Outcome, Report
from conformance.run import check_device
from conformance.simulated import Simulated, simulated
from simulator import protocol
from simulator.back import Back, Build, End, Opcode, Result, State, Status
from simulator.control_point import ControlPoint
from simulator.dialect import Dialect
from simulator.faults import Faults
from simulator.model import Flags, Request
from simulator.peripheral import Peripheral
from tests.repository.common import ROOT

from .misbehaving_backs import with_control_point
from .misbehaviour import BREAKS

TENSION = {Clause.FRAGMENTS, Clause.SCANS, Clause.RECORD}


async def checked(device: Simulated) -> Report:
    """Return the report about a device."""
    report = Report()
    await check_device(device, report)
    return report


def received(device: Simulated) -> set[int]:
    """Return the opcodes that a device received."""
    return {request.opcode for request in device.back.requests}


@pytest.mark.parametrize(
    ("build", "unchecked"),
    [
        (Build(), set()),
        (Build(name="BackHug", fingers=24, shortest=60, mtu=23), set()),
        (Build(strengths=20, areas=(3,), flows=(4, 9), longest=30), set()),
        (Build(encrypted=True), {Clause.NOT_ENABLED}),
        (Build(can_pause=False), {Clause.PAUSE}),
        (
            Build(senses_occupancy=False, measures_tension=False),
            {Clause.NOBODY, Clause.PERSON_LEAVES, *TENSION},
        ),
        (
            Build(can_pause=False, senses_occupancy=False, reports_leg_rest=False),
            {Clause.NOBODY, Clause.PERSON_LEAVES, Clause.PAUSE},
        ),
    ],
)
async def test_well_behaved_device_passes(build: Build, unchecked: set[Clause]) -> None:
    """All that a device offers is checked, and passes."""
    async with simulated(build) as device:
        report = await checked(device)
        assert {each: report.failures(each) for each in report.of(Outcome.FAILED)} == {}
        assert set(report.of(Outcome.NOT_CHECKED)) == unchecked
        assert device.back.state is State.STANDBY
        assert device.back.session_number == 2
        assert report.remarks == ["The strength was left at level 1."]


@pytest.mark.parametrize("clause", BREAKS, ids=lambda clause: clause.name.lower())
async def test_faulty_device_fails_its_clause(clause: Clause) -> None:
    """A device that breaks one clause fails exactly that one, and is stopped."""
    broken = BREAKS[clause]
    async with simulated(
        broken.build,
        back=broken.back,
        peripheral=broken.peripheral,
        faults=broken.faults(),
    ) as device:
        report = await checked(device)
        assert {each: report.failures(each) for each in report.of(Outcome.FAILED)} == {
            clause: report.failures(clause)
        }
        assert report.failures(clause)
        assert not device.back.running


class SensesAlways(Back):
    """Senses somebody whoever is there."""

    @override
    def status(self) -> Status:
        status = super().status()
        return replace(status, flags=status.flags | Flags.OCCUPIED)


class SensesNobody(Back):
    """Senses nobody whoever is there."""

    @override
    def status(self) -> Status:
        status = super().status()
        return replace(status, flags=status.flags & ~Flags.OCCUPIED)


class FinishesForever(Back):
    """Never reaches standby after a session."""

    @override
    def _finished(self) -> None:
        self._tick()
        self._after("phase", 15, self._finished)


class EndsWhileScanning(Back):
    """Ends a session while it scans, as if the person had left."""

    @override
    def _treat_after_scanning(self) -> None:
        self._end(End.PERSON_LEFT)


class StaysPaused(Back):
    """Answers resume, and stays paused."""

    @override
    def _carry_out(self, opcode: int, parameters: bytes) -> Result:
        if opcode == Opcode.RESUME and self.state is State.PAUSED:
            return Result.DONE
        return super()._carry_out(opcode, parameters)


class StopsSilently(ControlPoint):
    """Stops, but does not answer a stop that overtakes a request."""

    @override
    def _take_stop(self, entry: Request) -> None:
        if self._pending is None:
            super()._take_stop(entry)
        else:
            self._stop()


@pytest.mark.parametrize(
    ("back", "failed", "sessions", "remark"),
    [
        (SensesAlways, set(), 0, "senses somebody although nobody is lying on it"),
        (SensesNobody, set(), 0, "does not sense that somebody is lying on it"),
        (FinishesForever, set(), 1, "the state is still 4 after 90 seconds"),
        (EndsWhileScanning, set(), 2, "the session ended while it scanned"),
        (StaysPaused, {Clause.PAUSE}, 2, "RESUME did not lead to state 2"),
        (with_control_point(StopsSilently), {Clause.STOP_OVERTAKES}, 2, "level 1"),
    ],
)
async def test_checks_end_where_a_session_does_not_go_on(
    back: type[Back], failed: set[Clause], sessions: int, remark: str
) -> None:
    """The report says why the rest was not checked, and the device is stopped."""
    async with simulated(back=back) as device:
        report = await checked(device)
        assert set(report.of(Outcome.FAILED)) == failed
        assert any(remark in each for each in report.remarks)
        assert device.back.session_number == sessions
        assert not device.back.running


async def test_device_pairs_over_bluez() -> None:
    """BlueZ hides the ATT error that asks for encryption; the device passes all the same."""
    async with simulated(Build(encrypted=True)) as device:
        device.central.dialect = Dialect.BLUEZ
        report = await checked(device)
        assert report.of(Outcome.FAILED) == []
        assert report.outcome(Clause.STOP_OVERTAKES) is Outcome.PASSED
        assert device.back.session_number == 2


class EnablesEncrypted(Peripheral):
    """Wants encryption before anything is enabled."""

    @override
    def configured(self, characteristic: Characteristic[Any]) -> None:
        if not self.encrypted:
            raise att.ATT_Error(protocol.INSUFFICIENT_AUTHENTICATION)
        super().configured(characteristic)


async def test_enabling_indications_needs_no_encryption() -> None:
    """A device that wants encryption for it fails that clause; the rest is checked."""
    async with simulated(peripheral=EnablesEncrypted) as device:
        report = await checked(device)
        assert report.of(Outcome.FAILED) == [Clause.ENCRYPTION]
        assert report.failures(Clause.ENCRYPTION) == [
            "enabling indications requires encryption"
        ]
        assert device.back.session_number == 2


def test_every_clause_has_a_faulty_device() -> None:
    """No check is without a device that fails it."""
    assert set(BREAKS) == set(Clause)


def test_clauses_name_headings_of_the_profile() -> None:
    """A maker finds the section that a clause names."""
    page = (ROOT / "docs" / "profile.md").read_text()
    headings = set(re.findall(r"^#+ (.+)$", page, re.MULTILINE))
    assert {clause.section for clause in Clause} <= headings


# -- Safety


class Person(Simulated):
    """Somebody who agrees to so many requests."""

    agreements = 0

    @override
    async def confirm(self, request: str, *, occupied: bool | None = None) -> bool:
        if len(self.questions) >= self.agreements:
            self.questions.append(request)
            return False
        return await super().confirm(request, occupied=occupied)


@pytest.mark.parametrize(("agreements", "sessions"), [(0, 0), (1, 0), (2, 2), (3, 2)])
async def test_nothing_moves_without_consent(agreements: int, sessions: int) -> None:
    """No start is sent before the person agreed, and none after they declined."""
    async with simulated() as device:
        person = Person(device.central, device.peripheral, agrees=True)
        person.agreements = agreements
        report = await checked(person)
        assert len(person.questions) == agreements + 1
        assert device.back.session_number == sessions
        assert (Opcode.START in received(device)) is (agreements > 0)
        assert report.of(Outcome.FAILED) == []
        assert not device.back.running


async def test_stop_is_sent_before_anything_else() -> None:
    """The first three requests are stops, and no strength is above level 1."""
    async with simulated() as device:
        await checked(device)
        requests = device.back.requests
        assert [request.opcode for request in requests[:3]] == [Opcode.STOP] * 3
        done = [request for request in requests if request.result == 0]
        for request in done:
            if request.opcode == Opcode.SET_STRENGTH:
                assert request.parameters == b"\1"
            if request.opcode == Opcode.START:
                assert request.parameters[0] == device.back.build.shortest
                assert request.parameters[1] in (1, 255)
        assert device.back.strength == 1


async def test_session_is_stopped_when_the_check_is_cancelled() -> None:
    """Ctrl-C in a session ends the session."""

    class Interrupted(Simulated):
        @override
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if self.back.running and not task.cancelling():
                task.cancel()

    async with simulated() as device:
        surroundings = Interrupted(device.central, device.peripheral, agrees=True)
        task = asyncio.create_task(check_device(surroundings, Report()))
        with pytest.raises(asyncio.CancelledError):
            await task
        assert device.back.session_number == 1
        assert device.back.state is State.FINISHING
        assert not device.peripheral.connected


async def test_session_is_stopped_over_a_new_connection() -> None:
    """A lost link in a session is followed at once by a new connection and a stop."""

    class Dropped(Simulated):
        dropped: float | None = None

        @override
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if self.back.running and self.dropped is None:
                self.dropped = self.now()
                self.peripheral.drop_link()

    async with simulated() as device:
        surroundings = Dropped(device.central, device.peripheral, agrees=True)
        report = await checked(surroundings)
        assert surroundings.dropped is not None
        assert surroundings.now() - surroundings.dropped < 1
        assert report.of(Outcome.FAILED) == [Clause.CONNECTION]
        assert device.peripheral.connections == 2
        assert device.back.state is State.FINISHING


async def test_stop_is_tried_until_the_device_is_back() -> None:
    """A device that refuses connections at first is stopped all the same."""

    class Away(Simulated):
        @override
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if self.back.running and self.peripheral.connections == 1:
                # The pause between two attempts brings it back.
                refused = self.peripheral.faults.refuse_connections
                self.peripheral.faults.refuse_connections = not refused
                self.peripheral.drop_link()

    async with simulated() as device:
        report = await checked(Away(device.central, device.peripheral, agrees=True))
        assert report.of(Outcome.FAILED) == [Clause.CONNECTION]
        assert not any("NOT CONFIRMED" in remark for remark in report.remarks)
        assert device.back.state is State.FINISHING
        assert not device.peripheral.connected


async def test_unconfirmed_stop_is_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A device out of reach in a session is reported, at once and in the end."""

    class Vanished(Simulated):
        @override
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if self.back.running:
                self.peripheral.faults.refuse_connections = True
                self.peripheral.drop_link()

    async with simulated() as device:
        report = await checked(Vanished(device.central, device.peripheral, agrees=True))
        assert report.of(Outcome.FAILED) == [Clause.CONNECTION]
        assert any("NOT CONFIRMED" in remark for remark in report.remarks)
        assert capsys.readouterr().err.count("use its power switch") == 1


async def test_stronger_session_is_stopped_at_once() -> None:
    """A device that starts above level 1 is stopped, and nothing else is started."""

    class Strong(Back):
        @override
        def _start(self, minutes: int, strength: int, area: int, flow: int) -> None:
            super()._start(minutes, self.build.strengths, area, flow)

    async with simulated(back=Strong) as device:
        report = await checked(device)
        assert Clause.START in report.of(Outcome.FAILED)
        assert device.back.session_number == 1
        assert not device.back.running


async def test_running_device_is_sent_nothing() -> None:
    """Somebody's own session is left alone."""
    async with simulated() as device:
        device.back.lie_down()
        device.back.start_at_device(20)
        report = await checked(device)
        assert device.back.requests == []
        assert device.back.running
        assert any("not standby" in remark for remark in report.remarks)


async def test_reading_only_writes_nothing() -> None:
    """A reader writes no request, and enables nothing."""
    async with simulated() as device:
        report = Report()
        await check_device(device, report, read_only=True)
        assert device.back.requests == []
        assert device.peripheral.refused == []
        assert report.outcome(Clause.BOUNDS) is Outcome.PASSED
        assert report.outcome(Clause.STOP_ALWAYS) is Outcome.NOT_CHECKED


async def test_other_device_is_sent_nothing() -> None:
    """A device of another protocol is recognised and left alone."""
    async with simulated(faults=Faults(other_protocol=True)) as device:
        report = await checked(device)
        assert Clause.PRESENT in report.of(Outcome.FAILED)
        assert device.back.requests == []


async def test_silent_device_is_reported() -> None:
    """A device that is switched off is not heard."""
    async with simulated() as device:
        device.back.switch_off()
        report = await checked(device)
        assert report.remarks[0].startswith("The device was not heard advertising.")
        assert set(report.of(Outcome.NOT_CHECKED)) == set(Clause)
