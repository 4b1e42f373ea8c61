"""Connections on which this side asks: when they come, and when they end."""

import socket

import pytest

from runtime import link
from runtime.crews import PAGES, Asking, Start, rest, take, terms
from runtime.link import BYE, OK
from wirechart.runtime import sockets
from wirechart.runtime.lanes import Deadlines


def test_a_link_is_where_this_side_asks(start: Start) -> None:
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
    session.end()
    assert handlers.seen == [b"page"]


def test_a_peer_may_wait_for_the_end_of_its_link_before_it_leaves(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "FAREWELL", 100.0)  # seconds that nobody waits
    handlers = Asking()
    session = start(handlers)
    handlers.crew = session.crew
    main = session.begin()
    pages = session.connect(PAGES)
    main.sendall(BYE)
    pages.sendall(b"page")

    assert rest(pages) == b"page?"
    assert rest(main) == OK


def test_a_link_that_does_not_come_is_not_waited_for_any_longer(start: Start) -> None:
    handlers = Asking(0.01)
    session = start(handlers)
    handlers.crew = session.crew
    main = session.begin()
    main.sendall(BYE)
    main.shutdown(socket.SHUT_WR)

    assert rest(main) == link.FAILED
    error = session.end().cause.error
    assert str(error) == "no connection of pages came in 0.01 s"


def test_who_asks_is_not_waited_for_beyond_the_total_time(start: Start) -> None:
    handlers = Asking()
    session = start(handlers, terms(deadlines=Deadlines(total=0.5)))
    handlers.crew = session.crew
    main = session.begin()
    pages = session.connect(PAGES)
    main.sendall(BYE)

    assert rest(pages) == b"page?"  # and no answer
    assert rest(main) == OK
    session.end()
    assert handlers.seen == [b""]


def test_a_link_is_not_taken_after_the_total_time(start: Start) -> None:
    handlers = Asking()
    session = start(handlers, terms(deadlines=Deadlines(total=0.2)))
    handlers.crew = session.crew
    main = session.begin()
    main.sendall(BYE)

    assert rest(main) == link.FAILED
    error = session.end().cause.error
    assert str(error) == "no connection of pages came before the session ended"
