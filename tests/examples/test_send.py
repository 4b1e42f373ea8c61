"""A stored snapshot is sent over every kind of connection, arrives as it was, and stays so."""

import os
import pty
import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from captures import digest
from ch_migration import Completed
from ch_migration.runtime.tls import client_context, server_context
from ch_snapshot.assemble import config
from ch_snapshot.progress import Progress, Sent
from ch_snapshot.route import Route
from ch_snapshot.send import Migration
from ch_snapshot.sources import opened
from peers import Fetching, Session, Taking
from receivers import COMMAND, PATIENCE, receiving
from runtime import certificates
from snapshots import contents, sending, state_text, stored, written
from sources import BLOCK, LOW, SIZE

A, B = b"a" * BLOCK, b"b" * BLOCK
MIB = 1 << 20
PIECES = (0, A), (SIZE - BLOCK, A + B), (2 * SIZE - BLOCK, B)
WHOLE = A + bytes(SIZE - 2 * BLOCK) + A + B + bytes(SIZE - 2 * BLOCK) + B


@pytest.fixture(scope="module")
def one_slot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A recorded snapshot of 64 MiB; whoever sends it does not change it."""
    yield from _unchanged(stored("tcp-precopy", tmp_path_factory.mktemp("one") / "s"))


@pytest.fixture(scope="module")
def two_slots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A recorded snapshot of 3.5 GiB, nearly all holes, in two slots."""
    yield from _unchanged(stored("unix-local-2slot", tmp_path_factory.mktemp("two") / "s"))


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A snapshot of 128 KiB."""
    yield from _unchanged(written(tmp_path / "small", *PIECES))


def _unchanged(folder: Path) -> Iterator[Path]:
    before = contents(folder)
    yield folder
    assert contents(folder) == before


@pytest.mark.parametrize("options", [(), ("--local",), ("--paused",), ("--local", "--paused")])
@pytest.mark.parametrize("name", ["one_slot", "two_slots"])
def test_a_snapshot_arrives_as_it_was(
    name: str, options: tuple[str, ...], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Byte for byte, and each hole a hole."""
    folder: Path = request.getfixturevalue(name)
    with receiving(tmp_path / "t", listen=f"unix:{tmp_path}/socket") as (process, address):
        ran = sending(folder, address, *options)
        code = process.wait(PATIENCE)

    assert (ran.code, ran.errors, code) == (0, [], 0)
    assert contents(tmp_path / "t") == contents(folder)


def test_a_snapshot_arrives_over_tcp(one_slot: Path, tmp_path: Path) -> None:
    with receiving(tmp_path / "t") as (process, address):
        ran = sending(one_slot, address)
        code = process.wait(PATIENCE)

    assert (ran.code, ran.errors, code) == (0, [], 0)
    assert contents(tmp_path / "t") == contents(one_slot)
    assert ran.events[-1] == {
        "event": "sent",
        "directory": str(one_slot),
        "address": address,
        "paused": False,
        "memory": 64 * MIB,
        "bytes": 265 * BLOCK,
        "connections": 1,
    }


@pytest.mark.parametrize("options", [(), ("--connections=4",), ("--postcopy",)])
@pytest.mark.parametrize("secured", [False, True])
def test_a_snapshot_arrives_in_every_way(
    secured: bool, options: tuple[str, ...], one_slot: Path, tls: Path, tmp_path: Path
) -> None:
    files = ("--tls-dir", tls) if secured else ()
    with receiving(tmp_path / "t", *files) as (process, address):
        named = address.replace("127.0.0.1", certificates.HOST)
        ran = sending(one_slot, named, *options, *files)
        code = process.wait(PATIENCE)

    assert (ran.code, ran.errors, code) == (0, [], 0)
    assert texts(tmp_path / "t") == texts(one_slot)


def texts(folder: Path) -> tuple[bytes, bytes, str]:
    """What is in a snapshot, whatever its holes are: who fetches memory cannot see them."""
    text, state, memory = (
        (folder / name).read_bytes() for name in ("config.json", "state.json", "memory-ranges")
    )
    return text, state, digest([memory])


def send(folder: Path, route: Route) -> Sent:
    """Send it without the command."""
    with opened(folder) as snapshot:
        return Migration(snapshot, route, Progress(), lambda _: None).run()


@pytest.fixture
def tls(tmp_path: Path) -> Path:
    """Certificates of both sides."""
    return certificates.write(tmp_path / "tls", certificates.authority())


@pytest.fixture(params=["unix", "tcp", "tls"])
def way(request: pytest.FixtureRequest, tmp_path: Path, tls: Path) -> "Way":
    """Each kind of connection."""
    match request.param:
        case "unix":
            return Way(f"unix:{tmp_path}/way", None, None)
        case "tcp":
            return Way("tcp:127.0.0.1:0", None, None)
        case _:
            return Way("tcp:127.0.0.1:0", server_context(tls), client_context(tls))


