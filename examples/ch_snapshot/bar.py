"""A line on the terminal that says how far a migration is. Needs rich."""

import time
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.filesize import decimal
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from ch_migration.runtime import Event
from ch_migration.runtime.lanes import Peer

from .progress import Progress, Sent, Summary

_WIDTH: Final = 24  # columns of the bar itself
_MOMENTS: Final = 20  # of which the rate is made; ten are seen in a second


@contextmanager
def bar(progress: Progress) -> Generator["Terminal"]:
    """Show it on standard error while it lasts; what is worth a line of its own stays above it."""
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    line = _Line(progress)
    with Live(get_renderable=line.now, console=console, refresh_per_second=10, transient=True):
        yield Terminal(console)


class Terminal:
    """Prints for people."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def listens(self, address: str) -> None:
        """A source may connect there."""
        self._console.print(f"listening {address}")

    def event(self, peer: Peer | None, event: Event) -> None:
        """The bar shows it."""

    def stored(self, summary: Summary) -> None:
        """The numbers, as sentences."""
        for text in sentences(summary):
            self._console.print(text)

    def sent(self, summary: Sent) -> None:
        """The same."""
        over = _many(summary.connections, "connection")
        self._console.print(f"sent {summary.directory} to {summary.address}")
        self._console.print(
            f"{decimal(summary.memory)} of memory, {decimal(summary.bytes)} of it over {over}"
        )
        self._console.print(f"the peer has the VM{', paused' if summary.paused else ''}")


def sentences(summary: Summary) -> Generator[str]:
    """What a person wants to know at the end."""
    yield f"stored {summary.directory}"
    yield f"{decimal(summary.memory)} of memory, {decimal(summary.holes)} of it holes"
    yield (
        f"{decimal(summary.bytes)} arrived in {_many(summary.requests, 'request')} "
        f"over {_many(summary.connections, 'connection')}, {decimal(summary.duplicates)} twice"
    )
    yield f"the guest stood still for {summary.paused:.3f} s"
    if summary.opaque:
        yield "its state is that of v38 or older: Cloud Hypervisor does not restore it as it is"
    if summary.source_kept:
        yield "the source keeps its VM"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


class _Line:
    """The numbers as they are now, and the rate as it has just been."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._seen: deque[tuple[float, int]] = deque(maxlen=_MOMENTS)

    def now(self) -> Table:
        progress = self._progress
        self._seen.append((time.monotonic(), progress.bytes))
        # Nobody knows how much comes after the first round.
        total = progress.memory if progress.rounds < 2 else 0
        line = Table.grid(padding=(0, 2))
        line.add_row(
            f"{progress.state:<13}",
            ProgressBar(total or 1.0, progress.bytes, width=_WIDTH, pulse=progress.rounds > 1),
            decimal(progress.bytes),
            f"{decimal(self._rate())}/s",
            f"round {progress.rounds}",
            _many(progress.connections, "connection"),
        )
        return line

    def _rate(self) -> int:
        (since, before), (until, after) = self._seen[0], self._seen[-1]
        return int((after - before) / (until - since)) if until > since else 0
