"""How a migration is told: as JSON lines, or to a person at a terminal. Knows no sockets."""

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Protocol

from ch_migration.runtime import Event, ReplyArrived, ReplyMade
from ch_migration.runtime.journal import told
from ch_migration.runtime.lanes import Peer

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
        yield JsonLines(progress)
        return
    from .bar import bar  # noqa: PLC0415 -- rich is needed by nobody else

    with bar(progress) as report:
        yield report


class JsonLines:
    """One object per line on standard output."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

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
        self._write(event="stored", **asdict(summary))

    def sent(self, summary: Sent) -> None:
        """The numbers."""
        self._write(event="sent", **asdict(summary))

    def _write(self, **about: object) -> None:
        print(json.dumps(about, ensure_ascii=False), flush=True)
