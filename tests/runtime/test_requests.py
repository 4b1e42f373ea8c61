"""Requests and replies: whatever arrives, the next byte's meaning is known."""

import struct
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import link
from runtime.link import (
    BLOCKS,
    BROKEN,
    BYE,
    CANCEL,
    ERROR,
    HELLO,
    LENIENT,
    NOTE,
    OK,
    PING,
    RAW,
    SESSION,
    SESSION_REPLIES,
    Broken,
    Code,
    Done,
    Receiver,
    request,
    rows,
)
from wirechart.runtime import (
    EndOfStream,
    FramingLost,
    MalformedMessage,
    Named,
    RefusedMessage,
    UnknownMessage,
)


def fed(data: bytes, machine: Any = link.STRICT) -> tuple[bytes, Any]:  # noqa: ANN401 -- a machine
    receiver = Receiver(machine=machine)
    return receiver.feed(data), receiver.termination


def test_a_whole_session_is_answered_and_ends() -> None:
    assert fed(SESSION) == (SESSION_REPLIES, Done(clean=True))


def test_a_session_byte_by_byte_is_the_same() -> None:
    receiver = Receiver()

    replies = b"".join(receiver.feed(SESSION[at : at + 1]) for at in range(len(SESSION)))

    assert (replies, receiver.termination) == (SESSION_REPLIES, Done(clean=True))


@given(st.lists(st.integers(0, len(SESSION)), max_size=12))
def test_a_session_in_any_pieces_is_the_same(cuts: list[int]) -> None:
    receiver = Receiver()
    edges = [0, *sorted(cuts), len(SESSION)]

    replies = b"".join(receiver.feed(SESSION[a:b]) for a, b in pairwise(edges))

    assert (replies, receiver.termination) == (SESSION_REPLIES, Done(clean=True))


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_received_takes_whatever_wants_gave(size: int) -> None:
    receiver = Receiver()
    replies, rest = b"", SESSION
    while (view := receiver.wants()) is not None:
        count = min(size, view.nbytes, len(rest))
        view[:count] = rest[:count]
        replies += receiver.received(count)
        rest = rest[count:]

    assert (replies, rest, receiver.termination) == (SESSION_REPLIES, b"", Done(clean=True))


BAD_ROW = request(Code.Blocks, rows((1, 2), (2**32 - 1, 2)))
NO_JSON = (
    "the JSON text is wrong: Expecting property name enclosed in double quotes:"
    " line 1 column 2 (char 1)"
)
HEADERS_AND_PAYLOADS = [HELLO, BLOCKS, RAW, PING, link.TEXT, NOTE, BYE]
STARTS = [sum(map(len, HEADERS_AND_PAYLOADS[:n])) for n in range(len(HEADERS_AND_PAYLOADS) + 1)]


def replies_when_cut(at: int) -> bytes:
    """By hand: one for each whole request but Ping, one refusal where a header was complete."""
    whole = sum(1 for n, start in enumerate(STARTS[1:]) if start <= at and n != 3)  # 3: Ping
    inside = at - max(start for start in STARTS if start <= at)
    return OK * whole + (BROKEN if inside >= link.REQUEST.size else b"")


@pytest.mark.parametrize("at", range(len(SESSION)))
def test_the_end_of_the_stream_at_any_byte_leaves_one_reply_for_each_header(at: int) -> None:
    receiver = Receiver()

    replies = receiver.feed(SESSION[:at]) + receiver.eof()

    assert replies == replies_when_cut(at)
    assert isinstance(receiver.cause, EndOfStream)
    assert receiver.finished


@pytest.mark.parametrize(
    ("before", "sent", "reason"),
    [
        (b"", request(Code.Hello, b"\1\0\0"), "its length is 3, not 2"),
        (b"", request(Code.Hello, b"\1"), "its length is 1, not 2"),
        (b"", request(Code.Hello, b"", 0xFFFFFFFF), "its length is 4294967295, not 2"),
        (HELLO, request(Code.Bye, b"x"), "its length is 1, not 0"),
        (HELLO, request(Code.Note, bytes(17)), "its length 17 is more than 16"),
        (HELLO, request(Code.Raw, b"", link.MAX + 1), "its length 1048577 is more than 1048576"),
        (HELLO, request(Code.Blocks, bytes(9)), "its length 9 is not a multiple of 8"),
        (HELLO, BAD_ROW, "offset + size <= 2^32 does not hold in row 1"),
        (HELLO, request(Code.Text, b"[1]"), "the JSON text is not an object"),
        (HELLO, request(Code.Text, b"{"), NO_JSON),
    ],
)
def test_a_malformed_request_is_answered_at_once(before: bytes, sent: bytes, reason: str) -> None:
    replies, termination = fed(before + sent)
    code = Code(struct.unpack_from("<H", sent)[0])

    assert replies == OK * bool(before) + BROKEN
    assert termination.cause == MalformedMessage(
        state="Open" if before else "Waiting", message=code.name, reason=reason
    )


