"""`python -m ch_migration receive` as a process: what it prints, how it ends, what it leaves."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from captures import digest, recording, send, snapshot
from frames import COMPLETE, CONFIG, ERROR, OK, START, STATE
from receivers import PATIENCE, connected, sent

SHORT = START + CONFIG + STATE + COMPLETE

COMMAND = (sys.executable, "-m", "ch_migration", "receive")
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process has ended."""

    code: int
    lines: tuple[dict[str, Any], ...]  # JSON, of its standard output
    errors: str  # standard error, without the first line
    replies: bytes


@contextmanager
def receiving(*options: str) -> Generator[tuple[subprocess.Popen[bytes], str]]:
    """A process that is ready for its sender, and the address it listens at."""
    with subprocess.Popen(
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        try:
            announced = process.stderr.readline().decode().removesuffix("\n")
            yield process, announced.removeprefix("listening ")
        finally:
            process.kill()


def session(talk: Callable[[socket.socket], None], *options: str) -> Ran:
    """Run the command and let a sender talk to it."""
    with receiving(*options) as (process, address):
        with connected(address) as connection:
            talk(connection)
            connection.shutdown(socket.SHUT_WR)
            replies = b"".join(iter(lambda: connection.recv(65_536), b""))
        output, errors = process.communicate(timeout=PATIENCE)
    lines = tuple(json.loads(line) for line in output.splitlines())
    return Ran(process.returncode, lines, errors.decode(), replies)


def test_a_session_is_told_line_by_line() -> None:
    ran = session(sent(SHORT), "--listen", "tcp:127.0.0.1:0", "--discard")

    assert (ran.code, ran.errors, ran.replies) == (0, "", OK * 4)
    assert ran.lines == (
        {"event": "message", "state": "Established", "message": "Start", "code": 1, "size": 0},
        {"event": "reply", "message": "Start", "reply": "Ok", "size": 0},
        {"event": "state", "before": "Established", "state": "Started", "message": "Start"},
        {"event": "message", "state": "Started", "message": "Config", "code": 2, "size": 2},
        {"event": "reply", "message": "Config", "reply": "Ok", "size": 0},
        {"event": "state", "before": "Started", "state": "Configured", "message": "Config"},
        {"event": "message", "state": "Configured", "message": "State", "code": 3, "size": 2},
        {"event": "reply", "message": "State", "reply": "Ok", "size": 0},
        {"event": "state", "before": "Configured", "state": "StateReceived", "message": "State"},
        {"event": "message", "state": "StateReceived", "message": "Complete", "code": 5, "size": 0},
        {"event": "reply", "message": "Complete", "reply": "Ok", "size": 0},
        {"event": "termination", "state": "Completed", "outcome": "success", "cause": None},
    )


def test_without_discard_complete_is_refused_and_the_source_keeps_its_vm(tmp_path: Path) -> None:
    ran = session(sent(SHORT), "--listen", f"unix:{tmp_path / 'socket'}")

    assert (ran.code, ran.replies) == (1, OK * 3 + ERROR)
    assert ran.errors == (
        "ch_migration: Complete was refused by its handler in StateReceived: "
        "nothing was stored; the source keeps its VM\n"
        "  blame: this program (handler_error)\n"
        "  expected: Complete or Abandon or CompletePaused\n"
        "  decided by: machine.Receiving.otherwise\n"
        "  last events:\n"
        "    Established: Start → Started, Ok\n"
        "    Started: Config → Configured, Ok\n"
        "    Configured: State → StateReceived, Ok\n"
    )


def test_garbage_is_answered_once_and_ends_with_1() -> None:
    ran = session(sent(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), "--listen", "tcp:127.0.0.1:0")

    assert (ran.code, ran.replies) == (1, ERROR)
    assert ran.lines == (
        {
            "event": "message",
            "state": "Established",
            "message": None,
            "code": 0x4547,  # GE
            "size": int.from_bytes(b"TP/1.1\r\n", "little"),
        },
        {"event": "reply", "message": None, "reply": "Error", "size": 0},
        {
            "event": "termination",
            "state": "Aborted",
            "outcome": "failure",
            "cause": {
                "name": "refused",
                "blame": "peer",
                "summary": "there is no message with code 17735; it came in Established",
                "state": "Established",
                "message": None,
                "expected": "Start or Abandon",
                "element": "machine.Receiving.otherwise",
                "events": [],
            },
        },
    )


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (
            ["--listen", "udp:localhost:1"],
            "ch_migration: `udp:localhost:1` is not `unix:PATH` or `tcp:HOST:PORT`\n",
        ),
        (
            ["--listen", "unix:/nowhere/at/all"],
            "ch_migration: unix:/nowhere/at/all: No such file or directory\n",
        ),
        (
            ["--listen", "tcp:127.0.0.1:0", "--image", "/nowhere/image"],
            "ch_migration: /nowhere/image: No such file or directory\n",
        ),
        (
            ["--listen", "tcp:127.0.0.1:0", "--events", "/nowhere/events"],
            "ch_migration: /nowhere/events: No such file or directory\n",
        ),
    ],
)
def test_what_cannot_run_says_why_and_ends_with_2(options: list[str], error: str) -> None:
    ran = subprocess.run(
        [*COMMAND, *options], capture_output=True, check=False, text=True, timeout=PATIENCE
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", error)


@pytest.mark.parametrize("address", ["tcp:127.0.0.1:0", "unix:{}/socket"])
def test_the_image_of_a_recorded_migration_is_the_real_memory(address: str, tmp_path: Path) -> None:
    image, events = tmp_path / "image", tmp_path / "events"
    listen = ["--listen", address.format(tmp_path)]
    files = ["--image", str(image), "--events", str(events)]

    ran = session(send(recording("unix-precopy")), *listen, *files, "--discard")
    os.truncate(image, 64 * MIB)  # the guest's size; a hole at its end was never written

    assert ran == Ran(0, (), "", recording("unix-precopy").server)
    assert digest([image.read_bytes()]) == snapshot("unix-precopy").sha256
    assert image.stat().st_blocks * 512 < 16 * MIB
    assert json.loads(events.read_text().splitlines()[-1]) == {
        "event": "termination",
        "state": "Completed",
        "outcome": "success",
        "cause": None,
    }


def test_memory_by_descriptor_arrives_in_the_process(tmp_path: Path) -> None:
    ran = session(
        send(recording("unix-local")), "--listen", f"unix:{tmp_path / 'socket'}", "--discard"
    )

    assert (ran.code, ran.errors, ran.replies) == (0, "", recording("unix-local").server)


def test_a_sender_that_dies_ends_the_process_with_1() -> None:
    ran = session(send(recording("sender-dies")), "--listen", "tcp:127.0.0.1:0", "--discard")

    assert (ran.code, ran.replies) == (1, OK * 2 + ERROR)
    assert ran.errors.splitlines()[0] == (
        "ch_migration: the stream ended in Configured, 585440 bytes before the end of Memory"
    )


def test_a_silent_sender_ends_the_process_with_1() -> None:
    with receiving("--listen", "tcp:127.0.0.1:0", "--deadline", "0.05") as (process, address):
        assert process.stdout is not None
        with connected(address) as connection:
            connection.sendall(START)
            events = [json.loads(process.stdout.readline())["event"] for _ in range(4)]
        _, errors = process.communicate(timeout=PATIENCE)

    assert (process.returncode, events) == (1, ["message", "reply", "state", "termination"])
    assert errors.decode().splitlines()[0] == (
        "ch_migration: the peer was silent for 0.05 s in Started, between two messages"
    )


@pytest.mark.parametrize(
    ("stream", "replies"), [(b"", b""), (START + CONFIG, OK * 2)], ids=["waiting", "in a session"]
)
def test_a_signal_ends_it_within_a_second_and_takes_its_socket_away(
    stream: bytes, replies: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "socket"
    with (
        receiving("--listen", f"unix:{path}") as (process, address),
        connected(address) as connection,
        connection.makefile("rb") as answers,
    ):
        connection.sendall(stream)
        heard = answers.read(len(replies))

        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=1)

    assert (heard, code, path.exists()) == (replies, 143, False)


def flood(connection: socket.socket) -> None:
    """Texts at their limits, a table of a million ranges, most of them empty, and 1 GiB."""
    config = b'{"a": "' + b"x" * (4 * MIB - 9) + b'"}'
    state = b'{"a": [' + b"1, " * (16 * MIB // 3 - 4) + b"1]}"
    rows = bytes(8) + MIB.to_bytes(8, "little") + bytes(16 * 1023)
    contents = bytes(MIB)
    connection.sendall(START)
    connection.sendall(bytes.fromhex("0200000000000000") + len(config).to_bytes(8, "little"))
    connection.sendall(config)
    connection.sendall(bytes.fromhex("0400000000000000") + (16 * MIB).to_bytes(8, "little"))
    connection.sendall(rows * 1024)
    for _ in range(1024):
        connection.sendall(contents)
    connection.sendall(bytes.fromhex("0300000000000000") + len(state).to_bytes(8, "little"))
    connection.sendall(state)


def peak(process: subprocess.Popen[bytes]) -> int:
    """The most memory that a process had resident so far, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    kilobytes = status.partition("VmHWM:")[2].split()[0]
    return int(kilobytes) * 1024 // 1_000_000


def test_a_gigabyte_goes_through_64_megabytes(tmp_path: Path) -> None:
    """The memory is looked at while the process waits for the last message."""
    with (
        receiving("--listen", f"unix:{tmp_path / 'socket'}", "--discard") as (process, address),
        connected(address) as connection,
        connection.makefile("rb") as answers,
    ):
        flood(connection)
        replies = answers.read(len(OK * 4))
        used = peak(process)
        connection.sendall(COMPLETE)
        replies += answers.read(len(OK))
        connection.shutdown(socket.SHUT_WR)
        code = process.wait(timeout=PATIENCE)

    assert (code, replies) == (0, OK * 5)
    assert used < 64
