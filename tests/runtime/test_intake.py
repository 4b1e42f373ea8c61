"""From a socket to where bytes belong: the fast ways and the plain ones lead to the same."""

import errno
import os
import random
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from mmap import mmap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime import link
from runtime.destinations import SPACE, Held, Stored
from runtime.link import BROKEN, BYE, FAILED, HASTY, HELLO, LENIENT, OK, QUICK, Code, Done, Receiver
from runtime.test_sockets import PAIRS
from wirechart.runtime import Descriptor, EndOfStream, FileRange, Image, Mapped, PeerSilent
from wirechart.runtime.intake import Intake
from wirechart.runtime.memory import ALONE, TOGETHER, WINDOW
from wirechart.runtime.sockets import drive
from wirechart.runtime.targets import Batch, Wide

Pair = Callable[[], tuple[socket.socket, socket.socket]]
Places = list[tuple[int, int]]


class Hidden(socket.socket):
    """What only the socket itself can read: every byte arrives changed."""

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:  # noqa: ANN401 -- as of socket
        count = super().recv_into(buffer, nbytes, flags)
        view = memoryview(buffer)[:count]
        view[:] = bytes(view).translate(SWAPPED)
        return count


SWAPPED = bytes(byte ^ 0x5A for byte in range(256))


def hidden_pair() -> tuple[socket.socket, socket.socket]:
    ours, peer = PAIRS["tcp"]()
    return Hidden(fileno=ours.detach()), peer


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> Pair:
    """Two ends, connected."""
    return PAIRS[request.param]


def driven(
    receiver: Receiver, pair: Pair, *pieces: bytes, descriptor: int = -1, stays: bool = False
) -> bytes:
    """Send to a receiver from a thread; the replies. The descriptor comes with the last piece.

    With `stays` the peer does not say that it has sent everything.
    """
    ours, peer = pair()
    peer.settimeout(20)
    replies: list[bytes] = []

    def talk() -> None:
        with peer:
            for piece in pieces[:-1]:
                peer.sendall(piece)
            socket.send_fds(peer, [pieces[-1]], [descriptor]) if descriptor >= 0 else peer.sendall(
                pieces[-1]
            )
            if not stays:
                peer.shutdown(socket.SHUT_WR)
            replies.extend(iter(lambda: peer.recv(4096), b""))

    thread = threading.Thread(target=talk)
    thread.start()
    drive(ours, receiver)
    thread.join(20)
    return b"".join(replies)


def blocks(places: Places, data: bytes) -> bytes:
    return link.request(Code.Blocks, link.rows(*places)) + data


def numbers() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def modelled(places: Places, data: bytes) -> bytes:
    """What has to be there: the last writer wins."""
    whole = bytearray(SPACE)
    for address, size in places:
        whole[address : address + size], data = data[:size], data[size:]
    return bytes(whole)


SIZES = st.sampled_from(
    [0, 1, 3, 4096, 5000, ALONE - 1, ALONE, ALONE + 1, WINDOW, WINDOW + 9, TOGETHER + 1, 3 << 20]
) | st.integers(0, 9000)
PAGES = st.tuples(st.integers(0, 30).map(lambda page: page * 4096), st.just(4096))
SHORT = st.tuples(st.integers(0, 1 << 20), st.sampled_from([1, 4096, ALONE - 1]))
PLACES = (
    st.lists(st.tuples(st.integers(0, 1 << 20), SIZES), max_size=8)
    | st.lists(PAGES, max_size=2000)
    | st.lists(SHORT, min_size=40, max_size=60)
)


@pytest.mark.parametrize("where", [Stored, Held])
@pytest.mark.parametrize("way", [*PAIRS, "hidden"])
@settings(max_examples=15, deadline=None)
@given(places=PLACES, seed=st.integers(0, 9))
def test_contents_from_a_socket_lie_where_they_belong(
    where: type[Stored | Held], way: str, places: Places, seed: int
) -> None:
    data = random.Random(seed).randbytes(sum(size for _, size in places))  # noqa: S311 -- no secret
    destination = where()
    stream = HELLO + blocks(places, data) + BYE
    sent = stream.translate(SWAPPED) if way == "hidden" else stream

    replies = driven(Receiver(link.Handlers(destination.memory)), PAIRS.get(way, hidden_pair), sent)

    assert (replies, destination.content()) == (OK * 3, modelled(places, data))


