"""Connections of which it is not known yet what they are: TLS's handshake, and their first bytes.

One thread looks after all of them. It never reads more than it needs: descriptors may travel with
the bytes that follow. Without TLS nobody proves who he is; so a further connection has to come from
the host that the main one comes from: elsewhere are strangers, who could spoil the session.
"""

import os
import selectors
import socket
import ssl
import time
from contextlib import suppress
from typing import Any, Final, Protocol

from .descriptors import Descriptor
from .lanes import Lane, Peer, Terms
from .sockets import address_at

SILENT: Final = 16  # connections that may be open and have not said what they are
_PAUSE: Final = 0.1  # seconds in which nobody is accepted, when there is no room for a descriptor


class TurnedAwayError(ConnectionError):
    """A connection has no part in the session; `args[0]` is the reason."""


class Arrival:
    """A connection, and what has come of its preamble and its first header."""

    __slots__ = (
        "connection",
        "first",
        "host",
        "lane",
        "number",
        "shaken",
        "truncated",
        "until",
        "where",
    )

    def __init__(self, connection: socket.socket, number: int, name: Any) -> None:  # noqa: ANN401 -- as the socket module gives it
        """`name` is that of the socket at the other end."""
        self.connection = connection
        self.number = number
        self.where = address_at(connection.family, name)
        self.host = "" if connection.family == socket.AF_UNIX else str(name[0])
        self.lane: Lane | None = None  # None: not known yet
        self.first = bytearray()  # without the preamble, once the lane is known
        self.truncated = False  # descriptors came with them, which are closed already
        self.shaken = True  # no handshake is going on
        self.until: float | None = None  # when it is closed

    @property
    def peer(self) -> Peer:
        """Who it is, as far as that is known."""
        return Peer(self.lane.name if self.lane else "", self.number, self.where)

    def receive(self, count: int) -> bytes:
        """Some of the next bytes; none: the end."""
        if self.connection.family != socket.AF_UNIX or isinstance(self.connection, ssl.SSLSocket):
            return self.connection.recv(count)
        data, _, flags, _ = self.connection.recvmsg(count)
        self.truncated |= bool(flags & socket.MSG_CTRUNC)
        return data


class Host(Protocol):
    """Who takes connections when they have said what they are; called on the arrivals' thread."""

    def admit(self, arrival: Arrival, lane: Lane) -> None:
        """Take it over.

        Raises:
            Exception: it is refused, and closed by the caller.
        """
        ...

    def count(self, lane: Lane) -> int:
        """How many connections of this lane there are."""
        ...

    def turned_away(self, peer: Peer, error: BaseException) -> None:
        """It was closed."""
        ...


