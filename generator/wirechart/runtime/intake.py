"""Bytes from a socket to where they belong, by as few calls as can be. Linux, blocking.

Knows targets, and no receiver.
"""

import array
import errno
import fcntl
import os
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final, TypeAlias

from .descriptors import Descriptor
from .targets import WRITTEN, Batch, FileRange, Wide, write

_VIEWS: Final = 1024  # that the kernel fills in one call
_PIPE: Final = 1 << 20  # bytes; the most that a pipe may hold without privileges
# What goes on for as long as bytes come may wait for so many seconds in all, bytes in between or
# not: the peer's silence is seen that much too late.
_SLICE: Final = 0.05
# Of a view: what fits into a buffer comes in one call in any case.
_LONG: Final = 64 << 10
_INT: Final = struct.calcsize("i")
# Not every kind of socket can be spliced from, and not everywhere it is allowed.
_UNABLE: Final = (
    errno.EINVAL,
    errno.ENOSYS,
    errno.EPERM,
    errno.EOPNOTSUPP,
    errno.EMFILE,
    errno.ENFILE,
)

# Bytes, the descriptors that came with them, and whether more came than there was room.
Taken: TypeAlias = tuple[int, tuple[Descriptor, ...], bool]


class LostError(Exception):
    """Bytes came for a place in a file, and could not be written; its `__cause__` says why."""

    def __init__(self, count: int) -> None:
        """`count`: bytes that came, those that were written before included."""
        super().__init__(count)
        self.count = count


class Intake:
    """The receiving side of one connection."""

    __slots__ = ("_connection", "_is_plain", "_is_unix", "_pipe", "_splices", "_waits")

    def __init__(self, connection: socket.socket) -> None:
        """Of a blocking socket; what derives from sockets alone knows its bytes (it decrypts)."""
        self._connection = connection
        self._is_plain = self._splices = type(connection) is socket.socket
        self._is_unix = connection.family == socket.AF_UNIX
        self._pipe: _Pipe | None = None
        self._waits = -1.0  # seconds that a call may block; not asked for yet

    def takes(self, target: memoryview | Wide | None) -> bool:
        """Whether bytes can be received into it; if not, it has to be made a view."""
        if isinstance(target, FileRange):
            return self._splices
        return self._is_plain or not isinstance(target, Batch)

    def take(
        self, target: memoryview | Wide, descriptors: int, seconds: float | None
    ) -> Taken | None:
        """Wait for bytes, and put those for a place in a file there. None: see `takes`.

        Raises:
            BlockingIOError: none came, in `seconds` or in less.
            LostError: some came, and cannot be written.
            OSError: the connection is broken, or (EFAULT) the memory behind the target is.
        """
        if isinstance(target, memoryview) and (target.nbytes < _LONG or not self._is_plain):
            self._wait_for(seconds)
            return self._received((target,), 0, descriptors)
        self._wait_for(_SLICE if seconds is None else min(seconds, _SLICE))
        if isinstance(target, FileRange):
            return self._spliced(target)
        views = target.views[:_VIEWS] if isinstance(target, Batch) else (target,)
        if len(views) > 1 or not self._is_unix:
            return self._received(views, socket.MSG_WAITALL, descriptors)
        return self._poured(views[0], descriptors)

    def forget(self) -> None:
        """Somebody else has set a time limit."""
        self._waits = -1.0

    def close(self) -> None:
        """Give up what is not the connection's."""
        pipe, self._pipe = self._pipe, None
        if pipe:
            pipe.close()

    def _wait_for(self, seconds: float | None) -> None:
        """Let the kernel end a call that blocks for longer: cheaper than to poll before each."""
        wanted = 0.0 if seconds is None else max(round(seconds, 3), 0.001)  # 0: for ever
        if wanted == self._waits:
            return
        self._waits = wanted
        whole = int(wanted)
        value = struct.pack("@ll", whole, round((wanted - whole) * 1_000_000))
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, value)

    def _spliced(self, place: FileRange) -> Taken | None:
        try:
            if self._pipe is None:
                self._pipe = _Pipe()
            return self._pipe.move(self._connection.fileno(), place), (), False
        except OSError as error:
            if error.errno not in _UNABLE:
                raise
            self._splices = False
            return None

    def _poured(self, view: memoryview, wanted: int) -> Taken:
        """The same as one call that waits for all, with which a unix socket is slower."""
        end = time.monotonic() + _SLICE
        count = 0
        while count < view.nbytes and (not count or time.monotonic() < end):
            try:
                more, descriptors, truncated = self._received((view[count:],), 0, wanted)
            except OSError:
                if count:
                    break  # it is seen again
                raise
            count += more
            if not more or descriptors or truncated:
                return count, descriptors, truncated
        return count, (), False

    def _received(self, into: Sequence[memoryview], flags: int, wanted: int) -> Taken:
        connection = self._connection
        if not self._is_unix or not self._is_plain:
            if len(into) == 1:
                return connection.recv_into(into[0], 0, flags), (), False
            return connection.recvmsg_into(into, 0, flags)[0], (), False
        if not wanted:
            count, _, found, _ = connection.recvmsg_into(into, 0, flags)
            return count, (), bool(found & socket.MSG_CTRUNC)
        # One more than wanted: a surplus descriptor shall be seen, and closed.
        room = socket.CMSG_LEN((wanted + 1) * _INT)
        flags |= socket.MSG_CMSG_CLOEXEC
        count, extra, found, _ = connection.recvmsg_into(into, room, flags)
        return count, tuple(_descriptors(extra)), bool(found & socket.MSG_CTRUNC)


