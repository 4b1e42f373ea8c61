"""How a connection begins on the side that opens it. Knows addresses and TLS, no protocol."""

import socket
import time
from typing import TYPE_CHECKING

from .sockets import parse

if TYPE_CHECKING:
    from ssl import SSLContext


def connect(
    address: str,
    *,
    tls: "SSLContext | None" = None,
    seconds: float,
    preamble: bytes = b"",
) -> socket.socket:
    """A connection to `unix:PATH` or `tcp:HOST:PORT`, on which the preamble is sent already.

    All of it, the handshake included, may take so many seconds.

    Raises:
        AddressError: that is no address.
        OSError: nobody listens there, or the handshake failed; TimeoutError: it took too long.
    """
    place = parse(address)
    end = time.monotonic() + seconds
    if isinstance(place, tuple):
        connection = socket.create_connection(place, seconds)
    else:
        connection = socket.socket(socket.AF_UNIX)
    try:
        if not isinstance(place, tuple):
            connection.settimeout(seconds)
            connection.connect(place)
        _hurry(connection, end)
        if tls is not None:
            name = place[0] if isinstance(place, tuple) else None
            connection.getpeername()  # `wrap_socket` would not close one that is reset already
            connection = tls.wrap_socket(connection, server_hostname=name)
        _hurry(connection, end)
        connection.sendall(preamble)
    except BaseException:
        connection.close()
        raise
    return connection


def _hurry(connection: socket.socket, end: float) -> None:
    """Let the next call take no longer than until `end`."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    connection.settimeout(left)
