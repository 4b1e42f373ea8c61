"""An asker without sockets: what may be asked where, and where each reply leads."""

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import asking_link, link
from runtime.asking_link import (
    ASKING,
    FAULTS,
    FETCHING,
    FETCHING_EXACTLY,
    MAGIC,
    Fetch,
    Finished,
    Fresh,
    Lost,
    Ready,
    asker,
    blocks,
    fetched,
)
from runtime.link import BROKEN, ERROR, OK, Bye, Hello, Note, Ping, Slot, Text
from wirechart.runtime import (
    Asked,
    Asker,
    AskingMachine,
    Descriptor,
    EndOfStream,
    Event,
    Fault,
    FramingLost,
    Json,
    MalformedReply,
    Named,
    NotAllowedError,
    PeerRefused,
    PeerSilent,
    ReplyArrived,
    RequestMade,
    SendingFailed,
    StateEntered,
    Terminated,
)

AnyAsker = Asker[Any, Any]


def sent(asker: AnyAsker, message: object, **more: Any) -> Asked:  # noqa: ANN401 -- of ask
    """Ask, and send all of it."""
    asked = asker.ask(message, **more)
    asker.sent(len(asked.data) + asked.contents)
    return asked


def ready(**more: Any) -> AnyAsker:  # noqa: ANN401 -- of Asker
    """One that was greeted."""
    made = asker(**more)
    sent(made, Hello(1))
    made.feed(OK)
    return made


def fresh(**more: Any) -> AnyAsker:  # noqa: ANN401 -- of Asker
    """One at its beginning."""
    return asker(**more)


# Every state with each kind of message in it: what the machine does about faults is the same.
PLACES = pytest.mark.parametrize(
    ("begin", "message", "state"),
    [(fresh, Hello(1), "Fresh"), (ready, Note(b"note"), "Ready"), (ready, Bye(), "Ready")],
    ids=["Hello in Fresh", "Note in Ready", "Bye in Ready"],
)
Begin = Callable[..., AnyAsker]


def name(message: object) -> str:
    return type(message).__name__


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


@PLACES
@pytest.mark.parametrize(("reply", "code"), [("Error", 2), ("Broken", 3), ("Failed", 4)])
def test_any_other_reply_is_a_refusal(
    begin: Begin, message: object, state: str, reply: str, code: int
) -> None:
    made = begin()
    sent(made, message)
    made.feed(code.to_bytes(2, "little"))

    assert made.termination == Lost(PeerRefused(state=state, message=name(message), reply=reply))
    assert (made.cause.element, made.in_doubt) == ("machine.otherwise", False)  # type: ignore[union-attr]


@PLACES
def test_a_refusal_may_come_before_the_request_is_sent(
    begin: Begin, message: object, state: str
) -> None:
    made = begin()
    made.ask(message)
    made.sent(1)
    made.feed(ERROR)

    assert made.termination == Lost(PeerRefused(state=state, message=name(message), reply="Error"))


@PLACES
def test_nothing_is_accepted_before_the_request_is_sent(
    begin: Begin, message: object, state: str
) -> None:
    made = begin()
    made.ask(message)
    made.sent(1)
    made.feed(OK)

    reason = "Ok came before all of the request was sent"
    assert made.termination == Lost(
        MalformedReply(state=state, message=name(message), reason=reason)
    )


@PLACES
def test_an_unknown_reply_is_malformed(begin: Begin, message: object, state: str) -> None:
    made = begin()
    sent(made, message)
    made.feed(b"\x09\0")

    assert made.termination == Lost(
        MalformedReply(state=state, message=name(message), reason="9 is no reply")
    )