@pytest.mark.parametrize("where", [Stored, Held])
@settings(max_examples=30, deadline=None)
@given(places=PLACES, step=st.sampled_from([4093, 70_001, 1 << 30]))
def test_contents_that_are_fed_lie_where_they_belong(
    where: type[Stored | Held], places: Places, step: int
) -> None:
    data = random.Random(7).randbytes(sum(size for _, size in places))  # noqa: S311 -- no secret
    destination = where()
    stream = HELLO + blocks(places, data) + BYE
    receiver = Receiver(link.Handlers(destination.memory))

    replies = b"".join(receiver.feed(stream[at : at + step]) for at in range(0, len(stream), step))

    assert (replies, destination.content()) == (OK * 3, modelled(places, data))


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.EPERM])
def test_where_nothing_can_be_spliced_contents_lie_where_they_belong(
    number: int, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(*_: object, **__: object) -> int:
        raise OSError(number, "cannot splice")

    monkeypatch.setattr(os, "splice", unable)
    data = random.Random(3).randbytes(1 << 20)  # noqa: S311 -- no secret
    destination = Stored()
    stream = HELLO + blocks([(5, 1 << 20)], data) + BYE

    assert driven(Receiver(link.Handlers(destination.memory)), pair, stream) == OK * 3
    assert destination.content() == modelled([(5, 1 << 20)], data)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_without_room_for_a_pipe_contents_lie_where_they_belong(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable() -> tuple[int, int]:
        raise OSError(number, "too many open files")

    monkeypatch.setattr(os, "pipe", unable)
    destination = Stored()
    stream = HELLO + blocks([(0, ALONE)], b"x" * ALONE) + BYE

    driven(Receiver(link.Handlers(destination.memory)), PAIRS["tcp"], stream)

    assert destination.content() == modelled([(0, ALONE)], b"x" * ALONE)


def test_a_file_that_takes_bytes_only_from_memory_gets_them(pair: Pair, tmp_path: Path) -> None:
    path = tmp_path / "log"
    appended = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    data = random.Random(3).randbytes(1 << 20)  # noqa: S311 -- no secret
    stream = HELLO + blocks([(0, 1 << 20)], data) + BYE

    replies = driven(Receiver(link.Handlers(Image(Descriptor(appended)))), pair, stream)

    assert (replies, path.read_bytes()) == (OK * 3, data)


@pytest.fixture
def short_files() -> Iterator[int]:
    """No file of this process grows beyond so many bytes."""
    most, before = 1 << 20, resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    yield most
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [(1 << 20) + 1, (1 << 20) + 100_000, (2 << 20) - 1])
def test_a_full_disk_fails_the_handler_and_the_stream_stays_in_step(
    pair: Pair, tmp_path: Path, short_files: int, size: int
) -> None:
    receiver = Receiver(link.Handlers(Image(tmp_path / "i")), LENIENT)
    before = numbers()

    replies = driven(receiver, pair, HELLO + blocks([(0, size)], bytes(size)) + link.NOTE + BYE)

    assert (replies, receiver.termination) == (OK + FAILED + OK * 2, Done(clean=True))
    assert (tmp_path / "i").stat().st_size == short_files
    assert numbers() == before - 1


@pytest.mark.parametrize("pages", [257, 2000, 4000])
def test_a_full_disk_is_the_cause_also_where_pages_are_written_behind(
    pair: Pair, tmp_path: Path, short_files: int, pages: int
) -> None:
    receiver = Receiver(link.Handlers(Image(tmp_path / "i")))
    before = numbers(), threading.active_count()
    places = [(page % 257 * 4096, 4096) for page in range(pages)]

    replies = driven(receiver, pair, HELLO + blocks(places, bytes(pages * 4096)))

    assert (replies, receiver.cause.error.errno) == (OK + FAILED, errno.EFBIG)
    assert (tmp_path / "i").stat().st_size == short_files
    assert (numbers(), threading.active_count()) == (before[0] - 1, before[1])


def test_a_full_disk_is_the_cause(pair: Pair, tmp_path: Path, short_files: int) -> None:
    receiver = Receiver(link.Handlers(Image(tmp_path / "i")))

    driven(receiver, pair, HELLO + blocks([(9, short_files)], bytes(short_files)))

    assert receiver.cause.error.errno == errno.EFBIG


@pytest.mark.parametrize(
    "target",
    [
        FileRange(2**30, 0, 1 << 20),
        FileRange(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC), 0, 1 << 20),
        FileRange(os.open("/dev/full", os.O_WRONLY | os.O_CLOEXEC), 0, 1 << 20),
    ],
)
def test_bytes_for_a_place_that_cannot_be_written_are_gone_and_no_others(
    pair: Pair, target: FileRange
) -> None:
    class Rubbish(link.Handlers):
        def raw(self, state: Any, message: object, payload: Any) -> Any:  # noqa: ANN401 -- on purpose
            del message, payload
            yield target
            return state

    data = random.Random(3).randbytes(1 << 20)  # noqa: S311 -- no secret
    raw, destination = link.request(Code.Raw, bytes(300_000)), Stored()
    receiver = Receiver(Rubbish(destination.memory), LENIENT)

    replies = driven(receiver, pair, HELLO + raw + blocks([(5, 1 << 20)], data) + BYE)

    assert replies == OK + FAILED + OK * 2
    assert destination.content() == modelled([(5, 1 << 20)], data)


