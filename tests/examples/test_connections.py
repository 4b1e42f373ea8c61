"""`python -m ch_snapshot receive` over several connections: workers, pages, TLS, and strangers."""

import json
import socket
import ssl
import struct
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from captures import digest, recording, snapshot
from ch_migration import page_server
from ch_migration.connections import LANES
from ch_migration.page_server import PageFault
from ch_migration.runtime import sockets
from ch_migration.runtime.tls import client_context
from conversations import Conversation, conversation, exactly, replay
from frames import COMPLETE, ERROR, OK, START
from receivers import Ran, connected, receiving
from runtime import certificates
from sources import LOW, SIZE, config, memory, request, state

PATIENCE = 30.0
MEMORY, FAULTS = (lane.preamble or b"" for lane in LANES[1:])
PAGE = b"p" * 4096


class Talk:
    """A process that receives, and how it ended."""

    def __init__(self, folder: Path, *options: str, listen: str = "tcp:127.0.0.1:0") -> None:
        self.folder = folder
        self._options = options
        self._listen = listen

    @contextmanager
    def open(self) -> Generator[Callable[[], socket.socket]]:
        """A way to connect; the process ends with the block."""
        with receiving(self.folder, *self._options, listen=self._listen) as (process, address):
            self.address = address
            yield lambda: connected(address)
            output, errors = process.communicate(timeout=PATIENCE)
        events = tuple(json.loads(line) for line in output.splitlines())
        self.ran = Ran(process.returncode, events, errors.decode(), b"")


def asked(connection: socket.socket, stream: bytes, replies: int = 1) -> bytes:
    """Send requests, and wait for so many replies."""
    connection.sendall(stream)
    return exactly(connection, 16 * replies)


def stored(folder: Path) -> str:
    return digest([(folder / "memory-ranges").read_bytes()])


@contextmanager
def pages(connection: socket.socket, content: bytes) -> Generator[None]:
    """Answer page faults on a connection, until it is closed."""

    class Pages(page_server.Defaults):
        def page_fault(
            self, state: page_server.Serving, message: PageFault
        ) -> tuple[page_server.Serving, bytes]:
            return state, content[message.gpa : message.gpa + message.length]

    connection.sendall(FAULTS)
    thread = Thread(target=sockets.drive, args=(connection, page_server.Receiver(Pages())))
    thread.start()
    yield
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_memory_over_four_connections_lies_where_it_lay(tmp_path: Path) -> None:
    talk, said = Talk(tmp_path / "snapshot"), conversation("tcp-multi")

    with talk.open() as connect:
        replies = replay(said, connect, frozenset({"main", "memory"}))

    assert (talk.ran.code, talk.ran.errors) == (0, "")
    assert replies == said.servers
    assert stored(talk.folder) == snapshot("tcp-multi").sha256
    # Two of the four workers said their role, and then nothing.
    assert talk.ran.stored["connections"] == 1 + sum(
        len(said.servers[number]) > 0 for number, role in said.roles.items() if role == "memory"
    )


def recorded_pages(said: Conversation) -> bytes:
    """The memory of a postcopy migration, from the answers to its page faults."""
    memory_ = bytearray(8 << 20)
    (number,) = (number for number, role in said.roles.items() if role == "fault")
    asked_, answered = said.servers[number], said.clients[number][len(FAULTS) :]
    at = 0
    for header in range(0, len(asked_), 32):
        gpa, length = struct.unpack_from("<QQ", asked_, header + 16)
        memory_[gpa : gpa + length] = answered[at + 16 : at + 16 + length]
        at += 16 + length
    return bytes(memory_)


def test_a_postcopy_source_is_asked_for_all_of_its_memory(tmp_path: Path) -> None:
    talk, said = Talk(tmp_path / "snapshot"), conversation("tcp-postcopy")
    stream, content = said.stream("main"), recorded_pages(said)
    begins = stream.index(b"\x03" + bytes(7))  # State

    with talk.open() as connect, connect() as main:
        replies = asked(main, stream[:begins], 2)
        with pages(connect(), content):
            replies += asked(main, stream[begins:], 2)

    assert (talk.ran.code, talk.ran.errors, replies) == (0, "", OK * 4)
    assert stored(talk.folder) == snapshot("tcp-postcopy").sha256 == digest([content])


