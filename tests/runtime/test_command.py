"""`python -m PACKAGE receive`: what it prints, and its exit codes."""

import errno
import io
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runtime import link
from runtime.link import BYE, HELLO, OK
from wirechart.runtime import ReplyArrived, RequestMade
from wirechart.runtime.journal import Journal, told

PROGRAM = """
import sys
sys.path[:0] = {path!r}
from dataclasses import dataclass
from functools import partial
from runtime import link
from wirechart.runtime.command import Program, main

@dataclass
class Context:
    size: int
    name: str
    strict: bool

sys.exit(main(Program(
    name="link", protocol="link", role="receiver", machine=link.QUICK,
    begin=partial(link.Receiver, machine=link.QUICK),
    handlers=lambda disk=None: link.Handlers(disk and disk()), memories=("disk",),
    kept="the sender keeps its blocks", context={context},
)))
"""


@dataclass
class Running:
    """A receiver in a process of its own."""

    process: subprocess.Popen[str]
    told: str  # its first line on stderr

    def talk(self, sent: bytes) -> bytes:
        """Send all, and read until the end of the stream."""
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(20)
            peer.connect(self.told.removeprefix("listening unix:").strip())
            peer.sendall(sent)
            peer.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: peer.recv(1 << 16), b""))

    def end(self) -> tuple[int, list[dict[str, object]], str]:
        """Exit code, events, and the rest of stderr."""
        output, errors = self.process.communicate(timeout=20)
        return self.process.returncode, [json.loads(line) for line in output.splitlines()], errors


