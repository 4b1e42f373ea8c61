"""What an asker sends with its requests: contents, and descriptors."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime import link
from runtime.asking_link import (
    Fresh,
    Ready,
    blocks,
)
from runtime.ends import MIB, Kept, Pair, client, ready, receiving, sparse, tcp_pair
from runtime.link import Bye, Hello, Note, Slot
from wirechart.runtime import (
    AskingFailed,
    Contents,
    Descriptor,
    FileRange,
    NotAllowedError,
    SendingFailed,
)


def numbers() -> set[str]:
    """The open descriptors of this process."""
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def test_descriptors_go_with_their_payload_and_stay_open_here() -> None:
    before = numbers()
    ours, peer = socket.socketpair()
    receiver = link.Receiver()
    null = Descriptor(os.open(os.devnull, os.O_RDONLY))
    with receiving(peer, receiver), client(ours) as made:
        state = made.send(Fresh(), Hello(1))
        state = made.send(state, Slot(1, null))
        state = made.send(state, Slot(2, null))
        there: dict[int, Descriptor] = receiver.state.slots
        same = [os.path.sameopenfile(null.fileno(), there[number].fileno()) for number in (1, 2)]
        made.send(state, Bye())
    null.close()

    assert (same, numbers()) == ([True, True], before)


def test_descriptors_do_not_pass_through_tcp() -> None:
    ours, peer = tcp_pair()
    null = Descriptor(os.open(os.devnull, os.O_RDONLY))
    with peer, ready(ours) as made:
        with pytest.raises(NotAllowedError, match="through unix sockets only"):
            made.send(Ready(), Slot(1, null))
        null.close()
        made.close()

        assert peer.recv(9) == b""


def test_contents_come_from_ranges_of_files_with_holes(pair: Pair) -> None:
    ours, peer = pair()
    disk = Kept(3 * MIB)
    file = sparse(4 * MIB, (MIB, b"one"), (3 * MIB - 2, b"two"))
    ranges = [FileRange(file, MIB, 2 * MIB), FileRange(file, 7, 0), FileRange(file, 0, 16)]
    with receiving(peer, link.Receiver(link.Handlers(disk))), client(ours) as made:
        state = made.send(Fresh(), Hello(1))
        state = made.send(state, blocks((0, 5), (5, 2 * MIB), (8, 16)), contents=mixed(ranges))
        made.send(state, Bye())
    os.close(file)

    whole = bytearray(3 * MIB)
    whole[5:8], whole[2 * MIB + 3 : 2 * MIB + 5], whole[:5] = b"one", b"tw", b"first"
    whole[8:24] = bytes(16)
    assert disk.content == whole


def mixed(ranges: list[FileRange]) -> Iterator[bytes | FileRange]:
    yield b"first"
    yield from ranges


def test_contents_come_from_a_file_that_the_kernel_cannot_send(pair: Pair) -> None:
    ours, peer = pair()
    disk = Kept(64)
    with (
        open("/proc/self/cmdline", "rb", buffering=0) as file,  # noqa: PTH123 -- a number is needed
        receiving(peer, link.Receiver(link.Handlers(disk))),
        client(ours) as made,
    ):
        state = made.send(Fresh(), Hello(1))
        state = made.send(state, blocks((0, 8)), contents=[FileRange(file.fileno(), 1, 8)])
        made.send(state, Bye())

    assert bytes(disk.content) == Path("/proc/self/cmdline").read_bytes()[1:9] + bytes(56)


class Failing:
    """Contents that cannot be read to their end."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"12345"
        raise OSError("the disk is gone")


@pytest.mark.parametrize(
    ("contents", "text"),
    [
        ([b"12345", b"678"], "ValueError: 1 of 9 bytes were not supplied"),
        ([], "ValueError: 9 of 9 bytes were not supplied"),
        ([b"12345", b"67890"], "ValueError: more than 9 bytes were supplied"),
        ([b"123456789", b"0"], "ValueError: more than 9 bytes were supplied"),
        (Failing(), "OSError: the disk is gone"),
        ([FileRange(-1, 0, 9)], "OSError: [Errno 9] Bad file descriptor"),
    ],
)
def test_contents_that_are_not_as_announced_close_the_connection(
    pair: Pair, contents: Contents, text: str
) -> None:
    ours, peer = pair()
    receiver = link.Receiver()
    with receiving(peer, receiver), client(ours) as made:
        state = made.send(Fresh(), Hello(1))
        with pytest.raises(AskingFailed) as raised:
            made.send(state, blocks((0, 5), (3, 4)), contents=contents)

    cause = raised.value.cause
    assert isinstance(cause, SendingFailed)
    assert cause.summary() == f"Blocks could not be sent to its end in Ready: {text}"
    assert receiver.cause.name == "eof"


def test_a_file_that_is_truncated_meanwhile_closes_the_connection(pair: Pair) -> None:
    ours, peer = pair()
    file = sparse(8 * MIB)

    def shrink() -> Iterator[FileRange]:
        yield FileRange(file, 0, 4 * MIB)
        os.ftruncate(file, 6 * MIB)
        yield FileRange(file, 4 * MIB, 4 * MIB)

    with receiving(peer, link.Receiver()), client(ours) as made:
        state = made.send(Fresh(), Hello(1))
        with pytest.raises(AskingFailed, match="a file ended 2097152 bytes early"):
            made.send(state, blocks((0, 8 * MIB)), contents=shrink())
    os.close(file)


def test_contents_are_there_exactly_where_they_belong() -> None:
    ours, peer = socket.socketpair()
    with peer, ready(ours) as made:
        with pytest.raises(NotAllowedError, match="it needs contents"):
            made.exchange(Ready(), blocks((0, 5)))
        with pytest.raises(NotAllowedError, match="it has no contents"):
            made.exchange(Ready(), Note(b"note"), contents=[b"12345"])


def interrupted() -> Iterator[bytes]:
    yield b"12345"
    raise KeyboardInterrupt


def test_an_interrupt_closes_the_connection(pair: Pair) -> None:
    ours, peer = pair()
    with peer, ready(ours) as made:
        with pytest.raises(KeyboardInterrupt):
            made.send(Ready(), blocks((0, 9)), contents=interrupted())

        assert (ours.fileno(), made.asker.finished) == (-1, True)
