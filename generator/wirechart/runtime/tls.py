"""TLS 1.3 where both sides present certificates, and how a receiver is driven over it.

Certificates are PEM files in one directory. Descriptors do not travel over TLS.
"""

import math
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from .core import Core
from .intake import Intake, Taken
from .sockets import Driver

T = TypeVar("T")

# A key of another kind than the certificate's finds no certificate of its own kind.
_MISMATCHES: Final = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")
_RECORD: Final = 1 << 14  # bytes that one record holds at most


class TlsError(ValueError):
    """A file that TLS needs is missing, or not what it has to be."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path


def server_context(directory: Path) -> ssl.SSLContext:
    """For those who listen: `ca-cert.pem`, `server-cert.pem` and `server-key.pem`.

    Raises:
        TlsError: one of them cannot be used.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER, directory, "server")
    # A client that closes with an unread ticket resets the connection, and what it sent is lost.
    context.num_tickets = 0
    return context


def client_context(directory: Path) -> ssl.SSLContext:
    """For those who connect: `ca-cert.pem`, `client-cert.pem` and `client-key.pem`.

    The server's name is checked: `wrap_socket` needs it as `server_hostname`.

    Raises:
        TlsError: one of them cannot be used.
    """
    return _context(ssl.PROTOCOL_TLS_CLIENT, directory, "client")


def _context(protocol: int, directory: Path, side: str) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    certificate, key = directory / f"{side}-cert.pem", directory / f"{side}-key.pem"
    _trust(context, directory / "ca-cert.pem")
    _trust(ssl.SSLContext(protocol), certificate)  # only to know whether it is one
    _read(key, key.read_bytes)
    load = partial(context.load_cert_chain, certificate, key, partial(_locked, key))
    try:
        _read(key, load)
    except ssl.SSLError as error:
        if error.reason in _MISMATCHES:
            raise TlsError(key, f"is not the key of {certificate.name}") from error
        raise TlsError(key, f"is no private key for {certificate.name}: {error}") from error
    return context


def _trust(context: ssl.SSLContext, path: Path) -> None:
    try:
        _read(path, partial(context.load_verify_locations, path))
    except ssl.SSLError as error:
        raise TlsError(path, "holds no certificate in PEM form") from error


def _read(path: Path, work: Callable[[], T]) -> T:
    """Do what reads a file; the errors of TLS itself pass."""
    try:
        return work()
    except ssl.SSLError:
        raise
    except OSError as error:
        raise TlsError(path, error.strerror or str(error)) from error


def _locked(key: Path, *_: object) -> NoReturn:
    """Instead of asking the terminal for a passphrase."""
    raise TlsError(key, "is locked by a passphrase")


def part(connection: ssl.SSLSocket) -> None:
    """Say that nothing more comes, and do not wait until the peer says so too."""
    with suppress(OSError, ValueError):
        connection.setblocking(False)
        connection.unwrap()


class TlsIntake(Intake):
    """Over TLS a time limit of the kernel does not end a read: it has to be Python's own."""

    __slots__ = ()

    def _wait_for(self, seconds: float | None) -> None:
        wanted = math.inf if seconds is None else max(round(seconds, 3), 0.001)
        if wanted != self._waits:
            self._waits = wanted
            self._connection.settimeout(None if seconds is None else wanted)

    def _received(self, into: Sequence[memoryview], flags: int, wanted: int) -> Taken:
        del flags, wanted
        view = into[0]
        try:
            count = self._connection.recv_into(view)
        except TimeoutError as error:
            raise BlockingIOError from error
        if count == _RECORD:
            count += self._at_hand(view[count:])
        return count, (), False

    def _at_hand(self, view: memoryview) -> int:
        """Take what has come already: each call gives one record, and a receiver's step costs."""
        connection, count = self._connection, 0
        patience = connection.gettimeout()
        connection.settimeout(0.0)
        try:
            while count < view.nbytes and (more := connection.recv_into(view[count:])):
                count += more
        except ssl.SSLWantReadError:
            pass
        finally:
            connection.settimeout(patience)
        return count


class TlsDriver(Driver):
    """Drives a receiver over TLS."""

    __slots__ = ()

    def __init__(self, connection: socket.socket, receiver: Core[Any, Any]) -> None:
        super().__init__(connection, receiver)
        self._intake = TlsIntake(connection)

    def _send(self, replies: bytes) -> None:
        super()._send(replies)
        self._intake.forget()  # sending has its own time limit

    def _part(self) -> None:
        if isinstance(self._connection, ssl.SSLSocket):
            part(self._connection)
        super()._part()
