"""An asker without sockets: what may be asked where, and where each reply leads."""

import os
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import link
from runtime.askers import PLACES, Begin, fresh, ready, sent
from runtime.asking_link import (
    FETCHING,
    Fetch,
    Finished,
    Lost,
    Ready,
    asker,
    blocks,
    fetched,
)
from runtime.link import ERROR, OK, Bye, Hello, Note, Ping, Slot, Text
from wirechart.runtime import (
    Asked,
    Descriptor,
    Event,
    FramingLost,
    Json,
    NotAllowedError,
    ReplyArrived,
    RequestMade,
    StateEntered,
    Terminated,
)


def test_a_session_is_asked_to_its_end() -> None:
    made = asker()
    asked: list[bytes] = []
    states: list[object] = []
    for message in (Hello(1), Note(b"note"), Text(Json.of(b'{"a": 1}')), Bye()):
        asked.append(sent(made, message).data)
        made.feed(OK)
        states.append(made.termination or made.state)

    assert asked == [link.HELLO, link.NOTE, link.TEXT, link.BYE]
    assert states == [Ready(), Ready(), Ready(), Finished(clean=True)]
    assert (made.wants(), made.finished, made.cause) == (None, True, None)


def test_what_was_asked_parts_header_descriptors_and_contents() -> None:
    descriptor = Descriptor(os.open(os.devnull, os.O_RDONLY))
    number = descriptor.fileno()

    slot = ready().ask(Slot(7, descriptor))
    table = ready().ask(blocks((0, 5), (3, 4)))

    assert slot == Asked(link.request(2, b"\7\0"), 6, (number,), 0)
    assert table == Asked(link.request(4, link.rows((0, 5), (3, 4))), 6, (), 9)
    assert not descriptor.closed


def test_an_observer_is_told_what_happens_in_order() -> None:
    told: list[Event] = []
    made = asker(observe=told.append)
    sent(made, Hello(1))
    made.feed(OK)
    sent(made, Ping())
    sent(made, Bye())
    made.feed(ERROR)

    assert told[:-1] == [
        RequestMade("Fresh", "Hello", 1, 2),
        ReplyArrived("Hello", "Ok", 0),
        StateEntered("Fresh", "Ready", "Hello"),
        RequestMade("Ready", "Ping", 9, 0),
        StateEntered("Ready", "Ready", "Ping"),
        RequestMade("Ready", "Bye", 6, 0),
        ReplyArrived("Bye", "Error", 0),
    ]
    assert told[-1] == Terminated("Lost", success=False, cause=made.cause)


def test_a_success_is_told() -> None:
    told: list[Event] = []
    made = ready(observe=told.append)
    sent(made, Bye())
    made.feed(OK)

    assert told[-1] == Terminated("Finished", success=True, cause=None)


@PLACES
def test_a_reply_may_come_byte_by_byte(begin: Begin, message: object, state: str) -> None:
    made = begin()
    sent(made, message)
    before = (type(made.state).__name__, made.waiting)
    made.feed(OK[:1])
    between = (type(made.state).__name__, made.waiting)
    made.feed(OK[1:])

    assert (before, between) == ((state, True), (state, True))
    assert (made.waiting, made.cause) == (False, None)


@given(cuts=st.sets(st.integers(1, 35)))
def test_a_reply_with_a_payload_may_be_split_anywhere(cuts: set[int]) -> None:
    payload = bytes(range(24))
    reply = fetched(1, payload)
    made = asker(FETCHING)
    sent(made, Fetch(7, 24))
    for begin, end in pairwise([0, *sorted(cuts), len(reply)]):
        made.feed(reply[begin:end])

    assert (made.state, made.waiting, bytes(made.payload)) == (Ready(), False, payload)


@given(noise=st.binary(max_size=40), cut=st.integers(0, 40))
def test_whatever_comes_leads_to_the_same_end_in_one_piece_or_two(noise: bytes, cut: int) -> None:
    one, two = asker(FETCHING), asker(FETCHING)
    sent(one, Fetch(7, 24))
    sent(two, Fetch(7, 24))
    one.feed(noise)
    two.feed(noise[:cut])
    two.feed(noise[cut:])

    assert (one.termination, one.state, one.waiting) == (two.termination, two.state, two.waiting)


@pytest.mark.parametrize(
    ("begin", "message", "reason"),
    [
        (fresh, Bye(), "Bye cannot be asked in Fresh: it takes Hello"),
        (
            ready,
            Hello(1),
            "Hello .* Ready: it takes Slot or Text or Blocks or Raw or Note or Ping or Bye",
        ),
        (ready, "text", "str cannot be asked in Ready"),
        (
            ready,
            Note(bytes(17)),
            "Note cannot be asked in Ready: its payload of 17 bytes is longer than 16",
        ),
        (fresh, Hello(1 << 16), "Hello cannot be asked in Fresh: .*0 <= number <= 65535"),
        (
            ready,
            Slot(1, Descriptor(-1)),
            "Slot cannot be asked in Ready: the descriptor was closed or taken",
        ),
    ],
)
def test_what_may_not_be_asked_changes_nothing(begin: Begin, message: object, reason: str) -> None:
    made = begin()
    before = made.state

    with pytest.raises(NotAllowedError, match=reason):
        made.ask(message)

    assert (made.state, made.waiting, made.deadline, made.finished) == (before, False, None, False)


def test_one_request_waits_for_its_reply_before_the_next() -> None:
    made = asker()
    sent(made, Hello(1))

    with pytest.raises(NotAllowedError, match="Hello is not answered yet"):
        made.ask(Hello(1))
    made.feed(OK)

    assert made.state == Ready()


def test_nothing_is_asked_after_the_end() -> None:
    made = ready()
    sent(made, Bye())
    made.feed(OK)

    with pytest.raises(NotAllowedError, match="Bye cannot be asked in Finished: it has ended"):
        made.ask(Bye())


def test_nothing_is_asked_after_close() -> None:
    made = ready()
    made.close()

    with pytest.raises(NotAllowedError, match="it has ended"):
        made.ask(Bye())


def test_what_comes_after_the_end_changes_nothing() -> None:
    made = ready()
    sent(made, Bye())
    made.feed(OK + ERROR)
    made.received(1)
    made.sent(1)
    made.eof()
    made.tick(1e9)
    made.failed(OSError())

    assert (made.termination, made.cause) == (Finished(clean=True), None)


def test_a_message_without_a_reply_leads_on_once_it_is_sent() -> None:
    made = ready()
    made.ask(Ping())
    made.sent(5)
    waits = made.waiting
    made.sent(1)

    assert (waits, made.waiting, made.state) == (True, False, Ready())


def test_a_message_without_a_reply_gets_none() -> None:
    made = ready()
    made.ask(Ping())
    made.feed(ERROR)

    assert made.termination == Lost(
        FramingLost(state="Ready", message="Ping", reason="bytes came that nothing asked for")
    )
