"""Connections that have not said what they are: who is main, who is turned away."""

import resource
import socket
import struct
import threading

import pytest

from runtime.crews import (
    PAGES,
    SECONDS,
    WORKER,
    Settling,
    Start,
    Worker,
    is_closed,
    rest,
    take,
    terms,
)
from runtime.link import BLOCKS, BYE, HELLO, NOTE, OK, Done
from wirechart.runtime.arrivals import SILENT
from wirechart.runtime.lanes import Deadlines, Lane, Peer, Terms

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


def test_a_lane_is_one_of_those_that_are_given() -> None:
    main, other = Lane("main", None), Lane("other", b"x", bare=(b"\1",))

    assert Terms((other, main), 6).main == main
    assert Terms((other, main), 6).openings == {b"x": other}
    assert Terms((other, main), 6, bare=True).openings == {b"x": other, b"\1": other}


def test_the_first_whole_header_makes_the_main_connection(start: Start) -> None:
    session = start()
    early = session.connect(WORKER)
    slow = session.connect(HELLO[:5])
    session.begin()
    early.sendall(BLOCKS)

    assert take(early, 2) == OK
    assert is_closed(slow)
    assert session.refused == ["connection 2: nothing begins with 01 00 02 00 00"]


def test_what_came_before_the_main_connection_is_a_worker_s_half_header(start: Start) -> None:
    session = start()
    early = session.connect(WORKER + BLOCKS[:3])
    session.begin()
    early.sendall(BLOCKS[3:])

    assert take(early, 2) == OK


def test_a_preamble_and_a_header_may_come_byte_by_byte(start: Start) -> None:
    session = start()
    session.begin()
    worker = session.connect()
    for byte in WORKER + BLOCKS:
        worker.sendall(bytes([byte]))

    assert take(worker, 2) == OK


def test_an_unknown_preamble_is_closed(start: Start) -> None:
    session = start()
    main = session.begin()

    assert is_closed(session.connect(HELLO))
    assert session.refused == ["connection 2: nothing begins with 01 00"]
    main.sendall(BYE)
    assert rest(main) == OK


def test_a_stranger_cannot_spoil_a_session(start_tcp: Start) -> None:
    session = start_tcp()
    main = session.begin()

    assert is_closed(session.connect(WORKER + BLOCKS[:3], host="127.0.0.9"))
    assert session.refused == [
        "connection 2: it comes from 127.0.0.9, the main connection from 127.0.0.1"
    ]
    main.sendall(BYE)
    assert rest(main) == OK


def test_first_bytes_of_a_request_are_a_preamble_only_when_asked_for(start: Start) -> None:
    session = start()
    session.begin()

    assert is_closed(session.connect(BLOCKS))


def test_first_bytes_of_a_request_belong_to_it(start: Start) -> None:
    session = start(demands=terms(bare=True))
    session.begin()
    worker = session.connect(BLOCKS)

    assert take(worker, 2) == OK


def test_one_connection_too_many_is_closed(start: Start) -> None:
    session = start(Settling())
    main = session.begin()
    workers = [session.connect(WORKER + BLOCKS) for _ in range(4)]
    assert [take(worker, 2) for worker in workers] == [OK] * 4

    assert is_closed(session.connect(WORKER))
    assert session.refused == ["connection 6: worker has 4 connections already"]
    main.sendall(BYE)
    assert rest(main) == OK


def test_those_that_have_no_work_yet_count_too(start: Start) -> None:
    session = start()
    session.begin()
    for _ in range(4):
        session.connect(WORKER)

    assert is_closed(session.connect(WORKER))


def test_the_place_of_one_that_left_is_free(start: Start) -> None:
    session = start()
    session.begin()
    replies: list[bytes] = []
    for _ in range(6):
        worker = session.connect(WORKER + BLOCKS)
        replies.append(take(worker, 2))
        (thread,) = (one for one in threading.enumerate() if one.name.startswith("worker"))
        worker.shutdown(socket.SHUT_WR)
        thread.join(20)

    assert replies == [OK] * 6
    assert session.refused == []


def test_a_second_link_is_closed(start: Start) -> None:
    session = start()
    session.begin()
    session.connect(PAGES)

    assert is_closed(session.connect(PAGES))


def test_who_spoke_first_has_the_place_of_a_link(start: Start) -> None:
    began, goes = threading.Event(), threading.Event()

    def slow(_: Peer) -> Worker:
        began.set()
        goes.wait(SECONDS)
        return Worker()

    session = start(worker=slow)
    session.begin()
    first = session.connect()
    session.connect(WORKER + BLOCKS)
    began.wait(SECONDS)  # meanwhile nobody is greeted
    first.sendall(PAGES)
    second = session.connect(PAGES)
    goes.set()

    assert is_closed(second)
    assert session.refused == ["connection 4: pages has 1 connections already"]


