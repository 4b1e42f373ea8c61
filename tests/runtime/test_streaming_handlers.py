"""Handlers of streamed payloads: what they may yield, leave and return, and what is answered."""

from collections.abc import Callable, Generator
from typing import Any

import pytest

from runtime import link
from runtime.link import (
    BYE,
    FAILED,
    HELLO,
    LENIENT,
    OK,
    RAW,
    Code,
    Done,
    Open,
    Receiver,
    request,
)
from wirechart.runtime import (
    FileRange,
    Payload,
    Receiving,
)

CLOSED = 2**30  # no descriptor has this number


class Raw(link.Handlers):
    """Take Raw as the argument says."""

    def __init__(self, raw: Callable[[Open, Payload], Receiving[Any]]) -> None:
        super().__init__()
        self._raw = raw

    def raw(self, state: Open, message: object, payload: Payload) -> Receiving[Open]:
        del message
        return self._raw(state, payload)


def raises(state: Open, payload: Payload) -> Receiving[Open]:
    del payload
    yield memoryview(bytearray(3))
    raise RuntimeError(state)


def raises_at_once(state: Open, payload: Payload) -> Receiving[Open]:
    del payload
    raise RuntimeError(state)
    yield


def raises_outside(state: Open, payload: Payload) -> Receiving[Open]:
    raise RuntimeError(state, payload)


def raises_generator_exit(state: Open, payload: Payload) -> Receiving[Open]:
    yield from payload.read(2)
    raise GeneratorExit(state)


def raises_stop_iteration(state: Open, payload: Payload) -> Receiving[Open]:
    yield from payload.read(2)
    raise StopIteration(state)


def recurses(state: Open, payload: Payload) -> Receiving[Open]:
    yield from recurses(state, payload)
    return state


def yields_a_number(state: Open, payload: Payload) -> Generator[Any, None, Open]:
    del payload
    yield 7
    return state


def yields_bytes(state: Open, payload: Payload) -> Generator[Any, None, Open]:
    del payload
    yield b"read-only"
    return state


def yields_a_read_only_view(state: Open, payload: Payload) -> Receiving[Open]:
    del payload
    yield memoryview(b"read-only")
    return state


def yields_nothing_for_ever(state: Open, payload: Payload) -> Receiving[Open]:
    while payload.size:
        yield memoryview(bytearray())
    return state


def yields_a_released_view(state: Open, payload: Payload) -> Receiving[Open]:
    del payload
    view = memoryview(bytearray(9))
    view.release()
    yield view
    return state


def yields_a_text(state: Open, payload: Payload) -> Generator[Any, None, Open]:
    del payload
    yield "raw bytes"
    return state


def yields_an_empty_batch(state: Open, payload: Payload) -> Receiving[Open]:
    while payload.size:
        yield []
    return state


def yields_a_batch_of_bytes(state: Open, payload: Payload) -> Generator[Any, None, Open]:
    del payload
    yield [memoryview(bytearray(3)), bytearray(6)]
    return state


def yields_a_batch_of_batches(state: Open, payload: Payload) -> Generator[Any, None, Open]:
    del payload
    yield [[memoryview(bytearray(9))]]
    return state


def yields_a_read_only_view_in_a_batch(state: Open, payload: Payload) -> Receiving[Open]:
    del payload
    yield [memoryview(bytearray(3)), memoryview(b"read-only")]
    return state


def yields_an_empty_view_in_a_batch(state: Open, payload: Payload) -> Receiving[Open]:
    del payload
    yield [memoryview(bytearray(3)), memoryview(bytearray())]
    return state


def yields_a_released_view_in_a_batch(state: Open, payload: Payload) -> Receiving[Open]:
    del payload
    view = memoryview(bytearray(9))
    view.release()
    yield [view]
    return state


def yields_batches_for_ever(state: Open, payload: Payload) -> Receiving[Open]:
    while payload.size:
        yield [memoryview(bytearray(1)), memoryview(bytearray(2))]
    return state


def yields(target: Any) -> Callable[[Open, Payload], Receiving[Open]]:  # noqa: ANN401 -- on purpose wrong
    """A handler that yields it."""

    def raw(state: Open, payload: Payload) -> Receiving[Open]:
        del payload
        yield target
        return state

    return raw


def yields_for_ever(state: Open, payload: Payload) -> Receiving[Open]:
    while payload.size:
        yield memoryview(bytearray(1))
    return state


def returns_the_wrong_state(state: Open, payload: Payload) -> Generator[Any, None, Any]:
    yield from payload.read(9)
    return Done(clean=bool(state))


def returns_no_generator(state: Open, payload: Payload) -> Any:  # noqa: ANN401 -- on purpose
    del payload
    return state


