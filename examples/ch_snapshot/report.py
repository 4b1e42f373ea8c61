"""How a migration is told: as JSON lines, or to a person at a terminal. Knows no sockets."""

import json
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from threading import Lock
from typing import Protocol

from ch_migration.runtime import Event, ReplyArrived, ReplyMade
from ch_migration.runtime.journal import told
from ch_migration.runtime.lanes import Peer
from ch_migration.runtime.pipes import Pipe

from .progress import Progress, Sent, Summary


class Report(Protocol):
    """Is told what happens."""

    def listens(self, address: str) -> None:
        """A source may connect there."""
        ...

    def event(self, peer: Peer | None, event: Event) -> None:
        """Of either side; the progress knows of it already. `peer`: who asks; None: we ask."""
        ...

    def stored(self, summary: Summary) -> None:
        """The snapshot is in its place."""
        ...

    def sent(self, summary: Sent) -> None:
        """The peer has taken the VM."""
        ...


@contextmanager
def reporting(progress: Progress) -> Generator[Report]:
    """A bar when standard error is a terminal, otherwise JSON lines on standard output."""
    if not sys.stderr.isatty():
        yield JsonLines(progress, Pipe(sys.stdout.fileno()))
        return
    from .bar import bar  # noqa: PLC0415 -- rich is needed by nobody else

    with bar(progress) as report:
        yield report


class JsonLines:
    """One object per line on standard output.

    Nobody who reads them may hold up a migration: a reader that stops is waited for once, and what
    it misses is left out until it reads again; one that has left is not written to any more.
    """

    def __init__(self, progress: Progress, pipe: Pipe) -> None:
        self._progress = progress
        self._pipe = pipe
        self._patience = pipe.patience
        self._rest = b""  # of a line that was begun
        self._omitted = 0  # lines since then
        self._lock = Lock()  # connections are told of on their own threads

    def listens(self, address: str) -> None:
        """A source may connect there."""
        self._write(event="listening", address=address)

    def event(self, peer: Peer | None, event: Event) -> None:
        """As the receiver's own command tells it; after each round also how far it is."""
        further = {} if peer is None or peer.lane == "main" else {"connection": str(peer)}
        self._write(**told(event), **further)
        if isinstance(event, ReplyMade | ReplyArrived) and event.message == "Memory":
            self._write(event="progress", bytes=self._progress.bytes, rounds=self._progress.rounds)

    def stored(self, summary: Summary) -> None:
        """The numbers."""
        self._last(event="stored", **asdict(summary))

    def sent(self, summary: Sent) -> None:
        """The numbers."""
        self._last(event="sent", **asdict(summary))

    def _last(self, **about: object) -> None:
        """Nobody waits for the peer any more, so the reader has its time again."""
        self._pipe.patience = self._patience
        self._write(**about)

    def _write(self, **about: object) -> None:
        with self._lock:
            if not self._caught_up():
                self._omitted += 1
                return
            self._rest = _line(about)
            self._caught_up()

    def _caught_up(self) -> bool:
        """Whether nothing is left of what was begun, and of what has to be said of the rest."""
        if self._omitted and self._sent():
            self._rest, self._omitted = _line({"event": "omitted", "lines": self._omitted}), 0
        return self._sent()

    def _sent(self) -> bool:
        try:
            self._rest = self._rest[self._pipe.write(self._rest) :]
        except OSError:
            return False
        self._pipe.patience = 0.0 if self._rest else self._patience
        return not self._rest


def _line(about: Mapping[str, object]) -> bytes:
    return json.dumps(about, ensure_ascii=False).encode() + b"\n"
