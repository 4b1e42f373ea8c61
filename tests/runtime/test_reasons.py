"""Refusals that say why, made by a receiver and heard by a sender; only where that is asked for."""

from dataclasses import replace

import pytest

from ch_migration import (
    MACHINE,
    Aborted,
    Completed,
    Config,
    Configured,
    Defaults,
    MemoryFdsReceived,
    Receiver,
    Refusal,
    Started,
)
from ch_migration.runtime import Asker, Cause, PeerRefused, RefusedMessage
from ch_migration.runtime.reasons import MOST, heard, said, telling
from ch_migration.source import Complete, Resumed, Start, StateSent
from ch_migration.source import Running as Sending
from ch_migration.source import Termination as Ended
from ch_migration.source.sender import asker
from frames import ABANDON, COMPLETE, CONFIG, ERROR, MEMORY_FD, OK, START, STATE

WHY = b"State is refused in Started"


class Full(Defaults):
    """Has no room for a VM."""

    def config(self, state: Started | MemoryFdsReceived, message: Config) -> Configured:
        del state, message
        raise Refusal(2, "no room:\n3 bytes")


def told(size: int) -> bytes:
    return ERROR[:8] + size.to_bytes(8, "little")


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (START + STATE, WHY),
        (START + b"\xff" + bytes(15), b"there is no message with code 255; it came in Started"),
        (START + STATE[:8] + b"\1" + bytes(7), WHY),
        (
            START + MEMORY_FD[:8] + b"\3" + bytes(7),
            b"MemoryFd is malformed in Started: its length is 3, not 4",
        ),
        (
            START + CONFIG,
            b"Config was refused by its handler in Started: no room: 3 bytes",
        ),
        (
            START + CONFIG[:17],
            b"the stream ended in Started, 1 bytes before the end of Config",
        ),
    ],
    ids=["refused", "unknown", "unread", "malformed", "handler", "eof"],
)
def test_a_refusal_says_why(stream: bytes, reason: bytes) -> None:
    with Receiver(Full(), machine=telling(MACHINE)) as receiver:
        replies = receiver.feed(stream) + receiver.eof()

    assert replies == OK + told(len(reason)) + reason


def test_what_is_accepted_and_what_comes_late_is_answered_as_ever() -> None:
    with Receiver(Defaults(), machine=telling(MACHINE)) as receiver:
        replies = receiver.feed(START + CONFIG + STATE + COMPLETE)
    assert (replies, receiver.termination) == (OK * 4, Completed(paused=False))

    with Receiver(Defaults(), machine=telling(MACHINE)) as receiver:
        replies = receiver.feed(START + ABANDON)
    assert replies == OK * 2

    with Receiver(Defaults(), machine=telling(MACHINE)) as receiver:
        receiver.feed(START + STATE)
        assert receiver.feed(ABANDON) == OK


def test_nothing_is_said_unless_it_is_asked_for() -> None:
    with Receiver(Defaults()) as receiver:
        assert receiver.feed(START + STATE) == OK + ERROR

    refused = RefusedMessage(state="Started", message="State")
    assert receiver.termination == Aborted(refused)


def test_a_protocol_whose_replies_have_no_size_cannot_say_why() -> None:
    unsized = replace(MACHINE, wire=replace(MACHINE.wire, sized=False))

    with pytest.raises(ValueError, match=r"^replies of this protocol do not say how long they are"):
        telling(unsized)


def test_a_reason_ends_before_a_letter_that_has_no_room() -> None:
    cause = RefusedMessage(state="é" * MOST, message="A")

    assert said(cause, 19) == b"A is refused in \xc3\xa9"


def test_a_reason_does_not_move_a_terminal() -> None:
    assert heard(b"no\x1b[2J\r\nroom\x00 \xff\xe2\x80\xae.") == "no[2J room \ufffd."


def asked(made: Asker[Sending, Ended], message: object) -> Asker[Sending, Ended]:
    """It has asked, and all of it has left."""
    made.sent(len(made.ask(message).data))
    return made


def refused(reason: str) -> Cause:
    return PeerRefused(state="Connected", message="Start", reply="Error", reason=reason)


def test_a_reason_is_heard_byte_by_byte() -> None:
    made = asked(asker(), Start(version=0))

    for byte in told(len(WHY)) + WHY:
        assert made.termination is None
        made.feed(bytes([byte]))

    cause = refused("State is refused in Started")
    assert made.termination == Resumed(cause)
    assert cause.summary() == (
        "the peer answered Start with Error in Connected: State is refused in Started"
    )


@pytest.mark.parametrize("size", [0, MOST + 1, 1 << 63])
def test_a_refusal_without_a_reason_or_with_a_long_one_is_not_waited_for(size: int) -> None:
    made = asked(asker(), Start(version=0))

    made.feed(told(size))

    assert (made.termination, made.finished) == (Resumed(refused("")), True)


def test_a_reason_that_never_comes_leaves_a_refusal() -> None:
    cut, silent = asked(asker(), Start(version=0)), asked(asker(patience=5.0), Start(version=0))

    cut.feed(told(10) + b"no")
    cut.eof()
    silent.feed(told(10) + b"no")
    silent.tick(5.0)

    assert cut.termination == silent.termination == Resumed(refused(""))


def test_what_is_refused_with_a_reason_is_in_no_doubt() -> None:
    made = asked(asker(state=StateSent()), Complete())
    doubts = [made.in_doubt]

    made.feed(told(4) + b"fu")
    made.eof()

    assert [*doubts, made.in_doubt] == [True, False]
