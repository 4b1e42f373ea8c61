"""Several connections over TLS, each with a handshake of its own; those whose handshake fails."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime import certificates
from runtime.crews import (
    PAGES,
    WORKER,
    Asking,
    Session,
    Settling,
    descriptors,
    is_closed,
    rest,
    take,
    terms,
)
from runtime.link import BLOCKS, BROKEN, BYE, HELLO, NOTE, OK, Done
from wirechart.runtime.crew import Crew
from wirechart.runtime.lanes import Deadlines
from wirechart.runtime.sockets import listening
from wirechart.runtime.tls import client_context, server_context

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


class Secured:
    """Begin sessions over TLS; the files of both sides are in `files`."""

    def __init__(self, files: Path) -> None:
        self.files = files
        self.sessions: list[Session] = []

    def __call__(self, handlers: object = None, deadlines: Deadlines | None = None) -> Session:
        demands = terms(tls=server_context(self.files), deadlines=deadlines or Deadlines())
        client = client_context(self.files)
        self.sessions.append(Session("tcp:127.0.0.1:0", demands, handlers, tls=client))
        return self.sessions[-1]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Secured]:
    """Sessions over TLS; they are ended with the test, and nothing is left."""
    before = descriptors(), threading.enumerate()
    secured = Secured(certificates.write(tmp_path / "tls", certificates.authority()))
    yield secured
    for session in secured.sessions:
        session.close()
    assert (descriptors(), threading.enumerate()) == before


@pytest.mark.parametrize("count", [0, 1, 4])
def test_every_connection_is_secured(start: Secured, count: int) -> None:
    session = start(Settling())
    main = session.begin()
    workers = [session.connect(WORKER + BLOCKS + BLOCKS) for _ in range(count)]

    assert [take(worker, 4) for worker in workers] == [OK * 2] * count
    main.sendall(BYE)
    assert (rest(main), session.end().termination) == (OK, Done(clean=True))
    assert session.refused == []


def test_one_with_a_certificate_may_come_from_elsewhere(start: Secured) -> None:
    session = start()
    session.begin()

    assert take(session.connect(WORKER + BLOCKS, host="127.0.0.9"), 2) == OK


def test_a_preamble_and_requests_may_come_in_one_record(start: Secured) -> None:
    session = start()
    session.begin()
    worker = session.connect(WORKER + BLOCKS * 100)

    assert take(worker, 200) == OK * 100


def test_a_ragged_end_of_a_worker_is_a_normal_one(start: Secured) -> None:
    session = start(Settling())
    main = session.begin()
    worker = session.connect(WORKER + BLOCKS)
    assert take(worker, 2) == OK
    worker.close()
    main.sendall(BYE)

    assert (rest(main), session.end().termination) == (OK, Done(clean=True))


def test_this_side_may_ask_over_tls(start: Secured) -> None:
    handlers = Asking()
    session = start(handlers)
    handlers.crew = session.crew
    main = session.begin()
    main.sendall(BYE)
    pages = session.connect(PAGES)
    assert take(pages, 5) == b"page?"
    pages.sendall(b"page")

    assert rest(main) == OK
    assert rest(pages) == b""
    assert handlers.seen == [b"page"]


def without_certificate(files: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(files / "ca-cert.pem")
    return context


def of_another_authority(files: Path) -> ssl.SSLContext:
    """It trusts the server, but its own certificate is signed by somebody else."""
    other = certificates.write(files.parent / "other", certificates.authority())
    context = without_certificate(files)
    context.load_cert_chain(other / "client-cert.pem", other / "client-key.pem")
    return context


def of_tls_1_2(files: Path) -> ssl.SSLContext:
    context = without_certificate(files)
    context.load_cert_chain(files / "client-cert.pem", files / "client-key.pem")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


STRANGERS = {
    "no certificate": (without_certificate, "PEER_DID_NOT_RETURN_A_CERTIFICATE"),
    "another authority": (of_another_authority, "CERTIFICATE_VERIFY_FAILED"),
    "TLS 1.2": (of_tls_1_2, "UNSUPPORTED_PROTOCOL"),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_is_turned_away_before_and_after_the_main_connection(
    start: Secured, stranger: str
) -> None:
    make, reason = STRANGERS[stranger]
    session = start(Settling())
    friendly, session.tls = session.tls, make(start.files)
    assert is_refused(session, HELLO)
    session.tls = friendly
    main = session.begin()
    session.tls = make(start.files)
    assert is_refused(session, WORKER + BLOCKS)
    main.sendall(BYE)

    assert (rest(main), session.end().termination) == (OK, Done(clean=True))
    assert [reason in text for text in session.refused] == [True] * 2


def is_refused(session: Session, sent: bytes) -> bool:
    """Whether the handshake fails, or what is sent after it gets no answer."""
    try:
        return rest(session.connect(sent)) == b""
    except (ssl.SSLError, ConnectionError):
        return True


def test_plain_text_is_turned_away(start: Secured) -> None:
    session = start()
    friendly, session.tls = session.tls, None
    session.connect(HELLO)

    assert ["WRONG_VERSION_NUMBER" in text for text in session.heard_of_refusals(1)] == [True]
    session.tls = friendly
    main = session.begin()
    main.sendall(BYE)
    assert rest(main) == OK


def test_a_handshake_that_does_not_end_is_ended(start: Secured) -> None:
    session = start(deadlines=Deadlines(handshake=0.2))
    main = session.begin()
    session.tls = None
    plain = session.connect(b"\x16\x03\x01")

    assert is_closed(plain)
    main.sendall(BYE)
    assert rest(main) == OK
    assert session.refused == ["connection 2: it did not finish its handshake in time"]


def test_one_that_is_silent_after_its_handshake_is_closed(start: Secured) -> None:
    session = start(deadlines=Deadlines(first=0.2))
    main = session.begin()

    assert is_closed(session.connect())
    main.sendall(BYE)
    assert rest(main) == OK
    assert session.refused == ["connection 2: it did not say what it is in time"]


def test_silent_handshakes_do_not_delay_a_session(start: Secured) -> None:
    session = start(Settling())
    friendly, session.tls = session.tls, None
    silent = [session.connect() for _ in range(3)]
    session.tls = friendly
    main = session.begin()
    main.sendall(BYE)

    assert rest(main) == OK
    assert [is_closed(peer) for peer in silent] == [True] * 3


def test_the_total_time_ends_a_session_over_tls(start: Secured) -> None:
    session = start(deadlines=Deadlines(total=0.2))
    main = session.begin()
    main.sendall(NOTE[:-1])

    assert rest(main) == BROKEN
    with pytest.raises(TimeoutError):
        session.end()


def test_a_main_connection_that_dies_ends_the_others_over_tls(start: Secured) -> None:
    session = start()
    main = session.begin()
    worker = session.connect(WORKER + BLOCKS + BLOCKS[:-1])
    assert take(worker, 2) == OK
    socket.socket.shutdown(main, socket.SHUT_RDWR)

    assert session.end().cause.name == "eof"


def test_a_connection_that_was_reset_before_its_handshake_leaves_no_descriptor(
    tmp_path: Path,
) -> None:
    files = certificates.write(tmp_path / "tls", certificates.authority())
    demands = terms(tls=server_context(files), deadlines=Deadlines(accept=0.2))
    before = descriptors()
    with listening("tcp:127.0.0.1:0") as listener:
        with socket.create_connection(listener.getsockname()) as gone:
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        with pytest.raises(TimeoutError) as raised:
            Crew(listener, demands).run({})

    assert isinstance(raised.value.__cause__, OSError)
    assert descriptors() == before
