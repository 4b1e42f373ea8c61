"""Pipes whose reader stops: nobody waits for it longer than is said."""

import fcntl
import os
import select
from collections.abc import Generator

import pytest

from ch_migration.runtime.journal import Journal
from ch_migration.runtime.pipes import Pipe

ROOM = select.PIPE_BUF


@pytest.fixture
def ends() -> Generator[tuple[int, int]]:
    """A pipe with room for one page: where to read, and where to write."""
    reads, writes = os.pipe()
    fcntl.fcntl(writes, fcntl.F_SETPIPE_SZ, ROOM)
    yield reads, writes
    os.close(reads)
    os.close(writes)


def test_what_fits_is_written_whole(ends: tuple[int, int]) -> None:
    assert Pipe(ends[1], 0.0).write(b"a" * ROOM) == ROOM
    assert os.read(ends[0], 2 * ROOM) == b"a" * ROOM


def test_what_a_stopped_reader_does_not_take_is_told(ends: tuple[int, int]) -> None:
    assert Pipe(ends[1], 0.01).write(b"a" * ROOM + b"b") == ROOM


def test_a_log_that_nobody_reads_on_is_one_that_cannot_be_written(ends: tuple[int, int]) -> None:
    os.write(ends[1], b"a" * ROOM)
    journal = Journal(Pipe(ends[1], 0.01), "stdout")

    journal.write({"event": "message"})

    with pytest.raises(TimeoutError, match=r"its reader has stopped: 'stdout'$"):
        journal.check()
