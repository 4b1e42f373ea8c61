"""Recorded migrations replayed: the same bytes come back, and the same memory is there."""

import json
import os
import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from captures import (
    Ram,
    Recording,
    converse,
    descriptors_open,
    digest,
    recording,
    replay,
    send,
    snapshot,
)
from ch_migration import (
    Aborted,
    Completed,
    Config,
    Configured,
    Defaults,
    MemoryFdsReceived,
    Receiver,
    Refusal,
    Reply,
    Started,
    State,
    StateReceived,
    Termination,
)
from ch_migration.runtime import (
    EndOfStream,
    HandlerFailed,
    Image,
    MalformedMessage,
    RefusedMessage,
)
from frames import ERROR, OK

WITH_MEMORY = ["tcp-precopy", "tcp-paused", "tcp-two-zones", "tls-precopy", "unix-precopy"]
BY_DESCRIPTOR = ["unix-local", "unix-local-2slot"]
SUCCESSES = [*WITH_MEMORY, *BY_DESCRIPTOR]
REJECTED = ["receiver-rejects-start", "receiver-rejects-state"]

WRONG_STATE = "the JSON text is wrong: Expecting value: line 1 column 1 (char 0)"
ENDINGS: list[tuple[str, Termination]] = [
    ("tcp-precopy", Completed(paused=False)),
    ("tcp-paused", Completed(paused=True)),
    ("tcp-two-zones", Completed(paused=False)),
    ("tls-precopy", Completed(paused=False)),
    ("unix-precopy", Completed(paused=False)),
    ("unix-local", Completed(paused=True)),
    ("unix-local-2slot", Completed(paused=True)),
    (
        "receiver-rejects-start",
        Aborted(RefusedMessage(state="Established", message="Start", guard="message.version == 0")),
    ),
    (
        "receiver-rejects-state",
        Aborted(MalformedMessage(state="Configured", message="State", reason=WRONG_STATE)),
    ),
]


@contextmanager
def remembering() -> Generator[tuple[Receiver, Ram]]:
    """A receiver whose guest memory outlives it."""
    ram = Ram()
    with Receiver(Defaults(memory=lambda: ram)) as receiver:
        yield receiver, ram


@dataclass
class Looking(Defaults):
    """Looks at the memory by descriptor as soon as all of it is there."""

    sizes: dict[int, int] = field(default_factory=dict[int, int])
    extents: dict[int, tuple[tuple[int, int], ...]] = field(
        default_factory=dict[int, tuple[tuple[int, int], ...]]
    )
    contents: dict[int, str] = field(default_factory=dict[int, str])

    def __post_init__(self) -> None:
        super().__init__()

    def config(self, state: Started | MemoryFdsReceived, message: Config) -> Configured:
        assert isinstance(state, MemoryFdsReceived)
        for slot, descriptor in state.memory_fds.items():
            number = descriptor.fileno()
            found = tuple(extents(number))
            self.sizes[slot] = os.fstat(number).st_size
            self.extents[slot] = found
            self.contents[slot] = digest(os.pread(number, size, place) for place, size in found)
        return super().config(state, message)


def extents(number: int) -> Iterator[tuple[int, int]]:
    """Offset and size of what is not a hole."""
    end = 0
    while True:
        try:
            begin = os.lseek(number, end, os.SEEK_DATA)
        except OSError:
            return
        end = os.lseek(number, begin, os.SEEK_HOLE)
        yield begin, end - begin


@pytest.mark.parametrize(("name", "ending"), ENDINGS)
def test_a_recorded_migration_gets_the_recorded_replies(name: str, ending: Termination) -> None:
    with Receiver(Defaults()) as receiver:
        replies = replay(receiver, recording(name))

        assert (replies, receiver.termination) == (recording(name).server, ending)


