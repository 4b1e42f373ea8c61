"""`python -m ch_snapshot receive` as a process: recorded migrations, kills, and what is left."""

import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from captures import digest, recording, send, snapshot
from ch_snapshot.copying import extents
from sources import COMPLETE, ERROR, LOW, OK, SIZE, START, config, memory, state

COMMAND = (sys.executable, "-m", "ch_snapshot")
PATIENCE = 30.0  # seconds in which a test gives up
MIB = 1 << 20
BLOCK = 4096

WITH_MEMORY = ["tcp-precopy", "tcp-paused", "tls-precopy", "unix-precopy"]
WHOLE = START + config(LOW) + memory((0, b"a" * BLOCK)) + state((0, SIZE)) + COMPLETE
NUMBERS = "memory", "holes", "bytes", "duplicates", "rounds", "connections"


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process has ended."""

    code: int
    events: tuple[dict[str, Any], ...]
    errors: str
    replies: bytes

    @property
    def names(self) -> list[str]:
        """What the events are."""
        return [event["event"] for event in self.events]

    @property
    def stored(self) -> dict[str, Any]:
        """The last event; fails when nothing was stored."""
        last = self.events[-1]
        assert last["event"] == "stored"
        return last


@contextmanager
def receiving(
    folder: Path, *options: str, listen: str = "tcp:127.0.0.1:0", command: tuple[str, ...] = COMMAND
) -> Generator[tuple[subprocess.Popen[bytes], str]]:
    """A process that waits for its source, and the address it listens at."""
    with subprocess.Popen(
        [*command, "receive", "--listen", listen, *options, folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            first = json.loads(piped(process.stdout).readline())
            yield process, first["address"]
        finally:
            process.kill()


def piped(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def connected(address: str) -> socket.socket:
    """A connection to the address that a receiver announced."""
    kind, _, place = address.partition(":")
    connection = socket.socket(socket.AF_UNIX if kind == "unix" else socket.AF_INET)
    connection.settimeout(PATIENCE)
    host, _, port = place.rpartition(":")
    connection.connect(place if kind == "unix" else (host, int(port)))
    return connection


def session(
    talk: Callable[[socket.socket], None],
    folder: Path,
    *options: str,
    listen: str = "tcp:127.0.0.1:0",
    command: tuple[str, ...] = COMMAND,
) -> Ran:
    """Run the command and let a source talk to it; the first event is gone."""
    with receiving(folder, *options, listen=listen, command=command) as (process, address):
        with connected(address) as connection:
            replies = exchanged(connection, talk)
        output, errors = process.communicate(timeout=PATIENCE)
    events = tuple(json.loads(line) for line in output.splitlines())
    return Ran(process.returncode, events, errors.decode(), replies)


def exchanged(connection: socket.socket, talk: Callable[[socket.socket], None]) -> bytes:
    """Talk, and close; all replies. A receiver that refuses or dies may close before that."""
    with suppress(ConnectionError):
        talk(connection)
        connection.shutdown(socket.SHUT_WR)
    replies = b""
    with suppress(ConnectionError):
        while data := connection.recv(65_536):
            replies += data
    return replies


def sent(stream: bytes) -> Callable[[socket.socket], None]:
    """Send these bytes."""
    return lambda connection: connection.sendall(stream)


def state_sent(name: str) -> bytes:
    """The payload of State in a recording."""
    about = json.loads(
        (Path(__file__).parents[1] / "data/captures" / name / "capture.json").read_text()
    )
    (found,) = (one for one in about["decoded"] if one["command"] == "State")
    return recording(name).client[found["offset"] + 16 : found["end"]]


@pytest.mark.parametrize(
    ("name", "listen"),
    [
        *((name, "tcp:127.0.0.1:0") for name in WITH_MEMORY),
        *((name, "unix:{}/socket") for name in [*WITH_MEMORY, "unix-local"]),
    ],
)
def test_a_recorded_migration_becomes_the_recorded_snapshot(
    name: str, listen: str, tmp_path: Path
) -> None:
    folder = tmp_path / "snapshot"

    ran = session(send(recording(name)), folder, listen=listen.format(tmp_path))

    assert (ran.code, ran.errors, ran.replies) == (0, "", recording(name).server)
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "memory-ranges",
        "state.json",
    ]
    with (folder / "memory-ranges").open("rb") as stream:
        assert digest(iter(lambda: stream.read(MIB), b"")) == snapshot(name).sha256
    assert (folder / "memory-ranges").stat().st_size == snapshot(name).size
    assert (folder / "memory-ranges").stat().st_blocks * 512 < 2 * MIB
    assert (folder / "config.json").read_bytes() == snapshot(name).config
    assert (folder / "state.json").read_bytes() == state_sent(name)


def test_two_recorded_slots_are_stored_one_behind_the_other(tmp_path: Path) -> None:
    """Four gigabytes of holes are not read for a digest: what is between them is compared."""
    low, high = recording("unix-local-2slot").attached
    folder = tmp_path / "snapshot"

    ran = session(send(recording("unix-local-2slot")), folder, listen=f"unix:{tmp_path / 'socket'}")

    with (folder / "memory-ranges").open("rb") as stream:
        number = stream.fileno()
        found = list(extents(number, 0, low.size + high.size))
        content = b"".join(os.pread(number, size, offset) for offset, size in found)
    assert (ran.code, ran.replies) == (0, recording("unix-local-2slot").server)
    assert found == [*low.extents, *((low.size + at, size) for at, size in high.extents)]
    assert content == low.content + high.content
    assert (folder / "memory-ranges").stat().st_size == snapshot("unix-local-2slot").size
    assert (folder / "config.json").read_bytes() == snapshot("unix-local-2slot").config
    assert (folder / "state.json").read_bytes() == state_sent("unix-local-2slot")


def test_the_numbers_of_a_recorded_migration(tmp_path: Path) -> None:
    """In the first round 265 pages, eight times 257 of them again, and 279 in the last round."""
    ran = session(send(recording("tcp-precopy")), tmp_path / "snapshot")

    assert {name: ran.stored[name] for name in NUMBERS} == {
        "memory": 64 * MIB,
        "holes": 64 * MIB - 265 * BLOCK,
        "bytes": (265 + 8 * 257 + 279) * BLOCK,
        "duplicates": (8 * 257 + 279) * BLOCK,
        "rounds": 10,
        "connections": 1,
    }


def test_a_zone_that_a_snapshot_cannot_hold_is_refused_by_name(tmp_path: Path) -> None:
    ran = session(send(recording("tcp-two-zones")), tmp_path / "snapshot")

    assert (ran.code, ran.replies, list(tmp_path.iterdir())) == (1, OK * 4 + ERROR, [])
    assert ran.errors.splitlines()[0] == (
        "ch_snapshot: State was refused by its handler in Configured: "
        "a snapshot cannot hold zone `disk` (0x0-0x2000000): "
        "it is shared and lies in a file, and State leaves it out"
    )


@pytest.mark.parametrize(
    ("name", "replies", "reason"),
    [
        (
            "sender-dies",
            OK * 2 + ERROR,
            "the stream ended in Configured, 585440 bytes before the end of Memory",
        ),
        (
            "sender-dies-before-complete",
            OK * 5,
            "the stream ended in StateReceived, between two messages",
        ),
        (
            "receiver-rejects-start",
            ERROR,
            "Start is refused in Established: message.version == 0 does not hold",
        ),
        (
            "receiver-rejects-state",
            OK * 4 + ERROR,
            "State is malformed in Configured: the JSON text is wrong: "  # noqa: ISC004 -- one text
            "Expecting value: line 1 column 1 (char 0)",
        ),
    ],
)
def test_a_recorded_failure_leaves_nothing(
    name: str, replies: bytes, reason: str, tmp_path: Path
) -> None:
    ran = session(send(recording(name)), tmp_path / "snapshot")

    assert (ran.code, ran.replies, list(tmp_path.iterdir())) == (1, replies, [])
    assert ran.errors.splitlines()[0] == f"ch_snapshot: {reason}"


def test_every_step_is_told(tmp_path: Path) -> None:
    ran = session(sent(WHOLE), tmp_path / "snapshot")

    step = ["message", "reply", "state"]
    memory_step = ["message", "reply", "progress", "state"]
    last = ["message", "reply", "termination", "stored"]
    assert ran.names == [*step * 2, *memory_step, *step, *last]
    assert ran.events[8] == {"event": "progress", "bytes": BLOCK, "rounds": 1}
    assert ran.stored == {
        "event": "stored",
        "directory": str(tmp_path / "snapshot"),
        "opaque": False,
        "source_kept": False,
        "memory": SIZE,
        "holes": SIZE - BLOCK,
        "bytes": BLOCK,
        "duplicates": 0,
        "rounds": 1,
        "requests": 1,
        "connections": 1,
        "paused": ran.stored["paused"],
    }


def test_with_keep_source_the_snapshot_is_stored_and_complete_refused(tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"

    ran = session(send(recording("tcp-precopy")), folder, "--keep-source")

    assert (ran.code, ran.errors, ran.replies) == (0, "", OK * 13 + ERROR)
    assert ran.stored["source_kept"] is True
    assert digest([(folder / "memory-ranges").read_bytes()]) == snapshot("tcp-precopy").sha256


def test_a_vm_with_more_memory_than_allowed_is_refused(tmp_path: Path) -> None:
    ran = session(sent(WHOLE), tmp_path / "snapshot", "--max-memory", "63 KiB")

    assert (ran.code, ran.replies, list(tmp_path.iterdir())) == (1, OK + ERROR, [])
    assert ran.errors.splitlines()[0] == (
        "ch_snapshot: Config was refused by its handler in Started: "
        "the VM has 65536 bytes of memory, more than the 64512 that are allowed"
    )


def test_a_source_that_cannot_hear_the_last_reply_may_keep_its_vm(tmp_path: Path) -> None:
    """It may have died instead: then the snapshot is all that is left."""
    folder, listen = tmp_path / "snapshot", f"unix:{tmp_path / 'socket'}"
    with (
        receiving(folder, listen=listen) as (process, address),
        connected(address) as connection,
        connection.makefile("rb") as answers,
    ):
        connection.sendall(WHOLE[:-16])
        replies = answers.read(len(OK * 4))
        connection.shutdown(socket.SHUT_RD)
        connection.sendall(COMPLETE)
        _, errors = process.communicate(timeout=PATIENCE)

    assert (replies, process.returncode, folder.exists()) == (OK * 4, 1, True)
    assert errors == b"ch_snapshot: it is stored, but the source may not know: its VM may go on\n"


# Is ended by a signal as soon as the snapshot is in its place.
SIGNALLED = """
import os, signal, sys
rename = os.rename
def renamed(old, new, **more):
    rename(old, new, **more)
    os.kill(os.getpid(), signal.SIGTERM)
