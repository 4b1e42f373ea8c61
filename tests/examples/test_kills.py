"""`python -m ch_snapshot receive` is killed: the target is whole or not there at all."""

import signal
import sys
from pathlib import Path

import pytest

from frames import OK, START
from receivers import PATIENCE, connected, receiving, sent, session
from sources import LOW, SIZE, VM_CONFIG, WHOLE, config, memory, state_text

BLOCK = 4096

CUTS = {
    "waiting for a source": (b"", b""),
    "after Start": (START, OK),
    "after Config": (START + config(LOW), OK * 2),
    "in contents": (START + config(LOW) + memory((0, b"a" * BLOCK))[:-1], OK * 2),
    "after Memory": (START + config(LOW) + memory((0, b"a" * BLOCK)), OK * 3),
    "after State": (WHOLE[:-16], OK * 4),
}


@pytest.mark.parametrize(("stream", "heard"), CUTS.values(), ids=CUTS.keys())
def test_a_kill_leaves_no_target_and_the_next_run_is_not_disturbed(
    stream: bytes, heard: bytes, tmp_path: Path
) -> None:
    folder = tmp_path / "snapshot"
    with (
        receiving(folder) as (process, address),
        connected(address) as connection,
        connection.makefile("rb") as answers,
    ):
        connection.sendall(stream)
        replies = answers.read(len(heard))
        process.kill()
        process.wait(timeout=PATIENCE)
        left = [path.name for path in tmp_path.iterdir()]

    again = session(sent(WHOLE), folder)

    assert (replies, left) == (heard, [".snapshot.partial"])
    assert (again.code, [path.name for path in tmp_path.iterdir()]) == (0, ["snapshot"])


# Kills itself at the n-th call of a function of `os`, or when that returns.
KILLED = """
import os, signal, sys
from ch_snapshot.__main__ import main
what, name, left = sys.argv.pop(1), sys.argv.pop(1), int(sys.argv.pop(1))
def profile(frame, event, function):
    global left
    left -= event == what and function is getattr(os, name)
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(profile)
main()
"""


def killed(tmp_path: Path, *when: str) -> tuple[int, bytes, list[str]]:
    """Receive a whole migration and be killed: the exit code, the replies, and what is left."""
    command = (sys.executable, "-c", KILLED, *when)
    ran = session(sent(WHOLE), tmp_path / "snapshot", command=command)
    return ran.code, ran.replies, [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("name", "count", "replies"),
    [
        pytest.param("fsync", "1", OK, id="while config.json is written"),
        pytest.param("ftruncate", "1", OK, id="while memory-ranges is made"),
        pytest.param("fdatasync", "1", OK * 2, id="while Memory goes to the disk"),
        pytest.param("fdatasync", "2", OK * 3, id="while all memory goes to the disk"),
        pytest.param("fsync", "2", OK * 3, id="while state.json is written"),
        pytest.param("fsync", "3", OK * 4, id="while the directory goes to the disk"),
        pytest.param("rename", "1", OK * 4, id="before the rename"),
    ],
)
def test_a_kill_while_it_writes_leaves_no_target_and_the_next_run_is_not_disturbed(
    name: str, count: str, replies: bytes, tmp_path: Path
) -> None:
    left = killed(tmp_path, "c_call", name, count)

    again = session(sent(WHOLE), tmp_path / "snapshot")

    assert left == (-signal.SIGKILL, replies, [".snapshot.partial"])
    assert (again.code, [path.name for path in tmp_path.iterdir()]) == (0, ["snapshot"])


@pytest.mark.parametrize(
    ("event", "name", "count"),
    [
        pytest.param("c_return", "rename", "1", id="behind the rename"),
        pytest.param("c_return", "fsync", "4", id="before Complete is answered"),
    ],
)
def test_a_kill_behind_the_rename_leaves_a_whole_snapshot_and_the_vm_with_its_source(
    event: str, name: str, count: str, tmp_path: Path
) -> None:
    left = killed(tmp_path, event, name, count)

    found = {path.name: path.read_bytes() for path in (tmp_path / "snapshot").iterdir()}
    assert left == (-signal.SIGKILL, OK * 4, ["snapshot"])
    assert found == {
        "config.json": VM_CONFIG,
        "memory-ranges": b"a" * BLOCK + bytes(SIZE - BLOCK),
        "state.json": state_text((0, SIZE)),
    }