@pytest.mark.parametrize(("name", "ending"), ENDINGS)
def test_byte_by_byte_the_replies_are_the_same(name: str, ending: Termination) -> None:
    recorded = recording(name)
    with Receiver(Defaults()) as receiver:
        replies = replay(receiver, recorded, recorded.every_byte())

        assert (replies, receiver.termination) == (recorded.server, ending)


@pytest.mark.parametrize("name", ["tcp-precopy", "tcp-paused", "tls-precopy", "unix-precopy"])
def test_byte_by_byte_the_memory_is_the_same(name: str) -> None:
    with remembering() as (receiver, ram):
        replay(receiver, recording(name), recording(name).every_byte())

        assert digest([ram.content]) == snapshot(name).sha256


@settings(max_examples=12)
@given(cuts=st.lists(st.floats(0, 1, exclude_max=True), max_size=40))
@example(cuts=[])
@pytest.mark.parametrize(("name", "ending"), ENDINGS)
def test_in_random_pieces_the_replies_are_the_same(
    name: str, ending: Termination, cuts: list[float]
) -> None:
    recorded = recording(name)
    with Receiver(Defaults()) as receiver:
        replies = replay(receiver, recorded, (int(cut * len(recorded.client)) for cut in cuts))

        assert (replies, receiver.termination) == (recorded.server, ending)


@settings(max_examples=12)
@given(cuts=st.lists(st.integers(0, 2_235_176), min_size=1, max_size=40))
def test_in_random_pieces_the_memory_is_the_same(cuts: list[int]) -> None:
    with remembering() as (receiver, ram):
        replay(receiver, recording("unix-precopy"), cuts)

        assert digest([ram.content]) == snapshot("unix-precopy").sha256


@pytest.mark.parametrize("name", WITH_MEMORY)
def test_the_image_is_the_memory_that_the_real_receiver_had(name: str, tmp_path: Path) -> None:
    path = tmp_path / "image"
    with Receiver(Defaults(memory=lambda: Image(path))) as receiver:
        replay(receiver, recording(name))
    os.truncate(path, 64 << 20)  # the guest's size; a hole at its end was never written

    with path.open("rb") as image:
        found = digest(cut(image.fileno(), snapshot(name).ranges))

    assert found == snapshot(name).sha256


def cut(number: int, ranges: tuple[tuple[int, int], ...]) -> Iterator[bytes]:
    """The bytes of a file in these ranges, 1 MiB at a time."""
    for begin, size in ranges:
        for place in range(begin, begin + size, 1 << 20):
            yield os.pread(number, min(1 << 20, begin + size - place), place)


def test_a_zone_that_the_snapshot_leaves_out_is_in_the_image() -> None:
    """The zone backed by a file, of 32 MiB from address 0 on, by the recording's own decoder."""
    with remembering() as (receiver, ram):
        replay(receiver, recording("tcp-two-zones"))

    whole = "db418b66e0d9b6eb394a926d9be5a9d3216cceba444f2ea63fdacde1e7435610"
    zone = "0ba6a471bf3ed454f5629c316e79bdabf2479c73ebde14ec906a894d364bd175"
    assert (digest([ram.content]), digest([ram.content[: 32 << 20]])) == (whole, zone)


@pytest.mark.parametrize("name", SUCCESSES)
def test_the_text_of_the_configuration_is_kept_as_it_came(name: str) -> None:
    with Receiver(Defaults()) as receiver:
        replay(receiver, recording(name))
        assert isinstance(receiver.state, StateReceived)
        text = receiver.state.config.payload.raw.decode()

    begin = text.index('"vm_config":') + len('"vm_config":')
    _, end = json.JSONDecoder().raw_decode(text, begin)

    assert text[begin:end].encode() == snapshot(name).config


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
@pytest.mark.parametrize("name", [*WITH_MEMORY, *REJECTED])
def test_over_a_socket_the_replies_are_the_same(name: str, family: socket.AddressFamily) -> None:
    before = descriptors_open()

    replies = converse(family, Receiver(Defaults()), send(recording(name)))

    assert (replies, descriptors_open()) == (recording(name).server, before)


