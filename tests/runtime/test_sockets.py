"""The driver of sockets: addresses, descriptors in flight, deadlines, and the last reply."""

import os
import socket
import stat
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime import link
from runtime.link import BYE, CANCEL, ERROR, FAILED, HELLO, OK, RAW, Broken, Code, Done, Receiver
from wirechart.runtime import EndOfStream, PeerSilent
from wirechart.runtime.sockets import (
    AddressError,
    accept,
    address_of,
    drive,
    listening,
    parse,
)

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


class Session:
    """A receiver that is driven on a thread of its own; `peer` is the other end."""

    def __init__(self, receiver: Receiver, ours: socket.socket, peer: socket.socket) -> None:
        self.receiver = receiver
        self.peer = peer
        peer.settimeout(20)
        self.delivered: bool | None = None
        self._thread = threading.Thread(target=self._drive, args=(ours,))
        self._thread.start()

    def _drive(self, ours: socket.socket) -> None:
        self.delivered = drive(ours, self.receiver)

    def rest(self) -> bytes:
        """All that comes until the end of the stream."""
        return b"".join(iter(lambda: self.peer.recv(1 << 16), b""))

    def take(self, count: int) -> bytes:
        """So many bytes."""
        taken = b""
        while len(taken) < count and (more := self.peer.recv(count - len(taken))):
            taken += more
        return taken

    def end(self) -> None:
        """Leave, and wait until the receiver has."""
        self.peer.close()
        self._thread.join(20)
        assert not self._thread.is_alive()


Start = Callable[..., Session]


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = socket.create_connection(listener.getsockname())
        return listener.accept()[0], peer


PAIRS = {"unix": socket.socketpair, "tcp": tcp_pair}


@pytest.fixture(params=PAIRS)
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Begin a session; it is ended with the test."""
    yield from _sessions(PAIRS[request.param])


@pytest.fixture
def start_unix() -> Iterator[Start]:
    """The same, on a unix socket."""
    yield from _sessions(socket.socketpair)


def _sessions(pair: Callable[[], tuple[socket.socket, socket.socket]]) -> Iterator[Start]:
    sessions: list[Session] = []

    def begin(receiver: Receiver) -> Session:
        sessions.append(Session(receiver, *pair()))
        return sessions[-1]

    yield begin
    for session in sessions:
        session.end()


def test_a_session_is_driven_to_its_end(start: Start) -> None:
    session = start(Receiver())
    session.peer.sendall(link.SESSION)

    assert session.rest() == link.SESSION_REPLIES
    session.end()
    assert (session.receiver.termination, session.delivered) == (Done(clean=True), True)


def test_the_end_of_the_stream_is_told(start: Start) -> None:
    session = start(Receiver())
    session.peer.sendall(HELLO + RAW[:-1])
    session.peer.shutdown(socket.SHUT_WR)

    assert session.rest() == OK + link.BROKEN
    session.end()
    assert session.receiver.cause == EndOfStream(
        state="Open", message="Raw", where="1 bytes before the end of Raw"
    )


def test_a_reset_is_the_end_of_the_stream() -> None:
    session = Session(Receiver(), *tcp_pair())
    session.peer.sendall(HELLO)
    session.take(len(OK))
    session.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    session.peer.close()
    session.end()

    assert session.receiver.cause.name == "eof"


def test_the_kernel_does_not_hold_replies_back() -> None:
    """TLS sends a long one in pieces: each would wait until the peer acknowledges the last one."""
    ours, peer = tcp_pair()
    session = Session(Receiver(), ours, peer)
    session.peer.sendall(HELLO)

    assert session.take(len(OK)) == OK
    assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    session.end()


def test_silence_ends_a_session(start: Start) -> None:
    session = start(Receiver(machine=link.QUICK, patience=0.05))
    session.peer.sendall(HELLO)

    assert session.rest() == OK
    session.end()
    assert session.receiver.termination == Broken(PeerSilent(state="Open", seconds=0.05))


def test_a_slow_sender_is_no_silent_one(start: Start) -> None:
    session = start(Receiver(patience=10.0))
    for byte in HELLO:
        session.peer.sendall(bytes([byte]))

    assert session.take(2) == OK


class Slow(link.Handlers):
    """Take longer than the peer is allowed to be silent."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def note(self, state: link.Open, message: link.Note) -> link.Open:
        assert self.go_on.wait(20)
        return super().note(state, message)


def test_the_time_of_a_handler_is_not_the_peer_s(start: Start) -> None:
    handlers = Slow()
    session = start(Receiver(handlers, patience=0.2))
    timer = threading.Timer(0.5, handlers.go_on.set)
    timer.start()
    session.peer.sendall(HELLO + link.NOTE + BYE)

    assert session.rest() == OK * 3
    timer.join()


def test_the_last_reply_is_not_lost_to_a_reset() -> None:
    session = Session(Receiver(), *tcp_pair())
    sent = link.request(Code.Text, bytes(1 << 20))
    session.peer.sendall(sent)  # refused after its first six bytes
    session.peer.sendall(CANCEL)

    assert session.rest() == ERROR + OK
    session.end()


def test_what_comes_behind_a_success_does_not_lose_the_reply() -> None:
    session = Session(Receiver(), *tcp_pair())
    session.peer.sendall(link.SESSION + bytes(1 << 18))

    assert session.rest() == link.SESSION_REPLIES
    session.end()


