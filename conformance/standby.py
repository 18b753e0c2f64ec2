"""The checks of requests in standby, of which none moves anything."""

from __future__ import annotations

from .link import Link
from .profile import (
    AS_SHOWN,
    INDICATIONS_NOT_ENABLED,
    LONGEST,
    NEEDS_ENCRYPTION,
    Features,
    Opcode,
    Result,
    State,
    Status,
)
from .report import Clause


async def refused(
    link: Link, clause: Clause, expected: Result, opcode: int, *parameters: int
) -> None:
    """Check that a request is refused with a result, and changes nothing."""
    before = await link.status()
    result = await link.request(opcode, *parameters)
    after = await link.status()
    if after.running and not before.running:
        await link.request(Opcode.STOP)
    if result is None:
        return
    name = f"request {opcode} with {list(parameters)} in state {before.state}"
    link.report.expect(
        clause, result == expected, f"{name} was answered {result}, not {expected}"
    )
    if result != Result.DONE:
        link.report.expect(
            Clause.UNCHANGED,
            (before.settings, before.session) == (after.settings, after.session),
            f"{name} was refused, and changed something",
        )


async def check_before_enabling(link: Link) -> None:
    """Check requests while indications are not enabled."""
    assert link.features is not None
    error = await link.write(bytes((Opcode.STOP, link.next_token())))
    link.report.expect(
        Clause.STOP_ALWAYS,
        error is None,
        f"stop was refused by ATT error {error or 0:#04x} right after connecting",
    )
    flow = link.features.flows[0]
    error = await link.write(bytes((Opcode.SET_FLOW, link.next_token(), flow)))
    # Encryption is checked first, and enabling indications must work without it.
    if error not in NEEDS_ENCRYPTION:
        link.report.expect(
            Clause.NOT_ENABLED,
            error == INDICATIONS_NOT_ENABLED,
            f"the ATT error was {error:#04x}" if error else "the write was accepted",
        )
    # What was accepted all the same is answered before indications are enabled.
    await link.sleep(1)


async def check_standby(link: Link) -> None:
    """Check requests in standby: stop first, then what is refused, then settings."""
    features = link.features
    assert features is not None
    await _check_stop(link)
    await _check_no_token(link)
    await _check_refusals(link, features)
    await _check_settings(link, features)
    await _check_busy(link, features)


async def _check_stop(link: Link) -> None:
    report = link.report
    before = await link.status()
    result = await link.request(Opcode.STOP)
    report.expect(
        Clause.STOP_ANSWERED,
        result in (None, Result.DONE),
        f"stop in standby was answered {result}",
    )
    for value, token, what in (
        (bytes((Opcode.STOP,)), 0, "a stop without a token"),
        (bytes((Opcode.STOP, 99, 1, 2)), 99, "a stop with more octets"),
    ):
        since = len(link.events)
        error = await link.write(value)
        answered = await link.wait_for_answers(1, since)
        report.expect(
            Clause.STOP_FIRST_OCTET,
            error is None and answered,
            f"{what} was not answered",
        )
        if answers := link.answers(since):
            report.expect(
                Clause.TOKEN_ECHO,
                answers[0][2] == token,
                f"the answer to {what} carries token {answers[0][2]}, not {token}",
            )
    await link.sleep(1)
    after = await link.status()
    report.expect(
        Clause.STOP_HARMLESS,
        after.state == State.STANDBY and after.session == before.session,
        f"after stop in standby the state is {after.state}",
    )


async def _check_no_token(link: Link) -> None:
    since = len(link.events)
    error = await link.write(bytes((Opcode.SET_FLOW,)))
    if error in NEEDS_ENCRYPTION and not link.paired:
        await link.pair()
        await link.write(bytes((Opcode.SET_FLOW,)))
    answered = await link.wait_for_answers(1, since)
    link.report.expect(
        Clause.NO_TOKEN, not answered, "a request without a token was answered"
    )