@dataclass(frozen=True, slots=True)
class Way:
    """Where a session listens, and how it is secured on both sides."""

    listens: str
    server: ssl.SSLContext | None
    client: ssl.SSLContext | None

    def session(self, size: int, handlers: type[Taking] = Taking) -> Session:
        return Session(size, handlers, address=self.listens, tls=self.server)

    def route(self, session: Session, **more: Any) -> Route:  # noqa: ANN401 -- of Route
        """To that session; certificates are for a name."""
        named = session.address.replace("127.0.0.1", certificates.HOST)
        address = named if self.client else session.address
        return Route(address=address, tls=self.client, patience=PATIENCE, **more)


@pytest.mark.parametrize("connections", [1, 2, 4])
def test_memory_travels_over_several_connections(way: Way, small: Path, connections: int) -> None:
    with way.session(2 * SIZE) as session:
        sent = send(small, way.route(session, connections=connections))

    further = connections if connections > 1 else 0
    assert session.termination == Completed(paused=False)
    assert session.took.ram.content[:] == WHOLE
    assert session.took.state_text == (small / "state.json").read_bytes()
    assert session.took.config_text == made_of(small)
    assert session.lanes[0] == "main"
    assert set(session.lanes[1:]) <= {"memory"}
    assert (sent.connections, sent.bytes) == (1 + further, 4 * BLOCK)


def made_of(folder: Path) -> bytes:
    """Config of a snapshot."""
    return config((folder / "config.json").read_bytes(), (folder / "state.json").read_bytes())


def test_each_connection_brings_memory_in_chunks(tmp_path: Path) -> None:
    size = 200 * MIB
    whole = bytes(range(256)) * (size // 256)
    state = state_text(({**LOW, "size": size},), ((0, size),))
    folder = written(tmp_path / "s", (0, whole), state=state, size=size)
    with Session(size, together=4) as session:
        send(folder, Route(address=session.address, connections=4, patience=PATIENCE))

    assert sorted(session.lanes) == ["main", "memory", "memory", "memory", "memory"]
    assert digest([session.took.ram.content]) == digest([whole])


@pytest.mark.parametrize("paused", [False, True])
def test_the_peer_fetches_memory_page_by_page(way: Way, small: Path, paused: bool) -> None:
    with way.session(2 * SIZE, Fetching) as session:
        sent = send(small, way.route(session, memory="fetched", paused=paused))

    assert session.termination == Completed(paused=paused)
    assert session.took.ram.content[:] == WHOLE
    assert session.lanes == ["main"]
    assert (sent.connections, sent.bytes, sent.memory) == (2, 2 * SIZE, 2 * SIZE)


def test_the_progress_of_a_snapshot_that_was_sent(small: Path) -> None:
    progress = Progress()
    with Session(2 * SIZE) as session, opened(small) as snapshot:
        Migration(snapshot, Route(address=session.address), progress, lambda _: None).run()

    assert progress == Progress(
        memory=4 * BLOCK, bytes=4 * BLOCK, rounds=1, connections=1, state="Completed"
    )


def test_a_terminal_shows_a_bar_and_at_last_sentences(small: Path, tmp_path: Path) -> None:
    with receiving(tmp_path / "t", listen=f"unix:{tmp_path}/socket") as (process, address):
        lines = screen(small, address, "--paused")
        code = process.wait(PATIENCE)

    assert any(f"{'━' * 24} 16.4 kB" in line for line in lines)
    assert [line for line in lines if "━" not in line] == [
        f"sent {small} to {address}",
        "131.1 kB of memory, 16.4 kB of it over 1 connection",
        "the peer has the VM, paused",
    ]
    assert code == 0


def screen(folder: Path, address: str, *options: str) -> list[str]:
    """The lines that a terminal shows as standard error, one after the other, without colours."""
    ours, theirs = pty.openpty()
    with (
        os.fdopen(ours, "rb", buffering=0) as terminal,
        subprocess.Popen(
            [*COMMAND, "send", folder, "--to", address, *options],
            stderr=theirs,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
        ),
    ):
        os.close(theirs)
        seen = b""
        with suppress(OSError):  # nobody writes to the terminal any more
            while data := terminal.read(4096):
                seen += data
    parted = seen.decode().replace("\x1b[2K", "\n")  # each time the bar is drawn anew
    plain = re.sub("\x1b\\[[0-9;?]*[A-Za-z]|\r", "", parted)
    return [" ".join(line.split()) for line in plain.split("\n") if line.strip()]
