"""Whether a request can be carried out (profile: Control point)."""

from .model import AS_SHOWN, Opcode, Result, State
from .session import ROUNDING, SessionMachine

_PARAMETERS = {Opcode.START: 4} | dict.fromkeys(
    (Opcode.SET_STRENGTH, Opcode.SET_AREA, Opcode.SET_FLOW, Opcode.SET_LENGTH), 1
)


def check(machine: SessionMachine, opcode: int, parameters: bytes) -> Result:
    """Check a request in the profile's order; DONE if it can be carried out."""
    if not _knows(machine, opcode):
        return Result.UNKNOWN_OPCODE
    if machine.state is State.FAULT:
        return Result.FAULT
    if not _possible_now(machine, Opcode(opcode)):
        return Result.NOT_IN_THIS_STATE
    if not _valid(machine, Opcode(opcode), parameters):
        return Result.INVALID_PARAMETER
    puts_to_work = opcode == Opcode.START or (
        opcode == Opcode.RESUME and machine.state is State.PAUSED
    )
    if puts_to_work and machine.someone_is_missing:
        return Result.NOBODY_ON_IT
    return Result.DONE


def _knows(machine: SessionMachine, opcode: int) -> bool:
    if opcode == Opcode.PAUSE:
        return machine.build.can_pause
    if opcode == Opcode.RESUME:
        return machine.build.can_pause or machine.build.senses_occupancy
    return opcode in Opcode


def _possible_now(machine: SessionMachine, opcode: Opcode) -> bool:
    if opcode is Opcode.START:
        return machine.state is State.STANDBY
    if opcode is Opcode.PAUSE:
        return machine.state in (State.TREATING, State.PAUSED)
    if opcode is Opcode.RESUME:
        return machine.running
    return True


def _valid(machine: SessionMachine, opcode: Opcode, parameters: bytes) -> bool:
    if len(parameters) < _PARAMETERS.get(opcode, 0):
        return False
    build = machine.build
    match opcode:
        case Opcode.START:
            minutes, strength, area, flow = parameters[:4]
            return (
                build.shortest <= minutes <= build.longest_allowed
                and (strength == AS_SHOWN or 1 <= strength <= build.strengths)
                and area in (AS_SHOWN, *build.areas)
                and flow in (AS_SHOWN, *build.flows)
            )
        case Opcode.SET_STRENGTH:
            return 1 <= parameters[0] <= build.strengths
        case Opcode.SET_AREA:
            return parameters[0] in build.areas
        case Opcode.SET_FLOW:
            return parameters[0] in build.flows
        case Opcode.SET_LENGTH:
            return _valid_length(machine, parameters[0])
        case _:
            return True


def _valid_length(machine: SessionMachine, minutes: int) -> bool:
    within_bounds = machine.build.shortest <= minutes <= machine.build.longest_allowed
    return within_bounds and (
        not machine.running or minutes * 60 > machine.passed() + ROUNDING
    )
