"""What the main connection may know of the others: requests in hand, failures, and silence."""

import socket
import threading
from pathlib import Path

import pytest

from runtime import link
from runtime.crews import WORKER, Settling, Start, Worker, rest, take, terms
from runtime.link import BLOCKS, BYE, ERROR, HELLO, NOTE, OK, Broken, Code, Done, Receiver
from wirechart.runtime import EndOfStream, FileRange, Payload, PeerSilent, Receiving, progress
from wirechart.runtime.lanes import Deadlines, Peer
from wirechart.runtime.progress import IncompleteError

PATIENCE = 0.25  # seconds


class Begun(link.Handlers):
    """Says when Blocks have begun to arrive."""

    def __init__(self) -> None:
        super().__init__()
        self.began = threading.Event()

    def blocks(
        self, state: link.Open, message: link.Blocks, payload: Payload
    ) -> Receiving[link.Open]:
        self.began.set()
        return (yield from super().blocks(state, message, payload))


def test_settling_waits_for_a_request_in_hand(start: Start) -> None:
    handlers, worker_handlers = Settling(), Begun()
    session = start(handlers, worker=lambda _: Worker(worker_handlers))
    main = session.begin()
    worker = session.connect(WORKER + BLOCKS[:-1])
    assert worker_handlers.began.wait(20)
    main.sendall(BYE)
    assert handlers.settles.wait(20)
    worker.sendall(BLOCKS[-1:])

    assert take(worker, 2) == OK
    assert (rest(main), session.end().termination) == (OK, Done(clean=True))


def test_settling_does_not_wait_for_ever(start: Start) -> None:
    handlers = Begun()
    session = start(Settling(0.05), worker=lambda _: Worker(handlers))
    main = session.begin()
    session.connect(WORKER + BLOCKS[:-1])
    assert handlers.began.wait(20)
    main.sendall(BYE)
    main.shutdown(socket.SHUT_WR)

    assert rest(main) == link.FAILED
    error = session.end().cause.error
    assert str(error) == "after 0.05 s still in the middle of a request: worker 2"


class Linger(Settling):
    """Goes on after it has settled, as long as the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.settled = threading.Event()
        self.go_on = threading.Event()

    def bye(self, state: link.Open, message: link.Bye) -> Done:
        done = super().bye(state, message)
        self.settled.set()
        assert self.go_on.wait(20)
        return done


@pytest.mark.parametrize("sent", [BLOCKS, link.PING + NOTE])
def test_requests_after_settling_are_refused(start: Start, sent: bytes) -> None:
    handlers = Linger()
    seen = link.Handlers()
    session = start(handlers, worker=lambda _: Worker(seen))
    main = session.begin()
    old = session.connect(WORKER + BLOCKS)
    assert take(old, 2) == OK
    main.sendall(BYE)
    assert handlers.settled.wait(20)
    new = session.connect(WORKER + sent)
    old.sendall(sent)
    old.shutdown(socket.SHUT_WR)
    new.shutdown(socket.SHUT_WR)
    replies = rest(old), rest(new)
    handlers.go_on.set()

    expected = ERROR if sent == BLOCKS else b""  # a Ping has no reply
    assert replies == (expected, expected)
    assert (rest(main), seen.seen) == (OK, [])


@pytest.mark.parametrize("cut", [1, len(BLOCKS) - 7])
def test_one_that_dies_in_the_middle_of_a_request_is_why_settling_fails(
    start: Start, cut: int
) -> None:
    session = start(Settling())
    main = session.begin()
    worker = session.connect(WORKER + BLOCKS + BLOCKS[:-cut])
    worker.shutdown(socket.SHUT_WR)
    assert rest(worker) == OK + link.BROKEN
    main.sendall(BYE)
    main.shutdown(socket.SHUT_WR)

    assert rest(main) == link.FAILED
    error = session.end().cause.error
    assert isinstance(error, IncompleteError)
    assert (error.peer.lane, error.peer.number) == ("worker", 2)
    assert isinstance(error.cause, EndOfStream)
    assert str(error) == f"worker 2 failed: {error.cause.summary()}"


def test_one_whose_request_is_refused_is_why_settling_fails(start: Start) -> None:
    session = start(Settling())
    main = session.begin()
    worker = session.connect(WORKER + link.request(Code.Reserved))
    worker.shutdown(socket.SHUT_WR)
    assert rest(worker) == ERROR
    main.sendall(BYE)
    main.shutdown(socket.SHUT_WR)

    assert rest(main) == link.FAILED
    assert str(session.end().cause.error) == "worker 2 failed: Reserved is refused in Open"


class Broke(link.Handlers):
    """Raises what no receiver answers for."""

    def note(self, state: link.Open, message: link.Note) -> link.Open:
        del state, message
        raise KeyboardInterrupt


def test_what_escapes_from_a_worker_s_handler_is_told_and_ends_no_other(start: Start) -> None:
    session = start(Settling(), worker=lambda _: Worker(Broke()))
    main = session.begin()
    assert rest(session.connect(WORKER + NOTE)) == b""
    assert session.heard_of_refusals(1) == ["worker 2: "]
    main.sendall(BYE)
    main.shutdown(socket.SHUT_WR)

    assert rest(main) == link.FAILED
    assert str(session.end().cause.error) == "worker 2 failed: KeyboardInterrupt"


def test_a_worker_that_leaves_between_two_requests_has_not_failed(start: Start) -> None:
    session = start(Settling())
    main = session.begin()
    worker = session.connect(WORKER + BLOCKS + BLOCKS[:5])
    worker.shutdown(socket.SHUT_WR)
    assert rest(worker) == OK
    main.sendall(BYE)

    assert rest(main) == OK


class Clock:
    """Stands for the module `time`."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What time it is for `Progress`."""
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def test_it_is_quiet_since_the_last_one_began_to_wait(clock: Clock) -> None:
    session, one, other = progress.Progress(), Peer("worker", 2, ""), Peer("worker", 3, "")
    session.waits(one)
    clock.now += 3
    session.waits(other)
    clock.now += 4
    session.waits(other)  # nothing had come
    clock.now += 5

    assert session.quiet() == 9