@PLACES
def test_the_end_of_the_stream_says_where(begin: Begin, message: object, state: str) -> None:
    unasked, unsent, unanswered, cut = (begin() for _ in range(4))
    unasked.eof()
    size = len(unsent.ask(message).data)
    unsent.sent(1)
    unsent.eof()
    sent(unanswered, message)
    unanswered.eof()
    sent(cut, message)
    cut.feed(OK[:1])
    cut.eof()

    about: Any = {"state": state, "message": name(message)}
    reply = f"of 2 bytes of the reply to {name(message)}"
    assert [made.cause for made in (unasked, unsent, unanswered, cut)] == [
        EndOfStream(state=state, where="before the next request"),
        EndOfStream(**about, where=f"{size - 1} bytes before the end of {name(message)}"),
        EndOfStream(**about, where=f"after 0 {reply}"),
        EndOfStream(**about, where=f"after 1 {reply}"),
    ]


@PLACES
def test_silence_ends_it(begin: Begin, message: object, state: str) -> None:
    made = begin()
    sent(made, message, now=100.0)
    made.tick(109.9)
    early = (made.deadline, made.cause)
    made.tick(110.0)

    assert early == (110.0, None)
    assert made.termination == Lost(PeerSilent(state=state, message=name(message), seconds=10.0))


@PLACES
def test_what_cannot_be_supplied_ends_it(begin: Begin, message: object, state: str) -> None:
    error = OSError("no such disk")
    made = begin()
    made.ask(message)
    made.sent(1)
    made.failed(error)

    assert made.termination == Lost(SendingFailed(state=state, message=name(message), error=error))
    assert (made.cause.blame, made.in_doubt) == ("local", False)  # type: ignore[union-attr]


@PLACES
def test_bytes_that_nothing_asked_for_lose_the_framing(
    begin: Begin, message: object, state: str
) -> None:
    del message
    made = begin()
    made.feed(OK[:1])

    assert made.termination == Lost(
        FramingLost(state=state, reason="bytes came that nothing asked for")
    )


def test_a_second_reply_loses_the_framing() -> None:
    made = asker()
    sent(made, Hello(1))
    made.feed(OK + OK)

    assert made.termination == Lost(
        FramingLost(state="Ready", reason="bytes came that nothing asked for")
    )


@pytest.mark.parametrize(
    "reply",
    [fetched(1, magic=MAGIC + 1), fetched(1, cookie=8), fetched(2, magic=0), fetched(9, cookie=0)],
    ids=["magic", "cookie", "magic of a refusal", "cookie of no reply"],
)
def test_a_wrong_constant_or_echo_loses_the_framing(reply: bytes) -> None:
    made = asker(FETCHING)
    sent(made, Fetch(7, 5))
    made.feed(reply)

    reason = f"a reply to Fetch is {reply.hex(' ')}"
    assert made.termination == Lost(FramingLost(state="Ready", message="Fetch", reason=reason))


def test_silence_begins_anew_with_every_byte_in_either_direction() -> None:
    made = asker(now=1.0)
    deadlines = [made.deadline]
    made.ask(Hello(1), now=2.0)
    deadlines.append(made.deadline)
    made.sent(3, now=5.0)
    deadlines.append(made.deadline)
    made.sent(5, now=8.0)
    made.received(1, now=9.0)
    deadlines.append(made.deadline)

    assert deadlines == [None, 12.0, 15.0, 19.0]


def test_patience_replaces_the_spec_s_deadlines() -> None:
    made = asker(patience=0.5)
    sent(made, Hello(1))
    made.tick(0.5)

    assert made.termination == Lost(PeerSilent(state="Fresh", message="Hello", seconds=0.5))


def test_nobody_has_to_speak_between_requests() -> None:
    made = ready()
    made.tick(1e9)

    assert (made.deadline, made.termination) == (None, None)


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


def nothing(_: AnyAsker) -> None:
    """Nothing is sent."""


def all_but_one(made: AnyAsker) -> None:
    made.sent(5)


def everything(made: AnyAsker) -> None:
    made.sent(6)


def ends(made: AnyAsker) -> None:
    made.eof()


def falls_silent(made: AnyAsker) -> None:
    made.tick(1e9)


