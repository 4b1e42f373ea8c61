"""Descriptors: owned by one, closed once, never leaked."""

import os
from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from runtime import link
from runtime.link import (
    BROKEN,
    BYE,
    CANCEL,
    FAILED,
    HELLO,
    LAYOUTS,
    LENIENT,
    OK,
    REQUEST,
    STRICT,
    Code,
    Open,
    Receiver,
    Slot,
    request,
)
from wirechart.runtime import Descriptor, MalformedMessage

SLOT = request(Code.Slot, b"\7\0")
HEADER, NUMBER = SLOT[: REQUEST.size], SLOT[REQUEST.size :]


def opened() -> Descriptor:
    return Descriptor(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))


def numbers() -> set[str]:
    """The open descriptors of this process."""
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def slots(receiver: Receiver, *many: tuple[int, Descriptor]) -> bytes:
    replies = b""
    for number, descriptor in many:
        payload = number.to_bytes(2, "little")
        replies += receiver.feed(REQUEST.pack(Code.Slot, 2)) + receiver.feed(payload, [descriptor])
    return replies


def test_a_descriptor_arrives_with_its_payload_and_is_kept() -> None:
    receiver, descriptor = Receiver(), opened()

    replies = receiver.feed(HELLO + HEADER)
    room = receiver.wants_descriptors
    replies += receiver.feed(NUMBER, [descriptor])

    assert (replies, room, receiver.wants_descriptors) == (OK * 2, 1, 0)
    assert receiver.state.slots == {7: descriptor}
    assert not descriptor.closed


def test_wants_never_reaches_beyond_the_bytes_of_a_descriptor() -> None:
    receiver = Receiver()
    receiver.feed(HELLO)
    header = receiver.wants()
    receiver.feed(HEADER)
    number = receiver.wants()

    assert header is not None
    assert number is not None
    assert (header.nbytes, number.nbytes) == (6, 2)


@pytest.mark.parametrize("end", [BYE, CANCEL, HELLO, b""])
def test_every_end_closes_what_the_state_holds(end: bytes) -> None:
    receiver, before = Receiver(), numbers()
    first, second = opened(), opened()
    receiver.feed(HELLO)
    slots(receiver, (1, first), (2, second))

    receiver.feed(end)
    receiver.eof()

    assert (first.closed, second.closed, numbers()) == (True, True, before)


def test_silence_closes_what_the_state_holds() -> None:
    receiver, descriptor = Receiver(), opened()
    receiver.feed(HELLO)
    slots(receiver, (1, descriptor))

    receiver.tick(60.0)

    assert descriptor.closed


def test_close_closes_what_the_state_holds_and_what_was_arriving() -> None:
    receiver, held, arriving = Receiver(), opened(), opened()
    receiver.feed(HELLO)
    slots(receiver, (1, held))
    receiver.feed(HEADER)
    receiver.feed(NUMBER[:1], [arriving])

    receiver.close()

    assert (held.closed, arriving.closed) == (True, True)


@pytest.mark.parametrize("count", [0, 2, 3])
def test_another_number_of_descriptors_is_malformed_and_all_are_closed(count: int) -> None:
    receiver, before = Receiver(machine=LENIENT), numbers()
    receiver.feed(HELLO + HEADER)

    replies = receiver.feed(NUMBER, [opened() for _ in range(count)]) + receiver.feed(BYE)

    assert (replies, numbers()) == (BROKEN + OK, before)


def test_a_missing_descriptor_is_said() -> None:
    receiver = Receiver()
    receiver.feed(HELLO + SLOT)

    assert receiver.cause == MalformedMessage(
        state="Open", message="Slot", reason="no descriptors came with it, not 1"
    )


def test_descriptors_that_the_kernel_dropped_are_malformed_too() -> None:
    receiver = Receiver()
    receiver.feed(HELLO + HEADER)
    view = receiver.wants()
    assert view is not None
    view[:] = NUMBER

    assert receiver.received(2, [Descriptor(-1)], truncated=True) == BROKEN


@pytest.mark.parametrize("pieces", [(HEADER, NUMBER), (SLOT,), (HEADER[:1], HEADER[1:] + NUMBER)])
def test_a_descriptor_with_the_header_is_malformed_and_closed(pieces: tuple[bytes, ...]) -> None:
    receiver, descriptor = Receiver(machine=LENIENT), opened()
    receiver.feed(HELLO)

    replies = receiver.feed(pieces[0], [descriptor]) + b"".join(map(receiver.feed, pieces[1:]))

    assert (replies, descriptor.closed) == (BROKEN, True)


@pytest.mark.parametrize("sent", [link.NOTE, link.TEXT, link.RAW, link.BLOCKS, BYE])
def test_a_descriptor_with_a_message_that_has_none_is_malformed(sent: bytes) -> None:
    receiver, descriptor = Receiver(), opened()
    receiver.feed(HELLO)

    replies = receiver.feed(sent[:1], [descriptor]) + receiver.feed(sent[1:])

    assert (replies, descriptor.closed) == (BROKEN, True)