class _Pipe:
    """Bytes on their way from a socket to a file, inside the kernel; empty between two calls."""

    __slots__ = ("_reading", "_writing")

    def __init__(self) -> None:
        self._reading, self._writing = map(Descriptor, os.pipe())
        with suppress(OSError):  # a user with many pipes gets small ones
            fcntl.fcntl(self._writing.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)

    def move(self, source: int, place: FileRange) -> int:
        """Take bytes from a socket and write them, for as long as some come; 0: it has ended.

        Raises:
            LostError: some came, and cannot be written: they are dropped.
            OSError: none came.
        """
        end = time.monotonic() + _SLICE
        most = _at_once(place.descriptor)
        moved = 0
        while moved < place.size and (not moved or time.monotonic() < end):
            try:
                count = os.splice(source, self._writing.fileno(), min(place.size - moved, _PIPE))
            except OSError:
                if moved:
                    break  # it is seen again
                raise
            if not count:
                break
            try:
                self._empty_into(place.descriptor, place.offset + moved, count, most)
            except OSError as error:
                raise LostError(moved + count) from error
            moved += count
        return moved

    def _empty_into(self, descriptor: int, offset: int, count: int, most: int) -> None:
        """Write what it holds; what cannot be written is lost, so that nothing stays."""
        source = self._reading.fileno()
        try:
            while count:
                moved = os.splice(source, descriptor, min(count, most), offset_dst=offset)
                offset += moved
                count -= moved
        except OSError:
            # Some files take bytes only from memory; for the others the error is the same again.
            write(descriptor, memoryview(self._drained(count)), offset)

    def _drained(self, count: int) -> bytearray:
        data = bytearray()
        while len(data) < count:
            data += os.read(self._reading.fileno(), count - len(data))
        return data

    def close(self) -> None:
        self._reading.close()
        self._writing.close()


def _at_once(descriptor: int) -> int:
    """How many bytes: all where there is no disk below, as pages are small there in any case."""
    try:
        return WRITTEN if os.major(os.fstat(descriptor).st_dev) else _PIPE
    except OSError:
        return WRITTEN  # what is wrong is seen again when it is written


def _descriptors(extra: list[tuple[int, int, bytes]]) -> Iterator[Descriptor]:
    for level, kind, data in extra:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            numbers = array.array("i")
            numbers.frombytes(data[: len(data) - len(data) % _INT])
            yield from map(Descriptor, numbers)
