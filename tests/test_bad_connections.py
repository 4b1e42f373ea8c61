"""Wrong input on further connections that was sent to the real receiver: what ours answers.

As in `test_bad_inputs`: where the table here says nothing, ours answers alike. A session listens,
and each step is sent once all before it is answered.
"""

import socket
import threading
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from bad_inputs import ROWS, Difference, Row
from captures import descriptors_open
from ch_migration import Aborted
from conversations import exactly
from frames import ERROR, OK
from peers import Session

SIZE = 64 << 20  # bytes of memory that the VM of the rows has
# The real receiver looks for 10 s at a connection that does not say what it is; State waits then.
PATIENCE = 5.0

APART = tuple(row for row in ROWS if not row.on_main)
WITHOUT_A_WORD = "closes the connection without a word; here every request is answered"

DIFFERENCES: Mapping[str, Difference] = {
    "additional connection: role PrecopyMemory, Memory outside RAM": Difference(
        (OK, OK, ERROR, ERROR), WITHOUT_A_WORD
    ),
    "additional connection: role PrecopyMemory, then PageFault": Difference(
        (OK, OK, ERROR, ERROR), WITHOUT_A_WORD
    ),
    "additional connection: role PrecopyMemory, then Start": Difference(
        (OK, OK, ERROR, ERROR), WITHOUT_A_WORD
    ),
}
COMPLETED = "Completed(paused=True)"
LEFT = "the stream ended in StateReceived, between two messages"
INCOMPLETE = "the handler of State failed in Configured: IncompleteError: memory 2 failed: "

# How each row ends, and who was turned away.
ENDINGS: Mapping[str, tuple[str, list[str]]] = {
    "additional connection before Config": (COMPLETED, []),
    "additional connection: first half of the role, then silent": (COMPLETED, []),
    "additional connection: no role, a Memory message at once (as v52 did)": (
        LEFT,
        ["connection 2: nothing begins with 04 00"],
    ),
    "additional connection: role 0": (LEFT, ["connection 2: nothing begins with 00 00"]),
    "additional connection: role 3": (LEFT, ["connection 2: nothing begins with 03 00"]),
    "additional connection: role Fault, receiver not in postcopy": (COMPLETED, []),
    "additional connection: role PrecopyMemory, Memory outside RAM": (
        INCOMPLETE + "the handler of Memory failed in Filling: "
        "ValueError: contents lie behind the end of 67108864 bytes of memory",
        [],
    ),
    "additional connection: role PrecopyMemory, then PageFault": (
        INCOMPLETE + "PageFault is refused in Filling",
        [],
    ),
    "additional connection: role PrecopyMemory, then Start": (
        INCOMPLETE + "Start is refused in Filling",
        [],
    ),
    "additional connection: role PrecopyMemory, then silent": (LEFT, []),
    "additional connection: role PrecopyMemory, two Memory, end of stream": (COMPLETED, []),
    "additional connection: silent": (COMPLETED, []),
}


def demanded(row: Row) -> tuple[bytes, ...]:
    """What ours has to answer: the same, unless the table says otherwise."""
    return DIFFERENCES[row.name].answers if row.name in DIFFERENCES else row.answers


def heard(connection: socket.socket) -> bytes:
    """All that comes until the end of the stream, or a reset."""
    parts: list[bytes] = []
    with suppress(ConnectionResetError):
        while data := connection.recv(1 << 16):
            parts.append(data)
    return b"".join(parts)


class Peer:
    """A source with all of its connections; they are closed with the block."""

    def __init__(self, session: Session, stack: ExitStack) -> None:
        kind, _, place = session.address.partition(":")
        host, _, port = place.rpartition(":")
        self._place = place if kind == "unix" else (host, int(port))
        self._family = socket.AF_UNIX if kind == "unix" else socket.AF_INET
        self._stack = stack
        self._opened: list[socket.socket] = []

    def connection(self, number: int) -> socket.socket:
        """One of them; the next one is opened."""
        if number == len(self._opened):
            connection = self._stack.enter_context(socket.socket(self._family))
            connection.settimeout(PATIENCE)
            connection.connect(self._place)
            self._opened.append(connection)
        return self._opened[number]

    def answers(self, row: Row) -> Generator[bytes]:
        """Send all steps; what is answered in each. One that is demanded is waited for, and the end
        of a connection that the real receiver closes without an answer."""
        for number, step, ends, answer in zip(
            row.on, row.steps, row.ends, demanded(row), strict=True
        ):
            connection = self.connection(number)
            connection.sendall(b"".join(sent.data for sent in step))
            if any(sent.end for sent in step):
                connection.shutdown(socket.SHUT_WR)
            waits = ends and not answer
            yield heard(connection) if waits else exactly(connection, len(answer))

    def rest(self) -> list[bytes]:
        """What else comes on each connection once the main one ends."""
        self._opened[0].shutdown(socket.SHUT_WR)
        return [heard(connection) for connection in self._opened]


@contextmanager
def sessions(row: Row, folder: Path) -> Generator[tuple[Session, Peer]]:
    """A session over the transport of a row, and a source; neither a thread nor a descriptor is
    left."""
    before = descriptors_open(), threading.enumerate()
    address = f"unix:{folder / 'socket'}" if row.transport == "unix" else "tcp:127.0.0.1:0"
    with Session(SIZE, address=address) as session, ExitStack() as stack:
        yield session, Peer(session, stack)
    assert (descriptors_open(), threading.enumerate()) == before


def ending(session: Session) -> str:
    """How the main connection ended."""
    found = session.termination
    return found.cause.summary() if isinstance(found, Aborted) else repr(found)


def test_these_are_all_rows_that_take_further_connections() -> None:
    assert (len(ROWS), len(APART)) == (238, 24)
    assert sorted(map(str, APART)) == sorted(
        f"{name} ({transport})" for name in ENDINGS for transport in ("tcp", "unix")
    )


def test_a_difference_is_told_for_each_row_that_has_one_and_for_no_other() -> None:
    assert {row.name for row in APART if row.answers != demanded(row)} == set(DIFFERENCES)


@pytest.mark.parametrize("row", APART, ids=str)
def test_a_bad_connection_gets_its_answer_in_each_step_and_leaks_nothing(
    row: Row, tmp_path: Path
) -> None:
    with sessions(row, tmp_path) as (session, peer):
        answers = tuple(peer.answers(row))
        rest = peer.rest()

    assert (answers, rest) == (demanded(row), [b"", b""])
    assert (ending(session), session.refused) == ENDINGS[row.name]


@pytest.mark.parametrize("transport", ["tcp", "unix"])
def test_what_a_worker_brought_lies_where_it_belongs(transport: str, tmp_path: Path) -> None:
    name = "additional connection: role PrecopyMemory, two Memory, end of stream"
    (row,) = (row for row in APART if (row.name, row.transport) == (name, transport))

    with sessions(row, tmp_path) as (session, peer):
        replies = b"".join(peer.answers(row))
        peer.rest()

    page = b"\x71" * 4096
    assert replies == OK * 6
    assert session.took.ram.content[: 5 << 12] == bytes(4096) + page + bytes(4096) + page + bytes(
        4096
    )
