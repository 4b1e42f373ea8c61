"""Sends a stored migration to a peer that waits for one. Knows sockets, and the generated senders.

Every exception leaves the connections closed. Whether the peer has the VM then is what `verdict`
says: until Complete is sent it has not, and the snapshot stays as it is whatever happens.
"""

import socket
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from threading import Lock
from typing import Final

from ch_migration import Complete, CompletePaused, Config, MemoryFd, Start, State
from ch_migration.connections import LANES
from ch_migration.feeder import Sender as Feeder
from ch_migration.runtime import Event
from ch_migration.runtime.connect import connect
from ch_migration.source import (
    Completed,
    Configured,
    Connected,
    MemoryShared,
    Sender,
    Started,
    StateSent,
)

from .further import Pages, PageServer, counted, feed
from .progress import Progress, Sent
from .route import Route
from .sources import Stored

_CONNECTING: Final = 10.0  # seconds
_PREAMBLES: Final = {lane.name: lane.preamble or b"" for lane in LANES}

NOT_TAKEN: Final = "the peer has not taken the VM"
MAYBE_TAKEN: Final = (
    "the peer may have taken the VM: see whether it runs there before it is sent once more"
)
TAKEN: Final = "the peer has taken the VM"


class Migration:
    """One snapshot on its way to one peer; `run` it once."""

    def __init__(
        self, stored: Stored, route: Route, progress: Progress, tell: Callable[[Event], None]
    ) -> None:
        """Make ready what is shared, and connect; `tell` is called by one thread at a time.

        Raises:
            AddressError: that is no address.
            OSError: nobody waits there, or there is not enough memory to share.
            CannotStoreError: a slot cannot be shared.
        """
        self._stored = stored
        self._route = route
        self._progress = progress
        self._tell = tell
        self._telling = Lock()
        self._completing = False  # Complete may have been sent
        if route.memory == "fetched":
            progress.memory = stored.memory
        else:
            progress.memory = sum(size for _, _, size in stored.pieces())
        self._shared = tuple(self._share()) if route.memory == "shared" else ()
        progress.rounds = 1  # the guest stands still: nothing is sent twice
        connection = self._connected("main")
        self._sender = Sender(connection, observe=self._observe, patience=route.patience)

    def run(self) -> Sent:
        """Send everything; the peer has answered Complete, and needs us no more.

        Raises:
            AskingFailed: the peer refused, died or was silent.
            LostPagesError: it cannot get its memory any more.
            OSError: memory cannot be read, or the peer does not take one more connection.
        """
        stored, sender, patience = self._stored, self._sender, self._route.patience
        with sender, ExitStack() as stack:
            for message in self._shared:
                stack.callback(message.memory.close)
            begun: Started | MemoryShared = sender.send(Connected(), Start(version=0))
            for message in self._shared:
                begun = sender.send(begun, message)
            configured = sender.send(begun, Config(stored.config))
            if self._route.memory == "sent":
                configured = self._feed(configured)
            pages = stack.enter_context(self._serve()) if self._route.memory == "fetched" else None
            ready = sender.send(configured, State(stored.state))
            if pages is not None:
                pages.check()
            self._complete(ready)
            if pages is not None:
                pages.wait(patience)
        return self._summary()

    @property
    def verdict(self) -> str:
        """Whether the peer has the VM, in words; also after an interrupt."""
        asker = self._sender.asker
        if isinstance(asker.termination, Completed):
            return TAKEN
        if asker.in_doubt or (self._completing and asker.termination is None):
            return MAYBE_TAKEN
        return NOT_TAKEN

    def _share(self) -> Iterable[MemoryFd]:
        """All slots, in files that no one else has; they are open until the end."""
        for slot in self._stored.slots:
            yield MemoryFd(slot.number, self._stored.shared(slot, self._count))

    def _feed(self, state: Configured) -> Configured:
        """Send all memory, over the main connection or over others that end then."""
        chunks = self._stored.chunks()
        if self._route.connections == 1:
            for chunk in chunks:
                contents = counted(chunk, self._count)
                state = self._sender.send(state, chunk.message, contents=contents)
            return state
        with ExitStack() as stack:
            feeders = [self._feeder(stack) for _ in range(self._route.connections)]
            feed(feeders, chunks, self._count)
        return state

    def _feeder(self, stack: ExitStack) -> tuple[socket.socket, Feeder]:
        connection = self._connected("memory")
        feeder = Feeder(connection, observe=self._observe_feeder, patience=self._route.patience)
        return connection, stack.enter_context(feeder)

    def _serve(self) -> PageServer:
        return PageServer(self._connected("faults"), Pages(self._stored, self._fetched))

    def _complete(self, ready: StateSent) -> None:
        self._completing = True
        if self._route.paused:
            self._sender.send(ready, CompletePaused())
        else:
            self._sender.send(ready, Complete())

    def _connected(self, lane: str) -> socket.socket:
        connection = connect(
            self._route.address,
            tls=self._route.tls,
            seconds=min(_CONNECTING, self._route.patience),
            preamble=_PREAMBLES[lane],
        )
        self._progress.connections += 1
        return connection

    def _count(self, size: int) -> None:
        with self._telling:
            self._progress.bytes += size

    def _fetched(self, size: int) -> None:
        self._count(size)
        self._sender.heard()

    def _observe(self, event: Event) -> None:
        self._progress.observe(event)
        self._observe_feeder(event)

    def _observe_feeder(self, event: Event) -> None:
        with self._telling:
            self._tell(event)

    def _summary(self) -> Sent:
        return Sent(
            directory=str(self._stored.directory),
            address=self._route.address,
            paused=self._route.paused,
            memory=self._stored.memory,
            bytes=self._progress.bytes,
            connections=self._progress.connections,
        )