class Arrivals:
    """The loop over a listener, and all that have not said what they are."""

    def __init__(self, listener: socket.socket, terms: Terms, host: Host) -> None:
        self._listener = listener
        self._terms = terms
        self._host = host
        self._there: list[Arrival] = []  # the oldest one first
        self._number = 0
        self._home: str | None = None  # where the main connection comes from; None: it is not there
        self._deaf: float | None = None  # until when nobody is accepted; None: somebody is
        self._stopped = False
        self._wake = Descriptor(os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK))
        self._selector = selectors.PollSelector()
        self._selector.register(self._wake, selectors.EVENT_READ)

    def run(self) -> None:
        """Until `stop`; then all that are still here are closed."""
        patience = self._listener.gettimeout()
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        try:
            while not self._stopped:
                self._turn()
        finally:
            for arrival in self._there:
                arrival.connection.close()
            self._selector.close()
            with suppress(OSError):  # it may be closed
                self._listener.settimeout(patience)

    def stop(self) -> None:
        """End `run`, from another thread."""
        self._stopped = True
        if not self._wake.closed:
            os.eventfd_write(self._wake.fileno(), 1)

    def close(self) -> None:
        """Give up what `stop` needs; `run` has ended."""
        self._wake.close()

    def _turn(self) -> None:
        ready = [key for key, _ in self._selector.select(self._patience())]
        for key in ready:
            if key.data in self._there:
                self._advance(key.data)
        # Last, or one that comes now and speaks at once would overtake one that has spoken before.
        if any(key.fileobj is self._listener for key in ready):
            self._greet()
        now = time.monotonic()
        if self._deaf is not None and self._deaf <= now:
            self._deaf = None
            self._selector.register(self._listener, selectors.EVENT_READ)
        for arrival in [one for one in self._there if one.until is not None and one.until <= now]:
            what = "did not say what it is" if arrival.shaken else "did not finish its handshake"
            self._turn_away(arrival, TurnedAwayError(f"it {what} in time"))

    def _patience(self) -> float | None:
        """Seconds until something has to be done though nothing happens."""
        ends = [arrival.until for arrival in self._there] + [self._deaf]
        known = [end for end in ends if end is not None]
        return max(0.0, min(known) - time.monotonic()) if known else None

    def _greet(self) -> None:
        try:
            connection, name = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError:  # no descriptor is left, or the network is down
            self._selector.unregister(self._listener)
            self._deaf = time.monotonic() + _PAUSE
            return
        silent = [arrival for arrival in self._there if arrival.lane is None]
        if len(silent) >= self._most_silent:
            self._turn_away(silent[0], TurnedAwayError("too many have not said what they are"))
        self._number += 1
        arrival = Arrival(connection, self._number, name)
        try:
            connection.setblocking(False)
            self._begin(arrival)
        except OSError as error:
            with arrival.connection:
                self._host.turned_away(arrival.peer, error)
            return
        if self._home is not None:  # a stranger shall take nobody's room
            self._advance(arrival)

    @property
    def _most_silent(self) -> int:
        """All that have no preamble may be silent, once they may come."""
        waits = self._home is not None and self._terms.bare
        return SILENT + (max(lane.most for lane in self._terms.lanes) if waits else 0)

    def _begin(self, arrival: Arrival) -> None:
        deadlines, tls = self._terms.deadlines, self._terms.tls
        self._wait(arrival, deadlines.handshake if tls else deadlines.first)
        if tls:
            arrival.shaken = False
            arrival.connection.getpeername()  # `wrap_socket` would not close one that is reset
            arrival.connection = tls.wrap_socket(
                arrival.connection, server_side=True, do_handshake_on_connect=False
            )
        self._selector.register(arrival.connection, selectors.EVENT_READ, arrival)
        self._there.append(arrival)

    @staticmethod
    def _wait(arrival: Arrival, seconds: float | None) -> None:
        arrival.until = None if seconds is None else time.monotonic() + seconds

    def _advance(self, arrival: Arrival) -> None:
        """Take what has come of what is needed."""
        try:
            self._shake(arrival)
            while missing := self._missing(arrival):
                data = arrival.receive(missing)
                if not data:
                    return self._forget(arrival).close()
                arrival.first += data
        except ssl.SSLWantWriteError:
            self._selector.modify(arrival.connection, selectors.EVENT_WRITE, arrival)
        except (BlockingIOError, ssl.SSLWantReadError):
            self._selector.modify(arrival.connection, selectors.EVENT_READ, arrival)
        except OSError as error:
            self._turn_away(arrival, error)
        else:
            self._admit(arrival)
        return None

    def _shake(self, arrival: Arrival) -> None:
        if not arrival.shaken and isinstance(arrival.connection, ssl.SSLSocket):
            arrival.connection.do_handshake()
            arrival.shaken = True
            self._wait(arrival, self._terms.deadlines.first)

    def _missing(self, arrival: Arrival) -> int:
        """How many bytes it has to send until it is known what it is; 0: it can be admitted.

        Raises:
            TurnedAwayError: it will never be one of us.
        """
        first, header = arrival.first, self._terms.header
        missing = 0
        if arrival.lane is None and self._home is None:
            return header - len(first)
        if arrival.lane is None:
            self._check_host(arrival.host)
            missing = self._identify(arrival)
            if missing and not self._terms.bare:
                return missing
        if arrival.lane and arrival.lane.asks:
            if first:
                raise TurnedAwayError("it speaks before it is asked")
            return 0
        # One that has no work may wait for it; one that has begun a header may not.
        if not first:
            arrival.until = None
        elif arrival.until is None:
            self._wait(arrival, self._terms.deadlines.first)
        return missing or header - len(first)

    def _identify(self, arrival: Arrival) -> int:
        """Find its lane by its first bytes; 0: found, else so many more are needed."""
        first, openings = arrival.first, self._terms.openings
        for opening, lane in openings.items():
            if first.startswith(opening):
                count = self._host.count(lane) + sum(one.lane is lane for one in self._there)
                if count >= lane.most:
                    raise TurnedAwayError(f"{lane.name} has {count} connections already")
                arrival.lane = lane
                if opening == lane.preamble:
                    del first[: len(opening)]
                return 0
        begun = [len(opening) for opening in openings if opening.startswith(first)]
        if not begun:
            raise TurnedAwayError(f"nothing begins with {first.hex(' ')}")
        return min(begun) - len(first)

    def _check_host(self, host: str) -> None:
        if self._terms.tls is None and host != self._home:
            raise TurnedAwayError(f"it comes from {host}, the main connection from {self._home}")

    def _admit(self, arrival: Arrival) -> None:
        connection = self._forget(arrival)
        lane = arrival.lane = arrival.lane or self._terms.main
        try:
            self._host.admit(arrival, lane)
        except Exception as error:  # noqa: BLE001 -- whatever a factory raises refuses the connection
            with connection:
                self._host.turned_away(arrival.peer, error)
            return
        except BaseException:
            connection.close()
            raise
        if lane is self._terms.main:
            self._home = arrival.host
            for other in tuple(self._there):
                self._advance(other)

    def _turn_away(self, arrival: Arrival, error: OSError) -> None:
        with self._forget(arrival):
            self._host.turned_away(arrival.peer, error)

    def _forget(self, arrival: Arrival) -> socket.socket:
        self._there.remove(arrival)
        self._selector.unregister(arrival.connection)
        return arrival.connection
