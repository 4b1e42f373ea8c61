"""What is left where a source, a disk, a reader or the program itself fails before the end."""

import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from frames import COMPLETE, ERROR, OK, START
from receivers import COMMAND, PATIENCE, connected, receiving, sent, session
from sources import LOW, WHOLE, config, memory, state

MIB = 1 << 20


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
