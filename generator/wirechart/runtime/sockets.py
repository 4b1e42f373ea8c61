"""A receiver on a socket: listens, takes one connection, and drives it to its end. Linux, blocking.

Time stands still for the receiver while its handlers run: only waiting for the peer counts.
"""

import errno
import select
import socket
import stat
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast

from .core import Core
from .intake import Intake, LostError, Taken
from .parts import NOTHING
from .targets import Wide

FAREWELL: Final = 1.0  # seconds in which a peer may still read the last reply and close
_WAITING: Final = 16  # connections that may be open and silent before the first one speaks


class AddressError(ValueError):
    """Not an address of a socket."""


def parse(address: str) -> str | tuple[str, int]:
    """`unix:PATH` gives the path, `tcp:HOST:PORT` host and port; an IPv6 host is in brackets.

    Raises:
        AddressError: it is neither.
    """
    kind, _, rest = address.partition(":")
    if kind == "unix" and rest:
        return rest
    host, _, port = rest.rpartition(":")
    if kind != "tcp" or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise AddressError(f"`{address}` is not `unix:PATH` or `tcp:HOST:PORT`")
    if host.startswith("[") and host.endswith("]"):
        return host[1:-1], int(port)
    if ":" in host:
        raise AddressError(f"`{address}`: an IPv6 address stands in brackets, `tcp:[::1]:PORT`")
    return host, int(port)


@contextmanager
def listening(address: str) -> Generator[socket.socket, None, None]:
    """A socket that listens there; afterwards it is closed, and a unix socket's path is gone.

    Raises:
        AddressError: that is no address.
        OSError: nobody can listen there.
    """
    place = parse(address)
    if isinstance(place, tuple):
        family, kind, protocol, _, where = _resolve(*place)
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(where)
            listener.listen(_WAITING)
            yield listener
        return
    _remove_stale(place)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        mine = _identity(place)
        try:
            listener.listen(_WAITING)
            yield listener
        finally:
            if _identity(place) == mine:
                Path(place).unlink()


def _resolve(host: str, port: int) -> Any:  # noqa: ANN401 -- as getaddrinfo gives it
    flags = socket.AI_PASSIVE
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)[0]


def _identity(path: str) -> tuple[int, int] | None:
    """What lies at a path; None: nothing."""
    try:
        found = Path(path).lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _remove_stale(path: str) -> None:
    """Remove a socket on which nobody listens any more; anything else stays."""
    with suppress(OSError):
        if not stat.S_ISSOCK(Path(path).lstat().st_mode):
            return
        with socket.socket(socket.AF_UNIX) as probe:
            probe.setblocking(False)  # one with too many that wait would keep us too
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                Path(path).unlink()


def address_of(listener: socket.socket) -> str:
    """Where it listens, in the form of `parse`, with the port it really has."""
    return address_at(listener.family, listener.getsockname())


def address_at(family: int, name: Any) -> str:  # noqa: ANN401 -- as the socket module gives it
    """The same for the name of a socket."""
    if family == socket.AF_UNIX:
        return f"unix:{name}"
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"tcp:{host}:{name[1]}"


def accept(listener: socket.socket, seconds: float | None = None) -> socket.socket:
    """The first connection on which a byte arrives; those that close without one are forgotten.

    Raises:
        TimeoutError: none came in so many seconds.
        OSError: the listener is broken.
    """
    end = None if seconds is None else time.monotonic() + seconds
    silent: dict[int, socket.socket] = {}
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    try:
        while True:
            left = None if end is None else max(0.0, end - time.monotonic())
            ready = poll.poll(None if left is None else left * 1000)
            if not ready and left is not None:
                raise TimeoutError("nobody connected")
            for number, _ in ready:
                if number == listener.fileno():
                    _greet(listener, silent, poll)
                elif _speaks(silent[number]):
                    return silent.pop(number)
                else:
                    poll.unregister(number)
                    silent.pop(number).close()
    finally:
        for connection in silent.values():
            connection.close()


def _greet(listener: socket.socket, silent: dict[int, socket.socket], poll: Any) -> None:  # noqa: ANN401 -- select.poll is no type
    try:
        connection, _ = listener.accept()
    except ConnectionAbortedError:
        return
    if len(silent) == _WAITING:
        oldest = next(iter(silent))
        poll.unregister(oldest)
        silent.pop(oldest).close()
    silent[connection.fileno()] = connection
    poll.register(connection, select.POLLIN)


def _speaks(connection: socket.socket) -> bool:
    """Whether a byte is there, and not the end."""
    try:
        return bool(connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except OSError:
        return False


def drive(connection: socket.socket, receiver: Core[Any, Any]) -> bool:
    """Run a receiver over a connection until it is finished; then close both.

    Whether all replies could be sent.
    """
    with receiver, connection:
        return Driver(connection, receiver).run()


class Driver:
    """One connection; `now` is the receiver's time, which stands still while handlers run."""

    __slots__ = ("_connection", "_delivered", "_intake", "_now", "_receiver")

    def __init__(self, connection: socket.socket, receiver: Core[Any, Any]) -> None:
        connection.settimeout(None)
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        self._receiver = receiver
        self._intake = Intake(connection)
        self._delivered = True
        self._now = receiver.now

    def run(self) -> bool:
        """Until the receiver is finished and the peer had time to read the last reply."""
        with closing(self._intake):
            while (target := self._receiver.target) is not None:
                if not self._intake.takes(target):
                    target = self._receiver.wants() or NOTHING
                self._send(self._step(target))
        self._part()
        return self._delivered

    def _step(self, target: memoryview | Wide) -> bytes:
        receiver = self._receiver
        deadline = receiver.deadline
        left = None if deadline is None else deadline - self._now
        began = time.monotonic()
        try:
            taken = self._take(target, left)
        except BlockingIOError:
            return self._silent(self._now + time.monotonic() - began)
        except LostError as lost:
            self._now += time.monotonic() - began
            return receiver.lost(lost.count, cast("OSError", lost.__cause__), now=self._now)
        except OSError as error:
            if error.errno == errno.EFAULT:
                return receiver.lost(0, error, now=self._now)
            return receiver.eof(now=self._now)
        if taken is None:
            return b""
        self._now += time.monotonic() - began
        count, descriptors, truncated = taken
        if not count:
            return receiver.eof(now=self._now)
        return receiver.received(count, descriptors, now=self._now, truncated=truncated)

    def _take(self, target: memoryview | Wide, seconds: float | None) -> Taken | None:
        """Wait for the next bytes: what `Intake.take` gives."""
        return self._intake.take(target, self._receiver.wants_descriptors, seconds)

    def _silent(self, now: float) -> bytes:
        """Nothing came until now; the replies to send."""
        self._now = now
        return self._receiver.tick(now)

    def _send(self, replies: bytes) -> None:
        if not replies:
            return
        try:
            self._connection.settimeout(self._receiver.silence)
            self._connection.sendall(replies)
            self._connection.settimeout(None)
        except OSError:
            self._delivered = False
            self._receiver.eof(now=self._now)

    def _part(self) -> None:
        """Close so that no reset overtakes the last reply: first our side, then, soon, theirs."""
        end = time.monotonic() + FAREWELL
        scratch = bytearray(1 << 16)
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
            while (left := end - time.monotonic()) > 0:
                self._connection.settimeout(left)
                if not self._connection.recv_into(scratch):
                    return