def test_a_source_that_dies_while_it_is_asked_keeps_its_vm(tmp_path: Path) -> None:
    talk = Talk(tmp_path / "snapshot")

    with talk.open() as connect, connect() as main:
        asked(main, START + config(LOW), 2)
        with connect() as faults:
            faults.sendall(FAULTS)
            main.sendall(state((0, SIZE)))
            exactly(faults, 32)
        assert exactly(main, 16) == ERROR

    assert (talk.ran.code, list(tmp_path.iterdir())) == (1, [])
    assert talk.ran.errors.splitlines()[0] == (
        "ch_snapshot: the handler of State failed in Configured: AskingFailed: "
        "the stream ended in Fetching, after 0 of 16 bytes of the reply to PageFault"
    )


def test_a_source_that_does_not_give_its_pages_is_not_waited_for_beyond_the_total_time(
    tmp_path: Path,
) -> None:
    talk = Talk(tmp_path / "snapshot", "--finish-within", "1")

    with talk.open() as connect, connect() as main, connect() as silent:
        asked(main, START + config(LOW), 2)
        silent.sendall(FAULTS)
        assert asked(main, state((0, SIZE))) == ERROR

    assert (talk.ran.code, list(tmp_path.iterdir())) == (1, [])
    assert talk.ran.errors.splitlines()[0] == (
        "ch_snapshot: the handler of State failed in Configured: AskingFailed: "
        "the stream ended in Fetching, after 0 of 16 bytes of the reply to PageFault"
    )


def test_a_silent_connection_for_pages_does_not_delay_state_when_memory_came(
    tmp_path: Path,
) -> None:
    talk = Talk(tmp_path / "snapshot")

    with talk.open() as connect, connect() as main, connect() as silent:
        asked(main, START + config(LOW) + memory((0, PAGE)), 3)
        silent.sendall(FAULTS)
        with connect() as second:  # the first one is there when this one is closed
            second.sendall(FAULTS)
            assert second.recv(1) == b""
        assert asked(main, state((0, SIZE))) == ERROR

    assert (talk.ran.code, list(tmp_path.iterdir())) == (1, [])
    assert talk.ran.errors.splitlines()[0] == (
        "ch_snapshot: State was refused by its handler in Configured: "
        "memory arrives, and a connection came on which to ask for it"
    )


def test_a_recorded_migration_over_tls_is_stored(tmp_path: Path) -> None:
    files = certificates.write(tmp_path / "tls", certificates.authority())
    talk = Talk(tmp_path / "snapshot", "--tls-dir", str(files))
    recorded = recording("tls-precopy")

    with talk.open() as connect:
        context = client_context(files)
        with context.wrap_socket(connect(), server_hostname=certificates.HOST) as main:
            main.sendall(recorded.client)
            replies = exactly(main, len(recorded.server))

    assert (talk.ran.code, talk.ran.errors, replies) == (0, "", recorded.server)
    assert stored(talk.folder) == snapshot("tls-precopy").sha256


def test_strangers_neither_end_nor_delay_a_migration_over_tls(tmp_path: Path) -> None:
    files = certificates.write(tmp_path / "tls", certificates.authority())
    others = certificates.write(tmp_path / "others", certificates.authority())
    talk = Talk(tmp_path / "snapshot", "--tls-dir", str(files))
    stream = START + config(LOW) + memory((0, PAGE)) + state((0, SIZE)) + COMPLETE

    with talk.open() as connect, connect() as silent, connect() as plain:
        plain.sendall(stream)
        with suppress(OSError):
            foreign = client_context(others)
            foreign.check_hostname, foreign.verify_mode = False, ssl.CERT_NONE
            foreign.wrap_socket(connect()).close()
        context = client_context(files)
        with context.wrap_socket(connect(), server_hostname=certificates.HOST) as main:
            main.sendall(stream)
            replies = exactly(main, 16 * 5)
        silent.close()

    assert (talk.ran.code, replies) == (0, OK * 5)


