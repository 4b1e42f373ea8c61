"""Several connections of one session: each has its receiver, and all end with the main one."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from runtime import link
from runtime.crews import (
    PAGES,
    WORKER,
    Settling,
    Start,
    Worker,
    is_closed,
    rest,
    take,
    terms,
)
from runtime.link import BLOCKS, BYE, HELLO, NOTE, OK, Code, Done, Receiver
from wirechart.runtime import EndOfStream
from wirechart.runtime.crew import Crew, Factory
from wirechart.runtime.events import Event, MessageArrived
from wirechart.runtime.lanes import Deadlines, Peer
from wirechart.runtime.sockets import listening


def test_a_main_connection_alone_is_a_session(start: Start) -> None:
    session = start()
    main = session.connect(link.SESSION)

    assert rest(main) == link.SESSION_REPLIES
    assert session.end().termination == Done(clean=True)
    assert session.crew.delivered


@pytest.mark.parametrize("count", [1, 4])
def test_further_connections_are_driven_beside_the_main_one(start: Start, count: int) -> None:
    session = start(Settling())
    main = session.begin()
    workers = [session.connect(WORKER + BLOCKS + BLOCKS) for _ in range(count)]

    assert [take(worker, 4) for worker in workers] == [OK * 2] * count
    main.sendall(BYE)
    assert (rest(main), session.end().termination) == (OK, Done(clean=True))
    assert [rest(worker) for worker in workers] == [b""] * count
    assert session.refused == []


def test_observers_know_their_peer(start: Start) -> None:
    told: list[tuple[str, str]] = []

    def observer(peer: Peer) -> Callable[[Event], None]:
        def observe(event: Event) -> None:
            if isinstance(event, MessageArrived):
                told.append((str(peer), event.message))

        return observe

    session = start(
        Settling(),
        main=lambda handlers, peer: Receiver(handlers, observe=observer(peer)),
        worker=lambda peer: Worker(observe=observer(peer)),
    )
    main = session.begin()
    assert take(session.connect(WORKER + BLOCKS), 2) == OK
    assert take(session.connect(WORKER + NOTE), 2) == OK
    main.sendall(BYE)
    assert rest(main) == OK

    assert told == [
        ("main 1", "Hello"),
        ("worker 2", "Blocks"),
        ("worker 3", "Note"),
        ("main 1", "Bye"),
    ]


def test_observers_never_meet(start: Start) -> None:
    barrier = threading.Barrier(2)
    met: list[Event] = []

    def observe(event: Event) -> None:
        with suppress(threading.BrokenBarrierError):
            barrier.wait(0.3)
            met.append(event)

    session = start(worker=lambda _: Worker(observe=observe))
    session.begin()
    workers = [session.connect(WORKER + BLOCKS) for _ in range(2)]

    assert [take(worker, 2) for worker in workers] == [OK] * 2
    assert met == []


def test_a_peer_has_an_address(start: Start) -> None:
    peers: list[Peer] = []

    def keep(handlers: object, peer: Peer) -> Receiver:
        peers.append(peer)
        return Receiver(handlers)

    session = start(main=keep)
    name = session.begin().getsockname()

    where = f"tcp:127.0.0.1:{name[1]}" if name else "unix:"
    assert peers == [Peer("main", 1, where)]


def test_a_factory_that_raises_refuses_its_connection(start: Start) -> None:
    def refuse(_peer: Peer) -> Worker:
        raise LookupError("no work")

    session = start(Settling(), worker=refuse)
    main = session.begin()

    assert is_closed(session.connect(WORKER + BLOCKS))
    assert session.refused == ["worker 2: no work"]
    main.sendall(BYE)
    assert rest(main) == OK


def test_a_factory_may_refuse_a_main_connection_and_take_the_next(start: Start) -> None:
    def choose(handlers: object, peer: Peer) -> Receiver:
        if peer.number == 1:
            raise LookupError("not you")
        return Receiver(handlers)

    session = start(main=choose)

    assert is_closed(session.connect(HELLO))
    assert session.refused == ["main 1: not you"]
    assert take(session.connect(HELLO), 2) == OK


def test_who_was_refused_last_is_why_nobody_began(start: Start) -> None:
    def refuse(_handlers: object, _peer: Peer) -> Receiver:
        raise LookupError("not you")

    session = start(demands=terms(deadlines=Deadlines(accept=0.3)), main=refuse)
    assert is_closed(session.connect(HELLO))

    with pytest.raises(TimeoutError) as caught:
        session.end()
    assert repr(caught.value.__cause__) == "LookupError('not you')"


def test_a_lane_without_a_factory_is_refused() -> None:
    refused: list[str] = []

    def report(_peer: Peer, error: BaseException) -> None:
        refused.append(repr(error))

    with listening("tcp:127.0.0.1:0") as listener:
        place = listener.getsockname()
        with socket.create_connection(place) as main, socket.create_connection(place) as worker:
            worker.sendall(WORKER)
            main.sendall(HELLO)
            worker.sendall(BLOCKS)
            factories: dict[str, Factory] = {"main": begin}
            thread = threading.Thread(target=Crew(listener, terms(), report).run, args=(factories,))
            thread.start()
            assert is_closed(worker)
            main.sendall(BYE)
            main.shutdown(socket.SHUT_WR)
            thread.join(20)

    assert refused == ["KeyError('worker')"]


def begin(_peer: Peer) -> Receiver:
    return Receiver()


def test_a_main_connection_that_dies_ends_the_others(start: Start) -> None:
    session = start()
    main = session.begin()
    worker = session.connect(WORKER + BLOCKS + BLOCKS[:-1])
    idle = session.connect(WORKER)
    pages = session.connect(PAGES)
    assert take(worker, 2) == OK
    session.crew.link("pages", 20.0)  # and so the one before it was accepted too
    main.close()

    assert is_closed(worker)
    assert session.end().cause == EndOfStream(state="Open", where="between two messages")
    assert [is_closed(peer) for peer in (idle, pages)] == [True] * 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_escapes_from_a_main_handler_ends_all(
    start: Start, error: type[BaseException]
) -> None:
    class Interrupted(link.Handlers):
        def note(self, state: link.Open, message: link.Note) -> link.Open:
            del state, message
            raise error

    session = start(Interrupted())
    main = session.begin()
    worker = session.connect(WORKER + BLOCKS)
    assert take(worker, 2) == OK
    main.sendall(NOTE)

    with pytest.raises(error):
        session.end()
    assert [is_closed(peer) for peer in (worker, main)] == [True] * 2


def test_an_exit_in_a_factory_ends_all() -> None:
    def leave(_peer: Peer) -> Receiver:
        raise SystemExit(3)

    with (
        listening("tcp:127.0.0.1:0") as listener,
        socket.create_connection(listener.getsockname()) as peer,
    ):
        peer.sendall(HELLO)
        with pytest.raises(SystemExit):
            Crew(listener, terms()).run({"main": leave})
        assert is_closed(peer)


@pytest.fixture
def _alarm_interrupts() -> Iterator[None]:
    """SIGALRM is an interrupt, once. SIGINT is ignored where tests run in the background."""

    def interrupt(*_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("_alarm_interrupts")
@pytest.mark.parametrize("sent", [b"", HELLO, HELLO + NOTE[:-1]])
def test_an_interrupt_while_it_waits_ends_all(sent: bytes) -> None:
    before = threading.enumerate()
    waits = threading.Event()

    def report(_peer: Peer, _error: BaseException) -> None:
        waits.set()

    def interrupt() -> None:
        with socket.create_connection(place) as peer:
            peer.sendall(sent)
            assert waits.wait(20) if not sent else take(peer, 2) == OK
            # Again and again: one signal may come just before the call that it shall interrupt.
            signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
            assert is_closed(peer)

    with listening("tcp:127.0.0.1:0") as listener:
        place = listener.getsockname()
        crew = Crew(listener, terms(deadlines=Deadlines(first=0.05)), report)
        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            crew.run({"main": begin})
        thread.join(20)

    assert threading.enumerate() == before


@pytest.mark.parametrize("sent", [b"", HELLO])
def test_a_report_that_raises_ends_the_session(sent: bytes) -> None:
    def report(_peer: Peer, _error: BaseException) -> None:
        raise BrokenPipeError("nobody reads")

    with (
        listening("tcp:127.0.0.1:0") as listener,
        socket.create_connection(listener.getsockname()) as main,
        socket.create_connection(listener.getsockname()),
    ):
        main.sendall(sent)
        crew = Crew(listener, terms(deadlines=Deadlines(first=0.05)), report)
        with pytest.raises(BrokenPipeError, match="nobody reads"):
            crew.run({"main": begin})


def send_null(peer: socket.socket, data: bytes) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    socket.send_fds(peer, [data], [null])
    os.close(null)


def test_a_descriptor_behind_the_first_header_arrives(start_unix: Start) -> None:
    session = start_unix()
    session.begin()
    worker = session.connect(WORKER + link.REQUEST.pack(Code.Slot, 2))
    send_null(worker, b"\7\0")

    assert take(worker, 2) == OK


@pytest.mark.parametrize("lane", [b"", WORKER])
def test_a_descriptor_with_the_first_header_is_malformed_and_does_not_stay(
    start_unix: Start, lane: bytes
) -> None:
    session = start_unix()
    if lane:
        session.begin()
    peer = session.connect(lane)
    send_null(peer, HELLO if not lane else NOTE)
    peer.shutdown(socket.SHUT_WR)

    assert rest(peer) == link.BROKEN
