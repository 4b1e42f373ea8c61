"""TLS: the files it needs, both sides' certificates, and a receiver driven over it."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from runtime import certificates, link
from runtime.certificates import HOST
from runtime.crews import Worker
from runtime.link import HELLO, NOTE, OK, PING, RAW, Broken, Done, Receiver
from wirechart.runtime import EndOfStream, PeerSilent
from wirechart.runtime.tls import TlsDriver, TlsError, TlsIntake, client_context, server_context

PINGS = 30_000  # which have no reply: more than the receiving side holds unread


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory with all six files."""
    return certificates.write(tmp_path / "tls", certificates.authority())


@pytest.mark.parametrize("name", ["ca-cert.pem", "server-cert.pem", "server-key.pem"])
def test_a_missing_file_of_the_server_is_named(files: Path, name: str) -> None:
    (files / name).unlink()

    with pytest.raises(TlsError) as caught:
        server_context(files)

    assert str(caught.value) == f"{files / name}: No such file or directory"
    assert caught.value.path == files / name


@pytest.mark.parametrize("name", ["ca-cert.pem", "client-cert.pem", "client-key.pem"])
def test_a_missing_file_of_the_client_is_named(files: Path, name: str) -> None:
    (files / name).unlink()

    with pytest.raises(TlsError, match=f"{name}: No such file or directory"):
        client_context(files)


def test_what_cannot_be_read_is_named(files: Path) -> None:
    (files / "server-key.pem").unlink()
    (files / "server-key.pem").mkdir()

    with pytest.raises(TlsError, match=r"server-key\.pem: Is a directory"):
        server_context(files)


@pytest.mark.parametrize("name", ["ca-cert.pem", "server-cert.pem"])
def test_what_is_no_certificate_is_named(files: Path, name: str) -> None:
    (files / name).write_text("no certificate")

    with pytest.raises(TlsError, match=f"{name}: holds no certificate in PEM form"):
        server_context(files)


def test_what_is_no_key_is_named(files: Path) -> None:
    (files / "server-key.pem").write_text("no key")

    with pytest.raises(TlsError, match=r"server-key\.pem: is no private key for server-cert\.pem"):
        server_context(files)


@pytest.mark.parametrize("kind", [trustme.KeyType.ECDSA, trustme.KeyType.RSA])
def test_the_key_of_another_certificate_is_named(files: Path, kind: trustme.KeyType) -> None:
    other = certificates.authority().issue_cert(HOST, key_type=kind)
    other.private_key_pem.write_to_path(files / "server-key.pem")

    with pytest.raises(TlsError, match=r"server-key\.pem: is not the key of server-cert\.pem"):
        server_context(files)


def test_a_locked_key_is_named_and_nobody_is_asked_for_a_passphrase(files: Path) -> None:
    path = files / "server-key.pem"
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )

    with pytest.raises(TlsError, match=r"server-key\.pem: is locked by a passphrase"):
        server_context(files)


class Session:
    """A receiver that is driven over TLS on a thread of its own; `peer` is the other end."""

    def __init__(self, receiver: Receiver, files: Path) -> None:
        ours, theirs = socket.socketpair()
        self.receiver = receiver
        self.delivered: bool | None = None
        self._thread = threading.Thread(target=self._drive, args=(ours, server_context(files)))
        self._thread.start()
        theirs.settimeout(20)
        # A peer that minds: the end of the stream has to be told.
        self.peer = client_context(files).wrap_socket(
            theirs, server_hostname=HOST, suppress_ragged_eofs=False
        )

    def _drive(self, ours: socket.socket, context: ssl.SSLContext) -> None:
        with context.wrap_socket(ours, server_side=True) as connection:
            self.delivered = TlsDriver(connection, self.receiver).run()

    def rest(self) -> bytes:
        """All that comes until the other side says that there is no more."""
        return b"".join(iter(lambda: self.peer.recv(1 << 16), b""))

    def end(self) -> None:
        """Leave, and wait until the receiver has."""
        self.peer.close()
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def start(files: Path) -> Iterator[Callable[[Receiver], Session]]:
    """Begin a session; it is ended with the test."""
    sessions: list[Session] = []

    def begin(receiver: Receiver) -> Session:
        sessions.append(Session(receiver, files))
        return sessions[-1]

    yield begin
    for session in sessions:
        session.end()


