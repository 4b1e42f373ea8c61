"""Peers that a snapshot is sent to: one that answers by heart, and a whole session of receivers."""

import socket
import ssl
import struct
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Self

from captures import Ram
from ch_migration import (
    Code,
    Complete,
    Completed,
    CompletePaused,
    Config,
    Configured,
    Defaults,
    Memory,
    MemoryFdsReceived,
    Payload,
    Receiver,
    Receiving,
    Started,
    State,
    StateReceived,
    Termination,
    pager,
    worker,
)
from ch_migration.connections import terms
from ch_migration.messages import PageFault
from ch_migration.pager import Sender as Pager
from ch_migration.runtime.crew import Crew, Factory
from ch_migration.runtime.lanes import Peer
from ch_migration.runtime.sockets import address_of, listening

PATIENCE = 20.0  # seconds that nothing here should take


class Scripted:
    """Answers one request after the other by heart; then it leaves, or says nothing any more."""

    def __init__(
        self,
        folder: Path,
        *replies: bytes,
        leaves: bool = True,
        alone: bool = False,
        asks: bytes | None = None,
    ) -> None:
        """`alone`: no further connection; `asks` is sent on one when all replies are, then it ends.

        A further connection is otherwise left open, and nothing comes.
        """
        self.asked: list[str] = []  # all requests
        self.address = f"unix:{folder / 'peer'}"
        self.waits = threading.Event()  # all replies are sent, and what is asked next has come
        self._replies = replies
        self._leaves = leaves
        self._alone = alone
        self._asks = asks
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / "peer"))
        self._listener.listen()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(PATIENCE)
        self._listener.close()
        assert not self._thread.is_alive()

    def _run(self) -> None:
        connection, _ = self._listener.accept()
        connection.settimeout(PATIENCE)
        if self._alone:
            self._listener.close()
        with connection, connection.makefile("rb") as stream:
            for reply in self._replies:
                self._take(stream)
                connection.sendall(reply)
            if self._asks is not None:
                with self._listener.accept()[0] as further:
                    further.sendall(self._asks)
            self._take(stream)
            self.waits.set()
            if not self._leaves:
                assert stream.read() == b""

    def _take(self, stream: BinaryIO) -> None:
        """One request, if another one comes."""
        if not (header := stream.read(16)):
            return
        command, length = struct.unpack("<H6xQ", header)
        payload = stream.read(length)
        if command == Code.Memory:
            stream.read(sum(size for _, size in struct.iter_unpack("<QQ", payload)))
        self.asked.append(Code(command).name)


class Taking(Defaults):
    """Takes a VM over any connections."""

    config_text = state_text = b""

    def __init__(self, crew: Crew, ram: Ram) -> None:
        super().__init__(memory=lambda: ram)
        self.crew = crew
        self.ram = ram

    def config(self, state: Started | MemoryFdsReceived, message: Config) -> Configured:
        self.config_text = message.payload.raw
        return super().config(state, message)

    def state(self, state: Configured, message: State) -> StateReceived:
        self.crew.settled(PATIENCE)
        self.state_text = message.payload.raw
        return super().state(state, message)


class Fetching(Taking):
    """Asks for memory: for one half before it answers State, for the other before Complete."""

    page = 16 << 10

    def state(self, state: Configured, message: State) -> StateReceived:
        self.pager = Pager(self.crew.link("faults", PATIENCE))
        self.fetch(0, len(self.ram.content) // 2)
        return super().state(state, message)

    def complete(self, state: StateReceived, message: Complete) -> Completed:
        self.fetch_rest()
        return super().complete(state, message)

    def complete_paused(self, state: StateReceived, message: CompletePaused) -> Completed:
        self.fetch_rest()
        return super().complete_paused(state, message)

    def fetch_rest(self) -> None:
        """The other half."""
        size = len(self.ram.content)
        self.fetch(size // 2, size)

    def fetch(self, begin: int, end: int) -> None:
        """All pages of a part of memory."""
        for gpa in range(begin, end, self.page):
            _, content = self.pager.send(pager.Fetching(), PageFault(gpa, self.page))
            self.ram.content[gpa : gpa + self.page] = bytes(content)


class Together(worker.Defaults):
    """Takes memory once other connections bring some too."""

    def __init__(self, together: threading.Barrier) -> None:
        self._together: threading.Barrier | None = together

    def memory(
        self, state: worker.Filling, message: Memory, payload: Payload
    ) -> Receiving[worker.Filling]:
        if self._together is not None:
            self._together.wait(PATIENCE)
            self._together = None
        return (yield from super().memory(state, message, payload))


class Session:
    """A crew on a thread of its own; a context manager that waits for its end."""

    def __init__(
        self,
        size: int,
        handlers: type[Taking] = Taking,
        *,
        address: str = "tcp:127.0.0.1:0",
        tls: ssl.SSLContext | None = None,
        ram: type[Ram] = Ram,
        together: int = 1,
    ) -> None:
        """The first request of a further connection waits until there are `together` of them."""
        self.lanes: list[str] = []  # of the connections on which we are asked, in order
        self.refused: list[str] = []  # who was turned away, and why
        self.termination: Termination | None = None
        self._together = threading.Barrier(together)
        self._stack = ExitStack()
        listener = self._stack.enter_context(listening(address))
        self.address = address_of(listener)
        crew = Crew(listener, terms(tls=tls), self._refuse)
        self.took = handlers(crew, ram(size))
        self._thread = threading.Thread(target=self._run, args=(crew,))

    def _run(self, crew: Crew) -> None:
        factories: dict[str, Factory] = {"main": self._main, "memory": self._worker}
        self.termination = crew.run(factories).termination

    def _refuse(self, peer: Peer, error: BaseException) -> None:
        self.refused.append(f"{peer}: {error}")

    def _main(self, peer: Peer) -> Receiver:
        self.lanes.append(peer.lane)
        return Receiver(self.took)

    def _worker(self, peer: Peer) -> worker.Receiver:
        self.lanes.append(peer.lane)
        return worker.Receiver(Together(self._together), state=worker.Filling(self.took.ram))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(PATIENCE)
        self._stack.close()
        assert not self._thread.is_alive()
