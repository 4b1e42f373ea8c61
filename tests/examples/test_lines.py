"""What is told on standard output when nobody reads it any more."""

import fcntl
import json
import os
import select
from collections.abc import Generator
from dataclasses import dataclass

import pytest

from ch_migration.runtime import StateEntered
from ch_migration.runtime.pipes import Pipe
from ch_snapshot.progress import Progress
from ch_snapshot.report import JsonLines

ROOM = 2 * select.PIPE_BUF
STEP = StateEntered("Established", "Started", "Start")
TOLD = {"event": "state", "before": "Established", "state": "Started", "message": "Start"}


@dataclass(frozen=True, slots=True)
class Full:
    """A full pipe, and what writes to it."""

    reads: int
    lines: JsonLines

    def read(self) -> str:
        """What is in the pipe, but for what filled it."""
        return os.read(self.reads, ROOM).decode().lstrip("-")


@pytest.fixture
def full() -> Generator[Full]:
    reads, writes = os.pipe()
    fcntl.fcntl(writes, fcntl.F_SETPIPE_SZ, ROOM)
    os.write(writes, b"-" * ROOM)
    yield Full(reads, JsonLines(Progress(), Pipe(writes, 0.01)))
    os.close(writes)


def told(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_reader_that_stops_misses_what_is_told_meanwhile(full: Full) -> None:
    full.lines.listens("unix:/run/migration")
    full.lines.event(None, STEP)
    full.lines.event(None, STEP)
    assert full.read() == ""

    full.lines.event(None, STEP)

    listening = {"event": "listening", "address": "unix:/run/migration"}
    assert told(full.read()) == [listening, {"event": "omitted", "lines": 2}, TOLD]
    os.close(full.reads)


def test_a_reader_that_has_left_ends_nothing(full: Full) -> None:
    os.close(full.reads)

    full.lines.event(None, STEP)
    full.lines.event(None, STEP)