Start = Callable[[Receiver], Session]


def test_a_session_is_driven_over_tls_1_3(start: Start) -> None:
    session = start(Receiver())
    session.peer.sendall(link.SESSION)

    assert (session.peer.version(), session.rest()) == ("TLSv1.3", link.SESSION_REPLIES)
    session.end()
    assert (session.receiver.termination, session.delivered) == (Done(clean=True), True)


def test_bytes_that_are_decrypted_already_are_no_silence(start: Start) -> None:
    session = start(Receiver(patience=10.0))
    session.peer.sendall(HELLO + NOTE * 500)  # one record, taken piece by piece

    replies = b""
    while len(replies) < 2 * 501:
        replies += session.peer.recv(1 << 16)

    assert replies == OK * 501


def test_a_ragged_end_is_the_end_of_the_stream(start: Start) -> None:
    session = start(Receiver())
    session.peer.sendall(HELLO + RAW[:-1])
    session.peer.recv(2)
    session.end()

    assert session.receiver.cause == EndOfStream(
        state="Open", message="Raw", where="1 bytes before the end of Raw"
    )


def test_a_peer_that_closes_without_having_read_anything_loses_nothing(files: Path) -> None:
    handlers = link.Handlers()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = socket.create_connection(listener.getsockname())
        thread = threading.Thread(target=send_and_close, args=(peer, files))
        thread.start()
        ours = server_context(files).wrap_socket(listener.accept()[0], server_side=True)
    thread.join(20)
    with ours:
        TlsDriver(ours, Worker(handlers)).run()

    assert len(handlers.seen) == PINGS


def send_and_close(peer: socket.socket, files: Path) -> None:
    with client_context(files).wrap_socket(peer, server_hostname=HOST) as connection:
        connection.sendall(PING * PINGS)


@pytest.fixture
def ends(files: Path) -> Iterator[tuple[ssl.SSLSocket, ssl.SSLSocket]]:
    """Both ends of a connection: ours, and the peer's."""
    ours, theirs = socket.socketpair()
    contexts = server_context(files), client_context(files)
    with ThreadPoolExecutor(1) as other:
        shaken = other.submit(contexts[1].wrap_socket, theirs, server_hostname=HOST)
        connection = contexts[0].wrap_socket(ours, server_side=True)
    with connection, shaken.result() as peer:
        yield connection, peer


def test_records_that_have_come_are_taken_together(
    ends: tuple[ssl.SSLSocket, ssl.SSLSocket],
) -> None:
    """A record holds 16 KiB at most."""
    ours, peer = ends
    intake, view = TlsIntake(ours), memoryview(bytearray(50_000))
    peer.sendall(b"a" * 40_000)

    assert intake.take(view, 0, 5.0) == (40_000, (), False)
    assert bytes(view) == b"a" * 40_000 + bytes(10_000)


def test_records_behind_which_a_peer_leaves_are_taken(
    ends: tuple[ssl.SSLSocket, ssl.SSLSocket],
) -> None:
    ours, peer = ends
    intake, view = TlsIntake(ours), memoryview(bytearray(50_000))
    peer.sendall(b"a" * 40_000)
    peer.close()

    assert intake.take(view, 0, 5.0) == (40_000, (), False)
    assert intake.take(view, 0, 5.0) == (0, (), False)


def test_the_time_limit_holds_after_records_that_were_taken_together(
    ends: tuple[ssl.SSLSocket, ssl.SSLSocket],
) -> None:
    ours, peer = ends
    intake, view = TlsIntake(ours), memoryview(bytearray(50_000))
    peer.sendall(b"a" * 40_000)
    intake.take(view, 0, 0.05)

    with pytest.raises(BlockingIOError):
        intake.take(view, 0, 0.05)
    assert ours.gettimeout() == 0.05


def test_silence_ends_a_session_over_tls(start: Start) -> None:
    session = start(Receiver(machine=link.QUICK, patience=0.05))
    session.peer.sendall(HELLO)

    assert session.rest() == OK
    session.end()
    assert session.receiver.termination == Broken(PeerSilent(state="Open", seconds=0.05))