MISBEHAVING = [
    raises,
    raises_at_once,
    raises_outside,
    raises_generator_exit,
    raises_stop_iteration,
    recurses,
    yields_a_number,
    yields_bytes,
    yields_a_read_only_view,
    yields_nothing_for_ever,
    yields_a_released_view,
    yields_a_text,
    yields_an_empty_batch,
    yields_a_batch_of_bytes,
    yields_a_batch_of_batches,
    yields_a_read_only_view_in_a_batch,
    yields_an_empty_view_in_a_batch,
    yields_a_released_view_in_a_batch,
    yields_batches_for_ever,
    yields(FileRange(CLOSED, 0, 9)),
    yields(FileRange(-1, 0, 9)),
    yields(FileRange(2**31, 0, 9)),
    yields(FileRange(CLOSED, -1, 9)),
    yields(FileRange(CLOSED, 0, 0)),
    yields(FileRange(CLOSED, 0, -9)),
    yields(FileRange(CLOSED, 2**63, 9)),
    yields(FileRange(CLOSED, 0, 2**64)),
    yields(FileRange("1", 0, 9)),  # type: ignore[arg-type]  # on purpose
    yields(FileRange(CLOSED, 0.5, 9)),  # type: ignore[arg-type]  # on purpose
    yields_for_ever,
    returns_the_wrong_state,
    returns_no_generator,
]


@pytest.mark.parametrize("raw", MISBEHAVING)
def test_a_misbehaving_stream_is_answered_and_the_next_request_is_understood(raw: Any) -> None:  # noqa: ANN401 -- on purpose wrong
    receiver = Receiver(Raw(raw), LENIENT)

    assert receiver.feed(HELLO + RAW + BYE) == OK + FAILED + OK
    assert receiver.termination == Done(clean=True)


@pytest.mark.parametrize("raw", MISBEHAVING)
def test_byte_by_byte_it_is_the_same(raw: Any) -> None:  # noqa: ANN401 -- on purpose wrong
    receiver = Receiver(Raw(raw), LENIENT)

    replies = b"".join(receiver.feed(bytes([byte])) for byte in HELLO + RAW + BYE)

    assert (replies, receiver.termination) == (OK + FAILED + OK, Done(clean=True))


def leaves_all(state: Open, payload: Payload) -> Receiving[Open]:
    del payload
    yield from ()
    return state


def leaves_some(state: Open, payload: Payload) -> Receiving[Open]:
    yield from payload.read(4)
    return state


def asks_for_too_much(state: Open, payload: Payload) -> Receiving[Open]:
    del payload
    yield memoryview(bytearray(100))
    return state


def reads_twice_too_much(state: Open, payload: Payload) -> Receiving[Open]:
    first = yield from payload.read(6)
    second = yield from payload.read(100)
    third = yield from payload.read(100)
    assert (first, second, third) == (b"raw by", b"tes", b"")
    return state


def takes_numbers(state: Open, payload: Payload) -> Receiving[Open]:
    yield memoryview(bytearray(8)).cast("Q")
    yield memoryview(bytearray(payload.remaining))
    return state


def lies_about_what_remains(state: Open, payload: Payload) -> Receiving[Open]:
    payload.remaining = 10_000
    yield from payload.into(memoryview(bytearray(10_000)))
    return state


@pytest.mark.parametrize(
    "raw",
    [
        leaves_all,
        leaves_some,
        asks_for_too_much,
        reads_twice_too_much,
        takes_numbers,
        lies_about_what_remains,
    ],
)
def test_what_a_handler_leaves_is_skipped_and_the_request_accepted(
    raw: Callable[[Open, Payload], Receiving[Open]],
) -> None:
    receiver = Receiver(Raw(raw))

    assert receiver.feed(HELLO + RAW + BYE) == OK * 3


def test_into_fills_what_there_is() -> None:
    taken = bytearray(12)
    counts: list[int] = []

    def raw(state: Open, payload: Payload) -> Receiving[Open]:
        counts.append((yield from payload.into(memoryview(taken))))
        return state

    Receiver(Raw(raw)).feed(HELLO + RAW)

    assert (bytes(taken), counts) == (b"raw bytes\0\0\0", [9])


def test_the_end_of_the_stream_ends_the_handler() -> None:
    ended: list[str] = []

    def raw(state: Open, payload: Payload) -> Receiving[Open]:
        try:
            yield from payload.read(9)
        finally:
            ended.append("ended")
        return state

    receiver = Receiver(Raw(raw))
    receiver.feed(HELLO + RAW[:-1])
    receiver.eof()

    assert ended == ["ended"]


def test_the_end_of_the_stream_while_skipping_what_a_handler_left_refuses() -> None:
    receiver = Receiver(Raw(leaves_all))

    replies = receiver.feed(HELLO + RAW[:-1]) + receiver.eof()

    assert replies == OK + link.BROKEN
    assert receiver.cause.name == "eof"


def test_contents_too_large_are_refused_before_they_come() -> None:
    receiver = Receiver()
    table = link.rows(*[(0, 2**32 - 1)] * 300)

    assert receiver.feed(HELLO + request(Code.Blocks, table)) == OK + link.BROKEN
    assert receiver.cause.reason == "its contents are more than 1099511627776 bytes"
