"""Where a streaming handler sends bytes: batches, places in a file, and what goes wrong there."""

import errno
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from runtime import link
from runtime.link import BYE, FAILED, HELLO, LENIENT, OK, RAW, Done, Open, Receiver, Reply
from wirechart.runtime import Descriptor, FileRange, Payload, Receiving, Refusal
from wirechart.runtime.targets import Batch

Raw = Callable[[Payload], Receiving[None]]


class Taking(link.Handlers):
    """Take Raw as the argument says."""

    def __init__(self, raw: Raw) -> None:
        super().__init__()
        self._raw = raw

    def raw(self, state: Open, message: object, payload: Payload) -> Receiving[Open]:
        del message
        yield from self._raw(payload)
        return state


@pytest.fixture
def file() -> Iterator[Descriptor]:
    """A file in memory."""
    made = Descriptor(os.memfd_create("contents"))
    yield made
    made.close()


def content(file: Descriptor) -> bytes:
    return os.pread(file.fileno(), 1 << 20, 0)


STEPS = pytest.mark.parametrize("step", [1, 2, 5, 7, 100])


def feed(receiver: Receiver, sent: bytes, step: int) -> bytes:
    return b"".join(receiver.feed(sent[at : at + step]) for at in range(0, len(sent), step))


@STEPS
def test_a_batch_is_filled_in_its_order(step: int) -> None:
    taken = bytearray(b"-" * 11)
    view = memoryview(taken)

    def raw(payload: Payload) -> Receiving[None]:
        del payload
        yield [view[8:10], view[0:4]]
        yield view[5:6], view[3:5]

    replies = feed(Receiver(Taking(raw)), HELLO + RAW + BYE, step)

    assert (bytes(taken), replies) == (b"w best--ra-", OK * 3)


@STEPS
def test_a_place_in_a_file_is_filled(file: Descriptor, step: int) -> None:
    def raw(payload: Payload) -> Receiving[None]:
        del payload
        yield FileRange(file.fileno(), 4, 6)
        yield FileRange(file.fileno(), 0, 3)

    replies = feed(Receiver(Taking(raw)), HELLO + RAW + BYE, step)

    assert (content(file), replies) == (b"tes\0raw by", OK * 3)


@STEPS
def test_no_target_takes_what_lies_behind_the_payload(file: Descriptor, step: int) -> None:
    taken = bytearray(11)

    def raw(payload: Payload) -> Receiving[None]:
        del payload
        yield FileRange(file.fileno(), 0, 4)
        yield [memoryview(taken)[:3], memoryview(taken)[3:]]

    replies = feed(Receiver(Taking(raw)), HELLO + RAW + BYE, step)

    assert (content(file), bytes(taken), replies) == (b"raw ", b"bytes" + bytes(6), OK * 3)


def test_a_place_in_a_file_ends_with_the_payload(file: Descriptor) -> None:
    def raw(payload: Payload) -> Receiving[None]:
        del payload
        yield FileRange(file.fileno(), 0, 1 << 40)

    assert Receiver(Taking(raw)).feed(HELLO + RAW + BYE) == OK * 3
    assert content(file) == b"raw bytes"


def test_views_of_any_form_can_be_in_a_batch() -> None:
    taken = bytearray(9)

    def raw(payload: Payload) -> Receiving[None]:
        del payload
        yield [memoryview(taken)[:8].cast("B", (2, 2, 2)), memoryview(taken)[8:].cast("b")]

    assert Receiver(Taking(raw)).feed(HELLO + RAW) == OK * 2
    assert taken == b"raw bytes"


def test_what_remains_is_counted_at_every_turn(file: Descriptor) -> None:
    counts: list[int] = []

    def raw(payload: Payload) -> Receiving[None]:
        counts.append(payload.remaining)
        yield [memoryview(bytearray(1)), memoryview(bytearray(2))]
        counts.append(payload.remaining)
        yield FileRange(file.fileno(), 0, 4)
        counts.append(payload.remaining)

    Receiver(Taking(raw)).feed(HELLO + RAW)

    assert counts == [9, 6, 2]