def test_a_peer_that_is_gone_gets_no_reply() -> None:
    session = Session(Receiver(), *socket.socketpair())
    session.peer.sendall(link.SESSION[:-6])
    session.take(len(link.SESSION_REPLIES) - len(OK))
    session.peer.sendall(BYE)
    session.peer.close()
    session.end()

    assert session.receiver.termination == Done(clean=True)


def numbers() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def send_slot(peer: socket.socket, count: int) -> None:
    peer.sendall(link.REQUEST.pack(Code.Slot, 2))
    descriptors = [os.open(os.devnull, os.O_RDONLY) for _ in range(count)]
    socket.send_fds(peer, [b"\7\0"], descriptors)
    for descriptor in descriptors:
        os.close(descriptor)


def test_a_descriptor_comes_with_its_payload(start_unix: Start) -> None:
    session = start_unix(Receiver())
    session.peer.sendall(HELLO)
    send_slot(session.peer, 1)

    assert session.take(4) == OK * 2
    descriptor = session.receiver.state.slots[7].fileno()
    assert stat.S_ISCHR(os.fstat(descriptor).st_mode)
    assert not os.get_inheritable(descriptor)


@pytest.mark.parametrize("count", [0, 2, 3, 200])
def test_another_number_of_descriptors_is_malformed_and_none_stays(
    start_unix: Start, count: int
) -> None:
    session = start_unix(Receiver())
    before = numbers()
    session.peer.sendall(HELLO)
    send_slot(session.peer, count)
    session.peer.sendall(CANCEL)

    assert session.rest() == OK + link.BROKEN + OK
    session.end()
    assert numbers() == before - 2


@pytest.mark.parametrize("sent", [HELLO, link.NOTE, RAW])
def test_a_descriptor_where_none_belongs_is_malformed_and_none_stays(
    start_unix: Start, sent: bytes
) -> None:
    session = start_unix(Receiver())
    before = numbers()
    session.peer.sendall(HELLO)
    null = os.open(os.devnull, os.O_RDONLY)
    socket.send_fds(session.peer, [sent], [null])
    os.close(null)
    session.peer.sendall(CANCEL)

    assert session.rest() == OK + (ERROR if sent == HELLO else link.BROKEN) + OK
    session.end()
    assert numbers() == before - 2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("unix:/a:b", "/a:b"),
        ("unix:s", "s"),
        ("tcp:127.0.0.1:0", ("127.0.0.1", 0)),
        ("tcp:localhost:65535", ("localhost", 65535)),
        ("tcp:[::1]:80", ("::1", 80)),
    ],
)
def test_an_address_is_a_path_or_a_host_and_a_port(text: str, place: str | tuple[str, int]) -> None:
    assert parse(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unix:",
        "tcp:",
        "tcp:1",
        "tcp::1",
        "tcp:h:",
        "tcp:h:65536",
        "tcp:h:-1",
        "tcp:::1:80",
        "udp:h:1",
        "tcp:h:²",
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(AddressError):
        parse(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_the_port_that_is_told_is_the_real_one(host: str) -> None:
    with listening(f"tcp:{host}:0") as listener:
        told = parse(address_of(listener))
        peer = socket.create_connection(told)  # type: ignore[arg-type]  # host and port
        peer.close()

    assert told[0] == host.strip("[]")


def test_a_unix_socket_is_gone_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with listening(f"unix:{path}") as listener:
        assert address_of(listener) == f"unix:{path}"
        assert path.is_socket()

    assert not path.exists()


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))

    with listening(f"unix:{path}"):
        assert path.is_socket()


def test_a_socket_in_use_is_left_alone(tmp_path: Path) -> None:
    address = f"unix:{tmp_path / 's'}"
    with (
        listening(address),
        pytest.raises(OSError, match="in use"),
        listening(address),
    ):
        pass


def test_a_socket_in_use_at_which_too_many_wait_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with (
        socket.socket(socket.AF_UNIX) as busy,
        socket.socket(socket.AF_UNIX) as waiting,
    ):
        busy.bind(str(path))
        busy.listen(0)
        waiting.connect(str(path))
        with pytest.raises(OSError, match="in use"), listening(f"unix:{path}"):
            pass

    assert path.is_socket()


def test_a_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("mine")
    with pytest.raises(OSError, match="in use"), listening(f"unix:{path}"):
        pass

    assert path.read_text() == "mine"


def test_a_path_that_somebody_else_took_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with listening(f"unix:{path}"):
        path.unlink()
        path.write_text("theirs")

    assert path.read_text() == "theirs"


def test_connections_that_say_nothing_are_no_session(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with listening(f"unix:{path}") as listener:
        scans = [socket.socket(socket.AF_UNIX) for _ in range(3)]
        for scan in scans:
            scan.connect(path)
        scans[0].close()
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(path)
        peer.sendall(b"x")
        with accept(listener) as connection:
            assert connection.recv(9) == b"x"
        for open_one in (*scans, peer):
            open_one.close()


def test_nobody_comes(tmp_path: Path) -> None:
    with listening(f"unix:{tmp_path / 's'}") as listener, pytest.raises(TimeoutError):
        accept(listener, 0.01)


def test_a_handler_that_fails_is_answered(start: Start) -> None:
    session = start(Receiver(object()))
    session.peer.sendall(HELLO + CANCEL)

    assert session.rest() == FAILED + OK