class Starter:
    """Starts receivers, and ends them with the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[subprocess.Popen[str]] = []

    def __call__(self, *options: str, context: str = "None") -> Running:
        program = PROGRAM.format(path=[str(Path(__file__).parents[1])], context=context)
        command = [sys.executable, "-c", program, "receive", *options]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder
        )
        self._running.append(process)
        assert process.stderr is not None
        return Running(process, process.stderr.readline())

    def end(self) -> None:
        for process in self._running:
            process.kill()
            process.communicate()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    starter = Starter(tmp_path)
    yield starter
    starter.end()


def test_a_session_is_told_line_by_line(start: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    running = start("--listen", "unix:s", "--discard")

    assert running.told == "listening unix:s\n"
    monkeypatch.chdir(start.folder)
    assert running.talk(HELLO + BYE) == OK * 2
    assert running.end() == (
        0,
        [
            {"event": "message", "state": "Waiting", "message": "Hello", "code": 1, "size": 2},
            {"event": "reply", "message": "Hello", "reply": "Ok", "size": 0},
            {"event": "state", "before": "Waiting", "state": "Open", "message": "Hello"},
            {"event": "message", "state": "Open", "message": "Bye", "code": 6, "size": 0},
            {"event": "reply", "message": "Bye", "reply": "Ok", "size": 0},
            {"event": "termination", "state": "Done", "outcome": "success", "cause": None},
        ],
        "",
    )
    assert not (start.folder / "s").exists()


def test_a_success_after_which_nothing_is_stored_is_refused(start: Starter, tmp_path: Path) -> None:
    running = start("--listen", f"unix:{tmp_path}/s")

    assert running.talk(HELLO + BYE) == OK + link.FAILED
    code, events, errors = running.end()
    assert (code, events[-1]["outcome"]) == (1, "failure")
    assert errors.splitlines()[0] == (
        "link: Bye was refused by its handler in Open:"
        " nothing was stored; the sender keeps its blocks"
    )


def test_an_image_alone_is_not_all_there_was(start: Starter, tmp_path: Path) -> None:
    running = start("--listen", f"unix:{tmp_path}/s", "--image", "image")

    assert running.talk(HELLO + link.BLOCKS + BYE) == OK * 2 + link.FAILED
    code, _, errors = running.end()
    assert code == 1
    assert errors.splitlines()[0] == (
        "link: Bye was refused by its handler in Open:"
        " nothing but contents was stored; the sender keeps its blocks"
    )
    assert (tmp_path / "image").read_bytes() == b"abcFGHI"


def test_an_image_is_written_and_events_go_to_a_file(start: Starter, tmp_path: Path) -> None:
    options = ("--discard", "--image", "image", "--events", "events")
    running = start("--listen", f"unix:{tmp_path}/s", *options)
    running.talk(HELLO + link.BLOCKS + BYE)

    assert running.end() == (0, [], "")
    assert (tmp_path / "image").read_bytes() == b"abcFGHI"
    last = (tmp_path / "events").read_text().splitlines()[-1]
    assert json.loads(last)["outcome"] == "success"


def test_a_failure_says_why(start: Starter, tmp_path: Path) -> None:
    running = start("--listen", f"unix:{tmp_path}/s", "--discard")

    assert running.talk(HELLO) == OK
    code, events, errors = running.end()
    assert (code, events[-1]["cause"]) == (
        1,
        {
            "name": "eof",
            "blame": "peer",
            "summary": "the stream ended in Open, between two messages",
            "state": "Open",
            "message": None,
            "expected": "Slot or Text or Blocks or Raw or Bye or Cancel or Note or Ping",
            "element": "machine.on_eof",
            "events": ["Waiting: Hello → Open, Ok"],
        },
    )
    assert errors.startswith("link: the stream ended in Open, between two messages\n")


def test_a_silent_peer_is_given_up(start: Starter, tmp_path: Path) -> None:
    running = start("--listen", f"unix:{tmp_path}/s", "--discard", "--deadline", "0.05")
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(20)
        peer.connect(str(tmp_path / "s"))
        peer.sendall(HELLO[:1])
        assert peer.recv(1) == b""

    code, events, _ = running.end()
    assert (code, events[-1]["cause"]["name"]) == (1, "idle")  # type: ignore[index]  # JSON


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--listen", "tcp:1"], "link: `tcp:1` is not `unix:PATH` or `tcp:HOST:PORT`\n"),
        (["--listen", "unix:no/s"], "link: unix:no/s: No such file or directory\n"),
        (["--listen", "unix:s", "--image", "."], "link: .: Is a directory\n"),
        (
            ["--listen", "unix:s", "--image", "/dev/null"],
            "link: /dev/null: is not a regular file\n",
        ),
        (["--listen", "unix:s", "--events", "no/e"], "link: no/e: No such file or directory\n"),
        (
            ["--listen", "tcp:203.0.113.1:1"],
            "link: tcp:203.0.113.1:1: Cannot assign requested address\n",
        ),
    ],
)
def test_it_says_in_one_line_why_it_cannot_run(
    start: Starter, options: list[str], error: str
) -> None:
    running = start(*options)

    assert (running.told, *running.end()) == (error, 2, [], "")


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--listen", "unix:s", "--deadline", "0"],
        ["--listen", "unix:s", "--deadline", "1e300"],
        ["--listen", "unix:s", "--odd"],
    ],
)
def test_wrong_options_cannot_run(start: Starter, options: list[str]) -> None:
    assert start(*options).end()[0] == 2


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "SIGINT"]
)
def test_a_signal_ends_it_and_removes_the_socket(
    start: Starter, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    running = start("--listen", f"unix:{tmp_path}/s")
    running.process.send_signal(number)

    assert running.end()[0] == code
    assert not (tmp_path / "s").exists()


def test_a_log_that_cannot_be_written_refuses_the_message(start: Starter, tmp_path: Path) -> None:
    running = start("--listen", f"unix:{tmp_path}/s", "--discard", "--events", "/dev/full")

    assert running.talk(HELLO) == link.FAILED
    assert running.end() == (1, [], "link: /dev/full: No space left on device\n")


def test_a_reader_of_the_log_that_has_left_refuses_the_message(
    start: Starter, tmp_path: Path
) -> None:
    running = start("--listen", f"unix:{tmp_path}/s", "--discard")
    assert running.process.stdout is not None
    running.process.stdout.close()

    assert running.talk(HELLO) == link.FAILED
    assert running.process.wait(20) == 1
    assert running.process.stderr is not None
    assert running.process.stderr.read() == "link: stdout: Broken pipe\n"


class Filling(io.RawIOBase):
    """Takes so many lines."""

    def __init__(self, room: int) -> None:
        self.room = room

    def writable(self) -> bool:
        return True

    def write(self, line: Any) -> int:  # noqa: ANN401 -- as its base has it
        self.room -= 1
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(line)


@pytest.mark.parametrize("room", range(6))
def test_no_session_is_accepted_whose_end_is_not_in_the_log(room: int) -> None:
    journal = Journal(Filling(room), "log")
    handlers = journal.heeded(link.Handlers())
    receiver = link.Receiver(handlers, machine=link.QUICK, observe=journal.observe)

    with receiver, suppress(OSError):
        assert receiver.feed(HELLO + BYE)[-len(OK) :] != OK

    assert journal.error is not None


def test_an_interrupted_session_is_told(start: Starter, tmp_path: Path) -> None:
    running = start("--listen", f"unix:{tmp_path}/s", "--discard")
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(f"{tmp_path}/s")
        peer.sendall(HELLO)
        assert peer.recv(len(OK)) == OK
        running.process.send_signal(signal.SIGTERM)
        code, events, _ = running.end()

    assert (code, events[-1]) == (143, {"event": "interrupted"})


def test_an_image_that_holds_something_is_not_overwritten(start: Starter, tmp_path: Path) -> None:
    (tmp_path / "image").write_text("precious")
    running = start("--listen", f"unix:{tmp_path}/s", "--image", "image")

    assert (running.told, running.end()[0]) == (
        "link: image: File exists; --force overwrites it\n",
        2,
    )
    assert (tmp_path / "image").read_text() == "precious"


def test_an_image_is_overwritten_when_asked_to(start: Starter, tmp_path: Path) -> None:
    (tmp_path / "image").write_text("old")
    running = start("--listen", f"unix:{tmp_path}/s", "--image", "image", "--force")
    running.talk(HELLO + link.BLOCKS)

    running.end()
    assert (tmp_path / "image").read_bytes() == b"abcFGHI"


CONTEXT = ["--context", "size=0x10", "--context", "name=a=b", "--context", "strict=true"]


def test_what_was_negotiated_is_given_as_options(start: Starter, tmp_path: Path) -> None:
    listen = ["--listen", f"unix:{tmp_path}/s", "--discard"]
    running = start(*listen, *CONTEXT, context="Context")
    running.talk(HELLO + BYE)

    assert running.end()[0] == 0


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (CONTEXT[:4], "link: --context has to give size, name, strict, each once\n"),
        (
            [*CONTEXT[:4], "--context", "strict=1"],
            "link: --context strict: `1` cannot be given here\n",
        ),
    ],
)
def test_what_was_negotiated_has_to_be_whole(start: Starter, given: list[str], error: str) -> None:
    running = start("--listen", "unix:s", *given, context="Context")

    assert (running.told, running.end()[0]) == (error, 2)


def test_what_an_asker_does_is_told_too() -> None:
    assert [told(RequestMade("Ready", "Note", 8, 4)), told(ReplyArrived("Note", "Ok", 0))] == [
        {"event": "request", "state": "Ready", "message": "Note", "code": 8, "size": 4},
        {"event": "answer", "message": "Note", "reply": "Ok", "size": 0},
    ]