@pytest.mark.parametrize("sent", [link.NOTE, link.TEXT, link.RAW, link.BLOCKS])
def test_a_descriptor_in_the_middle_of_a_payload_is_malformed(sent: bytes) -> None:
    receiver, descriptor = Receiver(), opened()
    receiver.feed(HELLO + sent[:-2])

    replies = receiver.feed(sent[-2:-1], [descriptor]) + receiver.feed(sent[-1:])

    assert (replies, descriptor.closed) == (BROKEN, True)


@pytest.mark.parametrize("sent", [link.NOTE, link.TEXT, link.RAW, link.BLOCKS])
def test_so_is_one_in_a_message_that_gets_no_reply(sent: bytes) -> None:
    layouts = {code: replace(each, answered=False) for code, each in LAYOUTS.items()}
    receiver, descriptor = Receiver(machine=replace(STRICT, layouts=layouts)), opened()
    receiver.feed(HELLO + sent[:-2])

    replies = receiver.feed(sent[-2:-1], [descriptor]) + receiver.feed(sent[-1:])

    assert (replies, descriptor.closed) == (b"", True)
    assert receiver.cause.summary().endswith(
        " is malformed in Open: descriptors came with it, but none belong there"
    )


def test_a_descriptor_with_half_a_header_is_no_request() -> None:
    receiver, descriptor = Receiver(), opened()
    receiver.feed(HELLO)

    replies = receiver.feed(HEADER[:3], [descriptor]) + receiver.eof()

    assert (replies, descriptor.closed) == (b"", True)


def test_a_refused_guard_closes_the_message_s_descriptor_and_keeps_the_state_s() -> None:
    receiver, first, second = Receiver(machine=LENIENT), opened(), opened()
    receiver.feed(HELLO)

    replies = slots(receiver, (1, first), (1, second))

    assert (replies, first.closed, second.closed) == (OK + link.ERROR, False, True)


class Taking(link.Handlers):
    """Take the descriptor out of the message."""

    taken = -1

    def slot(self, state: Open, message: Slot) -> Open:
        self.taken = message.memory.take()
        return state


def test_what_a_handler_takes_stays_open() -> None:
    handlers, descriptor = Taking(), opened()
    receiver = Receiver(handlers)
    receiver.feed(HELLO)
    slots(receiver, (1, descriptor))
    receiver.feed(BYE)

    os.fstat(handlers.taken)
    os.close(handlers.taken)


class Losing(link.Handlers):
    """Drop the descriptor of the message."""

    def slot(self, state: Open, message: Slot) -> Open:
        del message
        return state


def test_what_a_handler_does_not_keep_is_closed() -> None:
    receiver, descriptor = Receiver(Losing()), opened()
    receiver.feed(HELLO)

    assert slots(receiver, (1, descriptor)) == OK
    assert descriptor.closed


class Inserting(link.Handlers):
    """Insert straight into the map that is there."""

    def slot(self, state: Open, message: Slot) -> Open:
        state.slots[message.number] = message.memory
        return state


def test_a_handler_may_insert_into_the_map_of_the_state() -> None:
    receiver, descriptor = Receiver(Inserting()), opened()
    receiver.feed(HELLO)

    assert slots(receiver, (1, descriptor)) == OK
    assert (receiver.state.slots, descriptor.closed) == ({1: descriptor}, False)
    receiver.close()


class Failing(link.Handlers):
    """Fail after the descriptor was stored."""

    def slot(self, state: Open, message: Slot) -> Open:
        raise OSError(message, state)


def test_a_failed_handler_s_descriptor_is_closed() -> None:
    receiver, descriptor = Receiver(Failing(), LENIENT), opened()
    receiver.feed(HELLO)

    assert slots(receiver, (1, descriptor)) == FAILED
    assert descriptor.closed


class Disk:
    """A memory that counts how often it is closed, and may fail to."""

    def __init__(self, error: OSError | None = None) -> None:
        self.closed = 0
        self._error = error

    def receive(self, places: Iterable[tuple[int, int]]) -> Generator[memoryview, None, None]:
        for _, size in places:
            yield memoryview(bytearray(size))

    def close(self) -> None:
        self.closed += 1
        if self._error:
            raise self._error


@pytest.mark.parametrize("end", [BYE, CANCEL, HELLO, b""])
def test_memory_is_closed_once_on_every_end(end: bytes) -> None:
    disk = Disk()
    receiver = Receiver(link.Handlers(disk))
    receiver.feed(HELLO + link.BLOCKS + end)
    receiver.eof()
    receiver.close()

    assert disk.closed == 1


def test_a_memory_that_cannot_be_closed_refuses_the_success() -> None:
    disk = Disk(OSError(5, "Input/output error"))
    receiver = Receiver(link.Handlers(disk))

    assert receiver.feed(HELLO + BYE) == OK + FAILED
    assert receiver.cause.summary() == (
        "the handler of Bye failed in Open: OSError: [Errno 5] Input/output error"
    )


def test_a_descriptor_is_closed_when_it_is_dropped() -> None:
    before = numbers()
    descriptor = opened()
    del descriptor

    assert numbers() == before


def test_a_closed_descriptor_has_no_number() -> None:
    descriptor = opened()
    descriptor.close()
    descriptor.close()

    with pytest.raises(ValueError, match="closed or taken"):
        descriptor.fileno()
    with pytest.raises(ValueError, match="closed or taken"):
        descriptor.take()