def test_it_is_not_quiet_while_one_is_at_work(clock: Clock) -> None:
    session, one = progress.Progress(), Peer("worker", 2, "")
    session.waits(one)
    session.works(one)
    clock.now += 3

    assert session.quiet() == 0


def test_it_is_quiet_since_a_connection_came_or_went(clock: Clock) -> None:
    session, one = progress.Progress(), Peer("worker", 2, "")
    clock.now += 1
    session.comes()
    clock.now += 2
    came = session.quiet()
    session.works(one)
    session.goes(one)
    clock.now += 3

    assert (came, session.quiet()) == (2, 3)


class Wait(link.Handlers):
    """Takes its time over a Note."""

    def __init__(self) -> None:
        super().__init__()
        self.began = threading.Event()
        self.go_on = threading.Event()

    def note(self, state: link.Open, message: link.Note) -> link.Open:
        self.began.set()
        assert self.go_on.wait(20)
        return super().note(state, message)


def patient(handlers: object, _peer: Peer) -> Receiver:
    return Receiver(handlers, link.QUICK, patience=PATIENCE)


def send_blocks(worker: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set():
        worker.sendall(BLOCKS)
        assert take(worker, 2) == OK


def nothing_comes(main: socket.socket) -> bool:
    """Whether no reply and no end comes for longer than `patient` is."""
    main.settimeout(3 * PATIENCE)
    try:
        main.recv(1)
    except TimeoutError:
        return True
    finally:
        main.settimeout(20)
    return False


def test_a_main_connection_is_not_silent_while_another_one_speaks(start: Start) -> None:
    session = start(main=patient)
    main = session.begin()
    worker = session.connect(WORKER)
    stop = threading.Event()
    thread = threading.Thread(target=send_blocks, args=(worker, stop))
    thread.start()
    waited = nothing_comes(main)
    stop.set()
    thread.join(20)
    main.sendall(BYE)

    assert waited
    assert (rest(main), session.end().termination) == (OK, Done(clean=True))


def test_a_main_connection_is_not_silent_while_a_handler_works_for_another_one(
    start: Start,
) -> None:
    handlers = Wait()
    session = start(main=patient, worker=lambda _: Worker(handlers))
    main = session.begin()
    worker = session.connect(WORKER + NOTE)
    assert handlers.began.wait(20)
    waited = nothing_comes(main)
    handlers.go_on.set()
    assert take(worker, 2) == OK
    main.sendall(BYE)

    assert waited
    assert rest(main) == OK


class Loses(Wait):
    """Takes its time over bytes that cannot be written."""

    def raw(self, state: link.Open, message: link.Raw, payload: Payload) -> Receiving[link.Open]:
        del message
        with Path("/dev/full").open("wb") as full:
            try:
                yield FileRange(full.fileno(), 0, payload.size)
            except OSError:
                self.began.set()
                assert self.go_on.wait(20)
        return state


def test_nor_while_one_works_over_bytes_that_are_lost(start: Start) -> None:
    handlers = Loses()
    session = start(main=patient, worker=lambda _: Worker(handlers))
    main = session.begin()
    worker = session.connect(WORKER + link.request(Code.Raw, bytes(100_000)))
    assert handlers.began.wait(20)
    waited = nothing_comes(main)
    handlers.go_on.set()
    assert take(worker, 2) == OK
    main.sendall(BYE)

    assert waited
    assert rest(main) == OK


def test_a_session_that_is_silent_on_all_connections_ends(start: Start) -> None:
    session = start(main=patient)
    main = session.begin()
    worker = session.connect(WORKER + BLOCKS)
    session.connect(WORKER)
    session.connect()

    assert rest(main) == b""
    assert session.end().termination == Broken(PeerSilent(state="Open", seconds=PATIENCE))
    assert rest(worker) == OK


def test_a_session_ends_after_its_total_time(start: Start) -> None:
    session = start(demands=terms(deadlines=Deadlines(total=0.05)))
    main = session.begin()
    main.sendall(NOTE[:-1])

    assert rest(main) == link.BROKEN
    with pytest.raises(TimeoutError, match=r"the session took longer than 0\.05 s"):
        session.end()


def send_for_ever(peer: socket.socket) -> None:
    while True:
        peer.sendall(link.PING * 1000)


def test_a_sender_that_is_never_silent_is_ended_too(start: Start) -> None:
    session = start(demands=terms(deadlines=Deadlines(total=0.05)))
    main = session.connect(HELLO)

    with pytest.raises(OSError, match=r"pipe|reset"):
        send_for_ever(main)
    with pytest.raises(TimeoutError):
        session.end()