def test_memory_that_is_gone_fails_the_handler(pair: Pair) -> None:
    file = os.memfd_create("contents")
    os.ftruncate(file, 8192)
    buffer = mmap(file, 8192)
    os.ftruncate(file, 0)
    os.close(file)
    receiver = Receiver(link.Handlers(Mapped(buffer)), LENIENT)

    replies = driven(receiver, pair, HELLO + blocks([(0, 8192)], bytes(8192)) + BYE)

    assert replies == OK + FAILED + OK


def test_places_behind_the_end_of_memory_fail_the_handler(pair: Pair) -> None:
    receiver = Receiver(link.Handlers(Mapped(bytearray(9))), LENIENT)

    assert driven(receiver, pair, HELLO + blocks([(5, 5)], bytes(5)) + BYE) == OK + FAILED + OK


DESTINATIONS = pytest.mark.parametrize(
    ("where", "places"),
    [
        (Stored, [(0, 1 << 20)]),
        (Held, [(0, 1 << 20)]),
        (Stored, [(page * 8192, 4096) for page in range(256)]),
        (Held, [(page * 8192, 4096) for page in range(256)]),
    ],
    ids=["a place in a file", "a view", "places in a file", "a batch"],
)


@DESTINATIONS
@pytest.mark.parametrize("end", [0, 1, 5000, (1 << 20) - 1])
def test_the_end_of_the_stream_inside_contents_is_told(
    pair: Pair, where: type[Stored | Held], places: Places, end: int
) -> None:
    destination, before = where(), numbers()
    receiver = Receiver(link.Handlers(destination.memory))
    contents = blocks(places, bytes(1 << 20))[: -(1 << 20)]

    replies = driven(receiver, pair, HELLO + contents + bytes(end))
    destination.content()

    missing = (1 << 20) - end if sum(size for _, size in places) == 1 << 20 else 0
    assert replies == OK + BROKEN
    assert receiver.cause == EndOfStream(
        state="Open", message="Blocks", where=f"{missing} bytes before the end of Blocks"
    )
    assert numbers() <= before


@DESTINATIONS
def test_silence_inside_contents_is_told(
    pair: Pair, where: type[Stored | Held], places: Places
) -> None:
    destination = where()
    receiver = Receiver(link.Handlers(destination.memory), HASTY)
    contents = blocks(places, bytes(1 << 20))[: -(1 << 20)]

    replies = driven(receiver, pair, HELLO + contents + bytes(7777), stays=True)
    destination.content()

    assert (replies, receiver.termination) == (
        OK + BROKEN,
        link.Broken(PeerSilent(state="Open", message="Blocks", seconds=0.1)),
    )


@DESTINATIONS
def test_contents_in_small_pieces_are_no_silence(
    pair: Pair, where: type[Stored | Held], places: Places
) -> None:
    destination = where()
    receiver = Receiver(link.Handlers(destination.memory), patience=10.0)
    stream = HELLO + blocks(places, bytes(1 << 20)) + BYE

    replies = driven(receiver, pair, *(stream[at : at + 999] for at in range(0, len(stream), 999)))

    destination.content()
    assert replies == OK * 3


@pytest.mark.parametrize("where", [Stored, Held])
def test_no_descriptor_that_comes_with_contents_stays(where: type[Stored | Held]) -> None:
    destination, before = where(), numbers()
    receiver = Receiver(link.Handlers(destination.memory), QUICK)
    null = os.open(os.devnull, os.O_RDONLY)
    contents = blocks([(0, 200_000)], bytes(100_000))

    driven(receiver, PAIRS["unix"], HELLO + contents, bytes(100_000) + link.CANCEL, descriptor=null)

    os.close(null)
    destination.content()
    assert numbers() <= before


@pytest.mark.parametrize("kind", ["a view", "a batch", "a place in a file"])
def test_also_who_waits_for_ever_hears_of_the_first_bytes_soon(
    kind: str, pair: Pair, tmp_path: Path
) -> None:
    ours, peer = pair()
    with (
        (tmp_path / "image").open("wb") as file,
        ours,
        closing(Intake(ours)) as intake,
        ThreadPoolExecutor(1) as pool,
        peer,
    ):
        view = memoryview(bytearray(1 << 20))
        place = FileRange(file.fileno(), 0, 1 << 20)
        targets: dict[str, memoryview | Wide] = {
            "a view": view,
            "a batch": Batch([view, view]),
            "a place in a file": place,
        }
        peer.sendall(b"x")

        assert pool.submit(intake.take, targets[kind], 0, None).result(10) == (1, (), False)
