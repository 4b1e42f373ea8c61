"""Requests that left and got no answer, and what the chart says of faults."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from runtime.askers import AnyAsker, ready, sent
from runtime.asking_link import (
    ASKING,
    FAULTS,
    Fresh,
    Lost,
    Ready,
    asker,
)
from runtime.link import BROKEN, ERROR, OK, Bye, Hello, Note, Ping
from wirechart.runtime import (
    AskingMachine,
    Fault,
    Named,
    PeerRefused,
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