@pytest.mark.parametrize("name", BY_DESCRIPTOR)
def test_over_a_unix_socket_memory_comes_by_descriptor(name: str) -> None:
    recorded = recording(name)
    handlers = Looking()
    before = descriptors_open()

    replies = converse(socket.AF_UNIX, Receiver(handlers), send(recorded))

    assert (replies, descriptors_open()) == (recorded.server, before)
    assert handlers.sizes == {one.slot: one.size for one in recorded.attached}
    assert handlers.extents == {one.slot: one.extents for one in recorded.attached}
    assert handlers.contents == {one.slot: digest([one.content]) for one in recorded.attached}


def test_memory_by_descriptor_is_the_memory_that_the_real_receiver_had() -> None:
    (attached,) = recording("unix-local").attached
    number = attached.open()

    found = digest(cut(number, snapshot("unix-local").ranges))
    os.close(number)

    assert (found, found) == (attached.sha256, snapshot("unix-local").sha256)


def end(recorded: Recording) -> tuple[bytes, Termination | None, bool]:
    """What a receiver of a cut recording answers, how it ends, and whether it closes at once."""
    with Receiver(Defaults()) as receiver:
        replies = replay(receiver, recorded) + receiver.eof()
        return replies, receiver.termination, receiver.finished


def test_a_sender_that_dies_in_contents_is_answered_with_an_error() -> None:
    """The recorded receiver answered nothing: it span for ever."""
    where = "585440 bytes before the end of Memory"
    cause = EndOfStream(state="Configured", message="Memory", where=where)

    assert recording("sender-dies").server == OK + OK
    assert end(recording("sender-dies")) == (OK + OK + ERROR, Aborted(cause), True)


def test_a_sender_that_dies_before_complete_gets_no_further_reply() -> None:
    cause = EndOfStream(state="StateReceived", where="between two messages")

    assert recording("sender-dies-before-complete").server == OK * 5
    assert end(recording("sender-dies-before-complete")) == (OK * 5, Aborted(cause), True)


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
@pytest.mark.parametrize(
    ("name", "expected"), [("sender-dies", OK * 2 + ERROR), ("sender-dies-before-complete", OK * 5)]
)
def test_nothing_leaks_when_a_sender_dies(
    name: str, expected: bytes, family: socket.AddressFamily, tmp_path: Path
) -> None:
    receiver = Receiver(Defaults(memory=lambda: Image(tmp_path / "image")))
    before = descriptors_open()

    replies = converse(family, receiver, send(recording(name)))

    assert (replies, descriptors_open()) == (expected, before)


def test_nothing_leaks_when_a_sender_of_descriptors_dies() -> None:
    recorded = recording("unix-local-2slot")
    cut_off = Recording(recorded.client[:56], OK * 3, recorded.attached, ())
    before = descriptors_open()

    replies = converse(socket.AF_UNIX, Receiver(Defaults()), send(cut_off))

    assert (replies, descriptors_open()) == (OK * 3, before)


class Refusing(Defaults):
    """Refuses the state of every VM."""

    def state(self, state: Configured, message: State) -> NoReturn:
        del state, message
        raise Refusal(Reply.Error, "this host has other CPUs")


def test_a_handler_that_refuses_answers_like_the_real_receiver() -> None:
    """The recorded receiver met a State that the proxy had spoilt; this one is whole."""
    recorded = recording("receiver-rejects-state")
    spoilt = 2_207_335
    whole = recorded.client[:spoilt] + b"{" + recorded.client[spoilt + 1 :]

    with Receiver(Refusing()) as receiver:
        replies = receiver.feed(whole)

        assert replies == recorded.server
        assert isinstance(receiver.termination, Aborted)
        assert isinstance(receiver.termination.cause, HandlerFailed)
        assert receiver.termination.cause.summary() == (
            "State was refused by its handler in Configured: this host has other CPUs"
        )
