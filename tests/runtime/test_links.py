"""An asker on a socket: sessions, replies and their payloads, and what it does not ask."""

import mmap
import socket
import threading

import pytest

from runtime import link
from runtime.asking_link import (
    FETCHING,
    Fetch,
    Finished,
    Fresh,
    Lost,
    Ready,
    asker,
    blocks,
    fetched,
)
from runtime.ends import (
    Kept,
    Pair,
    client,
    ready,
    receiving,
    replies,
    scripted,
    take,
)
from runtime.link import BYE, ERROR, HELLO, NOTE, OK, PING, Bye, Done, Hello, Note, Ping
from wirechart.runtime import (
    AskingFailed,
    EndOfStream,
    FramingLost,
    Json,
    NotAllowedError,
    PeerRefused,
)
from wirechart.runtime.links import Link


def test_a_session_with_the_receiver_is_asked_to_its_end(pair: Pair) -> None:
    ours, peer = pair()
    disk = Kept(16)
    handlers = link.Handlers(disk)
    receiver = link.Receiver(handlers)
    with receiving(peer, receiver), client(ours) as made:
        state = made.send(Fresh(), Hello(1))
        state = made.send(state, blocks((0, 5), (3, 4)), contents=[b"abcde", memoryview(b"FGHI")])
        state = made.send(state, link.Raw())
        state = made.send(state, Ping())
        state = made.send(state, link.Text(Json.of(b'{"a": 1}')))
        state = made.send(state, Note(b"note"))
        end = made.send(state, Bye())

    assert (end, receiver.termination) == (Finished(clean=True), Done(clean=True))
    assert bytes(disk.content) == b"abcFGHI" + bytes(9)
    assert handlers.seen == [
        b"raw bytes",
        Ping(),
        link.Text(Json.of(b'{"a": 1}')),
        Note(b"note"),
    ]


def test_another_state_than_it_is_in_is_this_program_s_mistake() -> None:
    ours, peer = socket.socketpair()
    with peer, ready(ours) as made:
        with pytest.raises(NotAllowedError, match="Hello cannot be asked in Ready: it takes Slot"):
            made.send(Fresh(), Hello(1))
        with pytest.raises(NotAllowedError, match="Note cannot be asked in Fresh: it is in Ready"):
            made.exchange(Fresh(), Note(b"note"))
        made.close()

        assert peer.recv(9) == b""


def test_what_may_not_be_asked_leaves_the_connection_usable(pair: Pair) -> None:
    ours, peer = pair()
    with receiving(peer, link.Receiver()), client(ours) as made:
        state = made.send(Fresh(), Hello(1))
        with pytest.raises(NotAllowedError):
            made.send(state, Note(bytes(17)))

        assert made.send(state, Bye()) == Finished(clean=True)


def test_a_failure_closes_the_connection(pair: Pair) -> None:
    ours, peer = pair()
    with (
        scripted(peer, replies(len(HELLO), ERROR)),
        client(ours) as made,
        pytest.raises(AskingFailed) as raised,
    ):
        made.send(Fresh(), Hello(1))

    cause = PeerRefused(state="Fresh", message="Hello", reply="Error")
    assert (raised.value.termination, raised.value.in_doubt) == (Lost(cause), False)
    assert ours.fileno() == -1
    with pytest.raises(NotAllowedError, match="it has ended"):
        made.send(Fresh(), Hello(1))


def test_a_reply_may_come_byte_by_byte(pair: Pair) -> None:
    ours, peer = pair()

    def script(peer: socket.socket, _: threading.Event) -> None:
        take(peer, len(NOTE))
        peer.sendall(OK[:1])
        peer.sendall(OK[1:])

    with scripted(peer, script), ready(ours) as made:
        assert made.send(Ready(), Note(b"note")) == Ready()


def test_a_reply_that_nothing_asked_for_is_seen_before_the_next_request(pair: Pair) -> None:
    ours, peer = pair()
    sent: list[bytes] = []

    def script(peer: socket.socket, _: threading.Event) -> None:
        take(peer, len(NOTE))
        peer.sendall(OK + OK)
        sent.append(peer.recv(99))

    with scripted(peer, script), ready(ours) as made:
        made.send(Ready(), Note(b"note"))
        with pytest.raises(AskingFailed) as raised:
            made.send(Ready(), Bye())

    reason = "bytes came that nothing asked for"
    assert raised.value.cause == FramingLost(state="Ready", reason=reason)
    assert (raised.value.in_doubt, sent) == (False, [b""])


def test_a_last_request_without_a_reply_is_in_doubt(pair: Pair) -> None:
    ours, peer = pair()
    with (
        scripted(peer, lambda peer, _: take(peer, len(BYE))),
        ready(ours) as made,
        pytest.raises(AskingFailed) as raised,
    ):
        made.send(Ready(), Bye())

    assert raised.value.termination == Lost(
        EndOfStream(state="Ready", message="Bye", where="after 0 of 2 bytes of the reply to Bye")
    )
    assert raised.value.in_doubt


def test_a_message_without_a_reply_waits_for_none(pair: Pair) -> None:
    ours, peer = pair()
    with peer, ready(ours) as made:
        states = [made.send(Ready(), Ping()) for _ in range(3)]
        came = take(peer, 3 * len(PING))

    assert (states, came) == ([Ready()] * 3, PING * 3)


def test_a_payload_goes_into_a_mapping(pair: Pair) -> None:
    ours, peer = pair()
    payload = bytes(range(64))

    def script(peer: socket.socket, _: threading.Event) -> None:
        take(peer, 6)
        peer.sendall(fetched(1))
        take(peer, 6)
        peer.sendall(fetched(1, payload))

    with (
        scripted(peer, script),
        mmap.mmap(-1, 4096) as mapping,
        Link(ours, asker(FETCHING)) as made,
    ):
        into = memoryview(mapping)[64:128]
        state, empty = made.exchange(Ready(), Fetch(7, 64), into=into)
        state, full = made.exchange(state, Fetch(7, 64), into=into)
        sizes = (full.nbytes, empty.nbytes)
        content = mapping[:192]
        del into, full, empty  # or the mapping cannot be closed

    assert (state, sizes) == (Ready(), (64, 0))
    assert content == bytes(64) + payload + bytes(64)


def test_a_payload_is_made_where_no_buffer_is_given(pair: Pair) -> None:
    ours, peer = pair()
    with (
        scripted(peer, replies(6, fetched(1, b"12345"))),
        Link(ours, asker(FETCHING)) as made,
    ):
        state, payload = made.exchange(Ready(), Fetch(7, 5))

    assert (state, bytes(payload)) == (Ready(), b"12345")