os.rename = renamed
from ch_snapshot.__main__ import main
sys.exit(main())
"""


def test_a_signal_between_the_rename_and_the_last_reply_says_what_is_left(tmp_path: Path) -> None:
    ran = session(sent(WHOLE), tmp_path / "snapshot", command=(sys.executable, "-c", SIGNALLED))

    assert (ran.code, ran.replies) == (128 + signal.SIGTERM, OK * 4)
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]
    assert ran.errors == (
        "ch_snapshot: it is stored, but the source may not know: its VM may go on\n"
    )


# Nobody reads its output any more when the snapshot is in its place.
UNREAD = """
import os, sys
rename = os.rename
def renamed(old, new, **more):
    rename(old, new, **more)
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
os.rename = renamed
from ch_snapshot.__main__ import main
code = main()
os._exit(code)
"""


def test_output_that_cannot_be_written_ends_no_migration(tmp_path: Path) -> None:
    ran = session(sent(WHOLE), tmp_path / "snapshot", command=(sys.executable, "-c", UNREAD))

    assert (ran.code, ran.replies, ran.errors) == (0, OK * 5, "")
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    listen = f"unix:{tmp_path / 'socket'}"
    with (
        receiving(tmp_path / "snapshot", listen=listen) as (process, address),
        connected(address) as connection,
        connection.makefile("rb") as answers,
    ):
        connection.sendall(WHOLE[:-16])
        replies = answers.read(len(OK * 4))
        process.send_signal(number)
        code = process.wait(timeout=PATIENCE)

    assert (replies, code, list(tmp_path.iterdir())) == (OK * 4, 128 + number, [])


@pytest.fixture
def small_disk(tmp_path: Path) -> tuple[str, ...]:
    """A command that sees a file system of 1 MiB at `tmp_path`."""
    unshare = shutil.which("unshare") or "unshare"
    script = f'mount -t tmpfs -o size=1m none {tmp_path} && exec "$0" "$@"'
    inside = (unshare, "--map-root-user", "--mount", "sh", "-c", script)
    works = (
        shutil.which("unshare") and not subprocess.run([*inside, "true"], check=False).returncode
    )
    if not works:
        pytest.skip("no file system can be mounted here")
    return (*inside, *COMMAND)


def test_a_full_disk_is_answered_with_an_error(small_disk: tuple[str, ...], tmp_path: Path) -> None:
    large = {**LOW, "size": 4 * MIB}
    stream = START + config(large) + memory((0, b"a" * 2 * MIB)) + state((0, 4 * MIB)) + COMPLETE

    ran = session(sent(stream), tmp_path / "snapshot", command=small_disk)

    assert (ran.code, ran.replies) == (1, OK * 2 + ERROR)
    assert ran.errors.splitlines()[0] == (
        "ch_snapshot: the handler of Memory failed in Configured: "
        "OSError: [Errno 28] No space left on device"
    )


def test_a_file_that_may_not_be_so_large_is_answered_with_an_error(tmp_path: Path) -> None:
    limited = ("sh", "-c", 'ulimit -f 16; exec "$0" "$@"', *COMMAND)

    ran = session(sent(WHOLE), tmp_path / "snapshot", command=limited)

    assert (ran.code, ran.replies, list(tmp_path.iterdir())) == (1, OK + ERROR, [])
    assert ran.errors.splitlines()[0] == (
        "ch_snapshot: the handler of Config failed in Started: OSError: [Errno 27] File too large"
    )


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """A command that needs no source: its exit code, and what it prints."""
    ran = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, check=False, text=True, timeout=PATIENCE
    )
    return ran.returncode, ran.stdout, ran.stderr


def test_a_target_that_exists_cannot_be_received_into(tmp_path: Path) -> None:
    target = tmp_path / "snapshot"
    target.mkdir()

    ran = run("receive", "--listen", "tcp:127.0.0.1:0", target)

    assert ran == (2, "", f"ch_snapshot: {target}: exists already\n")


@pytest.mark.parametrize(
    ("listen", "reason"),
    [
        ("udp:localhost:1", "`udp:localhost:1` is not `unix:PATH` or `tcp:HOST:PORT`"),
        ("unix:/nowhere/at/all", "unix:/nowhere/at/all: No such file or directory"),
    ],
)
def test_an_address_where_nobody_can_listen_ends_with_2_and_leaves_nothing(
    listen: str, reason: str, tmp_path: Path
) -> None:
    ran = run("receive", "--listen", listen, tmp_path / "snapshot")

    assert (ran, list(tmp_path.iterdir())) == ((2, "", f"ch_snapshot: {reason}\n"), [])


@pytest.mark.parametrize("size", ["", "-1", "1.5G", "G", "16 gigabytes", "9" * 19])
def test_a_size_is_a_number_and_a_unit(size: str, tmp_path: Path) -> None:
    options = ["--listen", "tcp:127.0.0.1:0", f"--max-memory={size}"]

    code, _, errors = run("receive", *options, tmp_path / "snapshot")

    assert code == 2
    assert errors.splitlines()[-1] == (
        "python -m ch_snapshot receive: error: argument --max-memory: "
        f"`{size}` is no size such as 16G or 512 MiB"
    )


@pytest.mark.parametrize("seconds", ["", "0", "-1", "nan", "inf", "1e300"])
@pytest.mark.parametrize("option", ["--accept-within", "--finish-within"])
def test_a_time_limit_is_a_number_of_seconds(option: str, seconds: str, tmp_path: Path) -> None:
    options = ["--listen", "tcp:127.0.0.1:0", f"{option}={seconds}"]

    code, _, errors = run("receive", *options, tmp_path / "snapshot")

    assert code == 2
    assert errors.splitlines()[-1] == (
        f"python -m ch_snapshot receive: error: argument {option}: "
        f"`{seconds}` is no number of seconds that one can wait"
    )


def screen(talk: Callable[[socket.socket], None], folder: Path, listen: str) -> list[str]:
    """The lines that a terminal shows as standard error, one after the other, without colours."""
    ours, theirs = pty.openpty()
    with (
        os.fdopen(ours, "rb", buffering=0) as terminal,
        subprocess.Popen(
            [*COMMAND, "receive", "--listen", f"unix:{listen}", folder],
            stderr=theirs,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
        ),
    ):
        os.close(theirs)
        seen = b""
        while b"Listening" not in seen:  # the bar, below the line with the address
            seen += terminal.read(4096)
        with connected(f"unix:{listen}") as connection:
            exchanged(connection, talk)
        with suppress(OSError):  # nobody writes to the terminal any more
            while data := terminal.read(4096):
                seen += data
    parted = seen.decode().replace("\x1b[2K", "\n")  # each time the bar is drawn anew
    plain = re.sub("\x1b\\[[0-9;?]*[A-Za-z]|\r", "", parted)
    return [" ".join(line.split()) for line in plain.split("\n") if line.strip()]


def test_a_terminal_shows_a_bar_and_at_last_sentences(tmp_path: Path) -> None:
    folder, listen = tmp_path / "snapshot", str(tmp_path / "socket")

    lines = screen(send(recording("tcp-precopy")), folder, listen)

    bars = "━" * 24
    assert f"Listening {bars} 0 bytes 0 bytes/s round 0 0 connections" in lines
    sentences = [line for line in lines if bars not in line]
    assert sentences[:-1] == [
        f"listening unix:{listen}",
        f"stored {folder}",
        "67.1 MB of memory, 66.0 MB of it holes",
        "10.6 MB arrived in 10 requests over 1 connection, 9.6 MB twice",
    ]
    assert re.fullmatch(r"the guest stood still for \d+\.\d{3} s", sentences[-1])
