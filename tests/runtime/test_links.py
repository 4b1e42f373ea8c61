"""An asker on a socket: contents, descriptors, deadlines; peers that answer or leave early."""

import mmap
import os
import socket
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from itertools import repeat
from pathlib import Path
from typing import Any, Self, TypeAlias

import pytest

from runtime import link
from runtime.asking_link import (
    ASKING,
    FETCHING,
    Client,
    Fetch,
    Finished,
    Fresh,
    Lost,
    Ready,
    asker,
    blocks,
    fetched,
)
from runtime.link import BYE, ERROR, HELLO, NOTE, OK, PING, Bye, Done, Hello, Note, Ping, Slot
from wirechart.runtime import (
    Asker,
    AskingFailed,
    Contents,
    Descriptor,
    EndOfStream,
    FileRange,
    FramingLost,
    Json,
    NotAllowedError,
    PeerRefused,
    PeerSilent,
    SendingFailed,
)
from wirechart.runtime.links import Link
from wirechart.runtime.sockets import drive

MIB = 1 << 20
GIB = 1 << 30
Pair: TypeAlias = Callable[[], tuple[socket.socket, socket.socket]]


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        return ours, listener.accept()[0]


def unix_pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair()


PAIRS: dict[str, Pair] = {"unix": unix_pair, "tcp": tcp_pair}


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> Pair:
    """Two ends of a connection: ours, and the peer's."""
    return PAIRS[request.param]


class Kept:
    """A memory that keeps contents, so many bytes."""

    def __init__(self, size: int) -> None:
        self.content = bytearray(size)

    def receive(self, places: Iterable[tuple[int, int]]) -> Generator[memoryview, None, None]:
        for address, size in places:
            if size:
                yield memoryview(self.content)[address : address + size]

    def close(self) -> None:
        pass


class Peer:
    """What runs at the other end, on a thread of its own; `over` is set when the test has ended."""

    def __init__(self, run: Callable[[threading.Event], object]) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=run, args=(self._over,))
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


Script: TypeAlias = Callable[[socket.socket, threading.Event], object]


def receiving(peer: socket.socket, receiver: link.Receiver) -> Peer:
    """The real receiver of that protocol."""
    return Peer(lambda _: drive(peer, receiver))


def scripted(peer: socket.socket, script: Script) -> Peer:
    """A peer that does what it is told, and closes."""

    def run(over: threading.Event) -> None:
        with peer:
            peer.settimeout(20)
            script(peer, over)

    return Peer(run)


def replies(asked: int, reply: bytes) -> Script:
    """Take so many bytes, and answer."""

    def script(peer: socket.socket, _: threading.Event) -> None:
        take(peer, asked)
        peer.sendall(reply)

    return script


def take(peer: socket.socket, count: int) -> bytes:
    taken = b""
    while len(taken) < count and (more := peer.recv(count - len(taken))):
        taken += more
    return taken


def client(ours: socket.socket, **more: Any) -> Client:  # noqa: ANN401 -- of Asker
    return Client(ours, asker(**more))


def ready(ours: socket.socket, **more: Any) -> Client:  # noqa: ANN401 -- of Asker
    """One that was greeted already."""
    return Client(ours, Asker(ASKING, Ready(), **more))


def numbers() -> set[str]:
    """The open descriptors of this process."""
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


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


def sparse(size: int, *extents: tuple[int, bytes]) -> int:
    """A file in memory, a hole but for these; the caller owns its number."""
    number = os.memfd_create("contents", os.MFD_CLOEXEC)
    os.ftruncate(number, size)
    for offset, content in extents:
        os.pwrite(number, content, offset)
    return number


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


class Supply:
    """A stream of zeros without an end that counts what was taken of it."""

    def __init__(self) -> None:
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in repeat(bytes(MIB)):
            self.taken += len(chunk)
            yield chunk


def small(ours: socket.socket) -> socket.socket:
    """Let little be on its way."""
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    return ours


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


def interrupted() -> Iterator[bytes]:
    yield b"12345"
    raise KeyboardInterrupt


def test_an_interrupt_closes_the_connection(pair: Pair) -> None:
    ours, peer = pair()
    with peer, ready(ours) as made:
        with pytest.raises(KeyboardInterrupt):
            made.send(Ready(), blocks((0, 9)), contents=interrupted())

        assert (ours.fileno(), made.asker.finished) == (-1, True)
