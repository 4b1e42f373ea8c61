"""`python -m ch_snapshot receive` as a process: recorded migrations, and what is told."""

import json
import os
import pty
import re
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from captures import digest, recording, send, snapshot
from ch_snapshot.copying import extents
from frames import ERROR, OK
from receivers import COMMAND, PATIENCE, connected, exchanged, sent, session
from sources import BLOCK, SIZE, WHOLE

MIB = 1 << 20

WITH_MEMORY = ["tcp-precopy", "tcp-paused", "tls-precopy", "unix-precopy"]
NUMBERS = "memory", "holes", "bytes", "duplicates", "rounds", "connections"


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
