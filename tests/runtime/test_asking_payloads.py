"""Replies that bring a payload."""

import pytest

from runtime import asking_link
from runtime.askers import name, sent
from runtime.asking_link import (
    FETCHING,
    FETCHING_EXACTLY,
    MAGIC,
    Fetch,
    Lost,
    Ready,
    asker,
    fetched,
)
from runtime.link import Bye
from wirechart.runtime import (
    AskingMachine,
    EndOfStream,
    MalformedReply,
    NotAllowedError,
    PeerRefused,
)


def test_a_payload_goes_into_the_buffer_that_was_given() -> None:
    buffer = bytearray(8)
    made = asker(FETCHING)
    sent(made, Fetch(7, 5), into=memoryview(buffer)[1:])
    made.feed(fetched(1, b"12345"))

    assert (bytes(buffer), bytes(made.payload)) == (b"\x0012345\0\0", b"12345")


def test_a_payload_may_be_empty() -> None:
    made = asker(FETCHING)
    sent(made, Fetch(7, 5))
    made.feed(fetched(1, b"12345"))
    sent(made, Fetch(7, 5))
    made.feed(fetched(1))

    assert (made.state, made.waiting, bytes(made.payload)) == (Ready(), False, b"")


def test_the_end_of_the_stream_inside_a_payload_says_where() -> None:
    made = asker(FETCHING)
    sent(made, Fetch(7, 5))
    made.feed(fetched(1, b"12345")[:-2])
    made.eof()

    assert made.termination == Lost(
        EndOfStream(
            state="Ready", message="Fetch", where="2 bytes before the end of the reply to Fetch"
        )
    )


@pytest.mark.parametrize(
    ("machine", "message", "room", "size", "reason"),
    [
        (FETCHING, Fetch(7, 5), None, 65, "its length 65 is more than 64"),
        (FETCHING, Fetch(7, 5), None, (1 << 32) - 1, "its length 4294967295 is more than 64"),
        (FETCHING, Fetch(7, 5), 4, 5, "its length 5 is more than 4"),
        (FETCHING_EXACTLY, Fetch(7, 5), None, 4, "its length is 4, not 5"),
        (FETCHING_EXACTLY, Fetch(7, 5), 64, 6, "its length is 6, not 5"),
        (FETCHING, Bye(), None, 1, "its length is 1, not 0"),
    ],
)
def test_a_payload_of_another_size_is_malformed(
    machine: AskingMachine, message: object, room: int | None, size: int, reason: str
) -> None:
    made = asker(machine)
    into = None if room is None else memoryview(bytearray(room))
    sent(made, message, into=into)
    made.feed(asking_link.FETCHED.pack(MAGIC, 1, 7, size))

    assert made.termination == Lost(
        MalformedReply(state="Ready", message=name(message), reason=reason)
    )


@pytest.mark.parametrize(
    ("machine", "message", "into"),
    [
        (FETCHING_EXACTLY, Fetch(7, 5), memoryview(bytearray(4))),
        (FETCHING_EXACTLY, Fetch(7, 65), memoryview(bytearray(99))),
        (FETCHING, Fetch(7, 5), memoryview(bytes(5))),
        (FETCHING, Bye(), memoryview(bytearray(5))),
    ],
    ids=["too small", "beyond the limit", "read only", "no payload"],
)
def test_a_buffer_that_does_not_fit_is_this_program_s_mistake(
    machine: AskingMachine, message: object, into: memoryview
) -> None:
    made = asker(machine)

    with pytest.raises(NotAllowedError, match="does not fit into that buffer"):
        made.ask(message, into=into)

    assert not made.waiting


def test_a_refusal_may_say_why() -> None:
    made = asker(FETCHING)
    sent(made, Fetch(7, 5))
    made.feed(fetched(2, b"a reason"))

    cause = PeerRefused(state="Ready", message="Fetch", reply="Error", reason="a reason")
    assert made.termination == Lost(cause)
