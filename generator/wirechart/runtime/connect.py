"""How a connection begins on the side that opens it. Knows addresses and TLS, no protocol."""

import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeAlias

from .sockets import parse

if TYPE_CHECKING:
    from ssl import SSLContext

_Ways: TypeAlias = list[tuple[Any, ...]]  # as getaddrinfo gives them


def connect(
    address: str,
    *,
    tls: "SSLContext | None" = None,
    seconds: float,
    preamble: bytes = b"",
) -> socket.socket:
    """A connection to `unix:PATH` or `tcp:HOST:PORT`, on which the preamble is sent already.

    All of it, the handshake included, may take so many seconds; looking up a name is not counted.

    Raises:
        AddressError: that is no address.
        OSError: nobody listens there, or the handshake failed; TimeoutError: it took too long.
    """
    place = parse(address)
    name = place[0] if isinstance(place, tuple) else None
    ways: _Ways = [(socket.AF_UNIX, socket.SOCK_STREAM, 0, "", place)]
    if isinstance(place, tuple):
        ways = socket.getaddrinfo(*place, type=socket.SOCK_STREAM)
    end = time.monotonic() + seconds
    connection = _connected(ways, end)
    try:
        _hurry(connection, end)
        if tls is not None:
            connection.getpeername()  # `wrap_socket` would not close one that is reset already
            connection = tls.wrap_socket(connection, server_hostname=name)
        _hurry(connection, end)
        connection.sendall(preamble)
    except BaseException:
        connection.close()
        raise
    return connection


def _connected(ways: _Ways, end: float) -> socket.socket:
    """Over the first of the ways that leads anywhere; each has its share of the time until `end`.

    Raises:
        OSError: none does; that of the last one.
    """
    for left in range(len(ways), 0, -1):
        family, kind, protocol, _, where = ways[-left]
        now = time.monotonic()
        with ExitStack() as undo:
            connection = undo.enter_context(socket.socket(family, kind, protocol))
            try:
                _hurry(connection, now + (end - now) / left)
                connection.connect(where)
            except OSError:
                if left == 1:
                    raise
            else:
                undo.pop_all()
                return connection
    raise OSError("the name has no address")


def _hurry(connection: socket.socket, end: float) -> None:
    """Let the next call take no longer than until `end`."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    connection.settimeout(left)