def test_the_largest_note_is_accepted() -> None:
    assert fed(HELLO + request(Code.Note, bytes(16)) + BYE) == (OK * 3, Done(clean=True))


def test_a_refusal_does_not_wait_for_its_payload() -> None:
    replies, termination = fed(request(Code.Text, b"", 0xFFFFFFFF))

    assert replies == ERROR
    assert termination == Broken(RefusedMessage(state="Waiting", message="Text"))


def test_an_unknown_code_is_refused() -> None:
    assert fed(request(99)) == (ERROR, Broken(UnknownMessage(state="Waiting", code=99)))


def test_a_reserved_code_is_refused_by_its_name() -> None:
    refused = RefusedMessage(state="Waiting", message="Reserved")

    assert fed(request(Code.Reserved)) == (ERROR, Broken(refused))


def test_a_false_guard_refuses_and_says_which() -> None:
    cause = RefusedMessage(state="Waiting", message="Hello", guard="message.version == 1")

    assert fed(request(Code.Hello, b"\2\0")) == (ERROR, Broken(cause))


def test_a_message_that_asks_for_the_end_is_answered_and_ends() -> None:
    assert fed(CANCEL) == (OK, Broken(Named(state="Waiting", message="Cancel", name="cancelled")))


def test_a_message_without_a_reply_gets_none_even_when_refused() -> None:
    replies, termination = fed(PING)

    assert (replies, termination) == (b"", Broken(RefusedMessage(state="Waiting", message="Ping")))


@pytest.mark.parametrize(
    ("mistake", "reply"),
    [
        (request(99, b"payload"), ERROR),
        (request(Code.Hello, b"\1\0"), ERROR),
        (request(Code.Bye, b"payload"), BROKEN),
        (request(Code.Note, bytes(100)), BROKEN),
        (request(Code.Text, b"{not json}"), BROKEN),
        (request(Code.Cancel, b"payload"), BROKEN),
        (PING[:2] + b"\3\0\0\0abc", b""),
    ],
)
def test_who_stays_skips_the_payload_of_a_mistake(mistake: bytes, reply: bytes) -> None:
    assert fed(HELLO + mistake + BYE, LENIENT) == (OK + reply + OK, Done(clean=True))


def test_who_stays_skips_a_refused_table_with_its_contents() -> None:
    assert fed(BLOCKS + HELLO + BYE, LENIENT) == (ERROR + OK + OK, Done(clean=True))


def test_a_payload_too_long_to_skip_is_answered_and_loses_the_framing() -> None:
    replies, termination = fed(HELLO + request(Code.Raw, b"", link.MAX + 1), LENIENT)

    assert replies == OK + BROKEN
    assert termination == Broken(
        FramingLost(
            state="Open",
            message="Raw",
            reason="Raw is malformed in Open: its length 1048577 is more than 1048576;"
            " and its payload cannot be skipped",
        )
    )


def test_a_table_that_cannot_be_read_loses_the_framing() -> None:
    replies, termination = fed(HELLO + request(Code.Blocks, bytes(9)), LENIENT)

    assert replies == OK + BROKEN
    assert isinstance(termination.cause, FramingLost)


def test_a_table_that_is_wrong_while_it_is_skipped_loses_the_framing() -> None:
    replies, termination = fed(request(Code.Blocks, rows((2**32 - 1, 9))), LENIENT)

    assert replies == ERROR
    assert isinstance(termination.cause, FramingLost)


def test_a_cause_tells_the_way_there() -> None:
    _, termination = fed(HELLO + NOTE + HELLO)

    assert str(termination.cause) == (
        "Hello is refused in Open\n"
        "  blame: the peer (refused)\n"
        "  expected: Slot or Text or Blocks or Raw or Bye or Cancel or Note or Ping\n"
        "  decided by: machine.otherwise\n"
        "  last events:\n"
        "    Waiting: Hello → Open, Ok\n"
        "    Open: Note → Open, Ok"
    )


def test_only_the_last_sixteen_events_are_told() -> None:
    _, termination = fed(HELLO + NOTE * 40 + HELLO)

    assert termination.cause.events == ("Open: Note → Open, Ok",) * 16


def test_bytes_after_the_end_are_dropped() -> None:
    assert fed(SESSION + b"anything") == (SESSION_REPLIES, Done(clean=True))


def test_a_stream_may_end_after_the_end() -> None:
    receiver = Receiver()
    receiver.feed(SESSION)

    assert (receiver.eof(), receiver.termination, receiver.wants()) == (b"", Done(clean=True), None)