def test_a_silent_extra_connection_does_not_delay_state(tmp_path: Path) -> None:
    talk = Talk(tmp_path / "snapshot")

    with talk.open() as connect, connect() as main:
        asked(main, START + config(LOW), 2)
        with connect() as silent, connect() as role_only:
            role_only.sendall(MEMORY)
            # Without waiting for them: the two are open until the end.
            replies = asked(main, memory((0, PAGE)) + state((0, SIZE)) + COMPLETE, 3)
            silent.sendall(b"")

    assert (talk.ran.code, replies) == (0, OK * 3)


def test_a_port_scan_does_not_end_the_receive(tmp_path: Path) -> None:
    talk = Talk(tmp_path / "snapshot")

    with talk.open() as connect:
        for _ in range(20):
            connect().close()
        with connect() as main:
            replies = asked(main, START + config(LOW), 2)
            connect().close()
            replies += asked(main, memory((0, PAGE)) + state((0, SIZE)) + COMPLETE, 3)

    assert (talk.ran.code, replies) == (0, OK * 5)


def test_a_worker_that_dies_inside_contents_leaves_the_vm_with_its_source(tmp_path: Path) -> None:
    talk = Talk(tmp_path / "snapshot")

    with talk.open() as connect, connect() as main:
        asked(main, START + config(LOW), 2)
        with connect() as worker:
            worker.sendall(MEMORY + memory((0, PAGE))[:-1])
            worker.shutdown(socket.SHUT_WR)
            refused = exactly(worker, 17)  # one reply, and the end
        replies = asked(main, state((0, SIZE)))

    assert (talk.ran.code, refused, replies) == (1, ERROR, ERROR)
    assert list(tmp_path.iterdir()) == []
    assert talk.ran.errors.splitlines()[0] == (
        "ch_snapshot: the handler of State failed in Configured: IncompleteError: memory 2 failed: "
        "the stream ended in Filling, 1 bytes before the end of Memory"
    )


@pytest.mark.parametrize(
    ("options", "code"), [(("--v52",), 0), ((), 1)], ids=["when asked for", "else"]
)
def test_workers_of_v52_do_not_say_what_they_are(
    options: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    talk = Talk(tmp_path / "snapshot", *options)

    with talk.open() as connect, connect() as main:
        asked(main, START + config(LOW), 2)
        with connect() as worker:
            worker.settimeout(PATIENCE)
            replies = b""
            with suppress(ConnectionError):
                replies = asked(worker, memory((0, PAGE)))
        asked(main, state((0, SIZE)))
        with suppress(ConnectionError):
            asked(main, COMPLETE)

    assert (talk.ran.code, replies) == (code, OK if not code else b"")


def test_a_forks_signs_of_life_are_taken_when_asked_for(tmp_path: Path) -> None:
    talk = Talk(tmp_path / "snapshot", "--keep-alive")
    alive = request(8, b"")

    with talk.open() as connect, connect() as main:
        replies = asked(main, START + alive + config(LOW) + alive + memory((0, PAGE)), 3)
        replies += asked(main, alive + state((0, SIZE)) + alive + COMPLETE, 2)

    assert (talk.ran.code, replies) == (0, OK * 5)


def test_without_the_dialect_a_sign_of_life_is_refused(tmp_path: Path) -> None:
    talk = Talk(tmp_path / "snapshot")

    with talk.open() as connect, connect() as main:
        replies = asked(main, START + request(8, b""), 2)

    assert (talk.ran.code, replies) == (1, OK + ERROR)


def test_nobody_came_is_said(tmp_path: Path) -> None:
    talk = Talk(tmp_path / "snapshot", "--accept-within", "0.2")

    with talk.open():
        pass

    assert (talk.ran.code, talk.ran.errors) == (
        2,
        "ch_snapshot: tcp:127.0.0.1:0: nobody began a session in 0.2 s\n",
    )