def answers(reply: bytes) -> Callable[[AnyAsker], None]:
    return lambda made: made.feed(reply)


@pytest.mark.parametrize(
    ("send", "happen", "doubt"),
    [
        (nothing, ends, False),
        (nothing, falls_silent, False),
        (all_but_one, ends, False),
        (all_but_one, answers(ERROR), False),
        (all_but_one, answers(OK), True),
        (everything, ends, True),
        (everything, falls_silent, True),
        (everything, answers(ERROR), False),
        (everything, answers(b"\x09\0"), True),
        (everything, answers(OK), False),
    ],
)
def test_the_last_request_is_in_doubt_once_it_is_sent_and_not_answered(
    send: Callable[[AnyAsker], None], happen: Callable[[AnyAsker], None], *, doubt: bool
) -> None:
    made = ready()
    made.ask(Bye())
    send(made)
    happen(made)

    assert (made.finished, made.in_doubt) == (True, doubt)


def test_no_other_request_is_in_doubt() -> None:
    made = ready()
    sent(made, Note(b"note"))
    made.eof()

    assert not made.in_doubt


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


def with_faults(**changed: Any) -> AskingMachine:  # noqa: ANN401 -- of Faults
    faults = replace(FAULTS, **changed)
    return replace(ASKING, faults={Fresh: faults, Ready: faults})


def test_a_fault_may_name_its_cause() -> None:
    named = Fault(None, Lost, "machine.on_refused", "turned_away")
    made = asker(with_faults(refused=named))
    sent(made, Hello(1))
    made.feed(BROKEN)

    because = PeerRefused(state="Fresh", message="Hello", reply="Broken")
    assert made.termination == Lost(
        Named(state="Fresh", message="Hello", name="turned_away", because=because)
    )


def test_without_a_decision_of_its_own_lost_framing_and_silence_end_it_like_the_stream() -> None:
    machine = with_faults(lost=None, idle=None)
    unasked, silent = asker(machine), asker(machine)
    unasked.feed(b"x")
    sent(silent, Hello(1))
    silent.tick(1e9)

    elements = [made.cause.element for made in (unasked, silent) if made.cause]
    assert elements == ["machine.on_eof", "machine.on_eof"]


def test_a_machine_without_deadlines_waits_for_ever() -> None:
    made = asker(with_faults(silence=None))
    sent(made, Hello(1))
    made.tick(1e9)

    assert (made.deadline, made.termination) == (None, None)


def test_a_cause_tells_the_whole_way() -> None:
    made = ready()
    sent(made, Ping())
    sent(made, Note(b"note"))
    made.feed(ERROR)

    assert str(made.cause).splitlines() == [
        "the peer answered Note with Error in Ready",
        "  blame: the peer (refused)",
        "  expected: Ok",
        "  decided by: machine.otherwise",
        "  last events:",
        "    Fresh: Hello → Ready, Ok",
        "    Ready: Ping → Ready",
    ]


OPEN = Fault(None, Lost, "machine.on_unanswered")


@pytest.mark.parametrize(
    ("send", "happen", "element"),
    [
        (everything, ends, "machine.on_unanswered"),
        (everything, falls_silent, "machine.on_unanswered"),
        (everything, answers(b"\x09\0"), "machine.on_unanswered"),
        (everything, answers(ERROR), "machine.otherwise"),
        (all_but_one, ends, "machine.on_eof"),
        (all_but_one, falls_silent, "machine.on_idle"),
        (all_but_one, answers(OK), "machine.on_unanswered"),
    ],
)
def test_what_became_of_a_request_that_left_as_a_whole_may_be_a_matter_of_its_own(
    send: Callable[[AnyAsker], None], happen: Callable[[AnyAsker], None], element: str
) -> None:
    made = asker(with_faults(unanswered=OPEN))
    sent(made, Hello(1))
    made.feed(OK)
    made.ask(Bye())
    send(made)
    happen(made)

    assert made.cause is not None
    assert made.cause.element == element
