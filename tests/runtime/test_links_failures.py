"""Peers that refuse, leave or fall silent while an asker sends."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import repeat

import pytest

from runtime import link
from runtime.asking_link import (
    Fresh,
    Lost,
    Ready,
    blocks,
)
from runtime.ends import (
    GIB,
    MIB,
    Pair,
    Script,
    client,
    ready,
    receiving,
    scripted,
    small,
    sparse,
    take,
)
from runtime.link import ERROR, Bye, Hello, Note
from wirechart.runtime import (
    AskingFailed,
    EndOfStream,
    FileRange,
    PeerRefused,
    PeerSilent,
)


class Supply:
    """A stream of zeros without an end that counts what was taken of it."""

    def __init__(self) -> None:
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in repeat(bytes(MIB)):
            self.taken += len(chunk)
            yield chunk


def stops(peer: socket.socket, over: threading.Event) -> None:
    """Refuse, and read nothing more."""
    take(peer, 14)
    peer.sendall(ERROR)
    assert over.wait(20)


def drains(peer: socket.socket, _: threading.Event) -> None:
    """Refuse, and read on."""
    take(peer, 14)
    peer.sendall(ERROR)
    with suppress(ConnectionError):
        while peer.recv(MIB):
            pass


def leaves(peer: socket.socket, _: threading.Event) -> None:
    """Refuse, and close with much unread."""
    take(peer, 14)
    peer.sendall(ERROR)


@pytest.mark.parametrize("refuse", [stops, drains, leaves])
def test_a_refusal_stops_a_long_request(pair: Pair, refuse: Script) -> None:
    ours, peer = pair()
    supply = Supply()
    with scripted(peer, refuse), ready(small(ours)) as made, pytest.raises(AskingFailed) as raised:
        made.send(Ready(), blocks((0, GIB)), contents=supply)

    assert raised.value.cause == PeerRefused(state="Ready", message="Blocks", reply="Error")
    assert supply.taken < GIB


@pytest.mark.parametrize("refuse", [stops, drains, leaves])
def test_a_refusal_stops_a_long_range_of_a_file(pair: Pair, refuse: Script) -> None:
    ours, peer = pair()
    file = sparse(64 * GIB)
    whole = [FileRange(file, 0, 64 * GIB)]
    long = blocks(*repeat((0, GIB), 64))
    with (
        scripted(peer, lambda peer, over: (take(peer, 63 * 8), refuse(peer, over))),
        ready(small(ours)) as made,
        pytest.raises(AskingFailed) as raised,
    ):
        made.send(Ready(), long, contents=whole)
    os.close(file)

    assert raised.value.cause == PeerRefused(state="Ready", message="Blocks", reply="Error")


def test_a_refusal_is_heard_although_the_peer_takes_all() -> None:
    ours, peer = socket.socketpair()
    taken: list[int] = []

    def supply() -> Iterator[bytes]:
        while True:
            yield bytes(1 << 17)
            taken.append(len(take(peer, 1 << 17)))
            peer.send(ERROR[len(taken) - 1 : len(taken)])  # its two bytes, then nothing more

    with peer, ready(ours) as made, pytest.raises(AskingFailed) as raised:
        made.send(Ready(), blocks((0, GIB)), contents=supply())

    assert raised.value.cause == PeerRefused(state="Ready", message="Blocks", reply="Error")
    assert sum(taken) <= 3 * MIB


def test_a_peer_that_leaves_in_the_middle_says_nothing(pair: Pair) -> None:
    ours, peer = pair()
    with (
        scripted(peer, lambda peer, _: take(peer, 14)),
        ready(small(ours)) as made,
        pytest.raises(AskingFailed) as raised,
    ):
        made.send(Ready(), blocks((0, GIB)), contents=Supply())

    cause = raised.value.cause
    assert isinstance(cause, EndOfStream)
    assert cause.where.endswith("bytes before the end of Blocks")


def test_a_peer_that_says_nothing_is_silent(pair: Pair) -> None:
    ours, peer = pair()
    with peer, ready(ours, patience=0.05) as made, pytest.raises(AskingFailed) as raised:
        made.send(Ready(), Note(b"note"))

    assert raised.value.cause == PeerSilent(state="Ready", message="Note", seconds=0.05)
    assert made.asker.now < 5


def test_a_peer_that_is_heard_of_elsewhere_has_its_time_anew(pair: Pair) -> None:
    ours, peer = pair()
    with peer, ready(ours, patience=0.05) as made:
        made.heard()
        with pytest.raises(AskingFailed):
            made.send(Ready(), Note(b"note"))

    assert 0.1 <= made.asker.now < 5


def test_a_peer_that_takes_nothing_is_silent(pair: Pair) -> None:
    ours, peer = pair()
    with peer, ready(small(ours), patience=0.05) as made, pytest.raises(AskingFailed) as raised:
        made.send(Ready(), blocks((0, GIB)), contents=Supply())

    cause = raised.value.cause
    assert isinstance(cause, PeerSilent)
    assert cause.where.endswith("bytes before the end of Blocks")
    assert made.asker.now < 5


def test_the_time_of_the_program_is_not_the_peer_s(pair: Pair) -> None:
    ours, peer = pair()
    go_on = threading.Event()
    timer = threading.Timer(0.3, go_on.set)

    def slowly() -> Iterator[bytes]:
        timer.start()
        assert go_on.wait(20)
        yield b"12345"

    with receiving(peer, link.Receiver()), client(ours, patience=0.1) as made:
        state = made.send(Fresh(), Hello(1))
        made.send(state, blocks((0, 5)), contents=slowly())
        made.send(state, Bye())
    timer.join()


def test_a_peer_that_left_between_two_requests_is_seen_before_the_next(pair: Pair) -> None:
    ours, peer = pair()
    peer.close()
    with ready(ours) as made, pytest.raises(AskingFailed) as raised:
        made.send(Ready(), Bye())

    assert raised.value.termination == Lost(
        EndOfStream(state="Ready", where="before the next request")
    )
    assert not raised.value.in_doubt
