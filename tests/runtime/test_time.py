"""Deadlines, lingering, and what is said of them. The clock is an argument."""

import pytest

from runtime import link
from runtime.link import BROKEN, CANCEL, ERROR, HELLO, LENIENT, NOTE, OK, Broken, Done, Receiver
from wirechart.runtime import EndOfStream, PeerSilent


def test_silence_between_messages_ends_without_a_reply() -> None:
    receiver = Receiver(now=100.0)
    receiver.feed(HELLO, now=101.0)

    early = receiver.tick(160.999)
    assert (early, receiver.deadline, receiver.termination) == (b"", 161.0, None)

    assert receiver.tick(161.0) == b""
    assert receiver.termination == Broken(PeerSilent(state="Open", seconds=60.0))


def test_silence_inside_a_payload_refuses_the_request() -> None:
    receiver = Receiver()
    receiver.feed(HELLO + NOTE[:-1], now=5.0)

    assert (receiver.deadline, receiver.tick(15.0)) == (15.0, BROKEN)
    assert receiver.termination == Broken(PeerSilent(state="Open", message="Note", seconds=10.0))


def test_silence_inside_a_header_has_no_reply() -> None:
    receiver = Receiver()
    receiver.feed(HELLO[:1], now=5.0)

    assert (receiver.deadline, receiver.tick(15.0)) == (15.0, b"")
    assert receiver.cause.where == "after 1 of 6 bytes of a header"


def test_every_byte_begins_the_silence_anew() -> None:
    receiver = Receiver()
    deadlines: list[float | None] = []
    for second, byte in enumerate(HELLO):
        receiver.feed(bytes([byte]), now=9.0 * second)
        receiver.tick(9.0 * second + 8.0)
        deadlines.append(receiver.deadline)

    assert deadlines == [10.0, 19.0, 28.0, 37.0, 46.0, 55.0, 64.0, 123.0]


def test_patience_replaces_the_spec_s_deadlines() -> None:
    receiver = Receiver(patience=0.5)

    assert receiver.deadline == 0.5
    receiver.tick(0.5)
    assert receiver.termination == Broken(PeerSilent(state="Waiting", seconds=0.5))


def test_a_machine_without_deadlines_waits_for_ever() -> None:
    receiver = Receiver(machine=LENIENT)
    receiver.feed(HELLO + NOTE[:-1])

    assert (receiver.deadline, receiver.tick(1e9), receiver.termination) == (None, b"", None)


def test_a_failure_lingers_and_answers_the_listed_message_once() -> None:
    receiver = Receiver()
    receiver.feed(HELLO + HELLO, now=7.0)
    lingering = (receiver.finished, receiver.deadline)

    assert receiver.feed(NOTE + CANCEL + CANCEL, now=8.0) == OK
    assert (lingering, receiver.finished, receiver.deadline) == ((False, 9.0), True, None)
    assert receiver.cause.name == "refused"


def test_lingering_ends_at_its_deadline_whatever_still_comes() -> None:
    receiver = Receiver()
    receiver.feed(HELLO + HELLO, now=7.0)
    receiver.feed(NOTE, now=8.9)

    assert (receiver.deadline, receiver.tick(8.9), receiver.finished) == (9.0, b"", False)
    assert (receiver.tick(9.0), receiver.finished) == (b"", True)


def test_the_end_of_the_stream_ends_lingering() -> None:
    receiver = Receiver()
    receiver.feed(HELLO + HELLO)

    assert (receiver.eof(), receiver.finished) == (b"", True)
    assert receiver.cause.name == "refused"


def test_the_rest_of_a_refused_payload_is_skipped_before_late_messages() -> None:
    receiver = Receiver()

    assert receiver.feed(NOTE[:6]) == ERROR
    assert receiver.feed(b"note" + CANCEL) == OK


def test_the_contents_of_a_refused_table_are_skipped_before_late_messages() -> None:
    assert Receiver().feed(link.BLOCKS + CANCEL) == ERROR + OK


def test_late_tables_are_skipped_with_their_contents() -> None:
    assert Receiver().feed(NOTE + link.BLOCKS + CANCEL) == ERROR + OK


def test_what_cannot_be_skipped_hides_all_that_comes_late() -> None:
    receiver = Receiver()

    assert receiver.feed(link.request(link.Code.Blocks, b"odd") + CANCEL) == ERROR
    assert not receiver.finished


def test_an_endless_payload_hides_all_that_comes_late() -> None:
    assert Receiver().feed(link.request(99, b"", 0xFFFFFFFF) + CANCEL) == ERROR


def test_the_rest_of_a_failed_stream_is_skipped_before_late_messages() -> None:
    assert Receiver(Unable()).feed(HELLO + link.RAW + CANCEL) == OK + link.FAILED + OK


class Unable(link.Handlers):
    """Cannot take Raw."""

    raw = None  # type: ignore[assignment]  # on purpose


def test_an_end_that_its_cause_excludes_does_not_linger() -> None:
    receiver = Receiver()

    assert (receiver.feed(CANCEL), receiver.finished) == (OK, True)


def test_a_success_does_not_linger() -> None:
    receiver = Receiver()
    receiver.feed(HELLO + link.BYE)

    assert (receiver.finished, receiver.termination) == (True, Done(clean=True))


def test_a_message_cut_by_silence_is_skipped_when_its_rest_comes_late() -> None:
    receiver = Receiver()
    receiver.feed(HELLO + NOTE[:-2], now=0.0)
    receiver.tick(10.0)

    assert receiver.feed(NOTE[-2:] + CANCEL, now=11.0) == OK


def test_a_header_cut_by_silence_is_understood_when_its_rest_comes_late() -> None:
    receiver = Receiver()
    receiver.feed(HELLO + CANCEL[:2], now=0.0)
    receiver.tick(10.0)

    assert receiver.feed(CANCEL[2:], now=11.0) == OK


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        (b"", "between two messages"),
        (HELLO[:2], "after 2 of 6 bytes of a header"),
        (HELLO[:7], "1 bytes before the end of Hello"),
    ],
)
def test_the_end_of_the_stream_says_where(sent: bytes, where: str) -> None:
    receiver = Receiver()
    receiver.feed(sent)
    receiver.eof()

    message = "Hello" if "Hello" in where else ""
    assert receiver.termination == Broken(
        EndOfStream(state="Waiting", message=message, where=where)
    )


def test_what_is_heard_on_another_connection_ends_silence() -> None:
    receiver = Receiver()
    receiver.feed(HELLO + NOTE[:-2], now=0.0)
    receiver.heard(4.0)

    assert (receiver.now, receiver.deadline) == (4.0, 14.0)
