"""What goes wrong while an asker waits: refusals, nonsense, the end of the stream, silence."""

from typing import Any

import pytest

from runtime.askers import PLACES, Begin, name, ready, sent
from runtime.asking_link import (
    FETCHING,
    MAGIC,
    Fetch,
    Lost,
    asker,
    fetched,
)
from runtime.link import ERROR, OK, Hello
from wirechart.runtime import (
    EndOfStream,
    FramingLost,
    MalformedReply,
    PeerRefused,
    PeerSilent,
    SendingFailed,
)


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
