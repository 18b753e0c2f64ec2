"""The checks that move the device: short sessions at strength level 1, stop first."""

from __future__ import annotations

from .link import IN_TIME, Link
from .profile import (
    AS_SHOWN,
    LONGEST,
    STOPPED_BY_CLIENT,
    Features,
    Opcode,
    Result,
    State,
    Status,
)
from .reading import check_record
from .report import Clause
from .standby import check_setting, not_offered, refused, set_strength_to_one

_PHASE_SECONDS = 90.0
"""Until a phase that lasts about 20 seconds is over."""
_TREATING_SECONDS = 4.0
_AWAY_SECONDS = 45.0
"""Less than the minute after which the device ends the session, since it may have begun earlier."""
_STOPS = 5


class SessionError(Exception):
    """A session did not go on as it must, so the rest cannot be checked."""


async def ensure_stopped(link: Link) -> None:
    """Stop, again each second, until Status shows that no session runs."""
    for _ in range(_STOPS):
        await link.write(bytes((Opcode.STOP, link.next_token())))
        if not (await link.status()).running:
            return
        await link.sleep(1)
    link.report.expect(
        Clause.STOP_ENDS, False, "the session continues: use the device's power switch"
    )


class Sessions:
    """The checks of sessions on one link, whose device is in standby."""

    def __init__(self, link: Link, features: Features) -> None:
        """Take the link, and how a session is made short and mild."""
        self._link = link
        self._report = link.report
        self._features = features
        self._area = features.areas[-1]
        self._flow = features.flows[-1]

    async def check(self) -> None:
        """Check two sessions, as far as the person beside the device agrees."""
        try:
            if self._features.senses_occupancy and not await self._check_nobody():
                return
            if not await self._begin():
                return
            await self._check_stop()
            await self._check_refused_starts()
            await self._check_course()
        except SessionError as error:
            self._report.remarks.append(f"The rest was not checked: {error}.")

    async def _check_nobody(self) -> bool:
        agreed = await self._link.surroundings.confirm(
            "Next, a start must be refused because nobody lies on the device. If the firmware is wrong, it moves; "
            "it is stopped at once. Nobody may lie on it or touch it. Is that so?",
            occupied=False,
        )
        if not agreed:
            return False
        await self._link.sleep(1)
        if (await self._link.status()).occupied:
            raise SessionError(
                "the device senses somebody although nobody is lying on it"
            )
        await self._refused_start(Clause.NOBODY, Result.NOBODY_ON_IT)
        return True

    async def _begin(self) -> bool:
        agreed = await self._link.surroundings.confirm(
            "Next, two sessions are started at strength level 1, each stopped after less than two minutes. "
            + (
                "Somebody in good health must lie on the device, and a second person must stand at its power switch. "
                if self._features.senses_occupancy
                else "Nobody needs to lie on the device; somebody must be at its power switch. "
            )
            + "May it move?",
            occupied=True,
        )
        if agreed and self._features.senses_occupancy:
            await self._link.sleep(2)
            if not (await self._link.status()).occupied:
                raise SessionError(
                    "the device does not sense that somebody is lying on it"
                )
        return agreed

    # -- Parts of a session

    async def _refused_start(
        self, clause: Clause, expected: Result, **parameters: int
    ) -> None:
        await refused(
            self._link,
            clause,
            expected,
            Opcode.START,
            parameters.get("minutes", self._features.shortest),
            parameters.get("strength", 1),
            parameters.get("area", self._area),
            self._flow,
        )
        # After a start that should have been refused, and was stopped.
        if (await self._link.status()).state == State.FINISHING:
            await self._wait_for(State.STANDBY)

    async def _start(self, *settings: int) -> Status:
        """Start a session; SessionError if none runs at level 1 afterwards."""
        link = self._link
        before, since = await link.status(), len(link.events)
        result = await link.request(Opcode.START, self._features.shortest, *settings)
        status = await link.changed(since, lambda status: status.running, "the start")
        if result is not None:
            self._report.expect(
                Clause.START,
                result == Result.DONE and status.running,
                f"start was answered {result}; the state is {status.state}",
            )
        if not status.running:
            raise SessionError("no session began")
        self._report.expect(
            Clause.SESSION_NUMBER,
            status.session == (before.session + 1) % 2**32,
            f"{before.session} before the start, {status.session} after it",
        )
        if status.strength != 1:
            self._report.expect(
                Clause.AS_SHOWN if AS_SHOWN in settings else Clause.START,
                False,
                f"the session runs at strength level {status.strength}, not 1",
            )
            raise SessionError("the strength is not at level 1")
        return status

    async def _wait_for(self, *states: State) -> Status:
        """Wait for a state; SessionError if it does not come."""
        surroundings = self._link.surroundings
        limit = surroundings.now() + _PHASE_SECONDS
        while (status := await self._link.status()).state not in states:
            if surroundings.now() > limit:
                raise SessionError(
                    f"the state is still {status.state} after {_PHASE_SECONDS:.0f} seconds"
                )
            await self._link.sleep(0.5)
        return status

    async def _ended(self, session: int, *, before: bool) -> None:
        """Check what a stopped session leaves, and wait for standby."""
        status = await self._link.status()
        self._report.expect(
            Clause.STOP_ENDS,
            not status.running,
            f"after stop the state is {status.state}",
        )
        if status.running:
            raise SessionError("stop did not end the session")
        self._report.expect(
            Clause.LAST_END,
            status.last_end == STOPPED_BY_CLIENT,
            f"a session that was stopped ended by {status.last_end}",
        )
        await check_record(self._link, session, before=before)
        if status.state == State.FINISHING and self._features.can_pause:
            await refused(
                self._link, Clause.WRONG_STATE, Result.NOT_IN_THIS_STATE, Opcode.PAUSE
            )
        await self._wait_for(State.STANDBY)
        await check_record(self._link, session, before=before)

    # -- The first session: stop

    async def _check_stop(self) -> None:
        """Start with explicit settings, and stop while scanning."""
        link = self._link
        status = await self._start(1, self._area, self._flow)
        self._report.expect(
            Clause.START,
            status.settings
            == (1, self._area, self._flow, self._features.shortest * 60),
            f"Status shows {status.settings}",
        )
        await link.sleep(2)
        since = len(link.events)
        result = await link.request(Opcode.STOP)
        self._report.expect(
            Clause.STOP_ANSWERED,
            result in (None, Result.DONE),
            f"stop in a session was answered {result}",
        )
        await link.changed(since, lambda status: not status.running, "the stop")
        await self._ended(status.session, before=False)

    async def _check_refused_starts(self) -> None:
        for minutes in (LONGEST + 1, AS_SHOWN):
            await self._refused_start(
                Clause.LENGTH_LIMIT, Result.INVALID_PARAMETER, minutes=minutes
            )
        invalid = Clause.INVALID_PARAMETER, Result.INVALID_PARAMETER
        await self._refused_start(*invalid, strength=0)
        await self._refused_start(*invalid, area=not_offered(self._features.areas))
        await self._refused_start(*invalid, minutes=self._features.shortest - 1)
        if self._features.can_resume:
            await refused(
                self._link, Clause.WRONG_STATE, Result.NOT_IN_THIS_STATE, Opcode.RESUME
            )
        else:
            await refused(
                self._link, Clause.UNKNOWN_OPCODE, Result.UNKNOWN_OPCODE, Opcode.RESUME
            )

    # -- The second session: its course

    async def _check_course(self) -> None:
        """Start with the shown settings, go through all states, stop while a request waits."""
        link, features = self._link, self._features
        before = await set_strength_to_one(link)
        keeps = before.strength == 1
        status = await self._start(AS_SHOWN if keeps else 1, AS_SHOWN, AS_SHOWN)
        self._report.expect(
            Clause.AS_SHOWN,
            status.settings[:3] == (1, before.area, before.flow),
            f"{before.settings[:3]} before the start, {status.settings[:3]} after it",
        )
        await self._refused_start(Clause.WRONG_STATE, Result.NOT_IN_THIS_STATE)
        if features.can_pause:
            await refused(
                link, Clause.WRONG_STATE, Result.NOT_IN_THIS_STATE, Opcode.PAUSE
            )
        session = status.session
        if (await self._wait_for(*_AFTER_SCANNING)).state != State.TREATING:
            raise SessionError("the session ended while it scanned")
        await check_record(link, session, before=True)
        await link.sleep(_TREATING_SECONDS)
        await check_setting(link, Opcode.SET_AREA, features.areas[0])
        if features.can_pause:
            await self._check_pause()
        if features.senses_occupancy:
            await self._check_person_leaves()
        await self._check_overtaking()
        await self._ended(session, before=True)

    async def _check_pause(self) -> None:
        # The second one of each changes nothing.
        for opcode, expected in (
            (Opcode.PAUSE, State.PAUSED),
            (Opcode.PAUSE, State.PAUSED),
            (Opcode.RESUME, State.TREATING),
            (Opcode.RESUME, State.TREATING),
        ):
            await self._change_state(Clause.PAUSE, opcode, expected)
            await self._link.sleep(2)

    async def _change_state(
        self, clause: Clause, opcode: Opcode, expected: State
    ) -> None:
        """Check that a request leads to a state; SessionError if it does not."""
        link = self._link
        before, since = await link.status(), len(link.events)
        result = await link.request(opcode)
        if before.state == expected:
            status = await link.status()
        else:
            status = await link.changed(
                since, lambda status: status.state == expected, opcode.name
            )
        self._report.expect(
            clause,
            result in (None, Result.DONE) and status.state == expected,
            f"{opcode.name} in state {before.state} was answered {result}; "
            f"the state is {status.state}",
        )
        if status.state != expected:
            raise SessionError(f"{opcode.name} did not lead to state {expected}")

    async def _check_person_leaves(self) -> None:
        surroundings = self._link.surroundings
        if not await surroundings.confirm(
            "Now get up from the device. Done?", occupied=False
        ):
            return
        left = surroundings.now()
        await self._link.sleep(3)
        status = await self._link.status()
        self._report.expect(
            Clause.PERSON_LEAVES,
            status.state == State.PAUSED and status.person_left,
            f"nobody lies on it; the state is {status.state}, flags {status.flags}",
        )
        agreed = await surroundings.confirm(
            "Lie down again within half a minute. Done?", occupied=True
        )
        if not agreed or surroundings.now() - left > _AWAY_SECONDS:
            raise SessionError("nobody came back in time")
        await self._link.sleep(2)
        status = await self._link.status()
        self._report.expect(
            Clause.PERSON_LEAVES,
            status.state == State.PAUSED,
            f"they came back; the state is {status.state}, not paused until resume",
        )
        await self._change_state(Clause.PERSON_LEAVES, Opcode.RESUME, State.TREATING)

    async def _check_overtaking(self) -> None:
        """Stop right after another request."""
        link = self._link
        since = len(link.events)
        flow = self._features.flows[0]
        await link.write(bytes((Opcode.SET_FLOW, link.next_token(), flow)))
        await link.write(bytes((Opcode.STOP, link.next_token())))
        waited = not link.answered(Opcode.SET_FLOW, since)
        await link.until(
            lambda: all(
                link.answered(opcode, since)
                for opcode in (Opcode.STOP, Opcode.SET_FLOW)
            ),
            IN_TIME,
        )
        if not waited:
            return
        answers = [(answer[1], answer[3]) for answer in link.answers(since)]
        self._report.expect(
            Clause.STOP_OVERTAKES,
            bool(answers) and answers[0][0] == Opcode.STOP,
            f"the first answer was not that to stop: {answers}",
        )
        overtaken = dict(answers).get(Opcode.SET_FLOW)
        self._report.expect(
            Clause.STOP_OVERTAKES,
            overtaken in (Result.DONE, Result.BUSY),
            f"the overtaken request was answered {overtaken}",
        )


_AFTER_SCANNING = (State.TREATING, State.FINISHING, State.STANDBY, State.FAULT)
