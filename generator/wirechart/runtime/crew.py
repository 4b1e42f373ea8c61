"""One session over several connections: a main one, and further ones that their first bytes choose.

Each of them has a receiver and a thread of its own, the main one the caller's. Receivers that share
something have to expect each other at any time, and one that ends closes what it owns: what they
write into is owned by each of them apart, or by the caller. Knows no protocol.
"""

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import TIMEOUT_MAX, Condition, Lock, Thread, Timer
from typing import Any, TypeAlias

from . import tls
from .arrivals import Arrival, Arrivals, TurnedAwayError
from .core import Core
from .lanes import Lane, Peer, Terms
from .members import Further, Main, TlsFurther, TlsMain
from .progress import Progress

# Called when the first header of a connection is complete; an exception refuses the connection.
Factory: TypeAlias = Callable[[Peer], Core[Any, Any]]
Report: TypeAlias = Callable[[Peer, BaseException], None]


def unheard(peer: Peer, error: BaseException) -> None:
    """Tell nobody."""


class Crew:
    """All connections of one session; `run` it once."""

    def __init__(self, listener: socket.socket, terms: Terms, report: Report = unheard) -> None:
        """`report` is told of connections that were turned away, and why; under one lock with
        all observers."""
        self._terms = terms
        self._report = report
        self._factories: Mapping[str, Factory] = {}
        self._progress = Progress()
        self._telling = Lock()
        self._changed = Condition()  # guards what follows
        self._main: Main | None = None
        self._further: dict[Peer, socket.socket] = {}
        self._links: dict[str, list[socket.socket]] = {}
        self._threads: list[Thread] = []
        self._limit: Timer | None = None  # of the total time
        self._ending = False
        self._broken: BaseException | None = None  # what ended the arrivals
        self._refusal: BaseException | None = None  # the last one
        self._arrivals = Arrivals(listener, terms, self)
        self.delivered = False  # whether the main connection's replies could be sent

    def run(self, factories: Mapping[str, Factory]) -> Core[Any, Any]:
        """Take one session; its main receiver, finished and closed.

        The factories are those of the lanes on which the peer asks, by name.

        Raises:
            TimeoutError: no main connection came, or it took longer than the total time.
        """
        self._factories = factories
        try:
            self._start("arrivals", self._greet)
            main = self._awaited()
            with main.receiver:
                self.delivered = main.run()
        finally:
            self._end()
        if main.receiver.failed and self._broken is not None:
            raise self._broken
        if main.late:
            raise TimeoutError(f"the session took longer than {self._terms.deadlines.total:g} s")
        return main.receiver

    def link(self, lane: str, seconds: float) -> socket.socket:
        """The first connection of a lane on which this side asks; the session closes it at its end.

        Raises:
            TimeoutError: it did not come in so many seconds.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._links.get(lane) or self._ending, seconds)
            if lane not in self._links:
                what = "before the session ended" if self._ending else f"in {seconds:g} s"
                raise TimeoutError(f"no connection of {lane} came {what}")
            return self._links[lane][0]

    def settled(self, seconds: float) -> None:
        """Wait until no further connection is in the middle of a request.

        From then on new requests there are refused. For a handler of the main connection, before it
        relies on what the others have brought.

        Raises:
            IncompleteError: one of them failed in the middle of a request.
            TimeoutError: one is still there after so many seconds.
        """
        self._progress.settled(seconds)

    def admit(self, arrival: Arrival, lane: Lane) -> None:
        """Take a connection over; for `Arrivals` only."""
        if lane.asks:
            self._link(lane, arrival.connection)
        else:
            receiver = self._factories[lane.name](arrival.peer)
            try:
                receiver.guard(self._telling)
                self._enlist(arrival, receiver)
            except BaseException:
                receiver.close()
                raise
        self._progress.comes()

    def count(self, lane: Lane) -> int:
        """How many connections of a lane are open."""
        with self._changed:
            linked = len(self._links.get(lane.name, ()))
            return linked + sum(peer.lane == lane.name for peer in self._further)

    def turned_away(self, peer: Peer, error: BaseException) -> None:
        """A connection has no part in the session."""
        self._refusal = error
        with self._telling:
            self._report(peer, error)

    def _awaited(self) -> Main:
        seconds = self._terms.deadlines.accept
        with self._changed:
            self._changed.wait_for(lambda: self._main or self._broken, seconds)
            if self._main is not None:
                return self._main
        if self._broken is not None:
            raise self._broken
        raise TimeoutError(f"nobody began a session in {seconds:g} s") from self._refusal

    def _greet(self) -> None:
        try:
            self._arrivals.run()
        except BaseException as error:  # noqa: BLE001 -- `run` raises it, on the caller's thread
            with self._changed:
                self._broken = error
                if self._main is not None:
                    _wake(self._main.connection)
                self._changed.notify_all()

    def _start(self, name: str, work: Callable[..., None], *arguments: object) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = Thread(target=work, args=arguments, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _link(self, lane: Lane, connection: socket.socket) -> None:
        connection.setblocking(True)
        with self._changed:
            self._check_open()
            self._links.setdefault(lane.name, []).append(connection)
            self._changed.notify_all()

    def _enlist(self, arrival: Arrival, receiver: Core[Any, Any]) -> None:
        progress, secured = self._progress, isinstance(arrival.connection, ssl.SSLSocket)
        with self._changed:
            self._check_open()
            if arrival.lane is self._terms.main:
                total = self._terms.deadlines.total
                kind = TlsMain if secured else Main
                main = kind(arrival, receiver, progress, total, self._dismiss)
                self._limit_to(total)
                self._main = main
                self._changed.notify_all()
                return
            peer = arrival.peer
            member = (TlsFurther if secured else Further)(arrival, receiver, progress)
            self._start(str(peer), self._serve, peer, member)
            self._further[peer] = member.connection

    def _limit_to(self, seconds: float | None) -> None:
        if seconds is not None:
            self._limit = Timer(min(seconds, TIMEOUT_MAX), self._hurry)
            self._limit.daemon = True
            self._limit.start()

    def _check_open(self) -> None:
        if self._ending:
            raise TurnedAwayError("the session has ended")

    def _serve(self, peer: Peer, member: Further) -> None:
        try:
            with member.receiver:
                member.run()
        except BaseException as error:  # noqa: BLE001 -- a thread has nobody else to tell
            self._progress.fails(peer, error)
            self.turned_away(peer, error)
        finally:
            self._progress.goes(peer)
            with self._changed:  # nobody may wake a connection that is another one by now
                self._further.pop(peer, None)
                member.connection.close()

    def _dismiss(self) -> None:
        """End all but the main connection, without waiting for them."""
        self._expect_nobody()
        with self._changed:
            for connection in self._asked():
                if isinstance(connection, ssl.SSLSocket) and connection.fileno() >= 0:
                    tls.part(connection)
                connection.close()

    def _hurry(self) -> None:
        """The total time is over: the main connection sees it itself, unless it waits for others.

        Their owners close them: these may be in use.
        """
        self._expect_nobody()
        with self._changed:
            for connection in self._asked():
                _wake(connection)

    def _expect_nobody(self) -> None:
        self._arrivals.stop()
        with self._changed:
            self._ending = True
            for connection in self._further.values():
                _wake(connection)
            self._changed.notify_all()

    def _asked(self) -> list[socket.socket]:
        """The connections on which this side asks."""
        return [connection for links in self._links.values() for connection in links]

    def _end(self) -> None:
        self._dismiss()
        if self._main is not None:
            self._main.receiver.close()
            with self._changed:
                self._main.connection.close()
        if self._limit is not None:
            self._limit.cancel()
            self._limit.join()
        for thread in self._threads:
            thread.join()
        self._arrivals.close()


def _wake(connection: socket.socket) -> None:
    """End what a thread may be waiting for; an SSLSocket's own `shutdown` is not made for that."""
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