def test_one_that_speaks_before_it_is_asked_is_closed(start: Start) -> None:
    session = start()
    early = session.connect(PAGES + b"x")
    session.begin()

    assert is_closed(early)
    assert session.refused == ["pages 1: it speaks before it is asked"]


def test_port_scans_do_not_matter(start: Start) -> None:
    session = start()
    session.connect().close()
    session.connect(HELLO[:3]).close()
    main = session.begin()
    session.connect().close()
    session.connect(WORKER[:1]).close()
    session.connect(WORKER).close()
    session.connect(WORKER + BLOCKS[:5]).close()
    main.sendall(BYE)

    assert (rest(main), session.end().termination) == (OK, Done(clean=True))
    assert session.refused == []


def test_a_reset_before_the_first_header_does_not_matter(start_tcp: Start) -> None:
    session = start_tcp()
    scan = session.connect(HELLO[:3])
    scan.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    scan.close()

    assert take(session.connect(HELLO), 2) == OK


def test_the_oldest_silent_connection_makes_room(start: Start) -> None:
    session = start()
    silent = [session.connect() for _ in range(SILENT + 1)]

    assert is_closed(silent[0])
    assert session.refused == ["connection 1: too many have not said what they are"]
    silent[1].sendall(HELLO)
    assert take(silent[1], 2) == OK


def test_a_lack_of_descriptors_passes(start: Start) -> None:
    session = start()
    main = session.begin()
    with socket.socket(main.family) as late:
        late.settimeout(20)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (late.fileno() + 1, hard))
        try:
            late.connect(session.place)
            late.sendall(WORKER + BLOCKS)
            main.sendall(NOTE)
            assert take(main, 2) == OK
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

        assert take(late, 2) == OK


def test_silent_connections_do_not_delay_a_session(start: Start) -> None:
    session = start(Settling())
    for _ in range(3):
        session.connect()
    main = session.begin()
    for first in (b"", WORKER, WORKER + BLOCKS[:5]):
        session.connect(first)
    main.sendall(BYE)

    assert (rest(main), session.end().termination) == (OK, Done(clean=True))


def test_one_that_does_not_say_what_it_is_is_closed_after_a_while(start: Start) -> None:
    session = start(demands=terms(deadlines=Deadlines(first=0.01)))

    assert is_closed(session.connect())
    assert session.refused == ["connection 1: it did not say what it is in time"]
    assert take(session.connect(HELLO), 2) == OK


def test_a_worker_may_wait_for_work(start: Start) -> None:
    session = start(demands=terms(deadlines=Deadlines(first=0.05)))
    session.begin()
    worker = session.connect(WORKER)
    assert is_closed(session.connect())
    worker.sendall(BLOCKS)

    assert take(worker, 2) == OK


def test_a_worker_that_says_no_role_may_wait_for_work_too(start: Start) -> None:
    session = start(demands=terms(bare=True, deadlines=Deadlines(first=0.05)))
    session.begin()
    worker = session.connect()
    assert is_closed(session.connect(BLOCKS[:1]))
    worker.sendall(BLOCKS)

    assert take(worker, 2) == OK


def test_as_many_may_wait_for_work_as_may_come(start: Start) -> None:
    session = start(demands=terms(bare=True))
    session.begin()
    workers = [session.connect() for _ in range(SILENT + 4)]
    workers[0].sendall(BLOCKS)

    assert take(workers[0], 2) == OK


def test_the_oldest_of_more_than_may_come_makes_room(start: Start) -> None:
    session = start(demands=terms(bare=True))
    session.begin()
    workers = [session.connect() for _ in range(SILENT + 5)]

    assert is_closed(workers[0])


def test_strangers_that_say_nothing_take_nobodys_room(start_tcp: Start) -> None:
    session = start_tcp(demands=terms(deadlines=Deadlines(first=None)))
    session.begin()
    silent = session.connect()
    strangers = [session.connect(host="127.0.0.9") for _ in range(SILENT)]

    assert [is_closed(stranger) for stranger in strangers] == [True] * SILENT
    silent.sendall(WORKER + BLOCKS)
    assert take(silent, 2) == OK


def test_a_stranger_that_was_there_before_is_closed_when_the_session_begins(
    start_tcp: Start,
) -> None:
    session = start_tcp(demands=terms(deadlines=Deadlines(first=None)))
    stranger = session.connect(host="127.0.0.9")
    session.begin()

    assert is_closed(stranger)


def test_one_that_does_not_end_its_header_is_closed_after_a_while(start: Start) -> None:
    session = start(demands=terms(deadlines=Deadlines(first=0.2)))
    session.begin()

    assert is_closed(session.connect(WORKER + BLOCKS[:5]))


def test_nobody_begins_a_session(start: Start) -> None:
    session = start(demands=terms(deadlines=Deadlines(accept=0.01)))

    with pytest.raises(TimeoutError, match=r"nobody began a session in 0\.01 s"):
        session.end()
