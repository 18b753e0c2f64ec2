"""The pairing agent on BlueZ, message by message; scripts/bluez runs it on a bus."""

from __future__ import annotations

from dbus_fast import Message, MessageType
import pytest

from conformance.pairing import answer

ADDRESS = "c0:ff:ee:00:7f:2a"
OURS = "/org/bluez/hci0/dev_C0_FF_EE_00_7F_2A"
OTHER = "/org/bluez/hci0/dev_00_11_22_33_44_55"


def ask(member: str, *body: object, interface: str = "org.bluez.Agent1") -> Message:
    """Return a message as BlueZ sends it."""
    return Message(
        path="/agent",
        interface=interface,
        member=member,
        signature="".join("o" if isinstance(each, str) else "u" for each in body),
        body=list(body),
        serial=7,
        sender=":1.2",
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (ask("RequestAuthorization", OURS), MessageType.METHOD_RETURN),
        (ask("RequestConfirmation", OURS, 123456), MessageType.METHOD_RETURN),
        (ask("RequestAuthorization", OTHER), MessageType.ERROR),
        (ask("RequestPasskey", OURS), MessageType.ERROR),
    ],
)
def test_only_the_checked_device_may_pair(
    message: Message, expected: MessageType
) -> None:
    """Another device is refused, and so is a passkey, which nobody can type."""
    reply = answer(message, ADDRESS)
    assert isinstance(reply, Message)
    assert (reply.message_type, reply.reply_serial) == (expected, 7)


def test_other_messages_are_left_alone() -> None:
    """Notices need no answer of ours, and other interfaces are not the agent's."""
    assert answer(ask("Cancel"), ADDRESS) is True
    assert answer(ask("Ping", interface="org.freedesktop.DBus.Peer"), ADDRESS) is False