def test_a_driver_may_fill_some_of_a_batch() -> None:
    taken = bytearray(9)
    receiver = Receiver(Taking(lambda _: iter_of([memoryview(taken)[:4], memoryview(taken)[4:]])))
    receiver.feed(HELLO + RAW[:6])

    before = receiver.target
    taken[:5] = b"RAW B"
    receiver.received(5)
    after = receiver.target

    assert isinstance(before, Batch)
    assert isinstance(after, Batch)
    assert (before.nbytes, after.nbytes) == (9, 4)
    assert (receiver.feed(b"ytes" + BYE), bytes(taken)) == (OK * 2, b"RAW Bytes")


def iter_of(*targets: Any) -> Receiving[None]:  # noqa: ANN401 -- any target
    yield from targets


def test_a_driver_may_fill_some_of_a_place_in_a_file(file: Descriptor) -> None:
    receiver = Receiver(Taking(lambda _: iter_of(FileRange(file.fileno(), 3, 9))))
    receiver.feed(HELLO + RAW[:6])

    os.pwrite(file.fileno(), b"RAW", 3)
    receiver.received(3)

    assert receiver.target == FileRange(file.fileno(), 6, 6)
    assert (receiver.feed(b" bytes" + BYE), content(file)) == (OK * 2, b"\0\0\0RAW bytes")


def test_the_end_of_the_stream_says_how_much_of_a_wide_target_is_missing() -> None:
    receiver = Receiver(Taking(lambda _: iter_of([memoryview(bytearray(4))] * 3)))
    receiver.feed(HELLO + RAW[:6])
    receiver.received(5)
    receiver.feed(b"y")
    receiver.eof()

    assert receiver.cause.where == "3 bytes before the end of Raw"


FULL = os.open("/dev/full", os.O_WRONLY | os.O_CLOEXEC)


@STEPS
def test_a_full_disk_is_a_failed_handler(step: int) -> None:
    receiver = Receiver(Taking(lambda _: iter_of(FileRange(FULL, 0, 7))), LENIENT)

    assert feed(receiver, HELLO + RAW + BYE, step) == OK + FAILED + OK
    assert receiver.termination == Done(clean=True)


def test_a_full_disk_is_the_cause() -> None:
    receiver = Receiver(Taking(lambda _: iter_of(FileRange(FULL, 0, 7))))
    receiver.feed(HELLO + RAW)

    assert receiver.cause.summary() == (
        "the handler of Raw failed in Open: OSError: [Errno 28] No space left on device"
    )


@STEPS
def test_a_handler_may_refuse_on_a_full_disk(step: int) -> None:
    def raw(payload: Payload) -> Receiving[None]:
        try:
            yield FileRange(FULL, 0, payload.size)
        except OSError as error:
            raise Refusal(Reply.Broken, "no room") from error

    receiver = Receiver(Taking(raw), LENIENT)

    assert feed(receiver, HELLO + RAW + BYE, step) == OK + link.BROKEN + OK


@STEPS
def test_a_handler_may_go_on_after_a_full_disk(step: int) -> None:
    taken = bytearray(5)

    def raw(payload: Payload) -> Receiving[None]:
        try:
            yield FileRange(FULL, 0, 4)
        except OSError:
            yield memoryview(taken)[: payload.remaining]

    replies = feed(Receiver(Taking(raw)), HELLO + RAW + BYE, step)

    assert (replies, bytes(taken)) == (OK * 3, b"bytes")


def test_what_a_driver_lost_is_told_to_the_handler_and_the_rest_is_skipped() -> None:
    receiver = Receiver(Taking(lambda _: iter_of(FileRange(FULL, 0, 9))), LENIENT)
    receiver.feed(HELLO + RAW[:6])
    receiver.received(2)

    replies = receiver.lost(3, OSError(errno.ENOSPC, "full"))

    assert replies + receiver.feed(b"ytes" + BYE) == FAILED + OK
    assert receiver.termination == Done(clean=True)


def test_a_driver_may_lose_a_single_view() -> None:
    receiver = Receiver(Taking(lambda _: iter_of(memoryview(bytearray(9)))), LENIENT)
    receiver.feed(HELLO + RAW[:10])

    replies = receiver.lost(0, OSError(errno.EFAULT, "gone"))

    assert replies + receiver.feed(b"bytes" + BYE) == FAILED + OK