async def _check_refusals(link: Link, features: Features) -> None:
    await refused(link, Clause.UNKNOWN_OPCODE, Result.UNKNOWN_OPCODE, Opcode.UNKNOWN)
    await refused(link, Clause.UNKNOWN_OPCODE, Result.UNKNOWN_OPCODE, 0)
    if features.can_pause:
        await refused(link, Clause.WRONG_STATE, Result.NOT_IN_THIS_STATE, Opcode.PAUSE)
    else:
        await refused(link, Clause.UNKNOWN_OPCODE, Result.UNKNOWN_OPCODE, Opcode.PAUSE)
    invalid: list[tuple[int, ...]] = [
        (Opcode.SET_STRENGTH, 0),
        (Opcode.SET_STRENGTH, features.strengths + 1),
        (Opcode.SET_STRENGTH, AS_SHOWN),
        (Opcode.SET_STRENGTH,),
        (Opcode.SET_AREA, not_offered(features.areas)),
        (Opcode.SET_AREA, AS_SHOWN),
        (Opcode.SET_FLOW, not_offered(features.flows)),
        (Opcode.SET_FLOW, AS_SHOWN),
        (Opcode.SET_LENGTH, features.shortest - 1),
    ]
    if features.longest < LONGEST:
        invalid.append((Opcode.SET_LENGTH, features.longest + 1))
    for request in invalid:
        await refused(
            link, Clause.INVALID_PARAMETER, Result.INVALID_PARAMETER, *request
        )
    for minutes in (LONGEST + 1, AS_SHOWN):
        await refused(
            link,
            Clause.LENGTH_LIMIT,
            Result.INVALID_PARAMETER,
            Opcode.SET_LENGTH,
            minutes,
        )


async def _check_settings(link: Link, features: Features) -> None:
    """Set each setting to two values where there are two; strength to level 1 only."""
    longer = min(features.shortest + 1, features.longest, LONGEST)
    await set_strength_to_one(link)
    for code in (features.areas[0], features.areas[-1]):
        await check_setting(link, Opcode.SET_AREA, code)
    for code in (features.flows[0], features.flows[-1]):
        await check_setting(link, Opcode.SET_FLOW, code)
    for minutes in (longer, features.shortest):
        await check_setting(link, Opcode.SET_LENGTH, minutes)


async def set_strength_to_one(link: Link) -> Status:
    """Set the strength to level 1, and check that."""
    return await check_setting(link, Opcode.SET_STRENGTH, 1)


async def check_setting(link: Link, opcode: Opcode, value: int) -> Status:
    """Check that a setting is accepted and shown; return Status."""
    before, since = await link.status(), len(link.events)
    result = await link.request(opcode, value)

    def shows(status: Status) -> bool:
        return _setting(status, opcode) == value

    if shows(before):
        after = await link.status()
    else:
        after = await link.changed(since, shows, f"{opcode.name} {value}")
    if result is not None:
        link.report.expect(
            Clause.SETTINGS,
            result == Result.DONE and shows(after),
            f"{opcode.name} {value} was answered {result}; Status shows "
            f"{_setting(after, opcode):g}",
        )
    return after


def _setting(status: Status, opcode: Opcode) -> float:
    return {
        Opcode.SET_STRENGTH: status.strength,
        Opcode.SET_AREA: status.area,
        Opcode.SET_FLOW: status.flow,
        Opcode.SET_LENGTH: status.length / 60,
    }[opcode]


def not_offered(codes: tuple[int, ...]) -> int:
    """Return a code that is not among these."""
    return next(code for code in range(17) if code not in codes)


async def _check_busy(link: Link, features: Features) -> None:
    """Make a request while another one is not answered, if the device is slow enough."""
    since = len(link.events)
    area, flow = features.areas[0], features.flows[0]
    await link.write(bytes((Opcode.SET_AREA, link.next_token(), area)))
    await link.write(bytes((Opcode.SET_FLOW, link.next_token(), flow)))
    # Responses and indications keep their order, so the device had not answered either.
    waited = not link.answered(Opcode.SET_AREA, since)
    await link.wait_for_answers(2, since)
    results = {answer[1]: answer[3] for answer in link.answers(since)}
    if waited and results.keys() == {Opcode.SET_AREA, Opcode.SET_FLOW}:
        link.report.expect(
            Clause.BUSY,
            results[Opcode.SET_FLOW] == Result.BUSY,
            f"the second request was answered {results[Opcode.SET_FLOW]}",
        )
